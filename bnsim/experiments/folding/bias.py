"""What a bias before batch norm does: to the outputs and to its own gradient, in training and in eval mode."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm, batch_norm_backward
from bnsim.experiments.folding.layer import Layer, largest

BIASES = tuple(10.0**power for power in range(-3, 7))
"""The sizes of the bias that are tried, beside the one that is set."""


class Mode(StrEnum):
    """The two modes of batch norm."""

    TRAINING = "training"
    EVAL = "eval"


@dataclass(frozen=True)
class BiasEffect:
    """What a bias does: largest changes of y, largest gradients of the bias.

    `rounding` is what one rounding of the layer's largest output comes to in y, in training mode; `expected_eval` the
    closed form |gamma b| / sqrt(var + eps), of the output that it moves most.
    """

    bias: float
    train: float
    rounding: float
    eval: float
    expected_eval: float
    train_gradient: float
    eval_gradient: float


def effects_of(layer: Layer, biases: Iterable[float]) -> tuple[BiasEffect, ...]:
    """Return what each bias does when it is added to a layer without one, its running statistics left alone."""
    training, in_eval = layer.training(layer.plain), layer.running(layer.plain)
    return tuple(effect_of(layer, bias, training, in_eval) for bias in biases)


def effect_of(layer: Layer, bias: float, training: Array, in_eval: Array) -> BiasEffect:
    """Return what one bias does; `training` and `in_eval` are the outputs of batch norm without it."""
    p, norm, z = layer.params, layer.running, layer.plain + bias
    forward = batch_norm(z, p.gamma, p.beta, eps=p.eps)
    dx = batch_norm_backward(layer.dy, forward, p.gamma)[0]
    unit = np.finfo(np.float64).eps / 2
    return BiasEffect(
        bias=bias,
        train=largest(forward.y - training),
        rounding=float(unit * (abs(bias) + largest(layer.plain)) * largest(p.gamma * forward.inv_std)),
        eval=largest(norm(z) - in_eval),
        expected_eval=abs(bias) * largest(norm.scale),
        train_gradient=largest(per_output_sum(dx)),
        eval_gradient=largest(norm.scale * per_output_sum(layer.dy)),
    )


def sizes_with(bias: float) -> list[float]:
    """Return the sizes that are tried, the one that is set among them, in order; a bias of 0 is none."""
    return sorted({*BIASES, abs(bias)} - {0.0})


def per_output_sum(values: Array) -> Array:
    """Return the sum over everything but the outputs, shape (C_out,): the gradient of a bias."""
    return np.asarray(values.sum(axis=(0, *range(2, values.ndim))))
