"""A table of text of any size as an array: read in pieces, each with the line of names before it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from bnsim.data.lines import COMMENT
from bnsim.data.own import read_table
from bnsim.data.reading import Choices
from bnsim.data.table import Table, listed
from bnsim.engine.arrays import Array
from bnsim.errors import DataError

PIECE = 4_000_000
"""Bytes read at once: what the reader of tables takes."""

SMALL = 64_000_000
"""Bytes of text; the numbers in it take at most four times as many."""

HAS_NAMES = "header line used as names"
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 begins, whose lines cannot be told apart byte by byte."""


@dataclass(frozen=True, eq=False)
class Text:
    """Rows of a table; its columns of numbers are channels.

    Attributes
    ----------
    file : binary file
        Open as long as it is read.
    name : str
        Its name, fit to be shown.
    columns : tuple of str
        The columns that are taken.
    head : bytes
        The line of names, if there is one.
    told : tuple of str
        What was guessed.
    is_small : bool
        Whether what is read is kept: to read text takes twenty times as long as to go through its numbers.
    """

    file: BinaryIO
    name: str
    columns: tuple[str, ...]
    head: bytes
    told: tuple[str, ...]
    is_small: bool = False
    _kept: list[Array] = field(default_factory=list)

    def blocks(self) -> Iterator[Array]:
        """Yield the rows in blocks of shape (n, C)."""
        if not self.is_small:
            yield from self._read()
            return
        if not self._kept:
            self._kept.extend(self._read())
        yield from self._kept

    def _read(self) -> Iterator[Array]:
        for piece in pieces(self.file):
            is_first = piece.startswith(self.head)
            table = _table(piece if is_first else self.head + piece, self.name)
            if not set(self.columns) <= set(table.columns):
                raise DataError(f"{self.name} must have the same columns from its first row to its last; it has not.")
            yield np.column_stack([table.column(column) for column in self.columns])


def open_text(file: BinaryIO, size: int, name: str) -> Text:
    """Return a table, of which the first piece is read.

    Raises
    ------
    DataError
        If that is no table of numbers, or a cell of a column of numbers is missing or text.
    """
    file.seek(0)
    if size > PIECE and file.read(2) in WIDE:
        raise DataError(f"{name} must be UTF-8 if it is larger than {PIECE} bytes; it is UTF-16. Save it as UTF-8.")
    piece = next(pieces(file))
    table = _table(piece, name)
    kept = table.offered
    left = [column for column in table.columns if column not in kept]
    told = [*table.told]
    told += [f"{listed(left)} left out, because it only counts"] if left else []
    told += [f"{listed(table.skipped)} left out, because it holds text"] if table.skipped else []
    head = _head(piece) if HAS_NAMES in table.told else b""
    return Text(file, name, kept, head, tuple(told), size <= SMALL)


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file in pieces that end where a line does."""
    file.seek(0)
    rest = b""
    while read := file.read(PIECE - len(rest)):
        piece = rest + read
        end = piece.rfind(b"\n") + 1 if len(piece) >= PIECE else len(piece)
        if not end:
            raise DataError(f"the file must have lines of at most {PIECE} bytes; it has a longer one.")
        yield piece[:end]
        rest = piece[end:]
    if rest.strip():
        yield rest


def _table(piece: bytes, name: str) -> Table:
    table = read_table(piece, name, Choices())
    if table.question:
        raise DataError(table.question)
    problems = [column.problem for column in table.found if column.name in table.offered and column.problem]
    if problems:
        raise DataError(*(problem.partition(" To leave out")[0] for problem in problems[:20]))
    return table


def _head(piece: bytes) -> bytes:
    """Return all up to the line of names, which is the first that is neither blank nor a comment."""
    lines = io.BytesIO(piece)
    for line in lines:
        if line.strip() and not COMMENT.match(line.decode("latin-1")):
            break
    return piece[: lines.tell()]
