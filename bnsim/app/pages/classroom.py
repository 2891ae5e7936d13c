"""The page of a class: the address says whose page it is, and never holds a secret."""

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from bnsim.app import address
from bnsim.app.classroom.opening import LESSON, OWN_QUESTION, opening_page
from bnsim.app.classroom.projector import projector_page
from bnsim.app.classroom.student import student_page
from bnsim.app.classroom.teacher import HERE, teacher_page
from bnsim.app.pages.lessons import lessons
from bnsim.app.state import leave
from bnsim.classroom import code_in
from bnsim.errors import InputError, MissingExtraError

STYLE = f"<style>{(Path(__file__).parents[1] / 'classroom' / 'room.css').read_text('utf-8')}</style>"

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
    problems, query = tuple[str, ...](), dict[str, str]()
    if role:
        problems, query = room_page(role, st.query_params[role])
    if not query:
        take_lesson(st.query_params.get("lesson", ""))
        opening_page(problems)
    address.write(HERE, query)


def room_page(role: str, typed: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Draw a page of a room; return what stands against it, and what the address is to say then."""
    try:
        code = code_in(typed)
        PAGES[role](code)
    except InputError as error:
        return error.problems, {}
    except MissingExtraError as error:
        return (str(error),), {}
    return (), {role: code}


def take_lesson(name: str) -> None:
    """Choose the lesson that a link names."""
    if name in lessons().lessons and name != OWN_QUESTION:
        st.session_state[LESSON] = name
