"""How far slow work is, for people at a terminal: a bar that moves, or now and then a line in a file."""

import sys
import time
from types import TracebackType
from typing import Self, TextIO

from bnsim.scenario.wording import duration
from bnsim.work import seconds_left

WIDTH = 32
EVERY = 0.1
"""Seconds between two states of a bar that moves."""
LEAST_TELLING = 0.03
"""The share from which what is done says how long the rest will take: the beginning is slower."""
LINES = 10
"""So many lines tell of the work where nothing can move."""


class ProgressBar:
    """Says on stderr how far slow work is and how long it will take; says nothing of what is done at once.

    Use it as a context: at the end the bar's line is ended.
    """

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        self._name, self._stream = name, sys.stderr if stream is None else stream
        self._moves = self._stream.isatty()
        self._begun = self._said = time.monotonic()
        self._told = -1

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: float) -> None:
        """Hear that a share is done, from 0 to 1."""
        now, tenth = time.monotonic(), int(done * LINES)
        if self._moves and (now - self._said >= EVERY or done >= 1):
            self._said, self._told = now, tenth
            self._stream.write("\r\x1b[K" + self._line(done, now - self._begun))
            self._stream.flush()
        elif not self._moves and tenth > self._told:
            self._told = tenth
            self._stream.write(self._line(done, now - self._begun) + "\n")
            self._stream.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._moves and self._told >= 0:
            self._stream.write("\n")

    def _line(self, done: float, elapsed: float) -> str:
        bar = "#" * round(WIDTH * done)
        told = f", took {duration(elapsed)}" if done >= 1 else ""
        if LEAST_TELLING <= done < 1:
            told = f", {duration(seconds_left(elapsed, done))} left"
        return f"{self._name} [{bar:<{WIDTH}}] {100 * done:3.0f} %{told}"
