"""Putting claims to the test: run the experiment now, and hold its readout against a closed form or bounds."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bnsim.claims import numbers
from bnsim.claims.engine_checks import MEASUREMENTS
from bnsim.claims.ledger import ENGINE, Check, Claim
from bnsim.claims.numbers import Numbers, mean_of, var_of
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.once import once


@dataclass(frozen=True)
class Finding:
    """What one check measured, and whether it is what it must be; `expected` is NaN where there are bounds instead."""

    check: Check
    measured: float
    expected: float = math.nan

    @property
    def error(self) -> float:
        """The absolute difference from the closed form; how far it is outside the bounds."""
        c = self.check
        if c.expected:
            return abs(self.measured - self.expected)
        if c.at_least <= self.measured <= c.at_most:
            return 0.0
        return c.at_least - self.measured if self.measured < c.at_least else self.measured - c.at_most

    @property
    def holds(self) -> bool:
        """Whether the difference is within the tolerance, or the number within the bounds; never for NaN."""
        return self.error <= (self.check.tolerance if self.check.expected else 0.0)


class Given(NamedTuple):
    """What a closed form may use: the parameters, and of one transformed batch its size, mean and biased std."""

    p: Any
    n: int = 0
    mean: float = math.nan
    std: float = math.nan

    @property
    def root(self) -> float:
        """The divisor, sqrt(var + eps)."""
        return math.sqrt(self.std**2 + float(self.p.eps))

    @property
    def products(self) -> int:
        """How many products each output of a convolution is a sum of."""
        return int(self.p.inputs // self.p.groups * self.p.kernel**2)


FORMS: dict[str, Callable[[Given], float]] = {
    "0": lambda g: 0.0,
    "1": lambda g: 1.0,
    "x": lambda g: g.p.x,
    "β": lambda g: g.p.beta,
    "μ_B": lambda g: g.mean,
    "√(Σ(v − μ_B)² / N)": lambda g: g.std,
    "(x − μ_B) / √(σ_B² + ε)": lambda g: (g.p.x - g.mean) / g.root,
    "(x − μ_B) / √ε": lambda g: (g.p.x - g.mean) / math.sqrt(g.p.eps),
    "γ (x − μ_B) / √(σ_B² + ε) + β": lambda g: g.p.gamma * (g.p.x - g.mean) / g.root + g.p.beta,
    "σ_B / √(σ_B² + ε)": lambda g: g.std / g.root,
    "|γ| σ_B / √(σ_B² + ε)": lambda g: abs(g.p.gamma) * g.std / g.root,
    "σ_B (1 − σ_B / √(σ_B² + ε))": lambda g: g.std * (1 - g.std / g.root),
    "√(N − 1) σ_B / √(σ_B² + ε)": lambda g: math.sqrt(g.n - 1) * g.std / g.root,
    # Running statistics and inference; μ and σ are those of the population.
    "μ": lambda g: g.p.mean,
    "σ²": lambda g: g.p.std**2,
    "σ² (N − 1) / N": lambda g: g.p.std**2 * (g.p.batch_size - 1) / g.p.batch_size,
    "μ (1 − 0.9^t)": lambda g: g.p.mean * (1 - 0.9**g.p.steps),
    "μ (1 − 0.99^t)": lambda g: g.p.mean * (1 - 0.99**g.p.steps),
    "γ x / √(1 + ε) + β": lambda g: g.p.gamma * g.p.x / math.sqrt(1 + g.p.eps) + g.p.beta,
    "γ (x − μ (1 − 0.9^k)) / √(0.9^k + ε) + β": lambda g: (
        g.p.gamma * (g.p.x - g.p.mean * (1 - 0.9**g.p.frozen_after)) / math.sqrt(0.9**g.p.frozen_after + g.p.eps)
        + g.p.beta
    ),
    "|γ| √((1 + z² / 2) / M), z = (x − μ) / σ": lambda g: (
        abs(g.p.gamma) * math.sqrt((1 + ((g.p.x - g.p.mean) / g.p.std) ** 2 / 2) / g.p.inference_size)
    ),
    # Batches of N.
    "√(2 / (N − 1))": lambda g: math.sqrt(2 / (g.p.batch_size - 1)),
    "√(1.5 / N)": lambda g: math.sqrt(1.5 / g.p.batch_size),
    "ε / (2 (1/4 + ε)^(3/2))": lambda g: g.p.eps / (2 * (0.25 + g.p.eps) ** 1.5),
    # A batch in k equal parts.
    "m": lambda g: g.p.momentum,
    "1 − (1 − m)^k": lambda g: 1 - (1 - g.p.momentum) ** (g.p.batch_size // g.p.micro),
    # A sum of equal values in bfloat16, 8 digits, stops at the power of two beside whose last digit they are nothing.
    "2^⌈log₂(2⁸ μ)⌉ / N": lambda g: 2.0 ** math.ceil(math.log2(2**8 * g.p.mean)) / g.p.batch_size,
    # Layers at the start of training.
    "√(π / (π − 1))": lambda g: math.sqrt(math.pi / (math.pi - 1)),
    "√((N − 2) / (N − 3))": lambda g: math.sqrt((g.p.batch_size - 2) / (g.p.batch_size - 3)),
    "1 / √2": lambda g: math.sqrt(0.5),
    "L": lambda g: g.p.depth,
    # Folding; K products make an output.
    "|γ| √(d² + (r − 1)²)": lambda g: abs(g.p.gamma) * math.hypot(g.p.shift, g.p.spread - 1),
    "K / (K + 1)": lambda g: g.products / (g.products + 1),
    "γ W / √(σ² + ε)": lambda g: g.p.gamma * g.p.weight / g.root,
    "β + γ (b − μ) / √(σ² + ε)": lambda g: g.p.beta + g.p.gamma * (g.p.bias - g.mean) / g.root,
    # Defaults of frameworks.
    "x / √(1 + 1e−5)": lambda g: g.p.x / math.sqrt(1 + 1e-5),
    "x / √(1 + 1e−3)": lambda g: g.p.x / math.sqrt(1 + 1e-3),
    # By hand, from the numbers that the engine was given.
    "1 / √(1 + ε)": lambda g: 1 / math.sqrt(1 + g.p.eps),
    "√2": lambda g: math.sqrt(2),
    "E[((v − μ_B) / √(σ_B² + ε))³]": lambda g: numbers.skewness(g.p.values, g.p.eps),
    "(v − μ) / √(σ² + ε) over N H W": lambda g: numbers.normalized(numbers.channel_of(g.p), g.p.values[0], g.p.eps),
    "(v − μ) / √(σ² + ε) over the features": lambda g: numbers.normalized(
        numbers.example_of(g.p), g.p.values[0], g.p.eps
    ),
    "x̂ among the one less x̂ among the other": lambda g: (
        numbers.normalized(g.p.values, g.p.x, g.p.eps) - numbers.normalized((g.p.x, *g.p.others), g.p.x, g.p.eps)
    ),
    "Σ(v − μ)² / N over all devices": lambda g: var_of((*g.p.values, *g.p.others)),
    "(L(γ + h) − L(γ − h)) / 2h": lambda g: numbers.slope_of_gamma(g.p),
    "(L(β + h) − L(β − h)) / 2h": lambda g: numbers.slope_of_beta(g.p),
    "(L(x + h) − L(x − h)) / 2h": lambda g: numbers.slope_of_x(g.p),
    "0.1 Σ 0.9^(t − k) μ_k": lambda g: numbers.running(g.p, 0.0, 0.1, mean_of),
    "0.9^t + 0.1 Σ 0.9^(t − k) σ_k² N / (N − 1)": lambda g: numbers.running(g.p, 1.0, 0.1, lambda v: var_of(v, 1)),
    "0.99^t + 0.01 Σ 0.99^(t − k) σ_k²": lambda g: numbers.running(g.p, 1.0, 0.01, var_of),
}
"""Closed forms by what they say; none of them uses the engine."""

Readouts = Callable[[str, Any], Mapping[str, float | str]]
"""What returns the readouts of an experiment for parameters."""


def run_checks(claims: Iterable[Claim]) -> dict[str, tuple[Finding, ...]]:
    """Run every check of every claim.

    Returns
    -------
    dict of str to tuple of Finding
        By the claim's id.
    """
    return {claim.id: tuple(map(run_check, claim.checks)) for claim in claims}


def run_check(check: Check, known: Readouts | None = None) -> Finding:
    """Run one check; `known` has the readouts, if they have been made elsewhere.

    Raises
    ------
    InputError
        If the experiment, or a parameter, is not known.
    """
    if check.experiment == ENGINE:
        numbers_given = Numbers.of(check.params)
        return found(check, MEASUREMENTS[check.readout](numbers_given), numbers_given)
    known = known or readouts
    params, *below = runs_of(check)
    measured = float(known(check.experiment, params)[check.readout])
    if check.divisor:
        divisor = float(known(check.experiment, (*below, params)[0])[check.divisor])
        measured = measured / divisor if divisor else math.nan
    return found(check, measured, params)


def runs_of(check: Check) -> tuple[Any, ...]:
    """Return the parameters of the runs that a check looks at, one or two; none of the engine's own."""
    if check.experiment == ENGINE:
        return ()
    params = find(check.experiment).params.of(check.params)
    return (params, params.replace(**check.over_params)) if check.over_params else (params,)


def found(check: Check, measured: float, params: Any) -> Finding:
    """Return what was measured beside the closed form, if there is one."""
    if not check.expected:
        return Finding(check, measured)
    return Finding(check, measured, float(FORMS[check.expected](given(params))))


@once
def readouts(slug: str, params: Any) -> Mapping[str, float | str]:
    """Return the readouts of one run, which is made once: several checks look at the same."""
    return Result(find(slug), params).readouts


def given(params: Any) -> Given:
    """Return what closed forms need; of a random sample the mean and std are not known beforehand: NaN."""
    if isinstance(params, Numbers):
        return given_numbers(params)
    source = getattr(params, "source", "")  # where the one batch comes from, of experiments that have one
    if source == "own":
        values = params.values.tolist()
        return Given(params, len(values), mean_of(values), math.sqrt(var_of(values)))
    if source == "exact":
        return Given(params, params.batch_size, params.mean, params.std if params.batch_size > 1 else 0.0)
    return Given(params, getattr(params, "batch_size", 0))


def given_numbers(p: Numbers) -> Given:
    """Return what closed forms need of numbers for the engine: of its batch, or the running statistics."""
    if not p.values:
        return Given(p, 0, p.mean, p.std)
    return Given(p, len(p.values), mean_of(p.values), math.sqrt(var_of(p.values)))


def is_slow(check: Check) -> bool:
    """Return whether a check trains networks: a page runs it only where somebody asks for it."""
    return check.experiment != ENGINE and find(check.experiment).work is not None
