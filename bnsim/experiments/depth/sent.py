"""What is sent through both networks, and what is measured; what an earlier setting shares with this one is known."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.networks.initialization import Start, normals_drawn, weights_of
from bnsim.engine.networks.propagation import Drawn
from bnsim.engine.networks.settings import standardized
from bnsim.engine.networks.structure import Mlp
from bnsim.experiments.depth.distributions import drawn_layers
from bnsim.experiments.depth.networks import Draws, Network, draw, start, structure
from bnsim.experiments.depth.params import DepthParams, Inputs

Sizes: TypeAlias = tuple[int, ...]
"""Units of all layers, the inputs first."""

MOST_KEPT = 600_000
"""Normal numbers that are kept at most, of each of two settings, and weights of one, which lie there twice
(`Drawn.turned`); what is larger is drawn anew."""


def batch(inputs: Inputs, count: int, features: int, rng: np.random.Generator) -> Array:
    """Return one batch of inputs, shape (count, features)."""
    if inputs == "noise":
        return rng.standard_normal((count, features))
    pixels = load_digits().images.reshape(-1, features).astype(np.float64)
    return standardized(pixels, pixels)[rng.choice(len(pixels), count, replace=False)]


class Sent(NamedTuple):
    """What is sent through both networks, and with which seeds; some of the names of `DepthParams`."""

    inputs: Inputs
    batch_size: int
    seed: int
    seeds: int


def draw_both(p: DepthParams) -> tuple[Drawn, dict[Network, Draws]]:
    """Return what both networks share, and what is measured on each; what is known of an earlier setting serves."""
    sent, shown = Sent(p.inputs, p.batch_size, p.seed, p.seeds), drawn_layers(p.depth)
    net, begun = structure(p, Network.WITHOUT), start(p, Network.WITHOUT)
    if p.seeds * sum(wide * out for wide, out in pairwise(net.sizes)) <= MOST_KEPT:
        drawn, without = known_shared(net.sizes, begun, sent), draws_without(net, begun, sent)
    else:
        drawn = shared(net.sizes, begun, sent, known_normals.__wrapped__)
        without = draw(net, begun, drawn, shown)
    return drawn, {Network.WITHOUT: without, Network.WITH: draw(structure(p, Network.WITH), start(p), drawn, shown)}


@lru_cache(maxsize=16)  # less than 200 kB each
def draws_without(net: Mlp, begun: Start, sent: Sent) -> Draws:
    """Return what is measured on the network without norm, which nothing changes that is set for a norm."""
    found = draw(net, begun, known_shared(net.sizes, begun, sent), drawn_layers(net.depth))
    read_only(*found.layers.values(), found.growth, found.square_ratio, found.samples)
    return found


@lru_cache(maxsize=1)
def known_shared(sizes: Sizes, begun: Start, sent: Sent) -> Drawn:
    """Return what both networks share, which no activation changes, and nothing either that is set for a norm."""
    found = shared(sizes, begun, sent, known_normals)
    read_only(found.x, *found.weights, found.gradient)
    return found


def shared(sizes: Sizes, begun: Start, sent: Sent, draw_normals: Callable[..., tuple[Array, Array]]) -> Drawn:
    """Return the weights and the gradients that both networks share, with a batch of inputs for each draw."""
    rngs = [np.random.default_rng((seed, 0)) for seed in range(sent.seed, sent.seed + sent.seeds)]
    x = np.stack([batch(sent.inputs, sent.batch_size, sizes[0], rng) for rng in rngs])
    normals, gradient = draw_normals(sizes, sent.batch_size, sent.seed, sent.seeds)
    return Drawn(x, weights_of(sizes, begun, normals), gradient)


@lru_cache(maxsize=2)
def known_normals(sizes: Sizes, batch_size: int, seed: int, seeds: int) -> tuple[Array, Array]:
    """Return the normal numbers behind the weights, and the gradients, which most moves of a slider leave as they are.

    Drawing them takes as long as the way forward.
    """
    rngs = [np.random.default_rng((each, 1)) for each in range(seed, seed + seeds)]
    normals = normals_drawn(sizes, rngs)
    gradient = np.stack([rng.standard_normal((batch_size, sizes[-2])) for rng in rngs])
    read_only(normals, gradient)
    return normals, gradient


def read_only(*arrays: Array) -> None:
    """Let nobody write to arrays that others will be given, too."""
    for array in arrays:
        array.flags.writeable = False
