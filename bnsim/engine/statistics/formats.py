"""Narrow floating-point formats on any machine: float16 and bfloat16, rounded to and summed in."""

import math
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, float64, quiet
from bnsim.errors import ShapeError


class FloatFormat(Enum):
    """A floating-point format of IEEE 754, or cut like one.

    Attributes
    ----------
    title : str
        Its name in numpy and PyTorch.
    digits : int
        Binary digits of a number, the leading one included.
    lowest, highest : int
        Exponents of the smallest and the largest normal number, written as 1.f * 2**exponent.

    Examples
    --------
    >>> FloatFormat.FLOAT16.largest, FloatFormat.FLOAT16.stalls_at
    (65504.0, 2048.0)
    >>> f"{FloatFormat.BFLOAT16.largest:.4g}", FloatFormat.BFLOAT16.stalls_at
    ('3.39e+38', 256.0)
    """

    FLOAT16 = ("float16", 11, -14, 15)
    BFLOAT16 = ("bfloat16", 8, -126, 127)
    FLOAT32 = ("float32", 24, -126, 127)
    FLOAT64 = ("float64", 53, -1022, 1023)

    def __init__(self, title: str, digits: int, lowest: int, highest: int) -> None:
        self.title = title
        self.digits = digits
        self.lowest = lowest
        self.highest = highest

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return (2 - 2.0 ** (1 - self.digits)) * 2.0**self.highest

    @property
    def smallest(self) -> float:
        """The smallest number above 0; it has one digit left."""
        return 2.0 ** (self.lowest - self.digits + 1)

    @property
    def unit(self) -> float:
        """The largest relative error of one rounding, above `2**lowest`."""
        return 2.0**-self.digits

    @property
    def stalls_at(self) -> float:
        """Where a sum of ones stops to grow: the next 1 is half of its last digit, and is rounded away."""
        return 2.0**self.digits


FEW_COLUMNS = 8
"""So many sums at most are quicker one after the other, in plain numbers, than beside each other in short arrays."""

OF_THE_MACHINE: Mapping[FloatFormat, type[np.floating[Any]]] = {
    FloatFormat.FLOAT16: np.float16,
    FloatFormat.FLOAT32: np.float32,
    FloatFormat.FLOAT64: np.float64,
}
"""Formats in which numpy adds: one addition after the other, each rounded once, as IEEE 754 demands of any machine."""


class SumOrder(Enum):
    """In which order values are added up.

    ONE_BY_ONE adds each to the total so far, as a simple loop does. PAIRWISE adds neighbours, then the sums of
    neighbours, and so on, as trees of threads do: its error grows with the logarithm of the count only.
    """

    ONE_BY_ONE = "one by one"
    PAIRWISE = "pairwise"


def rounded(values: ArrayLike, form: FloatFormat) -> Array:
    """Return the numbers of a format nearest to `values`, as float64, which holds those of all four formats.

    Parameters
    ----------
    values : array
        Any shape.
    form : FloatFormat

    Returns
    -------
    array, float64, the shape of values
        Halfway cases go to the even neighbour, what lies beyond the largest number becomes infinite, what lies below
        the smallest normal one loses digits.

    Raises
    ------
    InputError
        If values are no real numbers.

    Notes
    -----
    IEEE 754-2019, section 4.3.1. bfloat16 has the exponents of float32 and the first 8 of its digits.

    Examples
    --------
    >>> rounded([0.1, 257.0, 70000.0], FloatFormat.FLOAT16).tolist()
    [0.0999755859375, 257.0, inf]
    >>> rounded([0.1, 257.0, 70000.0], FloatFormat.BFLOAT16).tolist()
    [0.10009765625, 256.0, 70144.0]
    """
    exact: Array = np.asarray(float64(values, "values"))
    if form is FloatFormat.FLOAT64:
        return exact
    with quiet():
        exponent = np.frexp(exact)[1]
        last = np.ldexp(1.0, np.maximum(exponent, form.lowest + 1) - form.digits)
        # A power of two divides without rounding, so that rint alone rounds: to the nearest, halves to the even one.
        near = np.rint(exact / last) * last
        held: Array = np.where(np.abs(near) > form.largest, np.copysign(np.inf, near), near)
        return held


def sum_in(values: ArrayLike, form: FloatFormat, *, order: SumOrder = SumOrder.ONE_BY_ONE) -> Array:
    """Return the sum over the first axis, every partial sum rounded to a format.

    Parameters
    ----------
    values : array, shape (N, ...)
        At least one along the first axis; rounded to the format before they are added.
    form : FloatFormat
    order : SumOrder

    Returns
    -------
    array, float64, shape (...)
        Numbers of the format; infinite where a partial sum was too large for it.

    Notes
    -----
    bfloat16, which numpy lacks, is computed in float64 and rounded after every addition, as are all sums of neighbours.
    That is what the format itself would give: 53 digits are more than twice those of float32, or fewer, and 2, so that
    rounding twice does no harm (Figueroa 1995).

    Examples
    --------
    >>> ones = np.ones(5000)
    >>> [sum_in(ones, form).item() for form in (FloatFormat.BFLOAT16, FloatFormat.FLOAT16, FloatFormat.FLOAT32)]
    [256.0, 2048.0, 5000.0]
    >>> sum_in(ones, FloatFormat.FLOAT16, order=SumOrder.PAIRWISE).item()
    5000.0
    """
    rows = np.atleast_1d(rounded(values, form))
    if len(rows) == 0:
        raise ShapeError("values must hold at least one along the first axis; got none.")
    if order is SumOrder.PAIRWISE:
        return _pairwise(rows, form)
    with quiet():
        if form in OF_THE_MACHINE:
            last: Array = _accumulated(rows, form)[-1]
            return last
        if rows[0].size <= FEW_COLUMNS:
            columns = rows.reshape(len(rows), -1).T.tolist()
            few: Array = np.reshape([_totals(column, form)[-1] for column in columns], rows.shape[1:])[()]
            return few
        total = rows[0]
        for row in rows[1:]:
            total = rounded(total + row, form)
    return np.asarray(total)


def partial_sums_in(values: ArrayLike, form: FloatFormat) -> Array:
    """Return the sums of the first 1, 2, ... N values, added one by one and rounded to a format each time.

    Parameters
    ----------
    values : array, shape (N,)
        At least one; rounded to the format before they are added.
    form : FloatFormat

    Returns
    -------
    array, float64, shape (N,)
        The last of them is what `sum_in` returns.

    Raises
    ------
    ShapeError
        If values have no such shape.

    Examples
    --------
    >>> partial_sums_in([2046.0, 1.0, 1.0, 1.0, 1.0], FloatFormat.FLOAT16).tolist()
    [2046.0, 2047.0, 2048.0, 2048.0, 2048.0]
    """
    rows = rounded(values, form)
    if rows.ndim != 1 or len(rows) == 0:
        raise ShapeError(f"values must have shape (N,) with at least one; got shape {rows.shape}.")
    with quiet():
        return _accumulated(rows, form) if form in OF_THE_MACHINE else np.array(_totals(rows.tolist(), form))


def _accumulated(rows: Array, form: FloatFormat) -> Array:
    """Return partial sums as `_totals` would give them, in a format that numpy has."""
    # Not a sum: numpy may add that in another order. An accumulated sum needs each total before the next.
    return np.add.accumulate(rows.astype(OF_THE_MACHINE[form]), axis=0).astype(np.float64)


def _totals(values: Sequence[float], form: FloatFormat) -> list[float]:
    """Return partial sums as `rounded` would give them, of numbers of the format.

    Between two powers of two the numbers of a format lie evenly. There one large number, added and taken away again,
    rounds a total: float64 keeps no more of their sum than the digits that the format has, and halves go to the even.
    """
    total, lowest = values[0], form.lowest + 1
    totals, low, high, large = [total], 0.0, 0.0, 0.0
    for value in values[1:]:
        exact = total = total + value
        if low <= abs(exact) < high:
            total = (exact + large) - large
        elif math.isfinite(exact):
            exponent = max(math.frexp(exact)[1], lowest)
            place = exponent - form.digits
            total = math.ldexp(round(math.ldexp(exact, -place)), place)
            if abs(total) > form.largest:
                total = math.copysign(math.inf, total)
            # The last of these ranges ends with infinity instead of the next power of two.
            high = math.ldexp(1.0, exponent) if exponent <= form.highest else 0.0
            low, large = 0.0 if exponent == lowest else high / 2, math.ldexp(1.5, place + 52)
        total = total or math.copysign(0.0, exact)
        totals.append(total)
    return totals


def _pairwise(rows: Array, form: FloatFormat) -> Array:
    with quiet():
        while len(rows) > 1:
            odd = rows[len(rows) - len(rows) % 2 :]
            rows = np.concatenate([rounded(rows[:-1:2] + rows[1::2], form), odd])
    total: Array = rows[0]
    return total
