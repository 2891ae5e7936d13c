"""Batches of N, simulated with the engine at the chosen N and at others, beside what theory says of them."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np

from bnsim.engine.normalization.batchnorm import batch_norm, batch_norm_backward
from bnsim.engine.statistics.densities import outline
from bnsim.engine.theory.batch_errors import closed_batch_errors, exact_batch_errors, member_distance
from bnsim.engine.theory.closed_forms import (
    gradient_of_two,
    pair_gradient_median_ratio,
    pair_gradient_rms_ratio,
    x_hat_bound,
)
from bnsim.experiments.batch_size.distributions import Bars, Curve, bars_of, normal_theory
from bnsim.experiments.batch_size.params import BatchSizeParams, Source
from bnsim.experiments.batch_size.simulation import (
    Estimate,
    error_estimates,
    estimates,
    population,
    share_estimate,
    simulate,
    simulate_errors,
    simulate_shares,
    simulate_spread,
)
from bnsim.experiments.batch_size.sweep import Place, sweep_of

SIZES = (1, 2, 3, 4, *(2**k for k in range(3, 11)))
"""The batch sizes at which every curve is also simulated."""

FINE_SIZES = sorted({*range(1, 17), *(round(2 ** (k / 4)) for k in range(16, 41))})
"""The batch sizes at which the curves of theory are drawn."""

VALUES_PER_SIZE, FEWEST_BATCHES = 2**12, 16
"""So many values are drawn at most for each of the sizes simulated beside the chosen one, but so many batches at least:
fewer would not tell their own standard error."""

BASE, VALUE = 5e-3, 2e-8
"""Seconds that a run takes whatever is set, and per value drawn."""

DOUBLINGS = tuple(2**k for k in range(1, 7))

ERRORS = ("mean", "var", "x_hat")
"""What is off by less the larger the batch is."""

DISTANCES = (4.0, 2.0, 1.0, 0.5, 0.1, 0.01, 0.001, 0.0)
"""Of the two values in batches of two."""

USUAL = 1.0
"""The distance of the two values of the batch that is looked at by way of example."""


@dataclass(frozen=True)
class Comparison:
    """One quantity at the chosen N: closed form, exact value, simulated value, how far off; in how many batches."""

    quantity: str
    closed_form: float
    exact: float
    simulated: float
    standard_error: float
    standard_errors_off: float
    repeats: int


@dataclass(frozen=True)
class Point:
    """One quantity at one batch size: exact for normal values, and simulated."""

    quantity: str
    batch_size: int
    exact: float
    simulated: float
    standard_error: float


@dataclass(frozen=True)
class PairRow:
    """A batch of two, and what reaches it of the gradient (1, 0): from the engine, and in closed form."""

    distance: float
    var: float
    x_hat: float
    dx: float
    closed_form: float


@dataclass(frozen=True)
class Pairs:
    """Batches of two, ever closer to each other; the `usual` one that is looked at by way of example.

    `median`, `rms`: of |dx| of pairs of normal values, over the root mean square of dy.
    """

    rows: tuple[PairRow, ...]
    usual: PairRow
    median: float
    rms: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """The simulation at the chosen N and at others, and what it is to be held against.

    `compared`: every quantity at N, by name. `bound`: what |x_hat| cannot exceed; `largest`: the largest one seen.
    `distance`: of the members from the distribution of x_hat in theory. `exact_twice`: the exact error of x_hat at
    2 N; `gain` the error at N over it. `sizes`: all errors at `SIZES`. `theory`: the curves, rows of quantity, batch
    size and value. `kurtosis`: of the population. `sweep`: exact errors at places of the slider.
    """

    params: BatchSizeParams
    compared: Mapping[str, Comparison]
    bound: float
    largest: float
    distance: float
    exact_twice: float
    gain: float
    sizes: tuple[Point, ...]
    theory: tuple[tuple[str, int, float], ...]
    pairs: Pairs
    kurtosis: float
    sweep: tuple[Place, ...]


@dataclass(frozen=True, eq=False)
class Complete(Outcome):
    """With what else was simulated.

    `gradients`: the gradient's share at `SIZES`; `doublings`: by what factor errors fall. `bars`, `curves`: what was
    simulated at N and theory (of real digits the outline of the bars), by name.
    """

    gradients: tuple[Point, ...]
    doublings: tuple[Point, ...]
    bars: Mapping[str, Bars]
    curves: Mapping[str, Curve]


def run(params: BatchSizeParams) -> Outcome:
    """Draw many batches of N values and send each through the engine, forward and backward."""
    p, n, normal = params, params.batch_size, params.source == "normal"
    batches = simulate(p, n, p.repeats)
    here = estimates(batches, n)
    exact_twice = exact_value("x_hat", 2 * n, p.eps)
    kurtosis = 3.0 if normal else float(np.mean(np.square(np.square(population(p.unit)))))
    return Outcome(
        params=p,
        compared=compared(here, n, p.eps),
        bound=x_hat_bound(n),
        largest=float(batches.largest.max()),
        distance=member_distance(batches.first, n),
        exact_twice=exact_twice,
        gain=exact_value("x_hat", n, p.eps) / exact_twice,
        sizes=tuple(point(*key, estimate, p.eps) for key, estimate in errors_beside(p, here).items()),
        theory=theory(p.eps),
        pairs=pairs_of(p.eps),
        kurtosis=kurtosis,
        sweep=sweep_of(p, kurtosis),
    )


def complete(o: Outcome) -> Complete:
    """Send gradients back through batches of other sizes, and see how those of N are spread."""
    p, n, gradient = o.params, o.params.batch_size, o.compared["gradient"]
    normal = p.source == "normal"
    shares = dict(shares_at_sizes(p.source, 0 if normal else p.unit, p.repeats, p.eps, p.seed))
    if n in shares:
        shares[n] = Estimate(gradient.simulated, gradient.standard_error, gradient.repeats)
    errors = {(each.quantity, each.batch_size): each for each in o.sizes}
    spread = simulate_spread(p, n, p.repeats)
    bars = {name: bars_of(name, spread, n) for name in ERRORS}
    return Complete(
        **vars(o),
        gradients=tuple(point("gradient", size, estimate, p.eps) for size, estimate in shares.items()),
        doublings=tuple(doubling(errors[name, size], errors[name, 2 * size]) for name in ERRORS for size in DOUBLINGS),
        bars=bars,
        curves={name: normal_theory(name, n) if normal else Curve(*outline(*bars[name])) for name in ERRORS},
    )


def errors_beside(p: BatchSizeParams, here: Mapping[str, Estimate]) -> Mapping[tuple[str, int], Estimate]:
    """Return every error at each of `SIZES`; at the chosen N what was simulated there."""
    unit = 0 if p.source == "normal" else p.unit
    beside = errors_at_sizes(p.source, unit, p.repeats, p.eps, p.seed)
    return {key: here[key[0]] if key[1] == p.batch_size else estimate for key, estimate in beside.items()}


def cost(p: BatchSizeParams) -> float:
    """Return about how many seconds `run` takes, if nothing of it has been drawn before."""
    beside = sum(size * min(p.repeats, batches_at(size)) for size in SIZES)
    return BASE + VALUE * float(p.batch_size * p.repeats + 2 * beside)


def compared(simulated: Mapping[str, Estimate], size: int, eps: float) -> dict[str, Comparison]:
    """Return every quantity beside its theory, by name."""
    closed, exact = asdict(closed_batch_errors(size)), asdict(exact_batch_errors(size, eps))
    comparisons = {}
    for name, estimate in simulated.items():
        off = (estimate.value - exact[name]) / estimate.error if estimate.error > 0 else math.nan
        comparisons[name] = Comparison(
            name, closed[name], exact[name], estimate.value, estimate.error, off, estimate.repeats
        )
    return comparisons


@lru_cache(maxsize=16)  # the same for every N that somebody tries
def errors_at_sizes(
    source: Source, unit: int, repeats: int, eps: float, seed: int
) -> Mapping[tuple[str, int], Estimate]:
    """Return every error, simulated at each of `SIZES`."""
    p = BatchSizeParams(source=source, unit=unit, eps=eps, seed=seed)
    at = {size: errors_at(p, size, min(repeats, batches_at(size))) for size in SIZES}
    return {(name, size): at[size][name] for name in ERRORS for size in SIZES}


@lru_cache(maxsize=16 * len(SIZES))  # most sizes have as many batches whatever is repeated how often
def errors_at(p: BatchSizeParams, size: int, repeats: int) -> Mapping[str, Estimate]:
    """Return every error, simulated at one size.

    N and repeats of the parameters play no part; so that a result is found again they are those that `p` begins with.
    """
    return error_estimates(simulate_errors(p, size, repeats), size)


@lru_cache(maxsize=16)
def shares_at_sizes(source: Source, unit: int, repeats: int, eps: float, seed: int) -> Mapping[int, Estimate]:
    """Return the gradient's share, simulated at each of `SIZES`."""
    p = BatchSizeParams(source=source, unit=unit, eps=eps, seed=seed)
    counts = {size: min(repeats, batches_at(size)) for size in SIZES}
    return {size: share_estimate(simulate_shares(p, size, count)) for size, count in counts.items()}


def batches_at(size: int) -> int:
    """Return how many batches are drawn at most of a size that is simulated beside the chosen one."""
    return max(VALUES_PER_SIZE // size, FEWEST_BATCHES)


def point(name: str, size: int, estimate: Estimate, eps: float) -> Point:
    """Return a simulated quantity beside its exact value."""
    return Point(name, size, exact_value(name, size, eps), estimate.value, estimate.error)


def doubling(one: Point, two: Point) -> Point:
    """Return by what factor an error falls from N to 2 N: exact for normal values, and simulated."""
    factor = one.simulated / two.simulated
    error = factor * math.hypot(one.standard_error / one.simulated, two.standard_error / two.simulated)
    return Point(one.quantity, one.batch_size, one.exact / two.exact, factor, error)


def exact_value(name: str, size: int, eps: float) -> float:
    """Return one of the exact errors by its name."""
    return float(getattr(exact_batch_errors(size, eps), name))


@lru_cache(maxsize=16)
def theory(eps: float) -> tuple[tuple[str, int, float], ...]:
    """Return the exact errors, the first order of that of x_hat, and the gradient's share over a fine grid of N."""
    errors = [(name, size) for name in ERRORS for size in FINE_SIZES if size > 1 or name != "var"]
    return (
        *((name, size, exact_value(name, size, eps)) for name, size in errors),
        *(("first_order", size, closed_batch_errors(size).x_hat) for size in FINE_SIZES),
        *(("gradient", size, exact_value("gradient", size, eps)) for size in FINE_SIZES),
    )


@lru_cache(maxsize=64)
def pairs_of(eps: float) -> Pairs:
    """Return batches of two, and how much of a gradient reaches normal ones."""
    rows = tuple(pair_of(distance, eps) for distance in DISTANCES)
    usual = rows[DISTANCES.index(USUAL)]
    return Pairs(rows, usual, pair_gradient_median_ratio(eps), pair_gradient_rms_ratio(eps))


def pair_of(distance: float, eps: float) -> PairRow:
    """Return a batch of two values so far apart, and its gradient."""
    forward = batch_norm(np.array([-distance / 2, distance / 2]), eps=eps)
    dx, _, _ = batch_norm_backward(np.array([1.0, 0.0]), forward)
    var = float(forward.var)
    return PairRow(distance, var, float(forward.x_hat[1]), float(np.abs(dx).max()), gradient_of_two(var, 1.0, eps))
