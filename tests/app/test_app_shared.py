"""What all visitors share is made once, however many arrive at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from bnsim.app import panels, shared
from bnsim.app.shared import forget_what_all_have_left, key_of, make_first, result_of, weigh
from bnsim.app.state import PageState
from bnsim.experiments import find
from bnsim.scenario.library import Library
from bnsim.work.memory import TidyingUp
from bnsim.work.store import Store

VISITORS = 12
TRANSFORM = find("transform")


def arrive(act):
    """Let visitors do the same at one moment, and return what each of them got."""
    ready = threading.Barrier(VISITORS)

    def visit(_):
        ready.wait(timeout=10)
        return act()

    with ThreadPoolExecutor(VISITORS) as visitors:
        return list(visitors.map(visit, range(VISITORS)))


class TestLibrary:
    @pytest.fixture
    def opened(self, monkeypatch):
        """Return a list that grows with every reading of the scenario sets; they are read anew in this test."""
        opened, read = [], Library.open

        def note(*given):
            opened.append(given)
            return read(*given)

        monkeypatch.setattr(panels.Library, "open", note)
        panels.library.cache_clear()
        yield opened
        panels.library.cache_clear()

    def test_it_is_read_once_for_all_who_arrive_at_once(self, opened):
        found = arrive(panels.library)

        assert len(opened) == 1
        assert all(each is found[0] for each in found)


class TestResults:
    @pytest.fixture
    def counted(self):
        """Return an experiment that counts its runs, and the list that it counts in."""
        runs = []

        def run(params):
            runs.append(params)
            threading.Event().wait(0.05)
            return TRANSFORM.run(params)

        return replace(TRANSFORM, slug="counted", run=run), runs

    def test_a_class_that_opens_one_link_runs_it_once(self, counted):
        experiment, runs = counted
        params = experiment.params(std=1.25)

        states = arrive(partial(PageState, experiment, params))
        pictures = arrive(lambda: states[0].result.first_figure)
        answers = [state.result.answer for state in states]

        assert len(runs) == 1
        assert all(each is pictures[0] for each in pictures)
        assert len({state.result for state in states}) == 1
        assert len(set(answers)) == 1

    def test_equal_settings_that_were_made_apart_share_a_result(self, counted):
        experiment, runs = counted
        one, other = (PageState(experiment, experiment.params(mean=mean)) for mean in (1.5, 1.5))

        assert one.result is other.result
        assert one.result.outcome is other.result.outcome
        assert len(runs) == 1

    def test_other_settings_have_a_result_of_their_own(self):
        assert result_of(TRANSFORM, TRANSFORM.params(mean=1)).readouts["batch_mean"] == 1
        assert result_of(TRANSFORM, TRANSFORM.params(mean=2)).readouts["batch_mean"] == 2

    def test_who_comes_back_finds_what_was_made(self, counted):
        experiment, runs = counted
        params = experiment.params(std=1.75)

        for _ in range(2):
            assert PageState(experiment, params).result.outcome.params == params

        assert len(runs) == 1

    def test_when_all_have_left_what_they_looked_at_is_forgotten_but_what_pages_begin_with(self, monkeypatch):
        store, moved = Store(), TRANSFORM.params(mean=1.75)
        monkeypatch.setattr(shared, "RESULTS", store)
        for params in (TRANSFORM.params(), moved):
            result_of(TRANSFORM, params)
        forget_what_all_have_left()

        assert store.find(key_of(TRANSFORM, moved)) is None
        assert store.find(key_of(TRANSFORM, TRANSFORM.params())) is not None

    def test_slow_work_begins_with_a_result_that_says_nothing_is_found(self):
        training = find("training")
        state, other = (PageState(training, training.params()) for _ in range(2))

        assert state.result is other.result
        assert state.result.notes == state.result.of(training, state.params, training.work.nothing(state.params)).notes


class TestQuiet:
    """Releases draw fragments, which do not run the entry script: they are wishes all the same."""

    @pytest.fixture
    def wishes(self, monkeypatch):
        """Return a list that grows with every wish of a visitor."""
        wishes = []
        monkeypatch.setattr(TidyingUp, "wish", lambda self: wishes.append(True))
        return wishes

    def test_ends_when_a_control_says_something(self, wishes):
        params = TRANSFORM.params()
        state = PageState(TRANSFORM, params, dict(params), dict(params))
        state.give({"mean": 2.0})
        state.hear({"epoch": state.epoch, "mean": 1.0})

        assert len(wishes) == 2

    def test_ends_when_somebody_looks_at_a_result(self, wishes):
        weigh(TRANSFORM, [TRANSFORM.params()])

        assert wishes == [True]

    def test_goes_on_while_pages_are_made_that_nobody_asked_for(self, wishes):
        make_first(TRANSFORM)

        assert wishes == []
