"""What two layers and one cost: numbers held, work and traffic are counted, time is measured when that is asked for."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.experiments.folding.layer import Layer, apply
from bnsim.experiments.folding.params import FoldingParams

TIMING_SECONDS, FEWEST_PAIRS, MOST_PAIRS = 0.15, 5, 51


class Quantity(StrEnum):
    """What is counted."""

    PARAMETERS = "parameters"
    MULTIPLY_ADDS = "multiply-adds"
    BYTES = "bytes moved"


class When(StrEnum):
    """Before batch norm is folded, and after."""

    BEFORE = "before"
    AFTER = "after"


class Timed(StrEnum):
    """What is measured: the two ways, and how many times as long the first takes."""

    TWO = "layer and batch norm"
    ONE = "folded layer"
    RATIO = "ratio"


@dataclass(frozen=True)
class Counts:
    """The numbers that the costs are made of: those of the layer, and the values that it receives and returns."""

    weights: int
    biases: int
    outputs: int
    products: int
    values: int
    x: int


@dataclass(frozen=True)
class Cost:
    """What one quantity is before and after folding, and how much of it is saved."""

    quantity: Quantity
    before: int
    after: int
    saved_percent: float


@dataclass(frozen=True)
class Timing:
    """Median and middle half of one thing that was measured, with its unit."""

    what: Timed
    median: float
    low: float
    high: float
    unit: str
    pairs: int


def counts_of(p: FoldingParams) -> Counts:
    """Return what the costs are made of; a bias of 0 is a layer without one."""
    return Counts(
        weights=p.outputs * p.fan_in,
        biases=p.outputs if p.bias else 0,
        outputs=p.outputs,
        products=p.fan_in,
        values=p.count * p.outputs,
        x=math.prod(p.x_shape),
    )


def costs_of(n: Counts) -> tuple[Cost, Cost, Cost]:
    """Return parameters, multiply-adds and bytes moved, before and after.

    A bias costs no multiply-add: it is where the sum starts. Batch norm is one per value, scale and offset at hand.
    Each layer reads its input and parameters once and writes its output once, in float32; no cache is counted.
    """
    before, after = n.weights + n.biases + 4 * n.outputs, n.weights + n.outputs
    work = n.values * n.products
    return (
        cost(Quantity.PARAMETERS, before, after),
        cost(Quantity.MULTIPLY_ADDS, work + n.values, work),
        cost(Quantity.BYTES, 4 * (n.x + before + 3 * n.values), 4 * (n.x + after + n.values)),
    )


def cost(quantity: Quantity, before: int, after: int) -> Cost:
    """Return a cost with the percentage that is saved."""
    return Cost(quantity, before, after, 100 * (1 - after / before))


def both_ways(layer: Layer) -> tuple[Callable[[], Array], Callable[[], Array]]:
    """Return the two layers, and the one, as calls on the same float32 batch."""
    p, norm = layer.params, layer.running
    x, weight, bias = (array.astype(np.float32) for array in (layer.x, layer.weight, layer.bias))
    before = bias if p.bias else None
    folded = norm.fold(weight, bias)
    return lambda: norm(apply(p, x, weight, before)), lambda: apply(p, x, folded.weight, folded.bias)


def measure(two: Callable[[], Array], one: Callable[[], Array]) -> Array:
    """Return seconds, shape (pairs, 2), of two calls that take turns, each first every other time.

    5 to 51 pairs, and after 0.15 s no more than are needed.
    """
    calls: tuple[Callable[[], Array], ...] = (two, one)
    pairs: list[list[float]] = []
    for call in calls:  # the first call finds cold caches
        call()
    end = time.perf_counter() + TIMING_SECONDS
    while len(pairs) < MOST_PAIRS and (len(pairs) < FEWEST_PAIRS or time.perf_counter() < end):
        pair = [0.0, 0.0]
        for which in (0, 1) if len(pairs) % 2 else (1, 0):
            start = time.perf_counter()
            calls[which]()
            pair[which] = time.perf_counter() - start
        pairs.append(pair)
    return np.array(pairs)


def timings_of(seconds: Array) -> tuple[Timing, Timing, Timing]:
    """Return median and middle half of both ways and of their ratio, pair by pair; seconds of shape (pairs, 2)."""
    two, one = seconds.T
    return (
        timing(Timed.TWO, 1e3 * two, "ms"),
        timing(Timed.ONE, 1e3 * one, "ms"),
        timing(Timed.RATIO, two / one, ""),
    )


def timing(what: Timed, values: Array, unit: str) -> Timing:
    """Return median and middle half of the values of all pairs."""
    median, low, high = np.quantile(values, (0.5, 0.25, 0.75)).tolist()
    return Timing(what, median, low, high, unit, values.size)
