"""A room whose processes are killed, and one that two processes behind nginx share: no answer that arrived is lost."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from attendants import Attendant, Storage, Student, Teacher, attending
from rooms import LESSON
from school import Jar, Ports, Workers, await_that, nginx_or_skip, nginx_serving
from servers import postgres
from visitor import Server
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bnsim.classroom import Phase

ROOT = Path(__file__).parents[2]
CHOICES = "Less than 1", "More than 1"
STUDENTS, AT_ONCE = 8, 4
SEEN_WITHIN = 3.0
"""Seconds after which one process shows what happened at another: a read each second, a look every two."""
TRUSTED_WITHIN = 10.0
"""Seconds within which a server that is there again is asked again."""

Open = Callable[[str, type[Attendant], Storage], Any]
"""Opens a page of a room with what the browser keeps."""


def sees(attendant: Attendant, says: str) -> bool:
    """Look again, as the page does, and return whether something is said now."""
    attendant.look()
    return says in attendant.words


def answers_of(student: Student) -> list[str]:
    """Return what a page says its student answered."""
    return re.findall(r"You answered: (Less than 1|More than 1)", student.words)


def vote_until(students: Sequence[Student], kill: Callable[[], None]) -> list[Student]:
    """Let all vote, a few at once, and kill the process once half of the answers have arrived; return whose did."""

    def answer(student: Student) -> None:
        with suppress(ConnectionClosed):
            student.answer(choice_of(students.index(student)))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(answer, each) for each in students]
        while sum(each.acknowledged > 0 for each in students) < len(students) // 2:
            time.sleep(0.001)
        kill()
        for each in sent:
            each.result()
    return [each for each in students if each.acknowledged > 0]


def choice_of(seat: int) -> str:
    return CHOICES[seat % 2]


def all_are_back(students: Sequence[Student], arrived: Sequence[Student], code: str, reopen: Open) -> list[Student]:
    """Let everybody open the link again; assert that all have their seats, and all answers that arrived."""
    back = [reopen(f"join={code}", Student, each.storage) for each in students]
    kept = {seat: answers_of(each) for seat, each in enumerate(back)}

    assert [each.token for each in back] == [each.token for each in students]
    assert [kept[students.index(each)] for each in arrived] == [[choice_of(students.index(each))] for each in arrived]
    assert [each.tracebacks for each in back] == [[]] * len(back)
    return back


def counted(teacher: Teacher, back: Sequence[Student]) -> None:
    """Wait until the teacher counts those answers that students are shown; and assert that the vote goes on."""
    many = sum(bool(answers_of(each)) for each in back)
    await_that(lambda: teacher.status() == f"First vote · {many} of {len(back)} answered")
    late = next((each for each in back if not answers_of(each)), None)
    if late is not None:
        late.answer(CHOICES[0])
        await_that(lambda: teacher.status() == f"First vote · {many + 1} of {len(back)} answered")


class TestOneProcessOnAFile:
    def test_is_killed_in_a_vote_and_everybody_is_back_from_the_link(self, tmp_path):
        def started() -> Server:
            found = Server(ROOT / "streamlit_app.py", ROOT, BNSIM_ROOMS=str(tmp_path / "rooms.db"))
            found.wait_until_it_listens()
            return found

        with ExitStack() as stack:
            killed = started()
            stack.callback(killed.process.kill)
            teacher = stack.enter_context(attending(killed, "", Teacher))
            code = teacher.open(LESSON)
            students = [stack.enter_context(attending(killed, f"join={code}", Student)) for _ in range(STUDENTS)]
            arrived = vote_until(students, killed.process.kill)
            assert killed.process.wait() == -signal.SIGKILL

            again = started()
            stack.callback(again.stop)

            def reopen(query: str, kind: type[Attendant], storage: Storage) -> Any:
                return stack.enter_context(attending(again, query, kind, storage))

            back = all_are_back(students, arrived, code, reopen)
            counted(reopen(f"room={code}", Teacher, teacher.storage), back)


def connected(jar: Jar) -> None:
    """Open a channel, trying again as browsers do: after a death nginx takes two seconds to trust a process again."""
    end = time.monotonic() + TRUSTED_WITHIN
    while True:
        try:
            return jar.connect()
        except InvalidStatus as refused:
            if refused.response.status_code != HTTPStatus.BAD_GATEWAY or time.monotonic() > end:
                raise
            time.sleep(0.5)


@dataclass
class Shared:
    """Two processes behind nginx on one Postgres: a room with its teacher at one, its students at the other."""

    ports: Ports
    workers: Workers
    stack: ExitStack

    def open(self, query: str, kind: type[Attendant], storage: Storage | None = None, process: int = 0) -> Any:
        """Open a page of a room; a browser that was at a process before has its cookie."""
        jar = Jar(self.ports.front, f"classroom?{query}")
        if process:
            jar.keep([f"bnsim_process={process}"])
        connected(jar)
        self.stack.callback(jar.leave)
        return kind(jar.channel, "classroom", query, {} if storage is None else storage)

    def kill(self, process: int) -> None:
        """End a process at once, in the middle of whatever it does."""
        os.kill(self.workers.children()[process], signal.SIGKILL)


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[Shared]:
    nginx, ports, folder = nginx_or_skip(), Ports.free(), tmp_path_factory.mktemp("rooms")
    with postgres() as address, ExitStack() as stack:
        workers = Workers(ports, folder, BNSIM_ROOMS=address)
        try:
            with nginx_serving(nginx, ports, folder):
                workers.await_ready(2)
                yield Shared(ports, workers, stack)
                stack.close()
        finally:
            if workers.process.poll() is None:
                workers.end()


def seconds_until(attendant: Attendant, says: str) -> float:
    """Return how long it takes until a page that looks again and again says something."""
    begun = time.monotonic()
    await_that(lambda: sees(attendant, says))
    return time.monotonic() - begun


class TestTwoProcessesOnPostgres:
    def test_share_a_room(self, shared: Shared):
        here, there = shared.ports.processes
        teacher = shared.open("", Teacher, process=here)
        code = teacher.open(LESSON)
        students = [shared.open(f"join={code}", Student, process=there) for _ in range(2)]
        projector = shared.open(f"projector={code}", Attendant, process=there)
        waits = [seconds_until(teacher, "0 of 2 answered")]
        for seat, student in enumerate(students):
            student.answer(choice_of(seat))
        waits.append(seconds_until(teacher, "2 of 2 answered"))
        for start, to, says in (
            (Phase.OPEN, Phase.CLOSED, "The vote is closed"),
            (Phase.CLOSED, Phase.DISCUSS, "Talk to your neighbours"),
            (Phase.DISCUSS, Phase.REOPENED, "Answer once more"),
        ):
            teacher.go(to, start=start)
            waits += [seconds_until(each, says) for each in (*students, projector)]

        assert [wait for wait in waits if wait > SEEN_WITHIN] == []
        print(f"\nseen at the other process after at most {max(waits):.1f} s")

    def test_lose_no_answer_when_one_is_killed_and_then_the_other(self, shared: Shared):
        here, there = shared.ports.processes
        teacher = shared.open("", Teacher, process=here)
        code = teacher.open(LESSON)
        students = [shared.open(f"join={code}", Student, process=there) for _ in range(STUDENTS)]
        arrived = vote_until(students, lambda: shared.kill(there))
        back = all_are_back(students, arrived, code, shared.open)
        counted(teacher, back)

        shared.workers.await_ready(3)
        os.kill(shared.workers.process.pid, signal.SIGSTOP)  # nobody waits for it to be started again
        shared.kill(here)
        again = shared.open(f"room={code}", Teacher, teacher.storage, here)
        counted(again, [shared.open(f"join={code}", Student, each.storage) for each in students])
