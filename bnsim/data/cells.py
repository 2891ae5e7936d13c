"""From the cells of one column of text to numbers, or to the sentence that says why not."""

import re
from collections.abc import Sequence

import numpy as np

from bnsim.data.notation import MARKS, Decimal, bare, both, decimal_of, kind_of, read_numbers
from bnsim.data.reading import Array, Choices
from bnsim.data.table import Column, called
from bnsim.errors import DataError

MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "missing", "-", "--", "?"))
"""How tables write that a number is not there, in lower case."""
SAMPLE = 100
"""How many cells decide whether a column holds numbers or text."""
FEW = 10

CHOOSE_DECIMAL = "Say which: decimal-comma or decimal-point."
LEAVE_OUT = "To leave out what is missing, say leave-out."

# Wider than what can be read: a column of these is one of numbers, and is refused with the reason.
NUMBER_LIKE = re.compile(
    rf"[-+\N{{MINUS SIGN}}]?[$€£]?[.,]?[0-9][0-9.,eE+{MARKS}-]*%?|[-+]?(?:inf|infinity)|0x[0-9a-f]+", re.IGNORECASE
)
SURE_COMMA = re.compile(r",(?![0-9]{3}$)", re.MULTILINE)
ODD = re.compile(rf"[.{MARKS}]")
NOTATION = re.compile(rf"[,{MARKS}]")


def is_missing(cell: str) -> bool:
    """Say whether a cell says that its number is not there."""
    return cell.strip().lower() in MISSING


def is_number(cell: str) -> bool:
    """Say whether a cell is a number in any notation, or one that is not finite."""
    text = cell.strip()
    return len(text) <= 400 and NUMBER_LIKE.fullmatch(text) is not None


def looks_like_numbers(column: Sequence[str]) -> bool:
    """Say whether at least half of the first cells that are not blank are numbers, or all of them are missing ones."""
    sample = [cell for cell in column[: 10 * SAMPLE] if cell.strip()][:SAMPLE]
    return bool(sample) and 2 * sum(is_number(cell) or is_missing(cell) for cell in sample) >= len(sample)


def cells_column(name: str, label: str, cells: Sequence[str], lines: Sequence[int], choices: Choices) -> Column:
    """Return a column of numbers; with a problem if a cell cannot be one, or the cells have two readings."""
    joined = "\n".join(cells)
    # Python reads 1_000 as a number; that it groups digits is to be said.
    values = None if "_" in joined else _floats(cells)
    groups = "" if values is None else _groups(cells)
    if values is not None and not (groups and choices.decimal == ","):
        return Column(label, values, decimal=_sure(cells[:FEW]), groups="" if choices.decimal else groups)
    # Most files with decimal commas have nothing else in them: read at once.
    if choices.decimal != "." and SURE_COMMA.search(joined) and not ODD.search(joined):
        values = _floats(joined.replace(",", ".").split("\n"))
        if values is not None:
            return Column(label, values, told=("the comma is the decimal sign",), decimal=",")
    return _slowly(name, label, cells, lines, choices, plain=choices.decimal != "," and not NOTATION.search(joined))


def _floats(cells: Sequence[str]) -> Array | None:
    """Return the numbers of cells that are all plain and finite, else None."""
    try:
        values: Array = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _is_float(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _groups(cells: Sequence[str]) -> str:
    """Return the two readings of the first cell such as "1.234", if no cell says by itself what its point is."""
    for cell in cells[:SAMPLE]:
        if "." in cell and kind_of(bare(cell)) != "point or group":
            return ""
    found = next((cell for cell in cells if "." in cell), "")
    if not found or {kind_of(bare(cell)) for cell in cells} - {"whole", "point or group"}:
        return ""
    return f'"{found.strip()}" can be {both(found)}'


def _slowly(
    name: str, label: str, cells: Sequence[str], lines: Sequence[int], choices: Choices, *, plain: bool = False
) -> Column:
    kept, places = [], []
    for place, cell in enumerate(cells):
        if not is_missing(cell):
            if plain and not _is_float(cell):
                return Column(label, np.empty(0), _problem(name, label, lines[place], cell))
            kept.append(cell)
            places.append(place)
        elif not choices.leave_out:
            return Column(label, np.empty(0), f"{_problem(name, label, lines[place], cell)} {LEAVE_OUT}")

    def refuse(place: int, readings: str) -> DataError:
        line, cell = lines[places[place]], kept[place]
        if not readings:
            return DataError(_problem(name, label, line, cell))
        what = f"{called(label)} of {name} must have one reading; line {line}, {_shown(cell)}, can be {readings}."
        return DataError(f"{what} {CHOOSE_DECIMAL}")

    try:
        numbers, told = (list(map(float, kept)), ()) if plain else read_numbers(kept, choices.decimal, refuse)
    except DataError as error:
        return Column(label, np.empty(0), str(error), otherwise=_with_point(name, label, cells, lines, choices, error))
    values = np.array(numbers, dtype=np.float64)
    if not kept:
        return Column(label, values, f"{called(label)} of {name} must hold at least one number; all cells are missing.")
    if not np.isfinite(values).all():
        bad = int(np.flatnonzero(~np.isfinite(values))[0])
        return Column(label, values, str(refuse(bad, "")))
    left_out = len(cells) - len(kept)
    told += (f"{left_out} missing {'cell' if left_out == 1 else 'cells'} left out",) if left_out else ()
    return Column(label, values, told=told, decimal=_sure(kept))


def _with_point(
    name: str, label: str, cells: Sequence[str], lines: Sequence[int], choices: Choices, error: DataError
) -> Column | None:
    """Return the column read with decimal points, if nothing but the decimal sign is the question."""
    if choices.decimal is not None or CHOOSE_DECIMAL not in str(error):
        return None
    known = Choices(choices.header, ".", choices.leave_out, choices.flat)
    column = _slowly(name, label, cells, lines, known)
    return None if column.problem else column


def _sure(cells: Sequence[str]) -> Decimal | None:
    kinds = {kind_of(bare(cell)) for cell in cells[:SAMPLE]}
    return decimal_of(kinds) if kinds & {"point", "comma"} else None


def _problem(name: str, label: str, line: int, cell: str) -> str:
    text = cell.strip()
    seen = _shown(text) if text else "empty"
    way_out = ""
    if text.endswith("%"):
        way_out = " Write it without the sign: it can be a number of percent or a share of one."
    elif text[:2].lower() == "0x":
        way_out = " Write it as a decimal number."
    return f"{called(label)} of {name} must hold finite numbers; line {line} is {seen}.{way_out}"


def _shown(cell: str) -> str:
    text = cell.strip()
    return repr(text if len(text) <= 40 else text[:39] + "…")
