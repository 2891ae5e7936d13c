"""The page of slow work: Run, how far it is, Stop keeps what is done, and results that others asked for."""

import itertools
import time
from types import SimpleNamespace
from typing import Any

import pytest
from slow_toy import GATE, STARTED, ToyParams
from streamlit.testing.v1 import AppTest

from bnsim.app import waiting
from bnsim.app.state import PageState
from bnsim.work.queue import JOBS, Glance

SEEDS = itertools.count(1)
"""No two tests ask for the same: what is finished is kept for everybody."""


def laboratory() -> None:
    import streamlit as st
    from slow_toy import EXPERIMENT

    from bnsim.app.page import experiment_page

    if st.session_state.get("test.page") != "elsewhere":
        experiment_page(EXPERIMENT)


@pytest.fixture(autouse=True)
def gate(monkeypatch):
    monkeypatch.setattr(waiting, "TOGETHER", 0.0)  # everybody is shown the very last state
    GATE.set()
    STARTED.clear()
    yield GATE
    GATE.set()
    until(lambda: not JOBS.busy)  # the next test finds nobody before it in the queue


@pytest.fixture
def seed():
    return next(SEEDS)


def opened(**query: object) -> AppTest:
    at = AppTest.from_function(laboratory, default_timeout=10)
    for key, value in query.items():
        at.query_params[key] = str(value)
    return at.run()


def state_of(at: AppTest) -> PageState:
    state: PageState = at.session_state["bnsim.pages"]["toy"]
    return state


def job_of(at: AppTest) -> Any:
    return JOBS.of(at.session_state["bnsim.visitor"])


def until(true) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.005)


def finished(at: AppTest) -> AppTest:
    """Wait for the work, and look again as the page does."""
    until(lambda: job_of(at).ended is not None)
    return at.run()


def button(at: AppTest, label: str) -> Any:
    return next(each for each in at.button if each.label == label)


def labels(at: AppTest) -> list[str]:
    return [each.label for each in at.button]


def captions(at: AppTest) -> list[str]:
    return [each.value for each in at.caption]


def words(at: AppTest) -> str:
    return " ".join(each.proto.body for each in at.get("html"))


def drawn(at: AppTest) -> int:
    """Return how many bars the picture has."""
    state = state_of(at)
    return len(state.result.figures[0].data["counts"])


class TestArriving:
    def test_begins_by_itself_and_shows_what_was_found(self, seed):
        at = finished(opened(seed=seed, steps=3))

        assert not at.exception
        assert state_of(at).result.readouts == {"x": float(2 * (1000 * seed + 3) + 1)}
        assert "2 have begun" in words(at)
        assert (
            "Done\\. On one machine with one version of numpy the same settings always give the same numbers\\."
            in captions(at)
        )
        assert button(at, "Run").disabled

    def test_costly_work_waits_for_run_and_says_how_long_it_takes(self, seed, monkeypatch):
        monkeypatch.setattr(waiting, "AT_ONCE", 0.0)
        at = opened(seed=seed)

        assert STARTED == []
        assert not button(at, "Run").disabled
        assert any(caption.startswith("About 0\\.0 s on this machine\\.") for caption in captions(at))
        assert drawn(at) == 0
        button(at, "Run").click().run()
        assert drawn(finished(at)) == 2

    def test_everybody_gets_what_somebody_has_run(self, seed):
        finished(opened(seed=seed))
        STARTED.clear()
        at = opened(seed=seed)

        assert STARTED == []
        assert drawn(at) == 2

    def test_a_damaged_link_is_told_and_the_rest_is_run(self, seed):
        at = finished(opened(seed=seed, steps="many"))

        assert "steps must be a whole number from 1 to 1000" in words(at)
        assert state_of(at).params == ToyParams(seed=seed)
        assert drawn(at) == 2


class TestRunning:
    @pytest.fixture
    def at(self, gate, seed):
        gate.clear()
        at = opened(seed=seed, steps=10, parts=2)
        until(lambda: job_of(at).done == 0.1)  # each part has made its first step and is held up before the next
        return at.run()

    def test_shows_how_far_it_is_and_what_was_found_so_far(self, at, seed):
        (bar,) = at.get("progress")

        assert bar.proto.value == 10
        assert bar.proto.text.startswith("10 % · ")
        assert bar.proto.text.endswith(" left")
        assert drawn(at) == 2
        assert state_of(at).result.readouts == {"x": float(2 * 1000 * seed + 3)}
        assert "Stop" in labels(at)
        assert "Run" not in labels(at)

    def test_stop_keeps_what_is_done(self, at, gate, seed):
        button(at, "Stop").click().run()
        gate.set()
        at.run()

        assert state_of(at).result.readouts == {"x": float(2 * 1000 * seed + 3)}
        assert any(c.startswith("Stopped at 10 %\\. What was found by then is shown") for c in captions(at))
        assert not button(at, "Run").disabled
        assert not at.exception

    def test_what_was_stopped_is_not_said_of_other_settings(self, at, gate):
        button(at, "Stop").click().run()
        gate.set()
        state_of(at).give({"steps": 11})
        at.run()

        assert not any(c.startswith("Stopped") for c in captions(at))
        assert "Shown is what was found for steps = 10. Press Run for what is set now." in words(at)

    def test_coming_back_after_stop_does_not_begin_anew(self, at, gate, seed):
        button(at, "Stop").click().run()
        gate.set()
        at.session_state["test.page"] = "elsewhere"
        at.session_state["bnsim.here"] = None
        at.run()
        at.session_state["test.page"] = "here"
        at.query_params.clear()
        STARTED.clear()
        at.run()

        assert STARTED == []
        assert state_of(at).result.readouts == {"x": float(2 * 1000 * seed + 3)}

    def test_run_after_stop_ends_it(self, at, gate, seed):
        button(at, "Stop").click().run()
        gate.set()
        button(at, "Run").click().run()
        at = finished(at)

        assert state_of(at).result.readouts == {"x": float(2 * (1000 * seed + 10) + 1)}
        assert button(at, "Run").disabled

    def test_a_second_visitor_waits_in_the_queue_and_may_leave_it(self, at, gate, seed):
        other = opened(seed=seed + 500)
        (bar,) = other.get("progress")

        assert bar.proto.text == "Waiting: 1 run comes first. One run at a time, so that all can work."
        button(other, "Leave the queue").click().run()
        assert STARTED.count(1000 * (seed + 500)) == 0
        assert "Run" in labels(other)

    def test_a_second_visitor_who_asks_the_same_watches_too(self, at, gate, seed):
        other = opened(seed=seed, steps=10, parts=2)
        (bar,) = other.get("progress")

        assert bar.proto.text.endswith(" · 2 are watching")
        gate.set()
        assert drawn(finished(other)) == 2
        assert [1000 * seed, 1000 * seed + 1] == STARTED


class TestOtherSettings:
    def test_what_is_shown_stays_and_says_what_it_is_of(self, seed):
        at = finished(opened(seed=seed, steps=3))
        state_of(at).give({"steps": 4})
        at.run()

        assert state_of(at).result.params.steps == 3
        assert "Shown is what was found for steps = 3. Press Run for what is set now." in words(at)
        assert not button(at, "Run").disabled

    def test_run_shows_the_new_ones(self, seed):
        at = finished(opened(seed=seed, steps=3))
        state_of(at).give({"steps": 4})
        at.run()
        button(at, "Run").click().run()
        at = finished(at)

        assert state_of(at).result.params.steps == 4
        assert "Shown is what was found" not in words(at)

    def test_what_is_finished_is_shown_at_once(self, seed):
        finished(opened(seed=seed, steps=4))
        at = finished(opened(seed=seed, steps=3))
        state_of(at).give({"steps": 4})
        at.run()

        assert state_of(at).result.params.steps == 4

    def test_a_picked_scenario_begins_by_itself(self, seed):
        at = finished(opened(seed=seed))
        state_of(at).apply(ToyParams(seed=seed, steps=9))
        at = finished(at.run())

        assert state_of(at).result.params.steps == 9


class TestSentences:
    def test_of_every_end(self):
        seen = Glance(False, False, False, 0.43, 300.0, 1.0, 0, 1, "long")

        said = "Stopped at 43 % after 5 min 0 s, the most that this server gives to one run. "
        assert waiting.ENDS["long"].format(done=43, seconds="5 min 0 s", found="").startswith(said)
        assert set(waiting.ENDS) == {"stopped", "long", "failed"}
        assert not seen.complete

    @pytest.mark.parametrize(
        ("shows_parts", "said"),
        [
            (True, "Stopped at 43 %. What was found by then is shown; Run begins anew. About 2.0 s on this machine."),
            (False, "Stopped at 43 %. Run begins anew. About 2.0 s on this machine."),
        ],
    )
    def test_of_a_stopped_run_say_that_a_part_is_shown_where_it_is(self, monkeypatch, shows_parts, said):
        seen = Glance(False, False, False, 0.43, 1.5, 2.0, 0, 1, "stopped")
        monkeypatch.setattr(waiting, "queue_of", lambda runs: SimpleNamespace(seconds=lambda runs: 2.0))
        monkeypatch.setattr(waiting.st, "session_state", {})

        assert waiting.before_a_run(["a run"], seen, shows_parts=shows_parts) == said
