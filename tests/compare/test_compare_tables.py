"""What people read of a comparison: rows by label and symbol, numbers short or whole, differences with their sign."""

import math

import pandas as pd
import pytest
from shipped import compared

from bnsim.compare import compare_scenarios
from bnsim.compare.measures import in_words
from bnsim.compare.spoken import MOST_SPOKEN, spoken
from bnsim.compare.tables import Cell, outcome_rows, setting_rows
from bnsim.experiment import Readout
from bnsim.experiments import find
from bnsim.scenario.scenario import Scenario
from bnsim.text import Term


@pytest.fixture(scope="module")
def single():
    return compared("single-sample-inference")


def readout(value: float | str) -> Readout:
    return Readout("a", value, Term("a", "A", "an A"))


class TestOutcomes:
    def test_are_those_the_set_is_about_in_its_order(self, single):
        assert [(row.label, row.symbol) for row in outcome_rows(single)] == [
            ("Mean in training mode", "mean(y)"),
            ("Spread in training mode", "std(y)"),
            ("Output in eval mode", "y"),
            ("Output alone", "y, N = 1"),
        ]

    def test_are_short_with_their_signed_difference(self, single):
        first, *_, last = outcome_rows(single)[2].cells

        assert first == Cell("0.4197")
        assert outcome_rows(single)[2].cells[1] == Cell("2.465", "+2.046")
        assert last == Cell("0.4197", "same")

    def test_a_word_stands_for_itself_and_has_no_difference(self, single):
        assert outcome_rows(single)[0].cells[6] == Cell("refused")

    def test_every_one_has_all_its_digits(self, single):
        rows = {row.label: row.cells for row in outcome_rows(single, every=True)}

        assert rows["Output in eval mode"][1] == Cell("2.465262433085", "+2.04551889113")
        assert len(rows) == len(single.readouts["keras"])

    def test_what_no_scenario_knows_has_no_row(self):
        comparison = compared("redundant-bias")
        unknown = [
            each.term.label
            for each in comparison.results["no-bias"].readout_list
            if not isinstance(each.best, str) and math.isnan(each.best)
        ]
        rows = {row.label for row in outcome_rows(comparison, every=True)}

        assert not rows & set(unknown)
        assert "Time ratio" in rows  # a word says why there is no number

    @pytest.mark.parametrize(
        ("value", "base", "text"),
        [
            (2.0, 0.5, "+1.5"),
            (0.5, 2.0, "\N{MINUS SIGN}1.5"),
            (3e-7, 0.0, "+3e\N{MINUS SIGN}7"),
            (1.0, 1.0, "same"),
            (math.inf, math.inf, "same"),
            (math.inf, 1.0, "+infinite"),
            (math.nan, 1.0, ""),
            ("refused", 1.0, ""),
        ],
    )
    def test_differences_have_their_sign(self, value, base, text):
        assert in_words("difference", readout(value), readout(base)) == text


class TestSettings:
    def test_are_those_that_are_not_the_same_in_all(self, single):
        rows = {row.label: [cell.text for cell in row.cells] for row in setting_rows(single)}

        assert list(rows) == ["Convention", "Tracked input", "Batch at inference", "Shift"]
        assert rows["Tracked input"] == ["4", "9", *["4"] * 7]
        assert rows["Convention"][3] == "Flax · 0.01 new, biased"

    def test_every_one_on_demand(self, single):
        assert len(setting_rows(single, every=True)) == len(find("train-eval").params.controls())

    def test_are_short_and_on_demand_whole(self):
        comparison = compared("identity-recovery")
        few, whole = (
            {row.symbol: row.cells for row in setting_rows(comparison, every=every)} for every in (False, True)
        )

        assert [few["γ"][0], few["γ"][2]] == [Cell("2.5000020"), Cell("0.01049")]
        assert [whole["γ"][0], whole["γ"][2]] == [Cell("2.500001999999"), Cell("0.0104880884817")]

    def test_that_differ_look_different(self):
        params = find("transform").params
        near = [Scenario("transform", f"s{at}", params(mean=mean)) for at, mean in enumerate((1.23456, 1.23457))]

        (row,) = setting_rows(compare_scenarios(near))
        assert [cell.text for cell in row.cells] == ["1.23456", "1.23457"]

    def test_own_numbers_are_one_text(self):
        params = find("transform").params
        own = [
            Scenario("transform", f"own-{at}", params.of({"source": "own", "values": values}))
            for at, values in enumerate(([1.0, 2.5], [1.0, 3.5]))
        ]

        (row,) = setting_rows(compare_scenarios(own))
        assert [cell.text for cell in row.cells] == ["1.0, 2.5", "1.0, 3.5"]


class TestSpoken:
    def test_says_first_last_and_highest_point(self):
        curves = pd.DataFrame({"scenario": "a", "x": [0.0, 1.0, 2.0], "y": [0.5, 3.0, 1e-30]})

        assert list(spoken(curves, {"a": "One"})) == ["One: 0.5 at 0, 0 at 2, highest 3 at 1."]

    def test_says_who_has_no_curve(self):
        curves = pd.DataFrame({"scenario": ["a"], "x": [0.0], "y": [math.nan]})

        assert list(spoken(curves, {"a": "One", "b": "Two"})) == ["One: no curve here.", "Two: no curve here."]

    def test_ends_where_nobody_listens_any_more(self):
        titles = {f"s{at}": f"S {at}" for at in range(MOST_SPOKEN + 3)}
        said = list(spoken(pd.DataFrame({"scenario": [], "x": [], "y": []}), titles))

        assert len(said) == MOST_SPOKEN + 1
        assert said[-1] == "And 3 more."
