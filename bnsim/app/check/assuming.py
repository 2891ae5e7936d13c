"""The boxes for ε and momentum of a model: a number, or one as a framework quotes it, "0.99, Keras"."""

import streamlit as st

from bnsim.app import text
from bnsim.app.check.pictures import WORDS
from bnsim.checkpoint import Assumed, read_assumed
from bnsim.errors import InputError

LONGEST = 60
"""Characters that a box takes."""


def assumed_in_boxes(key: str, otherwise: str) -> Assumed:
    """Draw two boxes side by side and return what is in them; how it was read is said, or what is wrong with it.

    Parameters
    ----------
    key : str
        With which the keys of both begin.
    otherwise : str
        What an empty box says.
    """
    asked = [
        place.text_input(
            WORDS[f"label.model_{name}"], key=f"{key}_{name}", max_chars=LONGEST, placeholder=otherwise,
            help=WORDS["label.quoted"],
        )
        for place, name in zip(st.columns(2), ("eps", "momentum"), strict=True)
    ]  # fmt: skip
    return read_in_boxes(*asked)


def read_in_boxes(eps: str | None, momentum: str | None) -> Assumed:
    """Return what is in two boxes, none of which need be filled; say how it was read, or what is wrong with it."""
    try:
        assumed, said = read_assumed(*((each or "").strip() or None for each in (eps, momentum)))
    except InputError as error:
        text.sentences(st.empty(), error.problems, bad=True)
        return Assumed()
    text.sentences(st.empty(), said)
    return assumed
