"""Columns of numbers from a user's file, each one ready to be taken as a batch, or the reason why not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnsim.data.notation import Decimal
from bnsim.data.reading import Array, Reading
from bnsim.errors import DataError, nearest

MAX_VALUES = 1_000_000
MAX_COLUMNS = 1_000

COUNTING = re.compile(
    r"unnamed: 0|index|idx|row|id|n|steps?|global_step|epochs?|iter|iterations?|wall[ _]time|timestamp"
)
"""Names of columns that only count, if they grow from row to row."""
ALL = "all numbers"


@dataclass(frozen=True, eq=False)
class Column:
    """One column of numbers, shape (N,); a problem is the sentence that says why it cannot be used.

    `told` is what was guessed, `decimal` the decimal sign if the numbers make it sure. `groups` are the two readings of
    a number whose point may group digits, `otherwise` is the column with decimal points where that is the question.
    `unnamed` says that there are names, and this column has none.
    """

    name: str
    values: Array
    problem: str = ""
    told: tuple[str, ...] = ()
    decimal: Decimal | None = None
    groups: str = ""
    otherwise: "Column | None" = None
    unnamed: bool = False

    def counts(self) -> bool:
        """Say whether the column only counts: it has no name or that of a counter, and grows from row to row."""
        named = COUNTING.fullmatch(self.name.strip().lower()) is not None
        return (named or self.unnamed) and not self.problem and bool((np.diff(self.values) > 0).all())


@dataclass(frozen=True, eq=False)
class Table:
    """What was found in a user's file.

    Attributes
    ----------
    name : str
        The file's name, fit to be shown.
    found : tuple of Column
        The columns of numbers, in the file's order; at least one of them has no problem.
    skipped : tuple of str
        Names of the columns that hold text.
    told : tuple of str
        What was guessed of the file as a whole.
    question : str
        The sentence with both readings, if the file has two; naming a column answers it.
    """

    name: str
    found: tuple[Column, ...]
    skipped: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    question: str = ""

    def __post_init__(self) -> None:
        if not self.found:
            raise DataError(f"{self.name} must have a column of numbers; {_held(self.skipped)}.")
        if all(column.problem for column in self.found):
            raise DataError(*_first_problems(self.found))
        for column in self.found:
            column.values.flags.writeable = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of numbers; every name is there once."""
        return tuple(column.name for column in self.found)

    @property
    def offered(self) -> tuple[str, ...]:
        """Names of the columns that may be the batch: all but those that only count, unless there are no others."""
        return tuple(column.name for column in self.found if not column.counts()) or self.columns

    def column(self, which: str | int) -> Array:
        """Return one column of numbers.

        Parameters
        ----------
        which : str or int
            A name in `columns`, or a place in `columns` counted from 0.

        Returns
        -------
        array of float64, shape (N,)
            Finite, read-only, 1 to 1,000,000 values.

        Raises
        ------
        DataError
            If there is no such column, or it has a cell that is missing, text, NaN or infinite.
        """
        return self._usable(which).values

    def reading(self, which: str | int | None = None) -> Reading:
        """Return one column with all that was guessed; by default the only one that may be the batch.

        Raises
        ------
        DataError
            As in `column`; and without a column, if the file has two readings or several columns may be the batch.
        """
        if which is None:
            if self.question:
                raise DataError(self.question)
            if len(self.offered) > 1:
                flat = " (or say flat, if they are one batch)" if len(self.found[0].values) == 1 else ""
                count = len(self.offered)
                raise DataError(f"{self.name} has {count} columns of numbers{flat}; choose one{self._left_out()}.")
        column = self._usable(self.offered[0] if which is None else which)
        return Reading(column.values, (*self.told, *self._why(column, which), *column.told), self.name)

    def _why(self, column: Column, which: str | int | None) -> tuple[str, ...]:
        counters = [each.name for each in self.found if each.counts() and each is not column]
        because = []
        if which is None and counters:
            because.append(f"{listed(counters)} only {'counts' if len(counters) == 1 else 'count'}")
        if self.skipped:
            because.append(f"{listed(self.skipped)} {'holds' if len(self.skipped) == 1 else 'hold'} text")
        if len(self.found) == 1 and not because:
            return ()
        reason = f", because {' and '.join(because)}" if which is None and because else ""
        return (f"{called(column.name)} taken{reason}",)

    def _left_out(self) -> str:
        hold = "holds" if len(self.skipped) == 1 else "hold"
        return f" (not {listed(self.skipped)}, which {hold} text)" if self.skipped else ""

    def _usable(self, which: str | int) -> Column:
        place = which if isinstance(which, int) else self._place(which)
        if not 0 <= place < len(self.found):
            raise DataError(f"column must be from 0 to {len(self.found) - 1}; got {place}.")
        column = self.found[place]
        if column.problem:
            raise DataError(column.problem)
        return column

    def _place(self, name: str) -> int:
        if name in self.columns:
            return self.columns.index(name)
        if name in self.skipped:
            raise DataError(f"{quoted(name)} must be a column of numbers; it holds text in {self.name}.")
        near = nearest(name, self.columns)
        way_out = f"Did you mean {quoted(near)}?" if near else f"Its columns are {listed(self.columns)}."
        raise DataError(f"{quoted(name)} is not a column of {self.name}. {way_out}")


def shown(text: str, length: int = 60) -> str:
    """Return text on one printable line of at most `length` characters."""
    line = "".join(character if character.isprintable() else " " for character in text[: 4 * length])
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def quoted(name: str) -> str:
    """Return a name as it appears in sentences."""
    return f'"{shown(name)}"'


def called(label: str) -> str:
    """Return a column's label as it appears in sentences: column "height", or column 3 when it has no name."""
    return label if re.fullmatch("column [0-9]+", label) else f"column {quoted(label)}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return the first few names, quoted, and how many more there are."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(quoted, names[:most])) + rest


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names fit to be shown: blank ones become "column 3", repeated ones "x (2)"."""
    taken: dict[str, None] = {}
    for place, raw in enumerate(names, start=1):
        name = first = shown(raw) or f"column {place}"
        count = 1
        while name in taken:
            count += 1
            name = f"{first} ({count})"
        taken[name] = None
    return tuple(taken)


def check_rows(name: str, rows: int) -> None:
    """Refuse a column of more than a million values."""
    if rows > MAX_VALUES:
        raise DataError(f"{name} must have at most {MAX_VALUES} rows; got more. Keep fewer rows.")


def check_columns(name: str, columns: int, *, flat: bool = False) -> None:
    """Refuse more than a thousand columns, unless all numbers together are the batch."""
    if columns > MAX_COLUMNS and not flat:
        raise DataError(
            f"{name} must have at most {MAX_COLUMNS} columns; got {columns}. "
            "Keep the ones you need; or say flat, if all its numbers are one batch."
        )


def _held(skipped: tuple[str, ...]) -> str:
    return f"only text was found in {listed(skipped)}" if skipped else "it has none"


def _first_problems(columns: tuple[Column, ...], most: int = 20) -> tuple[str, ...]:
    problems = tuple(column.problem for column in columns)
    rest = (f"and {len(problems) - most} more problems.",) if len(problems) > most else ()
    return problems[:most] + rest
