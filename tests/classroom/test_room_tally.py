"""Counting answers: every one is under exactly one option, whatever was asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_lessons import CHOICE, NUMBER, step_of

from bnsim.classroom.tally import for_projector, options_of, place_of, tally
from bnsim.learn.lesson import UNSURE, Answer, truth

CHOOSE, GUESS = step_of(CHOICE), step_of(NUMBER)
BY_POWERS = step_of(NUMBER, low=0.001, high=1000.0, close=None, close_factor=2.0)
WIDE = step_of(NUMBER, low=-1.7e308, high=1.7e308, close=1e300)


class TestOptions:
    def test_of_a_choice_are_the_choices_and_not_knowing(self):
        assert [option.label for option in options_of(CHOOSE)] == ["Less than 1", "More than 1", "I don't know"]

    def test_of_a_number_are_ten_ranges_and_not_knowing(self):
        labels = [option.label for option in options_of(GUESS)]

        assert len(labels) == 11
        assert labels[:2] == ["0 to 0.2", "0.2 to 0.4"]
        assert (labels[-2], labels[-1]) == ("1.8 to 2", "I don't know")

    def test_by_a_factor_are_equal_powers_of_ten(self):
        edges = [option.low for option in options_of(BY_POWERS)[:-1]]

        # Six powers in ten steps; log10 and ** are right to a unit or two in the last place.
        assert edges == pytest.approx([10 ** (-3 + 0.6 * at) for at in range(10)], rel=1e-14)

    @pytest.mark.parametrize("step", [GUESS, BY_POWERS, WIDE])
    def test_reach_from_end_to_end_without_gaps(self, step):
        ranges = options_of(step)[:-1]

        assert (ranges[0].low, ranges[-1].high) == step.bounds
        assert [one.high for one in ranges[:-1]] == [other.low for other in ranges[1:]]
        assert all(each.low < each.high for each in ranges)

    @given(number=st.floats(0, 2))
    def test_hold_what_is_counted_under_them(self, number):
        options = options_of(GUESS)
        place = place_of(GUESS, options, Answer(number=number))
        option = options[place]

        assert option.low <= number
        assert number < option.high or (number == option.high == 2.0 and place == 9)


class TestCounting:
    ANSWERS = st.dictionaries(
        st.integers(1, 300), st.builds(Answer, number=st.floats(0, 2)) | st.just(UNSURE), max_size=20
    )

    @given(ANSWERS, ANSWERS)
    def test_misses_nobody(self, first, second):
        found = tally(GUESS, first, second)

        assert (sum(found.first.counts), sum(found.second.counts)) == (len(first), len(second))
        assert sum(count for _, _, count in found.flow) == len(first.keys() & second.keys())
        assert list(found.first.numbers) == sorted(
            answer.number for answer in first.values() if answer.number is not None
        )
        assert (found.first.right, found.turned) == (None, None)

    def test_says_how_many_are_right(self):
        y = truth(GUESS)
        answers = {1: Answer(number=1.2), 2: Answer(number=1.45), 3: Answer(number=1.46), 4: UNSURE}
        found = tally(GUESS, answers, {}, y)

        assert y.value == pytest.approx(1.2, abs=1e-5)  # ε of 1e-5 beside a variance of 6.25
        assert found.first.right == 2 - (1.45 - y.value > 0.25)
        assert found.second.right == 0

    def test_keeps_from_the_projector_one_vote_of_few_and_shows_the_other(self):
        many = dict.fromkeys(range(1, 6), Answer(choice=0))
        found = for_projector(tally(CHOOSE, many, {1: Answer(choice=1)}))

        assert (found.first.counts, found.second) == ((5, 0, 0), None)
