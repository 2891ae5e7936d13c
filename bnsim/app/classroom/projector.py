"""What everybody sees together: the question, how many answered, the countdown; after the reveal what was answered."""

import html

import streamlit as st

from bnsim.app import presenter, text
from bnsim.app.classroom import counting
from bnsim.app.classroom.boards import board
from bnsim.app.classroom.countdown import countdown
from bnsim.app.classroom.joining import address_of, qr
from bnsim.app.classroom.question import WORDS, choices_listed, heading, nobody, question_of
from bnsim.app.classroom.watching import Look, watch
from bnsim.app.lessons.finding import missing, truth_at_hand, work_out
from bnsim.app.lessons.showing import draw_pictures, rows_of
from bnsim.app.sheets import sheet
from bnsim.classroom import Phase, Room, spaced
from bnsim.classroom.bounds import FEW
from bnsim.classroom.shared import classroom
from bnsim.classroom.tally import Tally
from bnsim.classroom.views import ProjectorView
from bnsim.learn.lesson import UNSURE, Kind, Truth
from bnsim.learn.lesson.judging import written

STYLE = sheet("classroom/projector.css")


def sign(room: Room) -> tuple[object, ...]:
    """Return of a room what a projector shows of it: before the answer is shown, how many answered and not what."""
    is_revealed = room.phase is Phase.REVEALED
    count = sum(place[:2] == (room.round, room.counted) for place in room.votes)
    return room.round, room.phase, room.ends, len(room.seats), count, room.version if is_revealed else None


def projector_page(code: str) -> None:
    """Draw what is projected; it needs no key, and has none."""
    st.session_state[presenter.KEY] = True  # pictures as large as a room needs them
    look = Look(code, sign).begin()
    view = classroom().projector(code, truth_at_hand)
    text.question(WORDS.say("label.joined", code=spaced(code)))
    st.html(STYLE)
    countdown(view.remaining)
    with st.container(key="room-projector"):
        if view.phase is Phase.REVEALED:
            revealed(view)
        else:
            asking(view)
    watch(look)


def asking(view: ProjectorView) -> None:
    """Draw the question and how many answered it; nothing of what they answered."""
    left, right = st.columns([7, 3], gap="large")
    with left:
        st.html(heading(view, set_in_words=False) + choices_listed(view.step))
        st.html(f'<p class="bn-now" role="status">{html.escape(view.says)}</p>{counted(view)}')
    with right:
        st.html(joining(view.code))


def counted(view: ProjectorView) -> str:
    """Return as markup how many answered."""
    said = WORDS.say("label.answered", count=view.count, seats=view.seats) if view.seats else WORDS["label.seated"]
    return f'<p class="bn-counted">{html.escape(said)}</p>'


def joining(code: str) -> str:
    """Return as markup how one joins."""
    link = address_of({"join": code})
    shown = address_of({}).partition("://")[2].removesuffix("?")
    said = WORDS.say("label.join_short", address=shown)
    return f'<div class="bn-join"><p>{html.escape(said)}</p><p class="bn-code">{spaced(code)}</p>{qr(link)}</div>'


def revealed(view: ProjectorView) -> None:
    """Draw what is true, and what was answered to it, the first vote beside the second."""
    st.html(heading(view, set_in_words=False))
    if view.truth is None or view.tally is None:
        st.html(f'<p class="bn-now" role="status">{html.escape(WORDS["label.truth_late_shown"])}</p>')
        if missing([view.step]):
            work_out([view.step], f"room.{view.code}.{view.round}.projector")
        return
    st.html(f'<p class="bn-now bn-truth" role="status">{html.escape(true_line(view, view.truth))}</p>')
    answered(view, view.tally, view.truth)
    draw_pictures(question_of(view, nobody), view.truth, rows_of(view.step, UNSURE, view.truth), has_axis=False)
    found = classroom().shown_board(view.code)
    if found is not None:
        board(found, f"room.{view.code}.projector", can_run=False)


def true_line(view: ProjectorView, truth: Truth) -> str:
    """Return what is true in a line."""
    if view.step.kind is Kind.CHOICE and truth.choice is not None:
        return f"{view.says}: {view.step.choices[truth.choice].text}"
    return f"{view.says}: {written(view.step, truth.value)}"


def answered(view: ProjectorView, tally: Tally, truth: Truth) -> None:
    """Draw what was answered and how many are right; nothing of a vote of fewer than five."""
    if not counting.given(tally):
        st.html(f'<p class="bn-few">{html.escape(WORDS.say("label.few", few=FEW))}</p>')
        return
    counting.draw(view.step, tally, truth, f"room.{view.code}.{view.round}.projector")
    st.html(f'<p class="bn-shares">{html.escape(counting.shares(tally))}</p>')
