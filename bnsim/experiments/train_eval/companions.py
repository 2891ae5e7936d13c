"""One input in training mode at inference, each time among other companions: simulated, and exactly."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm_eval
from bnsim.engine.statistics.batch import BatchStats, batch_stats
from bnsim.engine.statistics.merging import merge
from bnsim.engine.statistics.running import Convention
from bnsim.engine.theory.companions import CompanionMoments
from bnsim.engine.theory.inference import (
    OutputLaw,
    alone_output,
    first_order_std,
    kept_share,
    output_moments,
    output_quantiles,
    output_range,
    output_tail,
    same_sign,
)
from bnsim.engine.theory.standard_errors import share_error, spread_error
from bnsim.experiments.train_eval.params import TrainEvalParams

BINS = 41

COMPANIONS, BY_SIZE = 3, 4
"""Which of the independent streams of random numbers of a seed they come from: at the chosen size, and at others."""

SELDOM = 0.025
"""How often y may be below what is said of it, and as often above: 19 times in 20 it is between."""


@dataclass(frozen=True, eq=False)
class Companions:
    """The tracked input in training mode among `companion_sets` sets of companions; NaN if the framework refuses.

    `y` has shape (companion_sets,); `mean` and `std` are its own, `flips` the share of sets with y on the other side
    of 0 than in eval mode. `exact` and `exact_flips` are those of the exact distribution; `mean_error`, `std_error`
    and `flips_error` the standard errors that it gives the simulated ones. 19 times in 20 y is from `low` to `high`,
    exactly. `first_order` is the standard deviation to the first order, NaN alone; `kept` the share of the variance
    that ε leaves.
    `left`, `right`, `share`, `law`: the histogram of y, and the exact probability of each bin; empty if refused.
    """

    y: Array
    mean: float
    std: float
    flips: float
    exact: CompanionMoments
    exact_flips: float
    mean_error: float
    std_error: float
    flips_error: float
    low: float
    high: float
    first_order: float
    kept: float
    left: Array
    right: Array
    share: Array
    law: Array


def alone_y(p: TrainEvalParams, rule: Convention | None = None) -> float:
    """Return y of x alone in training mode as a framework has it, by default the chosen one; NaN if it refuses."""
    return alone_output(p.x, rule or p.rule, gamma=p.gamma, beta=p.beta, eps=p.used_eps)


def law_of(p: TrainEvalParams, size: int, *, alike: bool = False) -> OutputLaw:
    """Return the exact distribution of the output of the tracked x in training mode, in batches of that size.

    `alike`: the companions are of its own class, spread as the population is, but about x.
    """
    alone = alone_y(p) if size == 1 else math.nan
    return OutputLaw(0.0 if alike else p.z, size, p.used_eps / p.std**2, p.gamma, p.beta, alone)


def drawn_outputs(p: TrainEvalParams, size: int, sets: int, stream: int) -> Array:
    """Return y of the tracked x in training mode, shape (sets,), each time with other companions; NaN if refused."""
    return drawn_outputs_of_sizes(p, {size: sets}, stream)[size]


def drawn_outputs_of_sizes(p: TrainEvalParams, sets: Mapping[int, int], stream: int) -> dict[int, Array]:
    """Do as `drawn_outputs` does for several sizes, each with so many sets.

    All sets are channels of one layer: on so few numbers each call costs as much as all of them.
    """
    found = {size: np.full(count, alone_y(p)) for size, count in sets.items() if size == 1}
    several = {size: count for size, count in sets.items() if size > 1}
    if several:
        merged = [with_companions(p, *each, stream) for each in several.items()]
        mean, var = (np.concatenate([getattr(batch, name) for batch in merged]) for name in ("mean", "var"))
        y = batch_norm_eval(np.full((1, mean.size), p.x), mean, var, p.gamma, p.beta, eps=p.used_eps)[0]
        ends = np.cumsum(list(several.values()))[:-1]
        found |= dict(zip(several, np.split(y, ends), strict=True))
    return found


def with_companions(p: TrainEvalParams, size: int, sets: int, stream: int) -> BatchStats:
    """Return the statistics of batches of the tracked x and its companions, shape (sets,)."""
    drawn = standard_companions(size, sets, p.seed, stream)
    companions = BatchStats(p.center + p.std * drawn.mean, p.std**2 * drawn.var, drawn.count)
    return merge([BatchStats(np.full(sets, p.x), np.zeros(sets), 1), companions])


@lru_cache(maxsize=24)
def standard_companions(size: int, sets: int, seed: int, stream: int) -> BatchStats:
    """Return mean and variance of sets of size - 1 companions from a standard normal population, shape (sets,).

    They serve every input, population, scale and shift: training mode uses the mean and the variance of a batch only,
    and these are merged from the companions' and the input's.
    """
    rng = np.random.default_rng((seed, stream, size))
    return batch_stats(rng.standard_normal((size - 1, sets)))


def among_companions(p: TrainEvalParams, eval_y: float) -> Companions:
    """Send the tracked x through in training mode with many sets of companions."""
    y = drawn_outputs(p, p.inference_size, p.companion_sets, COMPANIONS)
    law, count = law_of(p, p.inference_size), p.companion_sets
    refused = math.isnan(y[0])
    exact, exact_flips = output_moments(law), 1 - same_sign(law, eval_y)
    # Equal values have their mean and no spread exactly.
    mean, std = (float(y.mean()), float(y.std())) if np.ptp(y) else (float(y[0]), 0.0)
    kept = kept_share(p.std**2, p.used_eps)
    low, high = output_quantiles(law, (SELDOM, 1 - SELDOM))
    edges = np.empty(0) if refused else edges_of(y, law, exact)
    return Companions(
        y=y,
        mean=mean,
        std=std,
        flips=math.nan if refused else float(np.mean((y > 0) != (eval_y > 0))),
        exact=exact,
        exact_flips=exact_flips,
        mean_error=exact.std / math.sqrt(count),
        std_error=spread_error(exact.std, exact.kurtosis, count),
        flips_error=share_error(exact_flips, count),
        low=low,
        high=high,
        first_order=first_order_std(p.z, p.inference_size, gamma=p.gamma, kept=kept),
        kept=kept,
        left=edges[:-1],
        right=edges[1:],
        share=edges if refused else np.histogram(y, edges)[0] / count,
        law=edges if refused else -np.diff(output_tail(law, edges)),
    )


def edges_of(y: Array, law: OutputLaw, exact: CompanionMoments) -> Array:
    """Return the edges of the bins for outputs: around all that were simulated, and four exact standard deviations."""
    reach, ends = 4 * exact.std, output_range(law)
    low = min(y.min(), max(exact.mean - reach, ends[0]))
    high = max(y.max(), min(exact.mean + reach, ends[1]))
    room = max((high - low) / BINS, 1e-6 * max(abs(low), abs(high), 1.0))
    return np.linspace(low - room, high + room, BINS + 1)
