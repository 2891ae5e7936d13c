"""How a comparison is shown: measures against references, order, what is left out, in a link, in a file."""

import csv
import io
import math
from dataclasses import fields, replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnsim.compare import Comparison, compare_scenarios
from bnsim.compare.measures import difference, in_words, percent, ratio, verdict
from bnsim.compare.tables import Cell, csv_of, frame_of, outcome_rows, setting_rows, whole_frame
from bnsim.compare.view import LONGEST_FIND, LONGEST_LIST, MOST_PINNED, View, arranged, moved
from bnsim.experiment import Readout
from bnsim.experiments import find
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.text import Term

INF, NAN = math.inf, math.nan
MINUS = "\N{MINUS SIGN}"
PERCENT = "\N{NARROW NO-BREAK SPACE}%"
TITLES = {"a": "First", "b": "=1+1", "c": "Zebra", "d": "apple"}
PARTS = [each.name for each in fields(View)]
GAMMAS = {"a": 1.0, "b": 2.0, "c": -1.0, "d": 1.5}


def readout(value: float | str, error: float = 0.0) -> Readout:
    return Readout("a", value, Term("a", "A", "an A"), error=error)


@pytest.fixture(scope="module")
def four():
    params = find("transform").params
    scenarios = tuple(
        Scenario("transform", name, params.of({"gamma": gamma}), title=TITLES[name]) for name, gamma in GAMMAS.items()
    )
    return compare_scenarios(ScenarioSet("transform", "", scenarios, readouts=("y", "output_std")))


def with_values(comparison: Comparison, **values: float | str) -> Comparison:
    """Return the comparison in which the one readout that counts has these values."""
    found = replace(comparison, about=("y",))
    rows = {name: {**comparison.readouts[name], "y": readout(values[name])} for name in comparison.names}
    found.__dict__["readouts"] = rows  # where `kept` would put it
    return found


class TestMeasures:
    @pytest.mark.parametrize(
        ("value", "base", "expected"),
        [(3.0, 2.0, 50.0), (1.0, 2.0, -50.0), (-1.0, -2.0, 50.0), (2.0, -2.0, 200.0), (1.5e308, -1.5e308, 200.0)],
    )
    def test_a_percentage_is_the_difference_to_the_size_of_the_reference(self, value, base, expected):
        assert percent(value, base) == expected
        assert math.copysign(1, percent(value, base)) == math.copysign(1, value - base)

    @pytest.mark.parametrize(("value", "base"), [(1.0, 0.0), (INF, 1.0), (1.0, INF), (NAN, 1.0), (1e300, 5e-324)])
    def test_what_cannot_be_divided_is_not_a_number(self, value, base):
        assert math.isnan(percent(value, base))
        assert math.isnan(ratio(value, base))

    def test_a_factor_is_the_quotient(self):
        assert (ratio(3.0, 2.0), ratio(-1.0, 4.0), ratio(0.0, 2.0)) == (1.5, -0.25, 0.0)

    def test_a_difference_of_equal_infinities_is_not_a_number(self):
        assert math.isnan(difference(INF, INF))

    @pytest.mark.parametrize(
        ("measure", "value", "base", "text"),
        [
            ("percent", 3.0, 2.0, f"+50{PERCENT}"),
            ("percent", 1.0, 2.0, f"{MINUS}50{PERCENT}"),
            ("percent", 1.0, 0.0, "–"),
            ("percent", 0.0, 0.0, "–"),
            ("ratio", 3.0, 2.0, "× 1.5"),
            ("ratio", 3.0, 0.0, "–"),
            ("ratio", "refused", 1.0, ""),
            ("percent", NAN, 1.0, ""),
        ],
    )
    def test_are_written_with_their_sign_and_a_dash_where_0_would_divide(self, measure, value, base, text):
        assert in_words(measure, readout(value), readout(base)) == text

    def test_have_all_digits_on_demand(self):
        assert in_words("percent", readout(1.0), readout(3.0), every=True) == f"{MINUS}66.66666666667 %"
        assert in_words("ratio", readout(1.0), readout(3.0), every=True) == "× 0.3333333333333"


class TestVerdict:
    @pytest.mark.parametrize(
        ("value", "better", "expected"),
        [(2.0, "higher", "better"), (2.0, "lower", "worse"), (0.5, "lower", "better"), (2.0, None, "")],
    )
    def test_follows_which_way_is_better(self, value, better, expected):
        assert verdict(readout(value), readout(1.0), better) == expected

    def test_there_is_none_within_chance_of_equal_numbers_and_of_words(self):
        assert verdict(readout(2.0, 0.3), readout(3.0, 0.4), "lower") == ""
        assert verdict(readout(1.0), readout(1.0), "lower") == ""
        assert verdict(readout("refused"), readout(1.0), "lower") == ""

    def test_is_a_word_and_not_only_a_colour(self, monkeypatch, four):
        monkeypatch.setitem(find("transform").__dict__, "better", {"y": "higher"})

        row = outcome_rows(four, view=View(columns=("difference",)))[0]
        assert row.cells[1] == Cell("2.3999981", "+1.1999990\n✓ better", "better")
        assert row.cells[2] == Cell(f"{MINUS}1.1999990", f"{MINUS}2.3999981\n✗ worse", "worse")

    def test_of_beta_and_gamma_there_is_none(self):
        assert not find("transform").better


class TestReferences:
    def test_a_second_one_is_held_against_beside_the_baseline(self, four):
        view = View(second="d", columns=("difference", "ratio"))
        cells = dict(
            zip(arranged(four, view).names, outcome_rows(arranged(four, view), view=view)[1].cells, strict=True)
        )

        assert list(cells) == ["a", "d", "b", "c"]
        assert cells["a"] == Cell("0.9999992", "", "", f"{MINUS}0.49999960\n× 0.6667")
        assert cells["d"] == Cell("1.4999988", "+0.49999960\n× 1.5")
        assert cells["b"].second == "+0.49999960\n× 1.333"

    def test_of_measures_none_may_be_shown(self, four):
        assert {cell.difference for cell in outcome_rows(four, view=View(columns=()))[0].cells} == {""}


class TestOrder:
    def test_is_that_of_the_set_the_baseline_first(self, four):
        assert arranged(four, View()).names == ("a", "b", "c", "d")

    def test_by_the_size_of_the_difference(self, four):
        # γ = −1 makes of 1 the opposite, a relative difference of 2; γ = 2 one of 1/2; γ = 1.5 one of 1/3.
        assert arranged(four, View(sort="size")).names == ("a", "c", "b", "d")

    def test_by_title_whatever_the_capitals(self, four):
        assert arranged(four, View(sort="name")).names == ("a", "b", "d", "c")

    def test_by_a_readout_the_largest_first_or_the_best(self, four, monkeypatch):
        assert arranged(four, View(sort="y")).names == ("a", "b", "d", "c")
        monkeypatch.setitem(find("transform").__dict__, "better", {"y": "lower"})
        assert arranged(four, View(sort="y")).names == ("a", "c", "d", "b")

    @pytest.mark.parametrize("unknown", [NAN, "refused"])
    @pytest.mark.parametrize("sort", ["y", "size"])
    def test_what_is_not_a_number_comes_last(self, four, unknown, sort):
        found = with_values(four, a=1.0, b=unknown, c=2.0, d=1.0)

        assert arranged(found, View(sort=sort)).names == ("a", "c", "d", "b")

    def test_by_hand(self, four):
        assert arranged(four, View(order=("d",))).names == ("a", "d", "b", "c")

    @pytest.mark.parametrize(
        ("wanted", "start"), [("abcd", ""), ("acbd", "ac"), ("dabc", "d"), ("abdc", "abd"), ("dcba", "dcb")]
    )
    def test_by_hand_is_told_as_shortly_as_can_be(self, wanted, start):
        assert moved(list("abcd"), list(wanted)) == tuple(start)

    def test_pinned_ones_stand_beside_the_references_in_their_order(self, four):
        view = View(second="c", pinned=("d", "b"), sort="name")

        assert arranged(four, view).names == ("a", "c", "d", "b")


class TestLeavingOut:
    def test_the_baseline_the_second_reference_and_pinned_ones_cannot_be_hidden(self, four):
        view = View(second="b", pinned=("c",), hidden=("a", "b", "c", "d"))

        assert arranged(four, view).names == ("a", "b", "c")

    def test_words_are_sought_in_titles_and_names(self, four):
        assert arranged(four, View(find="  ZEB ")).names == ("a", "c")
        assert arranged(four, View(find="d")).names == ("a", "d")  # its name
        assert arranged(four, View(find="nothing of it", pinned=("b",))).names == ("a", "b")


class TestLink:
    VIEW = View("b", ("percent", "ratio"), "size", "γ, x", ("c",), ("d", "c"), ("d",))

    def test_holds_everything_that_is_not_as_usual(self):
        assert View().query() == {}
        assert self.VIEW.query() == {
            "second": "b", "columns": "percent,ratio", "sort": "size", "find": "γ, x", "hidden": "c", "order": "d,c",
            "pinned": "d",
        }  # fmt: skip

    def test_is_read_back(self):
        assert View.read(self.VIEW.query(), "abcd", ["y"]) == (self.VIEW, [])
        assert View.read(View(columns=()).query(), "abcd", []) == (View(columns=()), [])

    def test_a_list_that_is_too_long_is_not_in_it(self):
        long = tuple(f"{at:060}" for at in range(50))

        assert View(hidden=long, sort="name").query() == {"sort": "name"}

    def test_is_read_as_far_as_it_goes_and_the_rest_is_told(self):
        query = {
            "second": "zz9", "columns": "ratio,size", "sort": "colour", "find": "f" * (LONGEST_FIND + 1),
            "hidden": "a,<b>", "order": "x" * (LONGEST_LIST + 1), "pinned": "a,b,c,d,e,f,g",
        }  # fmt: skip
        view, told = View.read(query, list("abcdefg"), ["y"])

        assert view == View(columns=("ratio",), hidden=("a",), pinned=tuple("abcdef"))
        assert told == [
            "second: zz9 is not here. There are a, b, c, d, e, f, g.",
            "columns: size is not here. There are difference, percent, ratio.",
            "sort: colour is not here. There are size, name, y.",
            f"find must be at most {LONGEST_FIND} characters; got more.",
            "hidden: '<b>' is not here. There are a, b, c, d, e, f, g.",
            f"order must be at most {LONGEST_LIST} characters; got more.",
            f"pinned must name at most {MOST_PINNED} scenarios; got 7.",
        ]

    @settings(max_examples=50, deadline=None)
    @given(query=st.dictionaries(st.sampled_from(PARTS), st.text()))
    def test_junk_is_never_an_exception(self, query):
        view, _ = View.read(query, ["a"], ["y"])

        assert set(view.pinned) | set(view.hidden) | set(view.order) <= {"a"}

    def test_what_is_gone_is_forgotten(self):
        assert self.VIEW.within(["b", "c"], []) == replace(self.VIEW, order=("c",), pinned=())


class TestFile:
    VIEW = View(second="d", columns=("difference", "percent"), sort="size", pinned=("b",))

    def test_has_the_same_rows_and_columns_as_the_screen(self, four):
        shown = arranged(four, self.VIEW)
        frame = frame_of(shown, self.VIEW)
        rows = [*setting_rows(shown), *outcome_rows(shown, view=self.VIEW)]

        assert tuple(frame.index) == shown.names == ("a", "d", "b", "c")
        assert [each for each in frame.columns if " " not in each] == ["title", *(row.key for row in rows)]
        assert list(frame.columns)[3:7] == [
            "y - baseline", "y - baseline (%)", "y - second", "y - second (%)",
        ]  # fmt: skip

    def test_has_the_numbers_of_the_screen_with_all_their_digits(self, four):
        shown = arranged(four, self.VIEW)
        frame, row = frame_of(shown, self.VIEW), outcome_rows(shown, every=True, view=self.VIEW)[1]

        assert row.key == "y"
        for cell, (_, values) in list(zip(row.cells, frame.iterrows(), strict=True))[1:]:
            term = four.readouts["a"]["y"].term
            assert cell.text == term.written(values["y"])
            assert cell.difference.splitlines()[0].lstrip("+") == term.written(values["y - baseline"])

    def test_has_nothing_where_0_would_divide(self, four):
        frame = frame_of(with_values(four, a=0.0, b=1.0, c=2.0, d=3.0), View(columns=("percent", "ratio")))

        assert frame[["y - baseline (%)", "y / baseline"]].isna().all(axis=None)

    def test_has_a_word_where_there_is_no_number(self, four):
        frame = frame_of(with_values(four, a=0.0, b="refused", c=2.0, d=3.0))

        assert frame.loc["b", "y"] == "refused"
        assert math.isnan(frame.loc["b", "y - baseline"])

    def test_of_every_readout_is_as_usual_the_frame_of_the_comparison(self, four):
        assert whole_frame(four).equals(four.frame())

    def test_of_every_readout_has_every_measure_against_each_reference(self, four):
        frame = whole_frame(four, View(second="d", columns=("ratio",)))

        assert frame["output_std / baseline"].tolist() == pytest.approx([1.0, 2.0, 1.0, 1.5], rel=1e-12)
        assert frame["output_std / second"].tolist() == pytest.approx([2 / 3, 4 / 3, 2 / 3, 1.0], rel=1e-12)
        assert not [column for column in frame if " - " in column]

    def test_no_title_is_a_formula(self, four):
        rows = list(csv.DictReader(io.StringIO(csv_of(frame_of(four)))))

        assert [row["title"] for row in rows] == ["First", "'=1+1", "Zebra", "apple"]
        assert csv_of(pd.DataFrame({"t": ["＝1", "@x", "-1", -1.0]})).splitlines()[1:] == [
            "0,'＝1", "1,'@x", "2,'-1", "3,-1.0",
        ]  # fmt: skip
        assert [float(row["gamma"]) for row in rows] == [1.0, 2.0, -1.0, 1.5]
