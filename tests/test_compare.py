"""Many scenarios side by side."""

import numpy as np
import pandas as pd
import pytest

import bnsim
from bnsim.compare import compare_scenarios
from bnsim.errors import InputError
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.experiments.transform.params import TransformParams
from bnsim.runs import run_all
from bnsim.scenario.scenario import Scenario, ScenarioSet


def scenario(name: str, title: str = "", **params: object) -> Scenario:
    return Scenario("transform", name, TransformParams.of(params), title)


@pytest.fixture(scope="module")
def three() -> ScenarioSet:
    scenarios = (scenario("plain", "As it is"), scenario("flat", std=0.0), scenario("wide", std=5.0, beta=2.0))
    return ScenarioSet("transform", "Three", scenarios, baseline="flat")


@pytest.fixture(scope="module")
def comparison(three):
    return compare_scenarios(three)


class TestBaseline:
    def test_the_sets_own_comes_first(self, comparison):
        assert comparison.baseline == "flat"
        assert comparison.names == ("flat", "plain", "wide")
        assert list(comparison.inputs.columns) == ["flat", "plain", "wide"]
        assert list(comparison.outcomes.columns) == ["flat", "plain", "wide"]
        assert list(comparison.differences.columns) == ["plain", "wide"]

    def test_another_may_be_named(self, three):
        assert compare_scenarios(three, "wide").names == ("wide", "plain", "flat")

    def test_without_any_it_is_the_first(self, three):
        assert compare_scenarios(three.scenarios).names == ("plain", "flat", "wide")

    def test_an_unknown_one_is_refused_with_the_nearest(self, three):
        with pytest.raises(InputError) as error:
            compare_scenarios(three, "wid")

        assert str(error.value) == "wid is not a scenario of this set. Did you mean wide?"

    def test_no_scenario_is_refused(self):
        with pytest.raises(InputError) as error:
            compare_scenarios([])

        assert str(error.value) == "scenarios must hold at least one scenario; got none."


class TestFrames:
    def test_inputs_hold_every_parameter(self, comparison):
        assert list(comparison.inputs.index) == list(TransformParams.controls())
        assert comparison.inputs.loc["std", "wide"] == 5.0

    def test_outcomes_are_the_readouts_exact_where_algebra_knows_them(self, comparison):
        result = Result(find("transform"), TransformParams(std=5.0, beta=2.0))

        assert comparison.outcomes["wide"].to_dict() == {each.key: each.best for each in result.readout_list}
        assert comparison.outcomes.loc["output_mean", "wide"] == 2.0

    def test_differences_are_outcomes_minus_the_baselines(self, comparison):
        expected = comparison.outcomes["wide"] - comparison.outcomes["flat"]

        pd.testing.assert_series_equal(comparison.differences["wide"], expected, check_names=False)

    def test_a_scenario_without_a_title_is_called_by_its_name(self, comparison):
        assert comparison.titles == {"flat": "flat", "plain": "As it is", "wide": "wide"}

    def test_own_numbers_are_one_text_that_differs_whenever_they_do(self):
        many = np.arange(100.0)
        other = np.append(many[:-1], 99.5)
        own = [scenario(f"own-{at}", source="own", values=values) for at, values in enumerate(([1, 2.5], many, other))]
        inputs = compare_scenarios(own).inputs.loc["values"]

        assert inputs["own-0"] == "1.0, 2.5"
        assert inputs["own-1"].startswith("0.0, 1.0, 2.0, 3.0, 4.0, 5.0, … 100 numbers, digest ")
        assert inputs["own-1"] != inputs["own-2"]


class TestChangedOnly:
    def test_rows_on_which_all_agree_are_gone(self, comparison):
        changed = comparison.changed_only()

        assert list(changed.inputs.index) == ["std", "beta"]
        assert "identity_beta" not in changed.outcomes.index
        assert "output_mean" in changed.outcomes.index
        assert list(changed.differences.index) == list(changed.outcomes.index)
        assert changed.names == comparison.names

    def test_equal_scenarios_leave_nothing(self):
        changed = compare_scenarios([scenario("a"), scenario("b")]).changed_only()

        assert changed.inputs.shape == (0, 2)
        assert changed.frame().shape == (2, 0)


class TestFrame:
    def test_one_row_a_scenario_the_baseline_first(self, comparison):
        frame = comparison.frame()

        assert list(frame.index) == ["flat", "plain", "wide"]
        assert frame.index.name == "scenario"

    def test_parameters_then_readouts_then_signed_differences(self, comparison):
        readouts = list(comparison.outcomes.index)
        expected = [*TransformParams.controls(), *readouts, *(f"{key} - baseline" for key in readouts)]

        assert list(comparison.frame().columns) == expected

    def test_the_columns_have_the_types_of_their_parameters(self, comparison):
        frame = comparison.frame()

        assert frame["std"].dtype == float
        assert frame["batch_size"].dtype == int

    def test_the_baseline_differs_from_itself_by_nothing(self, comparison):
        differences = comparison.frame().filter(like=" - baseline")

        assert (differences.loc["flat"] == 0).all()
        assert differences.loc["wide", "output_mean - baseline"] == pytest.approx(2.0, abs=1e-14)


class TestOverlay:
    def test_a_long_table_of_every_curve(self, comparison):
        overlay = comparison.overlay()

        assert list(overlay.columns) == ["scenario", "series", "x", "y"]
        assert set(overlay["series"]) == {"raw", "normalized", "output"}
        assert set(overlay["scenario"]) == {"flat", "plain", "wide"}

    def test_every_curve_has_height_one_at_its_own_peak(self, comparison):
        peaks = comparison.overlay().groupby(["scenario", "series"])["y"].max()

        assert (peaks == 1.0).all()

    def test_a_batch_without_spread_is_a_needle_at_its_value(self, comparison):
        needle = comparison.overlay().query("scenario == 'flat' and series == 'raw'")

        assert list(zip(needle["x"], needle["y"], strict=True)) == [(3.0, 0.0), (3.0, 1.0)]

    def test_heights_keep_the_shape(self, comparison):
        raw = comparison.overlay().query("scenario == 'wide' and series == 'raw'")
        normal = np.exp(-0.5 * ((raw["x"] - 3.0) / 5.0) ** 2)

        np.testing.assert_allclose(raw["y"], normal, rtol=1e-12)


class TestRunningOnce:
    def test_results_at_hand_are_taken(self, three):
        ready = Result(find("transform"), three.get("wide").params)

        assert compare_scenarios(three, results=[ready]).results["wide"] is ready

    def test_equal_parameters_share_one_result(self):
        first, second = run_all([scenario("a"), scenario("b")])

        assert first is second


class TestReadouts:
    def test_of_a_set_are_those_it_names(self):
        assert compare_scenarios(bnsim.load("scale-and-shift")).about == ("output_mean", "output_std", "y")

    def test_of_a_set_that_names_none_are_the_headline(self, comparison):
        assert comparison.about == find("transform").headline


class TestTellingSeries:
    def test_is_the_first_in_which_the_curves_can_be_told_apart(self):
        assert compare_scenarios(bnsim.load("momentum-conventions")).telling_series() == "mean"
        assert compare_scenarios([scenario("a"), scenario("b", mean=1.0)]).telling_series() == "raw"

    def test_is_the_first_of_all_where_there_is_none(self):
        assert compare_scenarios([scenario("a"), scenario("b")]).telling_series() == "output"
        assert compare_scenarios([scenario("a")]).telling_series() == "output"
