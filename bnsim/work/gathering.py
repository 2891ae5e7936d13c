"""What threads hand over to an event loop, handed over some at a time.

`call_soon_threadsafe` wakes the loop for each callback: its thread takes the interpreter from the one that works, runs
one short callback, and gives it back. A page hands over twenty to forty messages in a hundredth of a second.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from threading import Lock
from weakref import WeakKeyDictionary


class Gathering:
    """Hands callbacks over to event loops, in their order, a little later than they were given.

    Parameters
    ----------
    delay : float
        Seconds for which callbacks are gathered, from the first of them on.

    Examples
    --------
    >>> gathering = Gathering(0.001)
    >>> async def loop() -> list[int]:
    ...     done: list[int] = []
    ...     for number in range(3):
    ...         gathering.soon(asyncio.get_running_loop(), lambda number=number: done.append(number))
    ...     await asyncio.sleep(0.05)
    ...     return done
    >>> asyncio.run(loop())
    [0, 1, 2]
    """

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self._guard = Lock()
        self._waiting: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Callable[[], object]]] = WeakKeyDictionary()

    def soon(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
        """Let a loop run a callback soon, after those that it was given before; from any thread.

        Raises
        ------
        RuntimeError
            If the loop is closed.
        """
        with self._guard:
            waiting = self._waiting.setdefault(loop, [])
            waiting.append(callback)
            if len(waiting) > 1:
                return
        try:
            loop.call_soon_threadsafe(loop.call_later, self.delay, self._hand_over, loop)
        except RuntimeError:
            self._taken(loop)
            raise

    def at_once(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run all that a loop was given so far; does nothing in another thread than the loop's own."""
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:  # no loop runs in this thread
            return
        if here is loop:
            self._hand_over(loop)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        # Here, and not by the loop one after the other: what is given later must never come before.
        callbacks = deque(self._taken(loop))
        try:
            while callbacks:
                callbacks.popleft()()
        finally:
            if callbacks:  # one has failed, of which the loop hears; the others come all the same
                with self._guard:
                    self._waiting[loop] = [*callbacks, *self._waiting.get(loop, [])]
                loop.call_soon(self._hand_over, loop)

    def _taken(self, loop: asyncio.AbstractEventLoop) -> list[Callable[[], object]]:
        with self._guard:
            return self._waiting.pop(loop, [])
