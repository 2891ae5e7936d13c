"""Statistics of data larger than memory: one pass over chunks, constant memory, no digits lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, batch_array, outward, pooled, quiet, real_array, values_per_channel
from bnsim.engine.statistics.batch import BatchStats, moments
from bnsim.errors import InputError, ShapeError


@dataclass(frozen=True, eq=False)
class Stream:
    """What is known after some chunks; each array float64 of shape (C,).

    Attributes
    ----------
    pivot : array
        The mean of the first chunk. Everything is kept relative to it, so an offset costs no digits.
    residual : array
        Mean of all values so far, less the pivot.
    var : array
        Biased variance of all values so far.
    count : int
        Values so far per channel.
    """

    pivot: Array
    residual: Array
    var: Array
    count: int

    @classmethod
    def start(cls, channels: int) -> Self:
        """Return the state before the first chunk."""
        return cls(np.zeros(channels), np.zeros(channels), np.zeros(channels), 0)

    def add(self, chunk: Array) -> Self:
        """Return the state after one more chunk, a batch with the same channels.

        Notes
        -----
        Chan, Golub and LeVeque (1983), equation 1.5b, for unequal parts.
        """
        rows = pooled(np.ascontiguousarray(chunk))
        with quiet():
            found = moments(rows)
            origin = np.zeros_like(found.residual) if found.pivot is None else found.pivot
            pivot = self.pivot if self.count else origin
            count = self.count + values_per_channel(chunk)
            share = 1 - self.count / count
            apart = (origin - pivot) + found.residual - self.residual
            var = self.var + share * (found.var - self.var) + share * (1 - share) * np.square(apart)
            return type(self)(pivot, self.residual + share * apart, var, count)


def stream_stats(chunks: Iterable[ArrayLike]) -> BatchStats:
    """Return mean and biased variance per channel of all chunks together, in one pass.

    Parameters
    ----------
    chunks : iterable of arrays, each a batch as `batch_stats` takes it
        All with the same channels; their lengths may differ, and empty ones are passed over.
        Only one is held at a time.

    Returns
    -------
    BatchStats
        As `batch_stats` of the chunks joined along the first axis.

    Raises
    ------
    InputError
        If there is not one value.
    ShapeError
        If a chunk has other channels, or another number of dimensions, than the first.

    Examples
    --------
    >>> stream_stats(np.full(1000, 1e8) + np.arange(start, start + 1000) for start in range(0, 5000, 1000))
    BatchStats(mean=np.float64(100002499.5), var=np.float64(2083333.25), count=5000)
    """
    so_far: Stream | None = None
    first = np.empty(0)
    for number, chunk in enumerate(chunks, start=1):
        array = real_array(chunk, f"chunk {number}")
        if array.size == 0:
            continue
        batch = batch_array(array, f"chunk {number}")
        if so_far is None:
            first = batch[:1]
            so_far = Stream.start(1 if batch.ndim == 1 else batch.shape[1])
        elif (batch.ndim, batch.shape[1:2]) != (first.ndim, first.shape[1:2]):
            raise ShapeError(
                f"chunk {number} must have the channels and dimensions of the first, {first.shape}; "
                f"got shape {batch.shape}."
            )
        so_far = so_far.add(batch)
    if so_far is None:
        raise InputError("chunks must hold at least one value; got none.")
    with quiet():
        mean = so_far.pivot + so_far.residual
    return BatchStats(outward(mean, first), outward(so_far.var, first), so_far.count)
