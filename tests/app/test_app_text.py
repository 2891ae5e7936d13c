"""Text from outside is shown as text."""

import html
import re

import pytest
from cases import together
from hypothesis import given
from hypothesis import strategies as st

import bnsim
from bnsim.app.text import all_numbers, answer, card, plain, segment
from bnsim.experiment import Readout, Segment
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
    @together("words", HOSTILE)
    def test_no_sign_of_markdown_stays_active(self, words):
        bare = ESCAPED.sub("", plain(words))

        assert not ACTIVE & set(bare)

    @together("words", HOSTILE)
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


class Place:
    """A place on a page that remembers what is drawn into it."""

    body = ""

    def html(self, body):
        self.body = body

    def empty(self):
        self.body = ""


def drawn(draw, *given, **options):
    """Return the markup that a function draws."""
    place = Place()
    draw(place, *given, **options)
    return place.body


class TestCard:
    def test_shows_few_digits_and_holds_all_that_are_right(self):
        markup = card(readout("x_hat", 1.1999990400011518, "x"), ())

        assert '<b data-key="x_hat">1.1999990</b>' in markup
        assert '<b data-full="x_hat">x̂ = 1.199999040001</b>' in markup

    def test_shows_the_exact_value_where_it_is_known(self):
        markup = card(readout("output_mean", 0.19999999999999998, "exactly β", 0.2), ())

        assert '<b data-key="output_mean">0.2</b>' in markup

    def test_tells_the_browser_which_numbers_follow_the_thumb(self):
        markup = card(readout("x_hat", 1.2, "x"), ("x_hat",))

        assert '<b data-key="x_hat" data-live="x_hat" data-form="" data-digits="13">1.2</b>' in markup

    @together("words", HOSTILE)
    def test_words_are_escaped(self, words):
        markup = card(readout("x_hat", words, words), ())

        assert markup.count(html.escape(words)) == 3
        assert "<script" not in markup

    def test_the_meaning_is_told_to_who_asks(self):
        assert 'title="The biased standard deviation of the mini-batch (divide by N)."' in card(
            readout("batch_std", 1.0), ()
        )


class TestAnswer:
    def test_results_are_bold_and_what_follows_the_thumb_says_how_it_is_written(self):
        said = drawn(answer, bnsim.run("transform"))

        assert '<b data-name="x_hat" data-live="x_hat" data-form="" data-digits="13">1.1999990</b>' in said
        assert 'x = <span data-name="x" data-live="x" data-form="" data-digits="13">6</span> becomes' in said
        assert re.sub("<[^>]*>", "", said) == bnsim.run("transform").answer

    @together("words", HOSTILE)
    def test_words_are_escaped(self, words):
        said = segment(Segment(words), (), ()) + segment(Segment(words, "x"), (), ("x",))

        assert said.count(html.escape(words)) == 2
        assert "<script" not in said

    def test_settings_and_words_are_not_bold(self):
        assert segment(Segment("32", "batch_size"), ("batch_size",), ()) == "32"
        assert segment(Segment("batch norm", "norm"), (), ()) == "batch norm"
        assert segment(Segment("−3.5", "y"), ("batch_size",), ()) == '<b data-name="y">−3.5</b>'


class TestAllNumbers:
    @together("words", HOSTILE)
    def test_words_are_escaped(self, words):
        said = drawn(all_numbers, [readout("x_hat", words, words)])

        assert said.count(html.escape(words)) == 2
        assert "<script" not in said

    def test_has_every_digit_and_how_it_is_made(self):
        said = drawn(all_numbers, [readout("x_hat", 1.1999990400011518, "(x − μ) / σ")])

        assert '<td data-all="x_hat">1.199999040001</td><td>(x − μ) / σ</td>' in said
