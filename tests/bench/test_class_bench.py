"""How a class of students fares on one server: everybody drags and releases, thinks for three seconds, and again.

And how it fares while the class of the room next door has pressed Run.

Run with: pytest tests/bench/test_class_bench.py -s
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import streamlit.proto.BackMsg_pb2 as back
import streamlit.proto.ForwardMsg_pb2 as forward
from school import Ports, Workers, nginx_or_skip, nginx_serving
from test_moves_bench import Mover, moves
from test_rerun_bench import ControlsVisitor
from visitor import Server, Visitor, serving, visiting

from bnsim.experiments import all_experiments, find

ROOT = Path(__file__).parents[2]
THINKING, RELEASES = 3.0, 6
STUDENTS, ARRIVING, TURNS = 200, 20.0, 8
LATE, MOST_MEGABYTES = 0.25, 500.0
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


class Student(Mover):
    """A visitor of any page, who moves all its controls, or opens it anew where there are none."""

    def turns(self, seed: int) -> Iterator[Callable[[], None]]:
        """Yield what this student does, one thing after the other."""
        if self.page in all_experiments():
            self.unfold()
            for spec, value in moves(find(self.page), seed):
                yield partial(self.move, spec, value)
        drawn = np.random.default_rng(seed)
        while True:
            mean = round(float(drawn.uniform(-5, 5)), 2)
            said = {"home.live": {"values": {**self.values, "mean": mean, "epoch": self.epoch}}}
            yield partial(self.rerun, said if self.page == "" else {})


class School:
    """Two processes behind nginx, as docs/deploying.md has them, seen as one server."""

    def __init__(self, ports: Ports, workers: Workers) -> None:
        self.port, self._processes = ports.front, list(workers.children().values())

    def cpu_seconds(self) -> float:
        """Return what the processes have taken so far; not nginx."""
        ticks = [Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()[11:13] for each in self._processes]
        return sum(int(part) for pair in ticks for part in pair) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Return how much memory they hold."""
        pages = [int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in self._processes]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def school(folder: Path) -> Iterator[School]:
    """Start a school's server."""
    nginx, ports = nginx_or_skip(), Ports.free()
    workers = Workers(ports, folder)
    try:
        with nginx_serving(nginx, ports, folder):
            workers.await_ready(2)
            yield School(ports, workers)
    finally:
        workers.end()


def learns(server: Server | School, page: str, seat: int, ready: threading.Barrier, waits: list[float]) -> None:
    """Open a page, and do something every few seconds; note how long each answer took."""
    time.sleep(ARRIVING * seat / STUDENTS)
    with visiting(server, page, Student) as visitor:
        assert isinstance(visitor, Student)
        turns = visitor.turns(seat)
        act = next(turns)
        ready.wait(timeout=240)
        time.sleep(THINKING * seat / STUDENTS)
        for _ in range(TURNS):
            begun = time.perf_counter()
            act()
            waits.append(time.perf_counter() - begun)
            act = next(turns)
            time.sleep(THINKING)


def changes(server: Server, seat: int, ready: threading.Barrier, waits: list[float]) -> None:
    """Do the same on an app of one slider."""
    time.sleep(ARRIVING * seat / STUDENTS)
    with visiting(server) as visitor:
        ready.wait(timeout=240)
        time.sleep(THINKING * seat / STUDENTS)
        for turn in range(TURNS):
            begun = time.perf_counter()
            visitor.rerun({"a": float(turn % 10)})
            waits.append(time.perf_counter() - begun)
            time.sleep(THINKING)


def lesson(
    server: Server | School, visits: Sequence[Callable[[threading.Barrier, list[float]], None]]
) -> tuple[str, float]:
    """Let all visit; return what is to be told, and the wait that 95 of 100 do not exceed."""
    ready, waits = threading.Barrier(len(visits) + 1), list[float]()
    seats = [threading.Thread(target=visit, args=(ready, waits)) for visit in visits]
    for seat in seats:
        seat.start()
    ready.wait(timeout=240)
    begun, had = time.perf_counter(), server.cpu_seconds()
    for seat in seats:
        seat.join(timeout=240)
    share = (server.cpu_seconds() - had) / (time.perf_counter() - begun)
    assert len(waits) == TURNS * len(visits)
    slow = float(np.quantile(waits, 0.95))
    told = f"p50 {statistics.median(waits) * 1e3:.0f} ms, p95 {slow * 1e3:.0f} ms, longest {max(waits) * 1e3:.0f} ms"
    return f"{told}, {share:.0%} of a core, {server.megabytes():.0f} MB", slow


@pytest.mark.parametrize("processes", [1, 2])
def test_a_class_on_all_pages_is_answered_at_once(processes: int, empty_app: Path, tmp_path: Path) -> None:
    pages = ["", "learn", "claims", "compare", *all_experiments()]
    with serving(empty_app, empty_app.parent) as nothing:
        peer, _ = lesson(nothing, [partial(changes, nothing, seat) for seat in range(STUDENTS)])
    with serving(ROOT / "streamlit_app.py", ROOT) if processes == 1 else school(tmp_path) as ours:
        visits = [partial(learns, ours, pages[seat % len(pages)], seat) for seat in range(STUDENTS)]
        told, slow = lesson(ours, visits)
        held = ours.megabytes()
    print(f"\n{STUDENTS} students on an app of one slider: {peer}\non all pages, {processes} processes: {told}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    assert slow <= LATE
    assert held <= MOST_MEGABYTES * processes


class Watcher(Visitor):
    """A visitor of a page of slow work: looks again whenever the page asks for it."""

    looks: tuple[str, float] | None = None
    asked: tuple[str, float] | None = None

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        if answer.WhichOneof("type") == "auto_rerun":
            self.asked = answer.auto_rerun.fragment_id, answer.auto_rerun.interval
        if answer.WhichOneof("type") == "script_finished":
            if answer.script_finished == forward.ForwardMsg.FINISHED_SUCCESSFULLY:
                self.looks = self.asked  # a whole page says anew whether to look again
            self.asked = None

    def look(self) -> None:
        """Do what the browser does when the time has come."""
        assert self.looks is not None
        message = back.BackMsg()
        message.rerun_script.page_script_hash, message.rerun_script.query_string = self.page_hash, self.query
        message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = self.looks[0], True
        self.send(message)


def watch(server: Server, query: str, ready: threading.Barrier, over: threading.Event, ended: list[float]) -> None:
    """Open a page of slow work by a link, which begins to run, and look again until it has ended."""
    begun = time.perf_counter()
    with visiting(server, "training", Watcher, query) as visitor:
        assert isinstance(visitor, Watcher)
        ready.wait(timeout=120)
        while visitor.looks is not None and not over.is_set():
            time.sleep(visitor.looks[1])
            visitor.look()
        ended.append(time.perf_counter() - begun)


@pytest.mark.parametrize("runs", [1, 30], ids=["all-the-same", "each-another"])
def test_a_class_that_presses_run_does_not_sink_the_server(runs: int) -> None:
    """30 students watch training, of one run or wait for 30; 30 others drag on the transform page meanwhile."""
    students, waits, ended = 30, list[float](), list[float]()
    ready, over = threading.Barrier(2 * students), threading.Event()
    with serving(ROOT / "streamlit_app.py", ROOT) as server:
        links = [f"seed={seat % runs}&steps=4000" for seat in range(students)]
        watchers = [threading.Thread(target=watch, args=(server, link, ready, over, ended)) for link in links]
        seats = [
            threading.Thread(target=student, args=(server, seat, students, waits, ready)) for seat in range(students)
        ]
        for each in (*watchers, *seats):
            each.start()
        for seat in seats:
            seat.join(timeout=180)
        over.set()
        for watcher in watchers:
            watcher.join(timeout=60)
        busy = server.cpu_seconds()
    assert len(waits) == students * RELEASES
    assert len(ended) == students
    middle, slow = statistics.median(waits), float(np.quantile(waits, 0.95))
    print(
        f"\n{students} who drag beside {students} who wait for {runs} runs: p50 {middle * 1e3:.0f} ms, "
        f"p95 {slow * 1e3:.0f} ms; {busy:.0f} s of CPU"
    )
    assert middle <= PATIENCE
