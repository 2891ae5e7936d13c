"""Two outputs of one channel laid over each other: how densely their values lie."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import altair as alt

from bnsim.charts.template import Template, freeze, number_line, readable, word_line
from bnsim.charts.theme import SCENARIO_COLOURS
from bnsim.once import once

HEIGHT = 260
EVAL, TRAIN = "eval", "train"
FROM_TOP = {EVAL: 8, TRAIN: 24}
"""Pixels from the top at which the names stand: one below the other, so that they never touch."""

COLOURS = (SCENARIO_COLOURS[1], SCENARIO_COLOURS[2])
COLUMNS = {
    "spreads": ("kind", "mode", "low", "high", "density", "count"),
    "outline": ("place", "value", "density"),
    "means": ("kind", "name", "mean", "top", "is_left"),
}


@once
def spreads_template(x_title: str, y_title: str, mode: str, low: str, high: str, count: str) -> Template:
    """Return the template of both outputs of one channel.

    Data "spreads": kind ("eval" or "train"), mode (in words), low, high, density and count of each bin. Data "outline":
    place (from 0), value and density where the outline of the second output has a step. Data "means": kind, name (in
    words), mean, top (to where both lines go) and is_left (whether the name stands to the left of its line).
    """
    said = [word_line("mode", mode), number_line("low", low), number_line("high", high),
            alt.Tooltip("count:Q", title=count, format=",d")]  # fmt: skip
    x = alt.X("low:Q", axis=_axis(x_title), scale=alt.Scale(zero=False, nice=False, padding=6))
    y = alt.Y("density:Q", axis=_axis(y_title))
    shade = alt.Opacity("kind:O", legend=None, scale=_by_kind([0.5, 0.15]))
    bars = alt.Chart(alt.NamedData("spreads")).mark_rect(strokeWidth=0)
    outline = alt.Chart(alt.NamedData("outline")).mark_line(
        interpolate="step-after", color=COLOURS[1], strokeWidth=2, strokeDash=[5, 3]
    )
    chart = alt.layer(
        bars.encode(x=x, x2="high:Q", y=y, y2=alt.datum(0), color=_colour(), opacity=shade, tooltip=said),
        outline.encode(x="value:Q", y="density:Q", order="place:Q"),
        *_means(),
    )
    return Template(readable(freeze(chart.properties(width="container", height=HEIGHT))), COLUMNS)


def _means() -> Iterator[alt.Chart]:
    """Yield the lines at both means, and their names."""
    means = alt.Chart(alt.NamedData("means")).encode(x="mean:Q", color=_colour())
    dash = alt.StrokeDash("kind:N", legend=None, scale=_by_kind([[1, 0], [5, 3]]))
    yield means.mark_rule(strokeWidth=1.5).encode(y="top:Q", y2=alt.datum(0), strokeDash=dash)
    sides: tuple[tuple[str, Literal["left", "right"], int], ...] = (("", "right", -5), ("!", "left", 5))
    for kind, from_top in FROM_TOP.items():
        for sign, align, away in sides:
            named = means.transform_filter(f"datum.kind === '{kind}' && {sign}datum.is_left")
            yield named.mark_text(align=align, dx=away, y=from_top, fontSize=12, fontWeight=600).encode(text="name:N")


def _axis(title: str) -> alt.Axis:
    return alt.Axis(title=title, labelFontSize=12, titleFontSize=13)


def _by_kind(drawn: Sequence[Any]) -> alt.Scale:
    return alt.Scale(domain=[EVAL, TRAIN], range=list(drawn))


def _colour() -> alt.Color:
    return alt.Color("kind:N", legend=None, scale=_by_kind(COLOURS))
