"""The normalization family: one formula, and a table of the axes that share a mean and a variance."""

import math
from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, batch_array, fitting, positive, quiet, real_array
from bnsim.engine.normalization.batchnorm import batch_norm, normalized
from bnsim.engine.statistics._fast_sums import sums
from bnsim.engine.statistics.batch import SMALLEST_NARROW, Moments, moments
from bnsim.errors import ShapeError


class NormKind(Enum):
    """The members of the family that differ only in the axes they pool."""

    BATCH = "batch"
    LAYER = "layer"
    GROUP = "group"
    INSTANCE = "instance"
    RMS = "rms"


# Axes of an (N, groups, C // groups, positions) array that share one mean and variance; RMS shares one mean square.
POOLED_AXES = {
    NormKind.BATCH: (0, 3),
    NormKind.LAYER: (1, 2, 3),
    NormKind.GROUP: (2, 3),
    NormKind.INSTANCE: (3,),
    NormKind.RMS: (1, 2, 3),
}


def normalize(x: ArrayLike, kind: NormKind, *, groups: int = 1, eps: float = 1e-5) -> Array:
    """Return (x - mean) / sqrt(var + eps), with mean and biased variance over the axes that `kind` pools.

    Parameters
    ----------
    x : array, shape (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)
        Activations, the channel axis second.
    kind : NormKind
        Which axes are pooled; see `POOLED_AXES`. RMS does not subtract the mean.
    groups : int
        For GROUP: into how many groups the channels are cut. It must divide C.
    eps : float, more than 0
        Added to the variance under the root.

    Returns
    -------
    array, the shape and dtype of x

    Raises
    ------
    ShapeError
        If x has no channel axis or groups does not divide its channels.
    InputError
        If eps is not more than 0.

    Notes
    -----
    GROUP with one group is LAYER; GROUP with C groups is INSTANCE; BATCH with N = 1 is INSTANCE.
    Ioffe and Szegedy (2015); Ba, Kiros and Hinton (2016); Ulyanov et al. (2016); Wu and He (2018), figure 2;
    Zhang and Sennrich (2019).

    Examples
    --------
    >>> normalize([[1.0, 3.0], [2.0, 2.0]], NormKind.LAYER).round(3)
    array([[-1.,  1.],
           [ 0.,  0.]])
    """
    return _normalized(batch_array(x), kind, groups, eps)


def _normalized(batch: Array, kind: NormKind, groups: int, eps: float) -> Array:
    grouped = in_groups(batch, kind, groups)
    if kind is NormKind.BATCH:
        return batch_norm(batch, eps=eps).x_hat
    return _over(grouped, POOLED_AXES[kind], eps, centred=kind is not NormKind.RMS).reshape(batch.shape)


def in_groups(batch: Array, kind: NormKind, groups: int) -> Array:
    """Return a batch as `POOLED_AXES` sees it: examples, groups, channels of a group, positions."""
    if batch.ndim < 2:
        raise ShapeError(f"x must have a channel axis; got shape {batch.shape}.")
    examples, channels = batch.shape[:2]
    cut = groups if kind is NormKind.GROUP else 1 if kind is not NormKind.INSTANCE else channels
    if cut < 1 or channels % cut:
        raise ShapeError(f"groups must divide the {channels} channels of x; got groups={groups}.")
    return batch.reshape(examples, cut, channels // cut, -1)


def _over(x: Array, axes: tuple[int, ...], eps: float, *, centred: bool = True) -> Array:
    """Return x with mean 0 and variance 1, or without `centred` with mean square 1, over `axes`."""
    return standardized(x, axes, eps, centred=centred)[0]


def standardized(x: Array, axes: tuple[int, ...], eps: float, *, centred: bool = True) -> tuple[Array, Array]:
    """Return what `_over` returns, and 1 / sqrt(var + eps), float64, of length 1 along `axes`."""
    eps = positive(eps, "eps")
    kept = tuple(axis for axis in range(x.ndim) if axis not in axes)
    order = kept + axes
    moved = np.ascontiguousarray(x.transpose(order))
    rows = moved.reshape(1, math.prod(x.shape[axis] for axis in kept), -1)
    with quiet():
        found = moments(rows) if centred else _mean_square(rows)
        inv_std = 1.0 / np.sqrt(found.var + eps)
        y = normalized(rows, found, inv_std)
    beside = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
    return y.reshape(moved.shape).transpose(np.argsort(order)), inv_std.reshape(beside)


def _mean_square(rows: Array) -> Moments:
    squares = sums(rows)[1] / rows.shape[2]
    if rows.dtype.char == "f" and not ((squares > SMALLEST_NARROW) & (squares < np.inf)).all():
        squares = sums(rows.astype(np.float64))[1] / rows.shape[2]  # float32 does not hold them
    return Moments(None, np.zeros_like(squares), squares)


def layer_norm(
    x: ArrayLike,
    weight: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    *,
    axes: int | Sequence[int] | None = None,
    eps: float = 1e-5,
) -> Array:
    """Normalize each example over its own features: no example depends on its companions.

    Parameters
    ----------
    x : array
        Any shape with at least one value.
    weight, bias : number or array with the shape of x along `axes`, default 1 and 0
        Scale and shift.
    axes : int or sequence of int, optional
        The axes that share a mean and variance; every axis but the first by default.
    eps : float, more than 0
        Added to the variance under the root.

    Returns
    -------
    array, the shape and dtype of x
        weight * (x - mean) / sqrt(var + eps) + bias.

    Raises
    ------
    ShapeError
        If an axis does not exist or comes twice, or weight or bias do not fit.
    InputError
        If eps is not more than 0.

    Notes
    -----
    With one feature the result is the bias. Ba, Kiros and Hinton (2016).

    Examples
    --------
    >>> layer_norm([[1.0, 3.0], [10.0, 30.0]], weight=[1.0, 2.0]).round(3)
    array([[-1.,  2.],
           [-1.,  2.]])
    """
    values = real_array(x)
    where = pooled_axes_of(values, axes)
    return _scaled(_over(_roomy(values, weight, bias), where, eps), weight, bias, where, values.dtype)


def rms_norm(
    x: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    axes: int | Sequence[int] | None = None,
    eps: float = 1e-5,
) -> Array:
    """Divide each example by its root mean square: `layer_norm` without the mean and without a bias.

    Parameters, returns and errors as for `layer_norm`; the result is weight * x / sqrt(mean(x**2) + eps).

    Notes
    -----
    Zhang and Sennrich (2019).

    Examples
    --------
    >>> rms_norm([[3.0, 4.0]], eps=1e-12).round(4)
    array([[0.8485, 1.1314]])
    """
    values = real_array(x)
    where = pooled_axes_of(values, axes)
    return _scaled(_over(_roomy(values, weight), where, eps, centred=False), weight, None, where, values.dtype)


def pooled_axes_of(x: Array, axes: int | Sequence[int] | None) -> tuple[int, ...]:
    """Return the axes that share a mean, counted from the front and in order."""
    if x.ndim == 0 or x.size == 0:
        raise ShapeError(f"x must have at least one axis and one value; got shape {x.shape}.")
    asked = range(min(1, x.ndim - 1), x.ndim) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
    if not asked or any(not -x.ndim <= axis < x.ndim for axis in asked):
        raise ShapeError(f"axes must be axes of x, from {-x.ndim} to {x.ndim - 1}; got {axes}.")
    found = sorted({axis % x.ndim for axis in asked})
    if len(found) != len(asked):
        raise ShapeError(f"axes must be different axes of x; got {axes}.")
    return tuple(found)


def _roomy(x: Array, *parameters: ArrayLike | None) -> Array:
    """Return x in float64 if it is to be scaled or shifted, so that it is rounded to its own dtype once, at the end."""
    return x if all(values is None for values in parameters) else x.astype(np.float64, copy=False)


def _scaled(
    y: Array, weight: ArrayLike | None, bias: ArrayLike | None, axes: tuple[int, ...], dtype: np.dtype[Any]
) -> Array:
    """Return weight * y + bias in `dtype`; both have the shape of y along `axes`."""
    shape = tuple(y.shape[axis] for axis in axes)
    beside = tuple(size if axis in axes else 1 for axis, size in enumerate(y.shape))
    result = y
    for name, values in (("weight", weight), ("bias", bias)):
        if values is None:
            continue
        array = real_array(values, name)
        if array.shape not in ((), shape):
            raise ShapeError(f"{name} must be one number or have shape {shape}; got shape {array.shape}.")
        array = array.reshape(beside) if array.ndim else array
        with quiet():
            result = result * array if name == "weight" else result + array
    return fitting(result, dtype, "y", "Pass x as float64, or a smaller weight or bias.")


def group_norm(
    x: ArrayLike,
    groups: int,
    weight: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
) -> Array:
    """Normalize each group of channels of each example over its channels and positions.

    Parameters
    ----------
    x : array, shape (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)
    groups : int
        Divides C. One group is layer norm, C groups are instance norm.
    weight, bias : number or array of shape (C,), default 1 and 0
    eps : float, more than 0

    Returns
    -------
    array, the shape and dtype of x

    Raises
    ------
    ShapeError, InputError
        As `normalize`, and if weight or bias do not fit the channels.

    Notes
    -----
    Wu and He (2018).

    Examples
    --------
    >>> group_norm([[1.0, 3.0, 5.0, 9.0]], 2).round(3)
    array([[-1.,  1., -1.,  1.]])
    """
    batch = batch_array(x)
    x_hat = _normalized(_roomy(batch, weight, bias), NormKind.GROUP, groups, eps)
    return _scaled(x_hat, weight, bias, (1,), batch.dtype)


def instance_norm(
    x: ArrayLike, weight: ArrayLike | None = None, bias: ArrayLike | None = None, *, eps: float = 1e-5
) -> Array:
    """Normalize each channel of each example over its positions.

    Parameters, returns and errors as for `group_norm` with C groups. Without positions the result is the bias.

    Notes
    -----
    Ulyanov, Vedaldi and Lempitsky (2016).

    Examples
    --------
    >>> instance_norm([[[1.0, 3.0], [5.0, 9.0]]]).round(3)
    array([[[-1.,  1.],
            [-1.,  1.]]])
    """
    batch = batch_array(x)
    x_hat = _normalized(_roomy(batch, weight, bias), NormKind.INSTANCE, 1, eps)
    return _scaled(x_hat, weight, bias, (1,), batch.dtype)
