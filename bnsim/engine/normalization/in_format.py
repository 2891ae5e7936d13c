"""Batch norm computed in a narrow format throughout, to show what goes wrong in half precision."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, batch_array, outward, per_channel, pooled, positive, quiet, values_per_channel
from bnsim.engine.statistics.batch import BatchStats
from bnsim.engine.statistics.formats import FloatFormat, SumOrder, rounded, sum_in


class VarianceFormula(Enum):
    """How a variance is computed.

    CENTRED averages (x - mean)**2 in a second pass. DIFFERENCE is E[x**2] - E[x]**2, which reads the batch once and
    loses the digits that both terms share: its error is about (mean / std)**2 roundings, and it can come out negative.
    """

    CENTRED = "centred"
    DIFFERENCE = "difference"


@dataclass(frozen=True, eq=False)
class FormatForward:
    """A forward pass of which every step was rounded to `form`; all arrays are float64 and hold numbers of it.

    Attributes
    ----------
    y, x_hat : array, the shape of x
    mean, var, inv_std : array, shape (C,), or scalars for a batch of shape (N,)
        `var` may be negative, infinite or NaN, and then what follows from it is NaN or infinite.
    count : int
    """

    form: FloatFormat
    y: Array
    x_hat: Array
    mean: Array
    var: Array
    inv_std: Array
    count: int


def stats_in_format(
    x: ArrayLike,
    form: FloatFormat,
    *,
    formula: VarianceFormula = VarianceFormula.CENTRED,
    order: SumOrder = SumOrder.ONE_BY_ONE,
) -> BatchStats:
    """Return mean and biased variance per channel as a format gives them that also holds the sums.

    Parameters
    ----------
    x : array, shape (N,), (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)
        As for `batch_stats`; rounded to the format first.
    form : FloatFormat
    formula : VarianceFormula
    order : SumOrder

    Returns
    -------
    BatchStats
        Numbers of the format, in float64; infinite where a sum was too large for it, NaN where infinities met.

    Raises
    ------
    ShapeError, InputError
        As `batch_stats`.

    Notes
    -----
    Three things go wrong. A sum stops to grow where the next value is less than half of its last digit: for values
    near 1 at 2048 in float16 and at 256 in bfloat16. It overflows beyond 65504 in float16, for squares long before
    that. And E[x**2] - E[x]**2 loses all digits once the mean is some 45 (float16) or 16 (bfloat16) times the spread.
    `batch_stats` sums in float64 whatever the dtype of x; frameworks accumulate in float32 for the same reason
    (Micikevicius et al. 2018, section 3.3), which is this function with values of the narrow format and FLOAT32:
    `stats_in_format(rounded(x, FloatFormat.BFLOAT16), FloatFormat.FLOAT32)`. Adding one by one in bfloat16 takes
    a fifth of a microsecond a value, or with more than eight channels some ten for each of all values of a channel.

    Examples
    --------
    >>> ones = np.ones(4096)
    >>> stats_in_format(ones, FloatFormat.FLOAT16).mean, stats_in_format(ones, FloatFormat.BFLOAT16).mean
    (np.float64(0.5), np.float64(0.0625))
    """
    batch = batch_array(x)
    with quiet():
        mean, var = _moments(_rows(rounded(batch, form)), form, formula, order)
    return BatchStats(outward(mean, batch), outward(var, batch), values_per_channel(batch))


def batch_norm_in_format(
    x: ArrayLike,
    form: FloatFormat,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
    formula: VarianceFormula = VarianceFormula.CENTRED,
    order: SumOrder = SumOrder.ONE_BY_ONE,
) -> FormatForward:
    """Return batch norm with every step rounded to a format: what `batch_norm` never does.

    Parameters
    ----------
    x, gamma, beta, eps
        As for `batch_norm`; all of them are rounded to the format, eps too: below 3e-8 it is 0 in float16.
    form, formula, order
        As for `stats_in_format`.

    Returns
    -------
    FormatForward

    Raises
    ------
    ShapeError, InputError
        As `batch_norm`; what does not fit into the format becomes infinite and is not refused.

    Examples
    --------
    >>> x = 10 + np.tile([-1.0, 1.0], 512)
    >>> batch_norm_in_format(x, FloatFormat.FLOAT16, formula=VarianceFormula.DIFFERENCE).var
    np.float64(inf)
    >>> from bnsim.engine import batch_norm
    >>> batch_norm(x.astype(np.float16)).var
    np.float64(1.0)
    """
    batch, eps = batch_array(x), positive(eps, "eps")
    scale = rounded(per_channel(1.0 if gamma is None else gamma, batch, "gamma"), form)[:, None]
    shift = rounded(per_channel(0.0 if beta is None else beta, batch, "beta"), form)[:, None]
    values = rounded(batch, form)
    with quiet():
        mean, var = _moments(_rows(values), form, formula, order)
        std = rounded(np.sqrt(rounded(var + rounded(eps, form), form)), form)
        inv_std = rounded(1.0 / std, form)
        centred = rounded(pooled(values) - mean[:, None], form)
        x_hat = rounded(centred * inv_std[:, None], form)
        y = rounded(rounded(scale * x_hat, form) + shift, form)
    return FormatForward(
        form=form,
        y=y.reshape(batch.shape),
        x_hat=x_hat.reshape(batch.shape),
        mean=outward(mean, batch),
        var=outward(var, batch),
        inv_std=outward(inv_std, batch),
        count=values_per_channel(batch),
    )


def _rows(batch: Array) -> Array:
    """Return a batch as (values of a channel, channels): example by example, position by position."""
    seen = pooled(batch)
    return seen.swapaxes(1, 2).reshape(-1, seen.shape[1])


def _moments(rows: Array, form: FloatFormat, formula: VarianceFormula, order: SumOrder) -> tuple[Array, Array]:
    count = len(rows)
    mean = rounded(sum_in(rows, form, order=order) / count, form)
    if formula is VarianceFormula.DIFFERENCE:
        mean_square = rounded(sum_in(rounded(rows * rows, form), form, order=order) / count, form)
        return mean, rounded(mean_square - rounded(mean * mean, form), form)
    centred = rounded(rows - mean, form)
    return mean, rounded(sum_in(rounded(centred * centred, form), form, order=order) / count, form)
