"""What theory says about batch norm, as functions: each names its source, and a simulation in the tests agrees.

Throughout, N is the number of values a statistic is taken over, the values are independent and normal, and
variances of batches are biased (divided by N).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from bnsim.engine.arrays import Array, float64, positive, quiet
from bnsim.engine.statistics.momentum import ema_lag, initial_weight
from bnsim.errors import InputError

RELU_GROWTH_LIMIT = math.pi / (math.pi - 1)  # 1.4669: Yang et al. (2019), Theorem 8


def _at_least(least: int, count: float, name: str = "count") -> None:
    if not count >= least:
        raise InputError(f"{name} must be at least {least}; got {count:g}.")
    if count == math.inf:
        raise InputError(f"{name} must be finite; got inf.")


def _not_negative(value: float, name: str) -> float:
    if not value >= 0:
        raise InputError(f"{name} must not be negative; got {value:g}.")
    return value


def mean_standard_error(std: float, count: int) -> float:
    """Return the standard deviation of a batch mean: std / sqrt(N)."""
    _at_least(1, count)
    return std / math.sqrt(count)


def std_standard_error(std: float, count: int) -> float:
    """Return the standard deviation of a batch's (biased) standard deviation: std times that of chi_(N-1), / sqrt(N).

    Var[chi_k] = k - 2 (gamma((k + 1) / 2) / gamma(k / 2))^2; from k = 50 on its series in 1 / k, 1/2 - 1 / (8 k) -
    1 / (16 k^2) + 5 / (128 k^3), which is right to 1e-9 there, while the difference would lose its digits.

    Examples
    --------
    >>> round(std_standard_error(1.0, 32), 4)
    0.1245
    """
    _at_least(1, count)
    k = count - 1
    if k == 0:
        return 0.0
    if k < 50:
        var = k - 2 * math.exp(2 * (math.lgamma((k + 1) / 2) - math.lgamma(k / 2)))
    else:
        var = 0.5 - 1 / (8 * k) - 1 / k / k / 16 + 5 / k / k / k / 128
    return std * math.sqrt(var / count)


def var_relative_error(count: int) -> float:
    """Return the standard deviation of a batch variance over its mean: sqrt(2 / (N - 1)).

    N s^2 / sigma^2 is chi-squared with N - 1 degrees of freedom (Cochran 1934).

    Examples
    --------
    >>> [round(var_relative_error(count), 2) for count in (2, 4, 8, 16, 32)]
    [1.41, 0.82, 0.53, 0.37, 0.25]
    """
    _at_least(2, count)
    return math.sqrt(2 / (count - 1))


def count_for_relative_error(error: float) -> float:
    """Return the N at which a batch variance has the relative error `error`: 1 + 2 / error**2.

    Examples
    --------
    >>> [round(count_for_relative_error(error)) for error in (0.1, 0.25, 0.5)]
    [201, 33, 9]
    """
    error = positive(error, "error")
    return 1 + 2 / error / error


def mean_inverse_std(count: int) -> float:
    """Return E[sigma / s], by how much batch norm scales up on average; infinite for N = 2.

    sqrt(N / 2) * Gamma((N - 2) / 2) / Gamma((N - 1) / 2), about 1 + 5 / (4 N): the mean of an inverse chi.

    Examples
    --------
    >>> [round(mean_inverse_std(count), 3) for count in (3, 4, 8, 16, 32, 64)]
    [2.171, 1.596, 1.204, 1.088, 1.041, 1.02]
    """
    _at_least(2, count)
    if count == 2:
        return math.inf
    if count > 1e7:  # where the difference of logarithms has lost more digits than the next term has
        return 1 + 1.25 / count
    return math.sqrt(count / 2) * math.exp(math.lgamma((count - 2) / 2) - math.lgamma((count - 1) / 2))


def mean_inverse_var(count: int) -> float:
    """Return E[sigma**2 / s**2] = N / (N - 3), the mean of an inverse chi-square; infinite for N up to 3."""
    _at_least(2, count)
    return count / (count - 3) if count > 3 else math.inf


def population_var(mean_batch_var: float, count: int) -> float:
    """Return the variance of the population from the mean of batch variances: E[s**2] * N / (N - 1).

    Ioffe and Szegedy (2015), Algorithm 2, line 10.
    """
    _at_least(2, count)
    return mean_batch_var * count / (count - 1)


def x_hat_std(var: float, eps: float) -> float:
    """Return the spread of x_hat, sqrt(var / (var + eps)): a little under 1, whatever N.

    Examples
    --------
    >>> [round(x_hat_std(std**2, 1e-5), 6) for std in (1.0, 0.1, 0.01, 0.001)]
    [0.999995, 0.9995, 0.953463, 0.301511]
    """
    return math.sqrt(scale_kept(1.0, var, eps))


def std_for_shortfall(shortfall: float, eps: float) -> float:
    """Return the batch standard deviation at which the spread of x_hat is 1 - shortfall.

    Examples
    --------
    >>> round(std_for_shortfall(0.01, 1e-5), 4), round(std_for_shortfall(0.01, 1e-3), 3)
    (0.0222, 0.222)
    """
    if not 0 < shortfall < 1:
        raise InputError(f"shortfall must be a number between 0 and 1; got {shortfall:g}.")
    return (1 - shortfall) * math.sqrt(positive(eps, "eps") / (shortfall * (2 - shortfall)))


def identity_residual(x: ArrayLike, mean: float, std: float, eps: float) -> Array:
    """Return x - y for gamma = std and beta = mean: (x - mean) * (1 - std / sqrt(std**2 + eps)).

    The exact identity takes gamma = sqrt(std**2 + eps). Ioffe and Szegedy (2015), section 3, neglect eps.
    """
    with quiet():
        residual: Array = (float64(x, "x") - mean) * (1 - x_hat_std(std * std, eps))
    return residual


def x_hat_bound(count: int) -> float:
    """Return the largest |x_hat| that a member of a batch can have: sqrt(N - 1).

    Samuelson (1968), "How Deviant Can You Be?".

    Examples
    --------
    >>> round(x_hat_bound(32), 2)
    5.57
    """
    _at_least(1, count)
    return math.sqrt(count - 1)


def x_hat_kurtosis(count: int) -> float:
    """Return E[x_hat**4] within a batch: 3 (N - 1) / (N + 1), less than the 3 of a normal distribution."""
    _at_least(2, count)
    return 3 * (count - 1) / (count + 1)


def x_hat_density(x_hat: ArrayLike, count: int) -> Array:
    """Return the density of a member of a normalized batch, eps neglected; N at least 3.

    x_hat**2 / (N - 1) has a Beta(1/2, (N - 2) / 2) distribution: Thompson (1935).
    """
    _at_least(3, count)
    with quiet():
        t = np.square(float64(x_hat, "x_hat")) / (count - 1)
    if count > 1e7:  # as in `mean_inverse_std`
        scale = math.sqrt((count - 2.5) / (count - 1) / (2 * math.pi))
    else:
        scale = math.exp(math.lgamma((count - 1) / 2) - math.lgamma((count - 2) / 2)) / math.sqrt(math.pi * (count - 1))
    inside = t < 1
    density: Array = np.where(inside, scale * np.where(inside, 1 - t, 1.0) ** ((count - 4) / 2), 0.0)
    return density


def companion_noise(x: float, count: int) -> float:
    """Return how much x_hat of one fixed value varies with its companions: sqrt((1 + x**2 / 2) / N).

    `x` is the value in standard deviations of the population. To first order in 1 / N, by the delta method.
    """
    _at_least(1, count)
    return math.sqrt((1 + x * x / 2) / count)


def mean_companion_noise(count: int) -> float:
    """Return the root mean square of `companion_noise` over the population: sqrt(1.5 / N)."""
    _at_least(1, count)
    return math.sqrt(1.5 / count)


def gradient_share(count: int) -> float:
    """Return the root mean square share of a random gradient that batch norm lets through: sqrt((N - 2) / N).

    The Jacobian projects off the constant direction and, eps neglected, off x_hat.
    """
    _at_least(2, count)
    return math.sqrt((count - 2) / count)


def gradient_of_two(var: float, difference: float, eps: float) -> float:
    """Return |dx| for N = 2, gamma = 1: eps * |dy[0] - dy[1]| / (2 * (var + eps)**1.5).

    Nearly nothing for most pairs; for two values so near each other that var is about eps it is large, at most
    |dy[0] - dy[1]| / (2 * sqrt(eps)).

    Examples
    --------
    >>> f"{gradient_of_two(0.25, 1.0, 1e-5):.5e}", round(gradient_of_two(0.0, 1.0, 1e-5))
    ('3.99976e-05', 158)
    """
    total = _not_negative(var, "var") + positive(eps, "eps")
    return eps / total * abs(difference) / (2 * math.sqrt(total))


def pair_gradient_rms_ratio(eps: float, std: float = 1.0) -> float:
    """Return the root mean square of dx over that of dy for batches of two normal values, gamma = 1.

    Rare near-ties make it large although most pairs pass nearly nothing: it grows like eps**-0.25.

    Parameters
    ----------
    eps : float, more than 0
        Added to the variance under the root, in squared units of x.
    std : float, more than 0
        Standard deviation of the population that both values come from, independently.

    Notes
    -----
    The two entries of dy are uncorrelated, with mean 0 and one variance. The batch variance is std**2 Z**2 / 2 with Z
    standard normal, so the square of the ratio is E[b**2 / (Z**2 + b)**3] / std**2 with b = 2 eps / std**2. From
    I1 = E[1 / (Z**2 + b)] = sqrt(pi / (2 b)) exp(b / 2) erfc(sqrt(b / 2)) and I(n + 1) = -I(n)' / n follow
    I2 = (1 + (1 - b) I1) / (2 b) and I3 = (1 + I1 + b (1 - b) I2) / (4 b**2).

    Examples
    --------
    >>> [round(pair_gradient_rms_ratio(eps), 2) for eps in (1e-3, 1e-5, 1e-7)]
    [3.24, 10.25, 32.42]
    """
    eps, std = positive(eps, "eps"), positive(std, "std")
    b = 2 * (eps / std) / std
    if b > 2:  # where the differences below would lose their digits
        # I3 as an integral of exp(-t b) t**2 / sqrt(1 + 2 t) over t; 64 points of Gauss and Laguerre give every digit.
        s, weight = np.polynomial.laguerre.laggauss(64)
        return math.sqrt(float((weight * s**2 / np.sqrt(1 + 2 * s / b)).sum()) / (4 * eps))
    first = math.sqrt(math.pi) / 2 * (std / math.sqrt(eps)) * math.exp(b / 2) * math.erfc(math.sqrt(b / 2))
    second_times_b = (1 + (1 - b) * first) / 2
    return math.sqrt((1 + first + (1 - b) * second_times_b) / 4) / std


def pair_gradient_median_ratio(eps: float, std: float = 1.0) -> float:
    """Return the median of |dx| over the root mean square of dy for batches of two normal values, gamma = 1.

    What a typical pair passes: in proportion to eps, 3.86 * eps / std**3 while eps is small against std**2.

    Parameters
    ----------
    eps, std
        As for `pair_gradient_rms_ratio`; the two entries of dy are normal here, independent and of mean 0.

    Notes
    -----
    With Z standard normal and the batch variance v = std**2 Z**2 / 2, |dx| is below m times the root mean square of dy
    with probability E[erf(m (v + eps)**1.5 / eps)]; the median is the m at which that is 1/2.

    Examples
    --------
    >>> f"{pair_gradient_median_ratio(1e-5):.3e}"
    '3.860e-05'
    """
    eps, std = positive(eps, "eps"), positive(std, "std")
    c = (eps / std) / std
    node, weight = _gauss_nodes(80)
    z = 5 * (node + 1)  # from 0 to 10, beyond which no share is left
    share = 10 * weight * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    slope = (z * z / 2 / max(c, 1.0) + min(c, 1.0)) ** 1.5
    m = math.log(0.4769 / (0.2275 / max(c, 1.0) + min(c, 1.0)) ** 1.5)  # its logarithm, as if Z had its median
    for _ in range(7):  # Newton's steps; the fifth already changes no digit
        at = math.exp(m) * slope
        below = math.fsum(share * np.array([math.erf(value) for value in at]))
        m += (0.5 - below) / float((share * at * np.exp(-at * at)).sum() * 2 / math.sqrt(math.pi))
    return math.exp(m) * (eps / std / std / std if c <= 1 else 1 / math.sqrt(eps))


@lru_cache(maxsize=4)
def _gauss_nodes(count: int) -> tuple[Array, Array]:
    """Return nodes and weights of the rule of Gauss and Legendre, which are found as eigenvalues."""
    node, weight = np.polynomial.legendre.leggauss(count)
    return node, weight


def running_mean_lag(velocity: float, momentum: float, batches: int) -> float:
    """Return how far the batches averaged so far make a running mean stay behind a mean that moves.

    velocity * ((1 - m) / m * (1 - (1 - m)**t) - t * (1 - m)**t) after t batches with momentum m: 0 after the first,
    and velocity * (1 - m) / m, which is `ema_lag`, after many.

    Parameters
    ----------
    velocity : float
        By how much the mean moves from batch to batch.
    momentum : float, more than 0 and at most 1
        Weight of the new batch.
    batches : int, at least 0
        Batches averaged so far.

    Notes
    -----
    The rest of the distance is due to the initial value, which still has the weight (1 - m)**t. It is
    velocity * sum of j m (1 - m)**j over j < t: the batch of j steps ago was j velocities behind.

    Examples
    --------
    >>> [round(running_mean_lag(0.1, 0.1, batches), 4) for batches in (1, 2, 10, 100)]
    [0.0, 0.009, 0.2375, 0.8997]
    """
    _at_least(0, batches, "batches")
    left = initial_weight(momentum, batches)
    if batches > 10_000:
        return ema_lag(momentum, velocity) * (1 - left) - velocity * batches * left
    # The closed form is a difference of two large numbers in the first batches; no term of the sum is negative.
    ago = np.arange(batches)
    return velocity * float((momentum * ago * (1 - momentum) ** ago).sum())


def scale_kept(scale: float, var: float, eps: float) -> float:
    """Return the variance of x_hat after the weights before it are scaled: a**2 v / (a**2 v + eps).

    1 is full invariance. Ioffe and Szegedy (2015), section 3.3, neglect eps.
    """
    kept, eps = scale * scale * _not_negative(var, "var"), positive(eps, "eps")
    return 1.0 if kept == math.inf else kept / (kept + eps)


def effective_learning_rate(learning_rate: float, weight_norm: float) -> float:
    """Return the step on the direction of a scale-invariant weight: learning rate / norm**2.

    van Laarhoven (2017), section 3.
    """
    weight_norm = positive(weight_norm, "weight_norm")
    return learning_rate / weight_norm / weight_norm


def equilibrium_norm(learning_rate: float, decay: float, gradient_norm: float) -> float:
    """Return the norm at which weight decay balances the growth of a scale-invariant weight.

    norm**4 = learning_rate * gradient_norm**2 / (2 * decay), the gradient taken at norm 1; for small steps.
    van Laarhoven (2017), section 3.
    """
    pull = _not_negative(learning_rate, "learning_rate") * gradient_norm * gradient_norm
    return math.sqrt(math.sqrt(pull / (2 * positive(decay, "decay"))))


@dataclass(frozen=True)
class ReluMoments:
    """A rectified normal variable: its mean, mean square and variance, and the share that is exactly 0."""

    mean: float
    mean_square: float
    var: float
    zeros: float


def relu_moments(mean: float, std: float) -> ReluMoments:
    """Return the moments of max(z, 0) for z normal; after batch norm mean is beta and std is |gamma|.

    With t = mean / std: E = mean Phi(t) + std phi(t), E of the square = (mean**2 + std**2) Phi(t) + mean std phi(t).

    Examples
    --------
    >>> after = relu_moments(0.0, 1.0)
    >>> round(after.mean, 5), round(after.var, 5), after.mean_square, after.zeros
    (0.39894, 0.34085, 0.5, 0.5)
    """
    t = mean / positive(std, "std")
    below = 0.5 * math.erfc(t / math.sqrt(2))
    phi = math.exp(-t * t / 2) / math.sqrt(2 * math.pi)
    first = mean * (1 - below) + std * phi
    second = (mean * mean + std * std) * (1 - below) + mean * std * phi
    return ReluMoments(first, second, second - first * first, below)


def linear_gradient_growth(count: int) -> float:
    """Return by how much a linear layer with batch norm multiplies the squared gradient: (N - 2) / (N - 3).

    Yang et al. (2019), Theorem 9: no activation grows less.
    """
    _at_least(4, count)
    return (count - 2) / (count - 3)


def relu_gradient_growth(count: int) -> float:
    """Return by how much a ReLU layer with batch norm multiplies the squared gradient, deep in the net.

    Tends to pi / (pi - 1) for large N, 1.2112 per layer in the gradient itself.
    Yang et al. (2019), Theorem 8 and its finite-batch form.

    Examples
    --------
    >>> round(relu_gradient_growth(32), 3), round(relu_gradient_growth(10**6), 4)
    (1.522, 1.4669)
    """
    _at_least(4, count)
    c = -1 / (count - 1)
    slope = (math.pi - math.acos(c)) / math.pi
    kernel = (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi
    return (slope + (count - 1)) / ((count - 3) * (1 - kernel)) - 1 / (count - 3)


def residual_var(blocks: int, *, normalized: bool) -> float:
    """Return E[h**2] after so many residual blocks at initialization: blocks + 1 with batch norm, 2**blocks without.

    De and Smith (2020), section 3.
    """
    _at_least(0, blocks, "blocks")
    if normalized:
        return float(blocks + 1)
    return 2.0**blocks if blocks < 1024 else math.inf


def branch_share(block: int) -> float:
    """Return the residual branch's share of the variance after block l with batch norm: 1 / (l + 1).

    De and Smith (2020), section 3.
    """
    _at_least(0, block, "block")
    return 1 / (block + 1)


def cancellation_error(mean_over_std: float, dtype: DTypeLike = np.float32) -> float:
    """Return the relative error to expect of E[x**2] - E[x]**2: (mean / std)**2 times half a unit in the last place.

    2**-24 for float32: 6e-4 at a ratio of 100, everything lost at 4096. Chan, Golub and LeVeque (1983), section 3.
    """
    return mean_over_std * mean_over_std * float(np.finfo(dtype).eps) / 2
