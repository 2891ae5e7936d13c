"""What a teacher chooses for a class, in a window over the page: the link for it, its QR code, and its file."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from bnsim.app import presenter, text
from bnsim.app.controls import label_of
from bnsim.app.lessons.at_hand import lessons
from bnsim.app.lessons.course import Course
from bnsim.app.panels import menu_titles, sets_of
from bnsim.app.preparing.bar import WORDS
from bnsim.app.saved import sharing
from bnsim.app.state import PageState
from bnsim.app.text import plain
from bnsim.errors import ScenarioError
from bnsim.scenario import link, prepared_file
from bnsim.scenario.prepared import LESSON, START, Prepared, PreparedPage, encode, url

SHOWN = "bnsim.preparing"
"""Where the session keeps over which page the window is open."""

ALL, NONE, SOME = "all", "none", "some"


def button(key: str, body: Callable[[], None], *, arriving: bool) -> None:
    """Draw what opens the window, and the window as long as it is open, also when the page is drawn anew.

    Parameters
    ----------
    key : str
        That of the page.
    body : callable
        Draws what is in the window.
    arriving : bool
        Whether the page has just been come to: a window that was left open is not opened again.
    """
    if arriving:
        close()
    st.button(WORDS["label.open"], key=f"{key}.prepare", on_click=open_over, args=(key,), icon=":material/groups:")
    if st.session_state.get(SHOWN) == key:
        st.dialog(WORDS["label.open"], width="medium", on_dismiss=close)(body)()


def open_over(key: str) -> None:
    """Note over which page the window is open."""
    st.session_state[SHOWN] = key


def close() -> None:
    """Note that the window is closed."""
    st.session_state.pop(SHOWN, None)


def prepare_page(state: PageState) -> None:
    """Draw what is chosen for a page of an experiment, and what comes of it."""
    key, known = f"{state.experiment.slug}.prepare", state.prepared
    st.markdown(WORDS["label.lead"])
    specs = state.experiment.params.controls()
    titles = {name: label_of(spec) for name, spec in specs.items()}
    locked = several(key, "locked", titles, known.locked)
    hidden = several(key, "hidden", titles, known.hidden)
    presets = offered(key, state)
    is_presenter = wants_presenter(key)
    lesson, start = question(key, state)
    chosen = Prepared(tuple(hidden), tuple(name for name in locked if name not in hidden), presets, lesson, start)
    page = PreparedPage(state.experiment.slug, state.params, chosen, presenter=is_presenter)
    pass_on(key, page, link.encode(state.params) | encode(chosen, state.possible))


def prepare_lesson(course: Course) -> None:
    """Draw what is chosen for a lesson, and what comes of it."""
    lesson = course.lesson
    key = f"lesson.{lesson.name}.prepare"
    st.markdown(WORDS["label.lead_lesson"])
    start = at_question(key, len(lesson.steps), min(course.at + 1, len(lesson.steps)))
    page = PreparedPage("", None, Prepared(lesson=lesson.name, start=start), presenter=wants_presenter(key))
    pass_on(key, page, {LESSON: lesson.name, START: str(start)})


def several(key: str, part: str, titles: Mapping[str, str], known: Sequence[str]) -> list[str]:
    """Draw a choice of several things, and return them in the order of the page."""
    widget = begun(f"{key}.{part}", list(known))
    found = st.multiselect(
        WORDS[f"label.{part}"], list(titles), key=widget, format_func=titles.__getitem__,
        help=WORDS[f"label.{part}_help"] if part != "chosen" else None, placeholder=WORDS["label.nothing"],
    )  # fmt: skip
    return [name for name in titles if name in found]


def offered(key: str, state: PageState) -> tuple[str, ...] | None:
    """Draw the choice of the scenarios that are offered, and return them; None for all."""
    titles, known = menu_titles(sets_of(state.experiment)), state.prepared.presets
    if not titles:
        return None
    now = ALL if known is None else SOME if known else NONE
    how = st.radio(
        WORDS["label.presets"], (ALL, NONE, SOME), key=begun(f"{key}.presets", now), horizontal=True,
        format_func=lambda each: WORDS[f"label.{each}"], help=WORDS["label.presets_help"],
    )  # fmt: skip
    if how == SOME:
        return tuple(several(key, "chosen", titles, known or ()))
    return () if how == NONE else None


def question(key: str, state: PageState) -> tuple[str, int]:
    """Draw the choice of a question of a lesson, and return the lesson, "" for none, and the question from 1."""
    every, slug = lessons().lessons, state.experiment.slug
    # First those about this page.
    names = sorted(every, key=lambda name: every[name].experiment != slug)
    titles = {"": WORDS["label.no_lesson"], **{name: plain(every[name].title) for name in names}}
    name = st.selectbox(
        WORDS["label.lesson"], list(titles), key=begun(f"{key}.lesson", state.prepared.lesson),
        format_func=titles.__getitem__, help=WORDS["label.lesson_help"],
    )  # fmt: skip
    if name not in every:
        return "", 1
    return name, at_question(f"{key}.{name}", len(every[name].steps), state.prepared.start)


def at_question(key: str, most: int, known: int) -> int:
    """Draw the choice of the question with which a lesson begins, and return it."""
    label = WORDS.say("label.start_lesson", count=str(most))
    start = st.number_input(label, 1, most, step=1, key=begun(f"{key}.start", min(known, most)), width=220)
    return start if isinstance(start, int) and 1 <= start <= most else 1


def wants_presenter(key: str) -> bool:
    """Draw the switch of the presenter view, and return whether it is on."""
    widget = begun(f"{key}.presenter", presenter.is_on())
    return st.toggle(WORDS["label.presenter"], key=widget, help=WORDS["label.presenter_help"]) is True


def begun(widget: str, value: Any) -> str:
    """Return the key of a widget that begins with a value whenever the window is opened."""
    if widget not in st.session_state:
        st.session_state[widget] = value
    return widget


def pass_on(key: str, page: PreparedPage, query: Mapping[str, str]) -> None:
    """Draw the link, its QR code and its file; where the link has no room, say so, and draw the file."""
    query = {**query, **(dict([presenter.LINK]) if page.presenter else {})}
    try:
        address = url(sharing.base(), page, query)
    except ScenarioError as error:
        address = ""
        text.sentences(st.empty(), error.problems, bad=True)
    if address:
        sharing.share(address, WORDS["label.link"])
        if sharing.wants_code(key):
            sharing.code_of(address)
    with st.container(horizontal=True, gap="small"):
        if address:
            st.link_button(WORDS["label.try"], address, icon=":material/open_in_new:")
        name = page.experiment or page.prepared.lesson.replace("/", "-")
        content = prepared_file.write(page)
        st.download_button(
            WORDS["label.download"], content, f"{name}-prepared.toml", "application/toml", on_click="ignore",
            icon=":material/download:",
        )  # fmt: skip
    st.caption(WORDS["label.how_to_load"])
