"""How a number differs from that of a reference: by how much, by which share of it, by which factor."""

import math
from collections.abc import Callable, Mapping

from bnsim.compare.differences import differ, is_number
from bnsim.experiment import Better, Readout
from bnsim.text import number, words_of

WORDS = words_of("bnsim.compare")


def difference(value: float, base: float) -> float:
    """Return value − base; NaN where both are the same infinity."""
    return value - base


def percent(value: float, base: float) -> float:
    """Return the difference in percent of |base|, so that its sign is that of the difference; NaN of a base of 0.

    Examples
    --------
    >>> percent(3.0, 2.0), percent(-1.0, -2.0), percent(1.0, 0.0)
    (50.0, 50.0, nan)
    """
    if base == 0 or not (math.isfinite(value) and math.isfinite(base)):
        return math.nan
    gap = value - base
    # The difference of two numbers that are nearly as large as any can be infinite; their quotient is not.
    share = gap / abs(base) if math.isfinite(gap) else value / abs(base) - math.copysign(1.0, base)
    return 100 * share if math.isfinite(100 * share) else math.nan


def ratio(value: float, base: float) -> float:
    """Return value / base; NaN of a base of 0.

    Examples
    --------
    >>> ratio(3.0, 2.0), ratio(1.0, 0.0)
    (1.5, nan)
    """
    if base == 0 or not (math.isfinite(value) and math.isfinite(base)):
        return math.nan
    quotient = value / base
    return quotient if math.isfinite(quotient) else math.nan


MEASURES: Mapping[str, Callable[[float, float], float]] = {
    "difference": difference,
    "percent": percent,
    "ratio": ratio,
}
"""By name, in the order in which they are shown."""

HEADS: Mapping[str, str] = {"difference": "{key} - {base}", "percent": "{key} - {base} (%)", "ratio": "{key} / {base}"}
"""What their columns are called in files, for programs."""


def measured(measure: str, found: Readout, base: Readout) -> float:
    """Return one measure of two readouts; NaN where one is a word or not known."""
    if not (is_number(found.best) and is_number(base.best)):
        return math.nan
    return MEASURES[measure](float(found.best), float(base.best))


def in_words(measure: str, found: Readout, base: Readout, *, every: bool = False) -> str:
    """Return one measure of two readouts as people read it: few digits, or `every` digit that means something.

    A difference and a percentage have their sign; what would be divided by 0 is a dash; "" of words and of what is not
    known.
    """
    if not (is_number(found.best) and is_number(base.best)):
        return ""
    if measure == "difference" and found.best == base.best:
        return WORDS["label.same"]
    value = measured(measure, found, base)
    if math.isnan(value):
        return WORDS["label.no_measure"]
    if measure == "percent":
        return signed(f"{number(value, found.term.digits)} %" if every else found.term.short(value / 100, "%"), value)
    text = found.term.written(value) if every else found.term.short(value)
    return signed(text, value) if measure == "difference" else WORDS.say("label.times", ratio=text)


def signed(text: str, value: float) -> str:
    """Return a number that has been written, with its sign."""
    return f"+{text}" if value > 0 else text


def verdict(found: Readout, base: Readout, better: Better | None) -> str:
    """Return "better" or "worse"; "" where neither way is better, or nothing differs by more than chance."""
    numbers = is_number(found.best) and is_number(base.best)
    if better is None or not numbers or found.best == base.best or not differ(found, base):
        return ""
    is_higher = float(found.best) > float(base.best)
    return "better" if is_higher == (better == "higher") else "worse"
