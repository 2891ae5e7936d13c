"""How a network starts: the spread of its weights, its scale and shift."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bnsim.engine.arrays import Array
from bnsim.engine.networks.structure import Layer, Mlp, Slot, slots_of_layer


class Init(Enum):
    """The spread of the starting weights: sqrt(2 / fan_in), sqrt(2 / (fan_in + fan_out)), or a number given."""

    HE = "he"
    XAVIER = "xavier"
    FIXED = "fixed"


@dataclass(frozen=True, kw_only=True)
class Start:
    """How a network starts.

    Attributes
    ----------
    init : Init
    sigma : float
        The spread of the weights for FIXED; a factor on it for HE and XAVIER.
    gamma, beta : float
        Of every norm.
    branch_gamma : float, optional
        Of the norms in residual branches, instead of `gamma`; 0 makes every block the identity.
    """

    init: Init = Init.HE
    sigma: float = 1.0
    gamma: float = 1.0
    beta: float = 0.0
    branch_gamma: float | None = None


def initial(net: Mlp, start: Start, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Array:
    """Return the starting numbers of one network, shape (net.numbers,).

    Weights are normal, drawn layer by layer, so that networks of the same sizes and generator differ only by
    the spread; biases and alpha are 0.
    """
    values: list[NDArray[Any]] = []
    for slot in net.slots:
        if slot.name == "weight":
            values.append(weight_spread(start, slot.shape) * rng.standard_normal(slot.size))
        else:
            values.append(np.full(slot.size, _constant(net, start, slot)))
    return np.concatenate(values).astype(dtype, copy=False)


def normals_drawn(sizes: Sequence[int], rngs: Sequence[np.random.Generator]) -> Array:
    """Return the standard normal numbers behind the starting weights of R networks, shape (R, weights)."""
    normals = np.empty((len(rngs), sum(wide * out for wide, out in pairwise(sizes))))
    for row, rng in zip(normals, rngs, strict=True):
        rng.standard_normal(out=row)
    return normals


def weights_of(sizes: Sequence[int], start: Start, normals: Array) -> list[Array]:
    """Return the starting weights of R networks, layer by layer, of shape (R, fan_in, fan_out).

    Each network has the weights that `initial` draws with the generator of its `normals_drawn`.
    """
    shapes = list(pairwise(sizes))
    ends = list(accumulate(wide * out for wide, out in shapes))
    return [
        weights_with(start, normals[:, end - wide * out : end].reshape(-1, wide, out))
        for end, (wide, out) in zip(ends, shapes, strict=True)
    ]


def weights_with(start: Start, normals: Array) -> Array:
    """Return the starting weights of one layer, made of normal numbers of shape (R, fan_in, fan_out)."""
    weights: Array = normals * weight_spread(start, normals.shape[-2:])
    return weights


def layers_with(net: Mlp, start: Start, weights: Sequence[Array]) -> tuple[Layer, ...]:
    """Return the layers of R networks with these weights; their biases, which are 0, are left out.

    Layers that start with the same scale and shift share them, read-only.
    """
    known, layers = dict[tuple[int, bool], dict[str, Array]](), list[Layer]()
    for index, weight in enumerate(weights[:-1]):
        alike = weight.shape[-1], index > 0
        if alike not in known:
            known[alike] = _constants(net, start, index, weight)
        layers.append(Layer(weight=weight, **known[alike]))
    return (*layers, Layer(weight=weights[-1]))


def _constants(net: Mlp, start: Start, index: int, weight: Array) -> dict[str, Array]:
    """Return scale, shift and alpha of a hidden layer, if it has them."""
    found, (runs, _, width) = dict[str, Array](), weight.shape
    for slot in slots_of_layer(net, index, width):
        if slot.name in ("gamma", "beta", "alpha"):
            # One number for all: adding it, or multiplying by it, takes half as long as with an array of it.
            constant = np.broadcast_to(np.float64(_constant(net, start, slot)), (runs, *slot.shape))
            if slot.name == "gamma" and net.pools_examples:  # which multiplies what each unit has of its own
                constant = np.array(constant)
                constant.flags.writeable = False
            found[slot.name] = constant
    return found


def weight_spread(start: Start, shape: Sequence[int]) -> float:
    """Return the standard deviation of the starting weights of a layer of shape (fan_in, fan_out)."""
    fan_in, fan_out = shape
    of_fans = {Init.HE: math.sqrt(2 / fan_in), Init.XAVIER: math.sqrt(2 / (fan_in + fan_out)), Init.FIXED: 1.0}
    return start.sigma * of_fans[start.init]


def _constant(net: Mlp, start: Start, slot: Slot) -> float:
    if slot.name == "gamma" and net.residual and slot.layer > 0 and start.branch_gamma is not None:
        return start.branch_gamma
    return {"gamma": start.gamma, "beta": start.beta}.get(slot.name, 0.0)
