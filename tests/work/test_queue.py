"""The queue of slow work: one run at a time, shared, bounded, stopped when nobody waits for it any more."""

import time
from dataclasses import replace
from functools import partial

import pytest
from slow_toy import EXPERIMENT, GATE, STARTED, ToyParams

from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.work.memory import tidying_up
from bnsim.work.queue import JOBS, SHORT, Jobs, Wanted, queue_of
from bnsim.work.store import Store, weight

PATIENCE = 10.0


def until(true):
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.002)


def run_of(experiment, params):
    return Wanted(experiment.slug, params, experiment.work, partial(Result.of, experiment, params))


def toy(**values):
    return [run_of(EXPERIMENT, ToyParams(**values))]


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def gate():
    """Hold all work up after its first step, until it is let go."""
    GATE.clear()
    STARTED.clear()
    yield GATE
    GATE.set()


@pytest.fixture
def jobs():
    return Jobs()


def ended(jobs, visitor):
    job = jobs.of(visitor)
    until(lambda: job.ended is not None)
    return jobs.glance(job)


def weight_of(params):
    """Return what a result weighs with its tables and pictures."""
    result = Result(EXPERIMENT, params)
    result.everything()
    return weight(result.made())


class TestOneVisitor:
    def test_gets_what_a_run_gives(self, jobs):
        assert jobs.ask("ann", toy(steps=5)) == ""
        seen = ended(jobs, "ann")

        assert (seen.complete, seen.done, seen.why) == (True, 1.0, "")
        assert jobs.find(toy(steps=5)[0]).outcome == EXPERIMENT.run(ToyParams(steps=5))

    def test_sees_it_grow(self, jobs, gate):
        jobs.ask("ann", toy(steps=5, parts=2))
        job = jobs.of("ann")
        until(lambda: job.done == 0.2)

        assert jobs.glance(job).running
        assert job.result(toy(steps=5, parts=2)[0]).outcome.counts == (1, 2)

    def test_stops_it_and_keeps_what_is_done(self, jobs, gate):
        jobs.ask("ann", toy(steps=5))
        until(lambda: jobs.of("ann").done == 0.2)
        jobs.stop("ann")
        gate.set()
        seen = ended(jobs, "ann")

        assert (seen.complete, seen.why, seen.done) == (False, "stopped", 0.2)
        assert jobs.of("ann").result(toy(steps=5)[0]).outcome.counts == (1, 2)
        assert jobs.find(toy(steps=5)[0]) is None

    def test_asking_for_something_else_leaves_the_first(self, jobs, gate):
        jobs.ask("ann", toy(seed=1))
        first = jobs.of("ann")
        jobs.ask("ann", toy(seed=2))
        gate.set()

        assert ended(jobs, "ann").complete
        assert first.stop
        assert jobs.find(toy(seed=1)[0]) is None

    def test_several_runs_are_one_job(self, jobs):
        jobs.ask("ann", [*toy(seed=1), *toy(seed=2), *toy(seed=3)])

        assert ended(jobs, "ann").complete
        assert all(jobs.find(toy(seed=seed)[0]) is not None for seed in (1, 2, 3))

    def test_what_is_finished_is_not_run_again(self, jobs):
        jobs.ask("ann", toy(seed=1))
        ended(jobs, "ann")
        STARTED.clear()
        jobs.ask("ann", [*toy(seed=1), *toy(seed=2)])
        ended(jobs, "ann")

        assert STARTED == [2000, 2001]

    def test_a_run_of_a_quick_experiment_ends_at_once(self, jobs):
        quick = find("transform")
        run = run_of(quick, quick.params())
        jobs.ask("ann", [run])

        assert ended(jobs, "ann").complete
        assert run.seconds == 0


class TestMemory:
    def test_is_tidied_in_the_next_quiet_moment_when_all_work_is_done(self, jobs, gate, monkeypatch):
        asked = []
        monkeypatch.setattr(tidying_up, "left", lambda: asked.append(jobs.busy))
        jobs.ask("ann", toy(seed=1))
        jobs.ask("bob", toy(seed=2))
        gate.set()
        until(lambda: asked)

        assert [ended(jobs, visitor).complete for visitor in ("ann", "bob")] == [True, True]
        assert asked == [False]


class TestAClass:
    def test_asking_the_same_waits_together_for_one_run(self, jobs, gate):
        for visitor in map(str, range(30)):
            assert jobs.ask(visitor, toy(seed=7, parts=1)) == ""
        gate.set()

        assert {ended(jobs, visitor).complete for visitor in map(str, range(30))} == {True}
        assert STARTED == [7000]

    def test_one_run_at_a_time_and_the_queue_says_how_many_come_first(self, jobs, gate):
        for seed, visitor in enumerate("abcd"):
            jobs.ask(visitor, toy(seed=seed, parts=1))
        until(lambda: jobs.of("a").done > 0)

        assert [jobs.glance(jobs.of(visitor)).before for visitor in "abcd"] == [0, 1, 2, 3]
        assert [jobs.glance(jobs.of(visitor)).running for visitor in "abcd"] == [True, False, False, False]
        assert STARTED == [0]
        gate.set()
        assert ended(jobs, "d").complete
        assert STARTED == [0, 1000, 2000, 3000]

    def test_one_who_stops_does_not_stop_it_for_the_others(self, jobs, gate):
        jobs.ask("ann", toy(seed=1))
        jobs.ask("bob", toy(seed=1))
        until(lambda: jobs.of("ann").done == 0.25)
        jobs.stop("ann")
        gate.set()

        assert ended(jobs, "bob").complete
        assert jobs.glance(jobs.of("ann")).why == "stopped"
        assert jobs.of("ann").result(toy(seed=1)[0]).outcome.counts == (1001, 1002)

    def test_leaving_the_queue_takes_the_job_out_of_it(self, jobs, gate):
        jobs.ask("ann", toy(seed=1, parts=1))
        jobs.ask("bob", toy(seed=2))
        jobs.ask("cy", toy(seed=3, parts=1))
        jobs.stop("bob")

        assert jobs.glance(jobs.of("cy")).before == 1
        gate.set()
        assert ended(jobs, "cy").complete
        assert STARTED == [1000, 3000]

    def test_the_queue_is_bounded_and_says_so(self, gate):
        jobs = Jobs(most_waiting=2)
        answers = [jobs.ask(visitor, toy(seed=seed)) for seed, visitor in enumerate("abcd")]

        assert answers == ["", "", "", "2 runs are waiting already; try again in a few minutes."]
        assert jobs.of("d") is None

    def test_who_is_turned_away_goes_on_waiting_for_what_they_asked_for_before(self, gate):
        jobs = Jobs(most_waiting=1)
        jobs.ask("ann", toy(seed=1))
        jobs.ask("bob", toy(seed=2))

        assert jobs.ask("ann", toy(seed=3)) == "1 run is waiting already; try again in a few minutes."
        gate.set()
        assert ended(jobs, "ann").complete
        assert jobs.find(toy(seed=1)[0]) is not None

    def test_asking_again_for_what_one_waits_for_changes_nothing(self, jobs, gate):
        jobs.ask("ann", toy(seed=1))
        job = jobs.of("ann")
        jobs.ask("ann", toy(seed=1))

        assert jobs.of("ann") is job
        assert not job.stop

    def test_a_stopped_run_can_be_asked_for_anew(self, jobs, gate):
        jobs.ask("ann", toy(seed=1))
        until(lambda: jobs.of("ann").done > 0)
        jobs.stop("ann")
        jobs.ask("ann", toy(seed=1))
        gate.set()

        assert ended(jobs, "ann").complete


class TestShortWork:
    def test_waits_in_a_queue_of_its_own(self):
        (slow,) = toy()
        short = replace(slow, is_short=True)

        assert queue_of([slow]) is JOBS
        assert queue_of([short]) is SHORT

    def test_both_queues_keep_what_is_finished_in_one_store(self):
        (run,) = toy(seed=901)
        SHORT.ask("ann", [run])
        ended(SHORT, "ann")

        assert JOBS.find(run) is SHORT.find(run)
        assert JOBS.find(run) is not None

    def test_a_run_without_parts_is_one_step(self, jobs):
        quick = find("transform")
        params = quick.params(mean=-1.5)
        run = Wanted(quick.slug, params, quick.in_parts, partial(Result.of, quick, params))
        jobs.ask("ann", [run])

        assert ended(jobs, "ann").complete
        assert jobs.find(run).readouts["batch_mean"] == -1.5


class TestWatchingTogether:
    def test_the_same_is_shown_to_all_for_a_moment_and_made_once(self, jobs, gate):
        jobs.ask("ann", toy(steps=5))
        job = jobs.of("ann")
        until(lambda: job.done == 0.2)
        first = job.result(toy(steps=5)[0], 60.0)

        assert job.result(toy(steps=5)[0], 60.0) is first
        assert job.result(toy(steps=5)[0], 0.0) is not first


class TestBounds:
    def test_who_shows_no_sign_is_waited_for_no_longer(self, gate):
        clock = Clock()
        jobs = Jobs(forgotten=90, clock=clock)
        jobs.ask("ann", toy(seed=1))
        jobs.ask("bob", toy(seed=2))
        until(lambda: STARTED)
        job = jobs.of("ann")
        clock.now = 89
        jobs.of("bob")
        clock.now = 91
        gate.set()
        until(lambda: job.ended is not None)

        assert job.why == "stopped"
        assert ended(jobs, "bob").complete

    def test_nothing_is_held_for_those_who_have_left(self):
        clock = Clock()
        jobs = Jobs(forgotten=90, clock=clock)
        jobs.ask("ann", toy(seed=1))
        ended(jobs, "ann")
        clock.now = 91
        jobs.ask("bob", toy(seed=2))

        assert jobs.of("ann") is None
        assert ended(jobs, "bob").complete

    def test_a_finished_job_leaves_its_result_to_what_is_kept_for_all(self, jobs):
        jobs.ask("ann", toy(seed=1))
        ended(jobs, "ann")

        assert jobs.of("ann").values == {}
        assert jobs.find(toy(seed=1)[0]) is not None

    def test_a_run_that_takes_too_long_keeps_what_it_found(self, gate):
        clock = Clock()
        jobs = Jobs(most_seconds=300, clock=clock)
        jobs.ask("ann", toy(seed=1, parts=1))
        until(lambda: jobs.of("ann").done > 0)
        clock.now = 301
        jobs.of("ann")
        gate.set()
        seen = ended(jobs, "ann")

        assert (seen.complete, seen.why) == (False, "long")
        assert jobs.of("ann").result(toy(seed=1, parts=1)[0]).outcome.counts[0] >= 1001

    def test_finished_results_are_kept_up_to_so_many_bytes(self):
        size = weight_of(ToyParams())
        jobs = Jobs(Store(most_bytes=2 * size + size // 2))
        for seed in (1, 2):
            jobs.ask("ann", toy(seed=seed))
            ended(jobs, "ann")
        assert jobs.find(toy(seed=1)[0]) is not None  # it was looked at last: the other goes
        jobs.ask("ann", toy(seed=3))
        ended(jobs, "ann")

        assert [jobs.find(toy(seed=seed)[0]) is not None for seed in (1, 2, 3)] == [True, False, True]

    def test_a_result_that_is_larger_than_all_bounds_is_not_kept(self):
        jobs = Jobs(Store(most_bytes=weight_of(ToyParams()) - 1))
        jobs.ask("ann", toy())

        assert ended(jobs, "ann").complete
        assert jobs.find(toy()[0]) is None

    def test_what_is_kept_does_not_grow_later(self, jobs):
        jobs.ask("ann", toy(seed=1))
        ended(jobs, "ann")
        kept = vars(jobs.find(toy(seed=1)[0]))

        assert {"outcome", "readout_list", "notes", "tables", "figures"} <= set(kept)
        assert set(kept["tables"]._made) == set(EXPERIMENT.tables)

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    def test_a_fault_ends_one_job_and_not_the_next(self, jobs):
        jobs.ask("ann", toy(faulty=1))
        jobs.ask("bob", toy(seed=2))

        assert ended(jobs, "ann").why == "failed"
        assert ended(jobs, "bob").complete

    def test_promises_are_corrected_by_what_runs_took(self, jobs):
        assert jobs.seconds(toy(cost=100.0, parts=2)) == 200
        jobs.ask("ann", toy(cost=100.0, parts=2))
        ended(jobs, "ann")

        assert jobs.seconds(toy(cost=100.0, parts=2, seed=5)) < 20
