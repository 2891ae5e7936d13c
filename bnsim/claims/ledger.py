"""The ledger of claims as frozen values, read from the file beside this one."""

import enum
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, cast

from bnsim.once import once

ENGINE = "engine"
"""What stands in the place of an experiment where a check asks the engine itself."""


class Verdict(enum.Enum):
    """What is to be thought of a claim."""

    TRUE = "true"
    CAVEAT = "true with caveat"
    FALSE = "false"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One run of an experiment, and what one of its readouts must be: a closed form, or within bounds.

    What algebra knows is held against a closed form; what depends on luck (weights, batches) against bounds that
    leave it room.

    Parameters
    ----------
    params : mapping
        Parameters of the experiment; what is not given is default.
    readout : str
        Key of the readout.
    expected : str
        Name of a closed form in `bnsim.claims.checks.FORMS`; then `tolerance` is needed, and bounds are not allowed.
    tolerance : float, 0 or more
        Largest absolute difference.
    at_least, at_most : float
        Bounds, both included; one will do.
    reason : str
        Where the tolerance comes from; how much room the bounds leave, and which seeds have shown it.
    refuted : str
        What would refute the verdict: one plain sentence.
    experiment : str
        Slug of the experiment; "engine" if the engine itself is asked: then the readout is one of
        `bnsim.claims.engine_checks.MEASUREMENTS`, and the parameters are `Numbers`.
    of : str
        Which run it is, in a few words; needed where a claim is tested on several.
    over : str
        Key of a readout that the first one is divided by; then the ratio is what is held.
    over_params : mapping
        Changes of the parameters for the run that the divisor is taken from; `over` is by default the same readout.

    Raises
    ------
    ValueError
        If it says not, or twice, what the readout must be.
    """

    params: Mapping[str, object]
    readout: str
    reason: str
    refuted: str = ""
    expected: str = ""
    tolerance: float = math.nan
    at_least: float = -math.inf
    at_most: float = math.inf
    experiment: str = "transform"
    of: str = ""
    over: str = ""
    over_params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bounded = math.isfinite(self.at_least) or math.isfinite(self.at_most)
        if bounded == bool(self.expected):
            raise ValueError(f"the check of {self.readout} needs either a closed form or bounds")
        if bool(self.expected) != (self.tolerance >= 0):
            raise ValueError(f"the check of {self.readout} needs a tolerance with its closed form, and only then")
        if self.at_least > self.at_most:
            raise ValueError(f"the check of {self.readout} has bounds that nothing can meet")

    @property
    def divisor(self) -> str:
        """Key of the readout to divide by; "" if it is not a ratio."""
        return self.over or (self.readout if self.over_params else "")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim as commonly made, and the precise statement that takes its place.

    Parameters
    ----------
    id : str
    claim : str
        The loose form, as textbooks and tools have it.
    verdict : Verdict
    statement : str
        What is true of it. Contested findings are called so, and small experiments small.
    source : str
        Where it is written; papers are cited with what they say themselves.
    see : str
        The scenario set that shows it.
    unchecked : str
        Why nothing can be computed; only of a claim without checks, and then it must be said.
    checks : tuple of Check

    Raises
    ------
    ValueError
        If there is neither a check nor a reason why, or both.
    """

    id: str
    claim: str
    verdict: Verdict
    statement: str
    source: str
    see: str
    checks: tuple[Check, ...] = ()
    unchecked: str = ""

    def __post_init__(self) -> None:
        if bool(self.checks) == bool(self.unchecked):
            raise ValueError(f"the claim {self.id} needs either checks or what stands against them")


@once
def read_ledger() -> tuple[Claim, ...]:
    """Return every claim, in the order of the file.

    Raises
    ------
    TypeError
        If a field is missing or unknown.
    """
    document = tomllib.loads(files(__package__).joinpath("ledger.toml").read_text(encoding="utf-8"))
    return tuple(_claim(dict(table)) for table in document["claim"])


def _claim(table: dict[str, object]) -> Claim:
    checks = cast("list[dict[str, Any]]", table.pop("check", []))
    verdict = Verdict(table.pop("verdict"))
    texts = {key: str(value) for key, value in table.items()}
    return Claim(**texts, verdict=verdict, checks=tuple(Check(**check) for check in checks))
