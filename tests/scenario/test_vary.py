"""One parameter over a list or a range, a grid of two: which points, what they are called, what is refused."""

from fractions import Fraction

import numpy as np
import pytest
from cases import together
from hypothesis import given
from hypothesis import strategies as st

import bnsim
from bnsim.errors import InputError
from bnsim.experiments import find, params_of
from bnsim.scenario import toml
from bnsim.scenario.points import Sweep, sweep_of
from bnsim.scenario.vary import read_link, spaced, written_link

FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


def sweep(experiment: str = "transform", /, given: dict[str, object] | None = None, **asked: object) -> Sweep:
    return sweep_of(find(experiment).params, given or {}, list(asked.items()))


def values(experiment: str = "transform", /, **asked: object) -> list[object]:
    """Return the values of the one parameter that varies."""
    (name,) = asked
    return [getattr(point, name) for point in sweep(experiment, **asked).points]


def refused(experiment: str = "transform", /, given: dict[str, object] | None = None, **asked: object) -> list[str]:
    with pytest.raises(InputError) as error:
        sweep(experiment, given, **asked)
    return list(error.value.problems)


class TestValues:
    def test_a_list_is_taken_in_its_order(self):
        assert values(gamma="3, -1.5,\N{MINUS SIGN}2,1e-3") == [3.0, -1.5, -2.0, 0.001]

    def test_equal_steps_are_the_doubles_nearest_to_the_exact_numbers(self):
        assert values(std="0:1:11") == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]

    def test_equal_ratios_meet_the_powers_of_ten(self):
        assert values(std="0.001:10:5:log") == [0.001, 0.01, 0.1, 1.0, 10.0]

    def test_equal_ratios_are_those_of_geomspace(self):
        # numpy takes the power of ten of a rounded exponent: a few units in the last place of a double.
        np.testing.assert_allclose(values(std="0.001:10:25:log"), np.geomspace(0.001, 10, 25), rtol=1e-14)

    def test_a_range_may_fall(self):
        assert values(mean="1:-1:3:lin") == [1.0, 0.0, -1.0]

    @given(low=FINITE, high=FINITE, count=st.integers(2, 50))
    def test_every_step_is_rounded_once(self, low, high, count):
        step = (Fraction(repr(high)) - Fraction(repr(low))) / (count - 1)

        assert list(spaced(low, high, count, is_log=False)) == [
            float(Fraction(repr(low)) + at * step) for at in range(count)
        ]

    def test_whole_numbers_are_rounded_and_stand_once(self):
        found = sweep(batch_size="1:8:20:log")

        assert [point.batch_size for point in found.points] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert found.told[0] == "batch_size: rounded to whole numbers, 20 points are 8 different ones."

    def test_a_half_is_rounded_up(self):
        assert values(batch_size="1:4:3") == [1, 3, 4]

    def test_what_is_there_already_is_left_out_and_said(self):
        found = sweep(std="1,2,1.0,2")

        assert [point.std for point in found.points] == [1.0, 2.0]
        assert found.told[0] == "std: 2 values are there already and left out."

    def test_choices_go_by_their_words(self):
        assert values("norm-family", norm="layer,batch") == ["layer", "batch"]

    def test_a_word_may_stand_among_numbers(self):
        assert values("train-eval", momentum="own,0.1,1") == ["own", 0.1, 1.0]

    def test_python_gives_arrays_and_ranges(self):
        assert values(std=np.array([1.0, 2.0])) == [1.0, 2.0]
        assert values(batch_size=range(2, 5)) == [2, 3, 4]


class TestGrid:
    def test_the_second_parameter_changes_faster(self):
        points = sweep(std="1,2", gamma="5,6,7").points

        assert [(point.std, point.gamma) for point in points] == [(s, g) for s in (1.0, 2.0) for g in (5.0, 6.0, 7.0)]

    def test_holds_fifty_points(self):
        assert len(sweep(std="1:10:10", gamma="1:5:5").points) == 50

    def test_holds_no_more(self):
        assert refused(std="1:17:17", gamma="1,2,3") == [
            "a sweep must have at most 50 points; got 17 × 3 = 51. Take fewer values of one."
        ]


class TestSet:
    def test_titles_have_the_symbol_and_names_the_parameter(self):
        found = sweep(mean="-1,0.5", eps="1e-5,1e-3").scenarios("transform", "Transform")

        assert [(each.name, each.title) for each in found.scenarios] == [
            ("mean-minus-1-eps-1e-5", "μ_B = −1, ε = 1e−5"),
            ("mean-minus-1-eps-0.001", "μ_B = −1, ε = 0.001"),
            ("mean-0.5-eps-1e-5", "μ_B = 0.5, ε = 1e−5"),
            ("mean-0.5-eps-0.001", "μ_B = 0.5, ε = 0.001"),
        ]
        assert found.title == "Transform: μ_B from −1 to 0.5 and ε from 1e−5 to 0.001"
        assert found.question == "What changes with Batch mean μ_B and Epsilon ε?"

    def test_values_that_few_digits_do_not_tell_apart_have_all(self):
        assert sweep(std="1.00001,1.00002").titles() == ["σ_B = 1.00001", "σ_B = 1.00002"]

    def test_is_a_scenario_file(self):
        found = sweep(std="0.001:10:25:log", given={"mean": 2.0}).scenarios("transform", "Transform", ["x_hat"])

        assert toml.read(toml.write(found), params_of) == found

    def test_what_is_set_is_the_same_in_all(self):
        assert {point.mean for point in sweep(std="1,2", given={"mean": 7.0}).points} == {7.0}

    def test_the_baseline_is_what_is_set(self):
        found = sweep(std="1,2.5,3", gamma="0,1")

        assert found.scenarios("transform", "T").baseline == "std-2.5-gamma-1"
        assert found.told == ("The baseline is “σ_B = 2.5, γ = 1”, what is set without the sweep.",)

    def test_the_baseline_is_else_the_nearest_by_ratio_where_values_stand_in_ratios(self):
        # 2.5 is 2.5 times 1 and a quarter of 10; by difference both ways agree, at 6 they do not.
        found = sweep(std="1:10:2:log", given={"std": 4.0})

        assert found.points[found.baseline].std == 10.0
        assert sweep(std="1:10:2", given={"std": 4.0}).baseline == 0
        assert found.told == (
            "The baseline is “σ_B = 10”, the point nearest to what is set without the sweep, σ_B = 4.",
        )

    def test_where_nothing_is_near_the_first_is(self):
        assert sweep("norm-family", norm="rms,layer").baseline == 0


class TestRefusals:
    def test_everything_is_said_at_once(self):
        assert refused(given={"gama": 1.0, "mean": "x"}, std="-1,2,a", gamma="0:1:60:lg") == [
            "std must be a number from 0 to 1000000; got -1, 'a'.",
            "gamma must have a whole number of points from 2 to 50; got 60.",
            "gamma must be spaced by lin or log; got 'lg'.",
            "gama is not a parameter of this experiment. Did you mean gamma?",
            "mean must be a number from -1000000 to 1000000; got 'x'.",
        ]

    @together(
        ("asked", "sentence"),
        [
            ({}, "a sweep must vary one parameter or two; got none."),
            ({"mean": "1,2", "std": "1,2", "x": "1,2"}, "a sweep must vary one parameter or two; got 3."),
            ({"stdd": "1,2"}, "stdd is not a parameter of this experiment. Did you mean std?"),
            ({"values": "1,2"}, "a sweep must vary a number or a choice; got values."),
            ({"std": "0:10:5:log"}, "std must begin and end above 0 to be spaced by log; got 0. Or say lin."),
            ({"std": "1:2"}, "std must be low:high:count, low:high:count:lin or low:high:count:log; got '1:2'."),
            ({"std": "nan:1e999:3"}, "std must begin and end at numbers; got 'nan' and '1e999'."),
            ({"std": "1:2:2.5"}, "std must have a whole number of points from 2 to 50; got '2.5'."),
            ({"std": "1"}, "std must have two different values at least; got 1."),
            ({"std": "2:2:9"}, "std must have two different values at least; got 2."),
            ({"std": "1," * 1000}, "std must have at most 50 values; got 1001."),
            ({"batch_size": "1.5,2"}, "batch_size must be a whole number from 1 to 1000000; got '1.5'."),
            ({"source": "exact,sampel"}, "source must be one of exact, sample, digits, own; got 'sampel'."),
            ({"std": [True, 1.0]}, "std must be a number from 0 to 1000000; got true."),
            (
                {"std": "1,,2"},
                "std must have values: a list such as 1,2,3 or a range such as 0.1:10:5 or 0.1:10:5:log; got '1,,2'.",
            ),
        ],
    )
    def test_in_a_sentence(self, asked, sentence):
        assert refused(**asked) == [sentence]

    def test_points_out_of_range_are_named(self):
        assert refused(std="-4:4:9") == ["std must be a number from 0 to 1000000; got -4, -3, -2, -1."]

    def test_a_rule_over_several_parameters_names_the_point(self):
        assert refused("norm-family", given={"norm": "group"}, groups="1,2,4") == [
            "At G = 4: groups must divide the 6 channels of x; got 4. 1, 2, 3 and 6 do."
        ]

    @given(st.text(max_size=60))
    def test_no_text_is_anything_but_read_or_refused(self, text):
        with pytest.raises(InputError):
            sweep_of(find("transform").params, {}, read_link(f"std:{text}~;gamma:{text}~"))


class TestLink:
    def test_holds_what_is_varied(self):
        asked = [("std", "0.001:10:25:log"), ("gamma", "1,2,3")]

        assert written_link(asked) == "std:0.001:10:25:log;gamma:1,2,3"
        assert read_link(written_link(asked)) == asked


class TestNotebookFace:
    def test_lists_are_varied_over_and_numbers_set(self):
        found = bnsim.vary("transform", std=[0.001, 1.0], x=4)

        assert bnsim.compare(found)["x_hat"].to_dict() == {
            name: bnsim.run("transform", std=std, x=4).readouts["x_hat"]
            for name, std in (("std-1", 1), ("std-0.001", 0.001))
        }

    def test_numbers_of_ones_own_are_one_value(self):
        found = bnsim.vary("transform", source="own", values=[1.0, 2.0], gamma="1:3:3")

        assert [each.params.gamma for each in found.scenarios] == [1.0, 2.0, 3.0]
        assert {len(each.params.values) for each in found.scenarios} == {2}
