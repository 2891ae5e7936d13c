"""How far the two formulas of the variance are off in each format, against how far the mean lies from 0."""

from dataclasses import dataclass

import numpy as np

from bnsim.engine.normalization.in_format import VarianceFormula, stats_in_format
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.statistics.formats import FloatFormat, SumOrder, rounded
from bnsim.once import once

RATIOS = tuple(10 ** (place / 5) for place in range(26))
"""Of the mean to the spread: from 1 to 100,000."""

VALUES, SPREAD = 256, 2.0**-5
"""So many values of so small a spread: rounding does not depend on a power of two, and the squares still fit."""


@dataclass(frozen=True)
class FormulaError:
    """The error of a variance relative to the right one of the stored values; 0, infinite or NaN where it is that."""

    form: str
    formula: str
    ratio: float
    error: float
    expected: float


@once
def formula_errors() -> tuple[FormulaError, ...]:
    """Return the errors of both formulas at all ratios in all formats, summed pairwise so that no sum stalls."""
    drawn = np.random.default_rng(0).standard_normal((VALUES, 1))
    batches = SPREAD * ((drawn - drawn.mean()) / drawn.std() + np.array(RATIOS))
    found = []
    for form in (FloatFormat.FLOAT16, FloatFormat.BFLOAT16, FloatFormat.FLOAT32):
        x = rounded(batches, form)
        right = batch_stats(x).var
        for formula in VarianceFormula:
            var = stats_in_format(x, form, formula=formula, order=SumOrder.PAIRWISE).var
            with np.errstate(all="ignore"):
                errors = np.abs(var / right - 1)
            found += [
                FormulaError(form.title, formula.value, ratio, float(error), form.unit * ratio**2)
                for ratio, error in zip(RATIOS, errors, strict=True)
            ]
    return tuple(found)
