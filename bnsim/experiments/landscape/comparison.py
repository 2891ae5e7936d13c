"""The measures of smoothness: one number a seed, their span over the seeds, and two networks compared by them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.experiments.landscape.history import (
    History,
    largest,
    last,
    mean,
    median,
    moved_by,
    smallest,
    typical_unit,
)


class Measure(StrEnum):
    """Ways to say how smooth training is, as the table of all numbers calls them; their readouts have these names.

    In all but the cosine less is smoother or stiller.
    """

    END_LOSS = "loss at the end"
    LOSS_RANGE = "loss range, mean"
    LOSS_RANGE_MEDIAN = "loss range, median"
    RELATIVE_CHANGE = "gradient change, relative"
    GRADIENT_CHANGE = "gradient change, absolute"
    SMOOTHNESS_MEDIAN = "effective smoothness, median"
    SMOOTHNESS_LARGEST = "effective smoothness, largest"
    PERCENTILE_RANGE = "movement of the median"
    GRADIENT_SHIFT = "gradient shift"
    GRADIENT_COSINE = f"cosine of the {GRADIENT_SHIFT}"
    STEP_DRIFT = "drift in a step"


SMOOTH = (
    Measure.LOSS_RANGE,
    Measure.LOSS_RANGE_MEDIAN,
    Measure.RELATIVE_CHANGE,
    Measure.GRADIENT_CHANGE,
    Measure.SMOOTHNESS_MEDIAN,
)
"""The measures of how smooth the loss is, the one that the answer tells first."""


class Verdict(StrEnum):
    """What the seeds say of a measure with the norm, held against the reference."""

    SMALLER = "smaller"
    LARGER = "larger"
    MIXED = "mixed"
    EQUAL = "equal"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Opinions:
    """How many of the measures that have a number call the network with the norm smoother, and how many rougher."""

    measures: int
    smoother: int
    rougher: int


class Band(NamedTuple):
    """What a picture draws of one network: a line within its band; four arrays of one shape."""

    x: Array
    low: Array
    mid: Array
    high: Array


@dataclass(frozen=True)
class Span:
    """Mean, smallest and largest over the seeds that have a number, and how many these are; NaN without any."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Contrast:
    """One measure of both networks, over the `seeds` that have a number in both: means, and in how many it is smaller.

    `norm` and `reference` are means over these seeds; `smaller` and `larger`: with the norm.
    """

    verdict: Verdict
    norm: float
    reference: float
    smaller: int
    larger: int
    seeds: int


def by_seed(history: History, compared: History) -> Mapping[Measure, Array]:
    """Return one number a seed of every measure, shape (S,): over the rays compared; the loss at the end of all."""
    count = len(compared.steps)
    return {
        Measure.END_LOSS: history.start[count - 1] if count else np.full(history.start.shape[1], np.nan),
        Measure.LOSS_RANGE: mean(compared.loss_range),
        Measure.LOSS_RANGE_MEDIAN: median(compared.loss_range),
        Measure.RELATIVE_CHANGE: mean(compared.relative_change),
        Measure.GRADIENT_CHANGE: mean(compared.change),
        Measure.SMOOTHNESS_MEDIAN: median(compared.smoothness),
        Measure.SMOOTHNESS_LARGEST: largest(compared.smoothness),
        Measure.PERCENTILE_RANGE: mean(moved_by(compared.percentiles[:, :, 1]), axis=1),
        Measure.GRADIENT_SHIFT: mean(mean(compared.shift[..., 1:], axis=2)),
        Measure.GRADIENT_COSINE: mean(mean(compared.cosine[..., 1:], axis=2)),
        Measure.STEP_DRIFT: last(compared.drift),
    }


def span(values: Array) -> Span:
    """Return what the seeds span, values of any shape."""
    numbers = values.ravel()
    return Span(
        mean=known(mean(numbers)),
        low=known(smallest(numbers)),
        high=known(largest(numbers)),
        count=int(np.isfinite(numbers).sum()),
    )


def known(value: Array) -> float:
    """Return a number, or always the same NaN: results are compared with each other."""
    return float(value) if np.isfinite(value) else math.nan


def contrast(norm: Array, reference: Array) -> Contrast:
    """Return one measure of both networks held against each other, one number a seed, shape (S,)."""
    change = norm - reference
    in_both = np.isfinite(change)
    seeds, smaller, larger = int(in_both.sum()), int((change < 0).sum()), int((change > 0).sum())
    if seeds == 0:
        verdict = Verdict.UNKNOWN
    elif smaller == larger == 0:
        verdict = Verdict.EQUAL
    else:
        verdict = {smaller: Verdict.SMALLER, larger: Verdict.LARGER}.get(seeds, Verdict.MIXED)
    return Contrast(verdict, span(norm[in_both]).mean, span(reference[in_both]).mean, smaller, larger, seeds)


def opinions(contrasts: Mapping[Measure, Contrast]) -> Opinions:
    """Return what the measures of smoothness say."""
    verdicts = [contrasts[each].verdict for each in SMOOTH]
    return Opinions(
        measures=len(verdicts) - verdicts.count(Verdict.UNKNOWN),
        smoother=verdicts.count(Verdict.SMALLER),
        rougher=verdicts.count(Verdict.LARGER),
    )


def ratio(one: Array, two: Array) -> Array:
    """Return one / two, NaN where two is 0."""
    quotient: Array = np.divide(one, two, out=np.full(np.shape(two), np.nan), where=np.asarray(two) > 0)
    return quotient


def rays_compared(reference: History, norm: History) -> tuple[int, int]:
    """Return how many rays could be compared, and on how many of them the loss range is smaller with the norm."""
    change = norm.loss_range - reference.loss_range
    return int(np.isfinite(change).sum()), int((change < 0).sum())


def widest(reference: History, norm: History) -> int:
    """Return which of the measured steps has the rays that differ most, in the mean over the seeds; 0 without any."""
    if not len(norm.steps):
        return 0
    difference = mean(reference.loss_range, 1) - mean(norm.loss_range, 1)
    return int(np.argmax(np.nan_to_num(np.abs(difference))))


def bands_of(history: History, compared: History, at: int) -> Mapping[str, Band]:
    """Return what the pictures draw of one network, by name; the ray is that of step number `at` of those compared."""
    h, steps = history, history.steps
    lowest, highest = (mean(end(h.loss, 2), 1) for end in (smallest, largest))
    return {
        "losses": Band(steps, lowest, mean(h.start, 1), highest),
        "loss_range": over_seeds(steps, h.loss_range),
        "relative_change": over_seeds(steps, h.relative_change),
        "ray": ray_band(compared, at),
        "entering": Band(steps, *h.percentiles[:, 0, :, typical_unit(h)].T),
        "shifts": over_seeds(np.arange(2, h.shift.shape[2] + 1), mean(h.shift[..., 1:]).T),
    }


def over_seeds(x: Array, values: Array) -> Band:
    """Return mean, smallest and largest over the seeds of values, shape (len(x), S)."""
    return Band(x, smallest(values, 1), mean(values, 1), largest(values, 1))


def ray_band(history: History, at: int) -> Band:
    """Return the loss on the rays of measured step number `at`, from where they start."""
    if not len(history.steps):
        return over_seeds(np.empty(0), np.empty((0, 1)))
    losses = np.vstack([history.start[at], history.loss[at].T])
    return over_seeds(np.append(0.0, history.sizes), losses)
