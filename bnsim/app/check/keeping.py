"""What visitors' files take of the server's memory, all together: bounded, and only for as long as it is of use.

A file is needed until it has been read: then a summary of it is enough. Its bytes are kept on, as somebody may want it
read in another way, for some minutes or until another visitor needs the room. Nothing here knows Streamlit.
"""

import gc
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from weakref import WeakSet

from bnsim.errors import DataError

MOST_KEPT = 200_000_000
"""Bytes of all visitors' files and of what was found in them."""

SMALL = 100_000
"""Bytes that are as little as the rest of a session, and never refused."""

MINUTE = 60.0
"""Seconds that a file waits at most to be read for the first time."""

IDLE = 300.0
"""Seconds after which a file goes that nobody has had read anew. Its visitor may have left: Streamlit forgets a session
only once other visitors come."""

MEGABYTE = 1_000_000


class Content:
    """The bytes of one file, as long as there is room for them; a session holds it."""

    def __init__(self, data: bytes, since: float = 0.0) -> None:
        self.data: bytes | None = data
        self.size, self.readers, self.was_read, self.since = len(data), 0, False, since


class Summary:
    """Stands for what was found in a file, as long as a session holds it."""

    def __init__(self, size: int) -> None:
        self.size = size


class Kept:
    """The files of all visitors.

    Parameters
    ----------
    most : int
        The bound; see the constant.
    clock : callable
        Seconds.
    """

    def __init__(self, most: int = MOST_KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock, self._lock = most, clock, Lock()
        self._contents: WeakSet[Content] = WeakSet()
        self._summaries: WeakSet[Summary] = WeakSet()

    @property
    def size(self) -> int:
        """Bytes that are held now."""
        with self._lock:
            return self._size()

    def take(self, data: bytes, name: str, command: str) -> Content:
        """Return what holds the bytes of a file; those of files that have been read make room for it.

        Parameters
        ----------
        data : bytes
            The file.
        name, command : str
            Its name, fit to be shown, and what reads it without a server.

        Raises
        ------
        DataError
            If there is no room for it.
        """
        with self._lock:
            self._make_room(len(data), name, command)
            content = Content(data, self._clock())
            self._contents.add(content)
            return content

    def count(self, found: object, name: str, command: str) -> Summary:
        """Return what stands for something that was found in a file; refused as `take` does."""
        size = size_of(found)
        with self._lock:
            self._make_room(size, name, command)
            summary = Summary(size)
            self._summaries.add(summary)
            return summary

    @contextmanager
    def reading(self, content: Content, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file, which stay as long as they are read.

        Raises
        ------
        DataError
            If they have made room for others.
        """
        with self._lock:
            data = content.data
            if data is None:
                raise DataError(
                    f"{name} must be loaded again to be read in another way: the server keeps it for some minutes only."
                )
            content.readers += 1
        try:
            yield data
        finally:
            with self._lock:
                content.readers -= 1
                content.was_read, content.since = True, self._clock()

    def let_idle_go(self) -> None:
        """Let the bytes go of files that nobody has had read for some minutes."""
        with self._lock:
            for content in self._contents:
                if not content.readers and self._clock() - content.since >= IDLE:
                    content.data = None

    def _make_room(self, wanted: int, name: str, command: str) -> None:
        if wanted <= SMALL:
            return
        if self._size() + wanted > self._most:
            gc.collect()  # what visitors held who have left
        for content in sorted(self._contents, key=lambda each: each.since):
            if self._size() + wanted <= self._most:
                return
            if not self._is_needed(content):
                content.data = None
        free = max(self._most - self._size(), 0)
        if wanted > free:
            raise DataError(
                f"{name} must fit beside the files of other visitors, {self._most / MEGABYTE:.0f} MB in all; got "
                f"{wanted / MEGABYTE:.1f} MB where {free / MEGABYTE:.1f} MB are free. Try again in a minute, or use "
                f"{command} on your own machine."
            )

    def _is_needed(self, content: Content) -> bool:
        """Return whether a file is being read, or is still to be read for the first time."""
        is_new = not content.was_read and self._clock() - content.since < MINUTE
        return content.readers > 0 or is_new

    def _size(self) -> int:
        contents = sum(each.size for each in self._contents if each.data is not None)
        return contents + sum(each.size for each in self._summaries)


class Measure:
    """A file that only counts what is written into it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        """Count some bytes."""
        written = memoryview(data).nbytes
        self.size += written
        return written


def size_of(found: object) -> int:
    """Return about how many bytes something takes: as many as if it were sent to another process."""
    measure = Measure()
    pickle.dump(found, measure)
    return measure.size


KEPT = Kept()
"""Those of this server process."""
