"""What can be opened on a page; it stays open until it is closed, also when another page was shown meanwhile."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

OPEN = "bnsim.open"
"""Where the session keeps what is open; a widget that is not drawn would forget it."""


def opened(title: str, key: str) -> DeltaGenerator | None:
    """Draw a part that can be opened, and return its place if it is.

    The title must not change: a part of another title is another part to the browser, which closes it.
    """
    known: dict[str, bool] = st.session_state.setdefault(OPEN, {})

    def changed() -> None:
        known[key] = st.session_state.get(key) is True

    is_open = known.get(key, False)
    if st.session_state.get(key, False) is not is_open:
        st.session_state[key] = is_open
    part = st.expander(title, key=key, on_change=changed)
    return part if is_open else None


def open_part(key: str) -> None:
    """Open a part that a link asks for; called before it is drawn."""
    st.session_state.setdefault(OPEN, {})[key] = True


def is_part() -> bool:
    """Return whether this run draws fragments of a page, and not all of it."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def is_open(key: str) -> bool:
    """Return whether a part is open, drawn or not."""
    known: dict[str, bool] = st.session_state.get(OPEN, {})
    return known.get(key, False)
