"""Few digits: four, or as many as show that a number is not the round one beside it."""

import math

import pytest
from cases import together
from hypothesis import given
from hypothesis import strategies as st

from bnsim.text import Term, short

FINITE = st.floats(-1e300, 1e300)
"""Rounded up, the largest doubles would be none."""


@together(
    ("value", "said"),
    [
        (0, "0"), (-0.0, "0"), (6, "6"), (2.5, "2.5"), (0.1 + 0.2, "0.3"), (4041, "4041"), (123456.78, "123457"),
        (0.419233698, "0.4192"), (-31.6227766, "−31.62"), (2.0625, "2.063"), (2.656234e-5, "2.656e−5"),
        (12345678.9, "1.235e7"), (1e20, "1e20"), (5e-324, "4.941e−324"),
        (1.199999040001, "1.1999990"), (0.999999200001, "0.9999992"), (-1.199999040001, "−1.1999990"),
        (0.99999988, "0.99999988"), (2.450002, "2.450002"), (0.9996, "0.9996"), (100.00004, "100.00004"),
        (1 - 1e-15, "1"), (1 - 1e-12, "0.999999999999"),
        (math.inf, "infinite"), (-math.inf, "minus infinite"), (math.nan, "not a number"),
    ],
)  # fmt: skip
def test_numbers_people_meet(value, said):
    assert short(value) == said


class TestShort:
    @given(FINITE)
    def test_is_within_half_a_unit_of_the_fourth_digit(self, value):
        shown = float(short(value).replace("−", "-"))

        # half a unit of the fourth of the significant digits, and what reading the text back rounds
        assert abs(shown - value) <= 0.5e-3 * abs(value) * (1 + 1e-12) + 5e-324

    @given(st.integers(1, 9), st.integers(4, 12), st.floats(1, 9.9), st.sampled_from([1, -1]))
    def test_shows_the_distance_from_a_round_number_to_a_tenth(self, round_number, place, lead, side):
        distance = side * lead * 10.0**-place
        value = round_number + distance

        shown = float(short(value)) - round_number

        # 13 digits are meant at most: what is nearer to the round number is the round number
        assert shown == pytest.approx(distance, rel=0.1, abs=0.6e-12)

    @given(FINITE, st.integers(1, 3))
    def test_never_has_more_digits_than_mean_anything(self, value, digits):
        mantissa = short(value, digits).replace("−", "").partition("e")[0]

        assert len(mantissa.replace(".", "").strip("0")) <= max(digits, 7 if "." not in mantissa else digits)

    @given(FINITE)
    def test_of_a_negative_number_is_that_of_the_positive_with_a_true_minus(self, value):
        assert short(-abs(value)) in (f"−{short(abs(value))}", "0")


class TestTerm:
    TERM = Term("x̂", "Normalized x", "what it means", digits=2)

    def test_shows_the_digits_that_mean_anything(self):
        assert self.TERM.short(0.41923) == "0.42"

    def test_leaves_words_alone_and_says_what_is_not_known(self):
        assert self.TERM.short("refused") == "refused"
        assert self.TERM.short(math.nan) == "not known"
