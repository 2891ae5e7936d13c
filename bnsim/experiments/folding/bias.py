"""What a bias before batch norm does: to the outputs and to its own gradient, in training and in eval mode."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm, batch_norm_backward
from bnsim.experiments.folding.layer import Layer, largest, per_output

BIASES = tuple(10.0**power for power in range(-3, 7))
"""The sizes of the bias that are tried, beside the one that is set."""

SOME = 500
"""They are tried on so many outputs: what they show is rounding, and a formula that holds for each output."""


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


def effect_of(layer: Layer) -> BiasEffect:
    """Return what the bias that is set does to a layer without one whose running statistics stay as they are."""
    p, norm, without = layer.params, layer.running, layer.forward
    forward = batch_norm(layer.z, p.gamma, p.beta, eps=p.eps)
    dx = batch_norm_backward(layer.dy, forward, p.gamma)[0]
    return BiasEffect(
        bias=p.bias,
        train=largest(forward.y - without.y),
        rounding=float(rounding_of(layer, np.array([p.bias]), forward.inv_std[None])[0]),
        eval=largest(norm(layer.z) - norm(layer.plain)),
        expected_eval=abs(p.bias) * largest(norm.scale),
        train_gradient=largest(per_output_sum(dx)),
        eval_gradient=largest(norm.scale * per_output_sum(layer.dy)),
    )


def effects_of(layer: Layer, present: BiasEffect) -> tuple[BiasEffect, ...]:
    """Return what biases of all sizes do, the present one among them: the others to some of the batch, all at once.

    Batch norm pools no two outputs, so those of all biases stand beside each other.
    """
    p, norm = layer.params, layer.running
    sizes = np.array(sizes_with(p.bias))
    plain, dy = per_output(layer.plain, SOME), per_output(layer.dy, SOME)
    z = plain[:, None] + sizes[:, None]
    forward = batch_norm(z.reshape(len(z), -1), p.gamma, p.beta, eps=p.eps)
    dx = batch_norm_backward(np.tile(dy, sizes.size), forward, p.gamma)[0]
    train = np.abs(forward.y.reshape(z.shape) - batch_norm(plain, p.gamma, p.beta, eps=p.eps).y[:, None])
    moved = np.abs(norm(z.reshape(-1, p.outputs)).reshape(z.shape) - norm(plain)[:, None])
    numbers = {
        "bias": sizes,
        "train": train.max(axis=(0, 2)),
        "rounding": rounding_of(layer, sizes, forward.inv_std.reshape(sizes.size, -1)),
        "eval": moved.max(axis=(0, 2)),
        "expected_eval": sizes * largest(norm.scale),
        "train_gradient": np.abs(dx.sum(axis=0)).reshape(sizes.size, -1).max(axis=1),
    }
    each = zip(*(values.tolist() for values in numbers.values()), strict=True)
    effects = [BiasEffect(**dict(zip(numbers, row, strict=True)), eval_gradient=present.eval_gradient) for row in each]
    own = replace(present, bias=abs(p.bias))
    return tuple(own if effect.bias == own.bias else effect for effect in effects)


def rounding_of(layer: Layer, biases: Array, inv_std: Array) -> Array:
    """Return what one rounding of the layer's largest output comes to in y, in training mode, at biases, shape (B,).

    `inv_std` has shape (B, C_out).
    """
    unit, steepest = np.finfo(np.float64).eps / 2, np.abs(layer.params.gamma * inv_std).max(axis=1)
    found: Array = unit * (np.abs(biases) + largest(layer.plain)) * steepest
    return found


def sizes_with(bias: float) -> list[float]:
    """Return the sizes that are tried, the one that is set among them, in order; a bias of 0 is none."""
    return sorted({*BIASES, abs(bias)} - {0.0})


def per_output_sum(values: Array) -> Array:
    """Return the sum over everything but the outputs, shape (C_out,): the gradient of a bias."""
    return np.asarray(values.sum(axis=(0, *range(2, values.ndim))))
