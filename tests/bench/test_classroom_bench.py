"""How a room of 200 fares on one server: all have joined and vote within ten seconds, looking again every two.

And the same where they also join within these ten seconds; and what one look costs, against an app of one slider.

Run with: pytest tests/bench/test_classroom_bench.py -s
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from attendants import Student, Teacher, attending
from rooms import LESSON
from visitor import Server, cpu, serving, visiting

from bnsim.app.classroom.watching import EVERY
from bnsim.classroom import FIRST, Ballot
from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store
from bnsim.learn.lesson import Answer

ROOT = Path(__file__).parents[2]
STUDENTS, WITHIN, AFTER = 200, 10.0, 4.0
LATE = 0.3
"""Seconds after which 95 of 100 know that their answer has arrived."""

THINKING = 1.0
"""Seconds between joining and answering, where both happen within ten."""

MOST_OF_AN_EMPTY_RERUN = 2.0
WARM_UP, TURNS, ROUNDS = 30, 60, 3
CHOICES = "Less than 1", "More than 1"


@contextmanager
def room_at(server: Server) -> Iterator[tuple[Teacher, str]]:
    """Open a room, and keep its teacher's desk open."""
    server.wait_until_it_listens()
    with attending(server, "", Teacher) as teacher:
        yield teacher, teacher.open(LESSON)


@dataclass(frozen=True)
class Wait:
    """Seconds until an answer was said to have arrived, how long the server ran meanwhile, and how long it could not.

    Others on the same machine keep a server waiting for a core, and that is no fault of the server.
    """

    clock: float
    ran: float
    starved: float

    @property
    def ours(self) -> float:
        """What the server is to blame for, at most."""
        return min(self.ran, self.clock - self.starved)


def starved(server: Server) -> int:
    """Return the nanoseconds that the server's first thread, through which all messages go, has waited for a core."""
    return int(Path(f"/proc/{server.process.pid}/schedstat").read_text().split()[1])


def look_until(student: Student, end: float, phase: float) -> None:
    """Look again every two seconds, as the page asks for it, until a moment has come."""
    while (wait := min(phase + EVERY * np.ceil((time.perf_counter() - phase) / EVERY), end) - time.perf_counter()) > 0:
        time.sleep(wait)
        if time.perf_counter() < end:
            student.look()


def attends(
    server: Server, code: str, seat: int, arrives: float, votes: float, ready: threading.Barrier, waits: list[Wait]
) -> None:
    """Join at a moment and vote at another; note how long it took until the answer was said to have arrived."""
    if arrives:
        ready.wait(timeout=240)
        time.sleep(arrives)
    with attending(server, f"join={code}", Student) as student:
        if not arrives:
            ready.wait(timeout=240)
        begun = time.perf_counter()
        look_until(student, begun + votes, begun + EVERY * seat / STUDENTS)
        sent, had, lacked = time.perf_counter(), cpu(server), starved(server)
        student.answer(CHOICES[seat % 2])
        ran, lacking = (cpu(server) - had) / 1e9, (starved(server) - lacked) / 1e9
        waits.append(Wait(student.acknowledged - sent, ran, lacking))
        look_until(student, begun + votes + AFTER, begun + EVERY * seat / STUDENTS)


def class_votes(server: Server, code: str, moments: list[tuple[float, float]]) -> float:
    """Let everybody join and vote at their moments; return the wait by the clock that 95 of 100 do not exceed."""
    ready, waits = threading.Barrier(STUDENTS + 1), list[Wait]()
    arguments = [(server, code, seat, *moments[seat], ready, waits) for seat in range(STUDENTS)]
    seats = [threading.Thread(target=attends, args=each) for each in arguments]
    for seat in seats:
        seat.start()
    ready.wait(timeout=240)
    begun, had = time.perf_counter(), server.cpu_seconds()
    for seat in seats:
        seat.join(timeout=240)
    share = (server.cpu_seconds() - had) / (time.perf_counter() - begun)
    assert len(waits) == STUDENTS
    for name, found in (
        ("of the server's own", [each.ours for each in waits]),
        ("by the clock", [each.clock for each in waits]),
    ):
        middle, slow, longest = np.quantile(found, [0.5, 0.95, 1.0]) * 1e3
        print(f"\n{name}: p50 {middle:.0f} ms, p95 {slow:.0f} ms, longest {longest:.0f} ms")
    print(f"{share:.0%} of a core, {server.megabytes():.0f} MB; load of the machine {os.getloadavg()[0]:.1f}")
    return float(slow) / 1e3


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where rooms are kept."""
    return "" if request.param == "memory" else str(tmp_path / "rooms.db")


def test_200_vote_within_ten_seconds(place: str) -> None:
    drawn = np.random.default_rng(0)
    with serving(ROOT / "streamlit_app.py", ROOT, BNSIM_ROOMS=place) as server, room_at(server) as (_, code):
        slow = class_votes(server, code, [(0.0, float(drawn.uniform(0, WITHIN))) for _ in range(STUDENTS)])
    assert slow <= LATE


def test_200_join_and_vote_within_ten_seconds(place: str) -> None:
    last = WITHIN - THINKING
    with serving(ROOT / "streamlit_app.py", ROOT, BNSIM_ROOMS=place) as server, room_at(server) as (_, code):
        with attending(server, f"join={code}", Student):
            pass  # what is made once
        slow = class_votes(server, code, [(last * (seat + 1) / STUDENTS, THINKING) for seat in range(STUDENTS)])
    assert slow <= LATE


def cost(server: Server, act: Callable[[int], None], before: Callable[[int], None]) -> float:
    """Return milliseconds of the server's CPU for each turn, without what happens before it."""
    spent = 0
    for turn in range(TURNS):
        before(turn)
        had = cpu(server)
        act(turn)
        time.sleep(0.02)
        spent += cpu(server) - had
    return spent / TURNS / 1e6


def nothing_happens(turn: int) -> None:
    """Leave the room as it is."""


def test_a_look_costs_at_most_twice_an_empty_rerun(empty_app: Path, tmp_path: Path) -> None:
    """In a room of 200 in which nothing happens, and in one in which another process writes an answer before each."""
    place = str(tmp_path / "rooms.db")
    elsewhere = Store(engine_of(place))
    with (
        serving(empty_app, empty_app.parent) as nothing,
        serving(ROOT / "streamlit_app.py", ROOT, BNSIM_ROOMS=place) as ours,
        visiting(nothing) as peer,
        room_at(ours) as (_, code),
        attending(ours, f"join={code}", Student) as student,
    ):
        tokens = [elsewhere.take_seat(code).token for _ in range(STUDENTS - 1)]
        ballots = [Ballot(1, FIRST, Answer(choice=at)) for at in (0, 1)]

        def answer(turn: int) -> None:
            elsewhere.put(code, tokens[turn % len(tokens)], ballots[turn // len(tokens) % 2])

        def rerun(turn: int) -> None:
            peer.rerun({"a": float(turn % 10)})

        for turn in range(WARM_UP):
            rerun(turn), student.look()
        found = []
        for _ in range(ROUNDS):
            empty = cost(nothing, rerun, nothing_happens)
            quiet = cost(ours, lambda turn: student.look(), nothing_happens)
            busy = cost(ours, lambda turn: student.look(), answer)
            found.append((quiet / empty, busy / empty))
            print(f"\nempty {empty:.2f} ms, a look {quiet:.2f} ms, while others answer {busy:.2f} ms")
        vote = cost(ours, lambda turn: student.press(f"room.{code}.1.1.unsure"), nothing_happens)
        print(f"an answer {vote:.2f} ms")
        assert student.tracebacks == []
    quiet, busy = (statistics.median(each) for each in zip(*found, strict=True))
    assert quiet <= MOST_OF_AN_EMPTY_RERUN
    assert busy <= MOST_OF_AN_EMPTY_RERUN
