"""Long texts are vetted in pieces and say what an entry by entry reading says."""

import re
import time
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bnsim.data import plain
from bnsim.data.pasted import NUMBER, SEPARATOR, read_text
from bnsim.data.plain import TIGHT_COMMA, check, first_strange, has_tight_comma, narrow, pieces
from bnsim.errors import DataError

GOOD = ["1", "-1.5", "+.5", "1.", "2e5", "1.e-5", ".5E+05", "007", "1" * 400]
BAD = [
    *("", ".", "-.", "1.2.3", "1e", "1e5.", "1e+.5", "1ee5", "--1", "1-2", "e5", ".e5", "x", "nan", "\u0661", "+"),
    "1" * 401,
]
ENTRIES = st.sampled_from([*GOOD, *BAD]) | st.sampled_from(GOOD)
BETWEEN = st.sampled_from(
    [" ", ",", ", ", " ,", ";", " ; ", "\n", "\r\n", "\t", " \n ", "\u2003", ",\u00a0", ",,", "\x1c"]
)
TEXTS = st.lists(st.tuples(ENTRIES, BETWEEN), min_size=1, max_size=12).map(
    lambda pairs: "".join(map("".join, pairs)).strip().removesuffix(",")
)


def entries_by_entry(text):
    """Entries, and whether each is a number: the slow way."""
    entries = SEPARATOR.split(text)
    return len(entries), all(len(entry) <= 400 and NUMBER.fullmatch(entry) for entry in entries)


def refusal(text):
    with pytest.raises(DataError) as error:
        read_text(text)
    return str(error.value)


class TestPieces:
    @settings(max_examples=500, deadline=None)
    @given(TEXTS.filter(lambda text: text.strip()), st.sampled_from([3, 8, 2**16]))
    @example("1 , ,2", 3)
    @example("1   ,   2", 3)
    @example(",1", 3)
    @example("1,", 2)
    def test_of_any_size_say_what_reading_entry_by_entry_says(self, text, size):
        text = narrow(text).strip()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plain, "PIECE", size)
            checked = [check(piece) for piece in pieces(text)]

        count, is_good = entries_by_entry(text)
        assert all(good for _, good in checked) == is_good
        if is_good:
            assert sum(here for here, _ in checked) == count

    @settings(max_examples=200, deadline=None)
    @given(st.text(st.sampled_from("1 ,;\n\u2003"), max_size=30), st.sampled_from([1, 3, 2**16]))
    def test_find_a_comma_with_numbers_on_both_sides(self, text, size):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plain, "PIECE", size)
            assert has_tight_comma(text) == (TIGHT_COMMA.search(text) is not None)

    @settings(max_examples=200, deadline=None)
    @given(st.text(st.sampled_from("1 ,;\n\u2003\u2019\u00a0'_eE+x\u0661\u2028"), max_size=30))
    def test_find_the_first_strange_sign(self, text):
        found = re.search("[^0-9.,;+eE\\s'\u2019_-]", text)

        assert first_strange(text) == (found.start() if found else -1)


class TestLongTexts:
    @pytest.mark.parametrize("at", [0, 1, 65_535, 65_536, 199_998])
    def test_the_place_of_a_bad_entry_is_counted_from_the_beginning(self, at):
        entries = ["1.5"] * 200_000
        entries[at] = "1..5"

        assert refusal(" ".join(entries)) == f"values must be numbers; entry {at + 1} is '1..5'."

    def test_the_first_three_are_named_wherever_they_are(self):
        entries = ["1.5"] * 200_000
        for at in (10, 70_000, 70_001, 199_999):
            entries[at] = "e"

        assert refusal(", ".join(entries)) == (
            "values must be numbers; entry 11 is 'e', entry 70001 is 'e', entry 70002 is 'e', and more."
        )

    def test_a_strange_sign_far_behind_decimal_commas_is_named_by_its_place(self):
        assert refusal("1,5 " * 5000 + "x; 1,5") == ("values must be numbers; what begins with character 20001 is 'x'.")

    def test_more_than_a_million_are_refused(self):
        assert refusal("1 " * 1_000_001) == "values must be at most 1000000 numbers; got more."

    @pytest.mark.parametrize(
        "text",
        [
            "1.5 " * 100_000 + "x",
            "1," * 200_000 + "x",
            "1.5 " * 100_000 + "1..5",
            "1,5 " * 100_000 + "x",
            "1," * 200_000 + ",1",
        ],
        ids=["a word", "a word in a list", "two points", "a word behind decimal commas", "an empty entry"],
    )
    def test_long_texts_are_refused_many_times_faster_than_numbers_are_made(self, text):
        def seconds(work):
            found = []
            for _ in range(3):
                began = time.thread_time()
                with suppress(DataError):
                    work()
                found.append(time.thread_time() - began)
            return min(found)

        # Measured are 5 to 20 times; the old reading took twice as long as this.
        assert (
            seconds(partial(read_text, text)) < seconds(lambda: [NUMBER.fullmatch("1.5") for _ in range(100_000)]) / 1.5
        )
