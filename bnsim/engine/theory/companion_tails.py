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

MOST_STEPS, SETTLED = 80, 1e-7
"""Newton's steps towards a quantile, of which a few are enough but for the smallest batches. Each squares what is
missing: after so small a step nothing is."""

ASTRAY = 0.5
"""In standard deviations of a normal variable: a small step is no sign of being near where so much is missing."""

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


class Spreads(NamedTuple):
    """What the spread of the companions is in each of K batches of three and more, whatever t is.

    `degrees`: of freedom of r. `root`: of the number of companions. `scale`: sqrt(size * eps). `norm`: the logarithm of
    what the density of r is divided by. These and `z` have shape (K, 1); `ends` of panels in u, shape (K, 8), are in
    their order. So are `steps`, shape (K, 7): how far d may be from z where the normal tail bends.
    """

    z: Array
    degrees: Array
    root: Array
    scale: Array
    norm: Array
    ends: Array
    steps: Array

    def of(self, which: Array) -> "Spreads":
        """Return some of the cases."""
        return Spreads(*(each[which] for each in self))


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
    tail = _normal(root * (t * np.sqrt(cases.size * cases.eps) - cases.z))[0]  # of one companion
    (several,) = np.nonzero(cases.size > 2)
    if several.size:
        spreads = _spreads(Cases(*(each[several] for each in cases)))
        tail[several] = _beyond(t[several], spreads)[0]
    return np.clip(np.where(inside, tail, flat < 0), 0.0, 1.0).reshape(asked.shape)


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
    """Return t at which the tail is that of a normal variable beyond -`wanted`.

    One companion has no spread; with more of them by Newton's steps within brackets.
    """
    z, size, eps = cases
    with quiet():
        t: Array = (z + wanted) / np.sqrt(size * eps)
    (several,) = np.nonzero(size > 2)
    if several.size:
        t[several] = _solved_of_several(wanted[several], Cases(*(each[several] for each in cases)), least)
    return t


def _solved_of_several(wanted: Array, cases: Cases, least: float) -> Array:
    """Return what `_solved` does, for batches of three and more."""
    spreads = _spreads(cases)
    t = _first_guess(wanted, spreads)
    low, high = np.full(t.shape, -np.inf), np.full(t.shape, np.inf)
    open_ones = np.arange(t.size)
    for _ in range(MOST_STEPS):
        at = t[open_ones]
        tail, slope = _beyond(at, spreads)
        reached = np.array([_normal_quantile(1 - each) for each in tail.tolist()])
        missing = wanted[open_ones] - reached
        low[open_ones] = np.where(missing > 0, at, low[open_ones])
        high[open_ones] = np.where(missing < 0, at, high[open_ones])
        with quiet():
            step = missing * np.exp(-np.square(reached) / 2) / math.sqrt(2 * math.pi) / slope
        t[open_ones] = _within(at, at + step, low[open_ones], high[open_ones])
        moved = np.abs(t[open_ones] - at)
        goes_on = (missing != 0) & ((moved > least * np.abs(at)) | (np.abs(missing) > ASTRAY) & (moved > 0))
        if not goes_on.any():
            break
        if not goes_on.all():
            open_ones, spreads = open_ones[goes_on], spreads.of(goes_on)
    return t


def _first_guess(wanted: Array, spreads: Spreads) -> Array:
    """Return about what `_solved` does: sqrt(size * eps + r**2) is taken to be normal (Johnson and Welch 1940).

    Its mean is about that of r; how far it spreads is taken from that quantile of r, the lower or the upper one, which
    has a part in the one that is sought.
    """
    z, k, root, scale, norm = (each[:, 0] for each in spreads[:5])
    sign = -np.sign(wanted * z) - (z == 0)
    share = np.array([_below(-abs(each)) for each in wanted.tolist()])
    with quiet():
        # Of r by Wilson and Hilferty (1931); the lower one by how its density begins where that is larger.
        cubed = np.maximum(1 - 2 / (9 * k) + sign * np.abs(wanted) * np.sqrt(2 / (9 * k)), 0.0) ** 1.5 * np.sqrt(k)
        r = np.where(sign < 0, np.maximum(cubed, np.exp((np.log(share) + norm + np.log(k)) / k)), cubed)
        mean, end = (np.sqrt(np.square(scale) + squared) for squared in (k - 0.5 + 1 / (8 * k), np.square(r)))
        left, error = end * (2 * mean - end), np.square(wanted / root)
        away = np.sign(wanted) * np.sqrt(np.maximum(np.square(z * (mean - end)) + error * left, 0.0))
        # The solution of left * t**2 - 2 * z * mean * t + z**2 - error = 0, without cancellation.
        guess = np.where(sign < 0, (z * mean + away) / left, (np.square(z) - error) / (z * mean - away))
        typical = (z + wanted * np.sqrt((1 + np.square(z) / 2) / (k + 1))) / np.sqrt(np.square(scale) + k + 0.5)
    # At the upper quantile of r there may be no such solution, or only one far away.
    reach = np.abs(z / mean) + 20 * np.abs(wanted) / root / np.minimum(mean, 1.0)
    near = np.isfinite(guess) & ((sign < 0) | (np.abs(guess) <= reach))
    found: Array = np.where(near, guess, np.where(np.isfinite(typical), typical, z / mean))
    return found


def _within(at: Array, next_one: Array, low: Array, high: Array) -> Array:
    """Return the next t if it is between the brackets; else their middle, or further out where one is open.

    In the middle of far brackets is what has half the digits of both.
    """
    with quiet():
        middle = np.sinh((np.arcsinh(low) + np.arcsinh(high)) / 2)
    outward = np.where(np.isinf(high), at + np.abs(at) + 1, at - np.abs(at) - 1)
    safe = np.where(np.isfinite(middle), middle, outward)
    good = np.isfinite(next_one) & (next_one >= low) & (next_one <= high)
    found: Array = np.where(good, next_one, safe)
    return found


def _below(t: float) -> float:
    return 0.5 * math.erfc(-t / math.sqrt(2))


def _normal_quantile(share: float) -> float:
    if not 0 < share < 1:
        return math.inf if share >= 1 else -math.inf
    return NormalDist().inv_cdf(share)


def _beyond(t: Array, spreads: Spreads) -> tuple[Array, Array]:
    """Return the probability that d is more than t * sqrt(size * eps + r**2), and minus its derivative in t."""
    row, u, weight = _nodes(t, spreads)
    z, degrees, root, scale, norm = (each[row] for each in spreads[:5])
    r = scale * np.sinh(u)
    rho = np.sqrt(np.square(scale) + np.square(r))
    share = np.exp((degrees - 1) * np.log(r) - np.square(r) / 2 - norm) * rho * weight
    above, falling = _normal(root * (t[row, None] * rho - z))
    tail, slope = (np.bincount(row, np.vecdot(share, each), minlength=t.size) for each in (above, falling * rho))
    if not t.all():
        # At 0 it is on which side of z the mean of the companions is, whatever their spread.
        tail = np.where(t == 0, _normal(-spreads.root * spreads.z)[0][:, 0], tail)
    return tail, slope * spreads.root[:, 0]


def _spreads(cases: Cases) -> Spreads:
    """Return what the spread of the companions is in cases of batches of three and more."""
    z, size, eps = (each[:, None] for each in cases)
    scale, root = np.sqrt(size * eps), np.sqrt(size - 1)
    norm = [(each / 2 - 1) * math.log(2) + math.lgamma(each / 2) for each in (cases.size - 2).tolist()]
    ends = np.sqrt(size - 2) + np.array(CUTS)
    inner = ends > 0
    first = np.where(inner, ends, np.inf).min(axis=1)[:, None]
    more = np.where(inner.all(axis=1)[:, None], first, first * np.array(NEAR_ZERO))
    ends = np.sort(np.arcsinh(np.hstack([np.where(inner, ends, more[:, :1]), more]) / scale), axis=1)
    return Spreads(z, size - 2, root, scale, np.array(norm)[:, None], ends, np.array(BENDS) / root)


def _nodes(t: Array, spreads: Spreads) -> tuple[Array, Array, Array]:
    """Return the panels of all cases that have a width: the case of each, its nodes in u, and their weights."""
    ends = spreads.ends
    with quiet():
        bends = np.arccosh((spreads.z + spreads.steps) / (t[:, None] * spreads.scale))
    low, high = ends[:, :1], ends[:, -1:]
    ends = np.sort(np.hstack([ends, np.where((bends > low) & (bends < high), bends, low)]), axis=1)
    half = np.diff(ends, axis=1) / 2
    row, panel = np.nonzero(half > 0)
    width = half[row, panel][:, None]
    return row, ends[row, panel][:, None] + width * (1 + NODES), width * WEIGHTS


def _normal(t: Array) -> tuple[Array, Array]:
    """Return the normal tail beyond t and the density at t: from the nearest place of the table by Taylor's series.

    Its next term is below 3e-15; beyond 9 standard deviations the tail is 1 or 0.
    """
    near = np.rint(np.clip(t, -FAR, FAR) * PER_UNIT)
    at, x = near.astype(np.intp) + int(FAR * PER_UNIT), near / PER_UNIT
    d, density = np.clip(t, -FAR, FAR) - x, DENSITY[at]
    above = ABOVE[at] - density * d * (1 - d * (x / 2 - d * (x * x - 1) / 6))
    return above, density * (1 - d * (x - d * (x * x - 1) / 2))
