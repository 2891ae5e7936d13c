"""How a class arrives: 200 open one link within 15 seconds, on a server that has just started and on one that is warm.

An app of one slider is visited in the same way in the same run: what depends on the machine is given as a ratio to it.

Run with: pytest tests/bench/test_arrival_bench.py -s
"""

import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from visitor import Server, serving, visiting

ROOT = Path(__file__).parents[2]
STUDENTS, WITHIN = 200, 15.0
LONGEST_WAIT = 3.0
"""Seconds after which 95 of 100 see their page, also where the server has just started."""
COSTS_BESIDES = 15.0
"""Milliseconds of CPU that an arrival may cost on a warm server beyond twice that of an empty app."""


@dataclass(frozen=True)
class Arrivals:
    """Seconds until each student saw the page; milliseconds of the server's CPU and megabytes for each."""

    waits: tuple[float, ...]
    cpu: float
    memory: float

    @property
    def slow(self) -> float:
        """The wait that 95 of 100 do not exceed."""
        return float(np.quantile(self.waits, 0.95))

    def __str__(self) -> str:
        waits = f"p50 {statistics.median(self.waits) * 1e3:.0f} ms, p95 {self.slow * 1e3:.0f} ms"
        return f"{waits}, {self.cpu:.1f} ms of CPU and {self.memory:.2f} MB each"


def arrive(server: Server, page: str, delay: float, waits: list[float], leave: threading.Event) -> None:
    """Open the page after a while, note how long it takes to be drawn, and stay until all have come."""
    time.sleep(delay)
    begun = time.perf_counter()
    with visiting(server, page):
        waits.append(time.perf_counter() - begun)
        leave.wait(timeout=240)


def class_arrives(server: Server, page: str) -> Arrivals:
    """Let all students arrive, evenly spread, and wait until each of them sees the page."""
    server.wait_until_it_listens()  # no page is drawn for that
    waits, leave = list[float](), threading.Event()
    before, held = server.cpu_seconds(), server.megabytes()
    delays = [WITHIN * seat / STUDENTS for seat in range(STUDENTS)]
    seats = [threading.Thread(target=arrive, args=(server, page, delay, waits, leave)) for delay in delays]
    for seat in seats:
        seat.start()
    while len(waits) < STUDENTS and any(seat.is_alive() for seat in seats):
        time.sleep(0.1)
    cpu, memory = server.cpu_seconds() - before, server.megabytes() - held
    leave.set()
    for seat in seats:
        seat.join(timeout=60)
    assert len(waits) == STUDENTS
    return Arrivals(tuple(waits), cpu / STUDENTS * 1e3, memory / STUDENTS)


@pytest.mark.parametrize("page", ["", "transform", "train-eval", "training"])
def test_a_class_sees_its_page_at_once_also_when_the_server_has_just_started(page: str, empty_app: Path) -> None:
    with serving(empty_app, empty_app.parent) as nothing:
        class_arrives(nothing, "")
        empty = class_arrives(nothing, "")
    with serving(ROOT / "streamlit_app.py", ROOT) as ours:
        cold = class_arrives(ours, page)
        warm = class_arrives(ours, page)
    print(
        f"\n{page or 'home'}\n empty: {empty}\n  cold: {cold}\n  warm: {warm}, {warm.cpu / empty.cpu:.2f} times empty"
    )
    assert cold.slow <= LONGEST_WAIT
    assert warm.cpu <= 2 * empty.cpu + COSTS_BESIDES
