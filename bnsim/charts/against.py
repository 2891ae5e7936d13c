"""One readout of several scenarios against the one parameter that varies; the baseline is marked."""

from typing import Literal

import altair as alt
import pandas as pd

from bnsim.charts.overlay import HEIGHT, readable_axis
from bnsim.charts.template import Template, freeze, hover, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS
from bnsim.once import once

Steps = Literal["linear", "log"]

COLUMNS = ("scenario", "x", "y", "label", "base", "reference")

WIDE = 30.0
"""By this factor the largest value of a parameter exceeds the smallest where its axis grows by factors."""


@once
def against_template(x_title: str, y_title: str, *, steps: Steps = "linear") -> Template:
    """Return the template of a readout against a parameter: a line through a mark for each scenario.

    Data "points": scenario (text), x, y, label (short, beside the mark, or empty), base (whether it is the baseline),
    reference (the y of the baseline, where a quiet line lies).
    """
    points = alt.Chart(alt.NamedData("points")).encode(
        x=alt.X("x:Q", title=x_title, axis=readable_axis()).scale(type=steps, zero=False, nice=False, padding=20),
        y=alt.Y("y:Q", title=y_title, axis=readable_axis()).scale(zero=False, padding=20),
    )
    level = alt.Chart(alt.NamedData("points")).transform_filter("datum.base").mark_rule(color=QUIET, strokeDash=[4, 4])
    line = points.mark_line(color=SCENARIO_COLOURS[0], strokeWidth=2).encode(order="x:Q")
    marks = points.mark_point(filled=True, opacity=1).encode(
        shape=alt.condition("datum.base", alt.value("diamond"), alt.value("circle")),
        size=alt.condition("datum.base", alt.value(220), alt.value(70)),
        color=alt.condition("datum.base", alt.value(SCENARIO_COLOURS[1]), alt.value(SCENARIO_COLOURS[0])),
    )
    said = [word_line("scenario", "scenario"), number_line("x", x_title), number_line("y", y_title)]
    words = points.transform_filter("datum.label != ''").mark_text(dy=-14, fontSize=13, fontWeight="bold")
    level = level.encode(y="reference:Q", tooltip=said[:1])
    layers = [level, line, marks.encode(tooltip=said), words.encode(text="label:N"), hover(points, *said, size=300)]
    chart = alt.layer(*layers).properties(width="container", height=HEIGHT)
    return Template(freeze(chart) | {"autosize": {"type": "fit-x", "contains": "padding"}}, {"points": COLUMNS})


def steps_of(values: pd.Series) -> Steps:
    """Return whether the axis of a parameter grows by factors: where all its values are positive and far apart."""
    return "log" if values.min() > 0 and values.max() > WIDE * values.min() else "linear"
