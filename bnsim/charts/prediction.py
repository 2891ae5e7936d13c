"""What somebody predicts and what is true, marked on one axis; the prediction follows the thumb until it is locked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from bnsim.charts.following import following
from bnsim.charts.place import COLOURS, COLUMNS, TYPE
from bnsim.charts.template import Template, anchor, by, freeze, readable
from bnsim.charts.theme import QUIET

NAME = "prediction"
"""The control that the mark of the prediction follows."""

LOOKS: Mapping[str, tuple[str, float, float]] = {
    "you": ("triangle-down", 66, 86),
    "true": ("diamond", 24, 44),
}
"""Shape of each mark, and where on the way up from the axis, in percent, the mark and its words are."""

HEIGHT = 150
REMEMBERED = 64
"""Pictures of questions that are built once: a whole class sees the same one at the same moment."""

PLACES = ("place", "words")
MARK_SIZE = 130


@dataclass(frozen=True)
class Axis:
    """What a prediction stands on: from where to where, by powers of ten or not, and what is measured."""

    low: float
    high: float
    title: str
    by_powers: bool = False

    def holding(self, *values: float) -> "Axis":
        """Return an axis that reaches to these values, too."""
        there = [value for value in values if math.isfinite(value) and (value > 0 or not self.by_powers)]
        return Axis(min(self.low, *there), max(self.high, *there), self.title, self.by_powers) if there else self

    def at(self, position: float) -> float:
        """Return the value at a position of the slider: where the axis goes by powers of ten, in the digits shown."""
        return float(f"{10.0**position:.4g}") if self.by_powers else position

    def position(self, value: float) -> float:
        """Return where the slider stands at a value."""
        return math.log10(value) if self.by_powers else value

    @property
    def ends(self) -> tuple[float, float]:
        """The positions of the slider at both ends."""
        return (math.log10(self.low), math.log10(self.high)) if self.by_powers else (self.low, self.high)

    @property
    def step(self) -> float:
        """How far the slider moves at once: a round number, at most a hundredth of its way."""
        low, high = self.ends
        return _round_number((high - low) / 100)

    @property
    def push(self) -> float:
        """How much a press on plus or minus changes a typed number: by powers of ten, a tenth of the lowest at most."""
        return _round_number(self.low / 10) if self.by_powers else self.step


def _round_number(most: float) -> float:
    """Return the largest of 1, 2, 5, 10, ... and their parts that is not above a number."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(times * power for times in (5, 2, 1) if times * power <= most * (1 + 1e-9))


@lru_cache(REMEMBERED)
def marked_template(axis: Axis) -> Template:
    """Draw both marks with their words; data "marks"."""
    return Template(_readable(alt.layer(*_marks(axis, alt.Chart(alt.NamedData("marks"))))), {"marks": COLUMNS})


@lru_cache(REMEMBERED)
def moving_template(axis: Axis, label: str) -> Template:
    """Draw the mark of the prediction, which follows the thumb; data "state": epoch, and where the prediction is.

    `label` is what is written beside the mark, with {value} in it.
    """
    before, _, after = label.partition("{value}")
    value = f"pow(10, {NAME})" if axis.by_powers else NAME
    moving = alt.Chart(alt.NamedData("state")).transform_calculate(
        who="'you'", value=value, label=f"{before!r} + format({value}, '.4~g') + {after!r}"
    )
    spec = _readable(alt.layer(*_marks(axis, moving), anchor("value", "place")))
    return Template({**spec, "params": following(NAME, sweeps=False)}, {"state": ("epoch", NAME)})


def marks(rows: Sequence[tuple[str, float, str]]) -> pd.DataFrame:
    """Return the data of `marked_template`."""
    largest = max(value for _, value, _ in rows)
    return pd.DataFrame([(*row, row[1] == largest) for row in rows], columns=list(COLUMNS))


def state(position: float) -> pd.DataFrame:
    """Return the data of `moving_template`; the epoch is that of the page that draws it."""
    return pd.DataFrame({"epoch": [0.0], NAME: [position]})


def _marks(axis: Axis, chart: alt.Chart) -> list[alt.Chart]:
    """Return what both pictures consist of: a line down to the axis, a mark, and words that stay in the picture."""
    scale = alt.Scale(domain=[axis.low, axis.high], type="log" if axis.by_powers else "linear", nice=False)
    line = alt.Axis(tickCount=6, grid=False, domain=True, domainColor=QUIET, ticks=True, tickColor=QUIET)
    x = alt.X("value:Q", title=axis.title, scale=scale, axis=line)
    names = list(LOOKS)
    colour = alt.Color("who:N", scale=alt.Scale(domain=names, range=[COLOURS[who] for who in names]), legend=None)
    shape = alt.Shape("who:N", scale=alt.Scale(domain=names, range=[LOOKS[who][0] for who in names]), legend=None)
    align = (
        f"scale('x', datum.value) > {2 / 3} * width ? 'right' : scale('x', datum.value) < width / 3 ? 'left' : 'center'"
    )
    chart = chart.transform_calculate(place=_by_who(1), words=_by_who(2), floor="0")
    mark, words = (alt.Y(f"{name}:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=None) for name in PLACES)
    return [
        chart.mark_rule(strokeWidth=2).encode(x=x, color=colour, y=mark, y2="floor:Q"),
        chart.mark_point(filled=True, size=MARK_SIZE, opacity=1).encode(x=x, y=mark, color=colour, shape=shape),
        chart.mark_text(fontSize=TYPE, fontWeight="bold", align=by(align)).encode(
            x=x, y=words, text="label:N", color=colour
        ),
    ]


def _by_who(at: int) -> str:
    return f"datum.who == 'you' ? {LOOKS['you'][at]} : {LOOKS['true'][at]}"


def _readable(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    return readable(freeze(chart.properties(height=HEIGHT, width="container")))
