"""Which number differs most from the baseline: measured relative to its size, beyond chance and rounding."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bnsim.compare.comparison import Comparison
from bnsim.experiment import Readout

BEYOND = 2.0
"""So many standard errors of a difference are more than chance: 95 % of what is equal lies within."""

SAME = 1e-12
"""Relative differences this near to each other are equal: each is the result of a few roundings."""


@dataclass(frozen=True)
class Difference:
    """One readout of one scenario, and that of the baseline.

    `relative` is what `relative_difference` says of the two numbers; NaN where one of them is a word or not known.
    """

    scenario: str
    found: Readout
    base: Readout
    relative: float


def relative_difference(value: float, base: float) -> float:
    """Return |value − base| / max(|value|, |base|), from 0 for equal to 2 for opposite numbers.

    What is infinite is taken as the limit: 1 beside a finite number, 2 beside the opposite infinity.

    Examples
    --------
    >>> relative_difference(1.0, 4.0), relative_difference(3.0, 0.0), relative_difference(-2.0, 2.0)
    (0.75, 1.0, 2.0)
    """
    if value == base:
        return 0.0
    if math.isinf(value) or math.isinf(base):
        return 2.0 if value == -base else 1.0
    largest = max(abs(value), abs(base))
    # Each is divided by itself: the difference of two large numbers can be infinite.
    return abs(value / largest - base / largest)


def differences(comparison: Comparison) -> Iterator[Difference]:
    """Yield how the scenarios differ from the baseline in the readouts that the set is about, as these are ordered."""
    first, *others = comparison.names
    for key in comparison.about:
        base = comparison.readouts[first][key]
        for name in others:
            found = comparison.readouts[name][key]
            if differ(found, base):
                numbers = is_number(found.best) and is_number(base.best)
                relative = relative_difference(float(found.best), float(base.best)) if numbers else math.nan
                yield Difference(name, found, base, relative)


def differ(one: Readout, other: Readout) -> bool:
    """Return whether two readouts differ in digits that mean something, by more than chance and rounding explain."""
    term = one.term
    if term.written(one.best) == term.written(other.best):
        return False
    if not (is_number(one.best) and is_number(other.best)):
        return True
    gap = abs(float(one.best) - float(other.best))
    return gap > BEYOND * math.hypot(one.error, other.error)


def is_number(value: float | str) -> bool:
    """Return whether a value is a number, which may be infinite: no word, and known."""
    return not isinstance(value, str) and not math.isnan(value)


def largest(found: Sequence[Difference]) -> tuple[Difference | None, int]:
    """Return the largest difference between numbers, and how many others are as large.

    Of equal ones it is that of the readout named first. Numbers of one readout have the same baseline: where nothing
    of it is left, because one of the two is 0 or they have opposite signs, the one further from it is the larger.
    """
    numbers = [item for item in found if not math.isnan(item.relative)]
    if not numbers:
        return None, 0
    most = max(item.relative for item in numbers)
    equals = [item for item in numbers if math.isclose(item.relative, most, rel_tol=SAME)]
    key, enough = equals[0].found.key, min(most, 1.0) * (1 - SAME)
    leading = [item for item in numbers if item.found.key == key and item.relative >= enough]
    first = max(leading, key=distance)
    alike = [item for item in leading if distance(item) == distance(first)]
    elsewhere = [item for item in equals if item.found.key != key]
    return first, len(alike) + len(elsewhere) - 1


def distance(item: Difference) -> float:
    """Return how far a number is from the baseline's."""
    return abs(float(item.found.best) - float(item.base.best))
