"""Activations in a file: which axis counts channels, which examples, and all of them in blocks of whole examples."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from bnsim.activations.arrays import AT_ONCE, Numbers, open_npy, open_npz
from bnsim.activations.texts import Text, open_text
from bnsim.data.npy import MAGIC
from bnsim.data.npz import ZIP
from bnsim.engine.arrays import Array
from bnsim.errors import DataError
from bnsim.scenario.files import name_of, opened

MEGABYTE = 1_000_000
WANTED = "CSV, NPY or NPZ file"
MOST_AXES = 5
"""As (N, C, D, H, W)."""


@dataclass(frozen=True)
class Limits:
    """How much is read; None for any size.

    Attributes
    ----------
    file_bytes, unpacked_bytes : int or None
        Of the file, and of all arrays in an NPZ file.
    values : int or None
        Numbers of the array.
    channels : int
        Each takes its own memory.
    """

    file_bytes: int | None = None
    unpacked_bytes: int | None = None
    values: int | None = None
    channels: int = 1_000_000


LIMITS = Limits()
"""On the command line: files of any size."""

APP_LIMITS = Limits(64 * MEGABYTE, 64 * MEGABYTE, 16_000_000, 10_000)
"""In the app, whose visitors share one process."""


@dataclass(frozen=True, eq=False)
class Activations:
    """A batch of activations in a file that is open.

    Attributes
    ----------
    name : str
        The file's name, fit to be shown.
    shape : tuple of int
        Of the array; of a table (rows of the first piece, columns).
    axis : int
        Which axis counts channels; that of an array (N,) has one channel.
    labels : tuple of str
        What the channels are called: names of columns, or "0", "1" and so on.
    told : tuple of str
        Every guess, in a few words each.
    """

    name: str
    shape: tuple[int, ...]
    axis: int
    labels: tuple[str, ...]
    told: tuple[str, ...]
    _numbers: Numbers | Text

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return len(self.labels)

    def blocks(self) -> Iterator[Array]:
        """Yield all examples in blocks of shape (n, C, L), in float64; as often as somebody asks.

        Raises
        ------
        DataError
            If the file turns out to be damaged.
        """
        if isinstance(self._numbers, Text):
            for rows in self._numbers.blocks():
                yield rows[:, :, np.newaxis]
            return
        examples = 1 if self.axis == 0 and len(self.shape) > 1 else 0
        size = max(AT_ONCE * self.shape[examples] // math.prod(self.shape), 1)
        for block in self._numbers.blocks(examples, size):
            yield self._arranged(block, examples)

    def all_values(self) -> Array:
        """Return everything at once, shape (C, values of a channel), example after example."""
        blocks = np.concatenate(list(self.blocks()))
        return np.moveaxis(blocks, 1, 0).reshape(self.channels, -1)

    def _arranged(self, block: Array, examples: int) -> Array:
        if block.ndim == 1:
            return block.astype(np.float64).reshape(-1, 1, 1)
        moved = np.moveaxis(block, (examples, self.axis), (0, 1))
        return np.ascontiguousarray(moved, np.float64).reshape(*moved.shape[:2], -1)


@contextmanager
def open_activations(
    path: Path | str, *, axis: int | None = None, array: str = "", limits: Limits = LIMITS
) -> Iterator[Activations]:
    """Open a file of activations that somebody named.

    Parameters
    ----------
    path : Path or str
        A CSV file, whose columns are channels, or an NPY or NPZ file.
    axis : int, optional
        Which axis counts channels, from 0; guessed without.
    array : str
        Which array of an NPZ file with several.
    limits : Limits
        How much is read.

    Raises
    ------
    DataError
        In plain sentences, if there is no such file, or it is damaged, too large or holds something else.
    """
    with opened(path, what=WANTED, error=DataError) as file:
        yield activations_of(file, name_of(path), axis=axis, array=array, limits=limits)


def activations_of(
    file: BinaryIO, name: str, *, axis: int | None = None, array: str = "", limits: Limits = APP_LIMITS
) -> Activations:
    """Return the activations in an open file, such as an upload; `name` as the browser gave it.

    Raises
    ------
    DataError
        As `open_activations` does.
    """
    name = name_of(name)
    size = file.seek(0, os.SEEK_END)
    if limits.file_bytes is not None and size > limits.file_bytes:
        raise DataError(
            f"{name} must have at most {limits.file_bytes // MEGABYTE} MB here; it has {size / MEGABYTE:.1f} MB. The "
            "command bnsim activations reads files of any size."
        )
    if not size:
        raise DataError(f"{name} must hold at least one number; it is empty.")
    file.seek(0)
    beginning = file.read(len(MAGIC))
    if beginning.startswith(MAGIC):
        return _of_array(open_npy(file, size, name), name, axis, (), limits)
    if beginning.startswith(ZIP):
        found, called = open_npz(file, name, array, limits.unpacked_bytes)
        return _of_array(found, name, axis, (f'array "{called}" of an NPZ file',), limits)
    return _of_text(open_text(file, size, name), axis)


def _of_text(text: Text, axis: int | None) -> Activations:
    if axis not in (None, 1):
        raise DataError(f"axis must be 1 in a table, whose columns are the channels; got {axis}. Turn the table.")
    columns = len(text.columns)
    told = (*text.told, f"{columns} columns of numbers are the channels, rows the examples")
    return Activations(text.name, (0, columns), 1, text.columns, told, text)


def _of_array(numbers: Numbers, name: str, axis: int | None, told: tuple[str, ...], limits: Limits) -> Activations:
    shape = numbers.shape
    if not 1 <= len(shape) <= MOST_AXES:
        raise DataError(
            f"{name} must have from 1 to {MOST_AXES} axes, such as (N, C, H, W); got shape {shape}. Save x.reshape(…)."
        )
    if limits.values is not None and math.prod(shape) > limits.values:
        raise DataError(
            f"{name} must hold at most {limits.values} numbers here; got {math.prod(shape)}. The command bnsim "
            "activations reads files of any size."
        )
    chosen, guess = (axis, "") if axis is not None else guessed_axis(shape)
    if not 0 <= chosen < len(shape):
        raise DataError(f"axis must be from 0 to {len(shape) - 1} for the shape {shape} of {name}; got {chosen}.")
    channels = shape[chosen] if len(shape) > 1 else 1
    if channels > limits.channels:
        raise DataError(f"{name} must have at most {limits.channels} channels; got {channels}. Name another axis.")
    labels = tuple(map(str, range(channels)))
    return Activations(name, shape, chosen, labels, (*told, *([guess] if guess else [])), numbers)


def guessed_axis(shape: tuple[int, ...]) -> tuple[int, str]:
    """Return which axis counts channels, and the guess in words; "" where there is nothing to guess.

    >>> guessed_axis((64, 8, 8, 3))
    (3, 'axis 3 of the shape (64, 8, 8, 3) counts channels, because two equal axes stand before it')
    """
    if len(shape) == 1:
        return 0, ""
    positions = shape[1:]
    last = len(shape) - 1
    # A picture is often square: then the odd axis out is that of the channels.
    if len(shape) > 3 and len(set(positions[:-1])) == 1 != len(set(positions[1:])):
        return last, f"axis {last} of the shape {shape} counts channels, because two equal axes stand before it"
    return 1, f"axis 1 of the shape {shape} counts channels"
