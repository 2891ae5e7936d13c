"""What whoever opens a prepared page sees of that: in one line what is prepared, and the way out of it."""

import html
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app.lessons.at_hand import lessons
from bnsim.app.lessons.course import Course
from bnsim.app.state import PageState
from bnsim.app.text import plain
from bnsim.scenario.prepared import LESSON, START, Prepared
from bnsim.scenario.wording import counted
from bnsim.text import words_of

WORDS = words_of("bnsim.app.preparing")


def bar(state: PageState) -> None:
    """Draw it on a prepared page of an experiment, with the way to the question that is to come."""
    if state.prepared:
        with line(said(state.prepared), state.experiment.slug, WORDS["label.unlock_help"], state.unlock):
            way_to_question(state.prepared)


def lesson_bar(course: Course) -> None:
    """Draw it on a lesson that does not begin at its first question."""
    if course.first:
        words = [WORDS.say("label.from_start", count=str(course.first + 1))]
        line(words, f"lesson.{course.lesson.name}", WORDS["label.unlock_lesson_help"], course.unlock)


def way_to_question(prepared: Prepared) -> None:
    """Draw the way to the question of a lesson; none where the page stands alone, without others to lead to."""
    there = st.session_state.get("bnsim.all", {}).get("lessons")
    lesson = lessons().lessons.get(prepared.lesson)
    if lesson is None or there is None:
        return
    label = WORDS.say("label.go", count=str(prepared.start), title=plain(lesson.title))
    query = {LESSON: lesson.name, START: str(prepared.start)}
    st.page_link(there, label=label, icon=":material/school:", query_params=query, width="content")


def said(prepared: Prepared) -> list[str]:
    """Return in a few words each what is prepared."""
    found = []
    for key, names in (("is_locked", prepared.locked), ("is_hidden", prepared.hidden)):
        if names:
            found.append(WORDS.say(f"label.{key}", count=str(len(names))))
    if prepared.presets:
        found.append(counted(len(prepared.presets), WORDS["label.scenario"], WORDS["label.scenarios"]))
    elif prepared.presets is not None:
        found.append(WORDS["label.no_presets"])
    return found


def line(words: Sequence[str], key: str, tip: str, unlock: Callable[[], None]) -> DeltaGenerator:
    """Draw the line that stays in sight when the page is scrolled, and return it."""
    place = st.container(horizontal=True, gap="small", key="prepared", vertical_alignment="center")
    first = html.escape(WORDS["label.prepared"])
    rest = "".join(f" · {html.escape(each)}" for each in words)
    place.html(f'<p class="bn-prepared" role="note"><b>{first}</b><span>{rest}</span></p>', width="content")
    place.button(
        WORDS["label.unlock"], key=f"{key}.unlock", on_click=unlock, help=tip, icon=":material/lock_open:",
        width="content",
    )  # fmt: skip
    return place
