"""Memory that is not needed any more and still held: found while nobody is waiting, and given back to the system."""

import ctypes
import gc
import time
from collections.abc import Callable
from functools import partial
from threading import Lock

SELDOM = 5.0
"""Seconds between two times at least: it takes some milliseconds, and what is used again must be cleared again."""


def trimmer() -> Callable[[], object] | None:
    """Return what gives freed memory back, where the C library has it (glibc); None elsewhere."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):
        return None
    return partial(trim, 0)


MOST_HEAPS = 2
"""Of all threads."""

HEAPS = {
    -8: MOST_HEAPS,  # M_ARENA_MAX
    -1: 64 * 2**20,  # M_TRIM_THRESHOLD: bytes at the end of a heap that are kept though they are free
    -3: 32 * 2**20,  # M_MMAP_THRESHOLD: bytes from which a block lies outside all heaps; no more are allowed
}
"""What is set in the C library, by the names that malloc.h of glibc gives it."""


def steady_heaps() -> bool:
    """Have threads share two heaps that keep what is freed, and return whether the C library can do it (glibc).

    By default there are eight heaps for each core. A page is drawn by one thread and thrown away by another: each heap
    would be kept large by the few things in it that stay. Heaps that threads have already stay, and are taken in turn:
    call it before most threads begin.

    By default also what is freed at the end of a heap, and every large block, goes back to the system at once, which
    must clear it before it is used again: a network of 40 layers would have 5000 pages cleared for every release, a
    quarter of its time. What is kept is given back in quiet moments.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return False
    return all(mallopt(name, value) for name, value in HEAPS.items())


SEARCHES = 700, 10, 200
"""How many objects more than before are looked through, and after how many such searches the older ones with them.

By default it is 700, 10 and 10: with 200 visitors all objects were looked through every three seconds, in which time
nobody was answered for up to .4 s. What releases and visitors leave behind is let go without a search (see `app.ends`):
such a search found eight objects. So there is hardly one while a class works, and one in every quiet moment as before.
"""


def seldom_searches() -> None:
    """Let Python search for garbage less often while visitors are waiting."""
    gc.set_threshold(*SEARCHES)


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


PAUSE, LONGEST = 1.0, 20.0
"""Seconds without a wish after which freed memory is given back, and after which that is done in any case."""


def tidy() -> None:
    """Find what sessions have left behind, and give its memory back."""
    gc.collect()
    give_back.now()


class TidyingUp:
    """Tidies up once whenever all visitors have been quiet for a while, and gives memory back in shorter pauses.

    A session is a ring of objects that hold each other, with everything that its visitor has loaded. Only a search
    through all objects finds that nobody needs it, which takes as long as some pages and holds up everybody. Python
    searches when there is a quarter more than before: without quiet moments a class that left would stay half.
    """

    def __init__(
        self,
        tidy: Callable[[], object] = tidy,
        clock: Callable[[], float] = time.monotonic,
        give_back: Callable[[], object] = give_back,
    ) -> None:
        self._tidy, self._clock, self._give_back = tidy, clock, give_back
        self._last, self._is_tidy, self._given_back = clock(), True, clock()

    def wish(self) -> None:
        """Note that a visitor wants something now: a page, or something on it."""
        self._last, self._is_tidy = self._clock(), False

    def left(self) -> None:
        """Note that something was let go which may leave garbage, and memory to be given back."""
        self._is_tidy = False

    def quiet_for(self) -> float:
        """Return the seconds since the last wish."""
        return self._clock() - self._last

    def if_quiet(self) -> None:
        """Tidy up, if there was a wish since the last time, and none just now; sooner give back what was freed.

        A class may leave no pause at all: then memory is given back now and then all the same.
        """
        if self._is_tidy:
            return
        if self.quiet_for() >= QUIET:
            self._is_tidy = True
            self._tidy()
        elif self.quiet_for() >= PAUSE or self._clock() - self._given_back >= LONGEST:
            self._given_back = self._clock()
            self._give_back()


tidying_up = TidyingUp()
"""That of this process."""
