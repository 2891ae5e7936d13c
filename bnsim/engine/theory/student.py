"""Student's t distribution, and Holm's correction for many tests at once."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, quiet
from bnsim.errors import InputError

TINY = 1e-300
"""Stands for 0 where the continued fraction would divide by it."""

MOST_TERMS = 1_000
ENOUGH = 1e-14

AS_NORMAL = 1e4
"""Degrees of freedom from which t is taken with so many: at four standard errors probabilities differ by 0.7 %."""

HALVINGS = 60
"""Of an interval as wide as 1e8: what is left is 1e-10."""
LARGEST = 1e8


def two_sided(t: ArrayLike, freedom: float) -> Array:
    """Return the probability that |T| is at least |t| for T of Student's t distribution.

    It is the regularized incomplete beta function I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t**2).

    Parameters
    ----------
    t : array
        Any numbers; infinity has probability 0, NaN stays NaN.
    freedom : float, more than 0
        Degrees of freedom.

    Examples
    --------
    >>> two_sided([0.0, 1.0], 1).round(4)
    array([1. , 0.5])
    """
    if not freedom > 0:
        raise InputError(f"freedom must be more than 0; got {freedom:g}.")
    values, freedom = np.abs(np.asarray(t, np.float64)), min(freedom, AS_NORMAL)
    known = np.where(np.isfinite(values), values, 0.0)
    with quiet():
        # Both x and 1 - x, so that neither is a difference of numbers that are nearly the same.
        x, rest = 1 / (1 + known**2 / freedom), 1 / (1 + freedom / known**2)
    is_tail = x < (freedom / 2 + 1) / (freedom / 2 + 2.5)
    # Where the other way is quicker, 1/4 stands in its place: else it would go on without end.
    tail = _lower(np.where(is_tail, x, 0.25), np.where(is_tail, rest, 0.75), freedom / 2, 0.5)
    middle = 1 - _lower(np.where(is_tail, 0.25, rest), np.where(is_tail, 0.75, x), 0.5, freedom / 2)
    found: Array = np.where(is_tail, tail, middle)
    found = np.where(np.isinf(values), 0.0, found)
    return np.where(np.isnan(values), np.nan, found)


@lru_cache(maxsize=256)
def critical(probability: float, freedom: float) -> float:
    """Return the t that |T| reaches with this probability.

    Examples
    --------
    >>> round(critical(0.05, 10), 3)
    2.228
    """
    low, high = 0.0, LARGEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(middle, freedom) > probability else (low, middle)
    return high


def holm(probabilities: ArrayLike) -> Array:
    """Return the probabilities corrected for how many there are; those of NaN are not counted and stay NaN.

    Whoever rejects what is then below 0.05 rejects anything that is true at most one time in twenty, whatever the tests
    have to do with each other: the smallest is multiplied by their number, the next one by one less, and so on.

    Notes
    -----
    Holm (1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    given = np.asarray(probabilities, np.float64)
    corrected = np.full(given.shape, np.nan)
    asked = np.flatnonzero(~np.isnan(given))
    order = asked[np.argsort(given[asked], kind="stable")]
    times = np.arange(len(order), 0, -1)
    corrected[order] = np.maximum.accumulate(np.minimum(given[order] * times, 1.0))
    return corrected


def _lower(x: Array, rest: Array, a: float, b: float) -> Array:
    """Return I_x(a, b) for x below (a + 1) / (a + b + 2), where the continued fraction of Lentz is quick."""
    of_beta = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    with quiet():
        front = np.exp(of_beta + a * np.log(x) + b * np.log(rest)) / a
    c, d = np.ones_like(x), 1 / _apart(1 - (a + b) * x / (a + 1))
    fraction = d
    for term in range(1, MOST_TERMS):
        for factor in (
            term * (b - term) * x / ((a + 2 * term - 1) * (a + 2 * term)),
            -(a + term) * (a + b + term) * x / ((a + 2 * term) * (a + 2 * term + 1)),
        ):
            c, d = _apart(1 + factor / c), 1 / _apart(1 + factor * d)
            fraction = fraction * c * d
        if not (np.abs(c * d - 1) > ENOUGH).any():
            break
    return front * fraction


def _apart(values: Array) -> Array:
    return np.where(np.abs(values) < TINY, TINY, values)
