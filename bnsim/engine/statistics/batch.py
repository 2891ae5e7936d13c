"""Mean and variance of one mini-batch, per channel: biased, two-pass, kept in float64."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, batch_array, outward, pooled, quiet, values_per_channel
from bnsim.engine.statistics._fast_sums import FEW, few_sums, sums

MOST_PASSES = 4  # a rough pivot, then at most three better ones
NEAR = 64.0  # a pivot serves float64 if its squared distance from the mean is at most so many variances
NEAR_NARROW = 12.0  # and the narrower floats, which have fewer digits to lose
SMALLEST = 1e-300  # squares below it have lost their digits
SMALLEST_NARROW = 1e-30  # and those below it in float32
PROBE = 32  # examples, and positions, that are looked at to guess whether the mean is near 0


@dataclass(frozen=True, eq=False)
class BatchStats:
    """Statistics of one mini-batch; one number per channel, or one in all for a batch of shape (N,).

    Attributes
    ----------
    mean : float64, shape (C,) or a scalar
        Average over every axis but the channel axis.
    var : float64, shape (C,) or a scalar
        Biased variance, the sum of squares divided by `count`.
    count : int
        How many values each channel was averaged over: N, or N * H * W for a convolution.
    """

    mean: Array
    var: Array
    count: int


class Moments(NamedTuple):
    """The mean as a sum of two floats, `pivot + residual`, and the biased variance; each float64 of shape (C,).

    No pivot means 0.

    One float cannot hold the mean of a batch at 1e8 to more than 1e-8. Centring in two steps,
    (x - pivot) - residual, loses nothing: the first difference is exact, and x_hat sums to 0.
    """

    pivot: Array | None
    residual: Array
    var: Array

    @property
    def mean(self) -> Array:
        """The mean as one float."""
        return self.residual if self.pivot is None else self.pivot + self.residual


def batch_stats(x: ArrayLike) -> BatchStats:
    """Return mean and biased variance per channel.

    Parameters
    ----------
    x : array, shape (N,), (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)
        One mini-batch, the channel axis second. A batch of shape (N,) is one channel.

    Returns
    -------
    BatchStats
        In float64 whatever the dtype of x; scalars for a batch of shape (N,).
        A channel with a NaN or an infinity has NaN statistics; the others are untouched.

    Raises
    ------
    ShapeError
        If x is empty or has no or more than five dimensions.
    InputError
        If x does not hold real numbers.

    Notes
    -----
    A constant channel has exactly its value as mean and exactly 0 as variance. With one value
    per channel (N = 1 and no positions) the variance is 0. Values beyond 1e154 overflow it to infinity.
    Ioffe and Szegedy (2015), Algorithm 1, lines 1 and 2.

    Examples
    --------
    >>> batch_stats([1.0, 2.0, 3.0, 4.0])
    BatchStats(mean=np.float64(2.5), var=np.float64(1.25), count=4)
    """
    batch = batch_array(x)
    with quiet():
        found = moments(pooled(np.ascontiguousarray(batch)))
        return BatchStats(outward(found.mean, batch), outward(found.var, batch), values_per_channel(batch))


def moments(x: Array) -> Moments:
    """Return the moments of each channel of x, shape (N, C, L), C-contiguous.

    Channels of float32 whose squares float32 cannot hold, too large or too small, are taken again in float64.
    """
    found = _moments(x)
    if x.dtype.char != "f" or x.size <= FEW:
        return found
    sure = (found.var > SMALLEST_NARROW) & (found.var < math.inf) | (found.var == 0) & (found.residual == 0)
    if np.count_nonzero(sure) == len(sure):
        return found
    again = _moments(np.ascontiguousarray(x[:, ~sure], np.float64))
    parts = []
    for narrow, wide in zip(found, again, strict=True):
        part = np.zeros(len(sure)) if narrow is None else np.array(narrow)
        part[~sure] = 0.0 if wide is None else wide
        parts.append(part)
    return Moments(*parts)


def _moments(x: Array) -> Moments:
    """Return the moments of each channel.

    The squares are taken about a pivot near the mean, and what the pivot misses is corrected for:
    mean = pivot + E[x - pivot], var = E[(x - pivot)**2] - E[x - pivot]**2. Rounding weighs 1 + distance**2 / var
    times as much as about the mean, which is little while they are a few standard deviations apart, and 0 often is
    near enough. If not (an offset, or a constant channel, whose average may round to a neighbour of its value), the
    corrected mean is the next pivot.
    """
    count, near = x.size // x.shape[1], NEAR if x.dtype.char == "d" else NEAR_NARROW
    pivot = _probe(x, near) if x.size > FEW else None
    for _ in range(MOST_PASSES):
        total, squares = sums(x, pivot)
        residual = total / count
        distance = residual * residual
        var = squares / count - distance
        far = np.count_nonzero(distance + SMALLEST > near * var)
        if not far and math.isfinite(squares.dot(squares)):
            return Moments(pivot, residual, var)
        if _settled(residual, (distance <= near * var) & (var > SMALLEST) & np.isfinite(var)):
            break
        pivot = _rounded(residual if pivot is None else pivot + residual, x)
    return Moments(pivot, residual, np.maximum(var, 0.0))


def few_moments(x: Array) -> Moments | None:
    """Return the moments of a few rows x of shape (N, C), if 0 is near enough to every mean to be the pivot."""
    count, wide = float(len(x)), x.dtype.char == "d"
    total, squares = few_sums(x if wide else x.astype(np.float64))
    mean = total / count
    distance = mean * mean
    var = squares / count - distance
    # A sum of squares is at least the largest of them; and it is NaN or infinite if one var is 0 or NaN.
    far = distance / var
    if far.dot(far) <= (NEAR if wide else NEAR_NARROW) ** 2:
        return Moments(None, mean, var)
    return None


def _settled(residual: Array, near: Array) -> bool:
    """Whether every pivot serves: near its mean, or on it, or in a channel where NaN or infinity spoils all."""
    return bool((near | (residual == 0) | ~np.isfinite(residual)).all())


def _probe(x: Array, near: float) -> Array | None:
    """Return a first pivot, the mean of a few values spread over x; None if 0 seems near enough."""
    examples, channels, length = x.shape
    seen: Array = np.ascontiguousarray(x[:: -(-examples // PROBE), :, :: -(-length // PROBE)])
    total, squares = sums(seen)
    count = seen.size // channels
    # mean**2 <= 2.5 near var, because among many channels a few values make some seem that much narrower than they
    # are; written without a division.
    if ((1 + 0.4 / near) * total * total <= count * squares).all():
        return None
    return _rounded(total / count, x)


def _rounded(pivot: Array, x: Array) -> Array:
    """Return `pivot` as numbers that the dtype of x holds too, so that x - pivot is exact near it."""
    return pivot.astype(x.dtype).astype(np.float64)
