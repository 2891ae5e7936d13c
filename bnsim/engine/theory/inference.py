"""What training mode makes of one input at inference: the exact distribution of y = gamma x_hat + beta.

Among random companions it is that of `bnsim.engine.theory.companions`; alone it is what the framework does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm
from bnsim.engine.statistics.batch import BatchStats
from bnsim.engine.statistics.running import Convention, RunningStats
from bnsim.engine.theory.companion_tails import companion_quantile, companion_tail
from bnsim.engine.theory.companions import CompanionMoments, companion_moments
from bnsim.errors import InputError
from bnsim.once import once


class Alone(StrEnum):
    """What a framework makes of one example alone in training mode.

    BETA: x_hat is 0 and y is beta, whatever x is; a variance of 0 is averaged in. X: x is handed through unchanged, the
    running statistics stay. REFUSED: an error.
    """

    BETA = "beta"
    X = "x"
    REFUSED = "refused"


@once
def treats_alone(convention: Convention) -> Alone:
    """Return what a framework makes of one example alone in training mode."""
    try:
        moved = RunningStats.start(1).update(BatchStats(np.zeros(1), np.zeros(1), 1), convention=convention)
    except InputError:
        return Alone.REFUSED
    return Alone.BETA if moved.batches else Alone.X


def alone_output(x: float, convention: Convention, *, gamma: float, beta: float, eps: float) -> float:
    """Return y of x alone in training mode as a framework has it; NaN if it refuses.

    Examples
    --------
    >>> [alone_output(4.0, rule, gamma=2.0, beta=0.5, eps=1e-5) for rule in (Convention.KERAS, Convention.PADDLE)]
    [0.5, 4.0]
    """
    match treats_alone(convention):
        case Alone.REFUSED:
            return math.nan
        case Alone.X:
            return x
    return float(batch_norm([x], gamma, beta, eps=eps).y[0])


@dataclass(frozen=True)
class OutputLaw:
    """The distribution of y = gamma x_hat + beta of one input in training mode, in batches of one size.

    Attributes
    ----------
    z : float
        The input, in standard deviations of the normal population that its companions come from.
    size : int
        The batch: the input and size - 1 companions.
    eps : float, more than 0
        Added to the variance under the root, in units of the population variance.
    gamma, beta : float
    alone : float
        y in a batch of one, which is what the framework makes of it (`alone_output`); NaN if it refuses.
    """

    z: float
    size: int
    eps: float
    gamma: float
    beta: float
    alone: float = math.nan

    @property
    def point(self) -> float | None:
        """The only value that y can have; NaN if the framework refuses, None if there are several."""
        if self.size == 1:
            return self.alone
        return self.beta if self.gamma == 0 else None


def output_moments(law: OutputLaw) -> CompanionMoments:
    """Return mean, standard deviation and kurtosis of y."""
    if law.point is not None:
        return CompanionMoments(law.point, 0.0 * law.point, 3.0)
    x_hat = companion_moments(law.z, law.size, eps=law.eps)
    return CompanionMoments(law.gamma * x_hat.mean + law.beta, abs(law.gamma) * x_hat.std, x_hat.kurtosis)


def output_range(law: OutputLaw) -> tuple[float, float]:
    """Return between which values y lies, whatever the companions: no |x_hat| is beyond sqrt(size - 1)."""
    if law.point is not None:
        return law.point, law.point
    reach = abs(law.gamma) * math.sqrt(law.size - 1)
    return law.beta - reach, law.beta + reach


def output_tail(law: OutputLaw, y: Array) -> Array:
    """Return the probability that y is more than each of `y`, an array of shape (K,); NaN if the framework refuses.

    Examples
    --------
    >>> output_tail(OutputLaw(0.0, 2, 1e-5, -2.0, 1.0), np.array([-1.0, 1.0, 3.0]))
    array([1. , 0.5, 0. ])
    """
    if law.point is not None:
        return np.where(math.isnan(law.point), math.nan, law.point > y)
    with np.errstate(over="ignore"):  # a gamma of almost nothing: no y but beta is reached
        tail = companion_tail((y - law.beta) / law.gamma, law.z, law.size, eps=law.eps)
    return tail if law.gamma > 0 else 1 - tail


def output_quantile(law: OutputLaw, share: float) -> float:
    """Return the value that y does not exceed with probability `share`; NaN if the framework refuses.

    Examples
    --------
    >>> law = OutputLaw(0.0, 32, 1e-5, 1.0, 0.5)
    >>> round(output_quantile(law, 0.5), 9), round(output_quantile(law, 0.975), 3)
    (0.5, 0.866)
    """
    return output_quantiles(law, (share,))[0]


def output_quantiles(law: OutputLaw, shares: Sequence[float]) -> list[float]:
    """Return the values that y does not exceed with each of the probabilities; NaN if the framework refuses."""
    if law.point is not None:
        return [law.point] * len(shares)
    rising = np.array(shares) if law.gamma > 0 else 1 - np.array(shares)
    y = law.gamma * companion_quantile(rising, law.z, law.size, eps=law.eps) + law.beta
    return [float(each) for each in y]


def positive_share(law: OutputLaw, z: Array, size: Array) -> Array:
    """Return the probability that y is more than 0 for other inputs and batches of at least two, each of shape (K,).

    Parameters
    ----------
    law : OutputLaw
        Its eps, gamma and beta.
    z, size : array, shape (K,)
        Input and batch of each case.
    """
    if law.gamma == 0:
        return np.full(len(z), float(law.beta > 0))
    with np.errstate(over="ignore"):  # as in `output_tail`
        above = companion_tail(-law.beta / law.gamma, z, size, eps=law.eps)
    return above if law.gamma > 0 else 1 - above


def same_sign(law: OutputLaw, y: float) -> float:
    """Return the probability that y is on the same side of 0 as `y`; NaN if the framework refuses."""
    positive = float(output_tail(law, np.zeros(1))[0])
    return positive if y > 0 else 1 - positive


def kept_share(var: float, eps: float) -> float:
    """Return the share of the variance of x_hat that eps leaves: var / (var + eps)."""
    return var / (var + eps)


def first_order_std(z: float, size: int, *, gamma: float, kept: float) -> float:
    """Return the standard deviation of y to the first order in 1 / size; NaN alone.

    It is |gamma| sqrt(k (1 + k**2 z**2 / 2) / size) with k = `kept`, the share of the variance that eps leaves.

    Notes
    -----
    By the delta method: x_hat moves by -1 / sqrt(var + eps) with the mean of the batch, whose variance is var / size,
    and by -z std / (2 (var + eps)**1.5) with its variance, whose variance is 2 var**2 / size.

    Examples
    --------
    >>> round(first_order_std(0.4, 32, gamma=1.0, kept=kept_share(6.25, 1e-5)), 6)
    0.183712
    """
    if size == 1:
        return math.nan
    return abs(gamma) * math.sqrt(kept * (1 + kept**2 * z**2 / 2) / size)
