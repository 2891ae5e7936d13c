"""Whether the first line of a table holds names, and the second one units."""

import re
from typing import Protocol

from bnsim.data.cells import is_missing, is_number, looks_like_numbers
from bnsim.data.reading import Choices
from bnsim.errors import DataError

DECIMALS = re.compile(r"[.,eE]")
LOOKED_AT = 100


class Rows(Protocol):
    """Cells in rows of one width."""

    width: int

    def row(self, place: int) -> list[str]:
        """Return one row."""

    def column(self, place: int, start: int) -> list[str]:
        """Return the cells of one column from a row on."""


def has_header(cells: Rows, name: str, choices: Choices) -> bool:
    """Say whether the first row holds names.

    It does if no cell of it is a number; if a cell of it is text above numbers; or if it counts 0, 1, … above numbers
    with decimals, as a frame of pandas without names is written.

    Raises
    ------
    DataError
        If it can be names or numbers.
    """
    if choices.header is not None:
        return choices.header
    first = cells.row(0)
    if not any(is_number(cell) or (cell.strip() and is_missing(cell)) for cell in first):
        return True
    if not cells.column(0, 1):
        return False
    below = [cells.column(place, 1)[:LOOKED_AT] for place in range(cells.width)]
    numeric = [place for place in range(cells.width) if looks_like_numbers(below[place])]
    if any(first[place].strip() and not is_number(first[place]) and not is_missing(first[place]) for place in numeric):
        return True
    if not first[0].strip() and 0 in numeric and _counts(below[0]):
        return True
    labels = [first[place].strip() for place in numeric]
    if not labels or labels != [str(count) for count in range(len(labels))]:
        return False
    decimals = [all(DECIMALS.search(cell) for cell in below[place]) for place in numeric]
    if len(labels) > 1 and all(decimals):
        return True
    if len(labels) == 1 and not all(decimals):
        return False
    shown = ", ".join(cell.strip()[:20] for cell in first[:4])
    raise DataError(
        f"{name} must have one reading; its first line, {shown}, can hold names of columns or numbers. "
        "Say which: header or no-header."
    )


def has_units(cells: Rows) -> bool:
    """Say whether the row below the names holds units: text, above nothing but numbers."""
    second = cells.row(1)
    if not any(cell.strip() for cell in second) or any(is_number(cell) or "," in cell for cell in second):
        return False
    numeric = [looks_like_numbers(cells.column(place, 2)[:LOOKED_AT]) for place in range(cells.width)]
    units = [cell for cell, is_numeric in zip(second, numeric, strict=True) if is_numeric and cell.strip()]
    return bool(units) and not any(map(is_missing, units))


def _counts(column: list[str]) -> bool:
    """Say whether a column counts its rows from 0 or 1."""
    texts = [cell.strip() for cell in column]
    return texts in ([str(row) for row in range(start, start + len(texts))] for start in (0, 1))
