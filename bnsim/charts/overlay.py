"""Several scenarios over each other, one stage at a time."""

from collections.abc import Mapping
from functools import cache

import altair as alt
import pandas as pd

from bnsim.charts.template import Template, freeze, number_line, word_line
from bnsim.charts.theme import SCENARIO_COLOURS, SCENARIO_DASHES

COLUMNS = ("scenario", "x", "y", "place", "letter")

COUNT = len(SCENARIO_DASHES)
DASHES = [list(SCENARIO_DASHES[(at + at // COUNT) % COUNT]) for at in range(COUNT * COUNT)]
"""The n-th round of colours begins at another dash, so that 64 lines differ in colour and dash together."""


@cache
def overlay_template(x_title: str, y_title: str) -> Template:
    """Return the template of overlaid curves.

    Data "curves": scenario (text), x, y, place (order of the points; a point mass has one x and goes straight up),
    letter (on one point of each curve, else empty). Colour and dash tell up to 64 scenarios apart, and a letter on
    the line tells every one by itself.
    """
    scenario = alt.Legend(
        title=None, orient="bottom", columns=3, labelLimit=320, symbolType="stroke", symbolSize=500,
        symbolStrokeWidth=2.2, symbolFillColor="transparent", symbolOpacity=1,
    )  # fmt: skip
    curves = alt.Chart(alt.NamedData("curves")).encode(
        x=alt.X("x:Q", title=x_title).scale(zero=False),
        y=alt.Y("y:Q", title=y_title),
        color=alt.Color("scenario:N", legend=scenario, sort=None).scale(range=list(SCENARIO_COLOURS)),
    )
    lines = curves.mark_line(strokeWidth=2.2).encode(
        strokeDash=alt.StrokeDash("scenario:N", sort=None, legend=scenario).scale(range=DASHES), order="place:Q"
    )
    said = [word_line("scenario", "scenario"), number_line("x", x_title), number_line("y", y_title)]
    layers = [
        lines,
        curves.mark_point(size=60, opacity=0).encode(tooltip=said),
        curves.transform_filter("datum.letter != ''")
        .mark_text(dy=-8, fontSize=13, fontWeight="bold")
        .encode(text="letter:N"),
    ]
    chart = alt.layer(*layers).properties(width="container", height=320)
    # The height is that of the picture alone: a long legend comes on top of it and does not press it flat.
    spec = freeze(chart) | {"autosize": {"type": "fit-x", "contains": "padding"}}
    return Template(spec, {"curves": COLUMNS})


def overlaid(curves: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the data of overlaid curves: scenario (a name), x, y, with titles for the names and a letter for each."""
    names = list(dict.fromkeys(curves["scenario"]))
    # Each letter a little further along its line than the one before, so that they do not lie on each other.
    lines = [
        lettered(curves[curves["scenario"] == name], letter_of(at), (at + 1) / (len(names) + 1))
        for at, name in enumerate(names)
    ]
    found = pd.concat(lines, ignore_index=True)
    letters = found["scenario"].map({name: letter_of(at) for at, name in enumerate(names)})
    words = letters + " · " + found["scenario"].map(titles)
    return found.assign(scenario=words, place=range(len(found)))[list(COLUMNS)]


def lettered(line: pd.DataFrame, letter: str, share: float) -> pd.DataFrame:
    """Return the points of one line with its letter at a share of the way; a needle gets a point of its own for it."""
    if len(line) == 2:
        start, end = line.iloc[0], line.iloc[1]
        point = start.to_dict() | {axis: start[axis] + share * (end[axis] - start[axis]) for axis in ("x", "y")}
        line = pd.DataFrame([start.to_dict(), point, end.to_dict()])
        here = 1
    else:
        here = int(share * len(line))
    return line.assign(letter=[letter if at == here else "" for at in range(len(line))])


def letter_of(place: int) -> str:
    """Return A, B, ..., Z, A2, B2, ... for 0, 1, ..."""
    turn, letter = divmod(place, 26)
    return chr(ord("A") + letter) + (str(turn + 1) if turn else "")
