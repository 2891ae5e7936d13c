"""What wide networks do at initialization, layer by layer, from theory alone: no weight is drawn."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import pairwise
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
from bnsim.once import kept

Value: TypeAlias = Any
"""A number, or one for each of several spreads of the weights, shape (S,)."""

NODES = np.linspace(-9.0, 9.0, 721)
DENSITY = np.exp(-NODES * NODES / 2) / np.exp(-NODES * NODES / 2).sum()
STEP = 0.025
"""Between two of the nodes."""

FEWEST = 16
"""Every 16th of the nodes is taken at least."""

FINE, COARSE = 0.2, 0.3
"""What a sum over nodes leaves falls like exp(-pi**2 / (std step)), as the nearest pole of tanh is pi / 2 away from the
real axis. So std times step is at most this where a step can be so small: for one spread, of which it leaves less than
1e-15, and for several at once, 1e-9."""

FLAT_FROM = math.atanh(math.sqrt(0.9))
"""tanh is flat from here on, where its slope is a tenth of the steepest; a sigmoid from twice as far out."""


NOTHING = -400.0
"""A factor of no more powers of ten is 0 for every float."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MeanField:
    """What `propagate` measures on one network, in expectation for wide ones; float64 of shape (..., depth).

    Attributes
    ----------
    activation : Activation
    mean, var : array
        Of h.
    mean_square, branch_share, flat : array
        As in `Propagation`; how much is flat is reckoned when it is asked for.
    gradient_ratio : array
        Norm of the gradient of each layer over that of the last. NaN where theory has no answer, and everywhere
        if h overflows: no gradient comes back then.
    factors : array, shape (..., depth - 1)
        The squared gradient of each layer over that of the next.
    powers : array
        By how many powers of ten the gradient of the first layer is larger than that of each, in a network that
        goes on behind it: it does not depend on the depth. NaN from the layer on that overflows.
    """

    activation: Activation
    mean: Array
    var: Array
    mean_square: Array
    branch_share: Array
    gradient_ratio: Array
    factors: Array
    powers: Array

    def first(self, depth: int) -> "MeanField":
        """Return what a network has that ends after so many of these layers, at least 2."""
        square, factors = self.mean_square[..., :depth], self.factors[..., : depth - 1]
        return MeanField(
            activation=self.activation,
            mean=self.mean[..., :depth],
            var=self.var[..., :depth],
            mean_square=square,
            branch_share=self.branch_share[..., :depth],
            gradient_ratio=_ratio(factors, ~np.isfinite(square)),
            factors=factors,
            powers=self.powers[..., :depth],
        )

    @kept
    def flat(self) -> Array:
        """Share of activations that let almost no gradient through; NaN where h overflows."""
        with quiet(), np.errstate(divide="ignore"):
            flat = FLAT[self.activation](self.mean, np.sqrt(self.var))
        return np.where(np.isfinite(self.mean_square), flat, math.nan)

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


class _Passed(NamedTuple):
    """What an activation passes on of a normal variable: mean, mean square, and mean squared slope."""

    mean: Value
    square: Value
    slope: Value


class _Layer(NamedTuple):
    """One layer: mean, variance and E[h**2], the branch's share, and the two factors of the squared gradient."""

    mean: Value
    var: Value
    square: Value
    share: Value
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
    with quiet(), np.errstate(divide="ignore"):
        mean, var, mean_square, share, to_h, to_inputs = _layers(net, start, batch, square, sigmas)
        factors = to_h[..., :-1] * to_inputs[..., 1:] + float(net.residual)
    lost = ~np.isfinite(mean_square)
    return MeanField(
        activation=net.activation,
        mean=mean,
        var=var,
        mean_square=mean_square,
        branch_share=share,
        gradient_ratio=_ratio(factors, lost),
        factors=factors,
        powers=_powers(factors, lost),
    )


def _layers(net: Mlp, start: Start, batch: int, square: float, sigmas: Array | None) -> tuple[Array, ...]:
    """Return the numbers of a `_Layer` for every layer, each of shape (depth,), or (S, depth) for several spreads."""
    sigma = start.sigma if sigmas is None else sigmas
    few, unit = _of_few(net, start, batch), replace(start, sigma=1.0)
    gains = [(weight_spread(unit, shape) * sigma) ** 2 * shape[0] for shape in pairwise(net.sizes[:3])]
    columns = np.empty((len(_Layer._fields), net.depth, *np.shape(sigma)))
    if _of_powers(net, gains, square, columns):
        return tuple(np.moveaxis(columns, 1, -1))
    # Mean and variance of h; mean square and variance of what the layer passes on.
    below: tuple[Value, ...] = (0.0, 0.0, square, square)
    for index in range(net.depth):
        layer, above = _through(net, unit, gains[min(index, 1)], index, below, few)
        for column, value in zip(columns, layer, strict=True):
            column[index] = value
        if index and _is_same(above, below):
            # What does not change any more in one layer does not in the others, which are the same.
            columns[:, index + 1 :] = columns[:, index : index + 1]
            break
        below = above
    return tuple(np.moveaxis(columns, 1, -1))


def _of_powers(net: Mlp, gains: list[Value], square: float, columns: Array) -> bool:
    """Write the columns of a plain network, and return whether it could be done.

    What passes on a fixed share of a mean square, whatever it is, makes powers of it, unless they leave the floats.
    """
    if net.norm is not Norm.NONE or net.residual or net.activation not in PASSED_ON:
        return False
    share = PASSED_ON[net.activation]
    mean, var, mean_square, own, to_h, to_inputs = columns
    to_inputs[0], to_inputs[1:] = gains
    np.multiply(to_inputs, share, out=var)
    var[0] = gains[0] * square
    with quiet():
        np.cumprod(var, axis=0, out=var)
    if not (var.min(initial=1.0) > np.finfo(np.float64).tiny and var.max(initial=1.0) < math.inf):
        return False
    mean_square[...] = var
    mean[...], own[...], to_h[...] = 0.0, 1.0, share
    return True


def _is_same(above: tuple[Value, ...], below: tuple[Value, ...]) -> bool:
    """Return whether nothing has changed from one layer to the next; NaN has."""
    if not any(isinstance(value, np.ndarray) for value in above):
        return above == below
    # From the end, where a change shows at once: the mean is the same all along in most networks.
    return all(np.array_equal(*pair) for pair in zip(above[::-1], below[::-1], strict=True))


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
    net: Mlp, unit: Start, gain: Value, index: int, below: tuple[Value, ...], few: float
) -> tuple[_Layer, tuple[Value, ...]]:
    """Return one layer, and what is below the next one; `gain` is what the weights make of a mean square."""
    mean, var, square, spread = below
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

    a = _passed(net.activation, mean, var)
    to_h, square, spread = a.slope, a.square, a.square - a.mean**2
    if net.normed_at is Placement.AFTER:
        to_h *= few * gamma**2 / (spread + net.eps)
        spread = gamma**2 * spread / (spread + net.eps)
        square = spread + unit.beta**2
    h_square = mean**2 + var
    share = np.divide(branch_mean**2 + branch_var, h_square)  # NaN where h is 0
    return _Layer(mean, var, h_square, share, to_h, to_inputs), (mean, var, square, spread)


def moments(activation: Activation, mean: Value, var: Value) -> Moments:
    """Return the moments of an activation of h, normal with this mean and variance.

    Examples
    --------
    >>> relu = moments(Activation.RELU, 0.0, 1.0)
    >>> [round(float(value), 5) for value in relu]
    [0.39894, 0.5, 0.5, 0.5]
    """
    mean_of, std = np.asarray(mean, np.float64), np.sqrt(np.asarray(var, np.float64))
    return Moments(*_passed(activation, mean, var), FLAT[activation](mean_of, std))


def _passed(activation: Activation, mean: Value, var: Value) -> _Passed:
    """Return what an activation passes on of h, normal with this mean and variance."""
    if not isinstance(var, np.ndarray) and not isinstance(mean, np.ndarray):
        return MOMENTS[activation](np.float64(mean), np.sqrt(np.float64(var)))  # NaN of what rounding makes negative
    std = np.sqrt(var)
    if np.shape(mean) != np.shape(std) and not _is_centred(mean):
        mean, std = np.broadcast_arrays(mean, std)
    return MOMENTS[activation](mean, std)


def _is_centred(mean: Value) -> bool:
    """Return whether there is one mean, which is 0: in networks without norm it is, whatever their weights."""
    return not isinstance(mean, np.ndarray) and mean == 0


def _linear(mean: Value, std: Value) -> _Passed:
    return _Passed(mean, mean * mean + std * std, 1.0)


def _relu(mean: Value, std: Value) -> _Passed:
    if isinstance(std, np.ndarray):
        return _relus(mean, std) if isinstance(mean, np.ndarray) else _relus_of_centred(std)
    if 0 < std < math.inf:
        found = relu_moments(float(mean), float(std))
        return _Passed(found.mean, found.mean_square, 1 - found.zeros)
    on = max(mean, 0.0)  # a constant; or what has overflowed, and stays so
    return _Passed(on + std, on * on + std * std, float(mean > 0))


def _relus_of_centred(std: Array) -> _Passed:
    """Return what `_relu` does of mean 0: half of h is passed on, and half of its square."""
    on = np.where((std > 0) & (std < math.inf), 0.5, 0.0)
    return _Passed(std * (1 / math.sqrt(2 * math.pi)), std * std * 0.5, on)


def _relus(mean: Array, std: Array) -> _Passed:
    """Return what `_relu` does, for each of several; see `relu_moments`."""
    spread = np.where((std > 0) & (std < math.inf), std, 1.0)
    t = mean / spread
    below = 0.5 * _erfc(t / math.sqrt(2))
    phi = np.exp(-t * t / 2) / math.sqrt(2 * math.pi)
    first = mean * (1 - below) + spread * phi
    second = (mean * mean + spread * spread) * (1 - below) + mean * spread * phi
    found = np.stack((first, second, 1 - below))
    for at in np.flatnonzero(spread != std):
        found[:, at] = _relu(mean[at], std[at])
    return _Passed(*found)


def _tanh(mean: Value, std: Value) -> _Passed:
    return _Passed(*_of_tanh(mean, std))


def _sigmoid(mean: Value, std: Value) -> _Passed:
    # A sigmoid is (1 + tanh(h / 2)) / 2.
    mean_of, square, slope = _of_tanh(mean / 2, std / 2)
    return _Passed((1 + mean_of) / 2, (1 + 2 * mean_of + square) / 4, slope / 16)


def _of_tanh(mean: Value, std: Value) -> tuple[Value, Value, Value]:
    """Return the mean, the mean square and the mean squared slope of tanh."""
    step, is_centred = _step(std), _is_centred(mean)
    nodes, density = _nodes(step, half=is_centred)
    a = np.multiply.outer(std, nodes)
    if not is_centred:
        a += np.asarray(mean)[..., None]
    np.tanh(a, out=a)
    mean_of = np.zeros(np.shape(std)) if is_centred else a @ density
    a *= a
    square = a @ density
    slope = np.subtract(1, a, out=a)
    slope *= slope
    return mean_of, square, slope @ density


def _step(std: Value) -> int:
    """Return the stride at which nodes are taken: it leaves as many as tanh needs."""
    widest, reach = float(np.max(std)), COARSE if np.ndim(std) else FINE
    return next((step for step in (FEWEST, 8, 4, 2) if widest * step * STEP <= reach), 1)


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


MOMENTS: dict[Activation, Callable[[Value, Value], _Passed]] = {
    Activation.RELU: _relu,
    Activation.TANH: _tanh,
    Activation.SIGMOID: _sigmoid,
    Activation.LINEAR: _linear,
}

PASSED_ON = {Activation.RELU: 0.5, Activation.LINEAR: 1.0}
"""Which share of the mean square of h, if its mean is 0, they pass on: it is the mean squared slope, too."""

FLAT: dict[Activation, Callable[[Array, Array], Array]] = {
    Activation.RELU: lambda mean, std: np.where(std > 0, _above(0.0, -mean, std), mean <= 0),
    Activation.TANH: partial(_beyond, FLAT_FROM),
    Activation.SIGMOID: partial(_beyond, 2 * FLAT_FROM),
    Activation.LINEAR: lambda mean, std: np.zeros(np.broadcast_shapes(mean.shape, std.shape)),
}
"""How often h, of some means and spreads, lets almost no gradient through."""
