"""Tables that can be sorted and pictures that can be clicked."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from bnsim.activations.wording import WORDS as FOUND
from bnsim.app import text
from bnsim.app.pictures import compact
from bnsim.charts.template import Figure
from bnsim.columns import columns_of


def table(frame: pd.DataFrame, key: str, *, chosen: bool = False) -> int | None:
    """Draw a table, and return the row that somebody has chosen, if rows can be."""
    config = {
        str(name): st.column_config.NumberColumn(heading(str(name)), format="%.4g")
        if pd.api.types.is_float_dtype(frame[name])
        else st.column_config.Column(heading(str(name)))
        for name in frame.columns
    }
    if not chosen:
        st.dataframe(frame, column_config=config, hide_index=True, key=key)
        return None
    event = st.dataframe(
        frame, column_config=config, hide_index=True, key=key, on_select="rerun", selection_mode="single-row"
    )
    rows = event.selection.rows
    return int(rows[0]) if rows else None


def heading(name: str) -> str:
    """Return what a column is called."""
    return FOUND[f"label.column.{name}"]


def picture(figure: Figure, owner: str, picked: str = "", take: Callable[[int], None] | None = None) -> int | None:
    """Draw a picture with its caption, and return the place of what somebody has clicked, if that can be.

    `take` hears of a click at once, before the page is drawn with it.
    """
    datasets = {name: compact(columns_of(frame)) for name, frame in figure.given.items()}
    spec = {**figure.template.spec, "datasets": datasets}
    key = f"{owner}.picture.{figure.key}"
    place = None
    if picked:
        heard: Literal["rerun"] | Callable[..., None] = "rerun" if take is None else partial(hear, key, picked, take)
        event = st.vega_lite_chart(spec=spec, key=key, alt=figure.alt, on_select=heard, selection_mode=picked)
        place = place_in(event, picked)
    else:
        st.vega_lite_chart(spec=spec, key=key, alt=figure.alt)
    text.caption(figure.title, figure.caption)
    text.unseen(st.empty(), figure.description)
    return place


def hear(key: str, picked: str, take: Callable[[int], None]) -> None:
    """Hand on what somebody has clicked in a picture."""
    place = place_in(st.session_state[key], picked)
    if place is not None:
        take(place)


def place_in(event: Any, picked: str) -> int | None:
    """Return the place of what is clicked in a picture; None if nothing is."""
    found = event.selection.get(picked) or []
    return int(found[0]["place"]) if found else None
