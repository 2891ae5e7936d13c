"""A figure on a page: a constant specification, compact data, a caption, and words for those who do not see it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from bnsim.app import presenter, text
from bnsim.charts.template import SILENT_MARKS, Figure, enlarged
from bnsim.columns import Coded, Column, Columns, column_of, frame_of, length_of


def draw(figure: Figure, owner: str, epoch: int, *, larger: float = presenter.LARGER) -> None:
    """Draw one figure and, on a page, its caption; `larger` is how many times as large it is in the presenter view."""
    draw_alone(figure, owner, epoch, larger=larger)
    if not presenter.is_on():
        text.caption(figure.title, figure.caption)


def draw_alone(figure: Figure, owner: str, epoch: int, *, larger: float = presenter.LARGER, **changes: object) -> None:
    """Draw one figure: a constant specification, and data that carry the epoch of the controls they were made with.

    `changes` are those of the specification, such as its height.
    """
    datasets = {name: compact(columns | stamp(name, epoch)) for name, columns in seen(figure).items()}
    shown = {"config": SILENT_MARKS, **figure.template.spec, **changes}
    if presenter.is_on():
        shown = enlarged(shown, larger)
    st.vega_lite_chart(spec={**shown, "datasets": datasets}, key=f"{owner}.{figure.key}", alt=figure.alt)


def stamp(name: str, epoch: int) -> dict[str, list[float]]:
    """Return the column that says to which epoch of the controls the data of that name belong; only the state says."""
    return {"epoch": [float(epoch)]} if name == "state" else {}


def seen(figure: Figure) -> dict[str, dict[str, Column]]:
    """Return the columns that a picture shows: what only the numbers beside it follow goes to them, not to it.

    A frame is not cut to them: that would take longer than all that is sent.
    """
    return {
        name: {each: column_of(given, each) for each in figure.template.columns.get(name, map(str, given))}
        for name, given in figure.given.items()
        if repr(name) in figure.template.written
    }


def draw_found(figure: Figure, owner: str, epoch: int) -> None:
    """Draw a figure of slow work; as long as the first of its data, the main one, is empty, only what it will be."""
    main, *_ = figure.template.columns
    if length_of(figure.given[main]):
        draw(figure, owner, epoch)
    else:
        text.caption(figure.title, f"{figure.caption} Nothing has been found for it yet.")


def draw_others(figures: tuple[Figure, ...], owner: str, epoch: int) -> None:
    """Draw further figures, each with its description for those who do not see it."""
    places = [f"picture-{owner}-{figure.key}" for figure in figures]
    heights = (height_of(figure.template.spec) for figure in figures)
    text.reserve_each(dict(zip(places, heights, strict=True)))
    for figure, place in zip(figures, places, strict=True):
        with st.container(key=place):
            draw_found(figure, owner, epoch)
            text.unseen(st.empty(), figure.description)


def room_of(spec: Mapping[str, Any]) -> int:
    """Return the pixels that a picture takes, without its caption; a room sees it larger."""
    return round(height_of(spec) * presenter.LARGER) if presenter.is_on() else height_of(spec)


def height_of(spec: Mapping[str, Any]) -> int:
    """Return the pixels that a picture will take without its caption."""
    rows = spec.get("vconcat")
    if rows is not None:
        return sum(map(height_of, rows))
    height = spec.get("height")
    return height if isinstance(height, int) else 0


def compact(columns: Columns) -> object:
    """Return columns as an Arrow table without pandas' own metadata, which would be larger than the data."""
    try:
        import pyarrow as pa
    except ImportError:
        return frame_of(columns)

    def column(values: Column) -> object:
        if not isinstance(values, Coded):
            return values
        # A word takes as much room in every row as it is long; its code takes one byte.
        return pa.DictionaryArray.from_arrays(values.codes, pa.array(values.categories))

    return pa.table({name: column(values) for name, values in columns.items()})
