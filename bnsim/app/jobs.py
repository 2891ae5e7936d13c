"""Slow work for a class: one run at a time in this process, a queue for the rest, finished results for everybody.

Whoever asks for what somebody else is waiting for waits with them; what is finished is kept for all, within bounds.
"""

import math
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bnsim.experiment import Experiment, Result
from bnsim.scenario.params import Params
from bnsim.scenario.wording import counted
from bnsim.work import seconds_left

MOST_WAITING = 50
"""Jobs in the queue; whoever comes later is asked to come back."""
MOST_SECONDS = 300.0
"""Of one job; what it has found by then is kept."""
MOST_BYTES = 64_000_000
"""Of finished results that are kept; the one that was not looked at for longest goes first."""
FORGOTTEN = 90.0
"""Seconds without a sign after which a visitor is taken to be gone. A page in the background shows signs rarely."""
LEAST_TELLING = 0.5
"""Seconds of work from which what it took says how fast this machine is."""
BREATH = 0.002
"""Seconds that work leaves to the pages after each step: they need the same interpreter."""

Request = tuple[Experiment, Params]
Key = tuple[str, Params]


@dataclass(eq=False)
class Job:
    """Runs that somebody waits for, done one after the other.

    What changes is changed under the lock of `Jobs`, but for `values`, which only the one who works puts new lists
    into, and `shown`, which any visitor may make anew of them.
    """

    requests: tuple[Request, ...]
    watchers: dict[str, float]
    begun: float | None = None
    ended: float | None = None
    done: float = 0.0
    complete: bool = False
    why: str = ""
    values: dict[Key, list[Any]] = field(default_factory=dict)
    stop: bool = False
    shown: dict[Key, tuple[float, Result]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Key, ...]:
        """What it runs."""
        return tuple(key_of(*request) for request in self.requests)

    def result(self, experiment: Experiment, params: Params, age: float = 0.0) -> Result | None:
        """Return what has been found so far for one of its requests, or up to `age` seconds ago.

        Those who watch together are shown the same, and it is made once.
        """
        key, now = key_of(experiment, params), time.monotonic()
        values = self.values.get(key)
        if values is None or experiment.work is None:
            return None
        made, result = self.shown.get(key, (-math.inf, None))
        if result is None or now - made > age:
            result = Result.of(experiment, params, experiment.work.join(params, values))
            self.shown[key] = now, result
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


def key_of(experiment: Experiment, params: Params) -> Key:
    """Return what tells one run from another."""
    return experiment.slug, params


class Jobs:
    """The queue and the finished results of one server process.

    Parameters
    ----------
    most_waiting, most_seconds, most_bytes, forgotten : numbers
        The bounds; see the constants.
    clock : callable
        Seconds, as `time.monotonic`.
    """

    def __init__(
        self,
        *,
        most_waiting: int = MOST_WAITING,
        most_seconds: float = MOST_SECONDS,
        most_bytes: int = MOST_BYTES,
        forgotten: float = FORGOTTEN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_waiting, self._most_seconds, self._most_bytes = most_waiting, most_seconds, most_bytes
        self._forgotten, self._clock = forgotten, clock
        self._lock = threading.Lock()
        self._queue: list[Job] = []
        self._running: Job | None = None
        self._of: dict[str, Job] = {}
        self._seen: dict[str, float] = {}
        self._kept: OrderedDict[Key, tuple[Result, int]] = OrderedDict()
        self._speed = 1.0

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        with self._lock:
            return bool(self._unfinished())

    def find(self, experiment: Experiment, params: Params) -> Result | None:
        """Return a finished result, whoever asked for it; None if there is none."""
        with self._lock:
            key = key_of(experiment, params)
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def seconds(self, requests: Sequence[Request]) -> float:
        """Return about how long runs would take here, by what earlier ones took."""
        return self._speed * sum(estimate(experiment, params) for experiment, params in requests)

    def ask(self, visitor: str, requests: Sequence[Request]) -> str:
        """Put runs into the queue for a visitor, who leaves what they waited for before; return why not, if so."""
        wanted = tuple(request for request in requests if self.find(*request) is None)
        key = tuple(key_of(*request) for request in wanted)
        with self._lock:
            self._forget_those_who_left()
            self._seen[visitor] = self._clock()
            job = next((each for each in self._unfinished() if each.key == key and not each.stop), None)
            if wanted and job is None and len(self._queue) >= self._most_waiting:
                many = counted(self._most_waiting, "run is", "runs are")
                return f"{many} waiting already; try again in a few minutes."
            if job is None or visitor not in job.watchers:
                self._leave(visitor)
            if not wanted:
                return ""
            if job is None:
                job = Job(wanted, {})
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
        left = Job(job.requests, {}, job.begun, self._clock(), job.done, why="stopped", values=dict(job.values))
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
                self._begin_next()

    def _do(self, job: Job) -> str:
        """Do one job; return why it ended early, if so."""
        seconds = [estimate(*request) for request in job.requests]
        before, total = 0.0, sum(seconds) or 1.0
        for (experiment, params), cost in zip(job.requests, seconds, strict=True):
            for done in self._steps(job, experiment, params):
                with self._lock:
                    job.done = (before + done * cost) / total
                    self._lose_sight(job)
                if job.stop:
                    return "stopped"
                if self._clock() - (job.begun or 0.0) > self._most_seconds:
                    return "long"
                time.sleep(BREATH)
            before += cost
            self._keep(job, experiment, params)
        self._learn(job, total)
        return ""

    def _steps(self, job: Job, experiment: Experiment, params: Params) -> Iterator[float]:
        """Do one run in steps; yield the share done."""
        if experiment.work is None or self.find(experiment, params) is not None:
            yield 1.0
            return
        for done, values in experiment.work.advance(params):
            job.values[key_of(experiment, params)] = values
            yield done

    def _keep(self, job: Job, experiment: Experiment, params: Params) -> None:
        result = job.result(experiment, params)
        if result is None:
            return
        size = len(pickle.dumps(result.outcome))
        with self._lock:
            self._kept[key_of(experiment, params)] = result, size
            while sum(each for _, each in self._kept.values()) > self._most_bytes:
                self._kept.popitem(last=False)

    def _learn(self, job: Job, seconds: float) -> None:
        """Correct what is promised by what a run took; what takes no time tells nothing."""
        if seconds >= LEAST_TELLING:
            with self._lock:
                self._speed = (self._clock() - (job.begun or 0.0)) / seconds


def estimate(experiment: Experiment, params: Params) -> float:
    """Return about how many seconds a run takes on one core; 0 if it is done at once."""
    work = experiment.work
    return 0.0 if work is None else sum(map(work.seconds, work.parts(params)))


JOBS = Jobs()
"""Those of this server process."""
