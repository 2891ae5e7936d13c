"""The user's own numbers: a small CSV, NPY or NPZ file, read without trusting it."""

from dataclasses import replace

from bnsim.data.delimited import read_delimited
from bnsim.data.lines import decoded
from bnsim.data.npy import MAGIC, read_npy
from bnsim.data.npz import ZIP, read_npz
from bnsim.data.reading import Choices, Reading
from bnsim.data.table import Table, shown
from bnsim.errors import DataError

__all__ = ["MAX_BYTES", "Choices", "Reading", "Table", "read_table"]

MAX_BYTES = 5_000_000


def read_table(raw: bytes, name: str, choices: Choices | None = None) -> Table:
    """Return the columns of numbers in a user's file.

    Parameters
    ----------
    raw : bytes
        The whole file, at most 5,000,000 bytes: a table of text (tabs, semicolons, commas, bars or blanks between
        cells; header or none; UTF-8, UTF-16 or Latin-1), NPY (real numbers) or NPZ. The content decides which.
    name : str
        The file's name, for the messages.
    choices : Choices, optional
        What somebody said about header, decimal sign, missing cells, and whether all numbers are one batch.

    Returns
    -------
    Table
        At least one column that can be taken as a batch, and all that was guessed.

    Raises
    ------
    DataError
        If the file is too large, damaged, of another kind, or has no usable column of numbers.
    """
    name, choices = shown(name) or "the file", choices or Choices()
    if len(raw) > MAX_BYTES:
        raise DataError(f"{name} must be at most {MAX_BYTES} bytes; got {len(raw)}. Keep fewer rows or columns.")
    if raw.startswith(MAGIC):
        return read_npy(raw, name, choices)
    if raw.startswith(ZIP):
        return read_npz(raw, name, choices)
    text, told = decoded(raw, name)
    table = read_delimited(text, name, choices)
    return replace(table, told=(*told, *table.told))
