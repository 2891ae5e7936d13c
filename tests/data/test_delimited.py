import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnsim.data.own import Choices, read_table
from bnsim.errors import DataError

WIDE = "Keep the ones you need; or say flat, if all its numbers are one batch."
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def table(text, encoding="utf-8"):
    return read_table(text.encode(encoding), "x.csv")


def columns(text, encoding="utf-8"):
    found = table(text, encoding)
    return {name: found.column(name).tolist() for name in found.columns}


def refusal(text):
    with pytest.raises(DataError) as error:
        table(text)
    return str(error.value)


class TestSeparator:
    @pytest.mark.parametrize("separator", [",", ";", "\t", ", "])
    def test_is_found(self, separator):
        text = "a,b\n1.5,2\n-3e2,.5\n".replace(",", separator)

        assert columns(text) == {"a": [1.5, -300], "b": [2, 0.5]}

    def test_inside_quotes_does_not_count(self):
        assert columns('"a;b",c\n1,2\n') == {"a;b": [1], "c": [2]}

    def test_is_not_needed_for_one_column(self):
        assert columns("1\n2\n3") == {"column 1": [1, 2, 3]}

    def test_blank_first_lines_do_not_matter(self):
        assert columns("\n\r\n1;2\n") == {"column 1": [1], "column 2": [2]}

    def test_after_the_last_cell_adds_no_column(self):
        assert columns("1,2,\n3,4,\n") == {"column 1": [1, 3], "column 2": [2, 4]}


class TestLines:
    @pytest.mark.parametrize("mark", ["#", "# ", "%", "//", "  #"])
    def test_of_comments_are_left_out_and_said(self, mark):
        reading = table(f"{mark}made by hand\n1.5\n{mark}again\nx\n".replace("x", "2.5")).reading()

        assert reading.values.tolist() == [1.5, 2.5]
        assert reading.told == ("2 comment lines left out",)

    def test_that_begin_like_a_comment_inside_quotes_are_kept(self):
        assert columns('"a\n# b",c\n1,2\n') == {"a # b": [1], "c": [2]}

    def test_may_name_the_separator(self):
        assert columns("sep=;\na;b\n1,5;2\n") == {"a": [1.5], "b": [2]}

    def test_of_savetxt_are_parted_by_blanks(self):
        assert columns("# a b\n 1.5e+00  2.5\n3.5 \t 4.5\n") == {"column 1": [1.5, 3.5], "column 2": [2.5, 4.5]}

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_may_be_wide(self, encoding):
        found = table("größe;b\n1,5;2\n2,5;3\n", encoding)

        assert found.column("größe").tolist() == [1.5, 2.5]
        assert found.told[0] in ("read as UTF-16", "read as UTF-32")

    def test_of_pairs_are_numbers_or_two_columns(self):
        question = (
            'x.csv must have one reading; its first line, "1,5", can be the number 1.5 with a decimal comma or the '
            "numbers 1 and 5 of two columns. Say which: decimal-comma or decimal-point."
        )
        found = table("1,5\n2,7\n3,9\n")

        with pytest.raises(DataError) as error:
            found.reading()
        assert str(error.value) == question
        assert found.reading("column 2").values.tolist() == [5, 7, 9]
        german = read_table(b"1,5\n2,7\n3,9\n", "x.csv", Choices(decimal=","))
        assert german.reading().values.tolist() == [1.5, 2.7, 3.9]


class TestHeader:
    def test_is_a_first_row_without_numbers(self):
        assert columns("height\n1.7\n") == {"height": [1.7]}

    def test_is_not_needed(self):
        assert columns("1,2\n3,4\n") == {"column 1": [1, 3], "column 2": [2, 4]}

    def test_a_first_row_with_one_number_is_data(self):
        found = table("ann,1.7\nbob,1.8\n")

        assert found.columns == ("column 2",)
        assert found.skipped == ("column 1",)

    def test_may_hold_line_breaks_in_quotes(self):
        assert columns('"height\nin m",b\n1.7,2\n') == {"height in m": [1.7], "b": [2]}

    def test_counting_from_zero_above_decimals_is_that_of_pandas(self):
        found = table("0,1\n50.25,1.5\n49.75,2.5\n51.0,3.5\n")

        assert found.column("0").tolist() == [50.25, 49.75, 51]
        assert found.reading("0").line() == (
            'x.csv: commas separate; header line used as names; column "0" taken; values 50.25, 49.75, 51.'
        )

    @pytest.mark.parametrize(("text", "first"), [("0\n1.5\n2.5\n", "0"), ("0,1\n5,7\n2,3\n", "0, 1")])
    def test_that_may_be_numbers_is_a_question(self, text, first):
        assert refusal(text) == (
            f"x.csv must have one reading; its first line, {first}, can hold names of columns or numbers. "
            "Say which: header or no-header."
        )
        assert len(read_table(text.encode(), "x.csv", Choices(header=True)).column(0)) == text.count("\n") - 1
        assert len(read_table(text.encode(), "x.csv", Choices(header=False)).column(0)) == text.count("\n")

    def test_may_hold_numbers_beside_text(self):
        assert columns("act,2020\n1.5,3\n2.5,4\n") == {"act": [1.5, 2.5], "2020": [3, 4]}

    def test_a_row_of_units_below_is_left_out_and_said(self):
        assert table("act,t\n(mV),s\n1.5,1\n2.5,2\n").reading("act").told[1:] == (
            "header line used as names",
            "line 2 left out as units",
            'column "act" taken',
        )

    def test_alone_is_refused(self):
        assert refusal("a,b\n") == 'x.csv must have a column of numbers; only text was found in "a", "b".'


class TestNumbers:
    def test_decimal_comma_between_semicolons(self):
        assert columns("a;b\n1,5;-2,25e1\n2.5;3\n") == {"a": [1.5, 2.5], "b": [-22.5, 3]}

    @pytest.mark.parametrize(
        ("cells", "values"),
        [
            ("2,5;\n1.234,5;\n", [2.5, 1234.5]),
            ("1\n1_000\n", [1, 1000]),
            ("1'234.50\n-2’345.00\n", [1234.5, -2345]),
            ("1\u00a0234,5\n2\u202f345,6\n", [1234.5, 2345.6]),
            ('"1,234.5"\n"999.0"\n', [1234.5, 999]),
            ('"1,00,000.5"\n"12,34,567"\n', [100000.5, 1234567]),
            ('"1.234.567"\n"2,5"\n', [1234567, 2.5]),
            ("1,5\n2\n3,9\n", [1.5, 2, 3.9]),
        ],
    )
    def test_of_other_countries_are_read_where_they_have_one_reading(self, cells, values):
        assert columns(cells) == {"column 1": values}

    def test_that_have_two_readings_are_refused_with_both(self):
        assert refusal("a\n1,234\n2,345\n") == (
            "column \"a\" of x.csv must have one reading; line 2, '1,234', can be 1234 with a decimal point or 1.234 "
            "with a decimal comma. Say which: decimal-comma or decimal-point."
        )
        assert refusal("1 234,5\n2 345,6\n") == (
            'x.csv must have one reading; in the line "1 234,5" blanks can group digits or separate columns. '
            "Leave out the blanks that group digits."
        )

    def test_are_read_as_somebody_says(self):
        for sign, values in ((".", [1234, 2345]), (",", [1.234, 2.345])):
            found = read_table(b"a\n1,234\n2,345\n", "x.csv", Choices(decimal=sign))

            assert found.column("a").tolist() == values
        assert read_table(b"a\n1.234\n", "x.csv", Choices(decimal=",")).column("a").tolist() == [1234]

    def test_other_columns_make_the_decimal_sign_sure(self):
        assert columns("a;b\n1,234;2.5\n") == {"a": [1234], "b": [2.5]}
        with pytest.raises(DataError) as error:
            table("a;b\n1.234;2,5\n").column("a")
        assert str(error.value) == (
            'column "a" of x.csv must have one reading; "1.234" can be 1.234 with a decimal point or 1234 with a '
            "decimal comma. Say which: decimal-comma or decimal-point."
        )

    @pytest.mark.parametrize(
        ("cell", "sentence"),
        [
            ("12%", "'12%'. Write it without the sign: it can be a number of percent or a share of one."),
            ("0x1f", "'0x1f'. Write it as a decimal number."),
            ("inf", "'inf'."),
        ],
    )
    def test_that_are_none_yet_are_refused_with_a_way_out(self, cell, sentence):
        assert refusal(f"a\n{cell}\n2\n") == f'column "a" of x.csv must hold finite numbers; line 2 is {sentence}'

    def test_typographic_minus_is_a_minus(self):
        assert columns("−1.5\n2\n") == {"column 1": [-1.5, 2]}

    def test_may_be_in_quotes_and_among_spaces(self):
        assert columns('"1", 2 \n 3,"4"\n') == {"column 1": [1, 3], "column 2": [2, 4]}

    def test_one_value_is_a_batch(self):
        assert columns("7") == {"column 1": [7]}

    def test_all_equal_is_a_batch(self):
        assert columns("2\n2\n2\n") == {"column 1": [2, 2, 2]}

    @pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999"])
    def test_what_is_not_finite_is_refused_with_its_line(self, cell):
        assert refusal(f"a\n1\n\n{cell}\n2\n") == f'column "a" of x.csv must hold finite numbers; line 4 is {cell!r}.'

    @pytest.mark.parametrize("cell", ["nan", "NaN", "NA", "?", "null", "#N/A"])
    def test_what_is_missing_is_refused_with_its_line_or_left_out(self, cell):
        text = f"a,b\n1,2\n\n{cell},3\n2,4\n"

        with pytest.raises(DataError) as error:
            table(text).column("a")
        assert str(error.value) == (
            f'column "a" of x.csv must hold finite numbers; line 4 is {cell!r}. '
            "To leave out what is missing, say leave-out."
        )
        reading = read_table(text.encode(), "x.csv", Choices(leave_out=True)).reading("a")
        assert reading.values.tolist() == [1, 2]
        assert reading.told[-1] == "1 missing cell left out"

    def test_a_long_cell_is_cut(self):
        assert refusal("1\n2" + "x" * 90) == f"column 1 of x.csv must hold finite numbers; line 2 is '2{'x' * 38}…'."

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=20), st.sampled_from(",;\t"), st.booleans())
    def test_are_read_exactly(self, rows, separator, comma):
        stream = io.StringIO()
        csv.writer(stream, delimiter=separator).writerows([("a", "b"), *rows])
        text = stream.getvalue().replace(".", ",") if comma and separator == ";" else stream.getvalue()

        assert columns(text) == {"a": [a for a, _ in rows], "b": [b for _, b in rows]}


class TestText:
    def test_may_start_with_a_byte_order_mark(self):
        assert columns("a\n1\n", "utf-8-sig") == {"a": [1]}

    def test_may_be_latin_1(self):
        assert columns("größe\n1\n", "latin-1") == {"größe": [1]}

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_lines_end_as_on_any_system(self, end):
        assert columns(f"a{end}1{end}2{end}") == {"a": [1, 2]}

    @pytest.mark.parametrize("text", ["", "\n\n", " \n\t\n", ",,\n,,\n", "\ufeff"])
    def test_without_anything_is_refused(self, text):
        assert refusal(text) == "x.csv must hold at least one number; it is empty."

    def test_without_numbers_is_refused(self):
        assert refusal("a\nb\nc\n") == 'x.csv must have a column of numbers; only text was found in "a".'

    def test_an_open_quote_is_refused(self):
        assert refusal('1\n"2\n') == "x.csv must be a table of numbers; line 2 is damaged (unexpected end of data)."


class TestShape:
    def test_rows_of_different_length_are_refused_with_their_lines(self):
        assert refusal("1,2\n3\n4,5,6\n") == (
            "x.csv must have 2 cells on every line, as line 1 has; line 2 has 1, line 3 has 3."
        )

    def test_many_such_rows_are_counted(self):
        assert refusal("1,2\n" + "3\n" * 9) == (
            "x.csv must have 2 cells on every line, as line 1 has; "
            "line 2 has 1, line 3 has 1, line 4 has 1 and 6 more lines differ."
        )

    def test_a_thousand_columns_and_no_more(self):
        row = ",".join(["1"] * 1000)

        assert len(table(row).columns) == 1000
        assert refusal(row + ",1") == "x.csv must have at most 1000 columns; got 1001. " + WIDE

    def test_a_million_rows_and_no_more(self):
        text = "a\n" + "1\n" * 1_000_000

        assert table(text).column("a").shape == (1_000_000,)
        assert refusal(text + "1\n") == "x.csv must have at most 1000000 rows; got more. Keep fewer rows."
        assert refusal("1\n" * 1_000_001) == "x.csv must have at most 1000000 rows; got more. Keep fewer rows."
