"""Results for everybody: one store of a server process, bounded in bytes; what was not seen for longest goes first.

A visitor's session holds the parameters of what it shows, and looks the result up here.
"""

import io
import pickle
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol

import numpy as np
from cachetools import Cache, LRUCache

MOST_BYTES = 64_000_000
"""Of all results that are kept, each weighed whole."""
LARGE = 4_000_000
"""Bytes from which a result is kept without what can be made anew."""
UNWEIGHED = 100_000
"""Bytes that a result is taken to have as long as nothing of it has been made."""


IN_MEMORY, OF_AN_ARRAY = 3, 400
"""What is no array takes about so many times the bytes in memory that it takes when it is written; and an array so many
bytes besides its values. Results of quick experiments take 0.5 to 1.5 times what they are weighed with these."""


class Kept(Protocol):
    """A result whose parts are made when first asked for."""

    @property
    def parts(self) -> int:
        """How many parts have been made."""

    def made(self) -> object:
        """Return all that has been made."""

    def everything(self) -> object:
        """Make what has not been made, and return all of it."""

    def at_sight(self) -> None:
        """Make what is seen at first."""

    def complete(self) -> None:
        """Reckon what is still missing for what is closed at first."""

    def slim(self) -> None:
        """Forget what is large and can be made anew."""


@dataclass(frozen=True)
class Weighed:
    """A result, how many of its parts there were when it was weighed, and the bytes of these; whether it took time."""

    result: Any
    parts: int
    size: int
    is_dear: bool = False


def weight(found: object) -> int:
    """Return about the bytes in memory of an object with everything in it; arrays are counted, not copied."""
    rest = io.BytesIO()
    scale = Scale(rest)
    scale.dump(found)
    return IN_MEMORY * rest.tell() + sum(scale.arrays.values()) + OF_AN_ARRAY * len(scale.arrays)


class Scale(pickle.Pickler):
    """Writes an object without its arrays, of which it notes the bytes by identity.

    A part of an array keeps all of it in memory, so the whole counts, once however many parts there are.
    """

    def __init__(self, rest: io.BytesIO) -> None:
        super().__init__(rest, protocol=5)
        self.arrays: dict[int, int] = {}

    def reducer_override(self, obj: Any) -> Any:
        """Note an array in place of writing it; everything else is written as usual."""
        if not isinstance(obj, np.ndarray) or obj.dtype.hasobject:
            return NotImplemented
        while isinstance(obj.base, np.ndarray):
            obj = obj.base
        self.arrays[id(obj)] = obj.nbytes
        return int, (0,)


class Store:
    """Results by key, within bounds.

    Parameters
    ----------
    most_bytes, large : int
        The bounds; see the constants.
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES, large: int = LARGE) -> None:
        self._most_bytes, self._large = most_bytes, min(large, most_bytes)
        self._lock = Lock()
        self._kept: LRUCache[Hashable, Weighed] = LRUCache(most_bytes, getsizeof=lambda kept: kept.size)

    @property
    def size(self) -> int:
        """Bytes of all that is kept, as they were weighed."""
        with self._lock:
            return int(self._kept.currsize)

    def find(self, key: Hashable) -> Any:
        """Return a result; None if there is none."""
        with self._lock:
            kept = self._kept.get(key)
            return None if kept is None else kept.result

    def of(self, key: Hashable, begin: Callable[[], Any]) -> Any:
        """Return a result, or a new one that `begin` returns at once and of which nothing has been made.

        All who ask for the same get the same, which makes each of its parts once. Its weight is what `weigh` finds.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                kept = Weighed(begin(), 0, min(UNWEIGHED, self._large))
                self._kept[key] = kept
            return kept.result

    def weigh(self, key: Hashable) -> None:
        """Weigh a result whose parts have become more; one that is large even without what can be made anew is dropped.

        Whoever has had parts made calls this when they are done.
        """
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept.parts != kept.result.parts:
            weighed = replace(self._weighed(kept.result), is_dear=kept.is_dear)
            with self._lock:
                # Meanwhile it may have been forgotten, or finished work may have come in its place.
                if self._kept.get(key) is kept:
                    self._put(key, weighed, self._most_bytes if kept.is_dear else self._large)

    def keep(self, key: Hashable, result: Kept, *, whole: bool = True) -> None:
        """Keep a finished result, unless it is larger than all that may be kept.

        It is made `whole`, so that it does not grow later, or as far as it is seen at first and all its numbers are
        reckoned; then whoever has more parts made calls `weigh`. Of a large one only what cannot be made anew is kept.
        """
        if whole:
            result.everything()
        else:
            result.at_sight()
            result.complete()
        weighed = replace(self._weighed(result), is_dear=True)
        with self._lock:
            self._put(key, weighed, self._most_bytes)

    def forget_quick(self, besides: Collection[Hashable] = ()) -> None:
        """Forget all results that are made at once when somebody asks for them, but those of some keys."""
        with self._lock:
            # Not by `items`, which would take all of them for seen just now.
            for key in [key for key in self._kept if key not in besides]:
                if not Cache.__getitem__(self._kept, key).is_dear:
                    del self._kept[key]

    def _weighed(self, result: Kept) -> Weighed:
        """Weigh a result; not under the lock, which every page waits for."""
        parts, size = result.parts, weight(result.made())
        if size > self._large:
            result.slim()
            parts, size = result.parts, weight(result.made())
        return Weighed(result, parts, size)

    def _put(self, key: Hashable, kept: Weighed, most: int) -> None:
        """Put a result in, or its key out if it is larger than allowed; under the lock."""
        if kept.size <= most:
            self._kept[key] = kept
        else:
            self._kept.pop(key, None)


RESULTS = Store()
"""Those of this server process."""
