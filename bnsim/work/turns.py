"""Taking turns: one after the other in the order of coming, as long as each is quick.

Threads that compute at once in one process share one interpreter: each works a moment, and with every lock and every
message another one takes over. Hundreds of times a page that costs more than the page. One after the other they are
all done sooner, and wait at one place.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets one begin when the one before is done; who takes longer, or waits for something itself, is overtaken.

    Parameters
    ----------
    longest : float
        Seconds after which the next one begins beside one who is not done. So nobody can wait for ever for somebody
        who waits for them.

    Examples
    --------
    >>> turns = Turns(0.1)
    >>> with turns.taken():
    ...     pass
    """

    def __init__(self, longest: float) -> None:
        self.longest = longest
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._whose: threading.Event | None = None
        self._since = 0.0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn, and have it until the end of the block."""
        mine = threading.Event()
        with self._guard:
            self._waiting.append(mine)
            if self._whose is None:
                self._next()
        while not mine.wait(self.longest):
            self._overtake()
        try:
            yield
        finally:
            with self._guard:
                if self._whose is mine:
                    self._next()

    def _overtake(self) -> None:
        """Let the next one begin if the turn of the one before has been too long."""
        with self._guard:
            if self._waiting and time.monotonic() - self._since >= self.longest:
                self._next()

    def _next(self) -> None:
        self._whose = self._waiting.popleft() if self._waiting else None
        self._since = time.monotonic()
        if self._whose is not None:
            self._whose.set()
