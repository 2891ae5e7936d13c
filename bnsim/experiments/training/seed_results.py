"""What is read off the curves of several seeds: plain numbers, none of which has to be computed later."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.networks.structure import Bools
from bnsim.experiments.training.parts import DRIFT_STEPS
from bnsim.experiments.training.seed_curves import ACCURACIES, SeedCurves, Spread, mean, median

RECORDED = ("loss", *ACCURACIES)
STEPS_TO = {"steps_to_90": 0.9, "steps_to_95": 0.95}


class Reached(NamedTuple):
    """How many seeds have reached a training accuracy, and after how many steps the first and the last; 0 of none."""

    seeds: int
    first: float
    last: float


@dataclass(frozen=True, eq=False)
class SeedResults:
    """What one network has come to so far at one value tried, under R seeds.

    `step` of `steps` have been made. `by_seed`: arrays of shape (R,) by name: after how many steps 90 %, 95 % and the
    level were reached (infinity for never, NaN for not yet), and what was recorded last: loss, accuracies, `moved`.
    `middles`: of the same, the median of steps and of `moved`, the mean of all others. `reached`: by name, who has got
    there. `diverged`: shape (R,); `lost`
    counts them. `best`: the best training accuracy of any seed at any record.
    """

    step: int
    steps: int
    complete: bool
    by_seed: Mapping[str, Array]
    middles: Mapping[str, Spread]
    reached: Mapping[str, Reached]
    diverged: Bools
    lost: int
    best: float


@dataclass(frozen=True, eq=False)
class Drawn:
    """The curves of one network that are drawn, by what was recorded.

    `bands`: step, mean, least and largest of the seeds, each (T',). `ends`: step and value of the last record of each
    seed that diverged. `lost_by`: the step by which the last of these was lost, 0 if none was.
    """

    bands: Mapping[str, tuple[Array, Array, Array, Array]]
    ends: Mapping[str, list[tuple[int, float]]]
    lost_by: int


class Paired(NamedTuple):
    """The mean of differences, one a seed; its standard error, NaN with one seed; how many seeds."""

    mean: float
    error: float
    seeds: int


class Drift(NamedTuple):
    """How far the inputs of activations move in a step: over all layers, and layer by layer; NaN is not known.

    `done` is the share that has been measured, of `steps` steps so far.
    """

    done: float
    steps: int
    overall: Spread
    layers: tuple[Spread, ...]


def results_of(curves: SeedCurves, level: float) -> SeedResults:
    """Return what one network has come to so far."""
    steps_to = {name: curves.steps_to(at) for name, at in (*STEPS_TO.items(), ("steps_to_level", level))}
    last = {name: curves.last(name) for name in (*RECORDED, "moved")}
    medians = {name: median(values) for name, values in {**steps_to, "moved": last["moved"]}.items()}
    return SeedResults(
        step=int(curves.step[-1]),
        steps=curves.steps,
        complete=curves.complete,
        by_seed=steps_to | last,
        middles=medians | {name: mean(last[name]) for name in RECORDED},
        reached={name: reached_of(steps) for name, steps in steps_to.items()},
        diverged=curves.diverged,
        lost=int(curves.diverged.sum()),
        best=float(np.nanmax(curves.train_accuracy)),
    )


def reached_of(steps: Array) -> Reached:
    """Return how many of some seeds, shape (R,), have got there."""
    finite = steps[np.isfinite(steps)]
    return Reached(finite.size, float(finite.min()), float(finite.max())) if finite.size else Reached(0, 0.0, 0.0)


def drawn_curves(curves: SeedCurves) -> Drawn:
    """Return the bands of the curves, and where seeds diverged."""
    return Drawn(
        bands={name: curves.band(name) for name in RECORDED},
        ends={name: curves.ends(name) for name in RECORDED},
        lost_by=int(curves.lost_by().max()) if curves.diverged.any() else 0,
    )


def paired(differences: Array) -> Paired:
    """Return the mean of differences, one a seed, with its standard error."""
    count = len(differences)
    error = float(differences.std(ddof=1)) / math.sqrt(count) if count > 1 else math.nan
    return Paired(float(differences.mean()), error, count)


def gain(first: SeedResults | None, second: SeedResults | None, name: str, of: str = "") -> Paired | None:
    """Return by how much a quantity of the first is above one of the second, seed by seed; None if one is not known.

    `of`: the quantity of the second, if it is another.
    """
    if first is None or second is None:
        return None
    differences = first.by_seed[name] - second.by_seed[of or name]
    return None if np.isnan(differences).any() else paired(differences)


def drift_of(measured: tuple[float, Array] | None, steps: int, shape: tuple[int, int]) -> Drift:
    """Return the drift of one network: share measured and numbers of the shape (seeds, layers); None is nothing yet."""
    done, drift = measured or (0.0, np.full(shape, math.nan))
    layers = tuple(mean(seeds) for seeds in drift.T)
    return Drift(done, round(done * min(DRIFT_STEPS, steps)), mean(drift.mean(axis=1)), layers)
