"""What programs send that are no browsers, in place of a student's page: refused in a sentence, and counted nowhere."""

import re
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from attendants import ARRIVED, Attendant, Student, Teacher, attending, late
from rooms import WAYS
from visitor import Server, serving
from written_lessons import CHOICE, NUMBER, changed, written

import bnsim
from bnsim.classroom import Phase
from bnsim.classroom.bounds import PAUSE
from bnsim.classroom.codes import hashed
from bnsim.classroom.words import say

ROOT = Path(__file__).parents[2]
RIGHT, WRONG = "The first of the two", "The second of the two"
VERDICTS = {"right": "That is what a well-rested reader says.", "wrong": "That is what a hurried reader says."}
SETTINGS = {"mean": 3.0, "std": 2.5, "x": 6.17}
NEXT_SETTINGS = {**SETTINGS, "x": 6.53}
TRUTH, NEXT_TRUTH = (float(bnsim.run("transform", **each).readouts["y"]) for each in (SETTINGS, NEXT_SETTINGS))
BETWEEN = 1.2340625
"""Which of the choices is true, this number decides; nothing else on a page is like it."""

QUICK = say("error.quick")
NO_CHOICE = (
    "Your prediction must be one of the answers above; none is chosen yet. If you cannot tell, press: I don't know."
)


def lesson(above: str = RIGHT) -> str:
    """Return two questions; of the first, one choice is true above a number, and the other below it."""
    choices = [{"text": text, "from" if text == above else "to": BETWEEN} for text in (RIGHT, WRONG)]
    asked = changed(CHOICE, {"params": SETTINGS, "choices": choices, **VERDICTS})
    return written(asked, changed(NUMBER, {"params": NEXT_SETTINGS}))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(ROOT / "streamlit_app.py", ROOT, BNSIM_ROOMS="") as found:
        found.wait_until_it_listens()
        yield found


@dataclass
class Class:
    """A room with its teacher, and those who come to it."""

    server: Server
    stack: ExitStack
    teacher: Teacher

    @property
    def code(self) -> str:
        return self.teacher.code

    def student(self, storage: dict[str, str] | None = None) -> Student:
        """Let somebody join, or come back with what the browser kept: that is a reload."""
        found: Student = self.stack.enter_context(attending(self.server, f"join={self.code}", Student, storage))
        return found

    def projector(self) -> Attendant:
        found: Attendant = self.stack.enter_context(attending(self.server, f"projector={self.code}", Attendant))
        return found

    def answered(self) -> str:
        """Return what the teacher reads of the answers."""
        return self.teacher.status()


@contextmanager
def opened(server: Server, text: str) -> Iterator[Class]:
    with ExitStack() as stack:
        teacher = stack.enter_context(attending(server, "", Teacher))
        teacher.open(text)
        yield Class(server, stack, teacher)
        assert teacher.tracebacks == []


@pytest.fixture
def room(server: Server) -> Iterator[Class]:
    with opened(server, lesson()) as found:
        yield found


@pytest.fixture
def student(room: Class) -> Iterator[Student]:
    found = room.student()
    yield found
    assert found.tracebacks == []


class TestAVote:
    def test_that_is_open_takes_an_answer(self, room: Class, student: Student):
        student.answer(RIGHT)

        assert ARRIVED in student.words
        assert room.answered() == "First vote · 1 of 1 answered"

    def test_takes_the_same_message_again_and_counts_it_once(self, room: Class, student: Student):
        student.answer(RIGHT)
        student.exchange(student.sent[-1])

        assert ARRIVED in student.words
        assert room.answered() == "First vote · 1 of 1 answered"

    def test_does_not_take_two_within_a_second(self, room: Class, student: Student):
        for choices in ((RIGHT, WRONG), (WRONG, RIGHT)) * 5:  # a busy machine takes longer now and then
            begun = time.monotonic()
            for choice in choices:
                student.answer(choice)
            if time.monotonic() - begun < PAUSE:
                break
            time.sleep(PAUSE)

        assert student.problems == [QUICK]
        assert f"You answered: {choices[0]}" in student.words

    def test_that_is_closed_takes_none_from_a_page_that_was_drawn_before(self, room: Class, student: Student):
        room.teacher.go(Phase.CLOSED)
        student.answer(RIGHT)

        assert student.problems == [late(Phase.CLOSED)]
        assert room.answered() == "First vote closed · 0 of 1 answered"

    def test_that_is_closed_takes_no_other_answer_after_a_reload(self, room: Class, student: Student):
        student.answer(WRONG)
        told = student.sent[-1]
        room.teacher.go(Phase.CLOSED)
        again = room.student(student.storage)

        assert not [key for key in again.widgets if key.endswith((".lock", ".unsure", ".choice"))]
        again.widgets, again.fragments = student.widgets, student.fragments
        again.answer(RIGHT)
        again.exchange(told)
        again.send(again.request())
        assert f"You answered: {WRONG}" in again.words
        assert again.tracebacks == []
        assert room.answered() == "First vote closed · 1 of 1 answered"

    @pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.OPEN])
    def test_takes_an_old_message_not_once_more(self, room: Class, student: Student, phase: Phase):
        other = room.student()
        other.answer(WRONG)
        told = other.sent[-1]
        other.press(f"room.{room.code}.1.1.unsure")  # within a second: so there is something to lose
        room.teacher.go(*WAYS[phase])
        for _ in range(2):
            other.exchange(told)

        assert ARRIVED not in other.words
        assert other.tracebacks == []
        counts = {Phase.REOPENED: 0, Phase.CLOSED_AGAIN: 0}.get(phase, 1)
        assert room.answered() == f"{say(f'phase.{phase}').capitalize()} · {counts} of 2 answered"

    def test_takes_none_of_the_question_before(self, room: Class, student: Student):
        student.answer(WRONG)
        told = student.sent[-1]
        room.teacher.go(Phase.CLOSED, Phase.REVEALED, Phase.OPEN)
        student.exchange(told)
        student.exchange(told)

        assert ARRIVED not in student.words
        assert room.answered() == "First vote · 0 of 1 answered"


class TestASeat:
    @pytest.mark.parametrize("known", ["number", "hash", "start", "nothing", "another room"])
    def test_is_not_taken_by_who_knows_anything_but_its_token(self, room: Class, student: Student, known: str):
        student.answer(WRONG)
        token = student.token
        with opened(room.server, lesson()) as other:
            tokens = {
                "number": "1",
                "hash": hashed(token),
                "start": token[:-1],
                "nothing": "",
                "another room": other.student().token,
            }
            thief = room.student({f"{room.code}/seat": tokens[known]})

        assert thief.token not in {token, tokens[known]}
        assert "You answered" not in thief.words
        assert thief.tracebacks == []
        assert room.answered() == "First vote · 1 of 2 answered"

    def test_is_in_nothing_that_others_are_sent(self, room: Class, student: Student):
        others = room.student(), room.projector(), room.teacher
        student.answer(WRONG)
        for each in others:
            each.send(each.request())

            assert student.token.encode() not in each.bytes_received
            assert hashed(student.token).encode() not in each.bytes_received


class TestTheTeacher:
    def test_is_not_who_has_the_key_of_another_room(self, room: Class, server: Server):
        with opened(server, lesson()) as other:
            key = {f"{room.code}/key": other.teacher.storage[f"{other.code}/key"]}
            with attending(server, f"room={room.code}", Teacher, key) as thief:
                refused_at_the_desk(room, thief)

    def test_is_not_who_has_a_seat(self, room: Class, student: Student):
        with attending(room.server, f"room={room.code}", Teacher, {f"{room.code}/key": student.token}) as thief:
            refused_at_the_desk(room, thief)

    def test_alone_goes_on_whatever_a_student_sends(self, room: Class, student: Student):
        button = room.teacher.widgets["room.move.1.open.closed"]
        room.teacher.go(Phase.CLOSED)
        told = room.teacher.sent[-1]
        room.teacher.press("room.move.1.closed.open")

        student.exchange(told)
        student.set(**{button: {"trigger_value": True}})
        for place in (f"room={room.code}", f"projector={room.code}", f"join={room.code}&room={room.code}"):
            student.query = place
            student.set(**{button: {"trigger_value": True}})
        assert room.answered() == "First vote · 0 of 1 answered"


def refused_at_the_desk(room: Class, thief: Teacher) -> None:
    """Assert that somebody is told to have no key, sees nothing of the desk, and cannot press its buttons."""
    code = f"{room.code[:3]} {room.code[3:]}"

    assert [each for each in thief.problems if "does not have the key" in each] == [
        f"This browser does not have the key of the room {code}: only the one in which it was opened has. "
        "To answer in it, join it."
    ]
    assert not [key for key in thief.widgets if key.startswith("room.move")]
    thief.set(**{room.teacher.widgets["room.move.1.open.closed"]: {"trigger_value": True}})
    assert thief.tracebacks == []
    assert room.answered().startswith("First vote · 0")


TEXTS = "A sentence that is not among the choices", "\u202e" * 10_000, "", "0", "<script>"

OF_ANOTHER_KIND: tuple[dict[str, Any], ...] = (
    {"int_value": -1},
    {"double_value": float("nan")},
    {"bool_value": True},
    {"bytes_value": b"\xff\xfe"},
    {"json_value": "{"},
)
"""No browser sends such a thing for a choice: Streamlit itself breaks off."""

SAID: tuple[Any, ...] = (
    None,
    [],
    3,
    "secret",
    {"secret": 1},
    {"secret": "x" * 10_000},
    {"secret": ["a"]},
    {"secret": "\ud800"},
    {"secret": "../../key"},
    {"secret": {"a": 1}, "none": "yes"},
)


class TestAnything:
    @pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:10])
    def test_may_stand_where_a_choice_is_made(self, room: Class, student: Student, text: str):
        student.answer(text)

        assert student.problems == [NO_CHOICE]
        assert room.answered() == "First vote · 0 of 1 answered"

    def test_may_be_said_of_what_the_browser_keeps(self, room: Class, student: Student):
        for said in SAID:
            student.say_keeps({**student.question, **said} if isinstance(said, dict) else said)
        student.answer(RIGHT)

        assert ARRIVED in student.words
        assert room.answered() == "First vote · 1 of 1 answered"

    @pytest.mark.parametrize("name", ["room.code", "room.lesson", "room.step", "room.countdown"])
    def test_may_stand_in_the_widgets_of_the_way_in(self, server: Server, name: str):
        button = "FormSubmitter:room.join-Join" if name == "room.code" else "room.open"
        for text in TEXTS:
            with attending(server, "", Teacher) as teacher:
                teacher.press(button, **{name: {"string_value": text}})

                assert teacher.tracebacks == []

    def test_of_another_kind_is_told_nothing_and_harms_nobody_else(self, room: Class, student: Student):
        place = f"room.{room.code}.1.1"
        for state in OF_ANOTHER_KIND:
            stranger = room.student()
            stranger.press(f"{place}.lock", **{f"{place}.choice": state})

            assert not [each for each in stranger.tracebacks if "This app has encountered an error" not in each]
            assert b"Traceback" not in stranger.bytes_received
        student.answer(RIGHT)
        assert ARRIVED in student.words
        assert room.answered() == f"First vote · 1 of {len(OF_ANOTHER_KIND) + 1} answered"


def forms(number: float) -> list[bytes]:
    """Return how a number could be written: its digits, a double, a float."""
    return [f"{number:.6f}"[:6].encode(), struct.pack("<d", number), struct.pack("<f", number)]


SECRETS = [*forms(TRUTH), *forms(BETWEEN), *(sentence.encode() for sentence in VERDICTS.values())]


ONCE = re.compile(r"[0-9a-f]{32,64}|[0-9a-f]{8}-[0-9a-f-]{27}|\d{12,}|base64,[\w+/=]+|[\w-]{43}")
"""What is another each time: hashes, names of sessions, moments, a QR code, secrets."""


def told(attendant: Attendant, code: str) -> set[str]:
    """Return what frames say, without what is another in each room, session and moment, and without empty places.

    Streamlit leaves those out where it is slow enough that what comes into them is there before they are sent.
    """
    frames = [str(each) for each in attendant.frames if not each.delta.new_element.HasField("empty")]
    return {ONCE.sub("", each.replace(code, "").replace(f"{code[:3]} {code[3:]}", "")) for each in frames}


def played(server: Server, above: str) -> tuple[list[set[str]], list[set[str]]]:
    """Let a class go through all phases; return what two students and a projector are told until then, and at last."""
    with opened(server, lesson(above)) as room:
        one, other, projector = room.student(), room.student(), room.projector()
        for start, phase in pairwise((Phase.OPEN, *WAYS[Phase.REVEALED])):
            if start in (Phase.OPEN, Phase.REOPENED):
                time.sleep(PAUSE)
                for student, choice in ((one, RIGHT), (other, WRONG)):
                    student.answer(choice, vote=1 if start is Phase.OPEN else 2)
                    assert ARRIVED in student.words
            if phase is Phase.REVEALED:
                before = [told(each, room.code) for each in (one, other, projector)]
            room.teacher.go(phase, start=start)
            for each in (one, other, projector):
                each.send(each.request())
        return before, [told(each, room.code) for each in (one, other, projector)]


class TestBeforeTheAnswerIsShown:
    def test_the_same_is_sent_whichever_choice_is_true(self, server: Server):
        before, after = played(server, above=RIGHT)
        before_too, after_too = played(server, above=WRONG)

        assert [mine ^ other for mine, other in zip(before, before_too, strict=True)] == [set()] * 3
        assert [mine == other for mine, other in zip(after, after_too, strict=True)] == [False] * 3

    def test_nothing_that_is_sent_to_students_and_projector_says_what_is_true(self, room: Class, student: Student):
        projector = room.projector()
        for start, phase in pairwise((Phase.OPEN, *WAYS[Phase.CLOSED_AGAIN])):
            if start in (Phase.OPEN, Phase.REOPENED):
                time.sleep(PAUSE)
                student.answer(RIGHT, vote=1 if start is Phase.OPEN else 2)
                assert ARRIVED in student.words
            room.teacher.go(phase, start=start)
            for each in (student, projector):
                each.look()
                each.send(each.request())
                assert [secret for secret in SECRETS if secret in each.bytes_received] == []
        room.teacher.go(Phase.REVEALED, start=Phase.CLOSED_AGAIN)
        for each in (student, projector):
            each.send(each.request())

        assert VERDICTS["right"].encode() in student.bytes_received
        assert f"The answer: {RIGHT}" in projector.words
        for each in (student, projector):
            assert [secret for secret in forms(NEXT_TRUTH) if secret in each.bytes_received] == []
