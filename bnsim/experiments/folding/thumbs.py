"""What the page needs to follow a thumb: some outputs of the layer, and what the numbers beside the picture come to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array
from bnsim.experiments.folding.differences import POINTS, Pairs, Variant
from bnsim.experiments.folding.layer import Layer, moments_after_relu, per_output, relu
from bnsim.experiments.folding.moves import training_differences, training_squares
from bnsim.experiments.folding.params import FoldingParams
from bnsim.scenario.sweep import positions, spans

MOST, MOST_OF_SPREAD = 24, 30
"""A sweep looks at so many positions of a slider; that of the spread, whose steps matter most, at every other."""


@dataclass(frozen=True, eq=False)
class Points:
    """Some outputs without the bias, the least and the largest of each channel among them.

    `z`: the output; `std`: of its channel, exactly; `mean`, `var`: of its channel in this batch; `rounding`: how far
    the folded layer is off there in eval mode.
    """

    z: Array
    std: Array
    mean: Array
    var: Array
    rounding: Array


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a number comes to at positions of one slider, the others as they are; each stands for a span of values."""

    control: str
    spans: tuple[tuple[float, float], ...]
    number: Array


@dataclass(frozen=True, eq=False)
class Thumbs:
    """What follows the main sliders.

    `squares`: a, b, c of `training_squares`. `sweeps`: the difference in training mode at spreads, the largest one
    across a ReLU at biases, scales and shifts; `across`: the present one.
    """

    points: Points
    squares: tuple[float, float, float]
    across: float
    sweeps: tuple[Sweep, ...]


def thumbs_of(layer: Layer, pairs: Pairs) -> Thumbs:
    """Return what the page needs to follow a thumb."""
    p = layer.params
    still, tilt, bend = (float(each) for each in training_squares(layer, p.spread))
    rows = per_output(layer.plain)
    at = np.stack([rows.argmin(axis=0), rows.argmax(axis=0)])
    extremes = np.take_along_axis(rows, at, axis=0)
    return Thumbs(
        points=points_of(layer, pairs, at),
        squares=(still, tilt, bend),
        across=float(across_relu(layer, extremes)),
        sweeps=tuple(sweeps_of(layer, extremes)),
    )


def points_of(layer: Layer, pairs: Pairs, extremes: Array) -> Points:
    """Return outputs that are spread evenly over the batch, and the extremes of each channel, by their rows."""
    z, channels = layer.plain, layer.params.outputs
    places = z[0, 0].size
    sample, place = np.divmod(extremes, places)
    furthest = (sample * channels + np.arange(channels)) * places + place
    spread = np.linspace(0, z.size - 1, min(z.size, POINTS)).astype(int)
    chosen = np.unique(np.concatenate([spread, furthest.ravel()]))
    channel = chosen // places % channels
    two, one = pairs[Variant.EVAL]
    mean, var = (each[channel] for each in (layer.forward.mean, layer.forward.var))
    return Points(z.flat[chosen], layer.std[channel], mean, var, one.flat[chosen] - two.flat[chosen])


def sweeps_of(layer: Layer, extremes: Array) -> list[Sweep]:
    """Return the sweeps over the sliders that no expression follows."""
    p, controls = layer.params, FoldingParams.controls()
    spreads = positions(controls["spread"], p.spread, MOST_OF_SPREAD)
    sweeps = [Sweep("spread", tuple(spans(spreads)), training_differences(layer, p.shift, spreads))]
    for name in ("bias", "gamma", "beta"):
        at = positions(controls[name], getattr(p, name), MOST)
        sweeps.append(Sweep(name, tuple(spans(at)), across_relu(layer, extremes, **{name: np.array(at)})))
    return sweeps


def across_relu(
    layer: Layer,
    extremes: Array,
    *,
    bias: ArrayLike | None = None,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
) -> Array:
    """Return the largest difference across a ReLU at biases, scales or shifts; the others are those that are set.

    It falls and then rises along the outputs of a channel, or does one of both, so the largest is at an extreme: those
    without the bias have shape (2, C_out).
    """
    p = layer.params
    b, g, shift = (
        np.expand_dims(own if given is None else given, -1)
        for given, own in ((bias, p.bias), (gamma, p.gamma), (beta, p.beta))
    )
    mean, var = moments_after_relu(b, layer.std)
    scale = g / np.sqrt(var + p.eps)
    offset = shift - scale * mean
    z = [each + b for each in extremes]
    differences = [np.abs(relu(scale * each + offset) - (scale * relu(each) + offset)) for each in z]
    return np.asarray(np.maximum(*differences).max(axis=-1))
