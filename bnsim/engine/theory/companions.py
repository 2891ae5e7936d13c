"""What training mode makes of one fixed value among random companions: the exact distribution of its x_hat.

The batch holds the value z and n = size - 1 independent standard normal companions, with mean m and biased variance
s**2: sqrt(n) m is standard normal, and r = sqrt(n) s is chi with n - 1 degrees of freedom, independent of m. With
d = z - m, the batch of n + 1 has

    x - mean = d n / (n + 1)    and    var = r**2 / (n + 1) + d**2 n / (n + 1)**2.

In r = a sinh(u) and d = b sinh(v), a and b so that eps + r**2 / (n + 1) = eps cosh(u)**2 and x_hat = sqrt(n) tanh(v),
everything is smooth, however small eps is: Gauss-Legendre quadrature in u and v gives eleven digits and more.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from bnsim.engine.arrays import Array, positive
from bnsim.errors import InputError

REACH = 9.0
"""Standard deviations of normal variables that are integrated over; beyond lies 1e-19 of them."""

FAR = 1e6
"""From so many standard deviations on the digits of z - m are those of z: the spread of m is neglected."""

SMOOTH, AROUND = 8, 4.6
"""From this batch on x_hat bends little; the spread of the companions is looked at so far around its middle."""

OF_R, OF_D = np.polynomial.legendre.leggauss(20), np.polynomial.hermite_e.hermegauss(12)


class Rule(NamedTuple):
    """How to integrate: nodes and weights of each panel, from -1 to 1.

    With where panels end, in standard deviations from the middle.
    """

    nodes: Array
    weights: Array
    cuts: tuple[float, ...]


FINE = Rule(*np.polynomial.legendre.leggauss(16), cuts=(-REACH, -6.0, -3.0, 0.0, 3.0, 6.0, REACH))
COARSE = Rule(*np.polynomial.legendre.leggauss(10), cuts=FINE.cuts)
"""For pictures, which show few digits: two fifths of the points in each panel, a sixth of all."""


@dataclass(frozen=True)
class CompanionMoments:
    """Mean, standard deviation and kurtosis (3 for a normal distribution, and for no spread at all)."""

    mean: float
    std: float
    kurtosis: float


def companion_moments(z: float, size: int, *, eps: float) -> CompanionMoments:
    """Return the moments of x_hat of one fixed value among random companions.

    Parameters
    ----------
    z : float
        The value, in standard deviations of the normal population that the companions come from.
    size : int, at least 1
        The batch: the value and size - 1 companions. Alone it is its own mean, and x_hat is 0.
    eps : float, more than 0
        Added to the variance under the root, in units of the population variance.

    Examples
    --------
    >>> found = companion_moments(0.0, 3, eps=1e-5 / 2.5**2)
    >>> round(found.mean, 12) + 0.0, round(found.std, 6)
    (0.0, 0.855572)
    """
    _check(z, size, eps)
    if size == 1:
        return CompanionMoments(0.0, 0.0, 3.0)
    x_hat, share = _distributed(z, size, eps, FINE)
    mean = float((share * x_hat).sum())
    apart = x_hat - mean
    std = _unless_rounding(math.sqrt(float((share * np.square(apart)).sum())), mean)
    kurtosis = float((share * np.square(np.square(apart / std))).sum()) if std else 3.0
    return CompanionMoments(mean, std, kurtosis)


@lru_cache(maxsize=4096)  # a slider's positions are asked for again and again
def _coarse_moments(z: float, size: int, eps: float) -> tuple[float, float]:
    """Return mean and standard deviation of x_hat, see `companion_means`."""
    x_hat, share = _distributed(z, size, eps, COARSE)
    share /= share.sum()
    mean = float(np.vdot(share, x_hat))
    return mean, _unless_rounding(math.sqrt(float(np.vdot(share, np.square(x_hat - mean)))), mean)


def _unless_rounding(std: float, mean: float) -> float:
    """Return a standard deviation, but 0 for one that is no more than a few roundings of the mean."""
    return 0.0 if std <= 4 * np.spacing(abs(mean)) else std


def companion_means(z: Array, size: Array, *, eps: float) -> tuple[Array, Array]:
    """Return mean and standard deviation of x_hat for many cases at once, each of shape (K,).

    Parameters
    ----------
    z, size : array, shape (K,)
        As for `companion_moments`; size at least 2.
    eps : float, more than 0

    Notes
    -----
    Four digits and more of the standard deviation, most of them six. Batches of less than 8 are integrated over as in
    `companion_moments`, in fewer points. In larger ones x_hat is smooth in r and in d: 20 Gauss-Legendre points of r
    and 12 Gauss-Hermite points of d are enough.

    Examples
    --------
    >>> mean, std = companion_means(np.array([0.0, 0.4]), np.array([3, 32]), eps=1e-5 / 2.5**2)
    >>> std.round(6)
    array([0.855572, 0.191889])
    """
    mean, std = np.empty((2, len(z)))
    few = size < SMOOTH
    for at in np.flatnonzero(few):
        mean[at], std[at] = _coarse_moments(float(z[at]), int(size[at]), eps)
    n = size[~few, None, None] - 1.0
    middle = np.sqrt(n[..., 0] - 1)
    low, high = np.maximum(middle - AROUND, 0.0), middle + AROUND
    r = (low + high) / 2 + (high - low) / 2 * OF_R[0]
    share = OF_R[1] * np.exp((n[..., 0] - 2) * np.log(r / middle) - (np.square(r) - np.square(middle)) / 2)
    share = (share / share.sum(axis=1, keepdims=True))[..., None] * (OF_D[1] / OF_D[1].sum())
    d = z[~few, None, None] + OF_D[0] / np.sqrt(n)
    x_hat = d * n / (n + 1) / np.sqrt(np.square(r)[..., None] / (n + 1) + np.square(d) * n / (n + 1) ** 2 + eps)
    mean[~few] = (share * x_hat).sum(axis=(1, 2))
    std[~few] = np.sqrt((share * np.square(x_hat - mean[~few, None, None])).sum(axis=(1, 2)))
    return mean, std


def _check(z: float, size: int, eps: float) -> None:
    positive(eps, "eps")
    if not math.isfinite(z):
        raise InputError(f"z must be a finite number; got {z:g}.")
    if size < 1:
        raise InputError(f"size must be at least 1; got {size:g}.")


def _distributed(z: float, size: int, eps: float, rule: Rule) -> tuple[Array, Array]:
    """Return values of x_hat and their probabilities, in batches of two and more."""
    n, (u, of_u) = size - 1, _spread_of_companions(size, eps, rule)
    scale = size * math.sqrt(eps / n) * np.cosh(u)  # d = scale * sinh(v)
    v, of_v = _distances(z, n, scale, rule)
    return math.sqrt(n) * np.tanh(v), of_u[:, None] * of_v


def _panels(ends: Iterable[float], rule: Rule) -> tuple[Array, Array]:
    """Return nodes and weights of the panels between neighbouring ends, shape (nodes * panels,)."""
    at = np.array(sorted(set(ends)))
    half = np.diff(at)[:, None] / 2
    return (at[:-1, None] + half * (1 + rule.nodes)).ravel(), (half * rule.weights).ravel()


def _ends_of_u(size: int, eps: float, cuts: tuple[float, ...]) -> list[float]:
    """Return the ends of panels in u: at the cuts of r, and closer to 0 where the range goes that far."""
    middle, scale = math.sqrt(size - 2), math.sqrt(size * eps)
    ends = [middle + cut for cut in cuts if middle + cut > 0]
    if len(ends) < len(cuts):
        ends += [0.0, ends[0] / 32, ends[0] / 4]
    return sorted(math.asinh(r / scale) for r in ends)


def _density_of_u(u: Array, size: int, eps: float) -> Array:
    """Return the density of u, with a sinh(u) chi with size - 2 degrees of freedom."""
    k, a = size - 2, math.sqrt(size * eps)
    r = a * np.sinh(u)
    log = (k - 1) * np.log(r) - r**2 / 2 - (k / 2 - 1) * math.log(2) - math.lgamma(k / 2)
    density: Array = np.exp(log) * a * np.cosh(u)
    return density


def _spread_of_companions(size: int, eps: float, rule: Rule) -> tuple[Array, Array]:
    """Return values of u and their probabilities; one companion has no spread."""
    if size == 2:
        return np.zeros(1), np.ones(1)
    u, weight = _panels(_ends_of_u(size, eps, rule.cuts), rule)
    return u, weight * _density_of_u(u, size, eps)


def _distances(z: float, n: int, scale: Array, rule: Rule) -> tuple[Array, Array]:
    """Return values of v and their probabilities, a row for each scale, shape (len(scale), points)."""
    if abs(z) * math.sqrt(n) >= FAR:
        return np.arcsinh(z / scale)[:, None], np.ones((scale.size, 1))
    cuts = np.array(rule.cuts) / math.sqrt(n)
    ends = z + cuts
    if ends[0] < 0 < ends[-1]:  # x_hat bends at 0
        near = np.array([-0.3, 0.0, 0.3]) / math.sqrt(n)
        ends = np.union1d(ends, near[(ends[0] < near) & (near < ends[-1])])
    ends = np.arcsinh(ends[:, None] / scale)
    half = np.diff(ends, axis=0)[..., None] / 2
    v = ends[:-1, :, None] + half * (1 + rule.nodes)
    d = scale[:, None] * np.sinh(v)
    density = math.sqrt(n / (2 * math.pi)) * np.exp(-n * np.square(d - z) / 2)
    share = half * rule.weights * density * scale[:, None] * np.cosh(v)
    return np.hstack(list(v)), np.hstack(list(share))
