"""Putting claims to the test: run the experiment now, and hold its readout against a closed form or bounds."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bnsim.claims.ledger import Check, Claim
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
    "N H W": lambda g: g.p.batch_size * g.p.side**2,
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
    # Layers at the start of training.
    "√(π / (π − 1))": lambda g: math.sqrt(math.pi / (math.pi - 1)),
    "√((N − 2) / (N − 3))": lambda g: math.sqrt((g.p.batch_size - 2) / (g.p.batch_size - 3)),
    "1 / √2": lambda g: math.sqrt(0.5),
    "L": lambda g: g.p.depth,
    # Folding; K products make an output.
    "|γ| √(d² + (r − 1)²)": lambda g: abs(g.p.gamma) * math.hypot(g.p.shift, g.p.spread - 1),
    "K / (K + 1)": lambda g: g.products / (g.products + 1),
}
"""Closed forms by what they say; none of them uses the engine."""


def run_checks(claims: Iterable[Claim]) -> dict[str, tuple[Finding, ...]]:
    """Run every check of every claim.

    Returns
    -------
    dict of str to tuple of Finding
        By the claim's id.
    """
    return {claim.id: tuple(map(run_check, claim.checks)) for claim in claims}


def run_check(check: Check) -> Finding:
    """Run one check; InputError if the experiment, or a parameter, is not known."""
    params = find(check.experiment).params.of(check.params)
    measured = float(readouts(check.experiment, params)[check.readout])
    if check.divisor:
        below = float(readouts(check.experiment, params.replace(**check.over_params))[check.divisor])
        measured = measured / below if below else math.nan
    if not check.expected:
        return Finding(check, measured)
    return Finding(check, measured, float(FORMS[check.expected](given(params))))


@once
def readouts(slug: str, params: Any) -> Mapping[str, float | str]:
    """Return the readouts of one run, which is made once: several checks look at the same."""
    return Result(find(slug), params).readouts


def given(params: Any) -> Given:
    """Return what closed forms need; of a random sample the mean and std are not known beforehand: NaN."""
    source = getattr(params, "source", "")  # where the one batch comes from, of experiments that have one
    if source == "own":
        numbers = params.values.tolist()
        mean = math.fsum(numbers) / len(numbers)
        return Given(params, len(numbers), mean, math.sqrt(math.fsum((v - mean) ** 2 for v in numbers) / len(numbers)))
    if source == "exact":
        return Given(params, params.batch_size, params.mean, params.std if params.batch_size > 1 else 0.0)
    return Given(params, getattr(params, "batch_size", 0))
