"""How far the folded layer is from what is right: in eval mode, in training mode, across a ReLU, and under drift."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.theory.folded import share_wrong_across_relu, training_mode_error, training_mode_gap
from bnsim.experiments.folding.layer import Layer, apply, largest, relu, rms

POINTS = 150
"""So many outputs of each variant are drawn."""


class Variant(StrEnum):
    """Where batch norm is folded away: rightly, and twice wrongly."""

    EVAL = "eval mode"
    TRAINING = "training mode"
    RELU = "ReLU between"


@dataclass(frozen=True)
class Gap:
    """How far a folded layer is from what is right: measured, what rounding alone can leave, and what is expected."""

    variant: Variant
    largest: float
    rms: float
    wrong: float
    rounding: float
    expected_rms: float = math.nan
    rms_error: float = math.nan
    expected_wrong: float = math.nan
    wrong_error: float = math.nan


@dataclass(frozen=True)
class Precision:
    """The folding error in one dtype, its bound, and how far each way is from two layers in float64."""

    dtype: str
    difference: float
    rounding: float
    largest_output: float
    two_error: float
    one_error: float


@dataclass(frozen=True, eq=False)
class Sample:
    """Some outputs of one variant, spread over the batch: their place, what is right (two), and folded (one)."""

    variant: Variant
    output: Array
    two: Array
    one: Array


Pairs = dict[Variant, tuple[Array, Array]]
"""What is right, and what the folded layer makes of it."""


def pairs_of(layer: Layer) -> Pairs:
    """Return both for each variant."""
    one, z = layer.folded(layer.running), layer.z
    return {
        Variant.EVAL: (layer.running(z), one),
        Variant.TRAINING: (layer.training(z) if layer.params.bias else layer.forward.y, one),
        Variant.RELU: (layer.after_relu(relu(z)), relu(layer.folded(layer.after_relu))),
    }


def gaps_of(layer: Layer, pairs: Pairs) -> tuple[Gap, Gap, Gap]:
    """Return the gap of each variant, with what theory knows of it."""
    p, norms = layer.params, (layer.running, layer.running, layer.after_relu)
    rooms = [layer.rounding(norm) for norm in norms]
    in_eval, in_training, across = (
        gap_of(variant, two, one, room) for (variant, (two, one)), room in zip(pairs.items(), rooms, strict=True)
    )
    gap, share = expected_gap(layer, p.shift), relu_share(layer, rooms[-1])
    square_error = training_mode_error(
        layer.weight,
        shift=p.shift,
        spread=p.spread,
        count=p.independent,
        groups=p.groups if p.layer == "conv" else 1,
    )
    # At most: as if all outputs went wrong together.
    share_error = math.sqrt(max(share * (1 - share), 0.0) / p.independent)
    return (
        replace(in_eval, expected_rms=0.0, rms_error=0.0, expected_wrong=0.0, wrong_error=0.0),
        replace(in_training, expected_rms=gap, rms_error=p.gamma**2 * square_error / (2 * gap) if gap else 0.0),
        replace(across, expected_wrong=share, wrong_error=share_error),
    )


def gap_of(variant: Variant, two: Array, one: Array, room: float) -> Gap:
    """Return how far one is from two; `wrong` is the share of outputs that differ by more than rounding."""
    gap = np.abs(two - one)
    return Gap(variant, largest(gap), rms(gap), float(np.mean(gap > room)), room)


def expected_gap(layer: Layer, shift: float, *, eps: float | None = None) -> float:
    """Return the root mean square difference in training mode to expect, for independent values, at the eps set."""
    p = layer.params
    eps = p.eps if eps is None else eps
    return training_mode_gap(layer.std, shift=shift, spread=p.spread, count=p.count, gamma=p.gamma, eps=eps)


def relu_offset(layer: Layer) -> Array:
    """Return what batch norm after a ReLU makes of 0, shape (C_out,)."""
    return layer.params.beta - layer.after_relu.scale * layer.after_relu.mean


def relu_share(layer: Layer, room: float) -> float:
    """Return the share of outputs to expect that folding across a ReLU gets wrong."""
    return share_wrong_across_relu(layer.params.bias, layer.std, layer.after_relu.scale, relu_offset(layer), room=room)


def precisions_of(layer: Layer, double: tuple[Array, Array]) -> tuple[Precision, Precision]:
    """Return what float64 and float32 leave of the difference in eval mode."""
    return precision(layer, "float64", double, double[0]), precision(layer, "float32", single(layer), double[0])


def precision(layer: Layer, dtype: str, pair: tuple[Array, Array], right: Array) -> Precision:
    """Return what one dtype leaves; `right` is of two layers in float64."""
    two, one = pair
    return Precision(
        dtype,
        difference=largest(two.astype(np.float64) - one),
        rounding=layer.rounding(layer.running, dtype),
        largest_output=largest(two),
        two_error=largest(two - right),
        one_error=largest(one - right),
    )


def single(layer: Layer) -> tuple[Array, Array]:
    """Return two layers and one in eval mode, all in float32."""
    p, norm = layer.params, layer.running
    x, weight, bias = (array.astype(np.float32) for array in (layer.x, layer.weight, layer.bias))
    folded = norm.fold(weight, bias)
    return norm(apply(p, x, weight, bias)), apply(p, x, folded.weight, folded.bias)


def samples_of(pairs: Pairs) -> tuple[Sample, ...]:
    """Return some outputs of each variant, evenly over the batch."""
    samples = []
    for variant, (two, one) in pairs.items():
        chosen = np.unique(np.linspace(0, two.size - 1, min(two.size, POINTS)).astype(int))
        samples.append(Sample(variant, chosen, two.flat[chosen], one.flat[chosen]))
    return tuple(samples)
