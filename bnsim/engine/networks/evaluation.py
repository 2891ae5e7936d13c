"""Networks in eval mode: scores, accuracy, statistics of a whole set (PreciseBN, AdaBN)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array
from bnsim.engine.networks.forward import Given, Rngs, forward
from bnsim.engine.networks.kernels import Empty, fresh
from bnsim.engine.networks.structure import Layer, Mlp, in_one_batch

CHUNK = 256  # examples at a time: what they need fits into the cache and is bounded whatever the size of the set


def accuracy(
    net: Mlp, layers: Sequence[Layer], x: Array, labels: NDArray[Any], given: Given | None, *, empty: Empty = fresh
) -> Array:
    """Return the share of examples that each of R networks reads correctly in eval mode, shape (R,).

    x has shape (n, inputs). Without `given` a network with batch norm would normalize chunks of 256 examples
    with their own statistics. NaN scores count as the first class.
    """
    right = np.zeros(len(layers[0].weight))
    for first in range(0, len(x), CHUNK):
        part = x[None, first : first + CHUNK]
        scores = forward(net, layers, part, given=given, empty=empty).scores
        right += (scores.argmax(axis=-1) == labels[first : first + CHUNK]).sum(axis=-1)
    return right / len(x)


def hidden_in_eval_mode(net: Mlp, layers: Sequence[Layer], x: Array, given: Given | None) -> list[Array]:
    """Return h of every hidden layer, each of shape (R, n, units)."""
    return [trace.h for trace in forward(net, layers, x[None], given=given).traces]


def precise_statistics(
    net: Mlp, layers: Sequence[Layer], x: Array, rngs: Rngs, *, batches: int = 20, size: int = 64
) -> Given:
    """Return the statistics of the training set under the present weights: PreciseBN.

    Batches of `size` random examples are passed in training mode, and the statistics of all are pooled.

    Notes
    -----
    Wu and Johnson (2021), section 3.1.
    """
    found = []
    for _ in range(batches):
        chosen = np.stack([rng.choice(len(x), size, replace=False) for rng in rngs])
        statistics = forward(in_one_batch(net), layers, x[chosen]).statistics
        if statistics is not None:
            found.append(statistics)
    pooled: Given = np.mean(found, axis=0)
    pooled[1] += np.var([means for means, _ in found], axis=0)
    return pooled
