"""What theory expects wherever the thumb of a slider is: the picture and its numbers follow it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.theory.mean_field import MeanField, mean_field
from bnsim.experiments.depth.networks import Network, start, structure
from bnsim.experiments.depth.params import DepthParams
from bnsim.scenario.sweep import positions, spans

THEORY_POINTS = 16
"""Layers of which theory is shown, the last one among them."""

SPREADS = 40
"""Spreads of the weights that are looked at, at most."""

BEYOND = 1e30
"""No slider goes as far."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """Theory at some positions of one slider.

    Attributes
    ----------
    positions : tuple of float
        The present one among them.
    spans : array, shape (positions, 2)
        From where on up to where each is the nearest.
    layers : array of int
        Layers, from 1, of which `powers` are given.
    powers : mapping of network to array, shape (positions, layers)
        See `MeanField.powers`. The network of another depth begins with the same layers: one row serves all positions
        of the depth.
    growth, gradient : mapping of network to array, shape (positions,)
        The factor a layer; and the gradient of layer 1 over that of the last, as a power of ten.
    """

    positions: tuple[float, ...]
    spans: Array
    layers: Array
    powers: Mapping[Network, Array]
    growth: Mapping[Network, Array]
    gradient: Mapping[Network, Array]


def step_between(depth: int, points: int = THEORY_POINTS) -> int:
    """Return how many layers lie between two of which theory is shown."""
    return math.ceil(depth / points)


def of_depth(p: DepthParams, square: float) -> Sweep:
    """Return theory at every depth of the slider."""
    spec = p.controls()["depth"]
    at = positions(spec, p.depth)
    fields = fields_of(p, square, round(max(at)))
    last = np.array(at, np.intp) - 1
    powers = {network: field.powers[None] for network, field in fields.items()}
    return Sweep(
        positions=at,
        spans=np.clip(spans(at), -BEYOND, BEYOND),
        layers=np.arange(1, max(at) + 1),
        powers=powers,
        growth={network: factor(row[0, last - 1], last - 1, row[0, last]) for network, row in powers.items()},
        gradient={network: row[0, last] for network, row in powers.items()},
    )


def of_sigma(p: DepthParams, square: float) -> Sweep:
    """Return theory at some spreads of the weights."""
    at = positions(p.controls()["sigma"], p.sigma, SPREADS)
    fields = fields_of(p, square, p.depth, np.array(at))
    steps = 2 * step_between(p.depth)  # all of these layers are among those shown
    layers = np.arange(p.depth, 0, -steps)[::-1]
    ends = {network: field.powers[:, [-2, -1]].T for network, field in fields.items()}
    return Sweep(
        positions=at,
        spans=np.clip(spans(at), -BEYOND, BEYOND),
        layers=layers,
        powers={network: field.powers[:, layers - 1] for network, field in fields.items()},
        growth={network: factor(before, p.depth - 2, last) for network, (before, last) in ends.items()},
        gradient={network: last for network, (_, last) in ends.items()},
    )


def fields_of(p: DepthParams, square: float, depth: int, sigmas: Array | None = None) -> dict[Network, MeanField]:
    """Return theory of both networks, as deep as that."""
    fields = {}
    for network in Network:
        net = structure(p, network)
        deep = replace(net, sizes=(net.sizes[0], *[p.width] * depth, 1))
        fields[network] = mean_field(deep, start(p), p.batch_size, square, sigmas=sigmas)
    return fields


def factor(power: Array, layers: Array | int, last: Array) -> Array:
    """Return by how much a layer multiplies the gradient; none where the last layer overflows."""
    return power_of_ten(np.where(np.isnan(last), math.nan, power / layers))


def power_of_ten(power: Array) -> Array:
    """Return 10 to that power."""
    with np.errstate(over="ignore", under="ignore"):
        value: Array = np.power(10.0, power)
    return value
