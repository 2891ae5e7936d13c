"""Many runs at once: on the processors of this machine, or on any executor, such as that of a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import queue
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bnsim.errors import InputError, MissingExtraError
from bnsim.experiment import Experiment, Result
from bnsim.experiments import find
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.scenario.wording import counted

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

    from bnsim.scenario.params import Params

WORTH_PROCESSES = 8.0
"""Seconds of work from which starting processes, about one second, pays."""

MOST_TRIES = 2
"""So often a part is given to an executor; what it loses more often than that is done in this process."""

QUICK = 0.01
"""Seconds that a run without parts is taken to last."""

POLL = 0.1
"""Seconds between two looks at how far the processes are."""

PATIENCE = 10.0
"""Seconds in which the scheduler of a cluster must answer."""

Progress = Callable[[float], None]
Asked = ScenarioSet | Sequence[Scenario | tuple[str, Mapping[str, object]]]


class Executor(Protocol):
    """What is asked of an executor: `submit`, as in `concurrent.futures`, and futures that call back."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> Any:
        """Have a call done elsewhere and return its future."""


@dataclass(frozen=True)
class Task:
    """One part of one run, or a whole run that has no parts (`place` is None); it can be sent to another process.

    `seconds` is about how long it takes on one core.
    """

    experiment: str
    params: Params
    place: int | None
    seconds: float = QUICK


def do_task(task: Task, report: Progress | None = None) -> Any:
    """Do one task: the outcome of a run without parts, or what one part finds."""
    experiment = find(task.experiment)
    if experiment.work is None or task.place is None:
        return Result(experiment, task.params).outcome
    return experiment.work.finish(experiment.work.parts(task.params)[task.place], report)


def run_many(asked: Asked, *, executor: Any = None, progress: Progress | None = None) -> list[Result]:
    """Return a result per scenario, in the order asked; `bnsim.run_many` says everything else."""
    requests = [_request(each) for each in (asked.scenarios if isinstance(asked, ScenarioSet) else asked)]
    distinct = dict.fromkeys(requests)
    tasks = [task for slug, params in distinct for task in _tasks(find(slug), params, executor is not None)]
    found = _do_all(tasks, executor, progress)
    values: dict[tuple[str, Params], list[Any]] = {request: [] for request in distinct}
    for task in tasks:
        values[task.experiment, task.params].append(found[task])
    results = {request: _result(*request, values[request]) for request in distinct}
    return [results[request] for request in requests]


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


def _request(each: Scenario | tuple[str, Mapping[str, object]]) -> tuple[str, Params]:
    if isinstance(each, Scenario):
        return each.experiment, each.params
    slug, values = each
    return slug, find(slug).params.of(values)


def _tasks(experiment: Experiment, params: Params, everything: bool) -> list[Task]:
    """Return the parts of a run; a run without parts is left to its Result, unless everything is to be shared out."""
    if experiment.work is None:
        return [Task(experiment.slug, params, None)] if everything else []
    seconds = map(experiment.work.seconds, experiment.work.parts(params))
    return [Task(experiment.slug, params, place, each) for place, each in enumerate(seconds)]


def _result(slug: str, params: Params, values: list[Any]) -> Result:
    experiment = find(slug)
    if not values:
        return Result(experiment, params)
    return Result.of(experiment, params, values[0] if experiment.work is None else experiment.work.join(params, values))


class Share:
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


def _do_all(tasks: Sequence[Task], executor: Any, progress: Progress | None) -> dict[Task, Any]:
    share = Share(tasks, progress)
    found: dict[Task, Any] = {}
    if executor is not None:
        found = _elsewhere(tasks, getattr(executor, "get_executor", lambda **_: executor)(pure=False), share)
    elif (processes := min(os.cpu_count() or 1, len(tasks))) > 1 and share.seconds >= WORTH_PROCESSES:
        found = _in_processes(tasks, processes, share)
    lost = len(tasks) - len(found)
    if lost and (executor is not None or found):
        warnings.warn(f"{counted(lost, 'part was', 'parts were')} lost by a worker and done here.", stacklevel=4)
    for place, task in enumerate(tasks):
        if task not in found:
            found[task] = do_task(task, lambda done, place=place: share.tell(place, done))  # type: ignore[misc]
            share.tell(place, 1.0)
    return found


def _elsewhere(tasks: Sequence[Task], executor: Executor, share: Share) -> dict[Task, Any]:
    """Return what an executor finds; parts that it loses, also at a second try, are not there."""
    found: dict[Task, Any] = {}
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
        found[tasks[place]] = future.result()
        share.tell(place, 1.0)
    return found


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


def _in_processes(tasks: Sequence[Task], processes: int, share: Share) -> dict[Task, Any]:
    """Return what processes of this machine find, the longest tasks first."""
    found: dict[Task, Any] = {}
    order = sorted(range(len(tasks)), key=lambda place: -tasks[place].seconds)
    for _ in range(MOST_TRIES):
        todo = [place for place in order if tasks[place] not in found]
        if not todo:
            break
        with _pool(min(processes, len(todo))) as (pool, told):
            futures = {place: pool.submit(_do_and_tell, place, tasks[place]) for place in todo}
            while not all(future.done() for future in futures.values()):
                _pass_on(told, share)
            done = {place: future for place, future in futures.items() if not _lost(future)}
            found.update((tasks[place], future.result()) for place, future in done.items())
            for place in done:
                share.tell(place, 1.0)
    return found


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


def _pass_on(told: Queue[tuple[int, float]], share: Share) -> None:
    try:
        share.tell(*told.get(timeout=POLL))
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
