"""Reading a NumPy .npy file that may be hostile: its header is matched, never evaluated, and never believed."""

import math
import re
import struct
from dataclasses import dataclass

import numpy as np

from bnsim.data.cells import LEAVE_OUT
from bnsim.data.reading import Array, Choices
from bnsim.data.table import ALL, Column, Table, called, check_columns, check_rows
from bnsim.errors import DataError

MAGIC = b"\x93NUMPY"
# Version of the format -> how the length of its header is written (NumPy enhancement proposal 1).
HEADER_LENGTH = {(1, 0): "<H", (2, 0): "<I", (3, 0): "<I"}
# NumPy itself refuses longer ones.
MAX_HEADER = 10_000

MOST_AXES = 8

REAL = re.compile(r"[<>=|]?(?:[iu][1248]|f[248])")
# One of the three entries of the header's dictionary; the sizes may end in L, as Python 2 wrote them.
ENTRY = re.compile(
    r"""\s*['"](descr|fortran_order|shape)['"]\s*:\s*"""
    r"""(?:['"]([^'"\\]{1,40})['"]|(True|False)|\(([0-9L,\s]{0,400})\)|(\[))\s*,?"""
)


@dataclass(frozen=True)
class Header:
    """What an .npy file says of itself; `start` is where its numbers begin."""

    dtype: str
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
    array = _array(raw, _header(raw, name), name, choices)
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


def _header(raw: bytes, name: str) -> Header:
    # Cut short before its version, the file gets version 0.0, which there is not.
    major, minor = raw[6:8].ljust(2, b"\0")
    layout = HEADER_LENGTH.get((major, minor))
    if layout is None:
        raise DataError(f"{name} must be an NPY file of version 1.0, 2.0 or 3.0; got {major}.{minor}.")
    begin = 8 + struct.calcsize(layout)
    if len(raw) < begin:
        raise _damaged(name)
    (length,) = struct.unpack(layout, raw[8:begin])
    if length > min(MAX_HEADER, len(raw) - begin):
        raise _damaged(name)
    return _parsed(raw[begin : begin + length].decode("latin-1").strip(), name, begin + length)


def _parsed(text: str, name: str, start: int) -> Header:
    found: dict[str, re.Match[str]] = {}
    at = 1
    while entry := ENTRY.match(text, at):
        found[entry[1]] = entry
        at = entry.end()
    if "descr" in found and found["descr"][5]:
        raise DataError(f"{name} must hold plain numbers; it holds records with fields. Save one field.")
    if len(found) != 3 or text[:1] != "{" or text[at:].strip() != "}":
        raise _damaged(name)
    dtype, order, shape = found["descr"][2], found["fortran_order"][3], found["shape"][4]
    if dtype is None or order is None or shape is None:
        raise _damaged(name)
    return Header(dtype, order == "True", tuple(map(int, re.findall(r"[0-9]+", shape))), start)


def _array(raw: bytes, header: Header, name: str, choices: Choices) -> Array:
    """Return the array once its claimed size is known to be the size that is there."""
    if header.dtype == "|b1":
        raise DataError(f"{name} must hold real numbers; it holds true and false. Save x.astype(float).")
    if not REAL.fullmatch(header.dtype):
        raise DataError(f"{name} must hold real numbers (int or float, up to 64 bits); got {header.dtype!r}.")
    if len(header.shape) > MOST_AXES:
        raise DataError(f"{name} must have at most {MOST_AXES} axes; got {len(header.shape)}. Save x.ravel().")
    if 0 in header.shape:
        raise DataError(f"{name} must hold at least one number; it is empty.")
    dtype = np.dtype(header.dtype)
    if math.prod(header.shape) * dtype.itemsize != len(raw) - header.start:
        raise DataError(f"{name} must hold as many numbers as its header says; it is cut short or damaged.")
    columns = header.shape[1] if len(header.shape) > 1 and not choices.flat else 1
    check_rows(name, math.prod(header.shape) // columns)
    check_columns(name, columns)
    flat = np.frombuffer(raw, dtype, offset=header.start)
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
