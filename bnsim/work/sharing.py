"""Work shared out: to the processors of this machine, or to any executor, such as that of a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import queue
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from bnsim.errors import InputError, MissingExtraError
from bnsim.scenario.wording import counted
from bnsim.work.work import Found, finish

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

WORTH_PROCESSES = 8.0
"""Seconds of work from which starting processes, about one second, pays."""

MOST_TRIES = 2
"""So often a part is given to an executor; what it loses more often than that is done in this process."""

POLL = 0.1
"""Seconds between two looks at how far the processes are."""

PATIENCE = 10.0
"""Seconds in which the scheduler of a cluster must answer."""

Progress = Callable[[float], None]


class Executor(Protocol):
    """What is asked of an executor: `submit`, as in `concurrent.futures`, and futures that call back."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> Any:
        """Have a call done elsewhere and return its future."""


@dataclass(frozen=True, eq=False)
class Task:
    """One part and how it is done; it can be sent to another process.

    Parameters
    ----------
    do : callable, part -> iterator of Found
        Of a module, so that it is sent by its name.
    part : object
        What is handed to it.
    seconds : float
        About how long it takes on one core.
    """

    do: Callable[[Any], Iterator[Found]]
    part: Any
    seconds: float


def cluster(address: str) -> Any:
    """Return the executor of the Dask cluster whose scheduler is at `address`, as in "tcp://10.0.0.5:8786".

    Raises
    ------
    MissingExtraError
        If the extra "dask" is not installed.
    InputError
        If nothing answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError('--dask needs the extra "dask"; run: pip install "bnsim[dask]".') from None
    try:
        return Client(address, timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:200].rstrip(".")
        raise InputError(f"--dask must be the address of a running Dask scheduler; {address!r}: {reason}.") from None


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Give an executor of so many processes of this machine; what has not begun at the end is left."""
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def do_task(task: Task, report: Progress | None = None) -> Any:
    """Return what one part finds."""
    return finish(task.do, task.part, report)


class Tally:
    """How much of all tasks is done, told to whoever wants to hear it."""

    def __init__(self, tasks: Sequence[Task], hear: Progress | None) -> None:
        self._seconds = [task.seconds for task in tasks]
        self._done = [0.0] * len(tasks)
        self._hear = hear

    @property
    def seconds(self) -> float:
        """About how long all of it takes on one core."""
        return sum(self._seconds)

    def tell(self, place: int, done: float) -> None:
        """Take note that a share of one task is done."""
        self._done[place] = max(self._done[place], done)
        if self._hear is not None:
            self._hear(sum(done * each for done, each in zip(self._done, self._seconds, strict=True)) / self.seconds)


def do_all(tasks: Sequence[Task], executor: Any = None, progress: Progress | None = None) -> list[Any]:
    """Return what every task finds, in their order, wherever it was found.

    Parameters
    ----------
    tasks : sequence of Task
        What is to be done, in any order.
    executor : optional
        Anything with the `submit` of `concurrent.futures`, or a Dask client; without it long work uses a process for
        each processor of this machine.
    progress : callable, optional
        Called with the share that is done, from 0 to 1.

    Warns
    -----
    UserWarning
        If a worker was lost and its tasks were done in this process.
    """
    tally = Tally(tasks, progress)
    values: dict[int, Any] = {}
    if executor is not None:
        values = _elsewhere(tasks, getattr(executor, "get_executor", lambda **_: executor)(pure=False), tally)
    elif (processes := min(os.cpu_count() or 1, len(tasks))) > 1 and tally.seconds >= WORTH_PROCESSES:
        values = _in_processes(tasks, processes, tally)
    lost = len(tasks) - len(values)
    if lost and (executor is not None or values):
        warnings.warn(f"{counted(lost, 'part was', 'parts were')} lost by a worker and done here.", stacklevel=4)
    for place, task in enumerate(tasks):
        if place not in values:
            values[place] = do_task(task, partial(tally.tell, place))
            tally.tell(place, 1.0)
    return [values[place] for place in range(len(tasks))]


def _elsewhere(tasks: Sequence[Task], executor: Executor, tally: Tally) -> dict[int, Any]:
    """Return what an executor finds, by place; parts that it loses, also at a second try, are not there."""
    values: dict[int, Any] = {}
    ended: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    tries = [0] * len(tasks)
    waiting = {place for place in range(len(tasks)) if _submitted(executor, place, tasks[place], ended)}
    while waiting:
        place, future = ended.get()
        tries[place] += 1
        if _lost(future):
            if tries[place] >= MOST_TRIES or not _submitted(executor, place, tasks[place], ended):
                waiting.discard(place)
            continue
        waiting.discard(place)
        values[place] = future.result()
        tally.tell(place, 1.0)
    return values


def _submitted(executor: Executor, place: int, task: Task, ended: queue.SimpleQueue[tuple[int, Any]]) -> bool:
    try:
        future = executor.submit(do_task, task)
    except RuntimeError:  # it has lost its workers (BrokenExecutor is one of these), or was shut down
        return False
    future.add_done_callback(lambda future: ended.put((place, future)))
    return True


def _lost(future: Any) -> bool:
    """Whether a future has no result. A task is pure: if it is its own fault, it will say so when it is done here."""
    try:
        return future.exception() is not None
    except CancelledError:
        return True


def _in_processes(tasks: Sequence[Task], processes: int, tally: Tally) -> dict[int, Any]:
    """Return what processes of this machine find, by place, the longest tasks first."""
    values: dict[int, Any] = {}
    order = sorted(range(len(tasks)), key=lambda place: -tasks[place].seconds)
    for _ in range(MOST_TRIES):
        todo = [place for place in order if place not in values]
        if not todo:
            break
        with _pool(min(processes, len(todo))) as (pool, told):
            futures = {place: pool.submit(_do_and_tell, place, tasks[place]) for place in todo}
            while not all(future.done() for future in futures.values()):
                _pass_on(told, tally)
            done = {place: future.result() for place, future in futures.items() if not _lost(future)}
        values.update(done)
        for place in done:
            tally.tell(place, 1.0)
    return values


@contextmanager
def _pool(processes: int) -> Iterator[tuple[ProcessPoolExecutor, Queue[tuple[int, float]]]]:
    """Give processes, and the queue into which they tell how far they are; an interrupt ends them at once."""
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        told: Queue[tuple[int, float]] = context.Queue()
        stack.callback(told.cancel_join_thread)
        stack.enter_context(closing(told))
        pool = ProcessPoolExecutor(processes, context, initializer=_hear, initargs=(told,))
        stack.callback(pool.shutdown, cancel_futures=True)
        yield pool, told


def _pass_on(told: Queue[tuple[int, float]], tally: Tally) -> None:
    try:
        tally.tell(*told.get(timeout=POLL))
    except queue.Empty:
        return


_told: Any = None


def _hear(told: Queue[tuple[int, float]]) -> None:
    """Keep, in a new process, the queue into which it tells how far it is."""
    global _told
    _told = told
    told.cancel_join_thread()  # a process may end before all that it told was heard


def _do_and_tell(place: int, task: Task) -> Any:
    return do_task(task, lambda done: _told.put((place, done)))
