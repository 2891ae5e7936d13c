"""Densities to draw: the normal curve, and a histogram with a bounded number of bins."""

import math

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, quiet, real_array
from bnsim.errors import InputError

MOST_BINS = 60
LARGEST = 1e300  # the difference of two drawn values must still be a float


def normal_curve(mean: float, std: float, points: int = 81, reach: float = 4.0) -> tuple[Array, Array]:
    """Return the density of N(mean, std**2) on an even grid.

    Parameters
    ----------
    mean, std : float
        Centre and spread. With std = 0 all mass sits in one point and there is no density: both arrays
        are empty, as they are when a number is not finite.
    points : int, at least 2
        Grid points; an odd number has the peak among them.
    reach : float, more than 0
        Half width of the grid, in standard deviations.

    Returns
    -------
    value, density : float64, shape (points,) or (0,)
        The density has unit 1 / value.

    Raises
    ------
    InputError
        If std is negative, points less than 2 or reach not more than 0.

    Examples
    --------
    >>> value, density = normal_curve(0.0, 1.0, points=3, reach=2.0)
    >>> value, density.round(6)
    (array([-2.,  0.,  2.]), array([0.053991, 0.398942, 0.053991]))
    """
    if std < 0:
        raise InputError(f"std must not be negative; got {std:g}.")
    if points < 2:
        raise InputError(f"points must be at least 2; got {points}.")
    if not 0 < reach < math.inf:
        raise InputError(f"reach must be a number more than 0; got {reach:g}.")
    if std == 0 or not math.isfinite(mean + reach * std) or not math.isfinite(mean - reach * std):
        return np.empty(0), np.empty(0)
    z = np.linspace(-reach, reach, points)
    with quiet():
        return mean + std * z, np.exp(-0.5 * z**2) / (std * math.sqrt(2 * math.pi))


def histogram(values: ArrayLike, bins: int | None = None) -> tuple[Array, Array, Array]:
    """Return the histogram of `values` as a density: bins of equal width whose areas sum to 1.

    Parameters
    ----------
    values : array of any shape
        NaN, infinity and what lies beyond 1e300 have no place on an axis; they are left out.
    bins : int from 1 to 60, optional
        Without it, the width of Freedman and Diaconis (1981), 2 IQR / n**(1/3), with at most 60 bins.

    Returns
    -------
    left, right, density : float64, shape (bins,)
        The edges of each bin and its share of the values divided by its width. One bin of width 1
        (wider where the floats are) holds values that are all the same. Empty if no value is left.

    Raises
    ------
    InputError
        If `bins` is out of range, or `values` are not real numbers.

    Examples
    --------
    >>> histogram([0.0, 1.0, 1.0, 4.0], bins=2)
    (array([0., 2.]), array([2., 4.]), array([0.375, 0.125]))
    """
    if bins is not None and not 1 <= bins <= MOST_BINS:
        raise InputError(f"bins must be a whole number from 1 to {MOST_BINS}; got {bins}.")
    flat = real_array(values, "values").astype(np.float64, copy=False).ravel()
    flat = flat[np.abs(flat) <= LARGEST]
    if flat.size == 0:
        return np.empty(0), np.empty(0), np.empty(0)
    low, high = float(flat.min()), float(flat.max())
    bins = bins or _bins_for(flat, low, high)
    finest = max(float(np.spacing(max(abs(low), abs(high)))), 1 / LARGEST)
    if (high - low) / bins <= finest:
        half = max(0.5, 4 * finest)
        low, high, bins = low - half, high + half, 1
    return _shares(flat, low, high, bins)


def outline(left: Array, right: Array, density: Array) -> tuple[Array, Array]:
    """Return the outline of a histogram, each of its arrays of shape (bins,): from the ground and back.

    Returns
    -------
    value, density : float64, shape (2 * bins + 2,)
    """
    edges = np.append(left, right[-1])
    return np.repeat(edges, 2), np.concatenate(([0.0], np.repeat(density, 2), [0.0]))


def histogram_outline(values: ArrayLike) -> tuple[Array, Array]:
    """Return the outline of the histogram of `values`; where all are the same, one value with density 0 and infinity.

    Parameters
    ----------
    values : array of any shape
        At least one number; see `histogram`.

    Examples
    --------
    >>> histogram_outline([7.0, 7.0])
    (array([7., 7.]), array([ 0., inf]))
    """
    flat = real_array(values, "values").astype(np.float64, copy=False).ravel()
    if np.all(flat == flat[0]):
        return np.full(2, flat[0]), np.array([0.0, np.inf])
    return outline(*histogram(flat))


def _bins_for(flat: Array, low: float, high: float) -> int:
    """Return the number of bins of Freedman and Diaconis; of Sturges where half of the values coincide."""
    lower, upper = np.percentile(flat, [25, 75])
    width = 2 * (upper - lower) / flat.size ** (1 / 3)
    with np.errstate(over="ignore"):
        wanted = (high - low) / width if width > 0 else math.log2(flat.size) + 1
    return math.ceil(min(wanted, MOST_BINS))


def _shares(flat: Array, low: float, high: float, bins: int) -> tuple[Array, Array, Array]:
    width = (high - low) / bins
    inside = np.clip(((flat - low) / width).astype(np.intp), 0, bins - 1)
    edges = low + width * np.arange(bins + 1)
    edges[-1] = high
    return edges[:-1], edges[1:], np.bincount(inside, minlength=bins) / flat.size / width
