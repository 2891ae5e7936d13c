"""What is sent through both networks, and what is measured; what an earlier setting shares with this one is known."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.networks.initialization import Start
from bnsim.engine.networks.propagation import Drawn
from bnsim.engine.networks.settings import standardized
from bnsim.engine.networks.structure import Mlp
from bnsim.experiments.depth.distributions import drawn_layers
from bnsim.experiments.depth.networks import Draws, Network, Seen, draw, see, start, structure
from bnsim.experiments.depth.params import DepthParams, Inputs
from bnsim.experiments.depth.weights import Kind, drawn_once, known_weights, read_only
from bnsim.once import once


class Sent(NamedTuple):
    """What is sent through both networks, and with which seeds; some of the names of `DepthParams`."""

    inputs: Inputs
    batch_size: int
    seed: int
    seeds: int


def batch(inputs: Inputs, count: int, features: int, rng: np.random.Generator) -> Array:
    """Return one batch of inputs, shape (count, features)."""
    if inputs == "noise":
        return rng.standard_normal((count, features))
    digits = standardized_digits()
    return digits[rng.choice(len(digits), count, replace=False)]


@once
def standardized_digits() -> Array:
    """Return all digits, shape (1797, 64), each pixel with mean 0 and std 1; it takes as long as a whole network."""
    pixels = load_digits().images.reshape(-1, 64).astype(np.float64)
    return read_only(standardized(pixels, pixels))


def draw_both(p: DepthParams) -> tuple[Drawn, dict[Network, Draws]]:
    """Return what both networks share, and what is measured on each; what is known of an earlier setting serves."""
    drawn, net, begun = shared_by_both(p), structure(p, Network.WITHOUT), start(p, Network.WITHOUT)
    without = draws_without(net, begun, sent_in(p)) if is_kept(p) else draw(net, begun, drawn)
    return drawn, {Network.WITHOUT: without, Network.WITH: draw(structure(p, Network.WITH), start(p), drawn)}


def see_both(p: DepthParams) -> dict[Network, Seen]:
    """Return what else there is to see in both networks, the same draws sent forward once more."""
    drawn, shown = shared_by_both(p, back=False), drawn_layers(p.depth)
    return {network: see(structure(p, network), start(p, network), drawn, shown) for network in Network}


def sent_in(p: DepthParams) -> Sent:
    """Return what is sent, and with which seeds."""
    return Sent(p.inputs, p.batch_size, p.seed, p.seeds)


def is_kept(p: DepthParams) -> bool:
    """Return whether so many weights are kept."""
    net = structure(p, Network.WITHOUT)
    return kind_of(net, sent_in(p)).is_kept(net.depth)


def kind_of(net: Mlp, sent: Sent) -> Kind:
    """Return which normal numbers are behind the weights."""
    return Kind(net.sizes[0], net.sizes[1], sent.seed, sent.seeds)


def shared_by_both(p: DepthParams, *, back: bool = True) -> Drawn:
    """Return what both networks share; without a way `back` what that needs may be missing."""
    net, begun, sent = structure(p, Network.WITHOUT), start(p, Network.WITHOUT), sent_in(p)
    if is_kept(p):
        return known_shared(net.sizes[0], net.sizes[1], net.depth, begun, sent)
    return drawn_once(kind_of(net, sent), begun, inputs_of(net.sizes[0], sent), net.depth, back=back)


@lru_cache(maxsize=16)  # a few kilobytes each
def draws_without(net: Mlp, begun: Start, sent: Sent) -> Draws:
    """Return what is measured on the network without norm, which nothing changes that is set for a norm."""
    found = draw(net, begun, known_shared(net.sizes[0], net.sizes[1], net.depth, begun, sent))
    for array in (*found.layers.values(), *found.ends.values(), found.growth, found.square_ratio):
        read_only(array)
    return found


@lru_cache(maxsize=1)
def known_shared(features: int, width: int, depth: int, begun: Start, sent: Sent) -> Drawn:
    """Return what both networks share, which no activation changes, and nothing either that is set for a norm."""
    weights = known_weights(Kind(features, width, sent.seed, sent.seeds), begun)
    return weights.drawn(known_inputs(features, sent), depth)


@lru_cache(maxsize=1)
def known_inputs(features: int, sent: Sent) -> Array:
    """Return the batches that are sent, which no weight changes."""
    return inputs_of(features, sent)


def inputs_of(features: int, sent: Sent) -> Array:
    """Return a batch of inputs for each draw, shape (R, N, features), read-only."""
    rngs = [np.random.default_rng((seed, 0)) for seed in range(sent.seed, sent.seed + sent.seeds)]
    return read_only(np.stack([batch(sent.inputs, sent.batch_size, features, rng) for rng in rngs]))
