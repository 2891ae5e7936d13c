"""The ledger of claims as frozen values, read from the file beside this one."""

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


class Verdict(enum.Enum):
    """What is to be thought of a claim."""

    TRUE = "true"
    CAVEAT = "true with caveat"
    FALSE = "false"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Check:
    """One run of an experiment, and the closed form that one of its readouts must equal.

    Parameters
    ----------
    params : mapping
        Parameters of the experiment; what is not given is default.
    readout : str
        Key of the readout.
    expected : str
        Name of a closed form in `bnsim.claims.checks.FORMS`.
    tolerance : float, 0 or more
        Largest absolute difference.
    reason : str
        Where the tolerance comes from.
    experiment : str
        Slug of the experiment.
    """

    params: Mapping[str, object]
    readout: str
    expected: str
    tolerance: float
    reason: str
    experiment: str = "transform"


@dataclass(frozen=True)
class Claim:
    """A claim as commonly made, and the precise statement that takes its place."""

    id: str
    claim: str
    verdict: Verdict
    statement: str
    source: str
    checks: tuple[Check, ...]


@cache
def read_ledger() -> tuple[Claim, ...]:
    """Return every claim, in the order of the file."""
    document = tomllib.loads(files(__package__).joinpath("ledger.toml").read_text(encoding="utf-8"))
    return tuple(_claim(dict(table)) for table in document["claim"])


def _claim(table: dict[str, object]) -> Claim:
    checks = table.pop("check")
    assert isinstance(checks, list)  # noqa: S101 - our own file, and what the types cannot say
    verdict = Verdict(table.pop("verdict"))
    texts = {key: str(value) for key, value in table.items()}
    return Claim(**texts, verdict=verdict, checks=tuple(Check(**check) for check in checks))
