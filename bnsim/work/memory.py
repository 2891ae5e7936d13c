"""Memory that was freed and is still held: given back to the system now and then."""

import ctypes
import time
from collections.abc import Callable
from functools import partial
from threading import Lock

SELDOM = 5.0
"""Seconds between two times at least: it takes some milliseconds."""


def trimmer() -> Callable[[], object] | None:
    """Return what gives freed memory back, where the C library has it (glibc); None elsewhere."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):
        return None
    return partial(trim, 0)


class GivingBack:
    """Gives freed memory back to the system, when called, if some seconds have passed since the last time.

    Every thread that draws a page has freed memory of its own, which nobody else can use and which adds up: a class
    that moves sliders would take twice the memory.
    """

    def __init__(self, trim: Callable[[], object] | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._trim, self._clock = trim, clock
        self._lock, self._last = Lock(), clock()

    def __call__(self) -> None:
        """Give back what was freed, unless that was done just now."""
        with self._lock:
            now = self._clock()
            if self._trim is None or now - self._last < SELDOM:
                return
            self._last = now
        self._trim()


give_back = GivingBack(trimmer())
"""That of this process."""
