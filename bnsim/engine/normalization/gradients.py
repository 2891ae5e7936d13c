"""The gradients of layer, group, instance and RMS norm, and of batch norm with given statistics."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, batch_array, fitting, outward, per_channel, pooled, positive, quiet, real_array
from bnsim.engine.normalization.family import POOLED_AXES, NormKind, in_groups, pooled_axes_of, standardized
from bnsim.errors import InputError, ShapeError


def layer_norm_backward(
    dy: ArrayLike,
    x: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    axes: int | Sequence[int] | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss with respect to x, weight and bias of `layer_norm`.

    Parameters
    ----------
    dy : array, the shape of x
        Gradient of the loss with respect to y.
    x, weight, axes, eps
        What `layer_norm` was given; it keeps nothing, so x is normalized once more.

    Returns
    -------
    dx : array, the shape and dtype of x
        inv_std * (g - mean(g) - x_hat * mean(g * x_hat)) with g = weight * dy and the means over `axes`, exact with
        eps.
    dweight, dbias : float64, the shape of x along `axes`
        sum(dy * x_hat) and sum(dy) over all other axes. Of one number for all it is the sum of these.

    Raises
    ------
    ShapeError, InputError
        As `layer_norm`, and if dy has another shape than x.

    Notes
    -----
    Ba, Kiros and Hinton (2016). The weight stands inside the means, unlike gamma of batch norm: it differs among the
    values that are averaged.

    Examples
    --------
    >>> dx, dweight, dbias = layer_norm_backward([[1.0, 0.0]], [[0.0, 1.0]])
    >>> [float(f"{value:.5e}") for value in dx[0]], dbias.tolist()
    ([3.99976e-05, -3.99976e-05], [1.0, 0.0])
    """
    values = real_array(x)
    where = pooled_axes_of(values, axes)
    dx, dweight, dbias = _backward(dy, values, weight, where, eps, centred=True)
    return dx, dweight, dbias


def rms_norm_backward(
    dy: ArrayLike,
    x: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    axes: int | Sequence[int] | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Array]:
    """Return the gradients of a loss with respect to x and weight of `rms_norm`.

    Parameters, shapes and errors as for `layer_norm_backward`; there is no bias.

    Returns
    -------
    dx : array, the shape and dtype of x
        inv_rms * (g - x_hat * mean(g * x_hat)) with g = weight * dy: one projection instead of two, so that a shift of
        all values passes.
    dweight : float64, the shape of x along `axes`

    Notes
    -----
    Zhang and Sennrich (2019), section 4.

    Examples
    --------
    >>> rms_norm_backward([[1.0, 1.0]], [[1.0, 1.0]], eps=1e-12)[0].round(9)
    array([[0., 0.]])
    """
    values = real_array(x)
    where = pooled_axes_of(values, axes)
    dx, dweight, _ = _backward(dy, values, weight, where, eps, centred=False)
    return dx, dweight


def group_norm_backward(
    dy: ArrayLike, x: ArrayLike, groups: int, weight: ArrayLike | None = None, *, eps: float = 1e-5
) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss with respect to x, weight and bias of `group_norm`.

    Parameters
    ----------
    dy : array, the shape of x
        Gradient of the loss with respect to y.
    x, groups, weight, eps
        What `group_norm` was given.

    Returns
    -------
    dx : array, the shape and dtype of x
        As `layer_norm_backward`, the means over the channels and positions of each group of each example.
    dweight, dbias : float64, shape (C,)
        sum(dy * x_hat) and sum(dy) over examples and positions.

    Raises
    ------
    ShapeError, InputError
        As `group_norm`, and if dy has another shape than x.

    Notes
    -----
    Wu and He (2018).

    Examples
    --------
    >>> group_norm_backward([[1.0, 0.0, 2.0, 2.0]], [[0.0, 1.0, 0.0, 1.0]], 2)[1].round(5)
    array([-0.99998,  0.     , -1.99996,  1.99996])
    """
    return _by_channel(dy, batch_array(x), NormKind.GROUP, groups, weight, eps)


def instance_norm_backward(
    dy: ArrayLike, x: ArrayLike, weight: ArrayLike | None = None, *, eps: float = 1e-5
) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss with respect to x, weight and bias of `instance_norm`.

    Parameters, returns and errors as for `group_norm_backward` with C groups. Without positions dx is 0: the result is
    the bias, whatever x is.

    Notes
    -----
    Ulyanov, Vedaldi and Lempitsky (2016).

    Examples
    --------
    >>> instance_norm_backward([[1.0, 2.0]], [[3.0, 4.0]])[0].tolist()
    [[0.0, 0.0]]
    """
    return _by_channel(dy, batch_array(x), NormKind.INSTANCE, 1, weight, eps)


def batch_norm_eval_backward(
    dy: ArrayLike,
    x: ArrayLike,
    running_mean: ArrayLike,
    running_var: ArrayLike,
    gamma: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss with respect to x, gamma and beta of `batch_norm_eval`: eval and frozen mode.

    Parameters
    ----------
    dy : array, the shape of x
        Gradient of the loss with respect to y.
    x, running_mean, running_var, gamma, eps
        What `batch_norm_eval` was given.

    Returns
    -------
    dx : array, the shape and dtype of x
        gamma * dy / sqrt(running_var + eps).
    dgamma, dbeta : float64, shape (C,) or a scalar
        sum(dy * x_hat) and sum(dy), with the x_hat of eval mode. Where gamma and beta are frozen too, as in fine-tuning
        with frozen norms, leave them.

    Raises
    ------
    ShapeError, InputError
        As `batch_norm_eval`, and if dy has another shape than x.

    Notes
    -----
    The statistics are constants, so the two means of `batch_norm_backward` are not there: nothing is projected off, and
    a gradient passes whole that training mode would stop.

    Examples
    --------
    >>> dx, dgamma, dbeta = batch_norm_eval_backward([1.0, 0.0], [0.0, 1.0], 0.5, 0.25)
    >>> dx.round(5), float(dgamma.round(5)), float(dbeta)
    (array([1.99996, 0.     ]), -0.99998, 1.0)
    """
    batch = batch_array(x)
    grad = _gradient(dy, batch)
    mean, var = per_channel(running_mean, batch, "running_mean"), per_channel(running_var, batch, "running_var")
    if np.any(var < 0):
        raise InputError(f"running_var must not be negative; got {float(np.nanmin(var)):g}.")
    scale = 1.0 if gamma is None else per_channel(gamma, batch, "gamma")
    eps = positive(eps, "eps")
    flow, rows = pooled(grad), pooled(batch.astype(np.float64, copy=False))
    with quiet():
        inv_std = 1.0 / np.sqrt(var + eps)
        x_hat = (rows - mean[:, None]) * inv_std[:, None]
        dx = (flow * (scale * inv_std)[:, None]).reshape(batch.shape)
        dgamma, dbeta = np.einsum("ncl,ncl->c", flow, x_hat), np.einsum("ncl->c", flow)
    return fitting(dx, batch.dtype, "dx"), outward(dgamma, batch), outward(dbeta, batch)


def _gradient(dy: ArrayLike, x: Array) -> Array:
    grad = real_array(dy, "dy")
    if grad.shape != x.shape:
        raise ShapeError(f"dy must have the shape of x, {x.shape}; got shape {grad.shape}.")
    return grad.astype(np.float64, copy=False)


def _by_channel(
    dy: ArrayLike, x: Array, kind: NormKind, groups: int, weight: ArrayLike | None, eps: float
) -> tuple[Array, Array, Array]:
    """Return the gradients of a norm whose weight has one number a channel."""
    grouped = in_groups(x, kind, groups)
    flow = pooled(_gradient(dy, x))
    scale = np.ones(x.shape[1]) if weight is None else per_channel(weight, x, "weight")
    exact = grouped.astype(np.float64, copy=False)
    with quiet():
        x_hat, inv_std = standardized(exact, POOLED_AXES[kind], eps)
        arriving = (flow * scale[:, None]).reshape(grouped.shape)
        dx = _projected(arriving, x_hat, inv_std, POOLED_AXES[kind], centred=True).reshape(x.shape)
        dweight = np.einsum("ncl,ncl->c", flow, x_hat.reshape(flow.shape))
    return fitting(dx, x.dtype, "dx"), dweight, np.einsum("ncl->c", flow)


def _backward(
    dy: ArrayLike, x: Array, weight: ArrayLike | None, axes: tuple[int, ...], eps: float, *, centred: bool
) -> tuple[Array, Array, Array]:
    """Return the gradients of a norm whose weight has the shape of x along the pooled axes."""
    flow = _gradient(dy, x)
    shape = tuple(x.shape[axis] for axis in axes)
    scale = np.ones(()) if weight is None else real_array(weight, "weight").astype(np.float64)
    if scale.shape not in ((), shape):
        raise ShapeError(f"weight must be one number or have shape {shape}; got shape {scale.shape}.")
    beside = tuple(size if axis in axes else 1 for axis, size in enumerate(x.shape))
    others = tuple(axis for axis in range(x.ndim) if axis not in axes)
    exact = x.astype(np.float64, copy=False)
    with quiet():
        x_hat, inv_std = standardized(exact, axes, eps, centred=centred)
        arriving = flow * (scale.reshape(beside) if scale.ndim else scale)
        dx = _projected(arriving, x_hat, inv_std, axes, centred=centred)
        dweight, dbias = (flow * x_hat).sum(axis=others), flow.sum(axis=others)
    return fitting(dx, x.dtype, "dx"), dweight, dbias


def _projected(flow: Array, x_hat: Array, inv_std: Array, axes: tuple[int, ...], *, centred: bool) -> Array:
    """Return inv_std * (flow - mean(flow) - x_hat * mean(flow * x_hat)), without the first mean unless `centred`."""
    dx = flow - x_hat * (flow * x_hat).mean(axis=axes, keepdims=True)
    if centred:
        dx -= flow.mean(axis=axes, keepdims=True)
    projected: Array = dx * inv_std
    return projected
