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

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, positive
from bnsim.errors import InputError

REACH = 9.0
"""Standard deviations of normal variables that are integrated over; beyond lies 1e-19 of them."""

FAR = 1e6
"""From so many standard deviations on the digits of z - m are those of z: the spread of m is neglected."""

CUTS = (-REACH, -6.0, -3.0, 0.0, 3.0, 6.0, REACH)
"""Where the panels of the quadrature end, in standard deviations from the middle."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


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
    n, (u, of_u) = size - 1, _spread_of_companions(size, eps)
    scale = size * math.sqrt(eps / n) * np.cosh(u)  # d = scale * sinh(v)
    v, of_v = _distances(z, n, scale)
    x_hat, share = math.sqrt(n) * np.tanh(v), of_u[:, None] * of_v
    mean = float((share * x_hat).sum())
    apart = x_hat - mean
    var = float((share * np.square(apart)).sum())
    # A spread of a few roundings of the mean is none.
    if math.sqrt(var) <= 4 * np.spacing(abs(mean)):
        return CompanionMoments(mean, 0.0, 3.0)
    kurtosis = float((share * np.square(np.square(apart / math.sqrt(var)))).sum())
    return CompanionMoments(mean, math.sqrt(var), kurtosis)


def companion_tail(x_hat: ArrayLike, z: float, size: int, *, eps: float) -> Array:
    """Return the probability that x_hat of one fixed value among random companions is more than `x_hat`.

    Parameters
    ----------
    x_hat : array of any shape
        Where to ask; no member of a batch is beyond sqrt(size - 1).
    z, size, eps
        As for `companion_moments`; size at least 2.

    Examples
    --------
    >>> companion_tail([-1.0, 0.0, 1.0], 0.0, 2, eps=1e-5)
    array([1. , 0.5, 0. ])
    """
    _check(z, size, eps)
    if size == 1:
        raise InputError("size must be at least 2; got 1.")
    asked = np.asarray(x_hat, dtype=np.float64)
    return np.array([_beyond(each, z, size, eps) for each in asked.ravel().tolist()]).reshape(asked.shape)


def _check(z: float, size: int, eps: float) -> None:
    positive(eps, "eps")
    if not math.isfinite(z):
        raise InputError(f"z must be a finite number; got {z:g}.")
    if size < 1:
        raise InputError(f"size must be at least 1; got {size:g}.")


def _panels(ends: Iterable[float]) -> tuple[Array, Array]:
    """Return nodes and weights of the panels between neighbouring ends, shape (16 * panels,)."""
    at = np.array(sorted(set(ends)))
    half = np.diff(at)[:, None] / 2
    return (at[:-1, None] + half * (1 + NODES)).ravel(), (half * WEIGHTS).ravel()


def _ends_of_u(size: int, eps: float) -> list[float]:
    """Return the ends of panels in u: at the cuts of r, and closer to 0 where the range goes that far."""
    middle, scale = math.sqrt(size - 2), math.sqrt(size * eps)
    ends = [middle + cut for cut in CUTS if middle + cut > 0]
    if len(ends) < len(CUTS):
        ends += [0.0, ends[0] / 32, ends[0] / 4]
    return sorted(math.asinh(r / scale) for r in ends)


def _density_of_u(u: Array, size: int, eps: float) -> Array:
    """Return the density of u, with a sinh(u) chi with size - 2 degrees of freedom."""
    k, a = size - 2, math.sqrt(size * eps)
    r = a * np.sinh(u)
    log = (k - 1) * np.log(r) - r**2 / 2 - (k / 2 - 1) * math.log(2) - math.lgamma(k / 2)
    density: Array = np.exp(log) * a * np.cosh(u)
    return density


def _spread_of_companions(size: int, eps: float) -> tuple[Array, Array]:
    """Return values of u and their probabilities; one companion has no spread."""
    if size == 2:
        return np.zeros(1), np.ones(1)
    u, weight = _panels(_ends_of_u(size, eps))
    return u, weight * _density_of_u(u, size, eps)


def _distances(z: float, n: int, scale: Array) -> tuple[Array, Array]:
    """Return values of v and their probabilities, a row for each scale, shape (len(scale), points)."""
    if abs(z) * math.sqrt(n) >= FAR:
        return np.arcsinh(z / scale)[:, None], np.ones((scale.size, 1))
    cuts = np.array(CUTS) / math.sqrt(n)
    ends = z + cuts
    if ends[0] < 0 < ends[-1]:  # x_hat bends at 0
        near = np.array([-0.3, 0.0, 0.3]) / math.sqrt(n)
        ends = np.union1d(ends, near[(ends[0] < near) & (near < ends[-1])])
    ends = np.arcsinh(ends[:, None] / scale)
    half = np.diff(ends, axis=0)[..., None] / 2
    v = ends[:-1, :, None] + half * (1 + NODES)
    d = scale[:, None] * np.sinh(v)
    density = math.sqrt(n / (2 * math.pi)) * np.exp(-n * np.square(d - z) / 2)
    share = half * WEIGHTS * density * scale[:, None] * np.cosh(v)
    return np.hstack(list(v)), np.hstack(list(share))


def _beyond(x_hat: float, z: float, size: int, eps: float) -> float:
    """Return P(X > x_hat): given u, d must be more than slope * cosh(u)."""
    n = size - 1
    if abs(x_hat) >= math.sqrt(n):
        return float(x_hat < 0)
    if x_hat == 0:  # on the side of z on which the companions' mean is
        return _normal_above(-z * math.sqrt(n))
    slope = size * math.sqrt(eps / n) * math.sinh(math.atanh(x_hat / math.sqrt(n)))
    if size == 2:
        return _normal_above(slope - z)
    ends = _ends_of_u(size, eps)
    # The normal variable goes from one end to the other where slope * cosh(u) passes z: a step, if that is steep.
    steps = np.array([-8, -4, -2, 0, 2, 4, 8]) / math.sqrt(n)
    passed = [(z + step) / slope for step in steps] if slope else []
    bends = [math.acosh(each) for each in passed if 1 < each < math.inf]
    u, weight = _panels([*ends, *(each for each in bends if ends[0] < each < ends[-1])])
    above = [_normal_above(each) for each in (math.sqrt(n) * (slope * np.cosh(u) - z)).tolist()]
    share = float((weight * _density_of_u(u, size, eps)) @ np.array(above))
    return min(max(share, 0.0), 1.0)


def _normal_above(t: float) -> float:
    return 0.5 * math.erfc(t / math.sqrt(2))
