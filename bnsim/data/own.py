"""The user's own numbers: a small CSV or NPY file, read without trusting it."""

from bnsim.data.delimited import read_delimited
from bnsim.data.npy import MAGIC, read_npy
from bnsim.data.table import Table, shown
from bnsim.errors import DataError

__all__ = ["MAX_BYTES", "Table", "read_table"]

MAX_BYTES = 5_000_000


def read_table(raw: bytes, name: str) -> Table:
    """Return the columns of numbers in a user's file.

    Parameters
    ----------
    raw : bytes
        The whole file, at most 5,000,000 bytes: CSV (comma, semicolon or tab; header or none;
        UTF-8 or Latin-1) or NPY (real numbers, at most two axes). The content decides which.
    name : str
        The file's name, for the messages.

    Returns
    -------
    Table
        At least one column that can be taken as a batch.

    Raises
    ------
    DataError
        If the file is too large, damaged, of another kind, or has no usable column of numbers.
    """
    name = shown(name) or "the file"
    if len(raw) > MAX_BYTES:
        raise DataError(f"{name} must be at most {MAX_BYTES} bytes; got {len(raw)}. Keep fewer rows or columns.")
    if raw.startswith(MAGIC):
        return read_npy(raw, name)
    # No text has a zero byte, nearly every other file has: spreadsheets, pictures, UTF-16.
    if b"\0" in raw:
        raise DataError(f"{name} must be a CSV file (UTF-8) or an NPY file; it is neither. Export it as CSV.")
    return read_delimited(_decoded(raw), name)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
