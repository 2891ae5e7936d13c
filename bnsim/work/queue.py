"""Slow work for a class: one run at a time in this process, a queue for the rest, finished results for everybody.

Whoever asks for what somebody else is waiting for waits with them; what is finished is kept for all, within bounds.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bnsim.scenario.wording import counted
from bnsim.work.memory import give_back, tidying_up
from bnsim.work.store import RESULTS, Kept, Store
from bnsim.work.work import Work, seconds_left

MOST_WAITING = 50
"""Jobs in the queue; whoever comes later is asked to come back."""
MOST_SECONDS = 300.0
"""Of one job; what it has found by then is kept."""
FORGOTTEN = 90.0
"""Seconds without a sign after which a visitor is taken to be gone. A page in the background shows signs rarely."""
LEAST_TELLING = 0.5
"""Seconds of work from which what it took says how fast this machine is."""
BREATH = 0.002
"""Seconds that work leaves to the pages after each step: they need the same interpreter."""


@dataclass(frozen=True)
class Wanted:
    """A run that somebody may ask for; two of the same experiment and parameters are the same.

    Parameters
    ----------
    experiment : str
        Its slug.
    params : object
        Frozen and hashable.
    work : Work, optional
        How it is done; a run without is done at once, by whoever wants it.
    show : callable, outcome -> Kept
        What is shown of the outcome of all or of a part of the work.
    is_short : bool
        Whether it takes seconds at most, and so waits for its like only.
    """

    experiment: str
    params: Any
    work: Work | None = field(compare=False)
    show: Callable[[Any], Kept] = field(compare=False)
    is_short: bool = field(default=False, compare=False)

    @property
    def key(self) -> tuple[str, Any]:
        """The key of its result in the store."""
        return self.experiment, self.params

    @property
    def seconds(self) -> float:
        """About how many seconds it takes on one core; 0 if it is done at once."""
        return 0.0 if self.work is None else seconds_of(self.work, self.params)


@lru_cache(maxsize=64)  # a page asks several times for the same
def seconds_of(work: Work, params: Any) -> float:
    """Return about how many seconds work takes on one core with these parameters."""
    return sum(map(work.seconds, work.parts(params)))


@dataclass(eq=False)
class Job:
    """Runs that somebody waits for, done one after the other.

    What changes is changed under the lock of `Jobs`, but for `values`, which only the one who works puts new lists
    into, and `shown`, which any visitor may make anew of them.
    """

    wanted: tuple[Wanted, ...]
    watchers: dict[str, float]
    begun: float | None = None
    ended: float | None = None
    done: float = 0.0
    complete: bool = False
    why: str = ""
    values: dict[Wanted, list[Any]] = field(default_factory=dict)
    stop: bool = False
    shown: dict[Wanted, tuple[float, Kept]] = field(default_factory=dict)

    def result(self, wanted: Wanted, age: float = 0.0) -> Any:
        """Return what has been found so far for one of its runs, or up to `age` seconds ago; None if there is nothing.

        Those who watch together are shown the same, and it is made once.
        """
        values, now = self.values.get(wanted), time.monotonic()
        if values is None or wanted.work is None:
            return None
        made, result = self.shown.get(wanted, (-math.inf, None))
        if result is None or now - made > age:
            result = wanted.show(wanted.work.join(wanted.params, values))
            self.shown[wanted] = now, result
        return result


@dataclass(frozen=True)
class Glance:
    """How a job stands at one moment: its share done, seconds so far and left, and how many jobs come before it."""

    running: bool
    waiting: bool
    complete: bool
    done: float
    elapsed: float
    left: float
    before: int
    watchers: int
    why: str


class Jobs:
    """A queue of one server process.

    Parameters
    ----------
    results : Store, optional
        Where finished results are kept; a new one by default.
    most_waiting, most_seconds, forgotten : numbers
        The bounds; see the constants.
    clock : callable
        Seconds, as `time.monotonic`.
    """

    def __init__(
        self,
        results: Store | None = None,
        *,
        most_waiting: int = MOST_WAITING,
        most_seconds: float = MOST_SECONDS,
        forgotten: float = FORGOTTEN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_waiting, self._most_seconds = most_waiting, most_seconds
        self._forgotten, self._clock = forgotten, clock
        self._lock = threading.Lock()
        self._queue: list[Job] = []
        self._running: Job | None = None
        self._of: dict[str, Job] = {}
        self._seen: dict[str, float] = {}
        self._results = results or Store()
        self._speed = 1.0

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        with self._lock:
            return bool(self._unfinished())

    def find(self, wanted: Wanted) -> Any:
        """Return a finished result, whoever asked for it; None if there is none."""
        return self._results.find(wanted.key)

    def seconds(self, wanted: Sequence[Wanted]) -> float:
        """Return about how long runs would take here, by what earlier ones took."""
        return self._speed * sum(run.seconds for run in wanted)

    def ask(self, visitor: str, wanted: Sequence[Wanted]) -> str:
        """Put runs into the queue for a visitor, who leaves what they waited for before; return why not, if so."""
        missing = tuple(run for run in wanted if self.find(run) is None)
        with self._lock:
            self._forget_those_who_left()
            self._seen[visitor] = self._clock()
            job = next((each for each in self._unfinished() if each.wanted == missing and not each.stop), None)
            if missing and job is None and len(self._queue) >= self._most_waiting:
                many = counted(self._most_waiting, "run is", "runs are")
                return f"{many} waiting already; try again in a few minutes."
            if job is None or visitor not in job.watchers:
                self._leave(visitor)
            if not missing:
                return ""
            if job is None:
                job = Job(missing, {})
                self._queue.append(job)
            job.watchers[visitor] = self._clock()
            self._of[visitor] = job
            if self._running is None:
                self._begin_next()
        return ""

    def of(self, visitor: str) -> Job | None:
        """Return what a visitor asked for last, which may have ended; this is a sign that they are still there."""
        with self._lock:
            job = self._of.get(visitor)
            if job is not None:
                self._seen[visitor] = self._clock()
            if job is not None and visitor in job.watchers:
                job.watchers[visitor] = self._clock()
            return job

    def glance(self, job: Job) -> Glance:
        """Return how a job stands."""
        with self._lock:
            now = self._clock() if job.ended is None else job.ended
            elapsed = 0.0 if job.begun is None else now - job.begun
            waiting = job in self._queue
            ahead = self._queue.index(job) + (self._running is not None) if waiting else 0
            return Glance(
                running=job is self._running, waiting=waiting, complete=job.complete, done=job.done, elapsed=elapsed,
                left=seconds_left(elapsed, job.done), before=ahead, watchers=len(job.watchers), why=job.why,
            )  # fmt: skip

    def stop(self, visitor: str) -> Job | None:
        """Let a visitor leave, who keeps what was found so far; the work ends when nobody waits for it any more."""
        with self._lock:
            return self._leave(visitor)

    def _forget_those_who_left(self) -> None:
        """Drop what visitors have left behind who have shown no sign for long; a page keeps what it shows itself."""
        now = self._clock()
        for visitor in [who for who, seen in self._seen.items() if now - seen > self._forgotten]:
            self._leave(visitor)
            self._of.pop(visitor, None)
            del self._seen[visitor]

    def _leave(self, visitor: str) -> Job | None:
        job = self._of.get(visitor)
        if job is None or job.ended is not None or visitor not in job.watchers:
            return job
        # Others may go on waiting for it: this visitor gets a copy of how it stands.
        left = Job(job.wanted, {}, job.begun, self._clock(), job.done, why="stopped", values=dict(job.values))
        self._of[visitor] = left
        del job.watchers[visitor]
        self._drop_if_alone(job)
        return left

    def _drop_if_alone(self, job: Job) -> None:
        if not job.watchers:
            job.stop = True
            if job in self._queue:
                self._queue.remove(job)

    def _unfinished(self) -> list[Job]:
        return [*self._queue, *([self._running] if self._running else [])]

    def _begin_next(self) -> None:
        """Begin the next job that somebody still waits for, in a thread of its own; a fault ends no other job."""
        self._running = None
        while self._queue:
            job = self._queue.pop(0)
            self._lose_sight(job)
            if job.watchers:
                job.begun, self._running = self._clock(), job
                threading.Thread(target=self._work, args=(job,), name="bnsim-work", daemon=True).start()
                return

    def _lose_sight(self, job: Job) -> None:
        """Take visitors who have shown no sign for long out of a job."""
        now = self._clock()
        job.watchers = {who: seen for who, seen in job.watchers.items() if now - seen < self._forgotten}
        job.stop = job.stop or not job.watchers

    def _work(self, job: Job) -> None:
        """Do one job, and have the next begun."""
        why = "failed"
        try:
            why = self._do(job)
        finally:
            with self._lock:
                job.why, job.complete, job.ended = why, not why, self._clock()
                if job.complete:  # it is kept for everybody
                    job.values, job.shown = {}, {}
                self._forget_those_who_left()
                self._begin_next()
            give_back()
            if not self.busy:
                tidying_up.left()  # visitors may have left long ago

    def _do(self, job: Job) -> str:
        """Do one job; return why it ended early, if so."""
        seconds = [run.seconds for run in job.wanted]
        before, total = 0.0, sum(seconds) or 1.0
        for run, cost in zip(job.wanted, seconds, strict=True):
            for done in self._steps(job, run):
                with self._lock:
                    job.done = (before + done * cost) / total
                    self._lose_sight(job)
                if job.stop:
                    return "stopped"
                if self._clock() - (job.begun or 0.0) > self._most_seconds:
                    return "long"
                time.sleep(BREATH)
            before += cost
            self._keep(job, run)
        self._learn(job, total)
        return ""

    def _steps(self, job: Job, run: Wanted) -> Iterator[float]:
        """Do one run in steps; yield the share done."""
        if run.work is None or self.find(run) is not None:
            yield 1.0
            return
        for done, values in run.work.advance(run.params):
            job.values[run] = values
            yield done

    def _keep(self, job: Job, run: Wanted) -> None:
        """Keep a finished result for everybody."""
        result = job.result(run)
        if result is not None:
            self._results.keep(run.key, result, whole=not run.is_short)

    def _learn(self, job: Job, seconds: float) -> None:
        """Correct what is promised by what a run took; what takes no time tells nothing."""
        if seconds >= LEAST_TELLING:
            with self._lock:
                self._speed = (self._clock() - (job.begun or 0.0)) / seconds


JOBS, SHORT = Jobs(RESULTS), Jobs(RESULTS)
"""Those of this server process: of work that takes minutes, and of what takes seconds and does not wait for it."""


def queue_of(wanted: Sequence[Wanted]) -> Jobs:
    """Return the queue in which runs of one experiment wait."""
    return SHORT if any(run.is_short for run in wanted) else JOBS
