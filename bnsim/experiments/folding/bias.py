"""What a bias before batch norm does: to the outputs and to its own gradient, in training and in eval mode."""

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


def bias_effect(layer: Layer, bias: float) -> BiasEffect:
    """Return what adding a bias to a layer without one does to the outputs, its running statistics left alone."""
    p, norm, plain = layer.params, layer.running, layer.plain
    forward = batch_norm(plain + bias, p.gamma, p.beta, eps=p.eps)
    dx = batch_norm_backward(layer.dy, forward, p.gamma)[0]
    unit = np.finfo(np.float64).eps / 2
    return BiasEffect(
        bias=bias,
        train=largest(forward.y - layer.training(plain)),
        rounding=float(unit * (abs(bias) + largest(plain)) * largest(p.gamma * forward.inv_std)),
        eval=largest(norm(plain + bias) - norm(plain)),
        expected_eval=abs(bias) * largest(norm.scale),
        train_gradient=largest(per_output_sum(dx)),
        eval_gradient=largest(norm.scale * per_output_sum(layer.dy)),
    )


def bias_effects(layer: Layer) -> tuple[BiasEffect, ...]:
    """Return what biases of all sizes do, in their order; a bias of 0 is not one of them."""
    sizes = {*BIASES, abs(layer.params.bias)} - {0.0}
    return tuple(bias_effect(layer, bias) for bias in sorted(sizes))


def per_output_sum(values: Array) -> Array:
    """Return the sum over everything but the outputs, shape (C_out,): the gradient of a bias."""
    return np.asarray(values.sum(axis=(0, *range(2, values.ndim))))
