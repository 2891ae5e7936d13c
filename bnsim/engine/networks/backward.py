"""The exact backward pass of R networks of one structure at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array
from bnsim.engine.networks.forward import Tape, Trace, forward
from bnsim.engine.networks.kernels import (
    BACKWARD,
    Empty,
    Normed,
    NormedUnits,
    back_over_examples,
    back_over_units,
    cross_entropy,
    fresh,
    sum_over_examples,
)
from bnsim.engine.networks.structure import UNUSED, Layer, Mlp, Placement, layers_of


def backward(
    net: Mlp, layers: Sequence[Layer], tape: Tape, dscores: Array, grads: Sequence[Layer], *, empty: Empty = fresh
) -> None:
    """Write the gradients of all parameters into `grads`; uses up the arrays of `tape`.

    Parameters
    ----------
    net, layers, empty
        As in `forward`.
    tape : Tape
    dscores : array, shape (R, N, classes)
        Gradient of the loss with respect to the scores.
    grads : sequence of Layer
        Views that `layers_of` cut from an array of shape (R, net.numbers).
    """
    last, top = tape.traces[-1], grads[-1]
    np.matmul(last.out.swapaxes(1, 2), dscores, out=top.weight)
    sum_over_examples(dscores, out=top.bias)
    # h is not needed any more: the slope of every activation is a function of a.
    dout = np.matmul(dscores, layers[-1].weight.swapaxes(1, 2), out=last.h)
    back_through_hidden(net, layers, tape, dout, grads, empty=empty)


def back_through_hidden(
    net: Mlp,
    layers: Sequence[Layer],
    tape: Tape,
    dout: Array,
    grads: Sequence[Layer],
    *,
    empty: Empty = fresh,
    arrived: list[Array] | None = None,
    turned: Sequence[Array] | None = None,
) -> None:
    """Do as `backward` does below the scores, from the gradient `dout` of the last hidden layer's output.

    Gradients of weights are left out where `grads` has them `UNUSED`, those of biases and alpha where it has None.
    `arrived`, if given, takes the squared norm (R,) of the gradient with respect to each h, last layer first. `turned`
    are the weights of shape (R, fan_out, fan_in), if they are at hand as they then lie in memory.
    """
    skip = None
    for index in reversed(range(net.depth)):
        trace, layer, grad = tape.traces[index], layers[index], grads[index]
        work = empty((dout.shape[-1], "work"), dout.shape, dout.dtype)
        dh = _back_to_h(net, layer, trace, dout, grad, work)
        if skip is not None:
            dh += skip
        if arrived is not None:
            arrived.append(square_of_runs(dh))
        if net.residual and index:
            skip = empty((index, "skip"), dh.shape, dh.dtype)
            np.copyto(skip, dh)
        du = _back_to_u(net, layer, trace, dh, grad, work)
        if grad.bias is not None:
            sum_over_examples(du, out=grad.bias)
        if grad.weight is not UNUSED:
            np.matmul(trace.inputs.swapaxes(1, 2), du, out=grad.weight)
        if index:
            back = layer.weight.swapaxes(1, 2) if turned is None else turned[index]
            dout = np.matmul(du, back, out=tape.traces[index - 1].h)


def norm_of_runs(x: Array) -> Array:
    """Return the Euclidean norm of each run's part of x, shape (R,), float64."""
    norms: Array = np.sqrt(square_of_runs(x))
    return norms


def square_of_runs(x: Array) -> Array:
    """Return the sum of the squares of each run's part of x, shape (R,), float64."""
    rows = x.reshape(len(x), -1).astype(np.float64, copy=False)
    squares: Array = np.vecdot(rows, rows)
    return squares


def _back_to_h(net: Mlp, layer: Layer, trace: Trace, dout: Array, grad: Layer, work: Array) -> Array:
    if trace.kept is not None:
        dout *= trace.kept
    if trace.norm is not None and net.placement is Placement.AFTER:
        _back_through_norm(layer, trace.norm, trace.noise, dout, grad, work)
    BACKWARD[net.activation](dout, trace.a, work)
    return dout


def _back_to_u(net: Mlp, layer: Layer, trace: Trace, dh: Array, grad: Layer, work: Array) -> Array:
    if layer.alpha is not None:
        if grad.alpha is not None:
            np.multiply(dh, trace.branch, out=work)
            np.add.reduce(work, axis=(1, 2), keepdims=True, out=grad.alpha)
        dh *= layer.alpha
    if trace.norm is not None and net.placement is Placement.BEFORE:
        _back_through_norm(layer, trace.norm, trace.noise, dh, grad, work)
    return dh


def _back_through_norm(
    layer: Layer, norm: Normed | NormedUnits, noise: Array | None, dy: Array, grad: Layer, work: Array
) -> None:
    if noise is not None:
        dy *= noise
    if isinstance(norm, NormedUnits):
        back_over_units(dy, norm, layer.gamma, grad.gamma, grad.beta)
    elif norm.centred.ndim == dy.ndim:
        back_over_examples(dy, norm, grad.gamma, grad.beta, work)
    else:
        shape, sums = norm.centred.shape, [np.empty_like(norm.scale) for _ in range(2)]
        back_over_examples(dy.reshape(shape), norm, sums[0], sums[1], work.reshape(shape))
        np.add.reduce(sums[0], axis=1, out=grad.gamma)
        np.add.reduce(sums[1], axis=1, out=grad.beta)


def gradients(net: Mlp, flat: Array, x: Array, labels: NDArray[Any]) -> tuple[Array, Array]:
    """Return the loss (R,) and the gradient (R, net.numbers) of R networks, in training mode, without noise.

    flat has shape (R, net.numbers), x (N, inputs), labels (N,).
    """
    layers, gradient = layers_of(net, flat), np.empty_like(flat)
    tape = forward(net, layers, x[None])
    loss, dscores = cross_entropy(tape.scores, labels[None])
    backward(net, layers, tape, dscores, layers_of(net, gradient))
    return loss, gradient
