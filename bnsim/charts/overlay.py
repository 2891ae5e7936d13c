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
    scenario = alt.Legend(title=None, orient="bottom", columns=3, labelLimit=320, symbolSize=300)
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
    return Template(freeze(chart), {"curves": COLUMNS})


def overlaid(curves: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the data of overlaid curves: scenario (a name), x, y, with titles for the names and a letter for each."""
    names = list(dict.fromkeys(curves["scenario"]))
    letters = {name: letter_of(at) for at, name in enumerate(names)}
    row = curves.groupby("scenario", sort=False).cumcount()
    size = curves.groupby("scenario", sort=False)["x"].transform("size")
    # Each letter a little further along its line than the one before, so that they do not lie on each other.
    share = curves["scenario"].map({name: (at + 1) / (len(names) + 1) for at, name in enumerate(names)})
    here = row == (share * size).astype(int).clip(upper=size - 1)
    letter = curves["scenario"].map(letters)
    return pd.DataFrame(
        {
            "scenario": letter + " · " + curves["scenario"].map(titles),
            "x": curves["x"],
            "y": curves["y"],
            "place": range(len(curves)),
            "letter": letter.where(here, ""),
        }
    )


def letter_of(place: int) -> str:
    """Return A, B, ..., Z, A2, B2, ... for 0, 1, ..."""
    turn, letter = divmod(place, 26)
    return chr(ord("A") + letter) + (str(turn + 1) if turn else "")
