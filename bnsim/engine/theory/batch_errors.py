"""How far batches of N normal values stray from where they were drawn: exactly, with eps, and in closed form.

The population has mean 0 and standard deviation 1. The batch mean m is normal with variance 1 / N, and N v is
chi-squared with N - 1 degrees of freedom, independent of m, where v is the (biased) batch variance.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, float64, positive
from bnsim.engine.theory.closed_forms import (
    gradient_share,
    mean_companion_noise,
    mean_inverse_std,
    mean_standard_error,
    var_relative_error,
    x_hat_bound,
    x_hat_kurtosis,
)
from bnsim.errors import InputError

ANGLES = 4001
"""So many points carry the distribution of x_hat: with straight lines between them it is right to 1e-6."""


STEP, BEYOND = 0.1, 60.0
"""Of the trapezoidal rule in log(v), in units of its spread: so fine that halving it changes rounding only; and where
it ends: a density of exp(-60) of its peak, 9e-27, adds nothing even where 1 / sqrt(eps), at most 3e7, multiplies it."""


@dataclass(frozen=True)
class BatchErrors:
    """What batches of N do, each number as its root mean square or its mean over all batches.

    Attributes
    ----------
    mean : float
        Standard deviation of the batch mean.
    var : float
        Standard deviation of the batch variance over its mean; infinite for N = 1.
    x_hat : float
        Root mean square of x_hat - x: x is what x_hat would be with the statistics of the population.
    scale : float
        Mean of 1 / sqrt(v + eps).
    gradient : float
        Root mean square share of a random dy / sqrt(v + eps) that is left in dx.
    var_mean : float
        Mean of the batch variance.
    kurtosis : float
        Mean of x_hat**4.
    """

    mean: float
    var: float
    x_hat: float
    scale: float
    gradient: float
    var_mean: float
    kurtosis: float


def mean_over_batches(size: int, *of_var: Callable[[Array], Array]) -> list[float]:
    """Return the expectations of functions of the variance v of a batch of N >= 2 normal values.

    By the trapezoidal rule in log(v): the integrand is smooth and vanishes at both ends, so it is exact to rounding.

    Examples
    --------
    >>> [round(value, 12) for value in mean_over_batches(5, np.ones_like, lambda v: v)]
    [1.0, 0.8]
    """
    if size < 2:
        raise InputError(f"size must be at least 2; got {size}.")
    v, share = _var_nodes(size)
    return [float(share @ f(v)) for f in of_var]


@lru_cache(maxsize=256)  # the same for every eps; some kB each
def _var_nodes(size: int) -> tuple[Array, Array]:
    """Return the variances of batches at which the integrand is taken, and their weights, which add up to 1."""
    k = size - 1
    t = np.arange(-75, 15, STEP) * math.sqrt(2 / k)  # log(chi^2 / k)
    exponent = k / 2 * (t - np.expm1(t))
    t, exponent = t[exponent > -BEYOND], exponent[exponent > -BEYOND]
    weight = np.exp(exponent)  # the density, up to a factor
    return k / size * np.exp(t), weight / weight.sum()


@lru_cache(maxsize=4096)
def exact_batch_errors(size: int, eps: float) -> BatchErrors:
    """Return what a simulation with normal values should find, with eps and without any approximation."""
    eps = positive(eps, "eps")
    if size == 1:
        return BatchErrors(1.0, math.inf, 1.0, 1 / math.sqrt(eps), 0.0, 0.0, 0.0)
    kept, kept_twice, product, scale, lost = mean_over_batches(
        size,
        lambda v: v / (v + eps),
        lambda v: np.square(v / (v + eps)),
        lambda v: v / np.sqrt(v + eps),
        lambda v: 1 / np.sqrt(v + eps),
        lambda v: np.square(eps / (v + eps)),
    )
    return BatchErrors(
        mean=mean_standard_error(1, size),
        var=var_relative_error(size),
        # The mean over a batch of x_hat^2 is v / (v + eps), of x_hat x it is v / sqrt(v + eps).
        x_hat=math.sqrt(kept + 1 - 2 * product),
        scale=scale,
        # Along 1 nothing passes, along x_hat the share eps / (v + eps), along the other N - 2 directions all of it.
        gradient=math.sqrt((size - 2 + lost) / size),
        var_mean=(size - 1) / size,
        kurtosis=x_hat_kurtosis(size) * kept_twice,
    )


def closed_batch_errors(size: int) -> BatchErrors:
    """Return the closed forms: eps neglected, and for x_hat the first order in 1 / N."""
    if size == 1:
        return BatchErrors(1.0, math.inf, mean_companion_noise(1), math.inf, 0.0, 0.0, 0.0)
    return BatchErrors(
        mean=mean_standard_error(1, size),
        var=var_relative_error(size),
        x_hat=mean_companion_noise(size),
        scale=mean_inverse_std(size),
        gradient=gradient_share(size),
        var_mean=(size - 1) / size,
        kurtosis=x_hat_kurtosis(size),
    )


def var_density(var: ArrayLike, size: int) -> Array:
    """Return the density of the variance of a batch of N >= 2 normal values, at variances more than 0."""
    if size < 2:
        raise InputError(f"size must be at least 2; got {size}.")
    v, k = float64(var, "var"), size - 1
    log = (k / 2 - 1) * np.log(size * v / 2) - size * v / 2 - math.lgamma(k / 2)
    return np.asarray(size / 2 * np.exp(log))


def member_distance(x_hat: ArrayLike, size: int) -> float:
    """Return the Kolmogorov-Smirnov distance of members of batches of N from the distribution of x_hat.

    Parameters
    ----------
    x_hat : array, shape (R,)
        One member of each batch, eps neglected.
    size : int
        N. One value is on the mean of its batch: 0. Of two values one is as likely above it as below: how far the
        share of those above is from 1/2.

    Notes
    -----
    x_hat**2 / (N - 1) has a Beta(1/2, (N - 2) / 2) distribution. With x_hat = sqrt(N - 1) sin(a) the density of the
    angle a is proportional to cos(a)**(N - 3).
    """
    drawn = np.sort(float64(x_hat, "x_hat"))
    if size < 3:
        return float(abs(np.mean(drawn > 0) - 0.5)) if size == 2 else 0.0
    angle, below = _angle_nodes(size)
    reached = np.arcsin(np.clip(drawn / x_hat_bound(size), -1, 1))
    expected, share = np.interp(reached, angle, below), np.arange(drawn.size + 1) / drawn.size
    return float(max(np.max(share[1:] - expected), np.max(expected - share[:-1])))


@lru_cache(maxsize=32)  # 64 kB each
def _angle_nodes(size: int) -> tuple[Array, Array]:
    """Return angles of a member of a batch of N >= 3, and the probability of each to be below."""
    angle = np.linspace(-math.pi / 2, math.pi / 2, ANGLES)
    density = np.abs(np.cos(angle)) ** (size - 3)
    below = np.concatenate(([0.0], np.cumsum(density[1:] + density[:-1])))
    return angle, below / below[-1]
