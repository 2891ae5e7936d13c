"""The weights behind the networks of the depth page, kept as deep as anybody has asked for.

A network begins with the same weights as a deeper one of its kind, so another depth, or another batch, draws none anew.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.networks.initialization import Start, weights_with
from bnsim.engine.networks.propagation import Drawn, turned

MOST_KEPT = 1_300_000
"""Weights of one kind that are kept at most, which is what the sliders reach; they lie there three times: as normal
numbers, as weights, and turned round. What is larger is drawn anew."""


class Kind(NamedTuple):
    """What decides the normal numbers behind the weights of R networks; some of the names of `DepthParams`."""

    features: int
    width: int
    seed: int
    seeds: int

    def shape(self, layer: int) -> tuple[int, int]:
        """Return inputs and outputs of a layer, from 0."""
        return (self.width if layer else self.features), self.width

    def is_kept(self, depth: int) -> bool:
        """Return whether so many weights are kept."""
        sizes = (self.features, *[self.width] * depth)
        return self.seeds * sum(wide * out for wide, out in pairwise(sizes)) <= MOST_KEPT


class Normals:
    """The standard normal numbers behind the weights, each network's from a generator of its own, layer after layer.

    They are those of `initial` and `normals_drawn`.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._layers = list[Array]()
        self._states = [states_of(generators_of(kind))]  # before the first layer, and after each
        self._lock = Lock()

    def first(self, depth: int) -> list[Array]:
        """Return those of the first layers, each of shape (R, fan_in, fan_out), read-only."""
        with self._lock:
            known = len(self._layers)
            rngs = generators_at(self._states[known]) if known < depth else []
            for layer in range(known, depth):
                drawn = read_only(normals(rngs, self._kind.shape(layer)))
                # Whoever is interrupted leaves the layers as they were, and perhaps one state more.
                self._states[layer + 1 :] = [states_of(rngs)]
                self._layers.append(drawn)
            return self._layers[:depth]

    def behind(self, depth: int, batch_size: int) -> tuple[Array, Array]:
        """Return what is drawn after so many layers: for the scores, (R, width, 1), and gradients, (R, N, width)."""
        self.first(depth)
        return sent_back(generators_at(self._states[depth]), self._kind, batch_size)


class Weights:
    """The starting weights of R networks, layer after layer, and turned round as `Drawn` has them."""

    def __init__(self, begun: Start, normals: Normals) -> None:
        self._begun, self._normals = begun, normals
        self._weights, self._turned = list[Array](), list[Array]()
        self._lock = Lock()

    def first(self, depth: int) -> tuple[list[Array], list[Array]]:
        """Return those of the first hidden layers, read-only: (R, fan_in, fan_out), and (R, fan_out, fan_in)."""
        normals = self._normals.first(depth)
        with self._lock:
            for layer in range(len(self._weights), depth):
                weight = read_only(weights_with(self._begun, normals[layer]))
                self._turned[layer:] = [turned(weight)]
                self._weights.append(weight)
            return self._weights[:depth], self._turned[:depth]

    def drawn(self, x: Array, depth: int) -> Drawn:
        """Return what networks of that depth start with and are sent, `x` of shape (R, N, features) to begin with."""
        (weights, back), (scores, gradient) = self.first(depth), self._normals.behind(depth, x.shape[1])
        return Drawn(x, [*weights, read_only(weights_with(self._begun, scores))], back, gradient)


def drawn_once(kind: Kind, begun: Start, x: Array, depth: int, *, back: bool = True) -> Drawn:
    """Return what networks of that depth start with and are sent, of which nothing is kept; see `Weights.drawn`.

    No more normal numbers than those of a layer are in memory at once: of the largest networks all take 360 MB.
    Without a way `back` neither weights turned round nor gradients are made.
    """
    rngs = generators_of(kind)
    weights, back_again = list[Array](), list[Array]()
    for layer in range(depth):
        weights.append(weights_with(begun, normals(rngs, kind.shape(layer))))
        if back:
            back_again.append(turned(weights[-1]))
    scores, gradient = sent_back(rngs, kind, x.shape[1] if back else 0)
    return Drawn(x, [*weights, weights_with(begun, scores)], back_again, gradient)


def normals(rngs: Sequence[np.random.Generator], shape: tuple[int, int]) -> Array:
    """Return what each network draws for one layer, shape (R, fan_in, fan_out)."""
    drawn = np.empty((len(rngs), *shape))
    for row, rng in zip(drawn, rngs, strict=True):
        rng.standard_normal(out=row)
    return drawn


def sent_back(rngs: Sequence[np.random.Generator], kind: Kind, batch_size: int) -> tuple[Array, Array]:
    """Return what is drawn after the last layer: for the scores, (R, width, 1), and gradients, (R, N, width)."""
    scores, gradient = np.empty((len(rngs), kind.width, 1)), np.empty((len(rngs), batch_size, kind.width))
    for row, back, rng in zip(scores, gradient, rngs, strict=True):
        rng.standard_normal(out=row)
        rng.standard_normal(out=back)
    return scores, read_only(gradient)


def generators_of(kind: Kind) -> list[np.random.Generator]:
    """Return the generator of each network before its first layer."""
    return [np.random.default_rng((each, 1)) for each in range(kind.seed, kind.seed + kind.seeds)]


def states_of(rngs: Sequence[np.random.Generator]) -> list[Any]:
    """Return where generators stand."""
    return [rng.bit_generator.state for rng in rngs]


def generators_at(states: Sequence[Any]) -> list[np.random.Generator]:
    """Return generators that stand there."""
    rngs = [np.random.default_rng(0) for _ in states]
    for rng, state in zip(rngs, states, strict=True):
        rng.bit_generator.state = state
    return rngs


@lru_cache(maxsize=1)
def known_normals(kind: Kind) -> Normals:
    """Return the normal numbers of one kind; drawing them takes as long as the way forward."""
    return Normals(kind)


@lru_cache(maxsize=1)
def known_weights(kind: Kind, begun: Start) -> Weights:
    """Return the weights of one kind."""
    return Weights(begun, known_normals(kind))


def read_only(array: Array) -> Array:
    """Return an array that nobody can write to, as others will be given it, too."""
    array.flags.writeable = False
    return array
