"""The view for a projector: larger type, and nothing but question, answer and picture beside the main controls."""

import streamlit as st

LINK = ("view", "presenter")
"""What the address says besides the parameters; no parameter may have this name."""

LARGER = 1.5
"""How many times as large as on a page everything is."""

STYLE = (
    "<style>.bnq{font-size:1.9rem}.bna{font-size:1.6rem;max-width:none}.stMainBlockContainer{max-width:none}"
    ".bn-row label,.bn-typed{font-size:1.05rem}.bnp{font-size:1.7rem;max-width:none}"
    ".bnv,.bnl{max-width:none}.bnl,.bnv :is(p,li),.st-key-lesson label p{font-size:1.35rem}"
    ".bnv h3{font-size:1.6rem}</style>"
)

KEY = "bnsim.presenter"


def is_on() -> bool:
    """Return whether this visitor's pages are shown to a room."""
    return st.session_state.get(KEY) is True


def arrive(query: dict[str, list[str]]) -> dict[str, list[str]]:
    """Take over what a link says of the view, and return the rest of its query."""
    name, value = LINK
    if name in query:
        st.session_state[KEY] = query[name][-1:] == [value]
    return {key: values for key, values in query.items() if key != name}


def in_link() -> dict[str, str]:
    """Return what the address says of the view."""
    return dict([LINK]) if is_on() else {}


def switch() -> None:
    """Draw the switch, and what it does to the style of the page."""
    st.toggle(
        "Presenter view", key=KEY, persist_state="session",
        help="For a projector: larger type, and only question, answer and picture.",
    )  # fmt: skip
    if is_on():
        st.html(STYLE)
