"""Rooms as all sessions of a process see them: read from the store at most once a second, whoever asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple, Protocol

from cachetools import LRUCache

from bnsim.classroom.room import Room
from bnsim.errors import NoRoomError

EVERY = 1.0
"""Seconds for which what was read is shown to everybody."""

MOST_SEEN = 128
"""Rooms that are remembered: each may be there twice, with and without its board."""


class Reads(Protocol):
    """Reads a room; `known` is what was read before."""

    def __call__(self, code: str, known: Room | None = None, *, whole: bool = False) -> Room:
        """Return the room at this moment."""


class Read(NamedTuple):
    """A room, and when it was read; one value, as threads look at it without a lock."""

    room: Room
    at: float


@dataclass
class Seen:
    """What was last read of a room; the lock is held by whoever reads it anew."""

    last: Read | None = None
    lock: Lock = field(default_factory=Lock)


class Watch:
    """Rooms for everybody; threads may share it.

    Parameters
    ----------
    read : callable
        Reads a room from the store.
    clock : callable
        Returns seconds that never go back.
    """

    def __init__(self, read: Reads, clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._guard = Lock()
        self._seen: LRUCache[tuple[str, bool], Seen] = LRUCache(MOST_SEEN)

    def see(self, code: str, *, whole: bool = False) -> Room:
        """Return a room as it was at most a second ago, what this process has changed since included.

        Raises
        ------
        NoRoomError
            If there is none, or no more.
        """
        seen = self._of(code, whole)
        last = seen.last
        if last is not None and self._is_fresh(last):
            return self._now(last)
        # While one reads, the others are shown what was read before; only where nothing was, they wait.
        if not seen.lock.acquire(blocking=last is None) and last is not None:
            return self._now(last)
        try:
            last = seen.last
            return self._now(last) if last and self._is_fresh(last) else self._read_anew(code, whole, seen)
        finally:
            seen.lock.release()

    def change(self, code: str, changed: Callable[[Room], Room]) -> None:
        """Let everybody here see at once what was written to the store, which is read again when its second is over."""
        with self._guard:
            seen = self._seen.get((code, False))
            self._seen.pop((code, True), None)
        if seen is not None:
            with seen.lock:  # whoever reads just now may have begun before the change
                seen.last = seen.last and Read(changed(seen.last.room), seen.last.at)

    def forget(self, code: str) -> None:
        """Read a room anew when it is next asked for."""
        with self._guard:
            self._seen.pop((code, False), None)
            self._seen.pop((code, True), None)

    def _of(self, code: str, whole: bool) -> Seen:
        with self._guard:
            seen = self._seen.get((code, whole))
            if seen is None:
                seen = self._seen[code, whole] = Seen()
            return seen

    def _is_fresh(self, last: Read) -> bool:
        age = self._clock() - last.at
        return age < EVERY and last.room.now + age < last.room.expires

    def _now(self, last: Read) -> Room:
        return last.room.aged(self._clock() - last.at)

    def _read_anew(self, code: str, whole: bool, seen: Seen) -> Room:
        try:
            room = self._read(code, seen.last and seen.last.room, whole=whole)
        except NoRoomError:
            self.forget(code)
            raise
        seen.last = Read(room, self._clock())
        return room
