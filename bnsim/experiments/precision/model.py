"""A batch stored in a narrow format, and normalized in four ways that differ in how they add up."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.normalization.batchnorm import batch_norm
from bnsim.engine.normalization.in_format import VarianceFormula, batch_norm_in_format, stats_in_format
from bnsim.engine.statistics.formats import FloatFormat, SumOrder, partial_sums_in, rounded
from bnsim.experiments.precision.formulas import FormulaError, formula_errors
from bnsim.experiments.precision.params import PrecisionParams

FORMATS = {form.title: form for form in (FloatFormat.FLOAT16, FloatFormat.BFLOAT16, FloatFormat.FLOAT32)}
ORDERS = {"one-by-one": SumOrder.ONE_BY_ONE, "pairwise": SumOrder.PAIRWISE}
MOST_POINTS = 64
"""Of a sum's way, so many places are kept."""

LITTLE = 0.01
"""Outputs are of size 1 or so: one that is off by less is called right."""

Fault = Literal["sum", "square", "eps", "stall", "coarse", "square-difference", "negative", "cancels", "none"]


@dataclass(frozen=True, eq=False)
class Way:
    """What one way of computing gives: mean and variance, and mean, spread and error of the outputs.

    `error` is the root mean square difference to the first way's outputs; infinite where an output is not a number.
    """

    mean: float
    var: float
    output_mean: float
    output_std: float
    error: float


@dataclass(frozen=True, eq=False)
class Sums:
    """Partial sums after `count` values: in the format, and exact; infinite where the format's is."""

    count: Array
    total: Array
    exact: Array


@dataclass(frozen=True, eq=False)
class Outcome:
    """The ways, what goes wrong first, and what the format holds.

    `ways`: "own", "frameworks", "centred", "difference". `kept_eps`: epsilon rounded to the format. `largest_square`:
    of a stored value. `lost`: the error that the cancellation of E[x²] - E[x]² is expected to make, relative to the
    variance. `sums`, `squares`: their ways. `formulas`: see `formula_errors`.
    """

    params: PrecisionParams
    form: FloatFormat
    ways: Mapping[str, Way]
    fault: Fault
    kept_eps: float
    largest_square: float
    ratio: float
    lost: float
    sums: Sums
    squares: Sums
    formulas: tuple[FormulaError, ...]


def run(params: PrecisionParams) -> Outcome:
    """Store a batch in a format and normalize it in four ways."""
    form = FORMATS[params.form]
    drawn = np.random.default_rng(params.seed).standard_normal(params.batch_size)
    x = rounded(params.mean + params.std * drawn, form)
    kept_eps = float(rounded(params.eps, form))
    ways = all_ways(x, form, params)
    ratio = abs(ways["own"].mean) / math.sqrt(ways["own"].var) if ways["own"].var else math.inf
    return Outcome(
        params=params,
        form=form,
        ways=ways,
        fault=fault_of(ways, kept_eps, params, form),
        kept_eps=kept_eps,
        largest_square=float(np.square(x).max()),
        ratio=ratio,
        lost=form.unit * ratio**2,
        sums=way_of_sum(x, form),
        squares=way_of_sum(np.square(x), form),
        formulas=formula_errors(),
    )


def all_ways(x: Array, form: FloatFormat, p: PrecisionParams) -> dict[str, Way]:
    """Return what each way gives; x is stored in the format already."""
    ours = batch_norm(x, eps=p.eps)
    single = stats_in_format(x, FloatFormat.FLOAT32, order=ORDERS[p.order])
    with quiet():
        theirs = rounded((x - single.mean) / np.sqrt(single.var + p.eps), form)
    found = {
        "own": way(ours.mean, ours.var, ours.x_hat, ours.x_hat),
        "frameworks": way(single.mean, single.var, theirs, ours.x_hat),
    }
    for formula in VarianceFormula:
        narrow = batch_norm_in_format(x, form, eps=p.eps, formula=formula, order=ORDERS[p.order])
        found[formula.value] = way(narrow.mean, narrow.var, narrow.x_hat, ours.x_hat)
    return found


def way(mean: Array, var: Array, x_hat: Array, right: Array) -> Way:
    """Return what a way gives beside the right outputs."""
    with quiet():
        off = np.sqrt(np.square(x_hat - right).mean())
        error = math.inf if np.isnan(off) else float(off)
        return Way(plain(mean), plain(var), plain(x_hat.mean()), plain(x_hat.std()), error)


def plain(value: Array) -> float:
    """Return a scalar as a float; what is not a number is always the same object, so that equal results are equal."""
    return math.nan if np.isnan(value) else float(value)


def fault_of(ways: Mapping[str, Way], kept_eps: float, p: PrecisionParams, form: FloatFormat) -> Fault:
    """Return what goes wrong first: with the two-pass formula already, or only with the difference of squares."""
    own, centred, difference = ways["own"], ways["centred"], ways["difference"]
    if not math.isfinite(centred.mean):
        return "sum"
    if not math.isfinite(centred.var):
        return "square"
    if centred.var + kept_eps == 0:
        return "eps"
    if centred.error >= LITTLE:
        is_coarse = p.order == "pairwise" or abs(centred.mean - own.mean) <= 2 * form.unit * abs(own.mean)
        return "coarse" if is_coarse else "stall"
    if not math.isfinite(difference.var):
        return "square-difference"
    if difference.var + kept_eps <= 0:
        return "negative"
    return "cancels" if difference.error >= LITTLE else "none"


def way_of_sum(values: Array, form: FloatFormat) -> Sums:
    """Return some of the partial sums of values, added one by one."""
    places = np.unique(np.linspace(0, len(values) - 1, MOST_POINTS).round().astype(int))
    exact = np.add.accumulate(values)
    return Sums(places + 1, partial_sums_in(values, form)[places], exact[places])
