"""What was measured of one network, seed by seed, as arrays; and averages that leave out what diverged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, quiet
from bnsim.experiments.landscape.measurement import Measurement


@dataclass(frozen=True, eq=False)
class History:
    """Measurements of S seeds of one network at the same M steps, as arrays; NaN where a number is not finite.

    Attributes
    ----------
    steps : array of int, shape (M,)
    sizes : array, shape (E,)
        Step sizes of the rays.
    start, loss : arrays, shapes (M, S) and (M, S, E)
        Loss where the ray begins, and on it.
    loss_range, change, relative_change, smoothness : arrays, shape (M, S)
        As in `Ray`: the largest on each.
    shift, cosine : arrays, shape (M, S, depth)
    percentiles : array, shape (M, S, 3, units)
    drift : array, shape (M, S)
    """

    steps: Array
    sizes: Array
    start: Array
    loss: Array
    loss_range: Array
    change: Array
    relative_change: Array
    smoothness: Array
    shift: Array
    cosine: Array
    percentiles: Array
    drift: Array

    @classmethod
    def of(cls, rows: Sequence[Sequence[Measurement]]) -> Self:
        """Return the history of measurements, M rows of S; at least one row."""

        def values(of: Callable[[Measurement], ArrayLike]) -> Array:
            with quiet():
                numbers = np.array([[of(measurement) for measurement in row] for row in rows], dtype=float)
            return np.where(np.isfinite(numbers), numbers, np.nan)

        return cls(
            steps=np.array([row[0].step for row in rows]),
            sizes=rows[0][0].ray.steps,
            start=values(lambda at: at.ray.start_loss),
            loss=values(lambda at: at.ray.loss),
            loss_range=values(lambda at: at.ray.loss_range),
            change=values(lambda at: at.ray.largest_change),
            relative_change=values(lambda at: at.ray.relative_change),
            smoothness=values(lambda at: at.ray.effective_smoothness),
            shift=values(lambda at: at.shift.relative),
            cosine=values(lambda at: at.shift.cosine),
            percentiles=values(lambda at: at.percentiles),
            drift=values(lambda at: at.drift),
        )

    @classmethod
    def nothing(cls, seeds: int, sizes: Array, depth: int, units: int) -> Self:
        """Return the history before anything is measured: no steps."""
        by_seed, by_layer = np.empty((0, seeds)), np.empty((0, seeds, depth))
        return cls(
            steps=np.empty(0, dtype=np.int64),
            sizes=sizes,
            loss=np.empty((0, seeds, len(sizes))),
            shift=by_layer,
            cosine=by_layer,
            percentiles=np.empty((0, seeds, 3, units)),
            **dict.fromkeys(("start", "loss_range", "change", "relative_change", "smoothness", "drift"), by_seed),
        )

    def first(self, count: int) -> Self:
        """Return the history of the first `count` measured steps only."""
        names = [name for name in vars(self) if name != "sizes"]
        return replace(self, **{name: getattr(self, name)[:count] for name in names})

    def where(self, kept: Array) -> Self:
        """Return the history with NaN wherever `kept`, shape (M, S), is false."""
        names = [name for name in vars(self) if name not in ("steps", "sizes")]
        return replace(self, **{name: _where(kept, getattr(self, name)) for name in names})


def _where(kept: Array, values: Array) -> Array:
    return np.where(kept.reshape(kept.shape + (1,) * (values.ndim - 2)), values, np.nan)


def sound(history: History) -> Array:
    """Return whether loss and gradient are numbers all along each ray, shape (M, S): a run that diverges has none."""
    is_sound: Array = np.isfinite(history.start + history.loss.sum(axis=2) + history.change)
    return is_sound


def comparable(*histories: History) -> tuple[History, ...]:
    """Return histories over the steps measured in all, with NaN for the rays that are not sound in all."""
    count = min(len(history.steps) for history in histories)
    same_steps = [history.first(count) for history in histories]
    kept = np.logical_and.reduce([sound(history) for history in same_steps])
    return tuple(history.where(kept) for history in same_steps)


def diverged_at(history: History) -> tuple[int, ...]:
    """Return the first step at which each seed that diverged was seen to have."""
    return tuple(int(history.steps[column.argmin()]) for column in sound(history).T if not column.all())


def typical_unit(history: History) -> int:
    """Return the unit of the first seed whose median moves as far as that of half of the units."""
    moved = np.nan_to_num(moved_by(history.percentiles[:, 0, 1]))
    return int(np.argsort(moved, kind="stable")[(len(moved) - 1) // 2])


def moved_by(values: Array) -> Array:
    """Return largest minus smallest along the first axis, as `percentile_range` does for one run; NaN for one step."""
    return np.where(np.isfinite(values).sum(axis=0) > 1, largest(values) - smallest(values), np.nan)


def mean(values: Array, axis: int = 0) -> Array:
    """Return the mean of what is finite along an axis; NaN where nothing is."""
    is_finite = np.isfinite(values)
    total, count = np.where(is_finite, values, 0.0).sum(axis=axis), is_finite.sum(axis=axis)
    means: Array = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return means


def median(values: Array) -> Array:
    """Return the median of what is finite along the first axis of (M, S); NaN where nothing is."""
    kept = [column[np.isfinite(column)] for column in values.T]
    return np.array([np.median(column) if column.size else np.nan for column in kept])


def largest(values: Array, axis: int = 0) -> Array:
    """Return the largest of what is finite along an axis; NaN where nothing is."""
    ends = np.where(np.isfinite(values), values, -np.inf).max(axis=axis, initial=-np.inf)
    return np.where(np.isfinite(ends), ends, np.nan)


def smallest(values: Array, axis: int = 0) -> Array:
    """Return the smallest of what is finite along an axis; NaN where nothing is."""
    return -largest(-values, axis=axis)


def last(values: Array) -> Array:
    """Return the last finite value along the first axis of (M, S); NaN where there is none."""
    kept = [column[np.isfinite(column)] for column in values.T]
    return np.array([column[-1] if column.size else np.nan for column in kept])
