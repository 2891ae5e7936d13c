"""What to expect of running statistics while normal batches are averaged in."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.statistics.recursion import recursion
from bnsim.engine.statistics.running import weights_after
from bnsim.errors import InputError


@dataclass(frozen=True, eq=False)
class RunningExpectation:
    """Running statistics after 0, 1, ... t batches, from the start 0 and 1: what to expect, each of shape (t + 1,).

    Attributes
    ----------
    mean, var : array
        Their expectations.
    mean_std, var_std : array
        Their standard deviations from training to training.
    var_kurtosis : float
        Kurtosis of the running variance after the last batch; 3 for a normal distribution, and for no spread at all.
    """

    mean: Array
    mean_std: Array
    var: Array
    var_std: Array
    var_kurtosis: float


def running_expectation(
    weights: ArrayLike, *, mean: float, std: float, count: int, drift: float = 0.0, unbiased: bool = False
) -> RunningExpectation:
    """Return what to expect of the running statistics of independent normal batches.

    Parameters
    ----------
    weights : array, shape (t,)
        Weight of each new batch: a constant momentum, or 1, 1/2, 1/3, ... for a plain average.
    mean, std : float
        Mean of the population at the first batch, and its standard deviation.
    count : int
        Values in a batch; at least 2 for the unbiased variance.
    drift : float
        By how much the population mean moves from batch to batch.
    unbiased : bool
        Whether the variance of a batch is multiplied by count / (count - 1) before it is averaged in.

    Notes
    -----
    A batch mean has the variance std**2 / count. The biased variance of a batch has the mean
    std**2 (count - 1) / count and the relative error sqrt(2 / (count - 1)), and is chi-squared with count - 1 degrees
    of freedom, whose kurtosis is 3 + 12 / (count - 1). A running value r + w (b - r) keeps (1 - w) of its own error and
    adds w of the batch's.

    Examples
    --------
    >>> found = running_expectation([0.1, 0.1], mean=1.0, std=2.0, count=4)
    >>> found.mean.round(3).tolist(), found.var.round(3).tolist()
    ([0.0, 0.1, 0.19], [1.0, 1.2, 1.38])
    """
    least = 2 if unbiased else 1
    if count < least:
        raise InputError(f"count must be at least {least}; got {count}.")
    of_a_batch = std**2 * (1.0 if unbiased else (count - 1) / count)
    w = np.asarray(weights, np.float64)
    with quiet():
        kept, added = 1 - w, (w * (mean + drift * np.arange(w.size)), w * of_a_batch, w * w)
    # Squares and fourths: sums over the weights that the batches have by now, or at last.
    running_mean, running_var, squares = recursion([0.0, 1.0, 0.0], np.stack((kept, kept, kept**2)), np.stack(added))
    fourths = float(np.sum(weights_after(w)[1:] ** 4))
    root = np.sqrt(squares)
    mean_std, var_std = std / math.sqrt(count) * root, of_a_batch * math.sqrt(2 / max(count - 1, 1)) * root
    last = float(squares[-1])
    kurtosis = 3 + 12 / max(count - 1, 1) * fourths / last**2 if last else 3.0
    return RunningExpectation(running_mean, mean_std, running_var, var_std, kurtosis)
