"""The Markdown of the texts: what is read, and what is refused."""

import pytest

from bnsim.learn.markup import (
    Block,
    MarkupError,
    Number,
    Piece,
    blocks,
    numbers_in,
    pieces,
    prose_of,
    targets_in,
)


class TestPieces:
    def test_are_words_formulas_strong_words_and_links(self):
        assert pieces("a `x = 1` **b** *c* [d](set:epsilon).") == (
            Piece("", "a "),
            Piece("code", "x = 1"),
            Piece("", " "),
            Piece("strong", inside=(Piece("", "b"),)),
            Piece("", " "),
            Piece("stressed", inside=(Piece("", "c"),)),
            Piece("", " "),
            Piece("link", "d", "set:epsilon"),
            Piece("", "."),
        )

    @pytest.mark.parametrize(
        ("written", "number"),
        [
            ("{std}", Number("std")),
            ("{=std}", Number("std", change=True)),
            ("{share:%}", Number("share", "%")),
            ("{pair.x_hat:3}", Number("x_hat", "3", "pair")),
        ],
    )
    def test_are_numbers(self, written, number):
        assert pieces(written) == (Piece("number", number=number),)

    def test_inside_strong_words_are_pieces_too(self):
        assert list(numbers_in(blocks("**it is {y}**"))) == [Number("y")]

    def test_stars_around_blanks_are_no_stress(self):
        assert pieces("2 * 3 * 4") == (Piece("", "2 * 3 * 4"),)

    @pytest.mark.parametrize(
        ("text", "sign"), [("a {std", "{"), ("a } b", "}"), ("`x", "`"), ("**a", "**"), ("[a](b c)", "](")]
    )
    def test_that_are_not_closed_are_refused(self, text, sign):
        with pytest.raises(MarkupError) as error:
            blocks(text)

        assert str(error.value) == (f"{sign} must be part of a number, code, strong words or a link; got {text!r}.")


class TestBlocks:
    def test_are_headings_paragraphs_lists_tables_and_code(self):
        found = blocks(
            "## A\n\nb\nc\n\n- d\n- e\n  f\n\n| g | h |\n| --- | --- |\n| i | j |\n\n```python\nk\n\nl\n```\n"
        )

        assert [block.kind for block in found] == ["h2", "p", "ul", "table", "code"]
        assert found[1] == Block("p", (((Piece("", "b c"),),),))
        assert found[2].lines == (((Piece("", "d"),),), ((Piece("", "e f"),),))
        assert found[3].lines == (
            ((Piece("", "g"),), (Piece("", "h"),)),
            ((Piece("", "i"),), (Piece("", "j"),)),
        )
        assert found[4] == Block("code", words="k\n\nl", language="python")

    @pytest.mark.parametrize("heading", ["# a", "#### a"])
    def test_of_another_level_are_refused(self, heading):
        with pytest.raises(MarkupError) as error:
            blocks(heading)

        assert str(error.value) == f"a heading must begin with ## or ###; got {heading!r}."

    def test_code_without_an_end_is_refused(self):
        with pytest.raises(MarkupError) as error:
            blocks("```python\nx")

        assert str(error.value) == "code must end with ```; got '```python' without an end."

    def test_have_their_links_and_their_prose(self):
        found = blocks("see [one](set:a) and `2`\n\n```\n3\n```\n\n- [four](set:b) {five}")

        assert list(targets_in(found)) == ["set:a", "set:b"]
        assert prose_of(found).split() == ["see", "one", "and", "four"]
