"""How a number is written for people: significant digits, no trailing zeros, a true minus sign."""

import math
from dataclasses import dataclass

SIGNIFICANT_DIGITS = 13
"""Digits shown of a float64 result: three short of what it holds, so that the last one shown is right."""

PLAIN_RANGE = (1e-4, 1e13)
"""Magnitudes written without an exponent."""


def number(value: float, digits: int = SIGNIFICANT_DIGITS) -> str:
    """Return a number as people read it: `digits` significant digits, no trailing zeros, a true minus sign.

    Parameters
    ----------
    value : float
        Any float, also NaN and infinities.
    digits : int
        Significant digits, 1 to 17.
    """
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    low, high = PLAIN_RANGE
    if value == 0:
        text = "0"
    elif low <= abs(value) < high:
        decimals = digits - 1 - math.floor(math.log10(abs(value)))
        text = f"{value:.{max(decimals, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


@dataclass(frozen=True)
class Term:
    """One quantity: the symbol the field writes, a label, its meaning in one line, and how many digits mean anything.

    What is exact up to rounding shows all digits that are right; a mean over a few seeds shows those that it has.
    """

    symbol: str
    label: str
    meaning: str
    digits: int = SIGNIFICANT_DIGITS

    def written(self, value: float) -> str:
        """Return a number of this quantity with the digits that mean something; a dash for what is not known."""
        return "–" if math.isnan(value) else number(value, self.digits)
