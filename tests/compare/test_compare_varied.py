"""One readout against what was varied: where it is smallest and largest, its points, its cells."""

import math

import pytest

from bnsim.charts.varied import varied_template
from bnsim.compare.varied import COLUMNS, Varied, levels
from bnsim.experiment import Readout, Result
from bnsim.experiments import find
from bnsim.scenario.points import sweep_of
from bnsim.text import Term

TERM = Term("t", "Thing", "what it is")


def varied(values: list[float | str | None], errors: list[float] | None = None, **asked: str) -> Varied:
    asked = asked or {"gamma": ",".join(map(str, range(len(values))))}
    sweep = sweep_of(find("transform").params, {}, list(asked.items()))
    many = zip(values, errors or [0.0] * len(values), strict=True)
    readouts = tuple(None if value is None else Readout("t", value, TERM, error=error) for value, error in many)
    return Varied(sweep, TERM, readouts)


class TestSentence:
    def test_says_where_the_readout_is_smallest_and_largest(self):
        assert varied([3.0, 1.0, 2.0]).said() == "“Thing” is smallest, 1, at γ = 1, and largest, 3, at γ = 0."

    def test_says_where_else_it_is_as_small_or_as_large(self):
        assert varied([40.0, 35.0, 40.0, 35.0, 40.0]).said() == (
            "“Thing” is smallest, 35, at γ = 1 and 1 other point, and largest, 40, at γ = 0 and 2 other points."
        )

    def test_says_that_it_is_the_same_everywhere(self):
        assert varied([0.25, 0.25]).said() == "“Thing” is 0.25 at every point."

    def test_has_all_digits_where_few_do_not_tell(self):
        assert varied([1.23456781, 1.23456782]).said() == (
            "“Thing” is smallest, 1.23456781, at γ = 0, and largest, 1.23456782, at γ = 1."
        )

    @pytest.mark.parametrize(
        ("values", "end"),
        [
            ([1.0, 2.0, math.inf], "One point has no number here; the table says what it has."),
            ([1.0, 2.0, math.nan, "never"], "2 points have no number here; the table says what they have."),
            ([1.0, 2.0, None], "and largest, 2, at γ = 1."),
        ],
    )
    def test_counts_what_is_no_number_and_not_what_is_not_worked_out(self, values, end):
        assert varied(values).said().endswith(end)

    def test_says_that_there_is_none(self):
        assert varied(["never", math.nan]).said() == (
            "“Thing” is no number at any of these points; the table says what it is."
        )


class TestPoints:
    def test_are_those_that_have_a_number(self):
        found = varied([3.0, math.nan, 1.0], [0.5, 0.0, 0.0]).points()

        assert tuple(found.columns) == COLUMNS
        assert found[["x", "y", "low", "high", "title"]].to_numpy().tolist() == [
            [0.0, 3.0, 2.0, 4.0, "γ = 0"], [2.0, 1.0, 1.0, 1.0, "γ = 2"],
        ]  # fmt: skip

    def test_a_bar_does_not_leave_a_log_scale(self):
        found = varied([1.0, 1e6], [2.0, 0.0])

        assert found.is_log
        assert found.points()["low"].tolist() == [1.0, 1e6]

    def test_words_stand_one_after_the_other(self):
        found = varied([3.0, 1.0], source="sample,exact").points()

        assert (found["x"].tolist(), found["word"].tolist()) == (
            [0.0, 1.0],
            ["A random sample", "Exactly this mean and std"],
        )

    def test_are_what_an_experiment_finds(self):
        experiment = find("transform")
        sweep = sweep_of(experiment.params, {}, [("std", "0.5,2")])
        readouts = tuple(
            next(each for each in Result(experiment, point).readout_list if each.key == "output_std")
            for point in sweep.points
        )
        found = Varied(sweep, experiment.terms["output_std"], readouts).points()

        # |γ| σ / √(σ² + ε); three roundings.
        assert found["y"].tolist() == pytest.approx([std / math.sqrt(std**2 + 1e-5) for std in (0.5, 2.0)], rel=1e-15)


class TestCells:
    def test_stand_as_the_grid_does(self):
        found = varied([1.0, 2.0, 3.0, 5.0, math.nan, None], gamma="1,2", beta="0,1,2").cells()

        assert [[cell.text for cell in row] for row in found] == [["1", "2", "3"], ["5", "not known", ""]]
        assert [cell.level for cell in found[0]] == [0.0, 0.25, 0.5]
        assert [cell.is_baseline for row in found for cell in row] == [True, *[False] * 5]

    def test_levels_go_by_ratio_where_nothing_else_can_be_seen(self):
        assert levels([1.0, 10.0, 100.0], is_log=True) == pytest.approx([0.0, 0.5, 1.0], abs=1e-15)

    def test_levels_of_equal_numbers_are_in_the_middle(self):
        assert levels([2.0, 2.0]) == [0.5, 0.5]

    def test_levels_of_huge_numbers_are_finite(self):
        assert levels([-1.7e308, 0.0, 1.7e308]) == [0.0, 0.5, 1.0]


class TestTemplate:
    @pytest.mark.parametrize("axis", ["linear", "log", "words"])
    def test_depends_on_no_value(self, axis):
        template = varied_template("γ", "y", axis, is_log=False, bands=True)

        assert template.columns == {"points": COLUMNS}
        assert template is varied_template("γ", "y", axis, is_log=False, bands=True)
        assert '"values"' not in str(template.spec)
