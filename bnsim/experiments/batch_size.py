"""How small can a batch be?"""  # noqa: D400 - a question

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal, TypeAlias

import numpy as np
import pandas as pd
from pydantic import Field

from bnsim.charts.batch_size import backward_template, doubling_template, errors_template, estimates_template
from bnsim.charts.batch_size import members_template as x_hat_template
from bnsim.charts.template import Figure
from bnsim.data.digits import load_digits
from bnsim.data.hidden import pre_activations
from bnsim.engine import closed_forms as laws
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm, batch_norm_backward
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.statistics.densities import histogram, normal_curve
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.text import number, operands, to_error

LARGEST_BATCH = 1024
SIZES = (1, 2, 3, 4, *(2**k for k in range(3, 11)))
"""The batch sizes at which every curve is also simulated."""

VALUES_PER_SIZE = 2**16
"""So many values are drawn at most for each of these sizes."""

AT_ONCE, SLOW, MOST_VALUES = 2**16, 500_000, 4_000_000
"""Values simulated in one piece; from where on a reader is told that it takes longer; in all."""

ROUNDING = 1e-12
"""A relative standard error below this is not one: all batches gave the same but for rounding."""

DOUBLINGS = tuple(2**k for k in range(1, 7))
BINS, REACH = 60, 5.0
"""x_hat is counted in so many bins, up to its bound or so far."""

ERRORS = ("mean", "var", "x_hat")
PAIR = (np.array([-0.5, 0.5]), np.array([1.0, 0.0]))
"""A batch of two one standard deviation apart, and a gradient with respect to its output."""


Source: TypeAlias = Literal["normal", "digits"]


class BatchSizeParams(Params):
    """A population, batches of N drawn from it, and how often."""

    batch_size: Annotated[
        int,
        Field(ge=1, le=LARGEST_BATCH),
        Control(
            "Batch size", symbol="N", slider=(1, 256, 1),
            help="How many values share one mean and one variance. For a convolution that is images × height × width.",
        ),
    ] = 16  # fmt: skip
    repeats: Annotated[
        int,
        Field(ge=100, le=20_000),
        Control(
            "Batches", symbol="R", slider=(100, 5000, 100),
            help="How many batches of N are drawn: four times as many halve the uncertainty of the simulation.",
        ),
    ] = 2000  # fmt: skip
    source: Annotated[
        Source,
        Control(
            "Values", choices={"normal": "Normal", "digits": "Real digits, one hidden unit"},
            help="What the batches are drawn from: normal values, for which the laws are derived, or real activations.",
        ),
    ] = "normal"  # fmt: skip
    unit: Annotated[
        int,
        Field(ge=0, le=31),
        Control(
            "Hidden unit", when=("source", ("digits",)),
            help="Which of the 32 hidden units of a small trained digit classifier to draw from.",
        ),
    ] = 0  # fmt: skip
    eps: Annotated[
        float,
        Field(ge=1e-15, le=0.01),
        Control(
            "Epsilon", symbol="ε", choices={1e-5: "1e-5 · PyTorch", 1e-3: "1e-3 · Keras", 1e-12: "1e-12"},
            help="Added to the variance under the root, in units of the population variance. Up to 0.01 may be typed.",
        ),
    ] = 1e-5  # fmt: skip
    seed: Annotated[
        int, Field(ge=0, le=2**32 - 1), Control("Seed", help="The same seed always gives the same draw.")
    ] = 0

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield how much may be drawn."""
        if self.batch_size * self.repeats > MOST_VALUES:
            yield (
                ("batch_size", "repeats"),
                f"batch_size times repeats must be at most {MOST_VALUES}; got {self.batch_size} times {self.repeats}. "
                f"repeats up to {MOST_VALUES // self.batch_size} will do.",
            )


@dataclass(frozen=True)
class Estimate:
    """A number from a simulation, and the standard error that the simulation itself gives it."""

    value: float
    error: float

    @property
    def shown(self) -> float:
        """The value to two digits of its standard error: the others would be noise."""
        return to_error(self.value, self.error)


@dataclass(frozen=True, eq=False)
class Simulation:
    """What batch norm did to R batches of N values of a population with mean 0 and std 1.

    Attributes
    ----------
    mean, var, inv_std : array, shape (R,)
        The engine's statistics of each batch.
    squared_error : array, shape (R,)
        Mean over the members of (x_hat - x)^2: x is what x_hat would be with the population's statistics.
    fourth : array, shape (R,)
        Mean over the members of x_hat^4.
    share : array, shape (R,)
        How much of |dy / sqrt(var + eps)|^2 is left in |dx|^2, for a random dy.
    first : array, shape (R,)
        x_hat of the first member, in units of the batch's own spread of x_hat.
    counts : array, shape (60,)
        Histogram of all members' x_hat over `edges_of(N)`.
    largest : float
        The largest |x_hat| of all members.
    """

    size: int
    mean: Array
    var: Array
    inv_std: Array
    squared_error: Array
    fourth: Array
    share: Array
    first: Array
    counts: Array
    largest: float

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """Every quantity that has a law, by name."""
        n = self.size
        of_var = root_mean(np.square(self.var * n / (n - 1) - 1)) if n > 1 else Estimate(math.inf, 0.0)
        return {
            "mean": root_mean(np.square(self.mean)),
            "var": of_var,
            "x_hat": root_mean(self.squared_error),
            "scale": average(self.inv_std),
            "gradient": root_mean(self.share),
            "var_mean": average(self.var),
            "kurtosis": average(self.fourth),
        }


def average(values: Array) -> Estimate:
    """Return the mean of independent values, shape (R,), with its standard error."""
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size)
    return Estimate(mean, error if error > ROUNDING * abs(mean) else 0.0)


def root_mean(squares: Array) -> Estimate:
    """Return the root of the mean of independent squares, shape (R,); its standard error by the delta method."""
    mean = average(squares)
    root = math.sqrt(mean.value)
    return Estimate(root, mean.error / (2 * root) if root else 0.0)


@lru_cache(maxsize=33)
def population(unit: int) -> Array:
    """Return the pre-activations of one hidden unit on all digits, shape (1797,), with mean 0 and biased std 1."""
    values = pre_activations(unit, load_digits().images)
    stats = batch_stats(values)
    return np.asarray((values - stats.mean) / math.sqrt(float(stats.var)))


def simulate(p: BatchSizeParams, size: int, repeats: int) -> Simulation:
    """Send `repeats` batches of `size` values, and a random gradient for each, through the engine, piece by piece."""
    rng = np.random.default_rng((p.seed, size))
    pieces = []
    for start in range(0, repeats, max(1, AT_ONCE // size)):
        shape = (size, min(max(1, AT_ONCE // size), repeats - start))
        normal = p.source == "normal"
        x = rng.standard_normal(shape) if normal else population(p.unit)[rng.integers(0, population(0).size, shape)]
        pieces.append(measured(x, rng.standard_normal(shape), p.eps))
    mean, var, inv_std, squared_error, fourth, share, first = (
        np.concatenate(parts) for parts in zip(*(piece[:7] for piece in pieces), strict=True)
    )
    counts, largest = np.sum([piece[7] for piece in pieces], axis=0), max(piece[8] for piece in pieces)
    return Simulation(size, mean, var, inv_std, squared_error, fourth, share, first, counts, largest)


def edges_of(size: int) -> Array:
    """Return the edges, shape (61,), of the bins in which x_hat is counted: none reaches over the bound."""
    reach = min(laws.x_hat_bound(size), REACH) if size > 1 else REACH
    return np.linspace(-reach, reach, BINS + 1)


def measured(x: Array, dy: Array, eps: float) -> tuple[Array, Array, Array, Array, Array, Array, Array, Array, float]:
    """Return the fields of a `Simulation` for x and dy of shape (N, R): each column is a batch."""
    forward = batch_norm(x, eps=eps)
    dx, _, _ = batch_norm_backward(dy, forward)
    x_hat, squares = forward.x_hat, np.square(forward.x_hat)
    spread, edges = np.sqrt(forward.var) * forward.inv_std, edges_of(len(x))
    received = np.square(forward.inv_std) * np.einsum("nr,nr->r", dy, dy)
    return (
        forward.mean, forward.var, forward.inv_std,
        np.square(x_hat - x).mean(axis=0), np.square(squares).mean(axis=0),
        np.einsum("nr,nr->r", dx, dx) / received,
        np.divide(x_hat[0], spread, out=np.zeros_like(spread), where=spread > 0),
        np.histogram(np.clip(x_hat, edges[0], edges[-1]), edges)[0], math.sqrt(float(squares.max())),
    )  # fmt: skip


@lru_cache(maxsize=16)
def sweep(source: Source, unit: int, repeats: int, eps: float, seed: int) -> Mapping[tuple[str, int], Estimate]:
    """Return every error and the gradient's share, simulated at each of `SIZES`."""
    p = BatchSizeParams(source=source, unit=unit, eps=eps, seed=seed)
    found = {size: simulate(p, size, min(repeats, VALUES_PER_SIZE // size)).estimates for size in SIZES}
    return {(name, size): found[size][name] for name in (*ERRORS, "gradient") for size in SIZES}


def over_batches(size: int, *of_var: Callable[[Array], Array]) -> list[float]:
    """Return the expectation of functions of the variance v of N >= 2 normal values: N v is chi-squared with N - 1.

    By the trapezoidal rule in log(v): the integrand is smooth and vanishes at both ends, so it is exact to rounding.
    """
    k = size - 1
    width = math.sqrt(2 / k)
    t = np.arange(-75, 15, 0.05) * width  # log(chi^2 / k)
    weight = np.exp(k / 2 * (t - np.expm1(t)))  # the density, up to a factor
    v = k / size * np.exp(t)
    return [float(weight @ f(v) / weight.sum()) for f in of_var]


@lru_cache(maxsize=4096)
def exact(size: int, eps: float) -> dict[str, float]:
    """Return what the simulation should find for normal values, with eps and without any approximation."""
    if size == 1:
        alone = {"mean": 1.0, "var": math.inf, "x_hat": 1.0, "scale": 1 / math.sqrt(eps), "gradient": 0.0}
        return {**alone, "var_mean": 0.0, "kurtosis": 0.0}
    kept, kept_twice, product, scale, lost = over_batches(
        size,
        lambda v: v / (v + eps),
        lambda v: np.square(v / (v + eps)),
        lambda v: v / np.sqrt(v + eps),
        lambda v: 1 / np.sqrt(v + eps),
        lambda v: np.square(eps / (v + eps)),
    )
    return {
        "mean": laws.mean_standard_error(1, size),
        "var": laws.var_relative_error(size),
        # The mean over a batch of x_hat^2 is v / (v + eps), of x_hat x it is v / sqrt(v + eps).
        "x_hat": math.sqrt(kept + 1 - 2 * product),
        "scale": scale,
        # Along 1 nothing passes, along x_hat the share eps / (v + eps), along the other N - 2 directions all of it.
        "gradient": math.sqrt((size - 2 + lost) / size),
        "var_mean": (size - 1) / size,
        "kurtosis": laws.x_hat_kurtosis(size) * kept_twice,
    }


def closed(size: int) -> dict[str, float]:
    """Return the closed forms: eps neglected, and for x_hat the first order in 1 / N."""
    several = size > 1
    return {
        "mean": laws.mean_standard_error(1, size),
        "var": laws.var_relative_error(size) if several else math.inf,
        "x_hat": laws.mean_companion_noise(size),
        "scale": laws.mean_inverse_std(size) if several else math.inf,
        "gradient": laws.gradient_share(size) if several else 0.0,
        "var_mean": (size - 1) / size,
        "kurtosis": laws.x_hat_kurtosis(size) if several else 0.0,
    }


@dataclass(frozen=True, eq=False)
class Outcome:
    """The simulation at the chosen N, and what it is to be held against."""

    params: BatchSizeParams
    simulation: Simulation

    @property
    def size(self) -> int:
        """The batch size N."""
        return self.params.batch_size

    @cached_property
    def sweep(self) -> Mapping[tuple[str, int], Estimate]:
        """The same simulation at other batch sizes."""
        p = self.params
        return sweep(p.source, p.unit if p.source == "digits" else 0, p.repeats, p.eps, p.seed)

    @cached_property
    def distance(self) -> float:
        """Kolmogorov-Smirnov distance of one member of each batch from the law of x_hat within a batch."""
        first = np.sort(self.simulation.first)
        if self.size < 3:  # one value is on the mean; of two values one is as likely above it as below
            return float(abs(np.mean(first > 0) - 0.5)) if self.size == 2 else 0.0
        # With x_hat = sqrt(N - 1) sin(a), the law is proportional to cos(a)^(N - 3).
        angle = np.linspace(-math.pi / 2, math.pi / 2, 4001)
        density = np.abs(np.cos(angle)) ** (self.size - 3)
        below = np.concatenate(([0.0], np.cumsum(density[1:] + density[:-1])))
        reached = np.arcsin(np.clip(first / laws.x_hat_bound(self.size), -1, 1))
        law, count = np.interp(reached, angle, below / below[-1]), np.arange(first.size + 1) / first.size
        return float(max(np.max(count[1:] - law), np.max(law - count[:-1])))


def run(params: BatchSizeParams) -> Outcome:
    """Draw many batches of N values and send each through the engine, forward and backward."""
    return Outcome(params, simulate(params, params.batch_size, params.repeats))


def pair_gradient(eps: float) -> float:
    """Return |dx| of the batch of two that is looked at by way of example, from the engine."""
    dx, _, _ = batch_norm_backward(PAIR[1], batch_norm(PAIR[0], eps=eps))
    return float(np.abs(dx).max())


KOLMOGOROV, FAIR = 1.358, 0.980
"""Times 1 / √R: what 5 % of the largest gaps exceed, to a continuous law, and to the share ½ of a fair coin."""


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return what was simulated, each beside its law, and then the laws by themselves."""
    n, eps, found = o.size, number(o.params.eps), o.simulation.estimates
    law, right = closed(n), exact(n, o.params.eps)
    of_any, of_normal = ("for any values ", "for normal values ") if o.params.source == "digits" else ("", "")

    def simulated(key: str, name: str, formula: str) -> Readout:
        drawn = f"± {number(found[name].error, 2)} (standard error of {o.params.repeats} batches)"
        return Readout(key, found[name].shown, f"{formula}; {drawn}")

    def said(name: str) -> str:
        return number(right[name], 6)

    bound, no_variance = number(laws.x_hat_bound(n), 6), "one value has variance 0, whatever the population's"
    of_var = f"{of_normal}√(2 / (N − 1)) = √(2 / {n - 1}) = {said('var')}"
    pair = laws.gradient_of_two(0.25, 1.0, o.params.eps)
    return (
        simulated("mean_noise", "mean", f"{of_any}σ / √N = 1 / √{n} = {said('mean')}"),
        simulated("var_noise", "var", of_var) if n > 1 else Readout("var_noise", math.inf, no_variance),
        simulated("x_hat_noise", "x_hat", f"{of_normal}exactly {said('x_hat')}, {first_order(n, 6)}"),
        simulated(
            "scale_up", "scale",
            f"{of_normal}ε neglected {number(law['scale'], 6)}, with ε = {eps}: {said('scale')}",
        ),
        Readout("largest_x_hat", o.simulation.largest, f"at most √(N − 1) = {bound}, whatever the values"),
        simulated("gradient_share", "gradient", gradient_statement(o)),
        Readout("mean_noise_law", law["mean"], f"{of_any}σ / √N = 1 / √{n}"),
        Readout("var_noise_law", law["var"], f"{of_normal}√(2 / (N − 1)) = √(2 / {n - 1})"),
        Readout("x_hat_noise_law", law["x_hat"], f"{of_normal}√(1.5 / N) = √(1.5 / {n}), the first order in 1 / N"),
        Readout(
            "x_hat_noise_exact", right["x_hat"],
            f"{of_normal}√(1 + E[v / (v + ε)] − 2 E[v / √(v + ε)]), N v ~ χ² with N − 1",
        ),
        Readout("scale_up_law", law["scale"], f"{of_normal}{scale_statement(n)}"),
        Readout("x_hat_bound", laws.x_hat_bound(n), f"whatever the values √(N − 1) = √{n - 1}"),
        Readout("gradient_share_law", law["gradient"], gradient_law(n)),
        Readout("x_hat_distance", o.distance, distance_statement(o)),
        Readout(
            "doubling_gain", gain(o, n),
            f"{of_normal}x̂ error at N = {n} over that at {2 * n} = {gain_operands(o, n)}; 1 / √N alone gives √2",
        ),
        Readout("pair_gradient", pair_gradient(o.params.eps), f"ε / (2 (0.25 + ε)^1.5) = {number(pair, 6)}, ε = {eps}"),
    )  # fmt: skip


def first_order(n: int, digits: int) -> str:
    """Return the error of x_hat to the first order, with its number."""
    return f"√(1.5 / N) = {number(laws.mean_companion_noise(n), digits)}"


def gradient_law(n: int) -> str:
    """Return the law of the gradient with its N: of any values that are not all equal."""
    return f"whatever the values √((N − 2) / N) = √({n - 2} / {n})" if n > 1 else "0: x̂ = 0, whatever x is"


def gradient_statement(o: Outcome) -> str:
    """Return the law of the gradient, which holds for any values, and what ε adds to it, which is for normal ones."""
    neglected, kept = (number(law(o.size, o.params.eps)["gradient"], 6) for law in (lambda n, _: closed(n), exact))
    any_values, normal = ("for any values ", "for normal values ") if o.params.source == "digits" else ("", "")
    return f"{any_values}ε neglected {neglected}, {normal}with ε {kept}"


def distance_statement(o: Outcome) -> str:
    """Return how far draws from the law itself stray: few values of x̂ are no continuum."""
    root = math.sqrt(o.params.repeats)
    if o.size == 1:
        return "one value is its own mean: x̂ = 0, and there is nothing to be apart"
    if o.size == 2:
        return (
            "x̂ = −1 and x̂ = 1 are as likely: how far the share of x̂ > 0 is from ½; of fair coins about 5 % are beyond "
            f"0.98 / √R = {number(FAIR / root, 2)}"
        )
    normal = "for normal values: " if o.params.source == "digits" else ""
    return f"{normal}about 5 % of the draws from the law itself exceed 1.358 / √R = {number(KOLMOGOROV / root, 2)}"


def scale_statement(n: int) -> str:
    """Return the law of E[sigma / s] with its N."""
    if n < 3:
        return f"E[σ / s] for N = {n}: s can be 0 or nearly 0, and only ε keeps the mean finite"
    return f"√(N / 2) Γ((N − 2) / 2) / Γ((N − 1) / 2), for N = {n}"


def gain_operands(o: Outcome, size: int) -> str:
    """Return the two errors of x_hat whose ratio is the gain of doubling."""
    errors = (exact(n, o.params.eps)["x_hat"] for n in (size, 2 * size))
    return " / ".join(operands(operator.truediv, *errors))


def gain(o: Outcome, size: int, name: str = "x_hat") -> float:
    """Return by what factor doubling the batch lowers an error, for normal values."""
    return exact(size, o.params.eps)[name] / exact(2 * size, o.params.eps)[name]


def notes(o: Outcome) -> tuple[str, ...]:
    """Return what is special about this N, these values, this much work."""
    p, found = o.params, []
    if o.size == 1:
        found.append(
            "N = 1: the mean of one value is that value and its variance is 0, so x̂ = 0 and y = β whatever came in, "
            "and no gradient goes back to x. Nothing diverges: the layer forgets its input."
        )
    if o.size == 2:
        found.append(pair_note(o))
    if p.source == "digits":
        kurtosis = number(float(np.mean(population(p.unit) ** 4)), 3)
        found.append(
            f"Hidden unit {p.unit} on 1797 real digits, drawn with replacement, in units of its own mean and std. Its "
            f"kurtosis is {kurtosis}, of normal values 3. The laws of the mean and of the gradient and the bound "
            "√(N − 1) hold for any values; those of the variance, of x̂ and of the scale-up are for normal ones."
        )
    if o.size * p.repeats > SLOW:
        found.append(
            f"{o.size * p.repeats} values are drawn for this N: that takes a moment. Fewer batches make it quick again."
        )
    return tuple(found)


def pair_note(o: Outcome) -> str:
    """Return what is left of a batch of two, and what its gradient does: mostly nothing, rarely very much."""
    p = o.params
    typical, mean = laws.pair_gradient_median_ratio(p.eps), laws.pair_gradient_rms_ratio(p.eps)
    return (
        "N = 2: one value is above the mean and one as far below, so x̂ is +1 or −1 (up to ε): only their order is "
        f"left. The gradient is ε |Δdy| / (2 (v + ε)^1.5): of dy = (1, 0) at x = (−0.5, 0.5) "
        f"{number(pair_gradient(p.eps), 6)} reaches x. Most pairs pass almost nothing, rare pairs of nearly equal "
        f"values pass enormous kicks: of normal values half of the |dx| are below {number(typical, 3)} times the root "
        f"mean square of dy, but their own root mean square is {number(mean, 3)} times as large, and grows like ε^−¼."
    )


def laws_table(o: Outcome) -> pd.DataFrame:
    """Return every law: closed form, exact value, simulated value, and how many standard errors lie between them."""
    law, right, found = closed(o.size), exact(o.size, o.params.eps), o.simulation.estimates
    rows = []
    for name, estimate in found.items():
        off = (estimate.value - right[name]) / estimate.error if estimate.error > 0 else math.nan
        rows.append((name, law[name], right[name], estimate.value, estimate.error, off))
    names = ["quantity", "closed_form", "exact", "simulated", "standard_error", "standard_errors_off"]
    return pd.DataFrame(rows, columns=names)


def over_sizes(o: Outcome, *names: str) -> pd.DataFrame:
    """Return some quantities at `SIZES`: exact for normal values, and simulated."""
    found = [(key, each) for key, each in o.sweep.items() if key[0] in names]
    return pd.DataFrame(
        {
            "quantity": [name for (name, _), _ in found],
            "batch_size": [size for (_, size), _ in found],
            "exact": [exact(size, o.params.eps)[name] for (name, size), _ in found],
            "simulated": [each.value for _, each in found],
            "standard_error": [each.error for _, each in found],
        }
    )


@lru_cache(maxsize=64)
def curves_over_sizes(eps: float) -> pd.DataFrame:
    """Return the exact errors and their first order on a fine grid of N: quantity, batch_size, value."""
    sizes = sorted({*range(1, 17), *(round(2 ** (k / 4)) for k in range(16, 41))})
    rows = [(name, size, exact(size, eps)[name]) for name in ERRORS for size in sizes if size > 1 or name != "var"]
    rows += [("first_order", size, closed(size)["x_hat"]) for size in sizes]
    rows += [("gradient", size, exact(size, eps)["gradient"]) for size in sizes]
    return pd.DataFrame(rows, columns=["quantity", "batch_size", "value"])


def doubling_table(o: Outcome) -> pd.DataFrame:
    """Return by what factor each error falls from N to 2 N: exact for normal values, and simulated."""
    rows = []
    for name in ERRORS:
        for size in DOUBLINGS:
            one, two = o.sweep[name, size], o.sweep[name, 2 * size]
            factor = one.value / two.value
            error = factor * math.hypot(one.error / one.value, two.error / two.value)
            rows.append((name, size, gain(o, size, name), factor, error))
    return pd.DataFrame(rows, columns=["quantity", "batch_size", "exact", "simulated", "standard_error"])


def pairs_table(o: Outcome) -> pd.DataFrame:
    """Return batches of two, ever closer to each other: x_hat, and the gradient from the engine and by its law."""
    rows = []
    for distance in (4.0, 2.0, 1.0, 0.5, 0.1, 0.01, 0.001, 0.0):
        forward = batch_norm(np.array([-distance / 2, distance / 2]), eps=o.params.eps)
        dx, _, _ = batch_norm_backward(PAIR[1], forward)
        law = laws.gradient_of_two(float(forward.var), 1.0, o.params.eps)
        rows.append((distance, float(forward.var), float(forward.x_hat[1]), float(np.abs(dx).max()), law))
    return pd.DataFrame(rows, columns=["distance", "var", "x_hat", "dx", "closed_form"])


def density_of_var(size: int) -> tuple[Array, Array]:
    """Return the density of the batch variance of normal values: N v is chi-squared with N - 1 degrees of freedom."""
    k, reach = size - 1, 6 * laws.var_relative_error(size)
    v = np.linspace(max(0.0, 1 - reach), 1 + reach, 400)[1:] * k / size
    log = (k / 2 - 1) * np.log(size * v / 2) - size * v / 2 - math.lgamma(k / 2)
    return v, size / 2 * np.exp(log)


def law_of(name: str, size: int) -> tuple[Array, Array]:
    """Return value and density of the batch mean, the batch variance or x_hat; a point mass has density infinity."""
    points = {("var", 1): [0.0], ("x_hat", 1): [0.0], ("x_hat", 2): [-1.0, 1.0]}.get((name, size))
    if points:
        return np.repeat(points, 3), np.tile([0.0, math.inf, 0.0], len(points))
    if name == "mean":
        return normal_curve(0.0, laws.mean_standard_error(1, size))
    if name == "var":
        return density_of_var(size)
    x = min(laws.x_hat_bound(size), 5.0) * np.sin(np.linspace(-math.pi / 2, math.pi / 2, 202)[1:-1])
    return np.pad(x, 1, "edge"), np.pad(laws.x_hat_density(x, size), 1)


def histogram_of(o: Outcome, name: str) -> tuple[Array, Array, Array]:
    """Return left, right and density of the bins of what was simulated."""
    if name == "x_hat":
        edges, shares = edges_of(o.size), o.simulation.counts / (o.size * o.params.repeats)
        return edges[:-1], edges[1:], shares / np.diff(edges)
    values = o.simulation.mean if name == "mean" else o.simulation.var
    if np.ptp(values) > 0:
        return histogram(values)
    return values[:1] - 0.02, values[:1] + 0.02, np.array([25.0])


def simulated_table(o: Outcome) -> pd.DataFrame:
    """Return the histograms of what was simulated: quantity, left, right, density, and height over the peak."""
    frames = []
    for name in ERRORS:
        left, right, density = histogram_of(o, name)
        columns = {"left": left, "right": right, "density": density, "height": density / density.max()}
        frames.append(pd.DataFrame({"quantity": name, **columns}))
    return pd.concat(frames, ignore_index=True)


def distributions_table(o: Outcome) -> pd.DataFrame:
    """Return the laws of normal values, or the outlines of what was simulated: quantity, value, density, height.

    `height` is in units of the peak of what was simulated; a point mass goes up to 1.
    """
    frames = []
    for name in ERRORS:
        left, right, bars = histogram_of(o, name)
        value, density = law_of(name, o.size)
        if o.params.source == "digits":
            edges = np.append(left, right[-1])
            value, density = np.repeat(edges, 2), np.concatenate(([0.0], np.repeat(bars, 2), [0.0]))
        height = np.where(np.isinf(density), 1.0, np.minimum(density / bars.max(), 1.15))
        frames.append(pd.DataFrame({"quantity": name, "value": value, "density": density, "height": height}))
    return pd.concat(frames, ignore_index=True)


def chosen_table(o: Outcome) -> pd.DataFrame:
    """Return the chosen N with its label, the bound on x_hat, and the errors simulated there."""
    found = o.simulation.estimates
    row = {"batch_size": o.size, "label": f"N = {o.size}", "bound": laws.x_hat_bound(o.size)}
    return pd.DataFrame([row | {name: found[name].value for name in (*ERRORS, "gradient")}])


TABLES = {
    "laws": laws_table,
    "errors": lambda o: over_sizes(o, *ERRORS),
    "doubling": doubling_table,
    "gradients": lambda o: over_sizes(o, "gradient"),
    "pairs": pairs_table,
    "simulated": simulated_table,
    "distributions": distributions_table,
    "curves": lambda o: curves_over_sizes(o.params.eps),
    "chosen": chosen_table,
}


def actions(o: Outcome) -> dict[str, dict[str, int]]:
    """Return what one click can set: the batch twice or half as large."""
    found = {"Double the batch": o.size * 2, "Halve the batch": o.size // 2}
    return {
        label: {"batch_size": size}
        for label, size in found.items()
        if 1 <= size <= LARGEST_BATCH and size * o.params.repeats <= MOST_VALUES
    }


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return the errors against N, what doubling buys, and the distributions at the chosen N."""
    chosen, errors, factors = found["chosen"], found["errors"], found["doubling"]
    now, points = chosen.iloc[0], errors[np.isfinite(errors["simulated"])]
    n, spread = int(now["batch_size"]), [number(float(now[name]), 3) for name in ERRORS]
    gains = factors.loc[factors["quantity"] == "x_hat", "exact"]
    bars, law = found["simulated"], found["distributions"]
    both, x_hat = [frame["quantity"] != "x_hat" for frame in (bars, law)], "x_hat"
    return (
        Figure(
            "errors", "Error against batch size",
            "Lines: exact, for normal values. Points: simulated with the engine, two standard errors to either side; "
            "outlined: the chosen N. Beyond a few values every curve falls like 1 / √N: at no N do batches turn "
            "reliable. "
            "The error of the mean is in σ, that of the variance relative to it, that of x̂ in x̂'s own units.",
            "Three falling curves on logarithmic axes: the error of the batch mean, of the batch variance and of x̂ "
            "against the batch size from 1 to 1024, with simulated points on them and the chosen N marked.",
            f"At N = {n} the error of the batch mean is {spread[0]} σ, the relative error of the batch variance "
            f"{spread[1]}, and the error of x̂ {spread[2]}.",
            errors_template(), {"curves": found["curves"], "points": points, "chosen": chosen},
        ),
        Figure(
            "doubling", "What doubling the batch buys",
            "A threshold at 16, or anywhere, would be a jump. Each doubling divides the error of the mean by √2; that "
            "of the variance falls by more in the smallest batches, by 1.73 from 2 to 4, and that of x̂ by 1.46.",
            "Three nearly flat curves: the factor by which each error falls when N is doubled, from N = 2 to 64.",
            f"From N = 2 to 64 the factor for x̂ falls smoothly from {number(gains.iloc[0], 4)} to "
            f"{number(gains.iloc[-1], 4)}; √2 is 1.414.",
            doubling_template(), {"factors": factors},
        ),
        Figure(
            "estimates", "What one batch says about the population",
            "Bars: batches of N, simulated. Lines: their laws for normal values, or the outline of the bars for real "
            "digits. Each is drawn to its own height. The biased variance leans to the left of the truth.",
            "The distributions of the batch mean and of the batch variance, about the true mean and the true variance.",
            f"At N = {n} the batch mean strays by {spread[0]} σ and the batch variance by {spread[1]} of its mean.",
            estimates_template(), {"bars": bars[both[0]], "laws": law[both[1]]},
        ),
        Figure(
            "members", "x̂ of the members of a batch",
            "Its square over N − 1 follows a Beta(½, (N − 2) / 2) law; dashed: a normal curve. However far a value "
            "lies from the others, its own batch sends it no further than √(N − 1), which is marked where it fits.",
            "The distribution of the normalized members of batches of N, its law, a normal curve and the two bounds.",
            f"At N = {n} no member is beyond {number(float(now['bound']), 4)}.",
            x_hat_template(),
            {"bars": bars[bars["quantity"] == x_hat], "laws": law[law["quantity"] == x_hat], "chosen": chosen},
        ),
        Figure(
            "backward", "How much of a gradient gets through",
            "Root mean square share of a random gradient that batch norm passes on, apart from the scale. Two "
            "directions are always lost: √((N − 2) / N). At N = 1 nothing passes, at N = 2 only what ε allows. The "
            "scale, 1 / √(s² + ε), is large where the values are close.",
            "A rising curve from 0 at N = 1 to nearly 1 at N = 1024, with simulated points and the chosen N marked.",
            f"At N = {n} the share is {number(float(now['gradient']), 3)}.",
            backward_template(), {"curves": found["curves"], "points": found["gradients"], "chosen": chosen},
        ),
    )  # fmt: skip


EXPERIMENT = Experiment(
    slug="batch-size",
    title="Batch size",
    question=__doc__,
    order=30,
    params=BatchSizeParams,
    run=run,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "distributions", "quantity", "value", "density", y_title="density / its peak", to_peak=True,
        x_title={"var": "batch variance σ_B² / σ²", "mean": "batch mean μ_B / σ", "x_hat": "x̂ of a member"},
        labels={"var": "Batch variance", "mean": "Batch mean", "x_hat": "x̂ of a member"},
    ),
    shown_tables=("laws", "errors", "doubling", "gradients", "pairs"),
    first_set="batch-size-effects",
    headline=("mean_noise", "var_noise", "x_hat_noise", "scale_up", "largest_x_hat", "gradient_share"),
    look_for="Move N from 16 to 15, to 8, to 32: nothing breaks and nothing is cured, every error changes by nearly "
    "the same factor. Then try 2, where only the order of the two values is left, and 1, where nothing is. N counts "
    "the values that share one mean: for a convolution it is images × height × width.",
    actions=actions,
)  # fmt: skip
