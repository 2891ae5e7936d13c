"""What a student sees: the question, an answer that can be changed while the vote is open, and then the truth."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from bnsim.app import parts, text
from bnsim.app.classroom.boards import way_to_board
from bnsim.app.classroom.countdown import countdown
from bnsim.app.classroom.keys import SEAT, Secret, keep_in_browser, secret
from bnsim.app.classroom.question import WORDS, Question, heading, in_words, question_of, said
from bnsim.app.classroom.watching import Look, watch
from bnsim.app.lessons import focus
from bnsim.app.lessons.asking import ask
from bnsim.app.lessons.finding import missing, truth_at_hand, work_out
from bnsim.app.lessons.showing import draw_pictures, rows_of, verdict_of
from bnsim.classroom import Ballot, Phase, Room, spaced
from bnsim.classroom.codes import hashed
from bnsim.classroom.shared import classroom
from bnsim.classroom.views import StudentView
from bnsim.errors import RoomError, StrangerError
from bnsim.learn.lesson import UNSURE, Answer, Truth, judge


@dataclass
class Attendance:
    """One student in one room: the question as it was last drawn, and whether an answer has just arrived."""

    code: str
    seat: Secret
    question: Question | None = None
    has_sent: bool = False

    def view(self) -> StudentView:
        """Return what this student sees now; whose seat is none of this room takes another one."""
        try:
            return classroom().student(self.code, self.seat.value, truth_at_hand)
        except StrangerError:
            self.seat.refuse()
            self.seat.take(classroom().join(self.code).token)
        return classroom().student(self.code, self.seat.value, truth_at_hand)

    def asked(self, view: StudentView) -> Question:
        """Return the question of a view, the same one as long as round and vote are."""
        before = self.question
        if before is None or (before.round, before.vote) != (view.round, view.takes):
            self.question = question_of(view, self.send, view.answer)
            self.question.problem = "" if before is None else before.problem
        else:
            self.question = before
        found = self.question
        found.step, found.is_change = view.step, (view.first if view.takes == 1 else view.second) is not None
        return found

    def send(self, round_number: int, vote: int, answer: Answer) -> None:
        """Answer a vote of a round."""
        classroom().vote(self.code, self.seat.value, Ballot(round_number, vote, answer))
        self.has_sent = True


def sign(token_hash: str, room: Room) -> tuple[object, ...]:
    """Return of a room what one student sees of it: nothing of what others answer."""
    number = room.seats.get(token_hash, 0)
    mine = (room.votes.get((room.round, vote, number)) for vote in (1, 2))
    return room.round, room.phase, room.ends, number, *mine


def student_page(code: str) -> None:
    """Draw a room for a student; who comes for the first time takes a seat, unless the browser has one."""
    seat = secret(code, SEAT)
    classroom().room(code)  # one that is not there is said before anything is taken
    text.question(WORDS.say("label.joined", code=spaced(code)))
    if not seat.value and not seat.heard:
        st.caption(WORDS["label.wait"])
        keep_in_browser(seat)
        return
    if not seat.value:
        seat.take(classroom().join(code).token)
    attendance = attendance_of(code, seat)
    attendance.view()  # takes another seat, if this one is none of the room
    look = Look(code, partial(sign, hashed(seat.value))).begin()
    with st.container(key="room-student"):
        body(attendance, look)
    if not seat.works:
        st.caption(WORDS["label.seat_unkept"])
    watch(look)
    if not seat.is_settled:
        keep_in_browser(seat)


def attendance_of(code: str, seat: Secret) -> Attendance:
    """Return this student in a room, as far as this visit knows."""
    known: dict[str, Attendance] = st.session_state.setdefault("bnsim.room.attendance", {})
    if code not in known:
        known[code] = Attendance(code, seat)
    return known[code]


@st.fragment
def body(attendance: Attendance, look: Look) -> None:
    """Draw what one student sees; an answer draws this anew, and nothing else of the page."""
    look.begin()
    try:
        view = attendance.view()
    except RoomError:
        if parts.is_part():
            st.rerun(scope="app")  # the page says what has come between
        raise
    countdown(view.remaining)
    st.html(heading(view))
    asked = attendance.asked(view)
    if view.phase is Phase.REVEALED:
        revealed(view, asked)
    else:
        voting(attendance, view, asked)
    asked.problem, attendance.has_sent = "", False
    focus.follow(f"{view.round}-{'answer' if view.truth is not None else 'question'}")


def voting(attendance: Attendance, view: StudentView, asked: Question) -> None:
    """Draw what is to be done, what was answered, and, where a vote is open, what it is answered with."""
    said([view.says, *given(view), *([WORDS["label.sent"]] if attendance.has_sent else [])])
    if view.takes is None:
        text.sentences(st.empty(), [asked.problem] if asked.problem else [], bad=True)
    else:
        ask(asked)
    st.caption(WORDS["label.anonymous"])


def given(view: StudentView) -> list[str]:
    """Return in words what this student answered."""
    answers = {"your_first": view.first, "your_second": view.second}
    return [
        WORDS.say(f"label.{name}", answer=in_words(view.step, answer))
        for name, answer in answers.items()
        if answer is not None
    ]


def revealed(view: StudentView, asked: Question) -> None:
    """Draw what is true, what was answered, and why."""
    if view.truth is None:
        said([WORDS["label.truth_late_shown"], *given(view)])
        if missing([view.step]):
            work_out([view.step], asked.key)
        return
    said([view.says, *given(view)])
    with_truth(view, asked, view.truth)
    way_to_board(view.code, view.step)


def with_truth(view: StudentView, asked: Question, truth: Truth) -> None:
    """Draw the verdict to the last answer and the pictures; who gave none is told what is true all the same."""
    answer = UNSURE if view.answer is None else view.answer
    verdict = view.verdict or judge(view.step, answer, truth)
    title = WORDS["label.nothing"] if view.answer is None else ""
    st.html(verdict_of(asked, answer, verdict, truth, title))
    draw_pictures(asked, truth, rows_of(view.step, answer, truth))
