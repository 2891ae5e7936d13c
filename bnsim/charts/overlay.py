"""Several scenarios over each other, one series at a time; the first is the baseline and looks it."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from bnsim.charts.template import Template, by, freeze, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, SCENARIO_DASHES
from bnsim.once import once

COLUMNS = ("scenario", "look", "x", "y", "place", "letter", "spot", "label", "level", "base", "quiet")

HEIGHT = 340
"""Pixels of the picture alone."""

MOST_LABELS = 10
"""So many lines have room for their titles at their ends, and are told apart by colour; of more, some are chosen."""

MARGIN = 8
"""Pixels above the highest and below the lowest point."""

LABEL_HEIGHT = 17
"""Pixels between two titles, one under the other."""

MOST_SPOTS = 80
"""Points of one line that say what they are: more would cost the browser time and say the same."""

FEW_SPOTS = 20
"""The same of one of many lines."""

PIECE = 22
"""Pixels of the piece of line before a title."""

LONGEST_LABEL = 44
"""Characters of a title that stand beside a line; the key and the tooltip have all."""

NEEDLE = 0.002
"""Of the width of the picture: what is narrower is seen as a needle."""

BASE_WIDTH, WIDTH, QUIET_WIDTH = 4.5, 2.2, 1.0
FADED = 0.12

NARROW = "containerSize()[0] < 620"
"""A picture without room for titles at its side, as on a phone: letters stand there instead."""

COUNT = len(SCENARIO_DASHES)
LOOKS = COUNT * COUNT
COLOURS = [SCENARIO_COLOURS[at % COUNT] for at in range(LOOKS)]
DASHES = [list(SCENARIO_DASHES[(at + at // COUNT) % COUNT]) for at in range(LOOKS)]
"""The n-th round of colours begins at another dash, so that 64 lines differ in colour and dash together."""


@once
def overlay_template(x_title: str, y_title: str) -> Template:
    """Return the template of overlaid curves, which have their titles at their ends.

    Data "curves": scenario (text), look (from 0 to 63), x, y, place (order of the points; a point mass has one x and
    goes straight up), letter (on one point of each curve, else empty), spot (whether the point says what it is), label
    (the title, on the last point of each curve, else empty) and level (its height, from 0 to 1), base (whether it is
    the baseline), quiet (whether it is one of many, thin and grey, without letter and title).
    Colour and dash tell up to 64 scenarios apart, and a letter on the line tells every one by itself. The line nearest
    to the pointer stays while the others fade.
    """
    isolated = alt.selection_point(
        name="isolated", fields=["scenario"], on="pointerover", nearest=True, clear="pointerout", toggle=False
    )
    fading = alt.condition(isolated, alt.value(1), alt.value(FADED))
    curves = alt.Chart(alt.NamedData("curves")).encode(
        x=alt.X("x:Q", title=x_title, axis=readable_axis()).scale(zero=False),
        # The titles at the side are placed by the same rule: the data fill the height but for a margin.
        y=alt.Y("y:Q", title=y_title, axis=readable_axis()).scale(zero=False, nice=False, padding=MARGIN),
        color=alt.condition("datum.quiet", alt.value(QUIET), colours()),
        detail="scenario:N",
        opacity=fading,
    )
    lines = curves.mark_line().encode(
        strokeDash=alt.condition("datum.quiet", alt.value([1, 0]), dashes()), strokeWidth=thickness(), order="place:Q"
    )
    said = [word_line("scenario", "scenario"), number_line("x", x_title), number_line("y", y_title)]
    spots = (
        curves.transform_filter("datum.spot")
        .mark_point(size=60, filled=True)
        .encode(tooltip=said, opacity=alt.value(0))
        .add_params(isolated)
        .properties(name="spots")
    )
    letters = curves.transform_filter("datum.letter != ''").mark_text(dy=-9, fontSize=13, fontWeight="bold")
    layers = [lines, spots, letters.encode(text="letter:N"), *titles(fading)]
    chart = alt.layer(*layers).properties(width="container", height=HEIGHT)
    return Template(freeze(chart) | {"autosize": {"type": "fit-x", "contains": "padding"}}, {"curves": COLUMNS})


def colours() -> alt.Color:
    """Return the channel by which the lines have different colours."""
    return alt.Color("look:O", legend=None).scale(domain=list(range(LOOKS)), range=COLOURS)


def dashes() -> alt.StrokeDash:
    """Return the channel by which the lines have different dashes."""
    return alt.StrokeDash("look:O", legend=None).scale(domain=list(range(LOOKS)), range=DASHES)


def thickness() -> Any:
    """Return the channel by which the baseline is thicker, and one of many is thin."""
    return (
        alt.when("datum.base")
        .then(alt.value(BASE_WIDTH))
        .when("datum.quiet")
        .then(alt.value(QUIET_WIDTH))
        .otherwise(alt.value(WIDTH))
    )


def readable_axis() -> alt.Axis:
    """Return an axis whose words can be read from a distance."""
    return alt.Axis(labelFontSize=12, titleFontSize=13)


def titles(fading: Any) -> list[alt.Chart]:
    """Return the titles at the right of the picture, each with a piece of its line in front of it."""
    height = by(f"{HEIGHT} * (1 - datum.level)")
    named = alt.Chart(alt.NamedData("curves")).transform_filter("datum.label != ''")
    ends = named.encode(opacity=fading, tooltip=[word_line("scenario", "scenario")])
    # Not a rule, which between two places at the side would stand upright.
    piece = ends.mark_point(shape="stroke", size=PIECE**2, xOffset=5 + PIECE / 2, y=height)
    pieces = piece.encode(
        x=alt.value("width"), color=alt.Color("look:O", legend=None), strokeDash=dashes(), strokeWidth=thickness()
    )
    words = (
        ends.transform_calculate(words=f"{NARROW} ? split(datum.label, ' · ')[0] : datum.label")
        .mark_text(align="left", dx=10 + PIECE, fontSize=12, baseline="middle", y=height)
        .encode(x=alt.value("width"), text="words:N")
    )
    return [pieces, words]


def overlaid(curves: pd.DataFrame, titles: Mapping[str, str], coloured: Collection[str] | None = None) -> pd.DataFrame:
    """Return the data of overlaid curves: scenario (a name), x, y.

    Titles for all names, the baseline first. A scenario without a curve keeps its letter and its look. All but the
    `coloured` ones are quiet, and lie below these; without a choice, none is.
    """
    drawn = set(curves["scenario"])
    loud = [place for place, name in enumerate(titles) if name in drawn and (coloured is None or name in coloured)]
    names, groups = list(titles), dict(tuple(curves.groupby("scenario", sort=False)))
    quiet = [place for place, name in enumerate(titles) if name in drawn and place not in loud]
    # Each letter a little further along its line than the one before, so that they do not lie on each other.
    room = curves["x"].max() - curves["x"].min()
    lines = {
        place: lettered(straightened(groups[names[place]], room), letter_of(place), (at + 1) / (len(loud) + 1))
        for at, place in enumerate(loud)
    }
    heights = levels([line["y"].iloc[-1] for line in lines.values()], curves["y"].min(), curves["y"].max())
    found = [
        titled(straightened(groups[names[place]], room), called(place, titles), "").assign(
            letter="", look=place % LOOKS, level=0.5, base=False, quiet=True
        )
        for place in quiet
    ]
    found += [
        titled(line, called(place, titles), cut(called(place, titles))).assign(
            look=place % LOOKS, level=height, base=place == 0, quiet=False
        )
        for (place, line), height in zip(lines.items(), heights, strict=True)
    ]
    together = pd.concat(found, ignore_index=True) if found else curves.reindex(columns=COLUMNS)
    return together.assign(place=range(len(together)))[list(COLUMNS)]


def called(place: int, titles: Mapping[str, str]) -> str:
    """Return the title of the scenario at a place, after its letter."""
    return f"{letter_of(place)} · {list(titles.values())[place]}"


def titled(line: pd.DataFrame, title: str, label: str) -> pd.DataFrame:
    """Return the points of one line with its title on every point, its label on the last; some are spots."""
    last, most = len(line) - 1, MOST_SPOTS if label else FEW_SPOTS
    gap = max(1, -(-last // (most - 1)))
    spots = [at % gap == 0 or at == last for at in range(len(line))]
    return line.assign(scenario=title, spot=spots, label=[*[""] * last, label])


def cut(title: str) -> str:
    """Return the beginning of a title that has no room."""
    return title if len(title) <= LONGEST_LABEL else f"{title[: LONGEST_LABEL - 1].rstrip()}…"


def levels(ends: Sequence[float], low: float, high: float) -> list[float]:
    """Return the heights of the titles of lines, from 0 to 1: each at the end of its line, or as near as there is room.

    Parameters
    ----------
    ends : sequence of float
        The last y of each line.
    low, high : float
        The lowest and the highest y of all lines.
    """
    shares = [(end - low) / (high - low) if high > low and math.isfinite(end) else 0.5 for end in ends]
    wished = [(MARGIN + share * (HEIGHT - 2 * MARGIN)) / HEIGHT for share in shares]
    gap = LABEL_HEIGHT / HEIGHT
    downwards = sorted(range(len(ends)), key=lambda at: (-wished[at], at))
    found, room = dict[int, float](), 1.0 - gap / 2
    for at in downwards:
        found[at] = room = min(wished[at], room)
        room -= gap
    room = gap / 2
    for at in reversed(downwards):
        found[at] = room = max(found[at], room)
        room += gap
    return [found[at] for at in range(len(ends))]


def straightened(line: pd.DataFrame, room: float) -> pd.DataFrame:
    """Return a line that goes up and down on one spot as what it shows, a needle; any other line as it is.

    Drawn to and fro its dashes would fill each other's gaps.
    """
    wide = line["x"].max() - line["x"].min()
    if len(line) <= 2 or wide > room * NEEDLE or line["y"].isna().any():
        return line
    return line.loc[[line["y"].idxmin(), line["y"].idxmax()]]


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


def look_of(place: int) -> tuple[str, tuple[int, ...], float]:
    """Return colour, dash and width of the line at a place, for a key beside the picture."""
    width = WIDTH if place else BASE_WIDTH
    return COLOURS[place % LOOKS], tuple(DASHES[place % LOOKS]), width
