"""Folding batch norm in eval mode into the linear or convolutional layer after it."""

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, quiet, real_array
from bnsim.engine.normalization.folding import FoldedLayer, fitted, norm_in_eval, per_output, weight_of
from bnsim.errors import InputError, ShapeError


def fold_into_next_linear(
    weight: ArrayLike,
    bias: ArrayLike | None,
    mean: ArrayLike,
    var: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
) -> FoldedLayer:
    """Return the linear layer equal to batch norm in eval mode followed by a linear layer.

    With s = gamma / sqrt(var + eps) and t = beta - s * mean: weight' = weight * s, column by column, and
    bias' = bias + weight @ t.

    Parameters
    ----------
    weight : array, shape (out, in)
        PyTorch's layout: y = x @ weight.T + bias.
    bias : array of shape (out,), or None
        None is no bias; the folded layer needs one.
    mean, var : number or array of shape (in,)
        Running statistics; var from 0 up. Where images were flattened in between, each channel is many inputs: pass
        np.repeat(mean, positions), and the same of the others.
    gamma, beta : number or array of shape (in,), default 1 and 0
        Scale and shift.
    eps : float, more than 0
        Added to the variance under the root.

    Returns
    -------
    FoldedLayer

    Raises
    ------
    ShapeError
        If weight is not two-dimensional, or something does not fit its inputs or outputs.
    InputError
        As `fold_linear`.

    Notes
    -----
    Only in eval mode, and only with nothing but the affine map between the two layers: an activation in between, as
    after most norms, forbids it.

    Examples
    --------
    >>> fold_into_next_linear([[2.0, 4.0]], None, mean=1.0, var=3.0, gamma=[2.0, 1.0], beta=5.0, eps=1.0)
    FoldedLayer(weight=array([[2., 2.]]), bias=array([26.]))
    """
    return _fold_into_next(weight_of(weight, 2, "(out, in)"), bias, mean, var, gamma, beta, eps, 1)


def fold_into_next_conv(
    weight: ArrayLike,
    bias: ArrayLike | None,
    mean: ArrayLike,
    var: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
    groups: int = 1,
    padding: int = 0,
) -> FoldedLayer:
    """Return the convolution equal to batch norm in eval mode followed by a convolution.

    Parameters
    ----------
    weight : array, shape (out, in / groups, *kernel)
        PyTorch's layout of Conv1d, Conv2d and Conv3d.
    bias, mean, var, gamma, beta, eps
        As for `fold_into_next_linear`; mean and the others have one number for each channel that comes in.
    groups : int
        Those of the convolution; they must divide its outputs.
    padding : int
        That of the convolution. Zeros that are put around the output of batch norm are not what batch norm makes of
        zeros, so with padding only a norm that maps 0 to 0 can be folded.

    Returns
    -------
    FoldedLayer

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    InputError
        As `fold_linear`, and if there is padding and the norm does not map 0 to 0.

    Notes
    -----
    A transposed convolution has no such form: it puts fewer terms together at its borders, so that the shift would
    differ from place to place.

    Examples
    --------
    >>> folded = fold_into_next_conv(np.ones((1, 2, 3)), None, 0.0, 0.0, gamma=[1.0, 3.0], beta=[1.0, 0.0], eps=1.0)
    >>> folded.weight[0, :, 0].tolist(), folded.bias.tolist()
    ([1.0, 3.0], [3.0])
    """
    array = real_array(weight, "weight")
    if not 3 <= array.ndim <= 5 or array.size == 0:
        raise ShapeError(
            f"weight must have shape (out, in / groups, *kernel) with a kernel of 1 to 3 axes; got shape {array.shape}."
        )
    if groups < 1 or len(array) % groups:
        raise ShapeError(f"groups must divide the first axis of weight, {len(array)}; got {groups}.")
    if padding < 0:
        raise InputError(f"padding must be at least 0; got {padding}.")
    return _fold_into_next(array, bias, mean, var, gamma, beta, eps, groups, is_padded=padding > 0)


def _fold_into_next(
    weight: Array,
    bias: ArrayLike | None,
    mean: ArrayLike,
    var: ArrayLike,
    gamma: ArrayLike | None,
    beta: ArrayLike | None,
    eps: float,
    groups: int,
    *,
    is_padded: bool = False,
) -> FoldedLayer:
    """Fold into a weight (out, in / groups, ...) what stands before it."""
    outputs, inputs = len(weight), weight.shape[1] * groups
    old = per_output(0.0 if bias is None else bias, outputs, "bias")
    norm = norm_in_eval(inputs, mean, var, gamma, beta, eps)
    s, t = norm.scale, norm.of(0.0)
    if is_padded and np.any(t != 0):
        worst = float(t[np.argmax(np.abs(t))])
        raise InputError(
            f"the batch norm before a padded convolution must map 0 to 0; got {worst:g}. "
            "Pad the input of the batch norm instead, with what it maps to 0, and fold without padding."
        )
    exact = weight.astype(np.float64).reshape(groups, outputs // groups, weight.shape[1], -1)
    with quiet():
        folded = (exact * s.reshape(groups, 1, -1, 1)).reshape(weight.shape)
        moved = old + np.einsum("goik,gi->go", exact, t.reshape(groups, -1)).reshape(-1)
    return fitted(folded, moved, weight.dtype)
