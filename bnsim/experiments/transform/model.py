"""One mini-batch normalized in training mode, and the tracked activation sent through with its statistics."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.data.hidden import pre_activations
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.statistics.densities import histogram, histogram_outline, normal_curve
from bnsim.engine.theory.closed_forms import mean_standard_error, std_standard_error, x_hat_bound
from bnsim.experiments.transform.params import MADE, TransformParams, images_of

STAGES = ("raw", "normalized", "output")
"""The three stages of batch normalization, in the order in which they happen."""

NO_BARS = (np.empty(0), np.empty(0), np.empty(0))

ROUNDING = 1e-12
"""By how many standard deviations an exact batch may miss its moments: a thousand times what float64 needs."""


@dataclass(frozen=True, eq=False)
class Stage:
    """The batch at one stage, of shape (N,), its mean and biased std, and the tracked sample there.

    `value`, `density`: the outline of its density, shape (points,): the normal curve of its moments where the batch has
    exactly those that were set, else its histogram. Without spread all mass is in one value: density 0 and infinity.
    """

    members: Array
    mean: float
    std: float
    tracked: float
    value: Array
    density: Array


@dataclass(frozen=True, eq=False)
class Outcome:
    """One batch before and after; the tracked sample; what the batch was drawn from.

    `mean` and `std` are the batch's. An exact batch has those that were set, and `is_exact` is true; what float64
    leaves of the difference (a few units in the last place) is in the batch itself and in what is made of it. Where
    float64 cannot hold such a batch, or one example has no spread, they are measured.

    `stages`: by name, "raw", "normalized", "output". `x_hat`, `y`: of the tracked sample. `root`: sqrt(var + eps).
    `bound`: what |x_hat| of a member cannot exceed. `identity_error`: largest |y - x| of a member; `largest_sum` bounds
    |y| + |x|. `z_mean`, `z_std`: moments of z with batch = mean + std z.
    `standardized`: members in standard deviations from their mean, shape (N,), 0 without spread; `bars` its histogram
    (left, right, density). `errors`: standard errors of mean and biased std if the batch was drawn, else NaN.
    """

    params: TransformParams
    mean: float
    std: float
    is_exact: bool
    root: float
    x_hat: float
    y: float
    bound: float
    is_member: bool
    identity_error: float
    largest_sum: float
    stages: Mapping[str, Stage]
    z_mean: float
    z_std: float
    standardized: Array
    bars: tuple[Array, Array, Array]
    errors: tuple[float, float]

    @property
    def size(self) -> int:
        """How many examples the batch has."""
        return int(self.standardized.size)


def cost(p: TransformParams) -> float:
    """Return about how many seconds a run takes, mostly for the histograms of a batch that is not exact."""
    size = len(p.values) if p.source == "own" else p.batch_size
    return size * (5e-8 if p.source == "exact" else 1.2e-7)


def run(params: TransformParams) -> Outcome:
    """Normalize one mini-batch in training mode, and send the tracked activation through with its statistics."""
    p, z = params, standard_draw(params)
    batch = p.mean + p.std * z if p.source in MADE else given_batch(p)
    forward = batch_norm(batch, p.gamma, p.beta, eps=p.eps)
    mean, std = float(forward.mean), math.sqrt(float(forward.var))
    room = ROUNDING * p.std
    is_exact = p.source == "exact" and abs(mean - p.mean) <= room and abs(std - p.std) <= room
    if is_exact:
        mean, std = p.mean, p.std
    root = divisor(std, p.eps)
    x_hat = (p.x - mean) / root
    y = p.gamma * x_hat + p.beta
    standardized = (batch - mean) / std if std > 0 else np.zeros(batch.size)
    z_mean, z_std = moments(z) if p.source == "sample" else (0.0, float(batch.size > 1))
    parts = zip(STAGES, (batch, forward.x_hat, forward.y), (p.x, x_hat, y), strict=True)
    stages = {name: stage(values, tracked, normal=p.source == "exact") for name, values, tracked in parts}
    # Of the scale and x_hat: y itself has lost digits where beta is large against gamma.
    stages["output"] = replace(stages["output"], std=abs(p.gamma) * stages["normalized"].std)
    return Outcome(
        params=p,
        mean=mean,
        std=std,
        is_exact=is_exact,
        root=root,
        x_hat=x_hat,
        y=y,
        bound=x_hat_bound(batch.size),
        is_member=bool(np.any(batch == p.x)),
        identity_error=float(np.max(np.abs(forward.y - batch))),
        largest_sum=float(np.max(np.abs(forward.y)) + np.max(np.abs(batch))),
        stages=stages,
        z_mean=z_mean,
        z_std=z_std,
        standardized=standardized,
        bars=histogram(standardized) if batch.size > 1 and p.source != "exact" else NO_BARS,
        errors=standard_errors(p),
    )


def divisor(std: float, eps: float) -> float:
    """Return what x - mean is divided by."""
    return math.sqrt(std**2 + eps)


def standard_draw(p: TransformParams) -> Array:
    """Return z, shape (N,), with batch = mean + std z; for `exact` it has mean 0 and biased std 1 (N = 1: it is 0)."""
    if p.source not in MADE:
        return np.empty(0)
    z = np.random.default_rng(p.seed).standard_normal(p.batch_size)
    if p.source == "sample":
        return z
    if p.batch_size == 1:
        return np.zeros(1)
    for _ in range(2):  # the second pass removes what rounding left of the first
        stats = batch_stats(z)
        z = (z - stats.mean) / np.sqrt(stats.var)
    return z


def given_batch(p: TransformParams) -> Array:
    """Return the user's numbers, or the pre-activations of one hidden unit on consecutive images, shape (N,)."""
    if p.source == "own":
        return p.values.array
    pool = images_of(p.digit)
    start = int(np.searchsorted(pool, p.first_image))
    chosen = pool[(start + np.arange(p.batch_size)) % pool.size]
    return pre_activations(p.unit, load_digits().images[chosen])


def stage(values: Array, tracked: float, *, normal: bool) -> Stage:
    """Return the batch at one stage, values of shape (N,), with its moments and the outline of its density."""
    mean, std = moments(values)
    value, density = normal_curve(mean, std) if normal else histogram_outline(values)
    if not value.size:
        value, density = np.full(2, mean), np.array([0.0, np.inf])
    return Stage(values, mean, std, tracked, value, density)


def moments(values: Array) -> tuple[float, float]:
    """Return mean and biased standard deviation of an array of shape (N,)."""
    stats = batch_stats(values)
    return float(stats.mean), math.sqrt(float(stats.var))


def standard_errors(p: TransformParams) -> tuple[float, float]:
    """Return the standard errors of the mean and of the biased std of a random sample; NaN for other batches."""
    if p.source != "sample":
        return math.nan, math.nan
    return mean_standard_error(p.std, p.batch_size), std_standard_error(p.std, p.batch_size)
