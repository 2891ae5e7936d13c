"""Batch normalization of Ioffe and Szegedy (2015): forward, backward, and with given statistics."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import (
    Array,
    aligned,
    all_finite,
    batch_array,
    fitting,
    outward,
    per_channel,
    pooled,
    positive,
    quiet,
    quietly,
    real_array,
    values_per_channel,
)
from bnsim.engine.statistics._fast_sums import FEW, affine, few_affine
from bnsim.engine.statistics.batch import Moments, few_moments, moments
from bnsim.errors import InputError, ShapeError
from bnsim.once import kept

WIDER = "Pass x as float64, or a smaller gamma or beta."
MOST_NARROW_VAR = 1e20  # up to which float32 holds the scale, the distance and their product with digits to spare


@dataclass(frozen=True, eq=False)
class BatchNormForward:
    """One forward pass in training mode.

    Attributes
    ----------
    y : array, the shape and dtype of x, read-only
        gamma * x_hat + beta.
    mean, var, inv_std : float64, shape (C,), or scalars for a batch of shape (N,)
        Batch mean, biased batch variance, and 1 / sqrt(var + eps).
    count : int
        Values averaged per channel.
    x_hat : array, the shape and dtype of x, read-only
        The normalized batch. It is computed when first asked for, from the x that was passed in, which must not be
        changed before; without gamma and beta it is y, which of a float64 batch is all that is needed.
    """

    y: Array
    mean: Array
    var: Array
    inv_std: Array
    count: int
    x: Array = field(repr=False)
    moments: Moments = field(repr=False)
    gamma: Array | None = field(repr=False)
    beta: Array | None = field(repr=False)

    def __init__(self, **fields: Any) -> None:
        # All at once: setting the fields one by one, as a frozen dataclass does, is a tenth of a small forward pass.
        object.__setattr__(self, "__dict__", fields)

    @kept
    def x_hat(self) -> Array:
        """The normalized batch, mean 0 and variance var / (var + eps)."""
        is_y = self.gamma is None and self.beta is None
        if not is_y or self.x.dtype != np.float64:  # the gradient of a narrow batch is made from x again
            self._refuse_another_x()
        x_hat = self.y if is_y else self._of_x()
        x_hat.flags.writeable = False
        return x_hat

    def _of_x(self, gamma: Array | None = None, beta: Array | None = None) -> Array:
        with quiet():
            return normalized(self.x, self.moments, np.atleast_1d(self.inv_std), gamma, beta)

    def _refuse_another_x(self) -> None:
        if not np.array_equal(self._of_x(self.gamma, self.beta), self.y, equal_nan=True):
            raise InputError("x must not be changed between the forward pass and x_hat; pass a copy of x.")


def normalized(
    x: Array,
    found: Moments,
    inv_std: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    in_place: bool = False,
) -> Array:
    """Return gamma * (x - mean) * inv_std + beta in the dtype of x; the others have shape (C,).

    Computed as (x - pivot) * scale + shift, which is exactly beta where x is the pivot. Narrow floats are computed in
    float32, and where that overflows in float64; what then does not fit into the dtype of x is refused.
    """
    narrow = x.dtype.char != "d"
    scale = inv_std if gamma is None else gamma * inv_std
    drift = found.residual * scale
    shift = -drift if beta is None else beta - drift
    factors = _as_narrow_as(x.dtype, found, scale, shift)
    y = _mapped(x, *factors, in_place=in_place and not narrow)
    if not narrow or all_finite(y):
        return y
    exact = _mapped(x.astype(np.float64), found.pivot, scale, shift, in_place=True)
    return fitting(exact, x.dtype, "y", WIDER)


def _mapped(x: Array, pivot: Array | None, scale: Array, shift: Array, *, in_place: bool) -> Array:
    y = x if in_place else np.empty(x.shape, x.dtype) if x.size <= FEW else aligned(x.shape, x.dtype)
    if not x.flags.c_contiguous:
        np.copyto(y, x)
        x = y
    rows = pooled(x)
    affine(rows, pivot, scale, shift, rows if x is y else pooled(y))
    return y


def _as_narrow_as(
    dtype: np.dtype[Any], found: Moments, scale: Array, shift: Array
) -> tuple[Array | None, Array, Array]:
    """Return pivot, scale and shift in float32 for a batch of float32 or float16, unless float32 would lose them."""
    narrow, pivot = np.float32, found.pivot
    if dtype == np.float64 or not np.isfinite(narrow_scale := scale.astype(narrow)).all():
        return pivot, scale, shift
    if np.count_nonzero(found.var > MOST_NARROW_VAR):
        return pivot, scale, shift
    if pivot is None:
        return None, narrow_scale, shift.astype(narrow)
    narrow_pivot = pivot.astype(narrow)
    return narrow_pivot, narrow_scale, (shift + (narrow_pivot - pivot) * scale).astype(narrow)


def batch_norm(
    x: ArrayLike, gamma: ArrayLike | None = None, beta: ArrayLike | None = None, *, eps: float = 1e-5
) -> BatchNormForward:
    """Normalize a mini-batch with its own statistics, then scale and shift it.

    x_hat = (x - mean) / sqrt(var + eps) and y = gamma * x_hat + beta, with the batch mean and the biased
    batch variance of each channel over every other axis.

    Parameters
    ----------
    x : array, shape (N,), (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)
        Activations, the channel axis second. A batch of shape (N,) is one channel.
        float16, float32 and float64 come back as they are; whole numbers become float64.
    gamma, beta : number or array of shape (C,), default 1 and 0
        Scale and shift. They may be negative or 0.
    eps : float, more than 0
        Added to the variance under the root, in squared units of x.

    Returns
    -------
    BatchNormForward
        With `.x_hat .y .mean .var .inv_std .count`.

    Raises
    ------
    ShapeError
        If x is empty, or gamma or beta do not fit its channels.
    InputError
        If eps is not more than 0, something is not a real number, or y does not fit into the dtype of x.

    Notes
    -----
    A constant channel, or one value per channel, gives x_hat exactly 0 and y exactly beta: training mode
    with N = 1 collapses, it does not diverge. The spread of x_hat is sqrt(var / (var + eps)), a little
    under 1, and no member of a batch lies beyond sqrt(N - 1). NaN and infinity spoil their own channel only.
    Ioffe and Szegedy (2015), Algorithm 1.

    Examples
    --------
    >>> forward = batch_norm([1.0, 2.0, 3.0, 6.0], gamma=2.0, beta=5.0)
    >>> forward.mean, forward.var, forward.count
    (np.float64(3.0), np.float64(3.5), 4)
    >>> forward.y.round(4)
    array([2.8619, 3.931 , 5.    , 8.2071])
    """
    batch, eps = batch_array(x), positive(eps, "eps")
    scale = None if gamma is None else per_channel(gamma, batch, "gamma")
    shift = None if beta is None else per_channel(beta, batch, "beta")
    return quietly(_forward, batch, scale, shift, eps)


def _forward(x: Array, gamma: Array | None, beta: Array | None, eps: float) -> BatchNormForward:
    return _forward_of_few(x, gamma, beta, eps) or _forward_of_any(x, gamma, beta, eps)


def _forward_of_any(x: Array, gamma: Array | None, beta: Array | None, eps: float) -> BatchNormForward:
    """Return the forward pass of any batch; gamma and beta have shape (C,)."""
    rows = np.ascontiguousarray(x)
    found = moments(pooled(rows))
    inv_std = 1.0 / np.sqrt(found.var + eps)
    y = normalized(rows, found, inv_std, gamma, beta, in_place=rows is not x)
    y.setflags(write=False)
    return BatchNormForward(
        y=y,
        mean=outward(found.mean, x),
        var=outward(found.var, x),
        inv_std=outward(inv_std, x),
        count=values_per_channel(x),
        x=x,
        moments=found,
        gamma=gamma,
        beta=beta,
    )


def _forward_of_few(x: Array, gamma: Array | None, beta: Array | None, eps: float) -> BatchNormForward | None:
    """Return what `_forward_of_any` returns, in less time; None unless x is a few rows and no mean is far from 0."""
    if x.ndim != 2 or x.size > FEW or x.dtype.char not in "fd" or not x.flags.c_contiguous:
        return None
    found = few_moments(x)
    if found is None:
        return None
    mean, var = found.residual, found.var
    if x.dtype.char == "f" and not var.dot(var) < MOST_NARROW_VAR**2:
        return None
    inv_std = 1.0 / np.sqrt(var + eps)
    scale = inv_std if gamma is None else gamma * inv_std
    drift = mean * scale
    y = few_affine(x, scale, -drift if beta is None else beta - drift)
    if y is None or (x.dtype.char == "f" and not all_finite(y)):
        return None
    y.setflags(write=False)
    return BatchNormForward(
        y=y, mean=mean, var=var, inv_std=inv_std, count=len(x), x=x, moments=found, gamma=gamma, beta=beta
    )


def batch_norm_eval(
    x: ArrayLike,
    running_mean: ArrayLike,
    running_var: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
) -> Array:
    """Normalize with given statistics: what the layer does in eval mode, one affine map per channel.

    Parameters
    ----------
    x : array, shape (N,), (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)
        Activations; N may be 1, and no example depends on its companions.
    running_mean, running_var : number or array of shape (C,)
        Statistics kept during training, `running_var` from 0 up.
    gamma, beta : number or array of shape (C,), default 1 and 0
        Scale and shift.
    eps : float, more than 0
        Added to the variance under the root.

    Returns
    -------
    array, the shape and dtype of x
        (x - running_mean) * gamma / sqrt(running_var + eps) + beta.

    Raises
    ------
    ShapeError, InputError
        As `batch_norm`, and if `running_var` is negative.

    Notes
    -----
    Where `running_var` is near 0 a difference from the mean is amplified by up to 1 / sqrt(eps), 316 for 1e-5.
    Ioffe and Szegedy (2015), Algorithm 2.

    Examples
    --------
    >>> batch_norm_eval([6.0], 3.0, 6.25, eps=1e-5).round(6)
    array([1.199999])
    """
    batch = batch_array(x)
    mean, var = per_channel(running_mean, batch, "running_mean"), per_channel(running_var, batch, "running_var")
    if np.any(var < 0):
        raise InputError(f"running_var must not be negative; got {float(np.nanmin(var)):g}.")
    scale = None if gamma is None else per_channel(gamma, batch, "gamma")
    shift = None if beta is None else per_channel(beta, batch, "beta")
    known, eps = Moments(mean, np.zeros_like(mean), var), positive(eps, "eps")
    with quiet():
        return normalized(batch, known, 1.0 / np.sqrt(var + eps), scale, shift)


def batch_norm_backward(
    dy: ArrayLike, forward: BatchNormForward, gamma: ArrayLike | None = None
) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss with respect to x, gamma and beta.

    Parameters
    ----------
    dy : array, the shape of forward.y
        Gradient of the loss with respect to y.
    forward : BatchNormForward
        The training-mode pass that made y.
    gamma : number or array of shape (C,), optional
        The scale that was used in it, which `forward` remembers.

    Returns
    -------
    dx : array, the shape and dtype of x
        gamma * inv_std * (dy - mean(dy) - x_hat * mean(dy * x_hat)), exact with eps.
    dgamma : float64, shape (C,) or a scalar
        sum(dy * x_hat).
    dbeta : float64, shape (C,) or a scalar
        sum(dy).

    Raises
    ------
    ShapeError
        If dy has another shape than y.

    Notes
    -----
    The two means are there because every example moves the batch statistics. They project dy off the
    constant direction and, up to eps, off x_hat: with N = 2 almost nothing is left of most gradients, while two values
    that nearly tie pass a kick of up to 1 / (2 sqrt(eps)) times the difference of dy; see
    `closed_forms.pair_gradient_rms_ratio`.
    Ioffe and Szegedy (2015), section 3.

    Examples
    --------
    >>> forward = batch_norm([0.0, 1.0])
    >>> dx, dgamma, dbeta = batch_norm_backward([1.0, 0.0], forward)
    >>> [float(f"{value:.5e}") for value in dx], round(float(dgamma), 6), float(dbeta)
    ([3.99976e-05, -3.99976e-05], -0.99998, 1.0)
    """
    if not isinstance(forward, BatchNormForward):
        raise InputError(f"forward must be what batch_norm returned; got a {type(forward).__name__}. {_own(forward)}")
    grad = real_array(dy, "dy")
    x_hat = forward.x_hat
    if grad.shape != x_hat.shape:
        raise ShapeError(f"dy must have the shape of y, {x_hat.shape}; got shape {grad.shape}.")
    inv_std = np.atleast_1d(forward.inv_std)
    used = forward.gamma if gamma is None else per_channel(gamma, x_hat, "gamma")
    scale = inv_std if used is None else used * inv_std
    with quiet():
        # The rounding of a narrow x_hat would be all that is left after the subtractions below.
        narrow = x_hat.dtype.char != "d"
        exact = normalized(forward.x.astype(np.float64), forward.moments, inv_std) if narrow else x_hat
        flow, direction = pooled(grad).astype(np.float64, copy=False), pooled(exact)
        dbeta, dgamma = np.einsum("ncl->c", flow), np.einsum("ncl,ncl->c", flow, direction)
        dx = direction * (-dgamma / forward.count)[:, None]
        dx += flow
        dx -= (dbeta / forward.count)[:, None]
        dx *= scale[:, None]
    dx = fitting(dx.reshape(x_hat.shape), x_hat.dtype, "dx")
    return dx, outward(dgamma, x_hat), outward(dbeta, x_hat)


def _own(forward: object) -> str:
    """Return where the gradient of another kind of forward pass is."""
    name = type(forward).__name__
    functions = {
        "MaskedForward": "masked_batch_norm",
        "GhostForward": "ghost_batch_norm",
        "RenormForward": "batch_renorm",
    }
    if name in functions:
        return f"Call {functions[name]}_backward."
    return "Pass batch_norm(x, gamma, beta)."
