"""Folding batch norm in eval mode into the linear or convolutional layer before it."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, all_finite, fitting, float64, positive, quiet, real_array
from bnsim.errors import InputError, ShapeError

TRANSPOSED = "If it is a transposed convolution, pass transposed=True."


@dataclass(frozen=True, eq=False)
class FoldedLayer:
    """A layer that does the work of two.

    Attributes
    ----------
    weight : array, the shape of the weight that was folded into
    bias : array, shape (out,)
    """

    weight: Array
    bias: Array


def fold_linear(
    weight: ArrayLike,
    bias: ArrayLike | None,
    mean: ArrayLike,
    var: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
) -> FoldedLayer:
    """Return the linear layer equal to a linear layer followed by batch norm in eval mode.

    With s = gamma / sqrt(var + eps): weight' = s * weight and bias' = beta + s * (bias - mean).

    Parameters
    ----------
    weight : array, shape (out, in)
        PyTorch's layout: y = x @ weight.T + bias.
    bias : array of shape (out,), or None
        None is no bias.
    mean, var : number or array of shape (out,)
        Running statistics; var from 0 up.
    gamma, beta : number or array of shape (out,), default 1 and 0
        Scale and shift.
    eps : float, more than 0
        Added to the variance under the root.

    Returns
    -------
    FoldedLayer
        With `.weight` in the dtype of weight and `.bias` of shape (out,).

    Raises
    ------
    ShapeError
        If weight is not two-dimensional, or something does not fit its outputs.
    InputError
        If eps is not more than 0 or var is negative, or if the result, computed in float64, does not fit into the
        dtype of weight.

    Notes
    -----
    Only in eval mode, and only with nothing but the affine map between the two layers.
    Ioffe and Szegedy (2015), Algorithm 2, line 11.

    Examples
    --------
    >>> folded = fold_linear([[2.0, 4.0]], None, mean=1.0, var=3.0, gamma=2.0, beta=5.0, eps=1.0)
    >>> folded
    FoldedLayer(weight=array([[2., 4.]]), bias=array([4.]))
    """
    return _fold(weight_of(weight, 2, "(out, in)"), bias, mean, var, gamma, beta, eps)


def fold_conv(
    weight: ArrayLike,
    bias: ArrayLike | None,
    mean: ArrayLike,
    var: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
    transposed: bool = False,
    groups: int = 1,
) -> FoldedLayer:
    """Return the convolution equal to a convolution followed by batch norm in eval mode.

    Parameters
    ----------
    weight : array, shape (out, in / groups, *kernel), or transposed (in, out / groups, *kernel)
        PyTorch's layouts of Conv1d, Conv2d, Conv3d, and of ConvTranspose1d, 2d, 3d.
    bias, mean, var, gamma, beta, eps
        As for `fold_linear`.
    transposed : bool
        Whether the weight is that of a transposed convolution. A square weight, out = in, does not show it, and would
        be scaled along the wrong axis: say it.
    groups : int
        Those of the convolution. Only a transposed one needs them, because its weight does not show them.

    Returns
    -------
    FoldedLayer
        Its weight has the layout of the one given. Groups, stride and padding stay those of the convolution: batch
        norm acts on each output channel alone.

    Raises
    ------
    ShapeError, InputError
        As `fold_linear`, and if groups do not fit the weight.

    Examples
    --------
    >>> weight = np.ones((2, 2, 1, 1))
    >>> fold_conv(weight, None, 0.0, 0.0, gamma=[1.0, 3.0], eps=1.0).weight[:, :, 0, 0].tolist()
    [[1.0, 1.0], [3.0, 3.0]]
    >>> fold_conv(weight, None, 0.0, 0.0, gamma=[1.0, 3.0], eps=1.0, transposed=True).weight[:, :, 0, 0].tolist()
    [[1.0, 3.0], [1.0, 3.0]]
    """
    array = real_array(weight, "weight")
    layout = "(in, out / groups, *kernel)" if transposed else "(out, in / groups, *kernel)"
    if not 3 <= array.ndim <= 5 or array.size == 0:
        raise ShapeError(f"weight must have shape {layout} with a kernel of 1 to 3 axes; got shape {array.shape}.")
    if groups < 1 or len(array) % groups:
        raise ShapeError(f"groups must divide the first axis of weight, {len(array)}; got {groups}.")
    if not transposed:
        return _fold(array, bias, mean, var, gamma, beta, eps, other=(array.shape[1] * groups, TRANSPOSED))
    grouped = array.reshape(groups, -1, *array.shape[1:]).swapaxes(1, 2)
    outputs = grouped.reshape(groups * array.shape[1], -1, *array.shape[2:])
    folded = _fold(outputs, bias, mean, var, gamma, beta, eps, other=(len(array), "Leave transposed away."))
    back = folded.weight.reshape(grouped.shape).swapaxes(1, 2).reshape(array.shape)
    return FoldedLayer(np.ascontiguousarray(back), folded.bias)


def weight_of(weight: ArrayLike, dimensions: int, layout: str) -> Array:
    """Return the weight of a layer, which must have so many axes."""
    array = real_array(weight, "weight")
    if array.ndim != dimensions or array.size == 0:
        raise ShapeError(f"weight must have shape {layout}; got shape {array.shape}.")
    return array


def _fold(
    weight: Array,
    bias: ArrayLike | None,
    mean: ArrayLike,
    var: ArrayLike,
    gamma: ArrayLike | None,
    beta: ArrayLike | None,
    eps: float,
    *,
    other: tuple[int, str] | None = None,
) -> FoldedLayer:
    """Fold into a weight whose first axis holds the outputs; `other`: their number in another layout."""
    old = per_output(0.0 if bias is None else bias, len(weight), "bias", other)
    norm = norm_in_eval(len(weight), mean, var, gamma, beta, eps, other)
    with quiet():
        folded = weight.astype(np.float64) * norm.scale.reshape((-1,) + (1,) * (weight.ndim - 1))
    return fitted(folded, norm.of(old), weight.dtype)


class NormInEval(NamedTuple):
    """Batch norm in eval mode, which is scale * (x - centre) + shift; each of shape (channels,)."""

    scale: Array
    centre: Array
    shift: Array

    def of(self, x: Array | float) -> Array:
        """Return what becomes of one number for each channel."""
        with quiet():
            # Not scale * x + (shift - scale * centre): that loses digits where x is near a centre far from 0.
            return np.asarray(self.shift + self.scale * (x - self.centre))


def norm_in_eval(
    channels: int,
    mean: ArrayLike,
    var: ArrayLike,
    gamma: ArrayLike | None,
    beta: ArrayLike | None,
    eps: float,
    other: tuple[int, str] | None = None,
) -> NormInEval:
    """Return batch norm in eval mode as an affine map of each channel; everything is checked first.

    Parameters
    ----------
    channels : int
    mean, var, gamma, beta, eps
        As for `fold_linear`.
    other : (int, str), optional
        How many channels another layout would have, and what to say of that.
    """
    given = {"mean": mean, "var": var, "gamma": 1.0 if gamma is None else gamma, "beta": 0.0 if beta is None else beta}
    centre, spread, scale, shift = (per_output(values, channels, name, other) for name, values in given.items())
    if np.any(spread < 0):
        raise InputError(f"var must not be negative; got {float(np.nanmin(spread)):g}.")
    eps = positive(eps, "eps")
    with quiet():
        return NormInEval(scale / np.sqrt(spread + eps), centre, shift)


def fitted(weight: Array, bias: Array, dtype: np.dtype[Any]) -> FoldedLayer:
    """Return a folded layer in the dtype of the layer that was given."""
    way_out = "Pass weight as float64." if dtype == np.float64 else "Pass weight as float32 or float64."
    return FoldedLayer(
        fitting(weight, dtype, "the folded weight", way_out), fitting(bias, dtype, "the folded bias", way_out)
    )


def per_output(values: ArrayLike, outputs: int, name: str, other: tuple[int, str] | None = None) -> Array:
    """Return one number for each output, float64."""
    array = float64(values, name)
    if array.shape not in ((), (outputs,)):
        way_out = f" {other[1]}" if other and array.shape == (other[0],) else ""
        raise ShapeError(f"{name} must be one number or have shape ({outputs},); got shape {array.shape}.{way_out}")
    return np.broadcast_to(array, (outputs,))


def conv2d(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> Array:
    """Return the cross-correlation of images with a weight, directly: small, exact and slow.

    Parameters
    ----------
    x : array, shape (N, C, H, W)
    weight : array, shape (out, C / groups, h, w)
    bias : array, shape (out,), optional
    stride : int, at least 1
    padding : int, at least 0
        Zeros on every side.
    groups : int
        Divides C and out; each group of outputs sees its own group of channels.

    Returns
    -------
    array, shape (N, out, H', W') with H' = (H + 2 * padding - h) // stride + 1

    Raises
    ------
    ShapeError
        If the shapes do not fit each other.
    InputError
        If stride or padding is out of range.

    Examples
    --------
    >>> conv2d(np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2)))
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    images, kernel = real_array(x), weight_of(weight, 4, "(out, in / groups, H, W)")
    if stride < 1:
        raise InputError(f"stride must be at least 1; got {stride}.")
    if padding < 0:
        raise InputError(f"padding must be at least 0; got {padding}.")
    _check_conv(images, kernel, padding, groups)
    outputs = len(kernel)
    bias = None if bias is None else per_output(bias, outputs, "bias")
    dtype = np.result_type(images, kernel)
    if dtype != np.float16:  # which loses its digits in long sums
        y = _convolved(images, kernel, bias, stride, padding, groups, dtype)
        if dtype == np.float64 or all_finite(y):
            return y
    return fitting(_convolved(images, kernel, bias, stride, padding, groups, np.dtype(np.float64)), dtype, "y")


def _convolved(
    images: Array, kernel: Array, bias: Array | None, stride: int, padding: int, groups: int, dtype: np.dtype[Any]
) -> Array:
    outputs, count = len(kernel), kernel[0].size
    images, kernel = images.astype(dtype, copy=False), kernel.astype(dtype, copy=False)
    padded = np.pad(images, ((0, 0), (0, 0), (padding, padding), (padding, padding))) if padding else images
    windows = sliding_window_view(padded, kernel.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    samples, _, *places = windows.shape[:4]
    # One matrix product for each group, of the weights and of what each place sees: einsum takes several times as long.
    seen = windows.reshape(samples, groups, kernel.shape[1], *windows.shape[2:]).transpose(1, 2, 5, 6, 0, 3, 4)
    grouped = kernel.reshape(groups, outputs // groups, count)
    with quiet():
        y: Array = grouped @ seen.reshape(groups, count, samples * math.prod(places))
        y = np.ascontiguousarray(y.reshape(outputs, samples, *places).swapaxes(0, 1))
        return y if bias is None else y + bias.astype(dtype)[:, None, None]


def _check_conv(images: Array, kernel: Array, padding: int, groups: int) -> None:
    if images.ndim != 4:
        raise ShapeError(f"x must have shape (N, C, H, W); got shape {images.shape}.")
    channels, outputs = images.shape[1], len(kernel)
    if groups < 1 or channels % groups or outputs % groups:
        raise ShapeError(f"groups must divide the {channels} channels of x and the {outputs} outputs; got {groups}.")
    if kernel.shape[1] != channels // groups:
        raise ShapeError(f"weight must have shape (out, {channels // groups}, H, W); got shape {kernel.shape}.")
    room = tuple(side + 2 * padding for side in images.shape[2:])
    if any(small > large for small, large in zip(kernel.shape[2:], room, strict=True)):
        raise ShapeError(f"weight must fit into images of {room[0]} by {room[1]}; got shape {kernel.shape}.")
