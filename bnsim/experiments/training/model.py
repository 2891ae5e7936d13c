"""What two networks have come to, and how they compare: every number that is shown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bnsim.engine.networks.structure import Norm
from bnsim.engine.statistics.momentum import half_life, is_likely_of_the_old
from bnsim.engine.theory.closed_forms import pair_gradient_median_ratio, pair_gradient_rms_ratio
from bnsim.experiments.training.params import TrainingParams
from bnsim.experiments.training.parts import NETWORKS, every_of, norm_of, part_of, parts
from bnsim.experiments.training.seed_results import (
    Drawn,
    Drift,
    Paired,
    SeedResults,
    drawn_curves,
    drift_of,
    gain,
    results_of,
)
from bnsim.experiments.training.sweeps import NUMBERED, Window, at, drawn_of, tried, usable

USABLE = 0.8
"""A learning rate is usable if the training accuracy ends above it."""

SAME = 1e-9
"""Means of shares of a few hundred digits that differ by less differ only in how they were added up."""

ALL_THE_SAME, NOT_KNOWN = "all the same", "–"
POOLING = (Norm.BATCH, Norm.GHOST, Norm.NOISY)
"""The norms that normalize over examples, and so keep statistics for eval mode."""


class Extreme(NamedTuple):
    """A middle over the seeds, and at which of the values tried it was found, as text."""

    middle: float
    where: str


class Swept(NamedTuple):
    """What the values tried have shown of one network: best and worst test accuracy, fewest steps, last less first."""

    best: Extreme
    worst: Extreme
    fastest: Extreme
    gain: Paired | None


class Small(NamedTuple):
    """Very small batches: how many examples share a mean, and whether the statistics freeze later.

    `typical`, `largest`, `rms`: what batches of two let through of a gradient: of half of all pairs at most, of pairs
    of nearly equal values, and its root mean square.
    """

    size: int
    freezes: bool
    typical: float
    largest: float
    rms: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """What has come out so far; by network, "norm" and "against", None where there is nothing yet.

    `texts`, `numbers`: the values tried as texts, and as numbers, NaN where they are words. `drawn_at`: the place of
    the value at which curves are drawn, and `drawn` the settings there; `every`: how many steps lie between records.
    `results`: at every value tried. `curves`: those drawn. `speedups`: by percent, the median steps of "against" over
    those of "norm". `windows`: usable learning rates. `swept`: where several values are tried to the end.
    `old_momentum`: a momentum that looks as if it were the weight of the old, and its half-life, else None.
    """

    params: TrainingParams
    texts: tuple[str, ...]
    numbers: tuple[float, ...]
    drawn_at: int
    drawn: TrainingParams
    every: int
    results: Mapping[str, tuple[SeedResults | None, ...]]
    curves: Mapping[str, Drawn | None]
    speedups: Mapping[int, float]
    accuracy_gain: Paired | None
    precise_gain: Paired | None
    drift: Mapping[str, Drift]
    drift_ratio: float
    windows: Mapping[str, Window | None]
    rate_ratio: float
    swept: Mapping[str, Swept | None]
    small: Mapping[str, Small | None]
    old_momentum: tuple[float, float] | None
    made: int
    due: int

    def shown(self, network: str) -> SeedResults | None:
        """Return the results of a network at the value that is drawn."""
        return self.results[network][self.drawn_at]


def join(p: TrainingParams, found: Sequence[Any]) -> Outcome:
    """Return the outcome of what the pieces of work have found so far."""
    done = dict(zip(parts(p), found, strict=True))
    curves = {part: value for part, value in done.items() if not part.drift}
    known = {part: None if value is None else results_of(value, p.level) for part, value in curves.items()}
    values, shown = tried(p), tried(p)[drawn_of(p)]
    results = {network: tuple(known[part_of(p, network, value)] for value in values) for network in NETWORKS}
    lines = {network: done[part_of(p, network, shown)] for network in NETWORKS}
    drifts = {network: done[part_of(p, network, shown, drift=True)] for network in NETWORKS}
    shape = p.seeds, at(p, shown).depth
    return compared(
        p,
        results,
        {network: None if line is None else drawn_curves(line) for network, line in lines.items()},
        {network: drift_of(drift, p.steps, shape) for network, drift in drifts.items()},
        made=sum(each.step * part.seeds for part, each in known.items() if each is not None),
        due=sum(part.run.steps * part.seeds for part in known),
    )


def compared(
    p: TrainingParams,
    results: Mapping[str, tuple[SeedResults | None, ...]],
    curves: Mapping[str, Drawn | None],
    drift: Mapping[str, Drift],
    **counted: int,
) -> Outcome:
    """Return the outcome of what has come out of both networks, and `counted` of the steps: `made` and `due`."""
    values, place = tried(p), drawn_of(p)
    shown, texts = at(p, values[place]), p.value_texts
    norm, against = (results[network][place] for network in NETWORKS)
    windows = {network: window_of(p, results[network]) for network in NETWORKS}
    return Outcome(
        params=p,
        texts=texts,
        numbers=tuple(float(value) if p.vary in NUMBERED else math.nan for value in values),
        drawn_at=place,
        drawn=shown,
        every=every_of(p),
        results=results,
        curves=curves,
        drift=drift,
        windows=windows,
        speedups={percent: speedup(norm, against, f"steps_to_{percent}") for percent in (90, 95)},
        accuracy_gain=gain(norm, against, "test_accuracy"),
        precise_gain=gain(norm, norm, "precise_accuracy", "test_accuracy"),
        drift_ratio=over(*(to_four_digits(drift[network].overall.middle) for network in NETWORKS)),
        rate_ratio=ratio_of_rates(*windows.values()),
        swept={network: swept_of(texts, results[network]) for network in NETWORKS},
        small={network: small_of(shown, norm_of(shown, network)) for network in NETWORKS},
        old_momentum=old_momentum(p),
        **counted,
    )


def to_four_digits(value: float) -> float:
    """Return a number with the digits that mean something: four, the others depend on the seeds."""
    return float(f"{value:.4g}")


def over(top: float, bottom: float) -> float:
    """Return a ratio, NaN over 0."""
    return top / bottom if bottom else math.nan


def speedup(norm: SeedResults | None, against: SeedResults | None, steps_to: str) -> float:
    """Return how many times as many steps the second needs; infinity if it alone does not get there, NaN of unknown."""
    if norm is None or against is None:
        return math.nan
    ours, theirs = norm.middles[steps_to].middle, against.middles[steps_to].middle
    if math.isnan(ours + theirs) or math.isinf(ours):
        return math.nan
    return math.inf if math.isinf(theirs) else over(theirs, ours)


def window_of(p: TrainingParams, results: Sequence[SeedResults | None]) -> Window | None:
    """Return the usable learning rates of a network; None if they are not (all) tried."""
    complete = [each for each in results if each is not None and each.complete]
    if p.vary != "rate" or len(complete) < len(results):
        return None
    return usable(tried(p), [each.middles["train_accuracy"].middle for each in complete], USABLE)


def ratio_of_rates(norm: Window | None, against: Window | None) -> float:
    """Return the largest usable rate of one network over that of the other: NaN of none, infinity over none."""
    if norm is None or against is None or not norm.highest:
        return math.nan
    return norm.highest / against.highest if against.highest else math.inf


def swept_of(texts: Sequence[str], results: Sequence[SeedResults | None]) -> Swept | None:
    """Return what the values tried have shown of one network; None if they are not several or not all tried."""
    complete = [each for each in results if each is not None and each.complete]
    if len(texts) < 2 or len(complete) < len(texts):
        return None
    accuracies = [each.middles["test_accuracy"].middle for each in complete]
    steps = [each.middles["steps_to_level"].middle for each in complete]
    best, worst, fewest = max(accuracies), min(accuracies), min(steps)
    return Swept(
        Extreme(best, where(texts, accuracies, best)),
        Extreme(worst, where(texts, accuracies, worst)),
        Extreme(fewest, NOT_KNOWN if math.isinf(fewest) else where(texts, steps, fewest)),
        gain(complete[-1], complete[0], "test_accuracy"),
    )


def where(texts: Sequence[str], middles: Sequence[float], sought: float) -> str:
    """Return at which of the values tried a number was found: all of them where several are equal."""
    equal = [text for text, each in zip(texts, middles, strict=True) if each == sought or abs(each - sought) < SAME]
    return ALL_THE_SAME if len(equal) == len(texts) else ", ".join(equal)


def small_of(p: TrainingParams, norm: Norm) -> Small | None:
    """Return what batches of one or two do to a norm over examples; None where that is not so, or never happens."""
    size = p.ghost if norm is Norm.GHOST else p.batch
    frozen = round(p.frozen * p.steps)
    if norm not in POOLING or size > 2 or frozen == p.steps:
        return None
    ratios = pair_gradient_median_ratio(p.eps), 1 / math.sqrt(p.eps), pair_gradient_rms_ratio(p.eps)
    return Small(size, frozen > 0, *ratios)


def old_momentum(p: TrainingParams) -> tuple[float, float] | None:
    """Return a momentum of the running statistics that was meant, it seems, as the weight of the old; its half-life."""
    weights = [each.running_momentum for each in (at(p, value) for value in tried(p))]
    odd = next(filter(is_likely_of_the_old, weights), None)
    return None if odd is None or not {p.norm, p.against} & set(POOLING) else (odd, half_life(odd))
