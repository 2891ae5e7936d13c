"""Variants of batch norm that take other statistics: ghost batches, batch renormalization, masks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, batch_array, fitting, float64, outward, per_channel, positive, quiet, real_array
from bnsim.engine.normalization.batchnorm import BatchNormForward, batch_norm, batch_norm_backward, batch_norm_eval
from bnsim.engine.statistics.batch import BatchStats, batch_stats
from bnsim.engine.statistics.running import RunningStats
from bnsim.errors import InputError, ShapeError


@dataclass(frozen=True, eq=False)
class GhostForward:
    """Ghost batch norm: `y` of the whole batch, and the forward pass of each ghost batch.

    `RunningStats.update` takes it, with a `GhostRule`; `merge(forward.batches)` gives those of the whole batch.
    """

    y: Array
    batches: tuple[BatchNormForward, ...]


def ghost_batch_norm(
    x: ArrayLike,
    size: int | Sequence[int],
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
) -> GhostForward:
    """Normalize a large batch in ghost batches of consecutive examples, each with its own statistics.

    The micro-batches of gradient accumulation, and the devices of a batch that is shared out without synchronization,
    do the same.

    Parameters
    ----------
    x : array
        As for `batch_norm`.
    size : int or sequence of int
        Examples in a ghost batch, which must divide N; or the examples of each, N in all: (4, 4, 2) leaves a smaller
        one at the end.
    gamma, beta, eps
        As for `batch_norm`.

    Raises
    ------
    ShapeError
        If size does not divide the number of examples, or the sizes are not N in all.

    Notes
    -----
    The noise of small batches at the cost of large ones. Hoffer, Hubara and Soudry (2017), Algorithm 1. How they move
    the running statistics, `GhostRule` says to `RunningStats.update`.

    Examples
    --------
    >>> ghost_batch_norm([1.0, 3.0, 50.0, 90.0], 2).y.round(3)
    array([-1.,  1., -1.,  1.])
    >>> [part.count for part in ghost_batch_norm([1.0, 3.0, 50.0, 90.0, 7.0], (2, 3)).batches]
    [2, 3]
    """
    batch = batch_array(x)
    batches = tuple(batch_norm(part, gamma, beta, eps=eps) for part in _parts(batch, _ends(size, len(batch))))
    return GhostForward(np.concatenate([forward.y for forward in batches]), batches)


def _ends(size: int | Sequence[int], examples: int) -> list[int]:
    """Return where each part of the examples ends."""
    if not isinstance(size, Sequence | np.ndarray):
        if not isinstance(size, int | np.integer) or size < 1 or examples % size:
            raise ShapeError(
                f"size must divide the {examples} examples of x; got size={size}. "
                "Or give the size of each part, such as (4, 4, 2)."
            )
        return list(range(int(size), examples + 1, int(size)))
    sizes = [int(part) for part in size]
    if min(sizes, default=0) < 1 or sum(sizes) != examples:
        raise ShapeError(
            f"size must give each part at least 1 example and all of them the {examples} examples of x; "
            f"got {len(sizes)} parts with {sum(sizes)} in all."
        )
    return list(accumulate(sizes))


def _parts(values: Array, ends: Sequence[int]) -> list[Array]:
    """Return the parts of an array of examples."""
    return [values[start:end] for start, end in zip((0, *ends), ends, strict=False)]


def ghost_batch_norm_backward(dy: ArrayLike, forward: GhostForward) -> tuple[Array, Array, Array]:
    """Return the gradients with respect to x, gamma and beta, as `batch_norm_backward` does: each ghost batch its own.

    Raises
    ------
    ShapeError
        If dy has another shape than y.

    Examples
    --------
    >>> dx, dgamma, dbeta = ghost_batch_norm_backward([1.0, 0.0, 0.0, 0.0], ghost_batch_norm([0.0, 1.0, 5.0, 9.0], 2))
    >>> [float(f"{value:.5e}") for value in dx], float(dbeta)
    ([3.99976e-05, -3.99976e-05, 0.0, 0.0], 1.0)
    """
    grad = real_array(dy, "dy")
    if grad.shape != forward.y.shape:
        raise ShapeError(f"dy must have the shape of y, {forward.y.shape}; got shape {grad.shape}.")
    ends = list(accumulate(len(batch.y) for batch in forward.batches))
    gradients = [
        batch_norm_backward(part, batch) for part, batch in zip(_parts(grad, ends), forward.batches, strict=True)
    ]
    dx, dgamma, dbeta = zip(*gradients, strict=True)
    with quiet():
        return np.concatenate(dx), np.sum(dgamma, axis=0), np.sum(dbeta, axis=0)


@dataclass(frozen=True, eq=False)
class RenormForward:
    """One forward pass of batch renormalization.

    Attributes
    ----------
    y : array, the shape of x
    r, d : float64, shape (C,), or scalars for a batch of shape (N,)
        The corrections, clipped; constants to the gradient.
    batch : BatchNormForward
        The batch norm with scale gamma * r and shift beta + gamma * d that it amounts to.
    """

    y: Array
    r: Array
    d: Array
    batch: BatchNormForward

    @property
    def mean(self) -> Array:
        """Batch mean per channel."""
        return self.batch.mean

    @property
    def var(self) -> Array:
        """Biased batch variance per channel."""
        return self.batch.var

    @property
    def count(self) -> int:
        """Values per channel."""
        return self.batch.count


def batch_renorm(
    x: ArrayLike,
    running: RunningStats,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    r_max: float,
    d_max: float,
    eps: float = 1e-5,
) -> RenormForward:
    """Normalize with the batch, corrected towards the running statistics as far as the clipping allows.

    x_hat = (x - mean) / sigma_B * r + d with r = sigma_B / sigma clipped to [1 / r_max, r_max] and
    d = (mean - running_mean) / sigma clipped to [-d_max, d_max]; each sigma is sqrt(var + eps).

    Parameters
    ----------
    x, gamma, beta, eps
        As for `batch_norm`.
    running : RunningStats
        The statistics before this batch.
    r_max : float, at least 1
        1 together with d_max = 0 is batch norm; infinity together with d_max = infinity is eval mode.
    d_max : float, at least 0

    Raises
    ------
    InputError
        If r_max or d_max is out of range.
    ShapeError
        As `batch_norm`.

    Notes
    -----
    Ioffe (2017), Algorithm 1.
    """
    if not r_max >= 1:
        raise InputError(f"r_max must be at least 1; got {r_max:g}.")
    if not d_max >= 0:
        raise InputError(f"d_max must be at least 0; got {d_max:g}.")
    batch, stats = batch_array(x), batch_stats(x)
    scale = _outward_or(gamma, batch, "gamma", 1.0)
    shift = _outward_or(beta, batch, "beta", 0.0)
    before = [float64(running.mean, "running.mean"), float64(running.var, "running.var")]
    for name, kept in zip(("running.mean", "running.var"), before, strict=True):
        if np.shape(kept) != np.shape(stats.mean):
            raise ShapeError(f"{name} must have shape {np.shape(stats.mean)}; got shape {np.shape(kept)}.")
    if np.any(before[1] < 0):
        raise InputError(f"running.var must not be negative; got {float(np.nanmin(before[1])):g}.")
    with quiet():
        sigma = np.sqrt(before[1] + positive(eps, "eps"))
        r = np.clip(np.sqrt(stats.var + eps) / sigma, 1 / r_max, r_max)
        d = np.clip((stats.mean - before[0]) / sigma, -d_max, d_max)
        scale, shift = scale * r, shift + scale * d
    forward = batch_norm(batch, scale, shift, eps=eps)
    return RenormForward(forward.y, r, d, forward)


def _outward_or(values: ArrayLike | None, batch: Array, name: str, default: float) -> Array:
    return outward(per_channel(default if values is None else values, batch, name), batch)


def batch_renorm_backward(dy: ArrayLike, forward: RenormForward) -> tuple[Array, Array, Array]:
    """Return the gradients with respect to x, gamma and beta, r and d held constant: Ioffe (2017), section 3."""
    dx, along, dbeta = batch_norm_backward(dy, forward.batch)
    with quiet():
        return dx, forward.r * along + forward.d * dbeta, dbeta


@dataclass(frozen=True, eq=False)
class MaskedForward:
    """Batch norm with the statistics of some members only: `y` of all, and those `stats`.

    `mask` has the shape of x without the channel axis; `x`, `gamma` and `eps` are those of the call.
    """

    y: Array
    stats: BatchStats
    x: Array = field(repr=False)
    mask: Array = field(repr=False)
    gamma: Array | None = field(repr=False)
    eps: float = field(repr=False)

    @property
    def mean(self) -> Array:
        """Mean of the selected members per channel."""
        return self.stats.mean

    @property
    def var(self) -> Array:
        """Biased variance of the selected members per channel."""
        return self.stats.var

    @property
    def count(self) -> int:
        """Selected members per channel."""
        return self.stats.count


def masked_batch_norm(
    x: ArrayLike,
    mask: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    *,
    eps: float = 1e-5,
) -> MaskedForward:
    """Normalize every member of the batch with the statistics of those that the mask selects.

    Parameters
    ----------
    x : array, shape (N,), (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)
    mask : array of bool or of 0 and 1, shape (N,) or the shape of x without the channel axis
        Which examples, or which positions of which examples, count.
    gamma, beta, eps
        As for `batch_norm`.

    Raises
    ------
    ShapeError
        If the mask has another shape or selects nothing.
    InputError
        If the mask holds something else than 0 and 1.

    Examples
    --------
    >>> masked_batch_norm([1.0, 2.0, 9.0], [True, True, False]).stats
    BatchStats(mean=np.float64(1.5), var=np.float64(0.25), count=2)
    """
    batch = batch_array(x)
    last = batch if batch.ndim == 1 else np.moveaxis(batch, 1, -1)
    places = last.shape if batch.ndim == 1 else last.shape[:-1]
    chosen = _mask(mask, batch)
    chosen = np.broadcast_to(chosen.reshape(chosen.shape + (1,) * (len(places) - chosen.ndim)), places)
    stats = batch_stats(last[chosen])
    y = batch_norm_eval(batch, stats.mean, stats.var, gamma, beta, eps=eps)
    scale = None if gamma is None else per_channel(gamma, batch, "gamma")
    return MaskedForward(y, stats, batch, chosen, scale, positive(eps, "eps"))


def masked_batch_norm_backward(dy: ArrayLike, forward: MaskedForward) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss with respect to x, gamma and beta.

    Parameters
    ----------
    dy : array, the shape of forward.y
        Gradient of the loss with respect to y; members that the mask leaves out may have one, too.
    forward : MaskedForward

    Returns
    -------
    dx : array, the shape and dtype of x
        gamma * inv_std * dy, and for the M selected members less gamma * inv_std * (sum(dy) + x_hat * sum(dy * x_hat))
        / M with the sums over all members: only the selected ones move the statistics, which all of them feel.
    dgamma, dbeta : float64, shape (C,) or a scalar
        sum(dy * x_hat) and sum(dy), over all members.

    Raises
    ------
    ShapeError
        If dy has another shape than y.

    Examples
    --------
    >>> forward = masked_batch_norm([0.0, 1.0, 2.0], [True, True, False], eps=1e-12)
    >>> masked_batch_norm_backward([0.0, 0.0, 1.0], forward)[0].round(6)
    array([ 2., -4.,  2.])
    """
    grad, x, count = real_array(dy, "dy"), forward.x, forward.count
    if grad.shape != x.shape:
        raise ShapeError(f"dy must have the shape of y, {x.shape}; got shape {grad.shape}.")
    beside = (1, -1) + (1,) * (x.ndim - 2) if x.ndim > 1 else (1,)
    mean, var = (np.reshape(values, beside) for values in (forward.mean, forward.var))
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    with quiet():
        inv_std = 1.0 / np.sqrt(var + forward.eps)
        x_hat, flow = (x.astype(np.float64) - mean) * inv_std, grad.astype(np.float64)
        dbeta, dgamma = flow.sum(axis=axes, keepdims=True), (flow * x_hat).sum(axis=axes, keepdims=True)
        selected = forward.mask if x.ndim == 1 else np.expand_dims(forward.mask, 1)
        dx = flow - np.where(selected, (dbeta + x_hat * dgamma) / count, 0.0)
        dx *= inv_std if forward.gamma is None else inv_std * forward.gamma.reshape(beside)
    return fitting(dx, x.dtype, "dx"), outward(dgamma.reshape(-1), x), outward(dbeta.reshape(-1), x)


def _mask(mask: ArrayLike, x: Array) -> Array:
    selected = real_array(mask, "mask")
    places = x.shape[:1] + x.shape[2:]
    if selected.shape not in (x.shape[:1], places):
        allowed = f"{places}" if len(places) == 1 else f"{x.shape[:1]} or {places}"
        raise ShapeError(f"mask must have shape {allowed}; got shape {selected.shape}.")
    if not np.isin(selected, (0, 1)).all():
        raise InputError("mask must hold only true and false, or 1 and 0.")
    if not selected.any():
        raise ShapeError("mask must select at least one member of the batch; got none.")
    chosen: Array = selected.astype(bool)
    return chosen
