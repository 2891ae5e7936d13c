"""Small pictures on the same axes, and a readout against what varies: every point is where its number says."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from bnsim.charts.against import WIDE as FAR_APART
from bnsim.charts.against import steps_of
from bnsim.charts.panels import EDGE, HIGH, MOST_POINTS, WIDE, Extent, small_pictures, thinned
from bnsim.charts.theme import QUIET
from bnsim.compare import compare_scenarios
from bnsim.compare.against import against, readouts_against, varied
from bnsim.experiments import find
from bnsim.scenario.scenario import Scenario

CURVES = pd.DataFrame({"scenario": [*"aaabb"], "x": [0.0, 1.0, 2.0, 0.0, 4.0], "y": [0.0, 10.0, 0.0, -10.0, math.nan]})


def points(picture: str) -> list[list[tuple[float, float]]]:
    """Return the points of every line of a picture but its axes."""
    lines = re.findall(r'd="M([^"V]*)"', picture)
    return [[tuple(map(float, pair.split())) for pair in line.split("L")] for line in lines]


def scenarios(**values: dict[str, object]):
    params = find("transform").params
    return compare_scenarios([Scenario("transform", name, params.of(each)) for name, each in values.items()])


class TestSmallPictures:
    def test_share_their_axes(self):
        one, two = small_pictures(CURVES, ["a", "b"], {"a": 0, "b": 1}, "a")
        left, right = EDGE, WIDE - EDGE
        middle = (left + right) / 2

        # x from 0 to 4, y from −10 to 10 in every picture.
        assert (
            points(one)[0]
            == points(two)[0]
            == [(left, HIGH / 2), (left + (right - left) / 4, EDGE), (middle, HIGH / 2)]
        )
        assert f'cx="{EDGE}" cy="{HIGH - EDGE}"' in two  # what is not finite has no point

    def test_have_the_baseline_in_each_thin_and_grey(self):
        _, two = small_pictures(CURVES, ["a", "b"], {"a": 0, "b": 1}, "a")

        assert f'stroke="{QUIET}" stroke-width="1.5" stroke-dasharray="3 3"' in two

    def test_without_a_curve_there_is_none(self):
        assert small_pictures(CURVES, ["c"], {"c": 2}, "a") == [""]

    def test_of_flat_curves_lie_in_the_middle(self):
        flat = pd.DataFrame({"scenario": "a", "x": [1.0, 1.0], "y": [2.0, 2.0]})

        assert points(small_pictures(flat, ["a"], {"a": 0}, "a")[0])[1] == [(WIDE / 2, HIGH / 2)] * 2

    def test_lose_no_needle_when_points_are_left_out(self):
        heights = np.zeros(10_000)
        heights[4321], heights[8765] = 1.0, -1.0
        kept = thinned(heights)

        assert {0, 4321, 8765, 9999} <= set(kept)
        assert len(kept) <= MOST_POINTS + 1

    def test_of_nothing_have_axes_of_nothing(self):
        assert Extent.of(CURVES[:0]) == Extent(0.0, 0.0, 0.0, 0.0)


class TestAgainst:
    def test_is_offered_where_exactly_one_number_varies(self):
        assert varied(scenarios(a={}, b={"gamma": 2.0}, c={"gamma": 3.0})) == "gamma"
        assert varied(scenarios(a={}, b={"gamma": 2.0, "beta": 1.0})) == ""
        assert varied(scenarios(a={}, b={"source": "sample"})) == ""
        assert varied(scenarios(a={}, b={})) == ""

    def test_a_word_in_place_of_a_number_is_no_number(self):
        params = find("train-eval").params
        pair = [Scenario("train-eval", name, params.of(each)) for name, each in (("a", {}), ("b", {"momentum": 0.5}))]

        assert varied(compare_scenarios(pair)) == ""

    def test_offers_first_what_the_set_is_about_and_no_words(self):
        comparison = scenarios(a={}, b={"gamma": 2.0})

        assert readouts_against(comparison)[: len(comparison.about)] == list(comparison.about)

    def test_holds_every_scenario_in_the_order_of_the_parameter(self):
        comparison = scenarios(a={"gamma": 2.0}, b={"gamma": 1.0}, c={"gamma": 3.0})
        found = against(comparison, "gamma", "y", {"a": "A", "b": "B", "c": "C"}, label="baseline")

        assert found["scenario"].tolist() == ["B", "A", "C"]
        assert found["x"].tolist() == [1.0, 2.0, 3.0]
        assert found["y"].tolist() == [comparison.outcomes.loc["y", name] for name in "bac"]
        assert found["label"].tolist() == ["", "baseline", ""]
        assert set(found["reference"]) == {comparison.outcomes.loc["y", "a"]}

    @pytest.mark.parametrize(
        ("values", "steps"),
        [([1.0, FAR_APART + 1], "log"), ([1.0, FAR_APART], "linear"), ([0.0, 1e9], "linear"), ([-1.0, 1e9], "linear")],
    )
    def test_the_axis_grows_by_factors_where_values_are_far_apart(self, values, steps):
        assert steps_of(pd.Series(values)) == steps
