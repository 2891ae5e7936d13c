"""The forward pass of R networks of one structure at once, in training mode, frozen or in eval mode."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.networks.kernels import (
    FORWARD,
    Empty,
    Key,
    Normed,
    NormedUnits,
    fresh,
    normed_over_examples,
    normed_over_units,
    normed_with,
)
from bnsim.engine.networks.structure import Layer, Mlp, Noise, Norm, Placement
from bnsim.errors import InputError

Rngs: TypeAlias = Sequence[np.random.Generator]
Given: TypeAlias = Array
"""Mean and variance of every hidden layer for R runs, laid end to end: shape (2, R, 1, all hidden units)."""


class Trace(NamedTuple):
    """What one hidden layer leaves behind for the backward pass; arrays of shape (R, N, units)."""

    inputs: Array
    branch: Array
    h: Array
    a: Array
    out: Array
    norm: Normed | NormedUnits | None
    noise: Array | None
    kept: Array | None


class Tape(NamedTuple):
    """One forward pass.

    Attributes
    ----------
    traces : list of Trace
        Of the hidden layers.
    scores : array, shape (R, N, classes)
    statistics : Given, optional
        Mean and biased variance of the batch, ghosts averaged; None unless the norm is over examples.
    """

    traces: list[Trace]
    scores: Array
    statistics: Given | None


class _Pass(NamedTuple):
    """What all layers of one forward pass share; `statistics` are written to, or given."""

    net: Mlp
    statistics: Given | None
    given: bool
    rngs: Rngs | None
    empty: Empty


def forward(
    net: Mlp,
    layers: Sequence[Layer],
    x: Array,
    *,
    given: Given | None = None,
    rngs: Rngs | None = None,
    empty: Empty = fresh,
    seen: Callable[[int, Trace], None] | None = None,
) -> Tape:
    """Return the forward pass of R networks.

    Parameters
    ----------
    net : Mlp
    layers : sequence of Layer
        The parameters, as `layers_of` cuts them.
    x : array, shape (R, N, inputs) or (1, N, inputs)
    given : Given, optional
        Statistics to normalize with, if the norm is over examples; those of the batch by default.
    rngs : R generators, optional
        For dropout and noisy batch norm, each run its own; without, there is neither.
    empty : Empty
        Where arrays come from.
    seen : callable, optional
        Is given each hidden layer's index and trace before the next layer is begun.

    Raises
    ------
    InputError
        If the ghost size does not divide the examples.
    """
    if net.norm is Norm.GHOST and given is None and x.shape[1] % net.ghost:
        raise InputError(f"ghost must divide the {x.shape[1]} examples of a batch; got {net.ghost}.")
    statistics = given = given if net.pools_examples else None
    if given is None and net.pools_examples:
        statistics = empty((0, "statistics"), (2, len(layers[0].weight), 1, net.hidden_units[-1].stop), x.dtype)
    shared = _Pass(net, statistics, given is not None, rngs, empty)
    traces: list[Trace] = []
    for index in range(net.depth):
        inputs, below = (traces[-1].out, traces[-1].h) if traces else (x, None)
        traces.append(_hidden(shared, index, layers[index], inputs, below))
        if seen is not None:
            seen(index, traces[-1])
    scores = _linear(traces[-1].out, layers[-1], empty, (net.depth, "scores"))
    return Tape(traces, scores, statistics if given is None else None)


def _linear(x: Array, layer: Layer, empty: Empty, key: Key) -> Array:
    weight = layer.weight
    u = np.matmul(x, weight, out=empty(key, (len(weight), x.shape[1], weight.shape[2]), x.dtype))
    if layer.bias is not None:
        u += layer.bias
    return u


def _hidden(shared: _Pass, index: int, layer: Layer, inputs: Array, below: Array | None) -> Trace:
    net, empty = shared.net, shared.empty
    h = branch = _linear(inputs, layer, empty, (index, "u"))
    shape, dtype = h.shape, h.dtype
    norm = noise = kept = None
    if net.normed_at is Placement.BEFORE:
        y = empty((index, "y"), shape, dtype)
        norm, noise = _normed(shared, index, layer, branch, centred=branch, y=y)
        h = branch = y
    if net.residual and below is not None:
        h = empty((index, "h"), shape, dtype)
        np.add(below, branch if layer.alpha is None else branch * layer.alpha, out=h)
    a = out = empty((index, "a"), shape, dtype)
    FORWARD[net.activation](h, a)
    if net.normed_at is Placement.AFTER:
        out = empty((index, "y"), shape, dtype)
        norm, noise = _normed(shared, index, layer, a, centred=empty((index, "centred"), shape, dtype), y=out)
    if net.dropout and shared.rngs is not None:
        kept = _drawn(shared.rngs, lambda rng: rng.random(shape[1:]) >= net.dropout, dtype)
        kept /= 1 - net.dropout
        out = out * kept
    return Trace(inputs, branch, h, a, out, norm, noise, kept)


def _normed(
    shared: _Pass, index: int, layer: Layer, x: Array, *, centred: Array, y: Array
) -> tuple[Normed | NormedUnits, Array | None]:
    """Write the normalized x to y; return what backward needs, and the scale of the noise."""
    net = shared.net
    norm: Normed | NormedUnits
    if shared.statistics is None:
        norm = normed_over_units(x, net.groups if net.norm is Norm.GROUP else 1, net.eps, centred)
        np.multiply(norm.x_hat.reshape(y.shape), layer.gamma, out=y)
    else:
        norm = _normed_over_examples(shared, layer, x, shared.statistics[..., net.hidden_units[index]], centred, y)
        np.multiply(norm.centred, norm.scale, out=y.reshape(norm.centred.shape))
    y += layer.beta
    if net.norm is not Norm.NOISY or shared.rngs is None or shared.given:
        return norm, None
    noise, shift = _noise(net.noise, shared.rngs, y)
    y *= noise
    y += shift
    return norm, noise


def _normed_over_examples(shared: _Pass, layer: Layer, x: Array, statistics: Given, centred: Array, y: Array) -> Normed:
    net, (mean, var) = shared.net, statistics
    if shared.given:
        return normed_with(x, mean, var, layer.gamma, net.eps, centred)
    if net.norm is not Norm.GHOST:
        return normed_over_examples(x, layer.gamma, net.eps, work=y, centred=centred, mean=mean, var=var)
    cut = (len(x), -1, net.ghost, x.shape[2])
    parts = [np.empty((len(x), x.shape[1] // net.ghost, 1, x.shape[2]), x.dtype) for _ in range(2)]
    x, gamma, work, centred = x.reshape(cut), layer.gamma[:, None], y.reshape(cut), centred.reshape(cut)
    norm = normed_over_examples(x, gamma, net.eps, work=work, centred=centred, mean=parts[0], var=parts[1])
    np.mean(parts[0], axis=1, out=mean)
    np.mean(parts[1], axis=1, out=var)
    return norm


def _drawn(rngs: Rngs, draw: Callable[[np.random.Generator], Array], dtype: np.dtype[Any]) -> Array:
    return np.stack([draw(rng) for rng in rngs]).astype(dtype)


def _noise(noise: Noise, rngs: Rngs, y: Array) -> tuple[Array, Array]:
    """Return the random scale and shift of each example and unit."""
    shape, units = y.shape[1:], (1, y.shape[2])
    shift = _drawn(rngs, lambda rng: rng.uniform(-noise.shift, noise.shift, units), y.dtype)
    scale = _drawn(rngs, lambda rng: rng.uniform(1.0, noise.scale, units) / ((1 + noise.scale) / 2), y.dtype)
    if noise.jitter:
        shift = shift + _drawn(rngs, lambda rng: rng.uniform(-noise.jitter, noise.jitter, shape), y.dtype)
        scale = scale + _drawn(rngs, lambda rng: noise.jitter * rng.standard_normal(shape), y.dtype)
    return scale, shift
