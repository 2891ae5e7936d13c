"""Training: one stream of mini-batches and its repeats, and the running statistics on their way."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.statistics.batch import BatchStats, batch_stats
from bnsim.engine.statistics.draws import Draws
from bnsim.engine.statistics.running import RunningStats, running_history, weights_after
from bnsim.engine.theory.running_averages import running_expectation
from bnsim.engine.theory.standard_errors import spread_error
from bnsim.experiments.train_eval.params import LEAST, OWN, UNIT, TrainEvalParams, weights_of

PRECISE_BATCHES = 100
"""Precise statistics are pooled over so many fresh batches."""

SHOWN, REPEATED, FRESH, REPEATED_VAR = range(4)
"""Which of the independent streams of random numbers of a seed they come from."""

DRAWN_AT_ONCE, MOST_KEPT = 2**16, 2**18
"""Numbers that are drawn at once, so that they stay in the cache of a processor, and that are kept for other settings:
means of batches, and as many variances."""


@dataclass(frozen=True, eq=False)
class Running:
    """One running statistic, the mean or the variance, on its way.

    `batch`, of shape (t,), are the values of single batches; the others have shape (t + 1,), from the start on:
    `running`; `expected` and `spread`, its expectation and standard deviation in theory; the band `low` to `high`, two
    of these to either side; `population`. The repeats ended with `repeats_mean` and `repeats_std`; theory gives these
    the standard errors `mean_error` and `std_error`.
    """

    batch: Array
    running: Array
    expected: Array
    spread: Array
    low: Array
    high: Array
    population: Array
    repeats_mean: float
    repeats_std: float
    mean_error: float
    std_error: float

    @property
    def last(self) -> float:
        """The running statistic after the last batch."""
        return float(self.running[-1])


def train(p: TrainEvalParams) -> Mapping[str, Running]:
    """Train on `steps` mini-batches, and say what theory expects; "mean" and "var"."""
    batches = stream(p)
    momentum = None if p.momentum == OWN else p.momentum
    states = running_history(batches, convention=p.rule, momentum=momentum)
    theory = running_expectation(
        p.weights, mean=p.mean, std=p.std, count=p.batch_size, drift=p.drift, unbiased=p.rule.unbiased
    )
    step = np.arange(p.steps + 1)
    moving, still = p.mean + p.drift * np.maximum(step - 1, 0), np.full(step.size, p.std**2)
    ended = repeated(p)
    mean = (batches.mean, states[0], theory.mean, theory.mean_std, moving, ended.mean, 3.0)
    var = (batches.var, states[1], theory.var, theory.var_std, still, ended.var, theory.var_kurtosis)
    return {"mean": running_of(*mean), "var": running_of(*var)}


def running_of(
    batch: Array, running: Array, expected: Array, spread: Array, population: Array, repeats: Array, kurtosis: float
) -> Running:
    """Return one running statistic with its band, and where its repeats, shape (repeats,), ended."""
    count, last = repeats.size, float(spread[-1])
    return Running(
        batch=batch,
        running=running,
        expected=expected,
        spread=spread,
        low=expected - 2 * spread,
        high=expected + 2 * spread,
        population=population,
        repeats_mean=float(repeats.mean()),
        repeats_std=float(repeats.std(ddof=1)),
        mean_error=last / math.sqrt(count),
        std_error=spread_error(last, kurtosis, count),
    )


def rounding_of(p: TrainEvalParams, statistic: Running) -> float:
    """Return what rounding can have taken of a running statistic.

    It is an average of batches, of which the largest may be much larger than all together. With each batch that counts
    there is a rounding of 1 - m, and one of the product with it; and there are two in each step of `recursion`.
    """
    remembered = p.steps if p.new_weight is None else min(p.steps, 1 / p.new_weight)
    largest = max(abs(statistic.last), float(np.abs(statistic.batch).max()))
    return 2 * (remembered + p.steps.bit_length()) * UNIT * largest


def stream(p: TrainEvalParams) -> BatchStats:
    """Return mean and variance of each batch of the stream that is shown, shape (t,)."""
    drawn = standard_stream(p.steps, p.batch_size, p.seed)
    mean = p.mean + p.drift * np.arange(p.steps) + p.std * drawn.mean
    return BatchStats(mean, p.std**2 * drawn.var, p.batch_size)


@lru_cache(maxsize=16)
def standard_stream(steps: int, count: int, seed: int) -> BatchStats:
    """Return mean and variance of batches of standard normal values, shape (t,): they serve every population."""
    rng, at_once = streams(seed)[SHOWN], max(1, DRAWN_AT_ONCE // count)
    lengths = [min(at_once, steps - start) for start in range(0, steps, at_once)]
    parts = [batch_stats(rng.standard_normal((length, count)).T) for length in lengths]
    mean, var = (np.concatenate([getattr(part, name) for part in parts]) for name in ("mean", "var"))
    return BatchStats(mean, var, count)


def repeated(p: TrainEvalParams) -> RunningStats:
    """Return where repeated trainings end, shape (repeats,).

    Running statistics are sums over the batches, each with its weight: those of standard normal values, drawn once,
    serve every mean, spread and drift of the population.
    """
    weights = weights_after(p.weights)
    moved = 0.0 if p.unmoved else p.new_weight
    mean, var = sums_over_batches(moved, p.steps, p.batch_size, p.repeats, p.seed)
    of_population = float(weights[1:] @ (p.mean + p.drift * np.arange(p.steps)))
    unbiased = p.batch_size / (p.batch_size - 1) if p.rule.unbiased else 1.0
    return RunningStats(of_population + p.std * mean, weights[0] + unbiased * p.std**2 * var, p.steps)


@lru_cache(maxsize=16)
def sums_over_batches(new_weight: float | None, steps: int, count: int, repeats: int, seed: int) -> tuple[Array, Array]:
    """Return the sums of means and of biased variances of standard normal batches by their last weights, (repeats,).

    Not the values of a batch are drawn but what they would give: its mean, and apart from it a variance that is
    chi-squared / N with N - 1 degrees of freedom (Cochran 1934). Batches from long ago count with what is expected of
    them.
    """
    final = weights_after(weights_of(new_weight, steps))[:0:-1]  # the last batch first, which weighs most
    final, long_ago = np.split(final, [np.count_nonzero(final > LEAST * final.max(initial=0.0))])
    mean, var = np.zeros(repeats), np.full(repeats, long_ago.sum() * (count - 1) / count)
    at_once = max(1, DRAWN_AT_ONCE // repeats)
    weights = [final[start : start + at_once] for start in range(0, final.size, at_once)]
    lengths = list(map(len, weights))
    for part, rows in zip(weights, standard_means(repeats, seed).parts(lengths), strict=True):
        mean += part @ rows / math.sqrt(count)
    if count > 1:
        for part, rows in zip(weights, standard_variances(count, repeats, seed).parts(lengths), strict=True):
            var += part @ rows / count
    return mean, var


@lru_cache(maxsize=2)
def standard_means(repeats: int, seed: int) -> Draws:
    """Return the means of batches of standard normal values, times the root of their size: (repeats,) for each batch.

    They serve batches of every size, and any number of them.
    """
    rng = streams(seed)[REPEATED]
    return Draws(rng, lambda rng, shape: rng.standard_normal(shape), MOST_KEPT // repeats, (repeats,))


@lru_cache(maxsize=2)
def standard_variances(count: int, repeats: int, seed: int) -> Draws:
    """Return the biased variances of batches of `count` standard normal values, times that: (repeats,) for each."""
    rng = streams(seed)[REPEATED_VAR]
    return Draws(rng, lambda rng, shape: rng.chisquare(count - 1, shape), MOST_KEPT // repeats, (repeats,))


def precise(p: TrainEvalParams) -> tuple[float, float]:
    """Return mean and variance pooled over fresh batches, as if all were one, of the population after training."""
    mean, var = standard_pool(PRECISE_BATCHES * p.batch_size, p.seed)
    return p.center + p.std * mean, p.std**2 * var


@lru_cache(maxsize=16)
def standard_pool(count: int, seed: int) -> tuple[float, float]:
    """Return mean and variance of so many standard normal values: they serve every population."""
    pooled = batch_stats(streams(seed)[FRESH].standard_normal(count))
    return float(pooled.mean), float(pooled.var)


def streams(seed: int) -> list[np.random.Generator]:
    """Return the independent streams of random numbers of a seed; the companions come from two more."""
    return np.random.default_rng(seed).spawn(4)
