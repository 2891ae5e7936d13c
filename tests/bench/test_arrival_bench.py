"""How a class arrives: 200 open one link within 15 seconds, on a server that has just started and on one that is warm.

An app of one slider is visited in the same way in the same run: what depends on the machine is given as a ratio to it.

Run with: pytest tests/bench/test_arrival_bench.py -s
"""

import os
import statistics
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from visitor import Server, serving, visiting

from bnsim.experiments import all_experiments

ROOT = Path(__file__).parents[2]
STUDENTS, WITHIN = 200, 15.0
LONGEST_WAIT = 3.0
"""Seconds after which 95 of 100 see their page, also where the server has just started."""
COSTS_BESIDES = 15.0
"""Milliseconds of CPU that an arrival may cost on a warm server beyond twice that of an empty app."""


FIRST, ONE_BY_ONE = 5, 30
PAGES = [
    *((page, "") for page in ("", "compare", "claims", "learn")),
    ("learn", "page=two-worked-examples"),
    *((slug, "") for slug in all_experiments()),
]


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


def arrive(server: Server, page: str, query: str, delay: float, waits: list[float], leave: threading.Event) -> None:
    """Open the page after a while, note how long it takes to be drawn, and stay until all have come."""
    time.sleep(delay)
    begun = time.perf_counter()
    with visiting(server, page, query=query):
        waits.append(time.perf_counter() - begun)
        leave.wait(timeout=240)


def class_arrives(server: Server, page: str, query: str) -> Arrivals:
    """Let all students arrive, evenly spread, and wait until each of them sees the page."""
    server.wait_until_it_listens()  # no page is drawn for that
    waits, leave = list[float](), threading.Event()
    before, held = server.cpu_seconds(), server.megabytes()
    delays = [WITHIN * seat / STUDENTS for seat in range(STUDENTS)]
    seats = [threading.Thread(target=arrive, args=(server, page, query, delay, waits, leave)) for delay in delays]
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


def rest(server: Server) -> None:
    """Wait until the server has nothing to do: slow work that begins by itself is nobody's arrival."""
    for _ in range(120):
        before = server.cpu_seconds()
        time.sleep(1)
        if server.cpu_seconds() - before <= 0.02:
            return


def arrivals_one_by_one(server: Server, page: str, query: str) -> float:
    """Return the milliseconds of the server's CPU that one visitor costs who opens a page and stays."""
    with ExitStack() as stack:
        for _ in range(FIRST):
            stack.enter_context(visiting(server, page, query=query))
        rest(server)
        before = server.cpu_seconds()
        for _ in range(ONE_BY_ONE):
            stack.enter_context(visiting(server, page, query=query))
        return (server.cpu_seconds() - before) / ONE_BY_ONE * 1e3


@pytest.mark.parametrize(("page", "query"), PAGES, ids=str)
def test_a_class_sees_its_page_at_once_also_when_the_server_has_just_started(page: str, query: str) -> None:
    with serving(ROOT / "streamlit_app.py", ROOT) as ours:
        cold = class_arrives(ours, page, query)
    print(f"\n{page or 'home'} {query}, cold: {cold}; load of the machine {os.getloadavg()[0]:.1f}")
    assert cold.slow <= LONGEST_WAIT


def test_an_arrival_costs_at_most_twice_that_of_an_empty_app_and_a_little(empty_app: Path) -> None:
    dear = []
    with serving(empty_app, empty_app.parent) as nothing, serving(ROOT / "streamlit_app.py", ROOT) as ours:
        for page, query in PAGES:
            empty, warm = arrivals_one_by_one(nothing, "", ""), arrivals_one_by_one(ours, page, query)
            print(f"\n{page or 'home'} {query}: {warm:.1f} ms, an empty app {empty:.1f}: {warm / empty:.1f} times")
            if warm > 2 * empty + COSTS_BESIDES:
                dear.append(page or "home")
    assert dear == []
