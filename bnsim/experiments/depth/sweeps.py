"""What theory expects wherever the thumb of a slider is: the picture and its numbers follow it."""

import math
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.networks.initialization import Start
from bnsim.engine.networks.structure import Mlp, Norm
from bnsim.engine.theory.mean_field import MeanField, mean_field
from bnsim.experiments.depth.networks import Network, start, structure
from bnsim.experiments.depth.params import DepthParams
from bnsim.experiments.depth.weights import read_only
from bnsim.scenario.sweep import positions, spans

THEORY_POINTS = 16
"""Layers of which theory is shown, the last one among them."""

SPREADS = 25
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


def deep_fields(p: DepthParams, square: float) -> dict[Network, MeanField]:
    """Return theory of both networks, as deep as the slider goes; `square` is the mean square of the inputs."""
    deepest = max(round(positions(p.controls()["depth"], p.depth)[-1]), p.depth)
    return {network: field_of(p, network, square, deepest) for network in Network}


def of_depth(p: DepthParams, fields: Mapping[Network, MeanField]) -> Sweep:
    """Return theory at every depth of the slider, from that of deep networks."""
    at = positions(p.controls()["depth"], p.depth)
    last = np.array(at, np.intp) - 1
    powers = {network: field.powers[None] for network, field in fields.items()}
    return Sweep(
        positions=at,
        spans=spans_of(at),
        layers=np.arange(1, max(at) + 1),
        powers=powers,
        growth={network: factor(row[0, last - 1], last - 1, row[0, last]) for network, row in powers.items()},
        gradient={network: row[0, last] for network, row in powers.items()},
    )


def of_sigma(p: DepthParams, square: float, fields: Mapping[Network, MeanField]) -> Sweep:
    """Return theory at some spreads of the weights; `fields` are those of deep networks at the present one."""
    at = positions(p.controls()["sigma"], p.sigma, SPREADS)
    steps = 2 * step_between(p.depth)  # all of these layers are among those shown
    layers = np.arange(p.depth, 0, -steps)[::-1]
    powers = {network: powers_of_sigmas(p, network, square, fields[network]) for network in Network}
    last = {network: of_layers[:, -1] for network, of_layers in powers.items()}
    return Sweep(
        positions=at,
        spans=spans_of(at),
        layers=layers,
        powers={network: of_layers[:, layers - 1] for network, of_layers in powers.items()},
        growth={network: factor(powers[network][:, -2], p.depth - 2, last[network]) for network in Network},
        gradient=last,
    )


@lru_cache(maxsize=64)
def spans_of(at: tuple[float, ...]) -> Array:
    """Return from where on up to where each position is the nearest, shape (positions, 2), read-only."""
    return read_only(np.clip(spans(at), -BEYOND, BEYOND))


def powers_of_sigmas(p: DepthParams, network: Network, square: float, present: MeanField) -> Array:
    """Return `MeanField.powers` at each spread of the weights, shape (positions, depth).

    Those of the slider's own positions serve wherever its thumb is; that of the thumb is put between them.
    """
    spec = p.controls()["sigma"]
    least = spec.control.slider[0] if spec.control.slider else p.sigma
    own = positions(spec, least, SPREADS)
    powers = field_of(p, network, square, p.depth, own).powers
    if p.sigma in own:
        return powers
    return np.insert(powers, bisect(own, p.sigma), present.powers[: p.depth], axis=0)


def field_of(
    p: DepthParams, network: Network, square: float, depth: int, sigmas: tuple[float, ...] | None = None
) -> MeanField:
    """Return theory of one network, as deep as that, and perhaps at several spreads of the weights."""
    net, begun = structure(p, network), start(p, network)
    deep = deepened(net, p.width, depth)
    batch = p.batch_size if net.norm is Norm.BATCH else 0
    return known_field(deep, begun if sigmas is None else replace(begun, sigma=1.0), batch, square, sigmas)


@lru_cache(maxsize=24)
def deepened(net: Mlp, width: int, depth: int) -> Mlp:
    """Return a network as deep as that."""
    return replace(net, sizes=(net.sizes[0], *[width] * depth, 1))


@lru_cache(maxsize=24)
def known_field(net: Mlp, begun: Start, batch: int, square: float, sigmas: tuple[float, ...] | None) -> MeanField:
    """Return theory, which most moves of a slider leave as it is."""
    return mean_field(net, begun, batch, square, sigmas=None if sigmas is None else np.array(sigmas))


def factor(power: Array, layers: Array | int, last: Array) -> Array:
    """Return by how much a layer multiplies the gradient; none where the last layer overflows."""
    return power_of_ten(np.where(np.isnan(last), math.nan, power / layers))


def power_of_ten(power: Array) -> Array:
    """Return 10 to that power."""
    with np.errstate(over="ignore", under="ignore"):
        value: Array = np.power(10.0, power)
    return value
