"""Training: one stream of mini-batches and its repeats, and the running statistics on their way."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.statistics.batch import BatchStats, batch_stats
from bnsim.engine.statistics.running import RunningStats, precise_stats
from bnsim.engine.theory.running_averages import running_expectation
from bnsim.engine.theory.standard_errors import spread_error
from bnsim.experiments.train_eval.params import OWN, TrainEvalParams

PRECISE_BATCHES = 100
"""Precise statistics are pooled over so many fresh batches."""


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


def train(p: TrainEvalParams, seen: np.random.Generator, others: np.random.Generator) -> Mapping[str, Running]:
    """Train on `steps` mini-batches, and say what theory expects; "mean" and "var"."""
    batches, states, ended = stream(p, seen, others)
    weights = [0.0 if p.unmoved else p.new_weight or 1 / (t + 1) for t in range(p.steps)]
    theory = running_expectation(
        weights, mean=p.mean, std=p.std, count=p.batch_size, drift=p.drift, unbiased=p.rule.unbiased
    )
    step = np.arange(p.steps + 1)
    moving, still = p.mean + p.drift * np.maximum(step - 1, 0), np.full(step.size, p.std**2)
    mean = (batches[0], states[0], theory.mean, theory.mean_std, moving, ended.mean[1:], 3.0)
    var = (batches[1], states[1], theory.var, theory.var_std, still, ended.var[1:], theory.var_kurtosis)
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


def stream(
    p: TrainEvalParams, seen: np.random.Generator, others: np.random.Generator
) -> tuple[Array, Array, RunningStats]:
    """Return mean and variance of each batch, shape (2, t), the running ones, shape (2, t + 1), and where all ended.

    The repeats are further channels, each with values of its own; the stream that is shown is the first.
    """
    running = RunningStats.start(1 + p.repeats)
    batches, states = np.empty((2, p.steps)), np.empty((2, p.steps + 1))
    states[:, 0] = running.mean[0], running.var[0]
    for t in range(p.steps):
        z = np.hstack([seen.standard_normal((p.batch_size, 1)), others.standard_normal((p.batch_size, p.repeats))])
        batch = batch_stats(p.mean + p.drift * t + p.std * z)
        running = running.update(batch, convention=p.rule, momentum=None if p.momentum == OWN else p.momentum)
        batches[:, t] = batch.mean[0], batch.var[0]
        states[:, t + 1] = running.mean[0], running.var[0]
    return batches, states, running


def precise(p: TrainEvalParams, rng: np.random.Generator) -> tuple[float, float]:
    """Return mean and variance pooled over fresh batches of the population as it is after training."""
    drawn = batch_stats(p.center + p.std * rng.standard_normal((p.batch_size, PRECISE_BATCHES)))
    pooled = precise_stats(
        BatchStats(drawn.mean[at, None], drawn.var[at, None], drawn.count) for at in range(PRECISE_BATCHES)
    )
    return float(pooled.mean[0]), float(pooled.var[0])
