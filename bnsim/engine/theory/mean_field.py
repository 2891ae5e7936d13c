"""What wide networks do at initialization, layer by layer, from theory alone: no weight is drawn."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.initialization import Start, weight_spread
from bnsim.engine.networks.propagation import growth_per_layer
from bnsim.engine.networks.structure import Activation, Bools, Mlp, Norm, Placement
from bnsim.engine.theory.closed_forms import (
    RELU_GROWTH_LIMIT,
    linear_gradient_growth,
    relu_gradient_growth,
    relu_moments,
)

Value: TypeAlias = Any
"""A number, or one for each of several spreads of the weights, shape (S,)."""

NODES = np.linspace(-9.0, 9.0, 721)
DENSITY = np.exp(-NODES * NODES / 2) / np.exp(-NODES * NODES / 2).sum()
FEWER = 2
"""Of several spreads at once every second node is taken, where the widest h allows it."""

WIDE = 8.0
"""A sum over nodes is off by about 100 exp(-pi**2 / (std step)): here by 2e-9 with every second node."""

FLAT_FROM = math.atanh(math.sqrt(0.9))
"""tanh is flat from here on, where its slope is a tenth of the steepest; a sigmoid from twice as far out."""


NOTHING = -400.0
"""A factor of no more powers of ten is 0 for every float."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MeanField:
    """What `propagate` measures on one network, in expectation for wide ones; float64 of shape (..., depth).

    Attributes
    ----------
    mean_square, branch_share, flat : array
        As in `Propagation`.
    gradient_ratio : array
        Norm of the gradient of each layer over that of the last. NaN where theory has no answer, and everywhere
        if h overflows: no gradient comes back then.
    powers : array
        By how many powers of ten the gradient of the first layer is larger than that of each, in a network that
        goes on behind it: it does not depend on the depth. NaN from the layer on that overflows.
    """

    mean_square: Array
    branch_share: Array
    flat: Array
    gradient_ratio: Array
    powers: Array

    @property
    def gradient_growth(self) -> float:
        """By how much a layer multiplies the norm, over the layers that `Propagation.gradient_growth` takes."""
        return float(growth_per_layer(self.gradient_ratio))


class Moments(NamedTuple):
    """Of an activation of a normal variable: mean, mean square, mean squared slope, and how often it is flat."""

    mean: Value
    square: Value
    slope: Value
    flat: Value


class _Layer(NamedTuple):
    """One layer: E[h**2], the branch's share, how often it is flat, and the two factors of the squared gradient."""

    square: Value
    share: Value
    flat: Value
    to_h: Value
    to_inputs: Value


def mean_field(net: Mlp, start: Start, batch: int, square: float = 1.0, *, sigmas: Array | None = None) -> MeanField:
    """Return what is to be expected of a wide network at initialization.

    Parameters
    ----------
    net : Mlp
        Without norm or with batch, layer or group norm; hidden layers of one width; no dropout.
    start : Start
    batch : int
        Examples that batch norm normalizes over.
    square : float
        Mean square of the inputs, which are taken to be independent with mean 0.
    sigmas : array, shape (S,), optional
        Instead of `start.sigma`; arrays then have shape (S, depth).

    Notes
    -----
    In a wide layer h is normal, with a variance v that follows from the layer before. For weights of variance
    s**2 / fan_in, without norm v = s**2 E[phi(h)**2], and the squared gradient is multiplied by s**2 E[phi'(h)**2] on
    its way back: Poole et al. (2016), Schoenholz et al. (2017). A norm first divides by sqrt(v + eps): layer and group
    norm with the same v; batch norm with v = s**2 Var[phi(h)], since what all examples share has been subtracted.
    For ReLU that is E[phi'**2] / Var[phi] = (1 / 2) / (1 / 2 - 1 / (2 pi)) = pi / (pi - 1), for linear units 1: the
    large-batch limits of Yang et al. (2019). A residual block adds its branch to v, and 1 to the factor.

    Statistics of m values contribute (m - 2) / (m - 3), for linear units exactly; plain ReLU networks with batch norm
    have the finite-batch rate of Yang et al.; for others a small part in 1 / m, of the activation's own, is missing.
    Where batch norm comes after the activation with a beta other than 0, examples are not independent of each other
    and there is no such rate: NaN, as for m below 4.

    Examples
    --------
    >>> net = Mlp(sizes=(300, *[300] * 20, 1), norm=Norm.BATCH)
    >>> round(mean_field(net, Start(), batch=128).gradient_growth, 3)
    1.216
    """
    few, unit = _of_few(net, start, batch), replace(start, sigma=1.0)
    sigma = start.sigma if sigmas is None else sigmas
    found: list[_Layer] = []
    below = (0.0, 0.0, square, square)  # mean and variance of h; mean square and variance of what the layer passes on
    with quiet(), np.errstate(divide="ignore"):
        for index in range(net.depth):
            layer, below = _through(net, unit, sigma, index, below, few)
            found.append(layer)
        columns = {name: _rows([getattr(layer, name) for layer in found], sigmas) for name in _Layer._fields}
        factors = columns["to_h"][..., :-1] * columns["to_inputs"][..., 1:] + float(net.residual)
    lost = ~np.isfinite(columns["square"])
    columns["flat"][lost] = math.nan
    return MeanField(
        mean_square=columns["square"],
        branch_share=columns["share"],
        flat=columns["flat"],
        gradient_ratio=_ratio(factors, lost),
        powers=_powers(factors, lost),
    )


def _rows(values: list[Value], sigmas: Array | None) -> Array:
    """Return a quantity of every layer, shape (depth,), or (S, depth) for several spreads."""
    if sigmas is None:
        return np.array(values, np.float64)
    return np.stack([np.broadcast_to(value, sigmas.shape) for value in values], axis=-1).astype(np.float64)


def _ratio(factors: Array, lost: Bools) -> Array:
    """Return the gradient of each layer over that of the last, from the factors of its square."""
    last = np.ones((*factors.shape[:-1], 1))
    with quiet():
        back = np.cumprod(np.sqrt(factors[..., ::-1]), axis=-1)[..., ::-1]
    return np.where(lost.any(axis=-1, keepdims=True), math.nan, np.concatenate((back, last), axis=-1))


def _powers(factors: Array, lost: Bools) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.maximum(np.log10(factors) / 2, NOTHING)
    first = np.zeros((*factors.shape[:-1], 1))
    return np.concatenate((first, np.cumsum(np.where(lost[..., 1:], math.nan, steps), axis=-1)), axis=-1)


def _of_few(net: Mlp, start: Start, batch: int) -> float:
    """Return the factor of the squared gradient that comes from statistics of few values."""
    if net.norm is Norm.NONE:
        return 1.0
    width = net.sizes[1]
    count = {Norm.LAYER: width, Norm.GROUP: width // net.groups}.get(net.norm, batch)
    dependent = net.norm is Norm.BATCH and net.placement is Placement.AFTER and start.beta != 0
    if count < 4 or dependent:
        return math.nan
    if net.norm is Norm.BATCH and net.activation is Activation.RELU and start.beta == 0 and not net.residual:
        return relu_gradient_growth(count) / RELU_GROWTH_LIMIT
    return linear_gradient_growth(count)


def _through(
    net: Mlp, unit: Start, sigma: Value, index: int, below: tuple[Value, ...], few: float
) -> tuple[_Layer, tuple[Value, ...]]:
    """Return one layer, and what is below the next one; the weights are `sigma` times those of `unit`."""
    mean, var, square, spread = below
    fan_in, fan_out = net.sizes[index], net.sizes[index + 1]
    gain = (weight_spread(unit, (fan_in, fan_out)) * sigma) ** 2 * fan_in
    in_branch = net.residual and index > 0
    gamma = unit.branch_gamma if in_branch and unit.branch_gamma is not None else unit.gamma

    branch_mean, branch_var, to_inputs = 0.0, gain * square, gain
    if net.normed_at is Placement.BEFORE:
        v = gain * (spread if net.norm is Norm.BATCH else square)
        branch_mean, branch_var = unit.beta, gamma**2 * v / (v + net.eps)
        to_inputs = few * gamma**2 * gain / (v + net.eps)
    if net.skip_init and in_branch:
        branch_mean = branch_var = to_inputs = 0.0
    mean, var = (mean + branch_mean, var + branch_var) if in_branch else (branch_mean, branch_var)

    a = moments(net.activation, mean, var)
    to_h, square, spread = a.slope, a.square, a.square - a.mean**2
    if net.normed_at is Placement.AFTER:
        to_h *= few * gamma**2 / (spread + net.eps)
        spread = gamma**2 * spread / (spread + net.eps)
        square = spread + unit.beta**2
    h_square = mean**2 + var
    share = np.divide(branch_mean**2 + branch_var, h_square)  # NaN where h is 0
    return _Layer(h_square, share, a.flat, to_h, to_inputs), (mean, var, square, spread)


def moments(activation: Activation, mean: Value, var: Value) -> Moments:
    """Return the moments of an activation of h, normal with this mean and variance.

    Examples
    --------
    >>> relu = moments(Activation.RELU, 0.0, 1.0)
    >>> [round(float(value), 5) for value in relu]
    [0.39894, 0.5, 0.5, 0.5]
    """
    std = np.sqrt(np.float64(var) if np.ndim(var) == 0 else var)
    if np.ndim(std) == np.ndim(mean) == 0:
        return MOMENTS[activation](np.float64(mean), std)
    return MOMENTS[activation](*np.broadcast_arrays(mean, std))


def _linear(mean: Value, std: Value) -> Moments:
    return Moments(mean, mean * mean + std * std, 1.0, 0.0)


def _relu(mean: Value, std: Value) -> Moments:
    if np.ndim(std):
        return _relus(mean, std)
    if 0 < std < math.inf:
        found = relu_moments(float(mean), float(std))
        return Moments(found.mean, found.mean_square, 1 - found.zeros, found.zeros)
    on = max(mean, 0.0)  # a constant; or what has overflowed, and stays so
    return Moments(on + std, on * on + std * std, float(mean > 0), float(mean <= 0))


def _relus(mean: Array, std: Array) -> Moments:
    """Return what `_relu` does, for each of several; see `relu_moments`."""
    spread = np.where((std > 0) & (std < math.inf), std, 1.0)
    t = mean / spread
    below = 0.5 * _erfc(t / math.sqrt(2))
    phi = np.exp(-t * t / 2) / math.sqrt(2 * math.pi)
    first = mean * (1 - below) + spread * phi
    second = (mean * mean + spread * spread) * (1 - below) + mean * spread * phi
    found = np.stack((first, second, 1 - below, below))
    for at in np.flatnonzero(spread != std):
        found[:, at] = _relu(mean[at], std[at])
    return Moments(*found)


def _tanh(mean: Value, std: Value) -> Moments:
    h, density = _nodes(mean, std)
    a = np.tanh(h)
    slope = 1 - a * a
    return Moments(a @ density, (a * a) @ density, (slope * slope) @ density, _beyond(FLAT_FROM, mean, std))


def _sigmoid(mean: Value, std: Value) -> Moments:
    h, density = _nodes(mean, std)
    t = np.tanh(h / 2)
    a, slope = (1 + t) / 2, (1 - t * t) / 4
    return Moments(a @ density, (a * a) @ density, (slope * slope) @ density, _beyond(2 * FLAT_FROM, mean, std))


def _nodes(mean: Value, std: Value) -> tuple[Array, Array]:
    """Return values of h, shape (..., nodes), and how much of h each stands for."""
    step = FEWER if np.ndim(std) and std.max() <= WIDE else 1
    h = np.multiply.outer(std, NODES[::step])
    h += np.asarray(mean)[..., None]
    return h, DENSITY[::step] * step


def _erfc(values: Array) -> Array:
    """Return math.erfc of each value; numpy has none of its own."""
    return np.array([math.erfc(value) for value in values.tolist()])


def _beyond(edge: float, mean: Value, std: Value) -> Value:
    """Return how often |h| is larger than the edge."""
    if np.ndim(std):
        wide = np.where(std > 0, std, math.nan) * math.sqrt(2)
        outside = [_erfc((edge + side) / wide) for side in (mean, -mean)]
        return np.where(std > 0, 0.5 * (outside[0] + outside[1]), abs(mean) > edge)
    if std == 0:
        return float(abs(mean) > edge)
    return 0.5 * sum(math.erfc((edge + side) / (std * math.sqrt(2))) for side in (mean, -mean))


MOMENTS: dict[Activation, Callable[[Value, Value], Moments]] = {
    Activation.RELU: _relu,
    Activation.TANH: _tanh,
    Activation.SIGMOID: _sigmoid,
    Activation.LINEAR: _linear,
}
