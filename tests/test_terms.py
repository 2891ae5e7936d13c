"""The glossary, and how numbers are written."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsim.charts.theme import STAGES
from bnsim.terms import SIGNIFICANT_DIGITS, TERMS, Term, number, number_of

MINUS = "\N{MINUS SIGN}"
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def read(text: str) -> float:
    return float(text.replace(MINUS, "-"))


class TestTerms:
    @pytest.mark.parametrize(("key", "term"), TERMS.items(), ids=TERMS)
    def test_each_has_symbol_label_and_one_line_of_meaning(self, key: str, term: Term) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
        assert term.symbol
        assert term.label
        assert re.fullmatch(r"[A-Z].*\.", term.meaning)

    def test_no_two_share_a_label(self) -> None:
        labels = [term.label for term in TERMS.values()]

        assert len(set(labels)) == len(labels)

    def test_the_stages_are_terms(self) -> None:
        assert set(STAGES) <= set(TERMS)

    def test_the_readouts_of_the_public_surface_are_terms(self) -> None:
        promised = (
            "x_hat y batch_mean batch_std normalized_mean normalized_std output_mean output_std "
            "identity_gamma identity_beta identity_error"
        )

        assert set(promised.split()) <= set(TERMS)


class TestNumber:
    @pytest.mark.parametrize(
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


class TestNumberOf:
    def test_what_is_exact_shows_all_digits_that_are_right(self):
        assert number_of("x_hat", 1.1999990400011518) == "1.199999040001"

    def test_what_is_a_mean_over_a_few_seeds_shows_those_that_it_has(self, monkeypatch):
        monkeypatch.setitem(TERMS, "measured", Term("m", "Measured", "A mean over a few seeds.", digits=3))

        assert number_of("measured", 2 / 3) == "0.667"

    def test_what_is_not_known_is_a_dash(self):
        assert number_of("x_hat", math.nan) == "–"
