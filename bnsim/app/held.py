"""What visitors' own numbers take of the server's memory, all together: bounded, and the same numbers once."""

import gc
from threading import Lock
from weakref import WeakKeyDictionary, WeakValueDictionary

from bnsim.errors import DataError
from bnsim.scenario.values import Values

MOST_HELD = 100_000_000
"""Bytes of all numbers that visitors have brought, and of the texts and files that they were read from."""
UNCOUNTED = 100_000
"""Bytes up to which a visitor's numbers are as small as the rest of a session."""
MEGABYTE = 1_000_000


class Held:
    """The own numbers of all visitors, as long as somebody has them.

    Parameters
    ----------
    most : int
        The bound; see the constant.
    """

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most, self._lock = most, Lock()
        self._same: WeakValueDictionary[str, Values] = WeakValueDictionary()
        self._sizes: WeakKeyDictionary[Source, int] = WeakKeyDictionary()

    @property
    def size(self) -> int:
        """Bytes that are held now."""
        with self._lock:
            return self._size()

    def take(self, values: Values, source: int) -> tuple[Values, "Source"]:
        """Return the numbers, those of another visitor if they are the same, and what holds the place of their source.

        Raises
        ------
        DataError
            If there is no room for them.
        """
        with self._lock:
            known = self._same.get(values.digest)
            wanted = source + (0 if known is not None else values.array.nbytes)
            if wanted > UNCOUNTED and self._size() + wanted > self._most:
                gc.collect()  # what visitors held who have left
                self._require(wanted)
            kept = values if known is None else known
            self._same[values.digest] = kept
            place = Source()
            self._sizes[place] = source
            return kept, place

    def _require(self, wanted: int) -> None:
        free = self._most - self._size()
        if wanted > free:
            raise DataError(
                f"values must fit beside those of other visitors, {self._most / MEGABYTE:.0f} MB in all; got "
                f"{wanted / MEGABYTE:.1f} MB where {free / MEGABYTE:.1f} MB are free. Take fewer numbers, or come back "
                "later; on your own machine nobody else is there."
            )

    def _size(self) -> int:
        return sum(self._sizes.values()) + sum(each.array.nbytes for each in self._same.values())


class Source:
    """Stands for the text or file of one visitor, as long as their session holds it."""


HELD = Held()
"""Those of this server process."""
