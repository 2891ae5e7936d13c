"""Comparing scenarios of slow work: run first, in one queue, and what is finished is compared."""

import time

import pytest
from grids import tables
from streamlit.testing.v1 import AppTest

import bnsim
from bnsim.experiments import find
from bnsim.scenario.scenario import Scenario
from bnsim.work.queue import JOBS

SMALL = {"depth": 1, "width": 8, "steps": 6, "samples": 8, "draws": 1, "tuning_steps": 2, "seeds": 1}
MINE = "My saved scenarios"


def comparing() -> None:
    from bnsim.app.pages.compare import compare_page

    compare_page()


def scenario(seed: int, contrast: float) -> Scenario:
    params = find("transfer").params.of({**SMALL, "seed": seed, "contrast": contrast})
    return Scenario("transfer", f"contrast-{contrast:g}", params, title=f"Contrast {contrast:g}")


def opened(*scenarios: Scenario) -> AppTest:
    at = AppTest.from_function(comparing, default_timeout=10)
    at.session_state["bnsim.saved"] = {"transfer": {each.name: each for each in scenarios}}
    at.session_state["bnsim.here"] = "compare"
    at.session_state["compare.experiment"] = "transfer"
    at.session_state["compare.set"] = MINE
    return at.run()


def run(at: AppTest) -> AppTest:
    next(each for each in at.button if each.label == "Run").click().run()
    end = time.monotonic() + 20
    while JOBS.busy:
        assert time.monotonic() < end
        time.sleep(0.02)
    return at.run()


def words(at: AppTest) -> str:
    return " ".join(each.proto.body for each in at.get("html"))


class TestSlowScenarios:
    def test_are_not_run_before_somebody_asks(self):
        at = opened(scenario(101, 0.5), scenario(101, 0.25))

        assert not at.exception
        assert "2 of 2 scenarios are not run yet." in words(at)
        assert tables(at) == []
        assert any(each.value.startswith("2 runs, about ") for each in at.caption)

    def test_are_compared_once_they_are_run(self):
        pair = (scenario(102, 0.5), scenario(102, 0.25))
        at = run(opened(*pair))

        assert not at.exception
        assert "not run yet" not in words(at)
        outcomes, inputs = tables(at)
        assert list(inputs.columns) == list(outcomes.columns) == ["A · Contrast 0.5", "B · Contrast 0.25"]
        assert "with Contrast factor 0.25 instead of 0.5" in words(at)
        expected = bnsim.compare(pair)["changed_source"]
        shown = [float(text) for text in outcomes.loc["Source statistics, new domain acc"]]
        assert shown == pytest.approx(expected.tolist(), abs=5e-4)

    def test_what_is_finished_is_compared_without_the_rest(self):
        done, other = scenario(103, 0.5), scenario(103, 0.25)
        run(opened(done))
        at = opened(done, other)

        assert "1 of 2 scenarios are not run yet." in words(at)
        assert list(tables(at)[0].columns) == ["A · Contrast 0.5"]

    def test_nothing_is_drawn_without_the_baseline(self):
        done, other = scenario(104, 0.5), scenario(104, 0.25)
        run(opened(done))
        at = opened(other, done)

        assert tables(at) == []
        assert not at.exception
