"""What was read from a person's file or text: the numbers, and every guess that was made, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bnsim.errors import DataError

Array = NDArray[np.float64]

FIRST = 3
"""How many values are shown beside what was guessed."""


@dataclass(frozen=True)
class Choices:
    """What a person says about a file or a text where it has two readings.

    Attributes
    ----------
    header : bool, optional
        Whether the first line holds names; None leaves it to the reader.
    decimal : "." or ",", optional
        The decimal sign; None leaves it to the reader.
    leave_out : bool
        Whether missing cells (empty, NA, nan) are left out instead of refused.
    flat : bool
        Whether all numbers together, row after row, are the batch.
    """

    header: bool | None = None
    decimal: Literal[".", ","] | None = None
    leave_out: bool = False
    flat: bool = False

    @classmethod
    def of_words(cls, text: str) -> "Choices":
        """Return the choices that words such as "leave-out,decimal-comma" stand for.

        Raises
        ------
        DataError
            If a word is none of `WORDS`, or two of them contradict each other.
        """
        found = cls()
        for word in filter(None, (part.strip() for part in text[:200].split(","))):
            if word not in WORDS:
                raise DataError(f"{word[:40]!r} must be a way to read a file: {', '.join(WORDS)}.")
            said, meant = found.__dict__, WORDS[word].__dict__
            clash = [name for name in said if said[name] != meant[name] != _NOTHING[name] != said[name]]
            if clash:
                raise DataError(f"{word} must not contradict what stands before it; keep one of the two.")
            changed = {name: meant[name] for name in meant if meant[name] != _NOTHING[name]}
            found = cls(**{**said, **changed})
        return found


_NOTHING = {each.name: each.default for each in fields(Choices)}

WORDS: Mapping[str, Choices] = {
    "header": Choices(header=True),
    "no-header": Choices(header=False),
    "decimal-point": Choices(decimal="."),
    "decimal-comma": Choices(decimal=","),
    "leave-out": Choices(leave_out=True),
    "flat": Choices(flat=True),
}
"""The choices as they are said on the command line, before the @ of a file: values=leave-out@FILE."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One batch of numbers and what had to be guessed to read it.

    Attributes
    ----------
    values : array of float64, shape (N,)
        Read-only and finite.
    told : tuple of str
        Every guess, in a few words each: "commas separate"; empty when there was nothing to guess.
    name : str
        The file's name, fit to be shown; empty for text.
    """

    values: Array
    told: tuple[str, ...] = ()
    name: str = ""

    def line(self) -> str:
        """Return all that was guessed in one line, beside the first three values."""
        first = ", ".join(map(number_text, self.values[:FIRST].tolist()))
        what = "first values" if len(self.values) > FIRST else "values"
        return f"{self.name or 'your numbers'}: {'; '.join((*self.told, f'{what} {first}'))}."


def number_text(number: float) -> str:
    """Return a number without a needless ``.0``."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)
