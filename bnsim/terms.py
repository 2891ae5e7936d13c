"""The glossary: symbol, label and one-line meaning of every quantity that bnsim shows, and how numbers are written."""

import math
from dataclasses import dataclass

SIGNIFICANT_DIGITS = 13
"""Digits shown of a float64 result: three short of what it holds, so that the last one shown is right."""

PLAIN_RANGE = (1e-4, 1e13)
"""Magnitudes written without an exponent."""


@dataclass(frozen=True)
class Term:
    """One quantity: the symbol the field writes, a label and its meaning in one line."""

    symbol: str
    label: str
    meaning: str


TERMS: dict[str, Term] = {
    "x": Term("x", "Tracked activation", "One activation followed through batch normalization."),
    "x_hat": Term("x̂", "Normalized x̂", "The tracked activation after subtracting the batch mean and dividing."),
    "y": Term("y", "Output y", "The tracked activation after scale and shift: what the next layer receives."),
    "batch_mean": Term("μ_B", "Batch mean", "The mean of the mini-batch."),
    "batch_std": Term("σ_B", "Batch std", "The biased standard deviation of the mini-batch (divide by N)."),
    "normalized_mean": Term("mean(x̂)", "Normalized mean", "The mean of the normalized batch."),
    "normalized_std": Term("std(x̂)", "Normalized std", "The standard deviation of the normalized batch."),
    "output_mean": Term("mean(y)", "Output mean", "The mean of the batch after scale and shift."),
    "output_std": Term("std(y)", "Output std", "The standard deviation of the batch after scale and shift."),
    "identity_gamma": Term("γ*", "Identity scale", "The scale that would undo the normalization of this batch."),
    "identity_beta": Term("β*", "Identity shift", "The shift that would undo the normalization of this batch."),
    "identity_error": Term(
        "max|y − x|", "Distance from identity", "The largest change of a member at the current scale and shift."
    ),
    "raw": Term("x", "Raw batch", "The mini-batch as it arrives."),
    "normalized": Term("x̂", "Normalized", "The mini-batch after normalization."),
    "output": Term("y", "Output", "The mini-batch after scale and shift."),
}


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
