"""What an activation makes of a normal variable: its moments, of one spread or of several at once."""

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.networks.structure import Activation
from bnsim.engine.theory.closed_forms import relu_moments

Value: TypeAlias = Any
"""A number, or one for each of several spreads, shape (S,)."""

NODES = np.linspace(-9.0, 9.0, 721)
DENSITY = np.exp(-NODES * NODES / 2) / np.exp(-NODES * NODES / 2).sum()
STEP = 0.025
"""Between two of the nodes."""

STEPS = (16, 8, 4, 2)
"""Of the nodes every 16th is taken at least."""

FINE, COARSE = 0.2, 0.3
"""What a sum over nodes leaves falls like exp(-pi**2 / (std step)), as the nearest pole of tanh is pi / 2 away from the
real axis. So std times step is at most this where a step can be so small: for one spread, of which it leaves less than
1e-15, and for several at once, 1e-9."""

FLAT_FROM = math.atanh(math.sqrt(0.9))
"""tanh is flat from here on, where its slope is a tenth of the steepest; a sigmoid from twice as far out."""


class Moments(NamedTuple):
    """Of an activation of a normal variable: mean, mean square, mean squared slope, and how often it is flat."""

    mean: Value
    square: Value
    slope: Value
    flat: Value


class Passed(NamedTuple):
    """What an activation passes on of a normal variable: mean, mean square, and mean squared slope."""

    mean: Value
    square: Value
    slope: Value


def moments(activation: Activation, mean: float, var: Value) -> Moments:
    """Return the moments of an activation of h, normal with this mean and variance, or each of several variances.

    Examples
    --------
    >>> relu = moments(Activation.RELU, 0.0, 1.0)
    >>> [round(float(value), 5) for value in relu]
    [0.39894, 0.5, 0.5, 0.5]
    """
    mean_of, std = np.asarray(mean, np.float64), np.sqrt(np.asarray(var, np.float64))
    return Moments(*passed(activation, mean, var), FLAT[activation](mean_of, std))


def passed(activation: Activation, mean: float, var: Value) -> Passed:
    """Return what an activation passes on of h, normal with this mean and variance; NaN of a negative variance."""
    if isinstance(var, np.ndarray):
        return SEVERAL[activation](mean, np.sqrt(var))
    return ONE[activation](mean, np.sqrt(np.float64(var)))


def _linear(mean: float, std: Value) -> Passed:
    return Passed(mean, mean * mean + std * std, 1.0)


def _relu(mean: float, std: float) -> Passed:
    if 0 < std < math.inf:
        found = relu_moments(mean, float(std))
        return Passed(found.mean, found.mean_square, 1 - found.zeros)
    on = max(mean, 0.0)  # a constant; or what has overflowed, and stays so
    return Passed(on + std, on * on + std * std, float(mean > 0))


def _relus(mean: float, std: Array) -> Passed:
    """Return what `_relu` does, for each of several; see `relu_moments`."""
    usual = (std > 0) & (std < math.inf)
    if mean == 0:  # half of h is passed on, and half of its square
        return Passed(std * (1 / math.sqrt(2 * math.pi)), std * std * 0.5, usual * 0.5)
    is_usual = bool(usual.all())
    spread = std if is_usual else np.where(usual, std, 1.0)
    t = mean / spread
    on = 1 - 0.5 * _erfc(t / math.sqrt(2))
    along = spread * (np.exp(t * t * -0.5) / math.sqrt(2 * math.pi))
    first, second = mean * on + along, (mean * mean + spread * spread) * on + mean * along
    if not is_usual:
        for at in np.flatnonzero(~usual):
            first[at], second[at], on[at] = _relu(mean, std[at])
    return Passed(first, second, on)


def _tanh(mean: float, std: Value) -> Passed:
    return Passed(*_of_tanh(mean, std))


def _sigmoid(mean: float, std: Value) -> Passed:
    # A sigmoid is (1 + tanh(h / 2)) / 2.
    mean_of, square, slope = _of_tanh(mean / 2, std / 2)
    return Passed((1 + mean_of) / 2, (1 + 2 * mean_of + square) / 4, slope / 16)


def _of_tanh(mean: float, std: Value) -> tuple[Value, Value, Value]:
    """Return the mean, the mean square and the mean squared slope of tanh."""
    is_centred = mean == 0
    if isinstance(std, np.ndarray):
        nodes, density = _nodes(_step(float(std.max()), COARSE), half=is_centred)
        a = std[:, None] * nodes
    else:
        nodes, density = _nodes(_step(float(std), FINE), half=is_centred)
        a = std * nodes
    if not is_centred:
        a += mean
    np.tanh(a, out=a)
    mean_of = np.zeros(np.shape(std)) if is_centred else a @ density
    a *= a
    square = a @ density
    slope = np.subtract(1.0, a, out=a)
    slope *= slope
    return mean_of, square, slope @ density


def _step(widest: float, reach: float) -> int:
    """Return the stride at which nodes are taken: it leaves as many as tanh needs."""
    for step in STEPS:
        if widest * step * STEP <= reach:
            return step
    return 1


@lru_cache
def _nodes(step: int, *, half: bool) -> tuple[Array, Array]:
    """Return nodes of a standard normal variable, and how much of it each stands for.

    Of `half` only those from 0 on are taken, each for its counterpart as well.
    """
    nodes, density = NODES[::step], DENSITY[::step] * step
    if half:
        middle = len(nodes) // 2
        double = 2 * density[middle:]
        if len(nodes) % 2:
            double[0] /= 2  # 0 has no counterpart
        nodes, density = nodes[middle:], double
    return nodes, density


def _erfc(values: Array) -> Array:
    """Return math.erfc of each value; numpy has none of its own."""
    return np.array([math.erfc(value) for value in values.ravel().tolist()]).reshape(values.shape)


def _above(edge: float, mean: Array, std: Array) -> Array:
    """Return how often h is larger than the edge; what has no spread is where its mean is, or beyond all."""
    has_spread = (std > 0) & (std < math.inf)
    z = (edge - mean) / np.where(has_spread, std, 1.0)
    return np.where(has_spread, 0.5 * _erfc(z / math.sqrt(2)), mean > edge)


def _beyond(edge: float, mean: Array, std: Array) -> Array:
    """Return how often |h| is larger than the edge."""
    return _above(edge, mean, std) + _above(edge, -mean, std)


ONE: dict[Activation, Callable[[float, Value], Passed]] = {
    Activation.RELU: _relu,
    Activation.TANH: _tanh,
    Activation.SIGMOID: _sigmoid,
    Activation.LINEAR: _linear,
}
SEVERAL: dict[Activation, Callable[[float, Array], Passed]] = {**ONE, Activation.RELU: _relus}
"""What activations pass on of h of one spread, and of several."""

PASSED_ON = {Activation.RELU: 0.5, Activation.LINEAR: 1.0}
"""Which share of the mean square of h, if its mean is 0, they pass on: it is the mean squared slope, too."""

FLAT: dict[Activation, Callable[[Array, Array], Array]] = {
    Activation.RELU: lambda mean, std: np.where(std > 0, _above(0.0, -mean, std), mean <= 0),
    Activation.TANH: partial(_beyond, FLAT_FROM),
    Activation.SIGMOID: partial(_beyond, 2 * FLAT_FROM),
    Activation.LINEAR: lambda mean, std: np.zeros(np.broadcast_shapes(mean.shape, std.shape)),
}
"""How often h, of some means and spreads, lets almost no gradient through."""
