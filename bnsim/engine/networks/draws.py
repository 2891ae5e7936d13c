"""Several draws of one kind of network at initialization, held against theory."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.initialization import Start
from bnsim.engine.networks.propagation import growth_per_layer, propagate
from bnsim.engine.networks.structure import Mlp
from bnsim.engine.theory.mean_field import MeanField, mean_field

MOMENTS = ("mean", "std", "mean_square")
SHARES = ("branch_share", "flat", "dead")


@dataclass(frozen=True, eq=False)
class Draws:
    """What `propagate` found in R networks that differ in their weights and inputs only.

    Attributes
    ----------
    columns : mapping of str to array, shape (R, depth)
        Fields of `Propagation`; "gradient" is its gradient norm over that of the last layer. Shares are NaN in layers
        that overflow, and the gradient of a network of which any layer does: nothing sensible comes back.
    samples : float32, shape (R, layers shown, values)
        Values of h in some layers; what is too large for float32 is infinite.
    law : MeanField
    """

    columns: Mapping[str, Array]
    samples: Array
    law: MeanField

    @property
    def growth(self) -> Array:
        """By how much a layer multiplies the gradient on its way back, shape (R,)."""
        return growth_per_layer(self.columns["gradient"])

    @property
    def square_ratio(self) -> Array:
        """Mean square of h in the last layer over that in the first, shape (R,)."""
        square = self.columns["mean_square"]
        with quiet(), np.errstate(divide="ignore"):
            ratio: Array = square[:, -1] / square[:, 0]
        return ratio


def draw(
    net: Mlp, start: Start, inputs: Sequence[Array], rngs: Sequence[np.random.Generator], shown: Array, square: float
) -> Draws:
    """Send each batch through a network of its own, drawn by the generator in its place.

    Parameters
    ----------
    net : Mlp
    start : Start
    inputs : sequence of array, shape (N, features)
    rngs : sequence of Generator
    shown : array of int
        The layers, from 0, of which samples are kept.
    square : float
        Mean square of the inputs, for theory.
    """
    found: list[dict[str, Array]] = []
    for x, rng in zip(inputs, rngs, strict=True):
        one = propagate(net, start, x, rng)
        lost = ~np.isfinite(one.mean_square)
        columns = {name: getattr(one, name) for name in MOMENTS}
        columns |= {name: np.where(lost, math.nan, getattr(one, name)) for name in SHARES}
        with quiet():
            samples = one.samples[shown].astype(np.float32)
        found.append({**columns, "gradient": one.gradient_ratio, "samples": samples})
    stacked = {name: np.stack([each[name] for each in found]) for name in found[0]}
    return Draws(stacked, stacked.pop("samples"), mean_field(net, start, len(inputs[0]), square))


def geometric_mean(values: Array) -> Array:
    """Return the geometric mean over the first axis; 0 if one is 0, NaN if one is."""
    with quiet(), np.errstate(divide="ignore"):
        mean: Array = np.exp(np.log(values).mean(axis=0))
    return mean
