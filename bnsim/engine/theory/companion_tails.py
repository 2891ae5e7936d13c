"""How likely x_hat of one fixed value among random companions is beyond something, for many cases at once.

The batch is that of `bnsim.engine.theory.companions`. Given the spread of the companions, d = z - m must be more than
t * sqrt(size * eps + r**2), with t = x_hat / sqrt(n - x_hat**2) * sqrt(size / n): a normal tail, whose mean over r is
taken by Gauss-Legendre quadrature in u, r = sqrt(size * eps) sinh(u).
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, positive, quiet
from bnsim.errors import InputError

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)

CUTS = (-6.0, -3.0, 0.0, 3.0, 6.0)
"""Where panels end, from the middle of r, whose standard deviation is 0.7: beyond lies 1e-16 of it."""

BENDS = (-8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0)
"""The normal tail goes from 1 to 0 where its argument passes these: panels end there, too, lest a step be missed."""

NEAR_ZERO = (0.0, 1 / 32, 1 / 4)
"""Further ends of panels where the companions may have next to no spread, as shares of the first end."""

MOST_STEPS, SETTLED = 80, 1e-11
"""Newton's steps towards a quantile, of which a few are enough but for the smallest batches. Each squares what is
missing: after so small a step nothing is."""

FAR, PER_UNIT = 9.0, 1024
"""How far the normal distribution is tabulated, and in how many places per standard deviation."""

PLACES = np.arange(-FAR * PER_UNIT, FAR * PER_UNIT + 1) / PER_UNIT
ABOVE = np.array([0.5 * math.erfc(t / math.sqrt(2)) for t in PLACES.tolist()])
DENSITY = np.exp(-np.square(PLACES) / 2) / math.sqrt(2 * math.pi)


class Cases(NamedTuple):
    """What is asked, each of shape (K,): the value z, the size of the batch as a float, and eps."""

    z: Array
    size: Array
    eps: Array


def companion_tail(x_hat: ArrayLike, z: ArrayLike, size: ArrayLike, *, eps: ArrayLike) -> Array:
    """Return the probability that x_hat of one fixed value among random companions is more than `x_hat`.

    Parameters
    ----------
    x_hat : array of any shape
        Where to ask; no member of a batch is beyond sqrt(size - 1).
    z, size, eps : numbers, or arrays that go with `x_hat`
        As for `companion_moments`; size at least 2.

    Examples
    --------
    >>> companion_tail([-1.0, 0.0, 1.0], 0.0, 2, eps=1e-5)
    array([1. , 0.5, 0. ])
    """
    asked, *given = np.broadcast_arrays(np.asarray(x_hat, dtype=np.float64), z, size, eps)
    flat, cases = asked.ravel(), _checked(*given)
    root = np.sqrt(cases.size - 1)
    inside = np.abs(flat) < root
    x = np.where(inside, flat, 0.0)
    t = x / np.sqrt((root - x) * (root + x)) * np.sqrt(cases.size) / root
    tail = np.where(inside, _beyond(t, cases)[0], flat < 0)
    return np.clip(tail, 0.0, 1.0).reshape(asked.shape)


def companion_quantile(
    share: ArrayLike, z: ArrayLike, size: ArrayLike, *, eps: ArrayLike, settled: float = SETTLED
) -> Array:
    """Return what x_hat of one fixed value among random companions does not exceed with a probability of `share`.

    Parameters
    ----------
    share : array of any shape
        More than 0 and less than 1.
    z, size, eps : numbers, or arrays that go with `share`
        As for `companion_moments`; size at least 2.
    settled : float
        After a step of Newton's of so small a share of what is sought, or less, there is no other.

    Examples
    --------
    >>> companion_quantile([0.025, 0.5, 0.975], 0.0, 32, eps=1e-5).round(3) + 0.0
    array([-0.366,  0.   ,  0.366])
    """
    asked, *given = np.broadcast_arrays(np.asarray(share, dtype=np.float64), z, size, eps)
    refused = asked[~((asked > 0) & (asked < 1))]
    if refused.size:
        raise InputError(f"share must be more than 0 and less than 1; got {refused[0]:g}.")
    cases = _checked(*given)
    n = cases.size - 1
    wanted = np.array([NormalDist().inv_cdf(each) for each in asked.ravel().tolist()])
    t = _solved(wanted, cases, settled) * np.sqrt(n / cases.size)
    found: Array = np.sqrt(n) * t / np.hypot(1.0, t)
    return found.reshape(asked.shape)


def _checked(z: Array, size: Array, eps: Array) -> Cases:
    smallest, least = float(np.min(size, initial=2)), float(np.min(eps, initial=1.0))
    positive(least, "eps")
    if not np.isfinite(z).all():
        raise InputError(f"z must be finite numbers; got {z[~np.isfinite(z)][0]:g}.")
    if smallest < 2:
        raise InputError(f"size must be at least 2; got {smallest:g}.")
    return Cases(*(np.asarray(each, dtype=np.float64).ravel() for each in (z, size, eps)))


def _solved(wanted: Array, cases: Cases, least: float) -> Array:
    """Return t at which the tail is that of a normal variable beyond -`wanted`, by Newton's steps within brackets."""
    z, size, eps = cases
    typical = np.sqrt(size * eps + np.maximum(size - 1.5, 0.2))
    t: Array = (z + wanted * np.sqrt((1 + np.square(z) / 2) / (size - 1))) / typical
    low, high = np.full(t.shape, -np.inf), np.full(t.shape, np.inf)
    open_ones = np.arange(t.size)
    for _ in range(MOST_STEPS):
        at = t[open_ones]
        tail, slope = _beyond(at, Cases(*(each[open_ones] for each in cases)))
        reached = np.array([_normal_quantile(1 - each) for each in tail.tolist()])
        missing = wanted[open_ones] - reached
        low[open_ones] = np.where(missing > 0, at, low[open_ones])
        high[open_ones] = np.where(missing < 0, at, high[open_ones])
        with quiet():
            step = missing * np.exp(-np.square(reached) / 2) / math.sqrt(2 * math.pi) / slope
        t[open_ones] = _within(at, at + step, low[open_ones], high[open_ones])
        settled = np.abs(t[open_ones] - at) <= least * np.abs(at)
        open_ones = open_ones[~settled & (missing != 0)]
        if not open_ones.size:
            break
    return t


def _within(at: Array, next_one: Array, low: Array, high: Array) -> Array:
    """Return the next t if it is between the brackets; else their middle, or further out where one is open."""
    with quiet():
        middle = (low + high) / 2
    outward = np.where(np.isinf(high), at + np.abs(at) + 1, at - np.abs(at) - 1)
    safe = np.where(np.isfinite(middle), middle, outward)
    good = np.isfinite(next_one) & (next_one > low) & (next_one < high)
    found: Array = np.where(good, next_one, safe)
    return found


def _normal_quantile(share: float) -> float:
    if not 0 < share < 1:
        return math.inf if share >= 1 else -math.inf
    return NormalDist().inv_cdf(share)


def _beyond(t: Array, cases: Cases) -> tuple[Array, Array]:
    """Return the probability that d is more than t * sqrt(size * eps + r**2), and minus its derivative in t."""
    size, root = cases.size, np.sqrt(cases.size - 1)
    scale = np.sqrt(size * cases.eps)
    row, u, weight = _nodes(t * scale, cases)
    k, rho = (size - 2)[row, None], scale[row, None] * np.cosh(u)
    r = np.where(k > 0, scale[row, None] * np.sinh(u), 1.0)
    norm = np.array([(each / 2 - 1) * math.log(2) + math.lgamma(each / 2) for each in np.maximum(size - 2, 1).tolist()])
    density = np.exp((k - 1) * np.log(r) - np.square(r) / 2 - norm[row, None]) * rho
    share = np.where(k > 0, density, 1.0) * weight
    far = root[row, None] * (t[row, None] * rho - cases.z[row, None])
    above, falling = _normal(far)
    tail, slope = (np.bincount(row, (share * each).sum(axis=1), minlength=t.size) for each in (above, falling * rho))
    # At 0 it is on which side of z the mean of the companions is, whatever their spread.
    return np.where(t == 0, _normal(-root * cases.z)[0], tail), slope * root


def _nodes(slope: Array, cases: Cases) -> tuple[Array, Array, Array]:
    """Return the panels of all cases that have a width: the case of each, and its nodes and weights in u, (panels, 16).

    One companion has no spread: a single node at 0, with all of the weight.
    """
    size, scale = cases.size, np.sqrt(cases.size * cases.eps)
    ends = np.sqrt(size - 2)[:, None] + np.array(CUTS)
    inner = ends > 0
    first = np.where(inner, ends, np.inf).min(axis=1)[:, None]
    more = np.where(inner.all(axis=1)[:, None], first, first * np.array(NEAR_ZERO))
    ends = np.arcsinh(np.hstack([np.where(inner, ends, more[:, :1]), more]) / scale[:, None])
    with quiet():
        steps = np.array(BENDS) / np.sqrt(size - 1)[:, None]
        bends = np.arccosh((cases.z[:, None] + steps) / slope[:, None])
    low, high = ends.min(axis=1)[:, None], ends.max(axis=1)[:, None]
    ends = np.sort(np.hstack([ends, np.where((bends > low) & (bends < high), bends, low)]), axis=1)
    half = np.diff(ends, axis=1) / 2
    row, panel = np.nonzero((half > 0) & (size > 2)[:, None])
    width = half[row, panel][:, None]
    u, weight = ends[row, panel][:, None] + width * (1 + NODES), width * WEIGHTS
    (pairs,) = np.nonzero(size == 2)
    single = np.zeros((pairs.size, NODES.size))
    whole = single.copy()
    whole[:, 0] = 1.0
    return np.concatenate([row, pairs]), np.concatenate([u, single]), np.concatenate([weight, whole])


def _normal(t: Array) -> tuple[Array, Array]:
    """Return the normal tail beyond t and the density at t: from the nearest place of the table by Taylor's series.

    Its next term is below 3e-15; beyond 9 standard deviations the tail is 1 or 0.
    """
    near = np.rint(np.clip(t, -FAR, FAR) * PER_UNIT)
    at, x = near.astype(np.intp) + int(FAR * PER_UNIT), near / PER_UNIT
    d, density = np.clip(t, -FAR, FAR) - x, DENSITY[at]
    above = ABOVE[at] - density * d * (1 - d * (x / 2 - d * (x * x - 1) / 6))
    return above, density * (1 - d * (x - d * (x * x - 1) / 2))
