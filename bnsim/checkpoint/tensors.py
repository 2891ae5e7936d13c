"""Tensors that are in a file: their shape and where their bytes are; read only when somebody asks for the numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bnsim.checkpoint.source import Stretch
from bnsim.engine.arrays import Array
from bnsim.errors import CheckpointError
from bnsim.scenario.wording import shown_name

# Kind of number -> how numpy reads it, without the order of its bytes. bfloat16 is the upper half of a float32.
NUMPY: Mapping[str, str] = {
    "float64": "f8", "float32": "f4", "float16": "f2", "bfloat16": "u2",
    "int64": "i8", "int32": "i4", "int16": "i2", "int8": "i1",
    "uint64": "u8", "uint32": "u4", "uint16": "u2", "uint8": "u1", "bool": "u1",
}  # fmt: skip
MOST_AXES = 64


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor of a file.

    Attributes
    ----------
    shape, strides : tuple of int
        Sizes of the axes, and steps between neighbours along each, in numbers.
    kind : str
        "float32", "bfloat16" and so on.
    where : Stretch
        The bytes it is in.
    start : int
        Its first number, counted in bytes.
    order : str
        "<" or ">": which byte comes first.
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    kind: str
    where: Stretch
    start: int
    order: str = "<"

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def span(self) -> int:
        """How many numbers lie between its first and its last, both included; at least as many as it holds."""
        if 0 in self.shape:
            return 0
        steps = zip(self.shape, self.strides, strict=True)
        return max(1 + sum((size - 1) * stride for size, stride in steps), self.count)

    def values(self, name: str, most: int) -> Array:
        """Return the numbers as float64.

        Parameters
        ----------
        name : str
            What it is called in the file.
        most : int
            How many numbers may be read.

        Raises
        ------
        CheckpointError
            If its kind of numbers is not known, it is larger than `most`, or the file ends before it does.
        """
        read = NUMPY.get(self.kind)
        if read is None:
            known = "float16, bfloat16, float32, float64 or whole numbers"
            raise CheckpointError(f"{shown_name(name)} must be of {known}; got {shown_name(self.kind)}.")
        if 0 in self.shape:
            return np.zeros(self.shape)
        dtype = np.dtype(self.order + read)
        if self.span > most:
            raise CheckpointError(f"{shown_name(name)} must hold at most {most} numbers to be read; it is larger.")
        last = sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        flat = np.frombuffer(self.where.read(self.start, (last + 1) * dtype.itemsize), dtype)
        steps = tuple(stride * dtype.itemsize for stride in self.strides)
        return _float64(np.lib.stride_tricks.as_strided(flat, self.shape, steps), self.kind)


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of an array that lies row after row.

    >>> row_major((2, 3, 4))
    (12, 4, 1)
    """
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _float64(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]], kind: str) -> Array:
    if kind == "bfloat16":
        values = (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    with np.errstate(invalid="ignore"):  # a NaN that signals is a NaN
        return np.array(values, np.float64)
