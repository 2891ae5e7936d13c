"""How numbers are written."""

import math
import re

import pytest
from cases import together
from hypothesis import given
from hypothesis import strategies as st

from bnsim.text import SIGNIFICANT_DIGITS, Term, number

MINUS = "\N{MINUS SIGN}"
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def read(text: str) -> float:
    return float(text.replace(MINUS, "-"))


class TestNumber:
    @together(
        ("value", "text"),
        [
            (0.0, "0"),
            (-0.0, "0"),
            (6.0, "6"),
            (-3.0, "−3"),
            (2.5, "2.5"),
            (1.1999990400011518, "1.199999040001"),
            (0.1 + 0.2, "0.3"),
            (1e-5, "1e−5"),
            (-2.5e-7, "−2.5e−7"),
            (1e-4, "0.0001"),
            (0.00031622776601683794, "0.0003162277660168"),
            (123456789012.25, "123456789012.2"),
            (1e12, "1000000000000"),
            (1e13, "1e13"),
            (1.5e300, "1.5e300"),
            (5e-324, "4.940656458412e−324"),
            (100.0, "100"),
            (1e6, "1000000"),
            (math.inf, "∞"),
            (-math.inf, "−∞"),
            (math.nan, "not a number"),
        ],
    )
    def test_is_written_as_people_read_it(self, value: float, text: str) -> None:
        assert number(value) == text

    def test_takes_fewer_digits(self) -> None:
        assert number(2.7755575615628914e-17, 2) == "2.8e−17"
        assert number(0.44194173824159216, 3) == "0.442"
        assert number(5.5677643628300215, 6) == "5.56776"
        assert number(123456.0, 3) == "123456"

    @given(FINITE)
    def test_the_digits_shown_are_the_value_rounded(self, value: float) -> None:
        # Half a unit in the last digit shown.
        assert read(number(value)) == pytest.approx(value, rel=5 * 10.0**-SIGNIFICANT_DIGITS, abs=5e-324)

    @given(FINITE)
    def test_has_no_needless_zeros_and_no_hyphen(self, value: float) -> None:
        text = number(value)

        assert re.fullmatch(r"−?\d+(\.\d*[1-9])?(e−?[1-9]\d*)?", text)

    @given(st.integers(-(10**12), 10**12))
    def test_whole_numbers_are_written_whole(self, value: int) -> None:
        assert number(float(value)) == str(value).replace("-", MINUS)

    @given(FINITE)
    def test_a_number_and_its_negative_are_mirrored(self, value: float) -> None:
        assert number(-abs(value)).removeprefix(MINUS) == number(abs(value))

    @given(st.floats(1e-4, 1e12))
    def test_seventeen_digits_are_the_value_itself(self, value: float) -> None:
        assert read(number(value, 17)) == value


EXACT = Term("x̂", "Normalized x̂", "The normalized x.")


class TestTerm:
    def test_what_is_exact_shows_all_digits_that_are_right(self):
        assert EXACT.written(1.1999990400011518) == "1.199999040001"

    def test_what_is_a_mean_over_a_few_seeds_shows_those_that_it_has(self):
        assert Term("m", "Measured", "A mean over a few seeds.", digits=3).written(2 / 3) == "0.667"

    def test_what_is_not_known_is_a_dash(self):
        assert EXACT.written(math.nan) == "–"

    def test_a_word_in_place_of_a_number_stays(self):
        assert EXACT.written("refused") == "refused"
