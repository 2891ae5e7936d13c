"""What a translator is asked for, read from texts: of the command line, of a page or of its link."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bnsim.errors import InputError
from bnsim.frameworks.quoting import Quantity, read_quoted, why_not
from bnsim.frameworks.table import Framework, quoted
from bnsim.frameworks.translation import translate
from bnsim.scenario.fields import LONGEST_NUMBER, WHOLE
from bnsim.scenario.values import NUMBER
from bnsim.scenario.wording import shown

RULES: Mapping[Quantity, str] = {"momentum": "a number from 0 to 1", "eps": "a number more than 0"}
MOST_AXES = 5
LONGEST_WHOLE = 20  # characters


@dataclass(frozen=True)
class Asked:
    """What was read.

    Attributes
    ----------
    settings : mapping
        Arguments of `translate`, by name; those that were asked for and could be read.
    told : tuple of str
        How numbers were read that name their framework.
    problems : tuple of str
        What could not be read.
    """

    settings: Mapping[str, Any]
    told: tuple[str, ...]
    problems: tuple[str, ...]


class _Reader:
    def __init__(self, source: Framework) -> None:
        self.source = source
        self.told: list[str] = []
        self.problems: list[str] = []

    def quantity(self, text: str, name: Quantity) -> float | None:
        """Return a momentum or an eps as the source writes it, from a number, or from one that names its framework."""
        number = _finite(text)
        if number is not None:
            return number
        found = read_quoted(text, name)
        if found is not None:
            self.told.append(f"{name}: {found.sentence}")
            return quoted(found.value, self.source) if name == "momentum" else found.value
        self.problems.append(f"{name} must be {RULES[name]}; got {shown(text)}. {why_not(text, name)}".rstrip())
        return None

    def variance(self, text: str) -> float | None:
        number = _finite(text)
        if number is None:
            self.problems.append(f"var must be a number of at least 0; got {shown(text)}.")
        return number

    def count(self, text: str) -> int | None:
        if _is_whole(text):
            return int(text)
        self.problems.append(f"count must be a whole number; got {shown(text)}.")
        return None

    def shape(self, text: str) -> tuple[int, ...] | None:
        sides = [side.strip() for side in text.strip("()[] ").split(",", MOST_AXES)]
        if all(map(_is_whole, sides)):
            return tuple(map(int, sides))
        self.problems.append(f"shape must be whole numbers with commas, such as 32,28,28,64; got {shown(text)}.")
        return None


def read_asked(source: Framework, given: Mapping[str, str | None]) -> Asked:
    """Return what was asked for.

    Parameters
    ----------
    source : Framework
        Whose settings they are.
    given : mapping
        Texts of momentum, eps, shape, var and count; None or none where nothing is asked.

    Examples
    --------
    >>> asked = read_asked(Framework.ONNX, {"momentum": "0.1, PyTorch", "shape": "8,b", "eps": None})
    >>> asked.settings, asked.problems
    ({'momentum': 0.9}, ("shape must be whole numbers with commas, such as 32,28,28,64; got '8,b'.",))
    """
    reader = _Reader(source)
    read: Mapping[str, Callable[[str], Any]] = {
        "momentum": lambda text: reader.quantity(text, "momentum"),
        "eps": lambda text: reader.quantity(text, "eps"),
        "shape": reader.shape,
        "var": reader.variance,
        "count": reader.count,
    }
    found = {name: read[name](text) for name, text in given.items() if text is not None}
    settings = {name: value for name, value in found.items() if value is not None}
    if reader.problems:
        # What can be read may be wrong besides; all of it is said at once. The rest hangs on what could not be read.
        alone = {name: settings[name] for name in ("momentum", "eps") if name in settings}
        try:
            translate(source, source, **alone)
        except InputError as error:
            reader.problems += error.problems
    return Asked(settings, tuple(reader.told), tuple(reader.problems))


def _is_whole(text: str) -> bool:
    return len(text) <= LONGEST_WHOLE and WHOLE.fullmatch(text.strip()) is not None


def _finite(text: str) -> float | None:
    bare = text.strip().replace("\N{MINUS SIGN}", "-")
    number = float(bare) if len(bare) <= LONGEST_NUMBER and NUMBER.fullmatch(bare) else math.nan
    return number if math.isfinite(number) else None
