"""Many runs at once: the same numbers wherever they are found, and a lost worker loses nothing."""

import os
import pickle
import signal
import time
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import slow_toy as toy

import bnsim
from bnsim import runs
from bnsim.errors import InputError, ParamsError
from bnsim.experiment import Result
from bnsim.experiments import all_experiments, find
from bnsim.runs import tasks_of
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.work import sharing
from bnsim.work.sharing import do_task

SMALL = {"depth": 1, "width": 8, "steps": 6, "samples": 8, "draws": 1, "tuning_steps": 2}
ASKED = [("transfer", {**SMALL, "seeds": 2, "seed": seed}) for seed in (0, 1)]


@pytest.fixture(scope="module")
def alone():
    """What this process finds by itself, one run after the other."""
    return [bnsim.run(slug, **params) for slug, params in ASKED]


def assert_same(results, expected):
    for one, two in zip(results, expected, strict=True):
        assert one.params == two.params
        assert [repr(each) for each in one.readout_list] == [repr(each) for each in two.readout_list]
        for name, frame in one.tables.items():
            pd.testing.assert_frame_equal(frame, two.tables[name], check_exact=True)


class Unreliable:
    """An executor that loses what it is given, so many times, and then does it."""

    def __init__(self, losses: int, error: type[BaseException] = BrokenProcessPool) -> None:
        self.losses, self.error, self.given = losses, error, 0

    def submit(self, call: Any, /, *arguments: Any) -> "Future[Any]":
        self.given += 1
        future: Future[Any] = Future()
        if self.given <= self.losses:
            future.set_exception(self.error())
        else:
            future.set_result(call(*arguments))
        return future


class TestHere:
    def test_it_is_what_single_runs_find(self, alone):
        assert_same(bnsim.run_many(ASKED), alone)

    def test_equal_ones_are_run_once(self):
        one, two = bnsim.run_many([ASKED[0], ASKED[0]])

        assert one is two

    def test_a_set_is_run_in_its_order(self, alone):
        params = find("transfer").params
        scenarios = [Scenario("transfer", f"s{k}", params.of(values)) for k, (_, values) in enumerate(ASKED)]

        assert_same(bnsim.run_many(ScenarioSet("transfer", "Two", tuple(scenarios[::-1]))), alone[::-1])

    def test_quick_ones_are_left_to_the_first_look(self):
        (result,) = bnsim.run_many([("transform", {"mean": 1})])

        assert "outcome" not in vars(result)
        assert result.readouts["batch_mean"] == 1

    def test_progress_grows_to_one(self):
        heard: list[float] = []
        bnsim.run_many(ASKED, progress=heard.append)

        assert heard == sorted(heard)
        assert heard[-1] == pytest.approx(1.0)
        assert len(heard) > 10

    def test_nothing_is_run_if_something_is_wrong(self, monkeypatch):
        monkeypatch.setattr(sharing, "do_task", lambda *_: pytest.fail("it was run"))

        with pytest.raises(ParamsError, match=r"^depht is not a parameter of this experiment\. Did you mean depth\?$"):
            bnsim.run_many([*ASKED, ("transfer", {"depht": 1})])
        with pytest.raises(InputError, match=r"^'transfre' is not an experiment\. Did you mean transfer\?$"):
            bnsim.run_many([*ASKED, ("transfre", {})])

    def test_nothing_asked_is_nothing_found(self):
        assert bnsim.run_many([]) == []


class TestTasks:
    @pytest.mark.parametrize("slug", list(all_experiments()))
    def test_of_every_experiment_can_be_sent_and_its_outcome_too(self, slug):
        experiment = find(slug)
        params = experiment.params().replace(**SMALL if slug == "transfer" else {})
        first = tasks_of(experiment, params)[0]
        sent = pickle.loads(pickle.dumps(first))
        if experiment.work is not None:
            assert (sent.do, sent.part) == (experiment.work.do, first.part)
        else:
            again = Result.of(experiment, params, pickle.loads(pickle.dumps(do_task(sent))))
            assert list(again.readouts) == list(bnsim.run(slug).readouts)

    def test_hold_their_parts_which_are_made_once_a_run(self, monkeypatch):
        asked: list[Params] = []

        def counted_parts(params):
            asked.append(params)
            return toy.parts(params)

        counting = replace(toy.EXPERIMENT, work=replace(toy.WORK, parts=counted_parts))
        monkeypatch.setattr(runs, "find", lambda slug: counting)
        (result,) = bnsim.run_many([("toy", {"parts": 20})], executor=Unreliable(0))

        assert result.outcome == toy.EXPERIMENT.run(result.params)
        assert asked == [result.params]

    def test_a_quick_run_takes_next_to_no_time(self):
        (task,) = tasks_of(find("transform"), find("transform").params())

        assert task.seconds < 0.1


class TestExecutor:
    def test_any_that_submits_will_do(self, alone):
        heard: list[float] = []
        with ThreadPoolExecutor(2) as executor:
            assert_same(bnsim.run_many(ASKED, executor=executor, progress=heard.append), alone)

        assert heard[-1] == pytest.approx(1.0)

    def test_it_does_quick_runs_too(self):
        executor = Unreliable(0)
        (result,) = bnsim.run_many([("transform", {"mean": 1})], executor=executor)

        assert executor.given == 1
        assert result.readouts == bnsim.run("transform", mean=1).readouts

    @pytest.mark.parametrize("error", [BrokenProcessPool, OSError])
    def test_what_is_lost_once_is_given_again(self, alone, error):
        executor = Unreliable(1, error)

        assert_same(bnsim.run_many(ASKED, executor=executor), alone)
        assert executor.given == 1 + sum(len(find("transfer").work.parts(each.params)) for each in alone)

    def test_what_is_lost_again_is_done_here_and_said(self, alone):
        with pytest.warns(UserWarning, match=r"^\d parts were lost by a worker and done here\.$"):
            found = bnsim.run_many(ASKED, executor=Unreliable(1000))

        assert_same(found, alone)

    def test_so_is_what_an_executor_that_is_shut_down_refuses(self, alone):
        executor = ThreadPoolExecutor(1)
        executor.shutdown()

        with pytest.warns(UserWarning, match=r"^\d parts were lost by a worker and done here\.$"):
            assert_same(bnsim.run_many(ASKED, executor=executor), alone)

    def test_a_fault_of_a_part_itself_comes_through(self, monkeypatch):
        def faulty(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(sharing, "do_task", faulty)
        with pytest.warns(UserWarning, match="lost"), pytest.raises(ZeroDivisionError):
            bnsim.run_many(ASKED, executor=ThreadPoolExecutor(1))


@pytest.mark.usefixtures("own_main")
class TestProcesses:
    @pytest.fixture(autouse=True)
    def long(self, monkeypatch):
        """Take any work to be worth processes."""
        monkeypatch.setattr(sharing, "WORTH_PROCESSES", 0.0)
        monkeypatch.setattr(os, "cpu_count", lambda: 2)

    def test_find_the_same_and_a_worker_that_dies_loses_nothing(self, alone, monkeypatch):
        killed: list[int] = []

        def kill_one(told: Any, share: Any) -> None:
            workers = [each.pid for each in sharing.multiprocessing.active_children()]
            if not killed and len(workers) == 2:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)
            time.sleep(0.01)

        monkeypatch.setattr(sharing, "_pass_on", kill_one)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert_same(bnsim.run_many(ASKED), alone)
        assert killed

    def test_tell_how_far_they_are(self, alone):
        heard: list[float] = []

        assert_same(bnsim.run_many(ASKED, progress=heard.append), alone)
        assert heard == sorted(heard)
        assert heard[-1] == pytest.approx(1.0)
