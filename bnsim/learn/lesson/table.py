"""A table of a lesson's file: what its keys hold, of the kind that is due, each problem a sentence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from bnsim.scenario.document import unknown_keys
from bnsim.scenario.scenario import LONGEST_NOTE, bounded_problems
from bnsim.scenario.wording import number_text, shown, unknown

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Table:
    """Keys and values, the beginning of the sentences about them, and the sentences so far."""

    items: dict[str, Any]
    path: str
    problems: list[str] = field(default_factory=list)

    def __contains__(self, key: str) -> bool:
        return key in self.items

    def say(self, *sentences: str) -> None:
        """Add sentences."""
        self.problems.extend(f"{self.path}{sentence}" for sentence in sentences)

    def refuse_unknown(self, keys: tuple[str, ...], what: str) -> None:
        """Add a sentence for every key that is not one of these."""
        self.problems.extend(unknown_keys(self.items, keys, what, self.path))

    def text(self, key: str, longest: int = LONGEST_NOTE, *, needed: bool = False, one_line: bool = False) -> str:
        """Return a text, an empty one where there is none or it cannot be used."""
        value = self.items.get(key, "")
        if not isinstance(value, str):
            self.say(f"{key} must be text; got {shown(value)}.")
            return ""
        if needed and not value.strip():
            self.say(f"{key} must say something; got nothing.")
        found = list(bounded_problems(key, value, longest, one_line=one_line))
        self.say(*found)
        return "" if found else value

    def number(self, key: str, *, needed: bool = False) -> float | None:
        """Return a finite number; None where there is none or it is not one."""
        value = self.items.get(key)
        if value is None and not needed:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            self.say(f"{key} must be a number; got {shown(value)}.")
            return None
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int:
        """Return a whole number in a range; the lowest where it is none."""
        value = self.items.get(key)
        if type(value) is int and low <= value <= high:
            return value
        self.say(f"{key} must be a whole number from {number_text(low)} to {number_text(high)}; got {shown(value)}.")
        return low

    def one_of(self, key: str, words: type[Word], default: Word | None = None) -> Word | None:
        """Return one of some words, or the default; None where it is none of them."""
        value = self.items.get(key, default)
        if isinstance(value, str) and value in list(words):
            return words(value)
        self.say(f"{key} must be one of {', '.join(words)}; got {shown(value)}.")
        return None

    def tables(self, key: str, called: str) -> list["Table"]:
        """Return the tables of a list, each with its place in its path; what is no table is said."""
        found = []
        for place, item in enumerate(self.items.get(key, ()), 1):
            if isinstance(item, dict):
                found.append(Table(item, f"{self.path.removesuffix(': ')}, {called} {place}: ", self.problems))
            else:
                self.say(f"{called} {place} must be a table; got {shown(item)}.")
        return found

    def known(self, key: str, name: str, names: Sequence[str], what: str, introduction: str) -> bool:
        """Return whether there is what a key names; where not, the nearest one is said."""
        if name in names:
            return True
        self.say(f"{key}: {unknown(name, what, names, introduction)}")
        return False


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest double
        return False
