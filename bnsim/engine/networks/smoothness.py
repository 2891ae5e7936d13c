"""How smooth training is, as curves: rays, shifts and drift of some runs of one network, by the step."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.covariate_shift import GradientShift, step_drift
from bnsim.engine.networks.forward import forward
from bnsim.engine.networks.rays import Ray, measured
from bnsim.engine.networks.settings import PERCENTILES, HiddenRecord, Run, Split, Watch
from bnsim.engine.networks.structure import Mlp, in_one_batch, layers_of
from bnsim.engine.networks.training import train


@dataclass(frozen=True, eq=False)
class Look:
    """One network after so many steps.

    Attributes
    ----------
    step : int
    ray : Ray
    shift : GradientShift
    percentiles : array, shape (3, units)
        15th, 50th and 85th of what enters each unit of the last hidden layer.
    drift : float
        `step_drift` of that layer over all steps so far; NaN before there are two.
    """

    step: int
    ray: Ray
    shift: GradientShift
    percentiles: Array
    drift: float


class Seen(NamedTuple):
    """One run after one step more, and the look at it, if one was due."""

    run: int
    step: int
    look: Look | None


def looks(runs: Sequence[Run], data: Split, steps: ArrayLike, *, every: int) -> Iterator[Seen]:
    """Train `runs` of one structure and look at each every so many steps, at step 0 and at the last.

    Yields in the order of steps, and of `runs` within a step; closing the generator stops the training.

    Parameters
    ----------
    runs, data
        As in `train`; runs of one seed are looked at on the same mini-batches.
    steps : array
        Step sizes of the rays.
    every : int

    Raises
    ------
    InputError
        As `train`, `along_gradient`.

    Notes
    -----
    Percentiles are those of the test examples normalized together, as a mini-batch of training would be: running
    statistics lag behind and would add a movement of their own. Noise acts in training only, and so in the drift.
    """
    layer = runs[0].net.depth - 1
    watch = Watch(every=1, accuracy=False, layers=(layer,), percentiles=(), networks=True)
    # What is wanted of every single step is its mini-batch mean; of the test examples that come with it one is enough.
    slim = replace(data, test_x=data.test_x[:1], test_labels=data.test_labels[:1])
    means: list[list[HiddenRecord]] = [[] for _ in runs]
    for record in train(runs, slim, watch):
        run, step, look = runs[record.run], record.step, None
        if step:
            means[record.run].append(record.hidden[0])
        if record.network is not None and (step % every == 0 or step == run.steps):
            flat, so_far = record.network.flat, means[record.run]
            ray, shift = measured(run, flat, step, data, steps, shift=True)
            if shift is not None:
                look = Look(step, ray, shift, entering(run.net, flat, data.test_x), _drift(so_far))
        yield Seen(record.run, step, look)


def _drift(hidden: Sequence[HiddenRecord]) -> float:
    if len(hidden) < 2 or not np.isfinite(hidden[1].batch_mean).all():
        return np.nan
    with quiet():
        return step_drift(hidden)


def entering(net: Mlp, flat: Array, x: Array) -> Array:
    """Return percentiles of what enters each unit of the last hidden layer, x (n, inputs) normalized as one batch.

    flat has shape (net.numbers,), the result (3, units).
    """
    with quiet():
        h = forward(in_one_batch(net), layers_of(net, flat[None]), x[None]).traces[-1].h[0]
        return np.asarray(np.percentile(h, PERCENTILES, axis=0))


@dataclass(frozen=True, eq=False)
class Curves:
    """Looks at S runs of one structure at the same M steps, as arrays; NaN where a number is not finite.

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
    def of(cls, rows: Sequence[Sequence[Look]]) -> Self:
        """Return the curves of looks, M rows of S; at least one row."""

        def each(of: Callable[[Look], ArrayLike]) -> Array:
            with quiet():
                values = np.array([[of(look) for look in row] for row in rows], dtype=float)
            return np.where(np.isfinite(values), values, np.nan)

        return cls(
            steps=np.array([row[0].step for row in rows]), sizes=rows[0][0].ray.steps,
            start=each(lambda look: look.ray.start_loss), loss=each(lambda look: look.ray.loss),
            loss_range=each(lambda look: look.ray.loss_range), change=each(lambda look: look.ray.largest_change),
            relative_change=each(lambda look: look.ray.relative_change),
            smoothness=each(lambda look: look.ray.effective_smoothness),
            shift=each(lambda look: look.shift.relative), cosine=each(lambda look: look.shift.cosine),
            percentiles=each(lambda look: look.percentiles), drift=each(lambda look: look.drift),
        )  # fmt: skip

    def first(self, count: int) -> Self:
        """Return the curves of the first `count` looks only."""
        names = [name for name in vars(self) if name != "sizes"]
        return replace(self, **{name: getattr(self, name)[:count] for name in names})

    def where(self, kept: Array) -> Self:
        """Return the curves with NaN wherever `kept`, shape (M, S), is false."""
        names = [name for name in vars(self) if name not in ("steps", "sizes")]
        return replace(self, **{name: _where(kept, getattr(self, name)) for name in names})

    @property
    def sound(self) -> Array:
        """Whether loss and gradient are numbers all along each ray, shape (M, S): a run that diverges has none."""
        sound: Array = np.isfinite(self.start + self.loss.sum(axis=2) + self.change)
        return sound

    @property
    def lost_at(self) -> list[int | None]:
        """The first step at which a run has diverged, for each; None if it has not."""
        return [None if column.all() else int(self.steps[column.argmin()]) for column in self.sound.T]

    @property
    def typical_unit(self) -> int:
        """The unit of the first run whose median moves as far as that of half of the units."""
        moved = np.nan_to_num(moved_by(self.percentiles[:, 0, 1]))
        return int(np.argsort(moved, kind="stable")[(len(moved) - 1) // 2])

    @property
    def by_run(self) -> Mapping[str, Array]:
        """One number a run of each measure, shape (S,): means over the steps, but where the name says otherwise."""
        return {
            "end_loss": self.start[-1],
            "loss_range": mean(self.loss_range),
            "loss_range_median": median(self.loss_range),
            "relative_change": mean(self.relative_change),
            "gradient_change": mean(self.change),
            "smoothness_median": median(self.smoothness),
            "smoothness_largest": largest(self.smoothness),
            "percentile_range": mean(moved_by(self.percentiles[:, :, 1]), axis=1),
            "gradient_shift": mean(mean(self.shift[..., 1:], axis=2)),
            "gradient_cosine": mean(mean(self.cosine[..., 1:], axis=2)),
            "step_drift": last(self.drift),
        }


def _where(kept: Array, values: Array) -> Array:
    return np.where(kept.reshape(kept.shape + (1,) * (values.ndim - 2)), values, np.nan)


def moved_by(values: Array) -> Array:
    """Return largest minus smallest along the first axis, as `percentile_range` does for one run; NaN for one look."""
    return np.where(np.isfinite(values).sum(axis=0) > 1, largest(values) - smallest(values), np.nan)


def mean(values: Array, axis: int = 0) -> Array:
    """Return the mean of what is finite along an axis; NaN where nothing is."""
    there = np.isfinite(values)
    total, count = np.where(there, values, 0.0).sum(axis=axis), there.sum(axis=axis)
    means: Array = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return means


def median(values: Array) -> Array:
    """Return the median of what is finite along the first axis of (M, S); NaN where nothing is."""
    kept = [column[np.isfinite(column)] for column in values.T]
    return np.array([np.median(each) if each.size else np.nan for each in kept])


def largest(values: Array, axis: int = 0) -> Array:
    """Return the largest of what is finite along an axis; NaN where nothing is."""
    found = np.where(np.isfinite(values), values, -np.inf).max(axis=axis)
    return np.where(np.isfinite(found), found, np.nan)


def smallest(values: Array, axis: int = 0) -> Array:
    """Return the smallest of what is finite along an axis; NaN where nothing is."""
    return -largest(-values, axis=axis)


def last(values: Array) -> Array:
    """Return the last finite value along the first axis of (M, S); NaN where there is none."""
    kept = [column[np.isfinite(column)] for column in values.T]
    return np.array([each[-1] if each.size else np.nan for each in kept])
