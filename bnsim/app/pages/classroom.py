"""The page of a class: the address says whose page it is, and never holds a secret."""

from collections.abc import Callable, Mapping

import streamlit as st

from bnsim.app import address, text
from bnsim.app.classroom.joining import HERE
from bnsim.app.classroom.opening import LESSON, STEP, opening_page
from bnsim.app.classroom.projector import projector_page
from bnsim.app.classroom.question import WORDS
from bnsim.app.classroom.student import student_page
from bnsim.app.classroom.teacher import teacher_page
from bnsim.app.classroom.watching import Look, watch
from bnsim.app.pages.lessons import lessons
from bnsim.app.sheets import sheet
from bnsim.app.state import leave
from bnsim.classroom import code_in, spaced
from bnsim.errors import FullError, InputError, MissingExtraError, NoRoomError, RoomError

STYLE = sheet("classroom/room.css")

LESSON_ASKED, STEP_ASKED = "lesson", "step"
"""What a link says that leads from a lesson to a room for it."""

TAKEN = "bnsim.room.lesson"

PAGES: Mapping[str, Callable[[str], None]] = {
    "join": student_page,
    "projector": projector_page,
    "room": teacher_page,
}
"""Whose page it is, by what the address says before the code of a room."""


def classroom_page() -> None:
    """Draw a student's page, the projector, the teacher's desk, or the way into a room."""
    leave()
    st.html(STYLE)
    role = next((name for name in PAGES if name in st.query_params), "")
    problems, query = room_page(role, st.query_params[role]) if role else ((), {})
    if not query:
        take_lesson(st.query_params.get(LESSON_ASKED, ""), st.query_params.get(STEP_ASKED, ""))
        opening_page(problems)
    address.write(HERE, query)


def room_page(role: str, typed: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Draw a page of a room; return what stands against it, and what the address is to say then."""
    try:
        code = code_in(typed)
        reachable_page(role, code)
    except InputError as error:
        return error.problems, {}
    except MissingExtraError as error:
        return (str(error),), {}
    return (), {role: code}


def reachable_page(role: str, code: str) -> None:
    """Draw a page of a room; while the rooms cannot be reached, say so and look again.

    Raises
    ------
    RoomError
        If the room is not there, or full.
    """
    try:
        PAGES[role](code)
    except (NoRoomError, FullError):
        raise
    except RoomError as error:
        text.question(WORDS.say("label.joined", code=spaced(code)))
        text.sentences(st.empty(), error.problems, bad=True)
        watch(Look(code, lambda room: room.code))


def take_lesson(name: str, step: str) -> None:
    """Choose the lesson and the step that a link names; what is chosen after that stays."""
    if name not in lessons().lessons or st.session_state.get(TAKEN) == (name, step):
        return
    st.session_state[TAKEN] = name, step
    st.session_state[LESSON] = name
    st.session_state[STEP] = step
