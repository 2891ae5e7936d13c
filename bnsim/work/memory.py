"""Memory that is not needed any more and still held: found while nobody is waiting, and given back to the system."""

import ctypes
import gc
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


ARENAS = 2
"""So many heaps of the C library for all threads."""
MOST_ARENAS = -8
"""The name of that setting in the C library (malloc.h of glibc)."""


def few_heaps() -> bool:
    """Have threads share two heaps, and return whether the C library can do it (glibc).

    By default there are eight for each core. A page is drawn by one thread and thrown away by another: each heap would
    be kept large by the few things in it that stay. (To have large blocks outside all heaps would save more, and make
    batch size half as dear again: the system must clear each of them.)
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return False
    return bool(mallopt(MOST_ARENAS, ARENAS))


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

    def now(self) -> None:
        """Give back what was freed, whenever that was done last."""
        if self._trim is not None:
            self._trim()


give_back = GivingBack(trimmer())
"""That of this process."""


QUIET = 10.0
"""Seconds without a visitor's wish after which nobody is taken to be waiting."""


def tidy() -> None:
    """Find what sessions have left behind, and give its memory back."""
    gc.collect()
    give_back.now()


class TidyingUp:
    """Tidies up once whenever all visitors have been quiet for a while.

    A session is a ring of objects that hold each other, with everything that its visitor has loaded. Only a search
    through all objects finds that nobody needs it, which takes as long as some pages and holds up everybody. Python
    searches when there is a quarter more than before: without quiet moments a class that left would stay half.
    """

    def __init__(self, tidy: Callable[[], object] = tidy, clock: Callable[[], float] = time.monotonic) -> None:
        self._tidy, self._clock = tidy, clock
        self._last, self._is_tidy = clock(), True

    def wish(self) -> None:
        """Note that a visitor wants something now."""
        self._last, self._is_tidy = self._clock(), False

    def quiet_for(self) -> float:
        """Return the seconds since the last wish."""
        return self._clock() - self._last

    def if_quiet(self) -> None:
        """Tidy up, if there was a wish since the last time, and none just now."""
        if not self._is_tidy and self.quiet_for() >= QUIET:
            self._is_tidy = True
            self._tidy()


tidying_up = TidyingUp()
"""That of this process."""
