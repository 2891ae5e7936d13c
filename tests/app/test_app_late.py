"""A quick page at a setting that takes more than a moment: it waits in a queue; what was there is shown meanwhile."""

import itertools
import re
import time

import pytest
from heavy_toy import EXPERIMENT, GATE, RUNS, HeavyParams
from streamlit.testing.v1 import AppTest

from bnsim.app.shared import MOMENT
from bnsim.app.state import PageState
from bnsim.experiments import all_experiments
from bnsim.work.queue import SHORT

SEEDS = itertools.count(1)
"""No two tests ask for the same: what is finished is kept for everybody."""


def laboratory() -> None:
    from heavy_toy import EXPERIMENT

    from bnsim.app.page import experiment_page

    experiment_page(EXPERIMENT)


@pytest.fixture(autouse=True)
def gate():
    GATE.clear()
    RUNS.clear()
    yield GATE
    GATE.set()
    until(lambda: not SHORT.busy)


@pytest.fixture
def seed():
    return next(SEEDS)


def until(true):
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.005)


def opened(**query: object) -> AppTest:
    at = AppTest.from_function(laboratory, default_timeout=10)
    for key, value in query.items():
        at.query_params[key] = str(value)
    at.run()
    assert not at.exception
    return at


def state_of(at: AppTest) -> PageState:
    state: PageState = at.session_state["bnsim.pages"]["heavy"]
    return state


def words(at: AppTest) -> str:
    return " ".join(each.proto.body for each in at.get("html"))


def labels(at: AppTest) -> list[str]:
    return [each.label for each in at.button]


def released(at: AppTest, **moved: object) -> AppTest:
    """Do what the page does when a control is released."""
    state_of(at).give(moved)
    at.run()
    assert not at.exception
    return at


class TestASettingThatTakesSeconds:
    def test_shows_what_was_there_and_says_so_until_it_is_done(self, gate, seed):
        at = opened(seed=seed, batch_size=40)
        released(at, batch_size=200)

        said = r"Shown is what was found for batch_size = 40\. What is set now takes about \d+(\.\d)? s\."
        assert re.search(said, words(at))
        assert state_of(at).result.params == HeavyParams(seed=seed, batch_size=40)
        assert "Stop" in labels(at)
        gate.set()
        until(lambda: not SHORT.busy)
        at.run()

        assert state_of(at).result.params == HeavyParams(seed=seed, batch_size=200)
        assert "Shown is what was found" not in words(at)
        assert "Stop" not in labels(at)

    def test_a_link_to_it_shows_the_default_meanwhile(self, seed):
        at = opened(seed=seed, batch_size=300)

        assert "Shown is what was found for batch_size = 32, seed = 0. What is set now takes about" in words(at)
        assert state_of(at).result.params == HeavyParams()

    def test_it_is_done_once_for_all_who_ask(self, gate, seed):
        visitors = [opened(seed=seed, batch_size=200) for _ in range(3)]
        gate.set()
        until(lambda: not SHORT.busy)

        assert [at.run().exception for at in visitors] == [[], [], []]
        assert [params for params in RUNS if EXPERIMENT.cost(params)] == [HeavyParams(seed=seed, batch_size=200)]

    def test_who_comes_back_to_a_quick_one_leaves_the_queue(self, gate, seed):
        holder = opened(seed=seed, batch_size=200)
        other = opened(seed=seed, batch_size=201)
        assert "Leave the queue" in labels(other)
        released(other, batch_size=40)
        gate.set()
        until(lambda: not SHORT.busy)

        assert state_of(holder.run()).result.params.batch_size == 200
        assert HeavyParams(seed=seed, batch_size=201) not in RUNS

    def test_stopped_it_does_not_begin_again_by_itself(self, seed):
        at = opened(seed=seed, batch_size=200)
        next(each for each in at.button if each.label == "Stop").click().run()
        at.run()

        assert "Run" in labels(at)
        assert "Shown is what was found for batch_size = 32, seed = 0. Press Run for what is set now." in words(at)

    def test_the_actions_of_what_is_shown_are_not_offered_for_what_is_set(self, seed):
        at = opened(seed=seed, batch_size=200)
        before = state_of(at).params
        state_of(at).act("Undo the normalization")

        assert state_of(at).params == before
        assert "Undo the normalization" not in labels(at)

    def test_does_not_wait_for_work_of_minutes(self, seed):
        state = PageState(EXPERIMENT, HeavyParams(seed=seed, batch_size=200))

        assert state.late
        assert not PageState(EXPERIMENT, HeavyParams(seed=seed)).late


@pytest.mark.parametrize("slug", [slug for slug, each in all_experiments().items() if each.work is None])
class TestEveryQuickPage:
    def test_opens_at_once(self, slug):
        experiment = all_experiments()[slug]

        assert experiment.cost(experiment.params()) <= MOMENT


class TestASession:
    def test_holds_parameters_and_no_result(self, seed):
        at = opened(seed=seed, batch_size=40)
        held = vars(state_of(at))

        assert held["found"] is None
        assert held["shown"] == held["params"] == HeavyParams(seed=seed, batch_size=40)
        assert not [name for name, value in held.items() if type(value).__name__ in ("Result", "DataFrame")]
