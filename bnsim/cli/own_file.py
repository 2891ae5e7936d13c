"""Numbers of one's own on the command line: ``values=@FILE:COLUMN``, and before the ``@`` how to read the file."""

import re
from pathlib import Path

from bnsim.data.own import MAX_BYTES, Choices, Reading, Table, read_table
from bnsim.data.pasted import read_text
from bnsim.errors import DataError
from bnsim.scenario.files import is_file, read_file, shown_path

FILE_MARK = "@"
WANTED = "CSV, NPY or NPZ file"
MOST_COLONS = 50


def own_reading(text: str) -> Reading:
    """Return numbers of one's own with all that was guessed.

    Parameters
    ----------
    text : str
        The numbers themselves, or ``@FILE``, or ``@FILE:COLUMN`` with the name of a column or its place from 1 among
        those of numbers (``name=2`` and ``place=2`` say which is meant). Before the ``@`` may stand how to read the
        file, between commas: ``leave-out``, ``header``, ``no-header``, ``decimal-comma``, ``decimal-point``, ``flat``.

    Raises
    ------
    DataError
        If the file cannot be read, has two readings, or has no such column.
    """
    how, mark, named = text.partition(FILE_MARK)
    if not mark or not re.fullmatch("[a-z, -]*", how):
        return read_text(text)
    path, column = _split(named)
    try:
        table = read_table(read_file(path, MAX_BYTES, what=WANTED, error=DataError), path.name, Choices.of_words(how))
        return table.reading(_which(table, column)) if column else _only(table, named, how)
    except DataError as error:
        asks = any(re.search(r"\b[Ss]ay ", problem) for problem in error.problems)
        hint = f"Say it before the {FILE_MARK}: values=WORD{FILE_MARK}{shown_path(path.name)}."
        raise DataError(*error.problems, *((hint,) if asks else ())) from None


def spelled(path: str, table: Table, place: int) -> str:
    """Return the shortest ``@FILE:COLUMN`` that names the column of that place in the table."""
    name = table.columns[place]
    for column in (name, f"name={name}", f"place={place + 1}"):
        text = f"{path}:{column}"
        if _split(text) == (Path(path), column) and _place(table, column) == place:
            return f"{FILE_MARK}{text}"
    return f"{FILE_MARK}FILE:place={place + 1} after giving the file a name without a colon"


def _only(table: Table, path: str, how: str) -> Reading:
    try:
        return table.reading()
    except DataError as error:
        if table.question or len(table.offered) < 2:
            raise
        places = [table.columns.index(name) for name in table.offered[:3]]
        ways = " or ".join(f"{how}{spelled(path, table, place)}" for place in places)
        more = f" and {len(table.offered) - 3} more" if len(table.offered) > 3 else ""
        raise DataError(f"{str(error).removesuffix('.')}: {ways}{more}.") from None


def _which(table: Table, column: str) -> str | int:
    place = _place(table, column)
    if place is None:
        raise DataError(
            f'{table.name} must have one column called so; "{column}" is the name of one and the place of another. '
            f"Choose name={column} or place={column}."
        )
    return column.removeprefix("name=") if place < 0 else place


def _place(table: Table, column: str) -> int | None:
    """Return the place of a column from 0; -1 if there is none; None if one is called so and another stands there."""
    kind, equals, rest = column.partition("=")
    if equals and kind in ("name", "place"):
        by_name = rest if kind == "name" else ""
        by_place = rest if kind == "place" else ""
    else:
        by_name = by_place = column
    named = table.columns.index(by_name) if by_name in table.columns else -1
    counted = (
        by_place.isascii() and by_place.isdigit() and len(by_place) < 9 and 0 < int(by_place) <= len(table.columns)
    )
    placed = int(by_place) - 1 if counted else -1
    if named >= 0 and placed >= 0 and named != placed:
        return None
    return max(named, placed)


def _split(text: str) -> tuple[Path, str]:
    """Return the file and the column: the longest beginning that is a file; else all before the last colon."""
    if is_file(text):
        return Path(text), ""
    colons = [match.start() for match in re.finditer(":", text)][:MOST_COLONS]
    for at in reversed(colons):
        if is_file(text[:at]):
            return Path(text[:at]), text[at + 1 :]
    path, colon, column = text.rpartition(":")
    # The colon after a drive letter is part of the path.
    return (Path(path), column) if colon and len(path) > 1 else (Path(text), "")
