"""A readout against what was varied: a mark for each point, joined by a line where the values are numbers."""

from functools import lru_cache
from typing import Any, Literal

import altair as alt

from bnsim.charts.template import Template, freeze, readable, word_line
from bnsim.charts.theme import STAGE_COLOURS

COLUMNS = ("place", "x", "word", "y", "low", "high", "title", "value", "base")
HEIGHT = 300
LABEL_WIDTH = 120
"""Pixels of a word below the axis."""

Axis = Literal["linear", "log", "words"]


# Titles are those of one experiment's parameters and readouts, and so many pairs need not all be kept.
@lru_cache(maxsize=64)
def varied_template(x_title: str, y_title: str, axis: Axis, *, is_log: bool, bands: bool) -> Template:
    """Return the template of a readout against one parameter.

    Data "points": place, x, word, y, low, high, title, value (text), base (whether it is the baseline, which has a
    ring). Numbers stand on a linear or log axis and are joined, words stand side by side. `bands` draws low to high.
    """
    y_axis = alt.Axis(title=y_title, labelFontSize=12, titleFontSize=13)
    y_scale = scale("log" if is_log else "linear")
    points = alt.Chart(alt.NamedData("points")).encode(x=_x(x_title, axis), y=alt.Y("y:Q", axis=y_axis, scale=y_scale))
    colour = STAGE_COLOURS["raw"]
    said = [word_line("title", "point"), word_line("value", y_title)]
    marks = points.mark_point(filled=True, size=55, color=colour, opacity=1).encode(tooltip=said)
    ring = points.transform_filter("datum.base").mark_point(size=210, color=colour, strokeWidth=2, opacity=1)
    layers = [ring, marks]
    if axis != "words":
        layers.insert(0, points.mark_line(color=colour, strokeWidth=2))
    if bands:
        layers.insert(
            0,
            points.mark_rule(color=colour, strokeWidth=1.5).encode(
                y=alt.Y("low:Q", axis=y_axis, scale=y_scale), y2="high:Q"
            ),
        )
    chart = alt.layer(*layers).properties(width="container", height=HEIGHT)
    return Template(readable(freeze(chart)), {"points": COLUMNS})


def _x(title: str, axis: Axis) -> alt.X:
    if axis == "words":
        order = alt.EncodingSortField("place", order="ascending")
        words = alt.Axis(title=title, labelAngle=0, labelLimit=LABEL_WIDTH, labelFontSize=12, titleFontSize=13)
        return alt.X("word:N", sort=order, axis=words)
    numbers = alt.Axis(title=title, labelFontSize=12, titleFontSize=13)
    return alt.X("x:Q", axis=numbers, scale=scale(axis, nice=False, padding=12))


def scale(kind: Literal["linear", "log"], **more: Any) -> alt.Scale:
    """Return a scale that need not hold 0, which a log scale cannot."""
    return alt.Scale(type=kind, **more) if kind == "log" else alt.Scale(type=kind, zero=False, **more)
