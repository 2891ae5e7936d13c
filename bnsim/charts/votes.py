"""Every answer of a class as a point on an axis, the first vote above the second, and what is true as a line."""

import math
from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import pandas as pd

from bnsim.charts.place import COLOURS, TYPE
from bnsim.charts.prediction import REMEMBERED, Axis
from bnsim.charts.template import Template, by, freeze, number_line, readable, word_line
from bnsim.charts.theme import QUIET

COLUMNS = ("vote", "name", "value", "height", "label", "share", "floor")
"""Of the points: 1 or 2, what the vote is called, where each stands, the name on one of each vote, how high that is,
and the floor of the vote's points."""

LOOKS = {1: ("circle", "#5f7d95"), 2: ("triangle-up", COLOURS["you"])}
"""Shape and colour of the points of each vote; neither colour is that of a stage."""

LANE = 150
"""Pixels for the points of one vote."""

BINS = 80
"""Points nearer to each other than this part of the axis stand one above the other."""

FLOOR, TOP, STEP = 7.0, 78.0, 10.0
"""Of a lane, in percent: the lowest point, the highest, and how far apart they are where there is room."""

MARK_SIZE = 110


def dots(answers: pd.DataFrame, axis: Axis, names: Mapping[int, str]) -> pd.DataFrame:
    """Return the points of `votes_template`: those that lie together stand one above the other.

    Parameters
    ----------
    answers : DataFrame
        A row an answer: vote (1 or 2), value.
    axis : Axis
        What they stand on.
    names : mapping of int to str
        What the votes are called; one without answers has its name all the same.
    """
    low, high = axis.ends
    width = (high - low) / BINS
    place = answers["value"].map(lambda value: math.floor((axis.position(value) - low) / width))
    level = answers.groupby(["vote", place], sort=False).cumcount()
    step = min(STEP, (TOP - FLOOR) / max(float(level.max()), 1.0)) if len(level) else STEP
    points = pd.DataFrame(
        {"vote": answers["vote"].astype(int), "value": answers["value"].astype(float), "height": FLOOR + step * level}
    ).assign(label="")
    heads = pd.DataFrame([(vote, math.nan, math.nan, name) for vote, name in names.items()])
    heads.columns = pd.Index(["vote", "value", "height", "label"]) if len(heads) else heads.columns
    together = pd.concat([each for each in (points, heads) if len(each)], ignore_index=True)
    lanes = {vote: at for at, vote in enumerate(names)}
    above = together["vote"].map(lambda vote: len(names) - 1 - lanes.get(vote, 0))
    return together.assign(
        name=together["vote"].map(dict(names)),
        share=(100 * above + 92.0) / max(len(names), 1),
        floor=100.0 * above / max(len(names), 1),
        height=(100 * above + together["height"]) / max(len(names), 1),
    )[list(COLUMNS)]


def truth_line(value: float, label: str) -> pd.DataFrame:
    """Return the data of the line where the truth is."""
    return pd.DataFrame({"value": [value], "label": [label]})


@lru_cache(REMEMBERED)
def votes_template(axis: Axis, lanes: int) -> Template:
    """Draw the answers of one vote or of two; data "votes" (see COLUMNS) and "truth": value, label."""
    scale = alt.Scale(domain=[axis.low, axis.high], type="log" if axis.by_powers else "linear", nice=False)
    line = alt.Axis(tickCount=6, grid=False, domain=True, domainColor=QUIET, ticks=True, tickColor=QUIET)
    x = alt.X("value:Q", title=axis.title, scale=scale, axis=line)
    points = _points(x, axis.title)
    chart = alt.layer(*_truth(x), *points).properties(height=LANE * max(lanes, 1), width="container")
    return Template(readable(freeze(chart)), {"votes": COLUMNS, "truth": ("value", "label")})


def _points(x: alt.X, title: str) -> list[alt.Chart]:
    """Return the points, and the names of the votes at the left."""
    up = alt.Scale(domain=[0, 100], nice=False)
    shapes, colours = [shape for shape, _ in LOOKS.values()], [colour for _, colour in LOOKS.values()]
    colour = alt.Color("vote:N", scale=alt.Scale(domain=list(LOOKS), range=colours), legend=None)
    shape = alt.Shape("vote:N", scale=alt.Scale(domain=list(LOOKS), range=shapes), legend=None)
    chart = alt.Chart(alt.NamedData("votes"))
    drawn = chart.transform_filter("datum.label == ''").mark_point(filled=True, size=MARK_SIZE, opacity=0.85)
    named = chart.transform_filter("datum.label != ''").mark_text(
        fontSize=TYPE, fontWeight="bold", align="left", baseline="middle"
    )
    floor = named.mark_rule(strokeWidth=1, opacity=0.5).encode(
        y=alt.Y("floor:Q", scale=up, axis=None), color=alt.value(QUIET)
    )
    return [
        floor,
        drawn.encode(
            x=x, y=alt.Y("height:Q", scale=up, axis=None), color=colour, shape=shape,
            tooltip=[word_line("name", "vote"), number_line("value", title)],
        ),
        named.encode(x=alt.value(2), y=alt.Y("share:Q", scale=up, axis=None), color=colour, text="label:N"),
    ]  # fmt: skip


def _truth(x: alt.X) -> list[alt.Chart]:
    """Return the line where the truth is, with its words at the top."""
    chart, colour = alt.Chart(alt.NamedData("truth")), alt.value(COLOURS["true"])
    is_right = "scale('x', datum.value) > width / 2"
    words = chart.mark_text(
        fontSize=TYPE, fontWeight="bold", baseline="top", align=by(f"{is_right} ? 'right' : 'left'"),
        dx=by(f"{is_right} ? -6 : 6"),
    )  # fmt: skip
    return [
        chart.mark_rule(strokeWidth=3).encode(x=x, color=colour),
        words.encode(x=x, y=alt.value(0), color=colour, text="label:N"),
    ]
