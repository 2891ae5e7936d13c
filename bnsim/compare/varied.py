"""One readout against what was varied: the points of a line, or the cells of a grid, and a sentence about either."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bnsim.compare.differences import is_number
from bnsim.scenario.points import Sweep
from bnsim.scenario.wording import counted
from bnsim.text import words_of

if TYPE_CHECKING:
    import pandas as pd

    from bnsim.experiment import Readout
    from bnsim.text import Term

WORDS = words_of("bnsim.compare")
DECADES = 1000.0
"""Positive numbers whose largest is so many times the smallest are shown by their ratios."""

COLUMNS = ("place", "x", "word", "y", "low", "high", "title", "value", "base")
"""Of the points of a line."""

BAND = 2.0
"""So many standard errors to either side."""

SEEN = 0.01
"""By this share of the picture something lies apart that the eye can see."""


@dataclass(frozen=True)
class HeatCell:
    """A value of a grid as it is written, and its place between the smallest, 0, and the largest, 1; NaN for none."""

    text: str
    level: float
    is_baseline: bool = False


@dataclass(frozen=True, eq=False)
class Varied:
    """What one readout is at every point of a sweep.

    Attributes
    ----------
    sweep : Sweep
        What was varied.
    term : Term
        What the readout is called.
    readouts : tuple of Readout or None
        One for each point, in the sweep's order; None where it is not worked out yet.
    """

    sweep: Sweep
    term: Term
    readouts: tuple[Readout | None, ...]

    @property
    def values(self) -> list[float]:
        """The finite numbers, NaN in place of all else."""
        return [_finite(each) for each in self.readouts]

    @property
    def is_log(self) -> bool:
        """Whether the values are all positive and span so much that only their ratios can be seen."""
        found = [value for value in self.values if not math.isnan(value)]
        return bool(found) and min(found) > 0 and max(found) / min(found) > DECADES

    @property
    def has_errors(self) -> bool:
        """Whether chance moves the values by so much that it can be seen."""
        found = [value for value in self.values if not math.isnan(value)]
        errors = [each.error for each in self.readouts if each is not None and math.isfinite(each.error)]
        return bool(found) and bool(errors) and BAND * max(errors) > SEEN * (max(found) - min(found))

    def said(self) -> str:
        """Return where the readout is smallest and largest, and how many points have no number."""
        numbers = [value for value in self.values if not math.isnan(value)]
        if not numbers:
            return WORDS.say("label.varied.words", readout=self.term.label)
        low, high = min(numbers), max(numbers)
        low_text, high_text = self.term.short(low), self.term.short(high)
        if low_text == high_text:
            low_text, high_text = self.term.written(low), self.term.written(high)
        if low_text == high_text:
            sentence = WORDS.say("label.varied.constant", readout=self.term.label, value=low_text)
        else:
            where = {"where_low": self._where(low), "where_high": self._where(high)}
            sentence = WORDS.say("label.varied.range", readout=self.term.label, low=low_text, high=high_text, **where)
        missing = sum(each is not None for each in self.readouts) - len(numbers)
        if missing == 1:
            return f"{sentence} {WORDS['label.varied.missing.one']}"
        return f"{sentence} {WORDS.say('label.varied.missing.many', count=str(missing))}" if missing else sentence

    def _where(self, value: float) -> str:
        """Return the first point that has a value, and how many others have it too."""
        first, *others = (title for each, title in zip(self.values, self.sweep.titles(), strict=True) if each == value)
        if not others:
            return first
        return WORDS.say("label.varied.tie", first=first, others=counted(len(others), "other point", "other points"))

    def points(self) -> pd.DataFrame:
        """Return a row for each point that has a number.

        Columns: place, x (a number, or the place of a word), word, y, low and high (two standard errors), title, value
        (as it is written), base.
        """
        import pandas as pd

        variation = self.sweep.variations[0]
        places, words, titles = variation.places(), variation.written(), self.sweep.titles()
        rows = []
        for at, (readout, y) in enumerate(zip(self.readouts, self.values, strict=True)):
            if readout is not None and not math.isnan(y):
                low, high = self._band(y, readout.error)
                said = self.term.written(readout.best)
                rows.append(
                    (float(at), places[at], words[at], y, low, high, titles[at], said, at == self.sweep.baseline)
                )
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def _band(self, y: float, error: float) -> tuple[float, float]:
        """Return two standard errors below and above a value; nothing below where that has no place on the axis."""
        width = BAND * error if math.isfinite(error) else 0.0
        return (y if self.is_log and y <= width else y - width), y + width

    def cells(self) -> list[list[HeatCell]]:
        """Return a grid of two parameters: a row for each value of the first, a column for each of the second."""
        columns = len(self.sweep.variations[1].values)
        flat = [
            HeatCell("" if readout is None else self.term.short(readout.best), level, at == self.sweep.baseline)
            for at, (readout, level) in enumerate(
                zip(self.readouts, levels(self.values, is_log=self.is_log), strict=True)
            )
        ]
        return [flat[at : at + columns] for at in range(0, len(flat), columns)]


def levels(values: Sequence[float], *, is_log: bool = False) -> list[float]:
    """Return where each value lies between the smallest and the largest, from 0 to 1; 0.5 where all are equal.

    Examples
    --------
    >>> levels([1.0, 3.0, 2.0]), levels([1.0, 100.0, 10.0], is_log=True)
    ([0.0, 1.0, 0.5], [0.0, 1.0, 0.5])
    """
    scaled = [math.log(value) if is_log else value for value in values]
    known = [value for value in scaled if not math.isnan(value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    # Halves first: the difference of two large numbers can be infinite.
    return [(value / 2 - low / 2) / (high / 2 - low / 2) if high > low else value * 0 + 0.5 for value in scaled]


def _finite(readout: Readout | None) -> float:
    if readout is None or not is_number(readout.best):
        return math.nan
    value = float(readout.best)
    return value if math.isfinite(value) else math.nan
