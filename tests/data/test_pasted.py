"""Pasted numbers: one reading, or a refusal that spells out both."""

import time

import pytest
from cases import together
from hypothesis import given
from hypothesis import strategies as st

from bnsim.data.pasted import read_text
from bnsim.data.reading import Choices
from bnsim.errors import DataError

WAY_OUT = "Write it so that it has one reading: a decimal point, and a blank after a comma that separates."
COMMA = "the comma is the decimal sign"
MARKS = "blanks, apostrophes or underscores group digits"


def refusal(text):
    with pytest.raises(DataError) as error:
        read_text(text)
    return str(error.value)


class TestOneReading:
    @together(
        ("text", "values", "told"),
        [
            ("1,5 2,7 3,9", [1.5, 2.7, 3.9], (COMMA,)),
            ("1,5; 2,5; 3,5", [1.5, 2.5, 3.5], (COMMA,)),
            ("1,5\n2\n3,9", [1.5, 2, 3.9], (COMMA,)),
            ("1.234,5; 2.345,6", [1234.5, 2345.6], (COMMA, "points group digits")),
            ("1,234.5; 2,345.5", [1234.5, 2345.5], ("commas group digits",)),
            ("1,00,000.5 12,34,567", [100000.5, 1234567], ("commas group digits",)),
            ("1'234.5 2’345", [1234.5, 2345], (MARKS,)),
            ("1\u00a0234,5; 2\u202f345", [1234.5, 2345], (COMMA, MARKS)),
            ("1_000 2", [1000, 2], (MARKS,)),
            ("1,5;2.5", [1.5, 2.5], ("decimal points and decimal commas are mixed",)),
            ("1, 2 3;4", [1, 2, 3, 4], ()),
            ("1,2,3.5", [1, 2, 3.5], ()),
            ("1.0,5.0", [1, 5], ()),
            ("1,2,3 4,5,6", [1, 2, 3, 4, 5, 6], ()),
            ('"1.5", "2.5"', [1.5, 2.5], ()),
            ("\ufeff1 2", [1, 2], ()),
        ],
    )
    def test_is_read_and_what_was_guessed_is_said(self, text, values, told):
        reading = read_text(text)

        assert reading.values.tolist() == values
        assert reading.told == told

    def test_the_line_shows_the_first_three_values(self):
        assert read_text("1,5 2,7 3,9 4").line() == f"your numbers: {COMMA}; first values 1.5, 2.7, 3.9."

    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
    def test_links_of_the_app_are_never_in_question(self, numbers):
        assert read_text(",".join(map(repr, numbers))).values.tolist() == numbers

    @given(st.lists(st.decimals(-9999, 9999, places=2), min_size=2, max_size=6))
    def test_german_numbers_between_semicolons_are_those_with_points(self, numbers):
        german = "; ".join(f"{number:,.2f}".translate(str.maketrans(",.", ".,")) for number in numbers)

        assert read_text(german).values.tolist() == [float(number) for number in numbers]


class TestTwoReadings:
    @pytest.mark.parametrize(
        ("text", "both"),
        [
            ("1,5", "'1,5' can be the number 1.5, or the 2 numbers 1, 5"),
            ("1,5\n2,7", "'1,5' can be the number 1.5, or the 2 numbers 1, 5"),
            ("1,5, 2,5", "'1,5' can be the number 1.5, or the 2 numbers 1, 5"),
            ("1,234; 2,345", "'1,234' can be 1234 with a decimal point or 1.234 with a decimal comma"),
            ("100,200,300", "'100,200,300' can be the number 100200300, or the 3 numbers 100, 200, 300"),
        ],
    )
    def test_are_refused_with_both(self, text, both):
        assert refusal(text) == f"values must have one reading; {both}. {WAY_OUT}"

    def test_blanks_that_may_group_digits_are_refused(self):
        assert refusal("1 234,5; 2 345,6") == (
            "values must have one reading; in '1 234,5' the blanks can group digits or separate numbers. "
            "Leave out the blanks that group digits."
        )

    def test_are_read_as_somebody_says(self):
        assert read_text("1,5\n2,7", Choices(decimal=",")).values.tolist() == [1.5, 2.7]
        assert read_text("1,5\n2,7", Choices(decimal=".")).values.tolist() == [1, 5, 2, 7]
        assert read_text("1,234 2", Choices(decimal=",")).values.tolist() == [1.234, 2]


class TestRefusals:
    @pytest.mark.parametrize("text", ["1,5 2,5 x", "1,5 2,5 12%"])
    def test_name_the_entry(self, text):
        assert refusal(text) == f"values must be numbers; entry 3 is {text.split()[-1]!r}."

    @pytest.mark.parametrize(
        "text", ["1" * 8000 + "x", "nan " * 2000, "1,5 " * 1900 + "x", "1 " * 3900 + "x", "1_" * 4000, " " * 7999 + "x"]
    )
    def test_of_what_fits_a_link_are_quick(self, text):
        start = time.process_time()
        refusal(text)

        # 8 ms at most where it was written; the old pattern took 2.4 s for the first of them.
        assert time.process_time() - start < 0.2

    def test_a_million_of_what_is_no_number_is_refused_for_the_first(self):
        start = time.process_time()

        assert refusal("nan\n" * 1_000_000) == (
            "values must be numbers; entry 1 is 'nan', entry 2 is 'nan', entry 3 is 'nan', and more."
        )
        assert time.process_time() - start < 2  # 0.1 s where it was written
