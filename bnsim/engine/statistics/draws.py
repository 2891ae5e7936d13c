"""What a generator draws, kept as far as anybody has asked for: who asks for less gets the beginning of it."""

import copy
from collections.abc import Callable, Iterable, Iterator
from threading import Lock

import numpy as np

from bnsim.engine.arrays import Array


class Draws:
    """Rows of random numbers, one after the other, always the same ones and each drawn once.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where they come from; nobody else may draw from it.
    draw : callable, (generator, shape) -> array
        The numbers of a row must come after those of the row before, and must not depend on how many rows are asked
        for at once.
    most : int
        Rows that are kept; what is beyond them is drawn anew for everybody who asks for it.
    row : tuple of int, optional
        The shape of one row; by default it is one number.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        draw: Callable[[np.random.Generator, tuple[int, ...]], Array],
        most: int,
        row: tuple[int, ...] = (),
    ) -> None:
        self._rng, self._draw, self._most, self._row = rng, draw, most, row
        self._kept: Array | None = None
        self._drawn = 0
        self._lock = Lock()

    def first(self, count: int) -> Array:
        """Return the first rows, shape (count, ...), read-only if they are kept."""
        parts = list(self.parts([count]))
        return parts[0]

    def parts(self, lengths: Iterable[int]) -> Iterator[Array]:
        """Yield so many rows each time, from the first on; no more are in memory at once than are kept or yielded."""
        start, beyond = 0, None
        for length in lengths:
            end = start + length
            if end <= self._most:
                yield self._first_kept(end)[start:]
            else:
                rest = self._first_kept(self._most)[start:]
                beyond = beyond or copy.deepcopy(self._rng)  # it stands behind the last row that is kept
                drawn = self._draw(beyond, (length - len(rest), *self._row))
                yield np.concatenate([rest, drawn]) if len(rest) else drawn
            start = end

    def _first_kept(self, count: int) -> Array:
        """Return the first rows that are kept; who wants them while they are drawn waits."""
        with self._lock:
            if self._kept is None or count > self._drawn:
                rng = copy.deepcopy(self._rng)  # whoever is interrupted leaves everything as it was
                some = self._draw(rng, (min(count, self._most) - self._drawn, *self._row))
                if self._kept is None:  # memory that is not written to takes none
                    self._kept = np.empty((self._most, *self._row), dtype=some.dtype)
                self._kept[self._drawn : self._drawn + len(some)] = some
                self._rng, self._drawn = rng, self._drawn + len(some)
            found = self._kept[:count]
        found.flags.writeable = False
        return found
