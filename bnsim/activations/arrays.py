"""Arrays in files of any size: mapped where they lie open, unpacked piece by piece where they are packed."""

import io
import math
import mmap
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, Literal, Protocol

import numpy as np

from bnsim.data.npy import MOST_BEFORE, Header, npy_header, require_numbers
from bnsim.data.npz import DAMAGED, damaged, require_arrays
from bnsim.data.table import listed, quoted, shown
from bnsim.engine.arrays import Array
from bnsim.errors import DataError, nearest

MOST_UNPACKED = 256_000_000
"""Bytes of a packed array that can only be read as a whole."""

AT_ONCE = 1 << 20
"""Numbers in a block, about: 8 MB in float64."""


class Numbers(Protocol):
    """An array that can be read in blocks, as often as somebody wants."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all of it."""

    def blocks(self, axis: int, size: int) -> Iterator[Array]:
        """Yield the array in parts of `size` along an axis, the last one perhaps smaller."""


@dataclass(frozen=True, eq=False)
class Whole:
    """An array in memory, or mapped into it from a file."""

    array: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.array.shape

    def blocks(self, axis: int, size: int) -> Iterator[Array]:
        """Yield views of it."""
        before = (slice(None),) * axis
        for start in range(0, self.shape[axis], size):
            yield self.array[(*before, slice(start, start + size))]


@dataclass(frozen=True, eq=False)
class Packed:
    """An array in a zip, written row after row, that is unpacked anew each time it is read."""

    file: BinaryIO
    member: str
    header: Header
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        """As its header says."""
        return self.header.shape

    def blocks(self, axis: int, size: int) -> Iterator[Array]:
        """Yield parts along the first axis; along another one all of it must be in memory."""
        if axis != 0 or self.header.fortran_order:
            yield from Whole(self._whole()).blocks(axis, size)
            return
        row = math.prod(self.shape[1:])
        with self._numbers() as packed:
            for start in range(0, self.shape[0], size):
                rows = min(size, self.shape[0] - start)
                yield self._read(packed, rows * row).reshape(rows, *self.shape[1:])

    def _whole(self) -> Array:
        size = math.prod(self.shape) * self.header.dtype.itemsize
        if size > MOST_UNPACKED:
            raise DataError(
                f"{self.name} must hold its packed array row after row, with the examples first; it does not, and "
                f"{size} bytes are too many to turn it here. Save x with numpy.save, which does not pack it."
            )
        with self._numbers() as packed:
            flat = self._read(packed, math.prod(self.shape))
        return flat.reshape(self.shape, order="F" if self.header.fortran_order else "C")

    @contextmanager
    def _numbers(self) -> Iterator[IO[bytes]]:
        """Open the member behind its header."""
        try:
            with zipfile.ZipFile(self.file) as archive, archive.open(self.member) as packed:
                packed.read(self.header.start)
                yield packed
        except DAMAGED as error:
            raise error if isinstance(error, DataError) else damaged(self.name) from None

    def _read(self, packed: IO[bytes], count: int) -> Array:
        wanted = count * self.header.dtype.itemsize
        raw = packed.read(wanted)
        if len(raw) < wanted:
            raise damaged(self.name)
        return np.frombuffer(raw, self.header.dtype)


def open_npy(file: BinaryIO, size: int, name: str) -> Whole:
    """Return the array of an open NPY file, mapped and not read.

    Raises
    ------
    DataError
        If the file is damaged or holds anything but real numbers.
    """
    file.seek(0)
    header = npy_header(file.read(MOST_BEFORE), name)
    require_numbers(header, size, name)
    order: Literal["F", "C"] = "F" if header.fortran_order else "C"
    raw = file.getbuffer() if isinstance(file, io.BytesIO) else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    flat = np.frombuffer(raw, header.dtype, offset=header.start)
    return Whole(flat.reshape(header.shape, order=order))


def open_npz(file: BinaryIO, name: str, wanted: str, most: int | None) -> tuple[Packed, str]:
    """Return one array of an NPZ file and what it is called.

    Parameters
    ----------
    file : binary file
        Open, and open as long as the array is read.
    name : str
        The file's name, fit to be shown.
    wanted : str
        Which array; "" for the only one.
    most : int, optional
        Bytes of all arrays when unpacked; None for any number.

    Raises
    ------
    DataError
        If the file is damaged, holds something else, or several arrays of which none is chosen.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            require_arrays(members, name, most)
            member = members[_chosen([shown(each.filename.removesuffix(".npy")) for each in members], name, wanted)]
            with archive.open(member) as packed:
                header = npy_header(packed.read(MOST_BEFORE), name)
    except DAMAGED as error:
        raise error if isinstance(error, DataError) else damaged(name) from None
    require_numbers(header, member.file_size, name)
    return Packed(file, member.filename, header, name), shown(member.filename.removesuffix(".npy"))


def _chosen(names: list[str], name: str, wanted: str) -> int:
    if wanted in names:
        return names.index(wanted)
    if wanted:
        near = nearest(wanted, names)
        way_out = f"Did you mean {quoted(near)}?" if near else f"It holds {listed(names)}."
        raise DataError(f"{quoted(wanted)} is not an array of {name}. {way_out}")
    if len(names) > 1:
        raise DataError(f"{name} must say which array is meant; it holds {listed(names)}. Choose one.")
    return 0
