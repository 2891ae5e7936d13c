"""What batch norm makes of one value among random companions: its exact distribution."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, positive
from bnsim.errors import InputError

POINTS = 200  # of each integration: the trapezoidal rule over a smooth hill, exact to ten digits and more
REACH = 9.0  # standard deviations on either side, beyond which less than 1e-18 is left
FAR = 1e6  # from where the spread of the companions' mean is lost beside the distance to it


@dataclass(frozen=True, eq=False)
class CompanionLaw:
    """The distribution of x_hat of one value among companions that are drawn anew for each batch.

    Attributes
    ----------
    count : int
        Companions, n.
    shift : float
        The value times sqrt(n): its distance from the mean of all companions, in standard errors of their mean.
    spread, shares : float64, shape (K,)
        Possible values of s, see `companion_law`, and their probabilities.
    """

    count: int
    shift: float
    spread: Array
    shares: Array

    @cached_property
    def moments(self) -> tuple[float, float, float]:
        """Mean, standard deviation and kurtosis of x_hat; the kurtosis is 3 where there is no spread."""
        return _moments(self.count, self.shift, self.spread, self.shares) if self.count else (0.0, 0.0, 3.0)

    def below(self, x_hat: ArrayLike) -> Array:
        """Return the probability that x_hat is at most each of these values."""
        asked = np.asarray(x_hat, np.float64)
        if self.count == 0:
            return np.where(asked >= 0, 1.0, 0.0)
        room = np.sqrt(self.count)
        inside = np.clip(asked, -room, room)
        with np.errstate(divide="ignore"):
            tangent = inside / np.sqrt(np.maximum((room - inside) * (room + inside), 0.0))
        edges = (tangent[..., None] * self.spread - self.shift) / -math.sqrt(2)
        shares = np.array([math.erfc(edge) / 2 for edge in edges.ravel()]).reshape(edges.shape) @ self.shares
        found: Array = np.where(asked >= room, 1.0, np.minimum(shares, 1.0))
        return found


def companion_law(z: float, size: int, eps: float) -> CompanionLaw:
    """Return the distribution of x_hat of a value z in a batch with size - 1 standard normal companions.

    Parameters
    ----------
    z : float
        The value, in standard deviations of the population and from its mean.
    size : int, at least 1
        Size of the batch, the value included.
    eps : float, more than 0
        Over the variance of the population.

    Notes
    -----
    With n companions of mean m and biased variance v, independent of each other, g = sqrt(n) (z - m) is normal with
    mean sqrt(n) z and variance 1, n v is chi-squared with n - 1 degrees of freedom, and

        x_hat = sqrt(n) g / sqrt(g**2 + s**2)    with    s**2 = (n + 1) n v + (n + 1)**2 eps.

    For given s that rises with g, so x_hat is below c with probability E[Phi(c s / sqrt(n - c**2) - sqrt(n) z)].

    Examples
    --------
    >>> law = companion_law(0.0, 3, 1e-12)
    >>> round(law.moments[1], 6), float(law.below(0.0).round(12))
    (0.8556, 0.5)
    """
    if size < 1:
        raise InputError(f"size must be at least 1; got {size}.")
    n, eps = size - 1, positive(eps, "eps")
    if n == 0:
        return CompanionLaw(0, 0.0, np.ones(1), np.ones(1))
    chi, shares = _chi(n - 1)
    return CompanionLaw(n, z * math.sqrt(n), np.hypot(math.sqrt(size) * chi, size * math.sqrt(eps)), shares)


def _chi(degrees: int) -> tuple[Array, Array]:
    """Return values of a chi variable and their probabilities, in even steps of its logarithm."""
    if degrees == 0:
        return np.zeros(1), np.ones(1)
    middle = math.sqrt(degrees)
    # Near 0 the probability of less than a is at most (a**2 e / degrees)**(degrees / 2).
    low = max(middle - REACH, middle * math.exp(-0.5) * 10 ** (-18 / degrees))
    log = np.linspace(math.log(low), math.log(middle + REACH), POINTS)
    chi = np.exp(log)
    exponent = degrees * log - chi**2 / 2
    shares = np.exp(exponent - exponent.max())
    return chi, shares / shares.sum()


def _moments(n: int, shift: float, spread: Array, of_spread: Array) -> tuple[float, float, float]:
    """Return mean, standard deviation and kurtosis of sqrt(n) g / sqrt(g**2 + s**2), which is sqrt(n) tanh(v).

    In even steps of v, g = s sinh(v), from `REACH` below the mean of g to as much above.
    """
    reach = REACH if abs(shift) <= FAR else 0.0
    low, high = np.arcsinh((shift - reach) / spread), np.arcsinh((shift + reach) / spread)
    v = np.linspace(low, high, POINTS)
    if reach:
        shares = of_spread * (high - low) * spread * np.cosh(v) * np.exp(-np.square(spread * np.sinh(v) - shift) / 2)
    else:
        shares = np.broadcast_to(of_spread, v.shape)
    shares = shares / shares.sum()
    x_hat = math.sqrt(n) * np.tanh(v)
    mean = float((shares * x_hat).sum())
    var = float((shares * np.square(x_hat - mean)).sum())
    if math.sqrt(var) <= 1e-15 * abs(mean):  # only the rounding of tanh
        return mean, 0.0, 3.0
    return mean, math.sqrt(var), float((shares * np.square(np.square(x_hat - mean) / var)).sum())
