"""Steps of many networks at once: arrays (R, N, C) hold R runs, N examples, C units; also (R, k, N, C), k ghosts.

Every sum stays within one run, in arrays of the same shape however many runs there are, so that a run in a stack and
the run alone agree but for rounding; where the processor takes the sums of every row in one order, to the last bit.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array
from bnsim.engine.networks.structure import UNUSED, Activation

Key: TypeAlias = tuple[int, str]

LINE = 64  # bytes of a cache line


class Empty(Protocol):
    """Where arrays come from: new ones, or those of a `Scratch`."""

    def __call__(self, key: Key, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return an array of that shape, its numbers arbitrary."""


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return a new array that starts at a cache line: elementwise steps between two such are up to twice as fast."""
    size = math.prod(shape) * dtype.itemsize
    raw = np.empty(size + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size].view(dtype).reshape(shape)


def fresh(key: Key, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return a new array."""
    return np.empty(shape, dtype)


class Scratch:
    """Arrays that are used again at every step: allocating them anew would cost as much as filling them.

    A result that lies in a scratch is valid until the next pass with it.
    """

    def __init__(self) -> None:
        self._arrays: dict[tuple[Key, tuple[int, ...]], Array] = {}

    def __call__(self, key: Key, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return the array kept for this key and shape, made if it is not there; of one dtype throughout."""
        found = self._arrays.get((key, shape))
        if found is None:
            found = self._arrays[key, shape] = aligned(shape, dtype)
        return found


@lru_cache(maxsize=64)
def row_of(value: float, count: int, dtype: np.dtype[Any]) -> Array:
    """Return one number as a row (1, count); a product with it sums, or averages, over examples."""
    row = np.full((1, count), value, dtype)
    row.flags.writeable = False
    return row


def sum_over_examples(x: Array, out: Array | None = None) -> Array:
    """Return x.sum(axis=-2, keepdims=True)."""
    total: Array = np.matmul(row_of(1.0, x.shape[-2], x.dtype), x, out=out)
    return total


def mean_over_examples(x: Array, out: Array | None = None) -> Array:
    """Return x.mean(axis=-2, keepdims=True)."""
    mean: Array = np.matmul(row_of(1.0 / x.shape[-2], x.shape[-2], x.dtype), x, out=out)
    return mean


class Normed(NamedTuple):
    """One norm: what backward needs of it; `given` tells that the statistics were not those of x.

    x_hat = centred * inv_std, y = x_hat * gamma + beta.
    """

    centred: Array
    inv_std: Array
    scale: Array
    given: bool


def normed_over_examples(
    x: Array, gamma: Array, eps: float, *, work: Array, centred: Array, mean: Array, var: Array
) -> Normed:
    """Normalize x over its examples, axis -2; `centred`, which may be x, `mean` and `var` are written to."""
    np.subtract(x, mean_over_examples(x, out=mean), out=centred)
    # E[(x - mean)**2], as in `stats`: the short form loses digits where the mean is large against the spread.
    mean_over_examples(np.multiply(centred, centred, out=work), out=var)
    inv_std = var + eps
    np.divide(1.0, np.sqrt(inv_std, out=inv_std), out=inv_std)
    return Normed(centred, inv_std, inv_std * gamma, given=False)


def normed_with(x: Array, mean: Array, var: Array, gamma: Array, eps: float, out: Array) -> Normed:
    """Normalize x with given statistics (R, 1, C): eval mode, or a frozen norm."""
    inv_std = 1.0 / np.sqrt(var + eps)
    return Normed(np.subtract(x, mean, out=out), inv_std, inv_std * gamma, given=True)


def back_over_examples(dy: Array, norm: Normed, dgamma: Array, dbeta: Array, work: Array) -> None:
    """Turn dy into dx in place and write the gradients of gamma and beta; uses up `norm.centred`.

    dx = gamma * inv_std * (dy - mean(dy) - x_hat * mean(dy * x_hat)), without the two means if `norm.given`.
    """
    count = dy.shape[-2]
    sum_over_examples(dy, out=dbeta)
    sum_over_examples(np.multiply(dy, norm.centred, out=work), out=dgamma)
    np.multiply(dgamma, norm.inv_std, out=dgamma)
    if not norm.given:
        pull = dgamma * norm.inv_std
        pull *= 1.0 / count
        along = np.multiply(norm.centred, pull, out=norm.centred)
        along += dbeta * (1.0 / count)
        np.subtract(dy, along, out=dy)
    np.multiply(dy, norm.scale, out=dy)


class NormedUnits(NamedTuple):
    """Layer or group norm: what backward needs of it.

    A row for each group of each example: x_hat of shape (R, N * groups, units of a group), inv_std (R, N * groups, 1).
    """

    x_hat: Array
    inv_std: Array


def normed_over_units(x: Array, groups: int, eps: float, out: Array) -> NormedUnits:
    """Normalize each example over its units, cut into groups; `out` takes x_hat."""
    shape = len(x), -1, x.shape[-1] // groups
    cut = x.reshape(shape)
    x_hat = np.subtract(cut, _mean_over_units(cut), out=out.reshape(cut.shape))
    inv_std = 1.0 / np.sqrt(_mean_over_units(x_hat * x_hat) + eps)
    x_hat *= inv_std
    return NormedUnits(x_hat, inv_std)


def back_over_units(dy: Array, norm: NormedUnits, gamma: Array, dgamma: Array, dbeta: Array) -> None:
    """Turn dy into dx in place, and write the gradients of gamma and beta unless these are `UNUSED`."""
    x_hat, inv_std = norm
    if dbeta is not UNUSED:
        sum_over_examples(dy, out=dbeta)
        sum_over_examples(dy * x_hat.reshape(dy.shape), out=dgamma)
    dy *= gamma
    cut = dy.reshape(x_hat.shape)
    along = _mean_over_units(cut * x_hat)
    cut -= _mean_over_units(cut)
    cut -= x_hat * along
    cut *= inv_std


def _mean_over_units(x: Array) -> Array:
    """Return x.mean(axis=-1, keepdims=True): a product is up to six times as quick, the fewer the units the more."""
    width = x.shape[-1]
    mean: Array = np.matmul(x, row_of(1.0 / width, width, x.dtype).T)
    return mean


@lru_cache(maxsize=8)
def _zeros(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    zeros = np.zeros(shape, dtype)
    zeros.flags.writeable = False
    return zeros


def _relu(h: Array, out: Array) -> None:
    # Against a whole array of zeros numpy takes several values at a time, against a single one it does not.
    np.maximum(h, _zeros(h.shape, h.dtype), out=out)


def _sigmoid(h: Array, out: Array) -> None:
    np.negative(h, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    np.reciprocal(out, out=out)


def _back_sigmoid(da: Array, a: Array, work: Array) -> None:
    np.multiply(a, a, out=work)
    np.subtract(a, work, out=work)
    np.multiply(da, work, out=da)


def _back_tanh(da: Array, a: Array, work: Array) -> None:
    np.multiply(a, a, out=work)
    np.subtract(1.0, work, out=work)
    np.multiply(da, work, out=da)


# What each activation writes into its second argument, and how the gradient passes back through it, in place,
# given the output a.
FORWARD: dict[Activation, Callable[[Array, Array], Any]] = {
    Activation.RELU: _relu,
    Activation.TANH: lambda h, out: np.tanh(h, out=out),
    Activation.SIGMOID: _sigmoid,
    Activation.LINEAR: lambda h, out: np.copyto(out, h),
}
BACKWARD: dict[Activation, Callable[[Array, Array, Array], Any]] = {
    Activation.RELU: lambda da, a, work: np.multiply(da, a > 0, out=da),
    Activation.TANH: _back_tanh,
    Activation.SIGMOID: _back_sigmoid,
    Activation.LINEAR: lambda da, a, work: None,
}


def cross_entropy(scores: Array, labels: NDArray[Any]) -> tuple[Array, Array]:
    """Return the mean softmax cross-entropy of each run, shape (R,), and its gradient, in the place of `scores`.

    scores has shape (R, N, classes), labels (R, N) or (1, N).
    """
    count, classes = scores.shape[-2:]
    target = _one_hot(classes, scores.dtype)[labels]
    # Turned, because the largest of ten is found faster down ten rows than along many short ones.
    scores -= np.maximum.reduce(scores.swapaxes(1, 2).copy(), axis=1)[..., None]
    right = np.vecdot(scores, target)
    np.exp(scores, out=scores)
    total = np.matmul(scores, row_of(1.0, classes, scores.dtype).T)
    loss: Array = np.add.reduce(np.log(total)[..., 0] - right, axis=-1) / count
    scores /= total
    scores -= target
    scores *= 1.0 / count
    return loss, scores


@lru_cache(maxsize=16)
def _one_hot(classes: int, dtype: np.dtype[Any]) -> Array:
    return np.eye(classes, dtype=dtype)
