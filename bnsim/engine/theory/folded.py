"""What a layer with batch norm folded into it gets wrong where folding is not allowed, for normal inputs.

The layer's inputs are independent and standard normal, so that its outputs are normal: with the std of `output_std`,
and with the bias as their mean. The running statistics may be those of another population: the outputs lie `shift`
running stds above the running mean, and their std is `spread` times the running one.
"""

import math

import numpy as np

from bnsim.engine.arrays import Array, positive
from bnsim.errors import InputError, ShapeError

REACH = 40.0
"""No normal variable is further from its mean, in stds."""


def output_std(weight: Array) -> Array:
    """Return the std of the outputs of a layer, shape (out,): the norm of its weights, shape (out, ...)."""
    return np.asarray(np.sqrt(np.sum(weight.reshape(len(weight), -1) ** 2, axis=1)))


def training_mode_gap(
    std: Array, *, shift: float, spread: float, count: int, gamma: float = 1.0, eps: float = 1e-5
) -> float:
    """Return how far a folded layer is from batch norm in training mode: the root mean square difference to expect.

    |gamma| sqrt(d**2 + r**2 + 1 - 2 r c) with d the shift, r the spread and c = E[s / sigma], s the std of a batch;
    and what eps takes off at the two stds.

    Parameters
    ----------
    std : array, shape (out,)
        Standard deviations of the outputs.
    shift, spread : float
        How far the outputs have moved from the running statistics; spread more than 0.
    count : int, at least 2
        How many independent values of each output share one mean and variance.
    gamma, eps : float
        Scale; what is added to the variance under the root.

    Notes
    -----
    Per output the mean square is gamma**2 ((s / running - 1)**2 + ((m - running mean) / running)**2), m and s
    independent, E[(m - mean)**2] = sigma**2 / n and E[s**2] = (1 - 1 / n) sigma**2.

    Examples
    --------
    >>> gap = training_mode_gap(np.ones(1), shift=1.0, spread=2.0, count=100_000)
    >>> round(gap, 2), round(math.sqrt(1.0**2 + (2.0 - 1) ** 2), 2)
    (1.41, 1.41)
    """
    if count < 2:
        raise InputError(f"count must be at least 2; got {count}.")
    c = math.sqrt(2 / count) * math.exp(math.lgamma(count / 2) - math.lgamma((count - 1) / 2))
    kept, own = (np.sqrt(var / (var + eps)) for var in ((std / positive(spread, "spread")) ** 2, std**2))
    square = kept**2 * (shift**2 + spread**2) + own**2 - 2 * kept * own * spread * c
    return abs(gamma) * math.sqrt(float(np.mean(square)))


def training_mode_error(weight: Array, *, shift: float, spread: float, count: int, groups: int = 1) -> float:
    """Return the standard error of the mean square difference of one batch over gamma**2, to leading orders in 1 / n.

    Parameters
    ----------
    weight : array, shape (out, ...)
        PyTorch's layout.
    shift, spread : float
        As for `training_mode_gap`.
    count : int
        n. With windows that overlap take the number of those that do not: the error is then never too small.
    groups : int
        Those of a convolution; outputs of one group see the same inputs.

    Notes
    -----
    With G the cosines between the weights of one group, the variance is
    sum(4 d**2 r**2 G / n + 2 (r - 1)**2 r**2 G**2 / n + r**4 (2 G**2 + G**4 / 2) / n**2) / out**2, from the variances
    of the batch mean and std.

    Examples
    --------
    >>> round(training_mode_error(np.ones((1, 4)), shift=1.0, spread=1.0, count=400), 4)
    0.1001
    """
    outputs = len(weight)
    if groups < 1 or outputs % groups:
        raise ShapeError(f"groups must divide the {outputs} outputs; got {groups}.")
    unit = weight.reshape(outputs, -1) / output_std(weight)[:, None]
    unit = unit.reshape(groups, outputs // groups, -1)
    cosine = unit @ unit.transpose(0, 2, 1)
    one, two, four = (float(np.sum(cosine**power)) for power in (1, 2, 4))
    linear = 4 * shift**2 * spread**2 * one + 2 * (spread - 1) ** 2 * spread**2 * two
    return math.sqrt(linear / count + spread**4 * (2 * two + four / 2) / count**2) / outputs


def share_wrong_across_relu(mean: float, std: Array, scale: Array, offset: Array, *, room: float = 0.0) -> float:
    """Return the share of outputs that folding across a ReLU gets wrong by more than `room`.

    Right is scale relu(z) + offset; folded it is relu(scale z + offset).

    Parameters
    ----------
    mean : float
        That of every output z.
    std, scale, offset : array, shape (out,)
        Of z; of batch norm after the ReLU, in eval mode.
    room : float
        What rounding may be.

    Notes
    -----
    Both are straight between z = 0 and z = -offset / scale: each of the three pieces is equal throughout or wrong
    almost everywhere.

    Examples
    --------
    >>> one = np.ones(1)
    >>> share_wrong_across_relu(0.0, one, one, 0 * one), share_wrong_across_relu(0.0, one, one, one)
    (0.0, 0.5)
    """
    with np.errstate(over="ignore"):  # a scale of almost nothing has its kink at infinity
        kinks = np.stack(
            [np.zeros_like(offset), np.divide(-offset, scale, out=np.zeros_like(offset), where=scale != 0)]
        )
        low, high = np.sort(np.clip((kinks - mean) / std, -REACH, REACH), axis=0)
    below = np.vectorize(lambda t: 0.5 * math.erfc(-t / math.sqrt(2)))
    mass = (below(low), below(high) - below(low), 1 - below(high))
    wrong = 0.0
    for piece, share in zip((low - 1, (low + high) / 2, high + 1), mass, strict=True):
        z = mean + std * piece
        gap = np.abs(scale * np.maximum(z, 0) + offset - np.maximum(scale * z + offset, 0))
        wrong += float(np.mean(share * (gap > room)))
    return wrong
