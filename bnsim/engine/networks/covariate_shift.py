"""Internal covariate shift by both definitions: distributions that move, and gradients that do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.backward import gradients
from bnsim.engine.networks.settings import HiddenRecord
from bnsim.engine.networks.structure import Mlp, layers_of


@dataclass(frozen=True, eq=False)
class GradientShift:
    """Internal covariate shift by Santurkar's definition, one number for each hidden layer, shape (depth,).

    Attributes
    ----------
    relative : array
        Norm of the change of the gradient of the layer's weights when the layers below have made their step,
        over its norm before.
    cosine : array
        Of the angle between the two.
    """

    relative: Array
    cosine: Array


def gradient_shift(net: Mlp, flat: Array, x: Array, labels: NDArray[Any], rate: float) -> GradientShift:
    """Return how the gradient of each hidden layer changes once the layers below it have made their step.

    For each layer the gradient is taken twice on the same mini-batch: with the present weights, and with all
    parameters of the layers below moved by -rate * gradient.

    Notes
    -----
    Santurkar et al. (2018), definition 2.1. The first layer, which has none below, has shift 0 and cosine 1.
    """
    with quiet(), np.errstate(divide="ignore"):
        gradient = gradients(net, flat[None], x, labels)[1]
        moved = np.repeat(flat[None], net.depth, axis=0)
        below = np.concatenate([np.full(slot.size, slot.layer) for slot in net.slots])
        for layer in range(net.depth):
            moved[layer, below < layer] -= rate * gradient[0, below < layer]
        after = gradients(net, moved, x, labels)[1]
        parts = zip(layers_of(net, gradient)[:-1], layers_of(net, after)[:-1], strict=True)
        pairs = [(before.weight[0].ravel(), then.weight[at].ravel()) for at, (before, then) in enumerate(parts)]
        norms, moves, products = (
            np.array([[np.linalg.norm(before), np.linalg.norm(then)] for before, then in pairs]),
            np.array([np.linalg.norm(then - before) for before, then in pairs]),
            np.array([before @ then for before, then in pairs]),
        )
        return GradientShift(moves / norms[:, 0], products / norms.prod(axis=1))


def percentile_range(hidden: Sequence[HiddenRecord]) -> Array:
    """Return how far each percentile of a layer moved over training, averaged over its units.

    Internal covariate shift as Ioffe and Szegedy (2015) draw it, figure 1 (b, c): largest minus smallest value of
    the percentile of h over all records of one layer; shape (percentiles,).
    """
    seen = np.stack([record.percentiles for record in hidden])
    moved: Array = (seen.max(axis=0) - seen.min(axis=0)).mean(axis=1)
    return moved


def step_drift(hidden: Sequence[HiddenRecord]) -> float:
    """Return by how much the mini-batch mean of h changes from record to record, averaged over units and records.

    With a record for every step, this is how far what enters the activations moves in a step: batch norm
    almost stills it, noisy batch norm shakes it.
    """
    means = np.stack([record.batch_mean for record in hidden if np.isfinite(record.batch_mean).all()])
    return float(np.abs(np.diff(means, axis=0)).mean())
