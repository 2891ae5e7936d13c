"""A batch normalized whole and in parts: outputs, gradients, and where the running statistics go."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import BatchNormForward, batch_norm, batch_norm_backward
from bnsim.engine.normalization.variants import GhostForward, ghost_batch_norm, ghost_batch_norm_backward
from bnsim.engine.statistics.batch import BatchStats
from bnsim.engine.statistics.merging import Statistics
from bnsim.engine.statistics.running import Convention, GhostRule, InBatches, RunningStats, weights_after
from bnsim.experiments.micro_batches.params import LARGEST_BATCH, MicroBatchesParams, kept_by, sizes_of

BIASED = Convention.FLAX
"""A convention that keeps the variances as they are; the weight of a new batch is given."""


@dataclass(frozen=True)
class Kept:
    """What one rule keeps: how much of the old a step forgets, mean and variance after a step, and in the long run."""

    step_weight: float
    mean: float
    var: float
    settled_mean: float
    settled_var: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """A batch whole and in parts.

    `drawn`: the normal values that all sizes of the batch begin with. `sizes`, `means`, `variances`: of the parts.
    `x_hat`: "whole" and "parts". `within`, `between`: what the variance of the whole is the sum of. `output_change`,
    `gradient_change`: see `text.toml`; `gamma_change`, `beta_change`: of the gradients of scale and shift, relative to
    the former's size. `rules`: what "each", "mean", "first" and "whole" keep; `rule`: the one of the settings.
    """

    params: MicroBatchesParams
    drawn: Array
    x: Array
    sizes: Array
    means: Array
    variances: Array
    whole: BatchStats
    within: float
    between: float
    x_hat: Mapping[str, Array]
    output_change: float
    gradient_change: float
    gamma_change: float
    beta_change: float
    last_weight: float
    same_momentum: float
    rules: Mapping[str, Kept]
    rule: str


def run(params: MicroBatchesParams) -> Outcome:
    """Normalize a batch whole and in parts, send a gradient back through both, and keep what each rule keeps."""
    drawn, gradient = np.random.default_rng(params.seed).standard_normal((2, LARGEST_BATCH))
    x = values_of(drawn, params)
    sizes = sizes_of(params)
    whole = batch_norm(x, eps=params.eps)
    parts = ghost_batch_norm(x, sizes, eps=params.eps)
    # Synchronized parts share what their own merge to: the statistics of the whole batch.
    taken = ghost_batch_norm(x, len(x), eps=params.eps) if params.way == "synchronized" else parts
    means, variances = (np.array([float(getattr(part, name)) for part in parts.batches]) for name in ("mean", "var"))
    change, gamma_change, beta_change = gradient_changes(gradient[: len(x)], whole, taken)
    return Outcome(
        params=params,
        drawn=drawn,
        x=x,
        sizes=np.array(sizes),
        means=means,
        variances=variances,
        whole=BatchStats(whole.mean, whole.var, whole.count),
        within=float(np.average(variances, weights=sizes)),
        between=float(np.average(np.square(means - float(whole.mean)), weights=sizes)),
        x_hat={"whole": whole.y, "parts": taken.y},
        output_change=math.sqrt(np.square(taken.y - whole.y).mean()),
        gradient_change=change,
        gamma_change=gamma_change,
        beta_change=beta_change,
        last_weight=params.batch_size / (len(sizes) * sizes[-1]),
        same_momentum=same_forgetting(params.momentum, len(sizes)),
        rules=rules_of(whole, parts, params.momentum),
        rule=kept_by(params),
    )


def values_of(drawn: Array, p: MicroBatchesParams) -> Array:
    """Return the batch: normal values, with a mean that rises from its first to its last by `trend` in all."""
    place = (np.arange(p.batch_size) + 0.5) / p.batch_size - 0.5
    return np.asarray(drawn[: p.batch_size] + p.trend * place)


def gradient_changes(dy: Array, whole: BatchNormForward, parts: GhostForward) -> tuple[float, float, float]:
    """Return how far the parts' gradients of x, gamma and beta are from the whole batch's, relative to their size."""
    right, found = batch_norm_backward(dy, whole), ghost_batch_norm_backward(dy, parts)
    sizes = [float(np.linalg.norm(each)) for each in right]
    off = [float(np.linalg.norm(other - each)) for each, other in zip(right, found, strict=True)]
    return off[0] / sizes[0], off[1] / sizes[1], off[2] / sizes[2]


def same_forgetting(momentum: float, parts: int) -> float:
    """Return the momentum with which so many updates forget as much as one does with the given one."""
    return -math.expm1(math.log1p(-momentum) / parts) if momentum < 1 else 1.0


def rules_of(whole: BatchNormForward, parts: GhostForward, momentum: float) -> dict[str, Kept]:
    """Return what each rule keeps of a batch, after a step from mean 0 and variance 1, and if such batches go on."""
    first = parts.batches[0]
    moved = {
        "each": updated(parts, momentum, GhostRule.EACH),
        "mean": updated(parts, momentum, GhostRule.MEAN),
        "first": updated(first, momentum),
        "whole": updated(whole, momentum),
    }
    count = len(parts.batches)
    weights = {
        "each": weights_after([momentum] * count)[1:],
        "mean": np.array([part.count for part in parts.batches], dtype=np.float64),
        "first": np.eye(count)[0],
    }
    forgets = {name: forgotten(momentum, count if name == "each" else 1) for name in moved}
    settled = {name: settled_of(parts, weight) for name, weight in weights.items()}
    settled["whole"] = (float(whole.mean), float(whole.var))
    return {
        name: Kept(forgets[name], float(running.mean), float(running.var), *settled[name])
        for name, running in moved.items()
    }


def updated(forward: Statistics | InBatches, momentum: float, rule: GhostRule = GhostRule.EACH) -> RunningStats:
    """Return the running statistics after a step that starts from mean 0 and variance 1."""
    start = RunningStats(np.array(0.0), np.array(1.0))
    return start.update(forward, convention=BIASED, momentum=momentum, ghosts=rule)


def forgotten(momentum: float, updates: int) -> float:
    """Return how much of the old a number of updates forgets: 1 - (1 - momentum)**updates, with all its digits."""
    return -math.expm1(updates * math.log1p(-momentum)) if momentum < 1 else 1.0


def settled_of(parts: GhostForward, weights: Array) -> tuple[float, float]:
    """Return mean and variance towards which running statistics go that give the parts these weights."""
    found = (np.array([float(getattr(part, name)) for part in parts.batches]) for name in ("mean", "var"))
    mean, var = (float(np.average(values, weights=weights)) for values in found)
    return mean, var
