"""Slow work as a value: independent parts, done step by step, that can be watched, stopped and shared out."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from operator import mul
from typing import Any

from threadpoolctl import ThreadpoolController

from bnsim.once import once

MOST_OPEN = 8
"""So many parts are advanced side by side; each that is open takes memory."""


@dataclass(frozen=True)
class Found:
    """What one part has found so far.

    Parameters
    ----------
    done : float
        Share of the part that is done, more than 0; 1 when it is complete.
    value : object
        Can be sent to another process; a part that is stopped leaves the last one behind.
    """

    done: float
    value: Any


@dataclass(frozen=True)
class Work:
    """How a slow run falls into parts.

    Parameters
    ----------
    parts : callable, params -> tuple
        What can be done in any order and in any process: frozen values that can be sent there. At least one.
    do : callable, part -> iterator of Found
        Pure: the same part finds the same, to the bit on one machine with one version of numpy. It yields several
        times a second, the last time with done = 1; closing the iterator stops the work.
    join : callable, (params, found) -> outcome
        The outcome of what has been found so far: a value per part, in the order of `parts`, None where there is
        nothing yet. It is cheap, and complete when every part is.
    seconds : callable, part -> float
        About how long a part takes on one core. Progress weighs parts by it; what is said of the time left is measured.
    """

    parts: Callable[[Any], tuple[Any, ...]]
    do: Callable[[Any], Iterator[Found]]
    join: Callable[[Any, Sequence[Any]], Any]
    seconds: Callable[[Any], float]

    def run(self, params: Any) -> Any:
        """Return the outcome of all parts, done one after the other."""
        return self.join(params, [self.finish(part) for part in self.parts(params)])

    def nothing(self, params: Any) -> Any:
        """Return the outcome before anything is done."""
        return self.join(params, [None] * len(self.parts(params)))

    def finish(self, part: Any, report: Callable[[float], None] | None = None) -> Any:
        """Return what one part finds; `report` hears which share of it is done."""
        return finish(self.do, part, report)

    def advance(self, params: Any) -> Iterator[tuple[float, list[Any]]]:
        """Do all parts side by side, and yield the share done and the value of each part so far, in their order.

        The least advanced of the open parts goes on, so that what is compared grows together. Closing the iterator
        stops the work.
        """
        parts = self.parts(params)
        values: list[Any] = [None] * len(parts)
        done, seconds = [0.0] * len(parts), [self.seconds(part) for part in parts]
        waiting = iter(range(len(parts)))
        open_parts = {place: self.do(parts[place]) for place in islice(waiting, MOST_OPEN)}
        while open_parts:
            place = min(open_parts, key=done.__getitem__)
            with one_thread():
                found = next(open_parts[place])
            values[place], done[place] = found.value, found.done
            if found.done >= 1:
                del open_parts[place]
                open_parts.update((new, self.do(parts[new])) for new in islice(waiting, 1))
            yield sum(map(mul, done, seconds)) / sum(seconds) if open_parts else 1.0, list(values)


def finish(do: Callable[[Any], Iterator[Found]], part: Any, report: Callable[[float], None] | None = None) -> Any:
    """Return what a part finds in the end; `report` hears which share of it is done."""
    value = None
    with one_thread():
        for found in do(part):
            value = found.value
            if report is not None:
                report(found.done)
    return value


def one_thread() -> AbstractContextManager[Any]:
    """Keep numpy's linear algebra to one thread: at these sizes more cost more than they bring.

    The order of its sums, and so the last bit of every number, then does not depend on how many processors there are;
    it still depends on their kind.
    """
    limit: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limit


@once
def _controller() -> ThreadpoolController:
    """Look for the libraries once: looking takes longer than many a step of a work."""
    return ThreadpoolController()


def seconds_left(elapsed: float, done: float) -> float:
    """Return how long the rest will take if it goes on as it went so far; NaN as long as nothing is done."""
    return elapsed * (1 - done) / done if done > 0 else math.nan
