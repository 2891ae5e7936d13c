"""How a number is written for people: significant digits, no trailing zeros, a true minus sign."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

SIGNIFICANT_DIGITS = 13
"""Digits shown of a float64 result: three short of what it holds, so that the last one shown is right."""

MOST_DIGITS = 17
"""Digits that tell any float64 from all others."""

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


def to_error(value: float, error: float) -> float:
    """Return a value to two digits of its standard error: the others would be noise.

    Parameters
    ----------
    value : float
        What was simulated or computed.
    error : float
        Its standard error, or what rounding can leave; 0, infinity and NaN leave the value as it is.

    Examples
    --------
    >>> to_error(0.4136036795584, 0.0043), to_error(3.7e-17, 1e-15)
    (0.4136, 0.0)
    """
    if not (0 < error < math.inf and math.isfinite(value)):
        return value
    return round(value, 1 - math.floor(math.log10(error)))


def operands(evaluate: Callable[..., float], *values: float, shown: int = SIGNIFICANT_DIGITS) -> list[str]:
    """Return the numbers of a formula with as many digits as its result needs, negative ones in brackets.

    Whoever computes the formula with the numbers as they are printed gets the `shown` digits of the result: six digits
    each where that is enough, else more, at last all that float64 holds.

    Examples
    --------
    >>> operands(lambda x, mean: x - mean, 4.0, 2.99912345678), operands(math.sqrt, 0.5, shown=3)
    (['4', '2.99912345678'], ['0.5'])
    """
    return list(_operands(evaluate, values, shown))


# Most moves of a slider leave most formulas of a page as they are.
@lru_cache(maxsize=512, typed=True)
def _operands(evaluate: Callable[..., float], values: tuple[float, ...], shown: int) -> tuple[str, ...]:
    wanted = number(evaluate(*values), shown)
    for digits in range(6, MOST_DIGITS):
        texts = [number(value, min(digits, _digits_held(value))) for value in values]
        if number(evaluate(*map(_read, texts)), shown) == wanted:
            break
    else:
        texts = [number(value, _digits_held(value)) for value in values]
    return tuple(f"({text})" if text.startswith("−") else text for text in texts)


def in_formula(evaluate: Callable[..., float], /, **numbers: float) -> dict[str, Any]:
    """Return the numbers of a formula by name, as printed by `operands`; the one that stands first without brackets."""
    first, *others = operands(evaluate, *numbers.values())
    return dict(zip(numbers, (first.strip("()"), *others), strict=True))


def _read(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf").replace("not a number", "nan"))


def _digits_held(value: float) -> int:
    """Return how many significant digits tell a float from all others."""
    mantissa = repr(float(value)).partition("e")[0].replace(".", "").lstrip("-0")
    return max(len(mantissa.rstrip("0")), 1) if math.isfinite(value) else SIGNIFICANT_DIGITS
