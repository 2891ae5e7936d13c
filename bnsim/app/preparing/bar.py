"""What whoever opens a prepared page sees of that: in one line what is prepared, and the way out of it."""

import html
from collections.abc import Callable, Sequence

import streamlit as st

from bnsim.app import address
from bnsim.app.lessons.at_hand import lessons
from bnsim.app.state import PageState
from bnsim.app.text import plain
from bnsim.scenario.prepared import LESSON, START, Prepared
from bnsim.text import words_of

WORDS = words_of("bnsim.app.preparing")


def bar(state: PageState) -> None:
    """Draw it on a prepared page of an experiment, with the way to the question that is to come."""
    if not state.prepared:
        return
    line(said(state.prepared), state.experiment.slug, WORDS["label.unlock_help"], state.unlock)
    there = st.session_state.get("bnsim.all", {}).get("lessons")
    lesson = lessons().lessons.get(state.prepared.lesson)
    if lesson is not None and there is not None:
        count = str(state.prepared.start)
        label = WORDS.say("label.go", count=count, title=plain(lesson.title))
        query = address.as_step({LESSON: lesson.name, START: count})
        st.page_link(there, label=label, icon=":material/school:", query_params=query)


def said(prepared: Prepared) -> list[str]:
    """Return in a few words each what is prepared."""
    found = []
    for key, names in (("is_locked", prepared.locked), ("is_hidden", prepared.hidden)):
        if names:
            found.append(WORDS.say(f"label.{key}", count=str(len(names))))
    if prepared.presets:
        found.append(WORDS.say("label.some_presets", count=str(len(prepared.presets))))
    elif prepared.presets is not None:
        found.append(WORDS["label.no_presets"])
    return found


def line(words: Sequence[str], key: str, tip: str, unlock: Callable[[], None]) -> None:
    """Draw the line that stays in sight when the page is scrolled."""
    with st.container(horizontal=True, gap="small", key="prepared", vertical_alignment="center"):
        first = html.escape(WORDS["label.prepared"])
        rest = "".join(f" · {html.escape(each)}" for each in words)
        st.html(f'<p class="bnk" role="note"><b>{first}</b>{rest}</p>')
        st.button(
            WORDS["label.unlock"], key=f"{key}.unlock", on_click=unlock, help=tip, icon=":material/lock_open:",
            width="content",
        )  # fmt: skip
