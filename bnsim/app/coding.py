"""The same in code: a program for a framework that finds the numbers of the page, to copy or to download."""

from functools import partial
from urllib.parse import urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app.state import PageState
from bnsim.exports.code import FRAMEWORKS, LOCAL, code_text
from bnsim.text import words_of

WORDS = words_of("bnsim.exports.code")


def choose(state: PageState) -> DeltaGenerator:
    """Draw the choice of a framework and the download; return the place for the program, which follows the controls."""
    slug = state.experiment.slug
    st.pills(WORDS["label.app.choose"], list(FRAMEWORKS), key=key_of(state), format_func=name_of, default=FRAMEWORKS[0])
    # The content is made when the button is pressed: it is that of the controls then, not of the last full rerun.
    # A press must not draw the page anew: that would take away what it asks for, or the answer on its way. Outside a
    # rerun nobody knows what is chosen, nor the address: both are given along.
    framework = chosen(state)
    make, file = partial(program, state, framework, address_of_the_app()), f"{slug}-{framework}.py"
    st.download_button(WORDS["label.app.download"], make, file, "text/x-python", on_click="ignore")
    return st.empty()


def draw(place: DeltaGenerator, state: PageState) -> None:
    """Draw the program into its place."""
    # Wrapped and in full: what scrolls by itself cannot be reached with the keyboard.
    place.code(program(state, chosen(state), address_of_the_app()), language="python", wrap_lines=True)


def program(state: PageState, framework: str, base: str) -> str:
    """Return the program of what is set now for a framework; `base` is the address of the app."""
    return code_text(state.experiment.slug, state.params, framework, base=base)


def chosen(state: PageState) -> str:
    """Return the framework that is chosen; a browser may send anything, or nothing."""
    found = st.session_state.get(key_of(state))
    return found if found in FRAMEWORKS else FRAMEWORKS[0]


def key_of(state: PageState) -> str:
    """Return where the session keeps the framework that is chosen."""
    return f"{state.experiment.slug}.code"


def name_of(framework: str) -> str:
    """Return the name of a framework as people write it."""
    return WORDS[f"label.framework.{framework}"]


def address_of_the_app() -> str:
    """Return the address by which this visitor came, up to the page."""
    here = urlsplit(st.context.url or LOCAL)
    return f"{here.scheme}://{here.netloc}{here.path.rstrip('/').rpartition('/')[0]}"
