"""Text from outside is shown as text."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsim.app.text import card, plain
from bnsim.experiment import Readout
from bnsim.experiments import find

HOSTILE = [
    "<b>bold</b>", "<script>alert(1)</script>", "**bold** _it_ ~~no~~", "# heading", "[a](https://x.org)", "`code`",
    "![a](b)", "$x^2$", "$$x$$", ":smile:", ":red[r]", ":blue-background[x]", "a | b", "- item", "+ item", "> quote",
    "\\*", "&lt;", "<https://x.org>", "*", "_a_b_",
]  # fmt: skip
# What Streamlit makes of text even where Markdown's own signs are escaped; found by trying it in a browser.
MADE_OF_TEXT = [
    (":material/home:", r":material/\w+:"),
    (":streamlit:", r":streamlit:"),
    ("www.example.org", r"www\."),
    ("x@example.org", r"\w@\w+\."),
    ("https://example.org", r"https?://"),
]
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")  # CommonMark 0.31, 2.4: ASCII punctuation may be escaped
ACTIVE = set("\\`*_{}[]()<>#+!|$~:&-")


def shown(markdown: str) -> str:
    """Return what Markdown makes of text all of whose signs are escaped: the text without the escapes."""
    return ESCAPED.sub(r"\1", markdown)


class TestPlain:
    @pytest.mark.parametrize("words", HOSTILE)
    def test_no_sign_of_markdown_stays_active(self, words):
        bare = ESCAPED.sub("", plain(words))

        assert not ACTIVE & set(bare)

    @pytest.mark.parametrize("words", HOSTILE)
    def test_what_is_shown_is_the_text_itself(self, words):
        # Characters without width may stand in between, to keep Streamlit from reading words.
        assert re.sub("[\u200b\u2060]", "", shown(plain(words))) == words

    @given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40))
    def test_whatever_the_text(self, words):
        assert not ACTIVE & set(ESCAPED.sub("", plain(words)))

    @pytest.mark.parametrize(("words", "made"), MADE_OF_TEXT)
    def test_streamlit_finds_no_icon_and_no_link_in_it(self, words, made):
        assert not re.search(made, shown(plain(words)))

    @pytest.mark.parametrize("words", ["one\n\n    code", "one\n=====", "one\n1. two", "one\r\ntwo"])
    def test_it_is_one_line(self, words):
        assert len(plain(words).splitlines()) == 1

    def test_greek_and_numbers_stay_as_they_are(self):
        assert plain("γ ² √3, μ_B").startswith("γ ² √3, μ")


def readout(key, value, *rest):
    return Readout(key, value, find("transform").terms[key], *rest)


class TestCard:
    def test_shows_the_exact_value_where_it_is_known(self):
        markup = card(readout("output_mean", 0.19999999999999998, "exactly β", 0.2))

        assert '<b data-key="output_mean">0.2</b>' in markup

    def test_shows_every_digit_that_is_right(self):
        assert ">1.199999040001<" in card(readout("x_hat", 1.1999990400011518, "x"))

    @pytest.mark.parametrize("words", HOSTILE)
    def test_words_are_escaped(self, words):
        markup = card(readout("x_hat", words, words))

        assert markup.count(html.escape(words)) == 2
        assert "<script" not in markup

    def test_the_meaning_is_told_to_who_asks(self):
        assert 'title="σ_B: The biased standard deviation of the mini-batch (divide by N)."' in card(
            readout("batch_std", 1.0)
        )
