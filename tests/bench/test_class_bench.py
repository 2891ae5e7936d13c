"""How a class of students fares on one server: everybody drags and releases, thinks for three seconds, and again.

Run with: pytest tests/bench/test_class_bench.py -s
"""

import statistics
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from test_rerun_bench import ControlsVisitor
from visitor import Server, serving, visiting

ROOT = Path(__file__).parents[2]
THINKING, RELEASES = 3.0, 6
PATIENCE = 0.5
"""Half a second of delay is what makes people explore less (Liu and Heer, 2014)."""


def student(server: Server, seat: int, students: int, waits: list[float], ready: threading.Barrier) -> None:
    """Open the page, and release a slider now and then; note how long each answer took."""
    rng = np.random.default_rng(seat)
    with visiting(server, "transform", ControlsVisitor) as visitor:
        assert isinstance(visitor, ControlsVisitor)
        ready.wait(timeout=120)
        time.sleep(THINKING * seat / students)
        for _ in range(RELEASES):
            start = time.perf_counter()
            visitor.release(mean=round(float(rng.uniform(-5, 5)), 2))
            waits.append(time.perf_counter() - start)
            time.sleep(THINKING)


@pytest.mark.parametrize("students", [30, 200])
def test_a_release_is_answered_before_patience_runs_out(students: int) -> None:
    waits: list[float] = []
    ready = threading.Barrier(students)
    with serving(ROOT / "streamlit_app.py", ROOT) as server:
        seats = [
            threading.Thread(target=student, args=(server, seat, students, waits, ready)) for seat in range(students)
        ]
        for seat in seats:
            seat.start()
        for seat in seats:
            seat.join(timeout=180)
    assert len(waits) == students * RELEASES
    middle, slow = statistics.median(waits), float(np.quantile(waits, 0.95))
    print(f"\n{students} students: p50 {middle * 1e3:.0f} ms, p95 {slow * 1e3:.0f} ms")
    assert middle <= PATIENCE
