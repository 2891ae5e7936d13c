"""What a momentum means: how long a running average remembers, how steady it is, how late."""

import math

from bnsim.errors import InputError


def initial_weight(momentum: float, batches: float) -> float:
    """Return (1 - momentum)**batches, the weight that the initial value still has."""
    if not batches >= 0:
        raise InputError(f"batches must be at least 0; got {batches:g}.")
    return float((1 - _forgetting(momentum)) ** batches)


def half_life(momentum: float) -> float:
    """Return after how many batches a value has lost half of its weight: ln(1/2) / ln(1 - momentum).

    Examples
    --------
    >>> [round(half_life(momentum), 1) for momentum in (0.1, 0.01, 0.001)]
    [6.6, 69.0, 692.8]
    """
    return batches_until(momentum, 0.5)


def is_likely_of_the_old(momentum: float) -> bool:
    """Return whether a weight of the new batch looks like one of the old, as Keras, Flax, ONNX and Paddle quote it.

    From 0.5 on, half of all that was learned is forgotten within one batch: nobody wants that, but their usual 0.9 and
    0.99 would do it. 1 is no average at all, and is meant so.

    Examples
    --------
    >>> [is_likely_of_the_old(momentum) for momentum in (0.01, 0.1, 0.9, 0.99, 1.0)]
    [False, False, True, True, False]
    """
    return 0.5 <= momentum < 1


def batches_until(momentum: float, weight: float) -> float:
    """Return after how many batches the initial value is left with `weight`, more than 0 and at most 1.

    Examples
    --------
    >>> [round(batches_until(momentum, 0.01)) for momentum in (0.1, 0.01, 0.001)]
    [44, 458, 4603]
    """
    if not 0 < weight <= 1:
        raise InputError(f"weight must be a number more than 0 and at most 1; got {weight:g}.")
    return math.log(weight) / math.log1p(-momentum) if _forgetting(momentum) < 1 else 0.0


def effective_batches(momentum: float) -> float:
    """Return of how many batches a plain average is as steady: (2 - momentum) / momentum.

    Examples
    --------
    >>> [round(effective_batches(momentum)) for momentum in (0.1, 0.01, 0.001)]
    [19, 199, 1999]
    """
    return (2 - _forgetting(momentum)) / momentum


def ema_variance(momentum: float, batch_variance: float) -> float:
    """Return the variance that remains in a running average of independent batch values, after many batches.

    `batch_variance` is that of one batch value: var / N for a batch mean.
    """
    return batch_variance / effective_batches(momentum)


def ema_lag(momentum: float, drift: float) -> float:
    """Return how far a running average stays behind a value that moves by `drift` a batch."""
    return drift * (1 - _forgetting(momentum)) / momentum


def _forgetting(momentum: float) -> float:
    if not 0 < momentum <= 1:
        raise InputError(f"momentum must be a number more than 0 and at most 1; got {momentum:g}.")
    return momentum
