"""The weights behind the networks of the depth page, kept as deep as anybody has asked for.

A network begins with the same weights as a deeper one of its kind, so another depth, or another batch, draws none anew.
"""

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
        self._rngs = [np.random.default_rng((each, 1)) for each in range(kind.seed, kind.seed + kind.seeds)]
        self._layers = list[Array]()
        self._states = list[list[Any]]()
        self._lock = Lock()

    def first(self, depth: int) -> list[Array]:
        """Return those of the first layers, each of shape (R, fan_in, fan_out), read-only."""
        with self._lock:
            for layer in range(len(self._layers), depth):
                drawn = np.empty((len(self._rngs), *self._kind.shape(layer)))
                for row, rng in zip(drawn, self._rngs, strict=True):
                    rng.standard_normal(out=row)
                self._layers.append(read_only(drawn))
                self._states.append([rng.bit_generator.state for rng in self._rngs])
            return self._layers[:depth]

    def behind(self, depth: int, batch_size: int) -> tuple[Array, Array]:
        """Return what is drawn after so many layers: for the scores, (R, width, 1), and gradients, (R, N, width)."""
        self.first(depth)
        scores = np.empty((len(self._rngs), self._kind.width, 1))
        gradient = np.empty((len(self._rngs), batch_size, self._kind.width))
        rng = np.random.default_rng(0)
        for row, sent_back, state in zip(scores, gradient, self._states[depth - 1], strict=True):
            rng.bit_generator.state = state
            rng.standard_normal(out=row)
            rng.standard_normal(out=sent_back)
        return scores, read_only(gradient)


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
                weight = weights_with(self._begun, normals[layer])
                self._turned.append(turned(weight))
                self._weights.append(read_only(weight))
            return self._weights[:depth], self._turned[:depth]

    def drawn(self, x: Array, depth: int) -> Drawn:
        """Return what networks of that depth start with and are sent, `x` of shape (R, N, features) to begin with."""
        (weights, back), (scores, gradient) = self.first(depth), self._normals.behind(depth, x.shape[1])
        return Drawn(x, [*weights, read_only(weights_with(self._begun, scores))], back, gradient)


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
