"""What is true, whether an answer is right, and what is said to it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_lessons import CHOICE, NUMBER, step_of

from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.learn.lesson import UNSURE, Answer, judge, question, truth, truth_of
from bnsim.learn.lesson.judging import compared
from bnsim.learn.lesson.step import Choice

EPS = 1e-5
Y = 3 / math.sqrt(2.5**2 + EPS)
"""Batch norm of x = 6 in a batch of mean 3 and std 2.5."""
Y_AT_10 = 7 / math.sqrt(2.5**2 + EPS)
ROUNDING = 1e-12  # the engine gives twelve digits of a number of size 1
AT_10 = {"params": {"x": 10.0}}
BATCH_MEAN = {"readout": "batch_mean", "params": {"mean": 1.0}, "low": 0.25, "high": 4.0}
"""Decided by 1, the mean that was set, without rounding."""


def said(table: dict, answer: Answer, **changes: object) -> str:
    step = step_of(table, **changes)
    return judge(step, answer, truth(step)).text


def is_right(number: float, **changes: object) -> bool | None:
    step = step_of(NUMBER, **{**BATCH_MEAN, **changes})
    return judge(step, Answer(number=number), truth(step)).right


class TestQuestion:
    def test_parameters_stand_in_it_as_answers_write_them(self):
        step = step_of(NUMBER, question="x = {x}, then {against.x}; {std:3} {eps}", against=AT_10)

        assert question(step) == "x = 6, then 10; 2.5 1e−5"

    def test_markup_stays_what_it_is(self):
        text = '<b onclick="x">**bold**</b> [a](b) $x$ {{y}}'

        assert question(step_of(CHOICE, question=text)) == '<b onclick="x">**bold**</b> [a](b) $x$ {y}'


class TestTruth:
    def test_it_is_the_readout(self):
        assert truth(step_of(NUMBER)).value == pytest.approx(Y, abs=ROUNDING)

    def test_it_is_the_difference_to_the_second_scenario(self):
        found = truth(step_of(NUMBER, against=AT_10, compare="difference"))

        assert found.value == pytest.approx(Y - Y_AT_10, abs=ROUNDING)
        assert found.against is not None
        assert found.against.params.x == 10

    def test_it_is_the_ratio_to_the_second_scenario(self):
        found = truth(step_of(NUMBER, against=AT_10, compare="ratio"))

        assert found.value == pytest.approx(3 / 7, abs=ROUNDING)

    def test_a_ratio_has_a_sign(self):
        assert truth(step_of(NUMBER, against={"params": {"x": 0.0}}, compare="ratio")).value == pytest.approx(
            -1, abs=ROUNDING
        )

    def test_a_second_scenario_need_not_decide(self):
        assert truth(step_of(NUMBER, against=AT_10)).value == pytest.approx(Y, abs=ROUNDING)

    def test_no_number_is_a_multiple_of_nothing(self):
        # With gamma 0 and beta 0 every output is 0.
        nothing = {"params": {"gamma": 0.0, "beta": 0.0}}

        assert math.isnan(truth(step_of(NUMBER, against=nothing, compare="ratio")).value)

    def test_a_word_has_no_difference(self):
        word = {"experiment": "train-eval", "params": {"inference_size": 1}, "readout": "alone_y"}

        assert truth(step_of(NUMBER, **word)).value == "refused"
        assert math.isnan(truth(step_of(NUMBER, **word, against={"params": {"x": 1.0}}, compare="difference")).value)

    def test_results_at_hand_give_the_same(self):
        step = step_of(NUMBER, against=AT_10, compare="difference")
        results = [Result(find("transform"), each.params) for each in step.scenarios]

        assert truth_of(step, *results).value == truth(step).value
        assert truth_of(step, *results).result is results[0]

    def test_one_choice_is_true(self):
        assert truth(step_of(CHOICE)).choice == 1

    def test_where_two_or_none_are_true_no_choice_is(self):
        both = [{"text": "a", "from": 1}, {"text": "b", "to": 2}]
        none = [{"text": "a", "from": 2}, {"text": "b", "is": "refused"}]

        assert truth(step_of(CHOICE, choices=both)).choice is None
        assert truth(step_of(CHOICE, choices=none)).choice is None

    @pytest.mark.parametrize(
        ("choice", "value", "holds"),
        [
            (Choice("", 0.0, 1.0), 0.0, True),
            (Choice("", 0.0, 1.0), 1.0, True),
            (Choice("", 0.0, 1.0), math.nextafter(1.0, 2.0), False),
            (Choice("", None, 1.0), -math.inf, True),
            (Choice("", 0.0, None), math.nan, False),
            (Choice("", 0.0, 1.0), "refused", False),
            (Choice("", word="refused"), "refused", True),
            (Choice("", word="refused"), 0.5, False),
        ],
    )
    def test_bounds_belong_to_a_range(self, choice, value, holds):
        assert choice.holds(value) is holds


class TestVerdict:
    def test_a_choice_is_right_or_wrong(self):
        step = step_of(CHOICE)
        found = truth(step)

        assert [judge(step, Answer(choice=place), found).right for place in (0, 1)] == [False, True]
        assert judge(step, Answer(choice=1), found).error is None

    def test_who_does_not_know_is_neither(self):
        step = step_of(CHOICE, unsure="It is {truth}.")
        found = judge(step, UNSURE, truth(step))

        assert (found.right, found.error, found.text) == (None, None, "It is 1.1999990.")

    def test_who_does_not_know_hears_what_the_others_hear(self):
        assert said(CHOICE, UNSURE, wrong="No: {truth}.") == "No: 1.1999990."

    def test_the_error_is_the_distance(self):
        step = step_of(NUMBER)
        found = truth(step)

        assert judge(step, Answer(number=1.0), found).error == pytest.approx(Y - 1, abs=ROUNDING)
        assert judge(step, Answer(number=1.5), found).error == pytest.approx(1.5 - Y, abs=ROUNDING)

    @pytest.mark.parametrize(("number", "right"), [(0.7, True), (1.3, True), (0.69, False), (1.31, False), (1.0, True)])
    def test_the_edge_counts_as_right(self, number, right):
        # 1.3 - 1 and 1 - 0.7 are 0.30000000000000004 in floating point.
        assert is_right(number, close=0.3) is right

    @pytest.mark.parametrize(("number", "right"), [(0.5, True), (2.0, True), (0.49, False), (2.01, False)])
    def test_a_factor_counts_up_and_down(self, number, right):
        assert is_right(number, close=None, close_factor=2.0) is right

    @given(st.floats(1.001, 4.0))
    def test_the_edge_of_a_factor_counts_as_right(self, factor):
        step = step_of(NUMBER, **{**BATCH_MEAN, "close": None, "close_factor": factor, "low": 0.1})
        found = EXACTLY_1

        assert judge(step, Answer(number=factor), found).right
        assert judge(step, Answer(number=1 / factor), found).right

    def test_no_number_is_near_a_word(self):
        word = {"experiment": "train-eval", "params": {"inference_size": 1}, "readout": "alone_y"}
        step = step_of(NUMBER, **word, unsure="?", wrong="{truth} {prediction} {error}")
        found = judge(step, Answer(number=1.0), truth(step))

        assert (found.right, found.error, found.text) == (False, None, "refused 1 not known")


EXACTLY_1 = truth(step_of(NUMBER, **BATCH_MEAN))


class TestWords:
    def test_numbers_are_written_as_answers_write_them(self):
        text = "{truth} {y} {prediction} {error:2} {x} {batch_std:%}"

        assert (
            said(NUMBER, Answer(number=1.25), right=text)
            == "1.1999990 1.1999990 1.25 0.05 6 250\N{NARROW NO-BREAK SPACE}%"
        )

    def test_the_prediction_of_a_choice_is_its_text(self):
        assert said(CHOICE, Answer(choice=0), wrong="Not “{prediction}”.", unsure="?") == "Not “Less than 1”."

    def test_the_factor_is_how_many_times_too_large_or_too_small(self):
        factor = {**BATCH_MEAN, "close": None, "close_factor": 1.5, "wrong": "{factor} times", "unsure": "?"}

        assert said(NUMBER, Answer(number=4.0), **factor) == "4 times"
        assert said(NUMBER, Answer(number=0.25), **factor) == "4 times"

    def test_the_second_scenario_has_its_own_numbers(self):
        text = "{y:4} at {x}, {against.y:4} at {against.x}"

        assert said(NUMBER, Answer(number=1.2), right=text, against=AT_10) == "1.2 at 6, 2.8 at 10"

    def test_the_follow_up_is_said_in_any_case(self):
        step = step_of(CHOICE, follow_up="x̂ is {x_hat:3}.")
        found = truth(step)

        assert {judge(step, each, found).follow_up for each in (UNSURE, Answer(choice=0), Answer(choice=1))} == {
            "x̂ is 1.2."
        }

    @pytest.mark.parametrize(
        ("prediction", "value", "said"),
        [
            (2.4, 2.41974123, ("2.4", "2.41974", "0.01974")),
            (5.0, 2.41974123, ("5", "2.42", "2.58")),
            (1000.0, 3.16227766, ("1000", "3.162", "996.8")),
            (0.7071067, 0.7071067811865, ("0.7071067", "0.70710678119", "8.119e−8")),
            (1.9, 0.0, ("1.9", "0", "1.9")),
            (0.1 + 0.2, 0.3, ("0.3", "0.3", "0")),
            (1.0, math.nan, ("1", "not known", "not known")),
        ],
    )
    def test_side_by_side_a_prediction_and_the_truth_differ_by_what_is_said(self, prediction, value, said):
        assert compared(step_of(NUMBER), prediction, value) == said

    def test_a_simulated_number_has_the_digits_that_mean_something(self):
        step = step_of(NUMBER, experiment="train-eval", params={}, readout="train_y_mean", wrong="{truth}", unsure="")
        found = truth(step)
        (readout,) = (each for each in found.result.readout_list if each.key == "train_y_mean")

        assert found.value == readout.best
