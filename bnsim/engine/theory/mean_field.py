"""What wide networks do at initialization, layer by layer, from theory alone: no weight is drawn."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.initialization import Start, weight_spread
from bnsim.engine.networks.propagation import growth_per_layer
from bnsim.engine.networks.structure import Activation, Bools, Mlp, Norm, Placement
from bnsim.engine.theory.closed_forms import RELU_GROWTH_LIMIT, linear_gradient_growth, relu_gradient_growth
from bnsim.engine.theory.moments import FLAT, PASSED_ON, Value, passed
from bnsim.once import kept

NOTHING = -400.0
"""A factor of no more powers of ten is 0 for every float."""

SAME = 4 * float(np.finfo(np.float64).eps)
"""What differs by no more has come to rest: rounding may let it change between two floats for ever."""


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
    factors: Array
    powers: Array

    def first(self, depth: int) -> "MeanField":
        """Return what a network has that ends after so many of these layers, at least 2."""
        return MeanField(
            activation=self.activation,
            mean=self.mean[..., :depth],
            var=self.var[..., :depth],
            mean_square=self.mean_square[..., :depth],
            branch_share=self.branch_share[..., :depth],
            factors=self.factors[..., : depth - 1],
            powers=self.powers[..., :depth],
        )

    @kept
    def gradient_ratio(self) -> Array:
        """Norm of the gradient of each layer over that of the last.

        NaN where theory has no answer, and everywhere if h overflows: no gradient comes back then.
        """
        return _ratio(self.factors, ~np.isfinite(self.mean_square))

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


class _Below(NamedTuple):
    """What a layer hands on: mean and variance of h; mean square and variance of its outputs."""

    mean: float
    var: Value
    square: Value
    spread: Value


class _Noted(NamedTuple):
    """What is noted of a layer: mean and variance of h, and the variance that its own branch has of it.

    With what its norm divides the squared gradient by (the variance and eps), and the mean squared slope.
    """

    mean: Value
    var: Value
    own: Value
    divisor: Value
    slope: Value


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
        factors=factors,
        powers=_powers(factors, lost),
    )


def _layers(net: Mlp, start: Start, batch: int, square: float, sigmas: Array | None) -> tuple[Array, ...]:
    """Return mean, variance, mean square and own share of h, and the two factors of the squared gradient.

    Each has the shape (depth,), or (S, depth) for several spreads.
    """
    sigma, unit = start.sigma if sigmas is None else sigmas, replace(start, sigma=1.0)
    gains = [(weight_spread(unit, shape) * sigma) ** 2 * shape[0] for shape in pairwise(net.sizes[:3])]
    columns = np.empty((6, net.depth, *np.shape(sigma)))
    if not _of_powers(net, gains, square, columns):
        few = _of_few(net, start, batch)
        _describe(net, start, gains, few, _walk(net, start, gains, square), columns)
    return tuple(np.moveaxis(columns, 1, -1))


def _squared_gamma(net: Mlp, start: Start, index: int) -> float:
    in_branch = net.residual and index > 0
    return (start.branch_gamma if in_branch and start.branch_gamma is not None else start.gamma) ** 2


def _walk(net: Mlp, start: Start, gains: list[Value], square: float) -> _Noted:
    """Return what is noted of every layer, one after the other; arrays of shape (depth,) or (depth, S)."""
    noted = _Noted(*np.empty((len(_Noted._fields), net.depth, *np.shape(gains[0]))))
    below = _Below(0.0, 0.0, square, square)
    for index in range(net.depth):
        found, above = _through(net, start, gains[min(index, 1)], index, below)
        for column, value in zip(noted, found, strict=True):
            column[index] = value
        if index and _is_same(above, below):
            # What does not change any more in one layer does not in the others, which are the same.
            for column in noted:
                column[index + 1 :] = column[index]
            break
        below = above
    return noted


def _through(net: Mlp, start: Start, gain: Value, index: int, below: _Below) -> tuple[_Noted, _Below]:
    """Return one layer, and what is below the next one; `gain` is what the weights make of a mean square."""
    in_branch, gamma_squared = net.residual and index > 0, _squared_gamma(net, start, index)
    divisor: Value = 1.0
    if net.skip_init and in_branch:
        mean, own = 0.0, 0.0
    elif net.normed_at is Placement.BEFORE:
        v = gain * (below.spread if net.norm is Norm.BATCH else below.square)
        divisor = v + net.eps
        mean, own = start.beta, gamma_squared * v / divisor
    else:
        mean, own = 0.0, gain * below.square
    var = own
    if in_branch:
        mean, var = below.mean + mean, below.var + own

    a = passed(net.activation, mean, var)
    square, spread = a.square, a.square - a.mean * a.mean
    if net.normed_at is Placement.AFTER:
        divisor = spread + net.eps
        spread = gamma_squared * spread / divisor
        square = spread + start.beta**2
    return _Noted(mean, var, own, divisor, a.slope), _Below(mean, var, square, spread)


def _describe(net: Mlp, start: Start, gains: list[Value], few: float, noted: _Noted, columns: Array) -> None:
    """Write the columns of all layers at once."""
    mean, var, mean_square, share, to_h, to_inputs = columns
    mean[...], var[...], to_h[...] = noted.mean, noted.var, noted.slope
    np.multiply(mean, mean, out=mean_square)
    mean_square += var
    before, after = net.normed_at is Placement.BEFORE, net.normed_at is Placement.AFTER
    share[...] = noted.own + (start.beta**2 if before else 0.0)
    for layers, index in ((slice(1), 0), (slice(1, None), 1)):
        of_norm = few * _squared_gamma(net, start, index)
        to_inputs[layers] = of_norm * gains[index] / noted.divisor[layers] if before else gains[index]
        if after:
            to_h[layers] *= of_norm / noted.divisor[layers]
    if net.skip_init:
        share[1:] = to_inputs[1:] = 0.0
    np.divide(share, mean_square, out=share)  # NaN where h is 0


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


def _is_same(above: _Below, below: _Below) -> bool:
    """Return whether nothing has changed from one layer to the next but for rounding; NaN has."""
    # From the end, where a change shows at once: the mean is the same all along in most networks.
    return all(_are_near(*pair) for pair in zip(above[::-1], below[::-1], strict=True))


def _are_near(one: Value, other: Value) -> bool:
    if not isinstance(one, np.ndarray):
        return bool(one == other or abs(one - other) <= SAME * abs(other))
    off: Array = np.abs(one - other)
    return bool((off <= SAME * np.abs(other)).all()) or np.array_equal(one, other)


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
