"""What only a run can tell of a lesson."""

import pytest
from written_lessons import CHOICE, NUMBER, changed, lesson_of

from bnsim.learn.lesson import truth_problems
from bnsim.runs import run_many

Y = "1.199999040001"
WORD = {"experiment": "train-eval", "params": {"inference_size": 1}, "readout": "alone_y"}


def choices(*ranges: tuple[float, float]) -> dict:
    return {"choices": [{"text": f"c{at}", "from": low, "to": high} for at, (low, high) in enumerate(ranges)]}


class TestProblems:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            (choices((0, 1), (2, 3)), f"exactly one choice must be true; y is {Y}, and none is."),
            (choices((0, 2), (1, 3)), f"exactly one choice must be true; y is {Y}, and choices 1 and 2 are."),
            (
                choices((0, 2), (1, 3), (3, 4), (-1, 9)),
                f"exactly one choice must be true; y is {Y}, and choices 1, 2 and 4 are.",
            ),
            (WORD, "exactly one choice must be true; alone_y is refused, and none is."),
        ],
    )
    def test_one_choice_is_true(self, changes, sentence):
        assert truth_problems(lesson_of(changed(CHOICE, changes))) == (f'step 1 ("alone"): {sentence}',)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            (WORD, "the truth must be a number where kind is number; alone_y is refused."),
            (
                {"against": {"params": {"gamma": 0.0, "beta": 0.0}}, "compare": "ratio", "kind": "point"},
                "the truth must be a number where kind is point; y as a ratio is not a number.",
            ),
            ({"high": 1.0}, f"low and high must hold the truth between them, from 0 to 1; y is {Y}."),
            ({"close": 1.5}, "close must leave answers that are wrong; every one from low to high counts as right."),
            (
                {"low": 1.0, "close": None, "close_factor": 2.0},
                "close_factor must leave answers that are wrong; every one from low to high counts as right.",
            ),
        ],
    )
    def test_a_number_is_in_reach_and_can_be_missed(self, changes, sentence):
        assert truth_problems(lesson_of(changed(NUMBER, changes))) == (f'step 1 ("number"): {sentence}',)

    def test_the_step_with_a_problem_is_named(self):
        found = truth_problems(lesson_of(CHOICE, {**NUMBER, "high": 1.0}))

        assert found == (f'step 2 ("number"): low and high must hold the truth between them, from 0 to 1; y is {Y}.',)

    def test_a_good_one_has_none(self):
        assert truth_problems(lesson_of(CHOICE, NUMBER)) == ()

    def test_the_number_in_these_sentences_is_the_one_that_is_computed(self):
        lesson = lesson_of(NUMBER)

        assert run_many([lesson.steps[0].scenario])[0].readouts["y"] == pytest.approx(float(Y), abs=1e-12)
