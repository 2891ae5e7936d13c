"""A prepared page from a file: read, and opened in place of what is set, on whichever page it is about."""

import os
from collections.abc import Mapping, Sequence

import streamlit as st

from bnsim.app import parts, presenter, text
from bnsim.app.preparing.bar import WORDS
from bnsim.app.preparing.possible import possible_on
from bnsim.app.state import page_state
from bnsim.errors import InputError
from bnsim.experiments import find, params_of
from bnsim.learn.prepared import load
from bnsim.scenario import prepared_file
from bnsim.scenario.prepared import LESSON, START, PreparedPage
from bnsim.scenario.prepared_file import STARTED_WITH

FILE, SAID, GO, LED = "preparing.file", "preparing.said", "preparing.go", "preparing.led"
"""Where the session keeps the file, what is wrong with it, where it leads, and whether the front page has led on."""

MOST_OF_A_NAME = 60


def upload(slug: str) -> None:
    """Draw the field for a file, in a part that is closed until asked for; `slug` is that of the page."""
    place = parts.opened(WORDS["label.upload"], "preparing.upload")
    follow(slug)
    if place is not None:
        with place:
            st.file_uploader(WORDS["label.file"], "toml", key=FILE, on_change=look_into)
            text.sentences(st.empty(), st.session_state.get(SAID, ()), bad=True)


def look_into() -> None:
    """Open the page that a file holds; every problem of it is said, and nothing is changed."""
    file = st.session_state.get(FILE)
    st.session_state[SAID] = ()
    if file is None:
        return
    name = file.name[:MOST_OF_A_NAME]
    said: list[str] = []
    try:
        page = prepared_file.read(file.getvalue(), params_of, possible_on, where=name, say=said.append)
    except InputError as error:
        st.session_state[SAID] = error.problems
        return
    st.session_state[GO] = put_in_place(page, said)


def lead() -> Sequence[str]:
    """Lead a visitor who comes without a link to the page that the app was started with, once; return what is wrong."""
    path = os.environ.get(STARTED_WITH, "")
    if not path or LED in st.session_state:
        return ()
    st.session_state[LED] = True
    said: list[str] = []
    try:
        name, query = put_in_place(load(path, said.append), said)
    except InputError as error:
        return error.problems
    st.switch_page(st.session_state["bnsim.all"][name], query_params=dict(query))
    return ()


def put_in_place(page: PreparedPage, said: Sequence[str] = ()) -> tuple[str, Mapping[str, str]]:
    """Set what a prepared page says, and return which page it is about, and the query that leads there.

    `said` is what is to be told there of how its file was read.
    """
    st.session_state[presenter.KEY] = page.presenter
    if page.params is None:
        return "lessons", {LESSON: page.prepared.lesson, START: str(page.prepared.start)}
    state = page_state(find(page.experiment))
    state.possible = possible_on(page.experiment)
    state.prepared = page.prepared
    state.apply(page.params, tuple(said))
    return page.experiment, {}


def follow(slug: str) -> None:
    """Lead to the page that a file was about, if it is another one than that which is shown."""
    name, query = st.session_state.pop(GO, (slug, {}))
    every = st.session_state.get("bnsim.all", {})
    if name != slug and name in every:
        st.switch_page(every[name], query_params=dict(query))
