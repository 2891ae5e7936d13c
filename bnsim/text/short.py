"""A number in few digits: four, or as many as show that it is not the round number beside it."""

import math
from decimal import ROUND_HALF_UP, Decimal

from bnsim.text.numbers import PLAIN_RANGE, SIGNIFICANT_DIGITS

FEW = 4
"""Significant digits of a number that stands in a sentence or beside a picture."""

RUN = 3
"""So many zeros or nines in a row mean that a number stands beside a round one."""

FAR = 5.0
"""From this leading digit on, one digit shows the distance from the round number to a tenth; below it, two do."""

LONG = 1e7
"""Larger numbers are written with an exponent."""


def short(value: float, digits: int = SIGNIFICANT_DIGITS) -> str:
    """Return a number in four significant digits, or as many as show by how much it differs from a round one.

    Parameters
    ----------
    value : float
        Any float; infinite ones and NaN are said in words.
    digits : int
        Significant digits that mean anything, 1 to 17: there are never more.

    Examples
    --------
    >>> short(0.419233698), short(1.199999040001), short(0.999999200001), short(0.00002656)
    ('0.4192', '1.1999990', '0.9999992', '2.656e−5')
    """
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value == 0:
        return "0"
    mantissa, exponent = _mantissa(value, digits)
    kept, all_of_them = min(_kept(mantissa), digits), len(mantissa.rstrip("0"))
    if all_of_them <= kept or kept <= FEW:
        return _stripped(_written(value, min(kept, all_of_them), exponent))
    return _written(value, kept, exponent)


def percent(share: float, digits: int = SIGNIFICANT_DIGITS) -> str:
    """Return a share as a percentage in few digits."""
    return f"{short(100 * share, digits)}\N{NARROW NO-BREAK SPACE}%"


def _mantissa(value: float, digits: int) -> tuple[str, int]:
    """Return the significant digits of a number and the power of ten of the first of them."""
    rounded = _rounded(value, Decimal(value).adjusted() - digits + 1)
    return "".join(map(str, rounded.as_tuple().digits))[:digits], rounded.adjusted()


def _rounded(value: float, place: int) -> Decimal:
    """Return a number rounded to a power of ten, half away from zero, as browsers do it."""
    return Decimal(value).quantize(Decimal(1).scaleb(place), ROUND_HALF_UP)


def _kept(mantissa: str) -> int:
    """Return how many of the significant digits are shown."""
    for start in range(FEW + 1):
        for digit in "09":
            end = start
            while end < len(mantissa) and mantissa[end] == digit:
                end += 1
            if end - start >= RUN and start + (digit == "9"):
                if end == len(mantissa):
                    return FEW
                rest = float(f"{mantissa[end]}.{mantissa[end + 1 :] or '0'}")
                distance = 10 - rest if digit == "9" else rest
                return max(FEW, end + 1 + (distance < FAR))
    return FEW


def _written(value: float, kept: int, exponent: int) -> str:
    """Return a number with so many significant digits; a whole part is never rounded, and a minus is a true one."""
    low, _ = PLAIN_RANGE
    if low <= abs(value) < LONG:
        text = f"{_rounded(value, min(exponent - kept + 1, 0)):f}"
    else:
        mantissa, _, power = f"{_rounded(value, exponent - kept + 1):e}".partition("e")
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", "\N{MINUS SIGN}")


def _stripped(text: str) -> str:
    """Return a number without the zeros at the end of its decimals."""
    mantissa, sign, power = text.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + sign + power
