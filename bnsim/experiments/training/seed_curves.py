"""Training curves of several seeds side by side, and what is read off them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.settings import Record, Run, Split, Watch
from bnsim.engine.networks.structure import Bools
from bnsim.engine.networks.training import train
from bnsim.once import kept

DRIFTS_SHOWN = 50
"""So often drift is handed out while it is measured."""

ACCURACIES = ("train_accuracy", "test_accuracy", "precise_accuracy")


class Spread(NamedTuple):
    """The middle of some seeds, mean or median, and the least and the largest of them."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class SeedCurves:
    """What has been recorded so far of one run under R seeds.

    Attributes
    ----------
    steps : int
        How many steps are to be made.
    step : array of int, shape (T,)
        After how many steps each record was made, the first after 0.
    loss, train_accuracy, test_accuracy, precise_accuracy, moved : array, shape (R, T)
        As in `Record`; NaN where nothing was measured.
    """

    steps: int
    step: NDArray[np.int64]
    loss: Array
    train_accuracy: Array
    test_accuracy: Array
    precise_accuracy: Array
    moved: Array

    @property
    def done(self) -> float:
        """Share of the steps that has been made."""
        return float(self.step[-1] / self.steps)

    @property
    def complete(self) -> bool:
        """Whether all steps have been made."""
        return bool(self.step[-1] == self.steps)

    @kept
    def alive(self) -> Bools:
        """Which records come before a seed diverged, shape (R, T): a loss that is no finite number is the end of it."""
        lost = ~np.isfinite(self.loss) & (self.step > 0)
        return np.asarray(~np.logical_or.accumulate(lost, axis=1))

    @property
    def diverged(self) -> Bools:
        """Which seeds have diverged, shape (R,)."""
        return np.asarray(~self.alive[:, -1])

    def lost_by(self) -> NDArray[np.int64]:
        """Return the step of the record by which each seed that has diverged was lost."""
        lost: NDArray[np.int64] = self.step[self.alive[self.diverged].argmin(axis=1)]
        return lost

    def steps_to(self, level: float) -> Array:
        """Return after how many steps each seed's training accuracy was first `level` or more, shape (R,).

        Infinity where it was not within the steps, NaN where it has not been so far and steps are left.
        """
        reached = self.train_accuracy >= level
        never = np.inf if self.complete else np.nan
        return np.where(reached.any(axis=1), self.step[reached.argmax(axis=1)], never)

    def last(self, name: str) -> Array:
        """Return what was recorded last of each seed, shape (R,): the loss, an accuracy, or `moved`."""
        values: Array = getattr(self, name)[:, -1]
        return values

    def band(self, name: str) -> tuple[Array, Array, Array, Array]:
        """Return step, mean, least and largest over the seeds that have not diverged, where there is one, each (T',).

        `name` is the loss or one of the accuracies.
        """
        values: Array = getattr(self, name)
        known = self.alive & np.isfinite(values)
        recorded = known.any(axis=0)
        values, known = values[:, recorded], known[:, recorded]
        mean = np.where(known, values, 0).sum(axis=0) / known.sum(axis=0)
        low, high = np.where(known, values, np.inf).min(axis=0), np.where(known, values, -np.inf).max(axis=0)
        return self.step[recorded], mean, low, high

    def ends(self, name: str) -> list[tuple[int, float]]:
        """Return step and value of the last record of each seed before it diverged, for those that have.

        Nothing of a seed of which nothing was recorded before.
        """
        values: Array = getattr(self, name)
        last = []
        for row, alive in zip(values[self.diverged], self.alive[self.diverged], strict=True):
            known = np.flatnonzero(alive & np.isfinite(row))
            last += [(int(self.step[known[-1]]), float(row[known[-1]]))] if known.size else []
        return last


def median(values: Array) -> Spread:
    """Return median, least and largest of some seeds, shape (R,); infinity counts as the largest, NaN as unknown."""
    if np.isnan(values).any():
        return Spread(np.nan, np.nan, np.nan)
    low, high = (float(np.sort(values)[at]) for at in ((len(values) - 1) // 2, len(values) // 2))
    return Spread(low if low == high else (low + high) / 2, float(values.min()), float(values.max()))


def mean(values: Array) -> Spread:
    """Return mean, least and largest of some seeds, shape (R,); NaN if one is."""
    return Spread(float(values.mean()), float(values.min()), float(values.max()))


def seeds_of(run: Run, seeds: int) -> list[Run]:
    """Return the run under its own seed and those that follow."""
    return [replace(run, seed=run.seed + more) for more in range(seeds)]


def train_seeds(run: Run, seeds: int, data: Split, watch: Watch) -> Iterator[SeedCurves]:
    """Train one run under several seeds in one stack; yield its curves as they grow, at every record."""
    table: list[list[tuple[float, ...]]] = []
    step: list[int] = []
    stream = train(seeds_of(run, seeds), data, watch, stack=seeds)
    while records := list(itertools.islice(stream, seeds)):
        step.append(records[0].step)
        table.append([_numbers(record) for record in records])
        yield SeedCurves(run.steps, np.array(step), *np.array(table, dtype=float).transpose(2, 1, 0).copy())


def _numbers(record: Record) -> tuple[float, ...]:
    values = (getattr(record, name) for name in (*ACCURACIES, "moved"))
    return record.loss, *(np.nan if value is None else value for value in values)


def drift_seeds(run: Run, seeds: int, data: Split, steps: int) -> Iterator[tuple[float, Array]]:
    """Train the first steps of a run; yield the share done and how far the inputs of activations move in a step.

    The second is the absolute change, from each step to the next, of the mini-batch mean of what enters the
    activations: averaged over units and over the steps so far, shape (R, depth); NaN before the second step.

    Notes
    -----
    What noisy batch norm is meant to shake: Santurkar et al. (2018), section 2.1.
    """
    steps = min(steps, run.steps)
    # Test examples decide nothing, and reading all of them after every step would take longer than the steps.
    data = replace(data, test_x=data.test_x[:1], test_labels=data.test_labels[:1])
    watch = Watch(every=1, accuracy=False, layers=tuple(range(run.net.depth)), percentiles=())
    first = replace(run, steps=steps, frozen=0.0)
    total, count = np.zeros((seeds, run.net.depth)), np.zeros((seeds, 1))
    before: list[Array] | None = None
    stream = train(seeds_of(first, seeds), data, watch, stack=seeds)
    while records := list(itertools.islice(stream, seeds)):
        # float64: in single precision the sum over the units of a run on its way to divergence would overflow.
        means = [np.array([one.hidden[layer].batch_mean for one in records], float) for layer in range(run.net.depth)]
        if before is not None:
            with quiet():
                moves = [np.abs(now - then).mean(axis=1) for now, then in zip(means, before, strict=True)]
            moved = np.stack(moves, axis=1)
            finite = np.isfinite(moved).all(axis=1, keepdims=True)
            total, count = total + np.where(finite, moved, 0), count + finite
        before, step = means, records[0].step
        if step % max(1, steps // DRIFTS_SHOWN) == 0 or step == steps:
            yield step / steps, np.where(count > 0, total / np.maximum(count, 1), np.nan)
