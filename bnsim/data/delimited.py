"""Reading a CSV file as people have them: any of three separators, a header or none, a decimal comma or a point."""

import csv
import io
import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from bnsim.data.table import Array, Column, Table, called, check_columns, check_rows, unique_names
from bnsim.errors import DataError

SEPARATORS = "\t;,"
FIRST_LINE = re.compile(r"[^\r\n]+")
# How many cells decide whether a column holds numbers or text.
SAMPLE = 100

Number = Callable[[str], float]


@dataclass
class Cells:
    """All cells in one flat list, `width` to a row, and the line of the file on which each row ended.

    Flat, because a million small lists would take most of the time and of the memory.
    """

    width: int
    flat: list[str] = field(default_factory=list)
    lines: "array[int]" = field(default_factory=lambda: array("L"))

    def row(self, place: int) -> list[str]:
        """Return one row."""
        return self.flat[place * self.width : (place + 1) * self.width]


def read_delimited(text: str, name: str) -> Table:
    """Return the columns of a table of text.

    Parameters
    ----------
    text : str
        Rows of cells between commas, semicolons or tabs, whichever the first line has.
        Blank rows are passed over. The first row is a header if no cell of it is a number.
        Between semicolons a comma is a decimal comma.
    name : str
        The file's name, fit to be shown.

    Raises
    ------
    DataError
        If the rows differ in length or no column is usable.
    """
    separator = _separator(text)
    cells = _cells(text, separator, name)
    number = _reader_of_numbers(text, separator)
    has_header = not any(_is_number(cell, number) for cell in cells.row(0))
    names = unique_names(cells.row(0) if has_header else [""] * cells.width)
    found, skipped = [], []
    for place, label in enumerate(names):
        column = cells.flat[place + has_header * cells.width :: cells.width]
        if _holds_numbers(column, number):
            found.append(_column(name, label, column, cells.lines[has_header:], number))
        elif any(map(str.strip, column)) or not column:
            skipped.append(label)
    return Table(name, tuple(found), tuple(skipped))


def decimal_point(cell: str) -> float:
    """Return the number in a cell such as "-2.5e3"; a typographic minus is a minus."""
    if "_" in cell:
        raise ValueError(cell)
    return float(cell.replace("−", "-"))


def decimal_comma(cell: str) -> float:
    """Return the number in a cell such as "2,5" or "2.5"."""
    return decimal_point(cell.replace(",", "."))


def _reader_of_numbers(text: str, separator: str) -> Number:
    """Return the quickest function that reads this text's numbers rightly; most files need only `float`."""
    if separator == ";" and "," in text:
        return decimal_comma
    return decimal_point if "_" in text or "−" in text else float


def _separator(text: str) -> str:
    """Return the first of tab, semicolon, comma that the first line has outside quotes; a comma if none."""
    first_line = FIRST_LINE.search(text)
    bare = re.sub(r'"[^"]*"', "", first_line[0]) if first_line else ""
    return next((separator for separator in SEPARATORS if separator in bare), ",")


def _cells(text: str, separator: str, name: str) -> Cells:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    cells = Cells(width=0)
    ragged: list[str] = []
    try:
        for row in reader:
            if not "".join(row).strip():
                continue
            if not cells.lines:
                cells.width = len(row)
                check_columns(name, cells.width)
            if len(row) != cells.width:
                ragged.append(f"line {reader.line_num} has {len(row)}")
                continue
            cells.flat += row
            cells.lines.append(reader.line_num)
            check_rows(name, len(cells.lines) - 1)
    except csv.Error as error:
        raise DataError(f"{name} must be a table of numbers; line {reader.line_num} is damaged ({error}).") from error
    _refuse_empty_or_ragged(name, cells, ragged)
    return cells


def _refuse_empty_or_ragged(name: str, cells: Cells, ragged: Sequence[str]) -> None:
    if not cells.lines:
        raise DataError(f"{name} must hold at least one number; it is empty.")
    if ragged:
        rest = f" and {len(ragged) - 3} more lines differ" if len(ragged) > 3 else ""
        expected = f"{cells.width} cells on every line, as line {cells.lines[0]} has"
        raise DataError(f"{name} must have {expected}; {', '.join(ragged[:3])}{rest}.")


def _is_number(cell: str, number: Number) -> bool:
    try:
        number(cell)
    except ValueError:
        return False
    return True


def _holds_numbers(column: Sequence[str], number: Number) -> bool:
    """Say whether at least half of the first cells that are not blank are numbers."""
    sample = [cell for cell in column[: 10 * SAMPLE] if cell.strip()][:SAMPLE]
    return bool(sample) and 2 * sum(_is_number(cell, number) for cell in sample) >= len(sample)


def _column(name: str, label: str, column: Sequence[str], lines: Sequence[int], number: Number) -> Column:
    try:
        values: Array = np.fromiter(map(number, column), np.float64, len(column))
    except ValueError:
        bad = next(place for place, cell in enumerate(column) if not _is_number(cell, number))
        return Column(label, np.empty(0), _problem(name, label, lines[bad], column[bad]))
    not_finite = np.flatnonzero(~np.isfinite(values))
    if not_finite.size:
        bad = int(not_finite[0])
        return Column(label, values, _problem(name, label, lines[bad], column[bad]))
    check_rows(name, len(column))
    return Column(label, values)


def _problem(name: str, label: str, line: int, cell: str) -> str:
    text = cell.strip()
    seen = repr(text if len(text) <= 40 else text[:39] + "…") if text else "empty"
    return f"{called(label)} of {name} must hold finite numbers; line {line} is {seen}."
