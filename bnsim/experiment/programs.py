"""What programs that do the same in code are told of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bnsim.scenario.params import Params


@dataclass(frozen=True)
class CodeSettings:
    """What programs that do the same in code are told of a scenario: see `bnsim.exports.code`.

    Parameters
    ----------
    values : mapping of str to number, text, None or sequence of numbers
        What a program needs, by the names of parameters; they stand in it as literals.
    facts : mapping of str to str
        What chooses between the pieces of a program: which kind of batch, one value or several.
    remarks : mapping of str to str
        What is said of values that are no parameters.
    """

    values: Mapping[str, Any]
    facts: Mapping[str, str]
    remarks: Mapping[str, str] = field(default_factory=dict)


def of_params(params: Params, *names: str) -> dict[str, Any]:
    """Return some parameters by name."""
    return {name: getattr(params, name) for name in names}


def several(count: int) -> str:
    """Return as a fact whether there is one of something or several."""
    return "several" if count > 1 else "one"
