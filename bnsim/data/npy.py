"""Reading a NumPy .npy file that may be hostile: numpy reads the header, of which nothing is believed."""

import io
import math
import tokenize
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy

from bnsim.data.cells import LEAVE_OUT
from bnsim.data.reading import Array, Choices
from bnsim.data.table import ALL, Column, Table, called, check_columns, check_rows
from bnsim.errors import DataError

MAGIC = npy.MAGIC_PREFIX
# Version 3 writes the names of fields in another encoding; files with fields are refused.
READ_HEADER: dict[tuple[int, int], Any] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
    (3, 0): npy.read_array_header_2_0,
}
MAX_HEADER = 2_000
"""Characters: of an array it takes about 120. A long text that is no header takes numpy long to refuse."""
MOST_BEFORE = 12 + MAX_HEADER
"""Bytes before the numbers: what it is, its version, the length of the header, and that."""

NOT_A_HEADER = (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, OverflowError, tokenize.TokenError)
"""What numpy and Python's parser of literals raise for a text that is none, or is nested too deeply."""

MOST_AXES = 8


@dataclass(frozen=True)
class Header:
    """What an .npy file says of itself; `start` is where its numbers begin."""

    dtype: np.dtype[Any]
    fortran_order: bool
    shape: tuple[int, ...]
    start: int


def read_npy(raw: bytes, name: str, choices: Choices | None = None) -> Table:
    """Return the columns of an array of real numbers; of more than two axes, one for each channel, which is axis 1.

    Parameters
    ----------
    raw : bytes
        The file, beginning with the magic bytes.
    name : str
        The file's name, fit to be shown.
    choices : Choices, optional
        Whether what is not a number is left out, and whether all numbers are one batch.

    Raises
    ------
    DataError
        If the file is damaged, holds anything but real numbers, or too many of them.
    """
    choices = choices or Choices()
    columns, told = npy_columns(raw, name, choices)
    return Table(name, columns, (), told)


def npy_columns(raw: bytes, name: str, choices: Choices) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the columns of an array, and what was guessed."""
    array = _array(raw, npy_header(raw, name), name, choices)
    if choices.flat and array.ndim > 1:
        return (_column(name, ALL, array.reshape(-1), choices),), (f"all numbers of the array {array.shape} taken",)
    if array.ndim < 2:
        return (_column(name, "values", array.reshape(-1), choices),), ()
    label = "column"
    told: tuple[str, ...] = ()
    if array.ndim > 2:
        label, told = "channel", (f"array of shape {array.shape}: axis 1 counts channels; one holds all other axes",)
    channels = np.moveaxis(array, 1, 0).reshape(array.shape[1], -1)
    columns = (_column(name, f"{label} {place}", values, choices) for place, values in enumerate(channels, start=1))
    return tuple(columns), told


def npy_header(raw: bytes, name: str) -> Header:
    """Return what a file says of itself; its first `MOST_BEFORE` bytes are enough.

    Raises
    ------
    DataError
        If it is no header of NumPy.
    """
    # Cut short before its version, the file gets version 0.0, which there is not.
    major, minor = raw[6:8].ljust(2, b"\0")
    read = READ_HEADER.get((major, minor))
    if read is None:
        raise DataError(f"{name} must be an NPY file of version 1.0, 2.0 or 3.0; got {major}.{minor}.")
    file = io.BytesIO(raw)
    try:
        npy.read_magic(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy warns of sizes that end in L, as Python 2 wrote them
            shape, fortran_order, dtype = read(file, max_header_size=MAX_HEADER)
    except NOT_A_HEADER:
        raise _damaged(name) from None
    if any(size < 0 for size in shape):
        raise _damaged(name)
    return Header(dtype, fortran_order, shape, file.tell())


def require_numbers(header: Header, size: int, name: str) -> None:
    """Refuse an array that holds anything but real numbers, or not as many as it says in a file of `size` bytes.

    Raises
    ------
    DataError
        In one sentence.
    """
    dtype = header.dtype
    if dtype.fields:
        raise DataError(f"{name} must hold plain numbers; it holds records with fields. Save one field.")
    if dtype.kind == "b":
        raise DataError(f"{name} must hold real numbers; it holds true and false. Save x.astype(float).")
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise DataError(f"{name} must hold real numbers (int or float, up to 64 bits); got {dtype.str!r}.")
    if len(header.shape) > MOST_AXES:
        raise DataError(f"{name} must have at most {MOST_AXES} axes; got {len(header.shape)}. Save x.ravel().")
    if 0 in header.shape:
        raise DataError(f"{name} must hold at least one number; it is empty.")
    if math.prod(header.shape) * dtype.itemsize != size - header.start:
        raise DataError(f"{name} must hold as many numbers as its header says; it is cut short or damaged.")


def _array(raw: bytes, header: Header, name: str, choices: Choices) -> Array:
    """Return the array once its claimed size is known to be the size that is there."""
    require_numbers(header, len(raw), name)
    columns = header.shape[1] if len(header.shape) > 1 and not choices.flat else 1
    check_rows(name, math.prod(header.shape) // columns)
    check_columns(name, columns)
    flat = np.frombuffer(raw, header.dtype, offset=header.start)
    return flat.astype(np.float64).reshape(header.shape, order="F" if header.fortran_order else "C")


def _column(name: str, label: str, values: Array, choices: Choices) -> Column:
    bad = np.flatnonzero(~np.isfinite(values))
    if not bad.size:
        return Column(label, np.ascontiguousarray(values))
    missing = np.isnan(values)
    if choices.leave_out and missing.sum() == bad.size < values.size:
        return Column(label, values[~missing], told=(f"{bad.size} NaN left out",))
    way_out = f" {LEAVE_OUT}" if missing[bad[0]] and bad.size < values.size else ""
    problem = f"{called(label)} of {name} must hold finite numbers; row {bad[0] + 1} is {values[bad[0]]}.{way_out}"
    return Column(label, values, problem)


def _damaged(name: str) -> DataError:
    return DataError(f"{name} must be an NPY file; its header is damaged.")
