"""Variants of batch norm that take other statistics: ghost batches, batch renormalization, masks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, batch_array, outward, per_channel, positive
from bnsim.engine.batchnorm import BatchNormForward, batch_norm, batch_norm_backward, batch_norm_eval
from bnsim.engine.running import RunningStats
from bnsim.engine.stats import BatchStats, batch_stats
from bnsim.errors import InputError, ShapeError


@dataclass(frozen=True, eq=False)
class GhostForward:
    """Ghost batch norm: `y` of the whole batch, and the forward pass of each ghost batch."""

    y: Array
    batches: tuple[BatchNormForward, ...]


def ghost_batch_norm(
    x: ArrayLike, size: int, gamma: ArrayLike | None = None, beta: ArrayLike | None = None, *, eps: float = 1e-5
) -> GhostForward:
    """Normalize a large batch in ghost batches of `size` consecutive examples, each with its own statistics.

    Parameters
    ----------
    x : array
        As for `batch_norm`.
    size : int
        Examples in a ghost batch; it must divide N.
    gamma, beta, eps
        As for `batch_norm`.

    Raises
    ------
    ShapeError
        If size does not divide the number of examples.

    Notes
    -----
    The noise of small batches at the cost of large ones. Hoffer, Hubara and Soudry (2017), Algorithm 1.

    Examples
    --------
    >>> ghost_batch_norm([1.0, 3.0, 50.0, 90.0], 2).y.round(3)
    array([-1.,  1., -1.,  1.])
    """
    batch = batch_array(x)
    if size < 1 or len(batch) % size:
        raise ShapeError(f"size must divide the {len(batch)} examples of x; got size={size}.")
    parts = (batch[start : start + size] for start in range(0, len(batch), size))
    batches = tuple(batch_norm(part, gamma, beta, eps=eps) for part in parts)
    return GhostForward(np.concatenate([forward.y for forward in batches]), batches)


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
    sigma = np.sqrt(running.var + positive(eps, "eps"))
    r = np.clip(np.sqrt(stats.var + eps) / sigma, 1 / r_max, r_max)
    d = np.clip((stats.mean - running.mean) / sigma, -d_max, d_max)
    forward = batch_norm(batch, scale * r, shift + scale * d, eps=eps)
    return RenormForward(forward.y, r, d, forward)


def _outward_or(values: ArrayLike | None, batch: Array, name: str, default: float) -> Array:
    return outward(per_channel(default if values is None else values, batch, name), batch)


def batch_renorm_backward(dy: ArrayLike, forward: RenormForward) -> tuple[Array, Array, Array]:
    """Return the gradients with respect to x, gamma and beta, r and d held constant: Ioffe (2017), section 3."""
    dx, along, dbeta = batch_norm_backward(dy, forward.batch)
    return dx, forward.r * along + forward.d * dbeta, dbeta


@dataclass(frozen=True, eq=False)
class MaskedForward:
    """Batch norm with the statistics of some members only: `y` of all, and those `stats`."""

    y: Array
    stats: BatchStats


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
    stats = batch_stats(last[_mask(mask, batch)])
    return MaskedForward(batch_norm_eval(batch, stats.mean, stats.var, gamma, beta, eps=eps), stats)


def _mask(mask: ArrayLike, x: Array) -> Array:
    selected = np.asarray(mask)
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
