"""How often training mode decides right, by the size of the batch: the sign of y, or real digits."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bnsim.engine.statistics.running import Convention
from bnsim.engine.theory.inference import Alone, positive_share, same_sign, treats_alone
from bnsim.experiments.train_eval.companions import BY_SIZE, Companions, drawn_outputs_of_sizes, law_of
from bnsim.experiments.train_eval.digits import (
    accuracy_in_eval_mode,
    one_by_one,
    one_by_one_unchanged,
    reading,
)
from bnsim.experiments.train_eval.params import TrainEvalParams

SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
"""The batches in which decisions are put to the test."""

VALUES_PER_SIZE, FEWEST_SETS = 2**13, 200
"""So many companions are drawn at most for each of these sizes, but so many sets at least."""

MOST_SHUFFLINGS = 5
"""Digits are read in so many shufflings at most at the sizes beside the chosen one."""

QUADRATURE = 1e-9
"""What numerical integration can leave of a probability; most have more digits."""


class Series(StrEnum):
    """Where the statistics come from when something is decided."""

    EVAL = "eval mode"
    RANDOM = "random companions"
    SORTED = "class-sorted companions"
    EXACT = "random companions, exact law"


@dataclass(frozen=True)
class Share:
    """How often a decision is right in batches of one size.

    Its mean and standard error, its spread from trial to trial, and two standard errors to either side, from 0 to 1.
    """

    series: Series
    batch_size: int
    share: float
    standard_error: float
    spread: float
    low: float
    high: float


def share_of(series: Series, size: int, share: float, error: float = 0.0, spread: float = 0.0) -> Share:
    """Return a share with two standard errors to either side."""
    return Share(series, size, share, error, spread, max(share - 2 * error, 0.0), min(share + 2 * error, 1.0))


@dataclass(frozen=True)
class Decisions:
    """Shares of right decisions at the batch chosen for inference; two are NaN if the framework refuses that batch.

    Of digits read among random companions also those in batches of other sizes. Of digits read one at a time: the
    accuracy where x̂ is 0, by how much the scores of two images differ there, and the accuracy where values are handed
    through; else NaN.
    """

    in_eval: float
    random: Share
    sorted: Share
    at_sizes: tuple[Share, ...] = ()
    one_by_one: float = math.nan
    one_by_one_difference: float = math.nan
    one_by_one_unchanged: float = math.nan


def decide(p: TrainEvalParams, eval_y: float, chosen: Companions) -> Decisions:
    """Return how often training mode decides right; `chosen` are the outputs at the batch chosen for inference."""
    size = p.inference_size
    if p.decision == "digits":
        random, by_class = (digits_read(p, size, p.shufflings, by_class=kind) for kind in (False, True))
        at_sizes = tuple(digits_at_sizes(p, by_class=False))
        return Decisions(accuracy_in_eval_mode(), random, by_class, at_sizes, *one_by_one(), one_by_one_unchanged())
    alike = same_sign(law_of(p, size, alike=True), eval_y)
    return Decisions(
        1.0,
        share_of(Series.RANDOM, size, 1 - chosen.flips, chosen.flips_error),
        share_of(Series.SORTED, size, alike, QUADRATURE),
    )


def by_size(p: TrainEvalParams, eval_y: float) -> tuple[Share, ...]:
    """Return the shares of right decisions by the size of the batch, one kind of batches after the other."""
    if p.decision == "digits":
        return digits(p)
    return tuple(sorted(signs(p, eval_y), key=lambda share: list(Series).index(share.series)))


def signs(p: TrainEvalParams, eval_y: float) -> Iterator[Share]:
    """Yield how often y has the sign of eval mode, by the size of the batch: simulated, and exactly.

    Batches of one that the framework refuses are left out.
    """
    several, law = np.array([size for size in SIZES if size > 1]), law_of(p, 2)
    # Both at once: on so few numbers each call costs as much as all of them.
    of_z = positive_share(law, np.repeat([p.z, 0.0], several.size), np.tile(several, 2)).reshape(2, -1)
    exact = {size: pair for size, *pair in zip(several.tolist(), *of_z, strict=True)}
    sets = {size: min(p.companion_sets, sets_at(size)) for size in SIZES}
    outputs = drawn_outputs_of_sizes(p, sets, BY_SIZE)
    for size in SIZES:
        yield share_of(Series.EVAL, size, 1.0)
        if size == 1:
            share = alike = same_sign(law_of(p, 1), eval_y)
        else:
            share, alike = (positive if eval_y > 0 else 1 - positive for positive in map(float, exact[size]))
        if math.isnan(share):
            continue
        simulated = float(np.mean((outputs[size] > 0) == (eval_y > 0)))
        spread = math.sqrt(share * (1 - share))
        yield share_of(Series.RANDOM, size, simulated, spread / math.sqrt(sets[size]), spread)
        yield share_of(Series.SORTED, size, alike)
        yield share_of(Series.EXACT, size, share)


def sets_at(size: int) -> int:
    """Return with how many sets of companions decisions are put to the test at most, in batches of that size."""
    return max(VALUES_PER_SIZE // size, FEWEST_SETS)


def digits(p: TrainEvalParams) -> tuple[Share, ...]:
    """Return how many of the test digits are read right: in eval mode, and among companions of two kinds."""
    in_eval = [share_of(Series.EVAL, size, accuracy_in_eval_mode()) for size in SIZES]
    return (*in_eval, *(share for kind in (False, True) for share in digits_at_sizes(p, by_class=kind)))


def digits_at_sizes(p: TrainEvalParams, *, by_class: bool) -> Iterator[Share]:
    """Yield how many of the test digits are read right in training mode, by the size of the batch.

    Batches of one that the framework refuses are left out.
    """
    read = (digits_read(p, size, at_sizes(p), by_class=by_class) for size in SIZES)
    return (share for share in read if not math.isnan(share.share))


def at_sizes(p: TrainEvalParams) -> int:
    """Return in how many shufflings digits are read at the sizes beside the chosen one."""
    return min(p.shufflings, MOST_SHUFFLINGS)


def unread(p: TrainEvalParams) -> int:
    """Return in how many shufflings the digits are still to be read for a run; what was read is kept."""
    if p.decision != "digits":
        return 0
    shufflings = [(size, False, at_sizes(p)) for size in SIZES if size != p.inference_size]
    shufflings += [(p.inference_size, kind, p.shufflings) for kind in (False, True)]
    return sum(reading.missing(size, kind, p.seed, count) for size, kind, count in shufflings if size > 1)


def digits_read(p: TrainEvalParams, size: int, shufflings: int, *, by_class: bool) -> Share:
    """Return how many of the test digits are read right in training mode; NaN where the framework refuses."""
    series = Series.SORTED if by_class else Series.RANDOM
    if size == 1:
        return share_of(series, 1, read_alone(p.rule))
    of_shufflings = np.array(reading(size, by_class, p.seed).first(shufflings))
    spread = float(of_shufflings.std(ddof=1))
    return share_of(series, size, float(of_shufflings.mean()), spread / math.sqrt(shufflings), spread)


def read_alone(rule: Convention) -> float:
    """Return the share of test images read right one at a time in training mode; NaN where the framework refuses."""
    return {Alone.BETA: one_by_one()[0], Alone.X: one_by_one_unchanged(), Alone.REFUSED: math.nan}[treats_alone(rule)]
