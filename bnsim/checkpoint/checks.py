"""What is looked for in a batch norm layer: for each finding a function that says where and how sure."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bnsim.checkpoint.findings import SEVERITIES, Assumed, Finding, Sureness
from bnsim.checkpoint.layers import Layer
from bnsim.engine.arrays import Array, quiet
from bnsim.engine.statistics.momentum import batches_until, initial_weight

FAR_BELOW = 0.1
"""Of ε: from there on the spread of x̂ is at most √(0.1 / 1.1) = 0.30 instead of 1."""

NEAR_ZERO = 1e-3
"""A smaller |γ| lets less than a thousandth of x̂, whose spread is 1, through."""

YOUNG = 0.01
"""Of the start, mean 0 and variance 1, that may be left."""

LARGE_BESIDE = 30.0
LARGE = 10.0
"""A gain is unusually large if it is more than 30 times the median of its layer, and more than 10."""

SMALLEST = float(np.finfo(np.float32).tiny)
"""Smallest variance that float32 holds with all its digits."""

ROUNDING = float(np.finfo(np.float32).eps)
"""What two roundings a batch may add to a running average kept in float32, relative to it."""


@dataclass(frozen=True, eq=False)
class Measured:
    """A layer with what every check needs of it.

    Attributes
    ----------
    eps, momentum : float
        Given or assumed.
    usable : bool, shape (C,)
        Channels whose statistics are numbers and whose variance is not negative.
    gain : float64, shape (C,)
        |γ| / √(σ² + ε); NaN where it cannot be told.
    left : float or None
        Weight that the start still has; None without a counter.
    """

    layer: Layer
    eps: float
    momentum: float
    usable: Array
    gain: Array
    left: float | None

    @classmethod
    def of(cls, layer: Layer, assumed: Assumed) -> "Measured":
        """Return a layer measured with what is assumed."""
        eps, momentum = assumed.eps_of(layer), assumed.momentum_of(layer)
        usable = np.isfinite(layer.mean) & np.isfinite(layer.var) & (layer.var >= 0)
        left = None if layer.batches is None else initial_weight(momentum, max(layer.batches, 0))
        return cls(layer, eps, momentum, usable, gain_of(layer, eps), left)

    @property
    def batches(self) -> int:
        """What the counter says; 0 if there is none, or it says less."""
        return max(self.layer.batches or 0, 0)

    @property
    def smallest_var(self) -> float:
        """Smallest variance of the usable channels; 1, the start, if there is none."""
        return float(self.layer.var[self.usable].min()) if self.usable.any() else 1.0

    @property
    def rounding(self) -> float:
        """Relative error that the batches seen may have left in a variance kept in float32."""
        return min(self.batches * ROUNDING, 1.0)


def gain_of(layer: Layer, eps: float) -> Array:
    """Return |γ| / √(σ² + ε), by how much eval mode stretches each channel.

    NaN where the variance is no number, or is too negative for a root.
    """
    gamma = 1.0 if layer.gamma is None else np.abs(layer.gamma)
    with quiet():
        gain: Array = np.asarray(gamma / np.sqrt(layer.var + eps), np.float64)
    return gain


def check_layer(layer: Layer, assumed: Assumed) -> tuple[Finding, ...]:
    """Return everything found in one layer, the worst first.

    Parameters
    ----------
    layer : Layer
        As it is in the file.
    assumed : Assumed
        ε and momentum, which are not.
    """
    measured = Measured.of(layer, assumed)
    found = [finding for check in CHECKS for finding in check(measured)]
    order = list(SEVERITIES)
    return tuple(sorted(found, key=lambda each: order.index(each.key)))


def _found(
    key: str, measured: Measured, sure: Sureness, where: Array | None = None, numbers: Mapping[str, float] | None = None
) -> Finding:
    everywhere = np.arange(measured.layer.channels)
    channels = tuple((everywhere if where is None else np.flatnonzero(where)).tolist())
    return Finding(key, measured.layer.name, SEVERITIES[key], sure, channels, numbers or {})


def _not_finite(measured: Measured) -> Iterator[Finding]:
    layer = measured.layer
    parts = [part for part in (layer.mean, layer.var, layer.gamma, layer.beta) if part is not None]
    odd = ~np.all([np.isfinite(part) for part in parts], axis=0)
    if odd.any():
        yield _found("not-finite", measured, Sureness.CERTAIN, odd)


def _negative_variance(measured: Measured) -> Iterator[Finding]:
    negative = measured.layer.var < 0
    if negative.any():
        numbers = {"smallest": float(measured.layer.var[negative].min())}
        yield _found("negative-variance", measured, Sureness.CERTAIN, negative, numbers)


def _untouched(measured: Measured) -> Iterator[Finding]:
    if _is_start(measured.layer):
        sure = Sureness.CERTAIN if measured.layer.batches == 0 else Sureness.LIKELY
        yield _found("untouched", measured, sure)


def _counter_zero(measured: Measured) -> Iterator[Finding]:
    if measured.layer.batches == 0 and not _is_start(measured.layer):
        yield _found("counter-zero", measured, Sureness.CERTAIN)


def _young(measured: Measured) -> Iterator[Finding]:
    if measured.left is None or not measured.batches or _is_start(measured.layer):
        return
    # Whatever the momentum was, every variance holds what is left of the start, 1, and something that is not negative.
    left = min(measured.left, measured.smallest_var)
    if left > YOUNG:
        sure = Sureness.LIKELY if left == measured.left else Sureness.POSSIBLE
        wanted = math.ceil(batches_until(measured.momentum, YOUNG))
        numbers = {"batches": measured.batches, "left": left, "momentum": measured.momentum, "wanted": wanted}
        yield _found("young", measured, sure, numbers=numbers)


def _momentum_contradicted(measured: Measured) -> Iterator[Finding]:
    if measured.left is None or not measured.batches:
        return
    low = measured.usable & (measured.layer.var < measured.left * (1 - measured.rounding) - SMALLEST)
    if low.any():
        numbers = {"batches": measured.batches, "left": measured.left, "momentum": measured.momentum}
        numbers["smallest"] = measured.smallest_var
        yield _found("momentum-contradicted", measured, Sureness.CERTAIN, low, numbers)


def _constant(measured: Measured) -> Iterator[Finding]:
    constant = _constant_channels(measured)
    if constant.any():
        numbers = {"gain": float(np.fmax.reduce(measured.gain[constant])), "eps": measured.eps}
        yield _found("constant", measured, Sureness.LIKELY, constant, numbers)


def _large_gain(measured: Measured) -> Iterator[Finding]:
    finite = measured.gain[measured.usable & np.isfinite(measured.gain)]
    median = float(np.median(finite)) if finite.size else math.inf
    # Of a channel that never varied the gain is told there.
    asked = measured.usable & ~_constant_channels(measured)
    large = asked & (measured.gain > max(LARGE, LARGE_BESIDE * median))
    if large.any():
        numbers = {"largest": float(measured.gain[large].max()), "median": median, "eps": measured.eps}
        yield _found("large-gain", measured, Sureness.POSSIBLE, large, numbers)


def _tiny_variance(measured: Measured) -> Iterator[Finding]:
    var = measured.layer.var
    tiny = measured.usable & (var < FAR_BELOW * measured.eps) & ~_constant_channels(measured)
    if tiny.any():
        smallest = float(var[tiny].min())
        numbers = {"smallest": smallest, "spread": math.sqrt(smallest / (smallest + measured.eps)), "eps": measured.eps}
        yield _found("tiny-variance", measured, Sureness.LIKELY, tiny, numbers)


def _gamma_zero(measured: Measured) -> Iterator[Finding]:
    gamma = measured.layer.gamma
    near = np.zeros(measured.layer.channels, bool) if gamma is None else np.abs(gamma) < NEAR_ZERO
    if near.any():
        yield _found("gamma-zero", measured, Sureness.CERTAIN, near)


Check = Callable[[Measured], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    _not_finite,
    _negative_variance,
    _untouched,
    _young,
    _counter_zero,
    _momentum_contradicted,
    _constant,
    _large_gain,
    _tiny_variance,
    _gamma_zero,
)


def _is_start(layer: Layer) -> bool:
    return bool((layer.mean == 0).all() and (layer.var == 1).all())


def _constant_channels(measured: Measured) -> Array:
    """Return channels that never varied: of their variance there is nothing but what is left of the start."""
    constant: Array = measured.usable & (measured.layer.var < SMALLEST)
    if measured.left is not None and measured.batches:
        off = np.abs(measured.layer.var - measured.left)
        constant |= measured.usable & (off <= measured.left * measured.rounding)
    return constant
