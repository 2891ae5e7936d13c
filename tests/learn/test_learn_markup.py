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

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("1. a\n2. b", "a numbered list"),
            ("2) a", "a numbered list"),
            ("> a", "a quotation"),
            ("* a\n* b", "a list with other signs than -"),
            ("+ a", "a list with other signs than -"),
            ("   - a", "a list within a list"),
            ("- a", "a list without an empty line before it"),
            ("## a\nb", "a heading without empty lines around it"),
            ("---", "a line across"),
            ("* * *", "a list with other signs than -"),
        ],
    )
    def test_that_are_other_markdown_are_refused(self, text, what):
        within = text if not text.startswith("- ") else f"b\n{text}"
        with pytest.raises(MarkupError) as error:
            blocks(within)

        line = text.split("\n")[0]
        assert str(error.value) == f"a text must do without {what}, which is not read here; got {line!r}."

    def test_within_a_list_it_is_refused_too(self):
        with pytest.raises(MarkupError) as error:
            blocks("- a\n  - b\n- c")

        assert str(error.value) == "a text must do without a list within a list, which is not read here; got '  - b'."

    def test_images_are_refused(self):
        with pytest.raises(MarkupError) as error:
            blocks("a ![b](c.png)")

        assert str(error.value) == "a text must do without images, which are not read here; got '![b](c.png)'."

    def test_a_number_may_begin_a_sentence(self):
        assert blocks("3.5 is more than 3 - 1.")[0].kind == "p"

    @pytest.mark.parametrize("text", ["| a |", "| a |\n| b |\n| c |"])
    def test_a_table_needs_its_dashes(self, text):
        with pytest.raises(MarkupError) as error:
            blocks(text)

        assert str(error.value) == "a table must have a line of dashes under its first; got '| a |' without one."

    def test_a_row_of_another_length_is_refused(self):
        with pytest.raises(MarkupError) as error:
            blocks("| a | b |\n| - | - |\n| c |")

        assert str(error.value) == "each row of a table must have 2 cells; got '| c |'."

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
