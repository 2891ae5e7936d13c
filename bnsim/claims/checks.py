"""Putting claims to the test: run the experiment now, and hold its readout against a closed form."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bnsim.claims.ledger import Check, Claim
from bnsim.experiment import Result
from bnsim.experiments.transform import EXPERIMENT, TransformParams


@dataclass(frozen=True)
class Finding:
    """What one check measured, and whether it is what the closed form says."""

    check: Check
    measured: float
    expected: float

    @property
    def error(self) -> float:
        """The absolute difference."""
        return abs(self.measured - self.expected)

    @property
    def holds(self) -> bool:
        """Whether the difference is within the tolerance; never for NaN."""
        return self.error <= self.check.tolerance


class Given(NamedTuple):
    """What a closed form may use: the parameters, and the batch's size, mean and biased std."""

    p: TransformParams
    n: int
    mean: float
    std: float

    @property
    def root(self) -> float:
        """The divisor, sqrt(var + eps)."""
        return math.sqrt(self.std**2 + self.p.eps)


FORMS: dict[str, Callable[[Given], float]] = {
    "0": lambda g: 0.0,
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
    """Run one check."""
    if check.experiment != EXPERIMENT.slug:
        raise ValueError(f"no closed forms are known for the experiment {check.experiment!r}")
    params = TransformParams.of(check.params)
    measured = Result(EXPERIMENT, params).readouts[check.readout]
    return Finding(check, float(measured), FORMS[check.expected](given(params)))


def given(params: TransformParams) -> Given:
    """Return what closed forms need; of a random sample the mean and std are not known beforehand: NaN."""
    if params.source == "own":
        numbers = params.values.tolist()
        mean = math.fsum(numbers) / len(numbers)
        return Given(params, len(numbers), mean, math.sqrt(math.fsum((v - mean) ** 2 for v in numbers) / len(numbers)))
    if params.source == "exact":
        return Given(params, params.batch_size, params.mean, params.std if params.batch_size > 1 else 0.0)
    return Given(params, params.batch_size, math.nan, math.nan)
