"""Reading a table of text as people have it; what has two readings is refused with both, what is guessed is said."""

import csv
import io
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bnsim.data.cells import CHOOSE_DECIMAL, cells_column, looks_like_numbers
from bnsim.data.header import has_header, has_units
from bnsim.data.lines import NO_SEPARATOR, lines_of
from bnsim.data.notation import Decimal, bare, kind_of
from bnsim.data.reading import Choices
from bnsim.data.table import ALL, Column, Table, called, check_columns, check_rows, unique_names
from bnsim.errors import DataError

PAIR = re.compile(r"[+-]?[0-9]+,[0-9]+")
EARLY = 300
"""After so many rows a table of which no column can be used is refused without reading the rest."""


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

    def column(self, place: int, start: int) -> list[str]:
        """Return the cells of one column from a row on."""
        return self.flat[place + start * self.width :: self.width]


def read_delimited(text: str, name: str, choices: Choices | None = None) -> Table:
    """Return the columns of a table of text.

    Parameters
    ----------
    text : str
        Rows of cells between tabs, semicolons, commas, bars or blanks, whichever stand equally often on every line.
        Blank lines and comments are passed over; so is a row of units below the names.
    name : str
        The file's name, fit to be shown.
    choices : Choices, optional
        What somebody said about header, decimal sign and missing cells.

    Raises
    ------
    DataError
        If the rows differ in length, no column is usable, or the first line can be names or numbers.
    """
    choices = choices or Choices()
    lines = lines_of(text)
    separator, question = lines.separator, ""
    if separator == ",":
        separator, question = _comma(lines.text, name, choices)
    # A minus of typeset text needs no other treatment than a plain one.
    cells = _cells(lines.text.replace("\N{MINUS SIGN}", "-"), separator, name, choices)
    told = lines.told if separator == lines.separator else lines.told[:-1]
    told = told if cells.width > 1 else tuple(each for each in told if not each.endswith("separate"))
    table = _table(cells, name, choices)
    return replace(table, told=(*told, *table.told), question=f"{name} {question}" if question else "")


def _comma(text: str, name: str, choices: Choices) -> tuple[str, str]:
    """Return the separator of a text with commas, and the question if they may be decimal commas of one column."""
    rows = [line.strip() for line in text[:20_000].splitlines() if line.strip()][:EARLY]
    numbers = [row for row in rows if kind_of(bare(row)) != "bad"]
    pairs = sum("," in row for row in rows)
    # One comma among many rows is rather a damaged table of two columns than a decimal comma.
    if len(numbers) != len(rows) or pairs < min(2, len(rows)) or 2 * pairs < len(rows):
        return ",", ""
    if any(" " in row for row in rows):
        raise DataError(
            f'{name} must have one reading; in the line "{rows[0][:40]}" blanks can group digits or separate columns. '
            "Leave out the blanks that group digits."
        )
    if not all(PAIR.fullmatch(row) for row in rows) or choices.decimal == ",":
        return NO_SEPARATOR, ""
    if choices.decimal == ".":
        return ",", ""
    one, two = rows[0], rows[0].split(",")
    return ",", (
        f'must have one reading; its first line, "{one[:40]}", can be the number {one[:40].replace(",", ".")} with a '
        f"decimal comma or the numbers {two[0][:20]} and {two[1][:20]} of two columns. {CHOOSE_DECIMAL}"
    )


def _table(cells: Cells, name: str, choices: Choices) -> Table:
    header = has_header(cells, name, choices)
    units = header and has_units(cells)
    start = header + units
    told: tuple[str, ...] = ("header line used as names",) if header else ()
    told += (f"line {cells.lines[1]} left out as units",) if units else ()
    if choices.flat:
        return _all_in_one(cells, start, name, choices, told)
    first = cells.row(0) if header else [""] * cells.width
    columns: list[Column] = []
    skipped: list[str] = []
    for place, label in enumerate(unique_names(first)):
        column = cells.column(place, start)
        if looks_like_numbers(column):
            read = cells_column(name, label, column, cells.lines[start:], choices)
            columns.append(replace(read, unnamed=header and not first[place].strip()))
        elif any(map(str.strip, column)) or not column:
            skipped.append(label)
    check_rows(name, len(cells.lines) - start)
    return Table(name, tuple(_settled(columns, name)), tuple(skipped), told)


def _all_in_one(cells: Cells, start: int, name: str, choices: Choices, told: tuple[str, ...]) -> Table:
    numbers, width = cells.flat[start * cells.width :], cells.width
    if width > 1 and not any(map(str.strip, numbers[width - 1 :: width])):  # a separator after the last cell
        del numbers[width - 1 :: width]
        width -= 1
    column = cells_column(name, ALL, numbers, np.repeat(cells.lines[start:], width).tolist(), choices)
    check_rows(name, len(column.values))
    return Table(name, (column,), (), (*told, "all numbers of the file taken"))


def _settled(columns: Sequence[Column], name: str) -> list[Column]:
    """Return the columns, those with two readings decided by what the others make sure, or refused."""
    sure: set[Decimal | None] = {column.decimal for column in columns} - {None}
    settled = []
    for column in columns:
        if column.otherwise is not None and sure == {"."}:
            settled.append(column.otherwise)
        elif column.decimal is None and column.groups and sure == {","}:
            problem = f"{called(column.name)} of {name} must have one reading; {column.groups}. {CHOOSE_DECIMAL}"
            settled.append(replace(column, problem=problem))
        else:
            settled.append(column)
    return settled


def _cells(text: str, separator: str, name: str, choices: Choices) -> Cells:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    cells = Cells(width=0)
    ragged: list[str] = []
    try:
        for row in reader:
            if not "".join(row).strip():
                continue
            if not cells.lines:
                cells.width = len(row)
                check_columns(name, cells.width, flat=choices.flat)
            if len(row) != cells.width:
                ragged.append(f"line {reader.line_num} has {len(row)}")
                if len(ragged) > EARLY:
                    break
                continue
            cells.flat += row
            cells.lines.append(reader.line_num)
            check_rows(name, len(cells.lines) - 2)
            if len(cells.lines) == EARLY and not choices.leave_out:
                _table(cells, name, choices)
    except csv.Error as error:
        raise DataError(f"{name} must be a table of numbers; line {reader.line_num} is damaged ({error}).") from error
    _refuse_empty_or_ragged(name, cells, ragged)
    return cells


def _refuse_empty_or_ragged(name: str, cells: Cells, ragged: Sequence[str]) -> None:
    if not cells.lines:
        raise DataError(f"{name} must hold at least one number; it is empty.")
    if ragged:
        more = f"{len(ragged) - 3}{' or' if len(ragged) > EARLY else ''} more lines differ"
        rest = f" and {more}" if len(ragged) > 3 else ""
        expected = f"{cells.width} cells on every line, as line {cells.lines[0]} has"
        raise DataError(f"{name} must have {expected}; {', '.join(ragged[:3])}{rest}.")
