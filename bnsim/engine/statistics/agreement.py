"""Whether a batch and running statistics can be of the same data: a test for each channel, counting examples."""

from dataclasses import dataclass

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.statistics.channels import ExampleSpread
from bnsim.engine.theory.student import critical, holm, two_sided

LEVEL = 0.05
"""At most so many files are flagged in which nothing is wrong."""

OF_NORMAL = 2.0
"""Relative variance of the squares of normal numbers: taken if what is seen is less, as few numbers may look alike."""

RARE = 100.0
"""And of numbers that are 0 but one time in a hundred: taken of a channel in which all are the same."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far batch and running statistics are apart, and how sure that is; arrays of shape (C,).

    Attributes
    ----------
    shift : array
        (mean - running mean) / sqrt(running var + eps): the mean that eval mode gives instead of 0.
    ratio : array
        Variance over running variance.
    p_shift, p_ratio : array
        Probability of such a difference, or a larger one, if there is none; corrected for all tests of the file. NaN
        in a channel that cannot be tested.
    seen_shift, seen_ratio : array
        The shift, and the ratio above 1, that would be seen one time in two; infinite if none would.
    """

    shift: Array
    ratio: Array
    p_shift: Array
    p_ratio: Array
    seen_shift: Array
    seen_ratio: Array

    @property
    def has_shifted(self) -> Array:
        """Channels whose mean differs beyond sampling error."""
        return self.p_shift < LEVEL

    @property
    def has_spread(self) -> Array:
        """Channels whose variance differs beyond sampling error."""
        return self.p_ratio < LEVEL

    @property
    def differs(self) -> Array:
        """Channels that differ in either."""
        return self.has_shifted | self.has_spread

    @property
    def tested(self) -> Array:
        """Channels that can be tested."""
        return ~np.isnan(self.p_shift)


def agreement(
    found: ExampleSpread, running_mean: Array, running_var: Array, *, eps: float, rests_on: float = np.inf
) -> Agreement:
    """Return for each channel whether the batch can have the running statistics.

    Parameters
    ----------
    found : ExampleSpread
        Of the batch. Examples are taken as independent of each other; positions of one example are not.
    running_mean, running_var : array, shape (C,)
        What the batch is held against.
    eps : float
        Added to the running variance under the root; for the shift only.
    rests_on : float
        On how many examples the running statistics rest, so that their own error counts, too.

    Returns
    -------
    Agreement

    Notes
    -----
    Of the means Student's t with N - 1 degrees of freedom: (mean - running mean) / sqrt(s**2 (1/N + 1/rests_on)), where
    s**2 is the variance between the examples' means, or what it would be with the running variance if that is more:
    a batch that happens to lack the rare large values of its data has both its mean and its s too low.

    Of the variances the same with the examples' mean squares, in units of the running variance r. The relative variance
    of mean squares is that of the channel, the average of all channels, or that of normal numbers, whichever is
    largest, as few examples do not show how heavy tails are. For the same reason the difference is r - 1 below 1 and
    log r above, always the smaller of the two, and above 1 the largest example is left out: no finding hangs on a
    single one. Corrected by Holm's rule for two tests a channel.
    """
    with quiet():
        error = np.sqrt(1 / found.examples + 1 / rests_on)
        ratio = found.var / running_var
        apart = found.mean - running_mean
        shift_error = error * np.sqrt(_between(found, running_var))
        ratio_error = error * np.sqrt(_relative(found))
        freedom = float(max(found.examples - 1, 1))
        p_shift = _chance(apart, shift_error, freedom)
        p_ratio = _chance(_distance(found, ratio, running_var), ratio_error, freedom)
        usable = np.isfinite(running_mean) & np.isfinite(running_var) & (running_var >= 0) & (found.examples > 1)
        corrected = holm(np.where(usable & np.isfinite(found.var), np.stack([p_shift, p_ratio]), np.nan).reshape(-1))
        p_shift, p_ratio = corrected.reshape(2, -1)
        tests = max(int(np.count_nonzero(~np.isnan(corrected))), 1)
        asked = critical(LEVEL / tests, freedom) if found.examples > 1 else np.inf
        std = np.sqrt(running_var + eps)
        return Agreement(apart / std, ratio, p_shift, p_ratio, asked * shift_error / std, np.exp(asked * ratio_error))


def _chance(distance: Array, error: Array, freedom: float) -> Array:
    """Return the probability of so large a distance; of none at all it is 1, even where no error is to be expected."""
    return np.where(distance == 0, 1.0, two_sided(distance / error, freedom))


def _share(found: ExampleSpread) -> Array:
    """Return how much of the variance lies between the examples' means: all of it if an example is one value."""
    share: Array = np.where(found.var > 0, np.minimum(found.mean_var / found.var, 1.0), 1.0)
    return share


def _between(found: ExampleSpread, running_var: Array) -> Array:
    """Return the variance between the examples' means that the test reckons with."""
    larger: Array = np.maximum(found.mean_var, _share(found) * running_var)
    return larger


def _relative(found: ExampleSpread) -> Array:
    """Return the variance of the examples' mean squares over the square of their mean, as the test reckons with."""
    own = np.where(found.square > 0, found.square_var / np.square(found.square), np.nan)
    known = np.isfinite(own)
    pooled = own[known].mean() if known.any() else 0.0
    # A channel without any spread says nothing about what it would be like with some.
    larger: Array = np.maximum(np.where(known, own, RARE), np.maximum(pooled, OF_NORMAL * _share(found)))
    return larger


def _distance(found: ExampleSpread, ratio: Array, running_var: Array) -> Array:
    """Return how far the variances are apart, with the sign of their difference."""
    others = max(found.examples - 1, 1)
    # Without that example the mean is another one, too, which takes as much again divided by N - 1.
    without = (found.examples * found.square - found.largest_square * (1 + 1 / others)) / others
    above = np.log(np.maximum(without / running_var, 1.0))
    below: Array = np.where(ratio < 1, ratio - 1, above)
    return np.where(np.isnan(ratio) & (running_var == 0), 0.0, below)
