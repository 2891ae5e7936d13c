import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnsim.data.own import read_table
from bnsim.errors import DataError

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

    def test_alone_is_refused(self):
        assert refusal("a,b\n") == 'x.csv must have a column of numbers; only text was found in "a", "b".'


class TestNumbers:
    def test_decimal_comma_between_semicolons(self):
        assert columns("a;b\n1,5;-2,25e1\n2.5;3\n") == {"a": [1.5, 2.5], "b": [-22.5, 3]}

    def test_thousands_separators_are_refused_rather_than_guessed(self):
        assert refusal("2,5;\n1.234,5;\n") == "column 1 of x.csv must hold finite numbers; line 2 is '1.234,5'."

    def test_underscores_are_refused(self):
        assert refusal("1\n1_000\n") == "column 1 of x.csv must hold finite numbers; line 2 is '1_000'."

    def test_typographic_minus_is_a_minus(self):
        assert columns("−1.5\n2\n") == {"column 1": [-1.5, 2]}

    def test_may_be_in_quotes_and_among_spaces(self):
        assert columns('"1", 2 \n 3,"4"\n') == {"column 1": [1, 3], "column 2": [2, 4]}

    def test_one_value_is_a_batch(self):
        assert columns("7") == {"column 1": [7]}

    def test_all_equal_is_a_batch(self):
        assert columns("2\n2\n2\n") == {"column 1": [2, 2, 2]}

    @pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "-Infinity", "1e999", "NA", "?"])
    def test_what_is_not_finite_is_refused_with_its_line(self, cell):
        assert refusal(f"a\n1\n\n{cell}\n2\n") == f'column "a" of x.csv must hold finite numbers; line 4 is {cell!r}.'

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
        assert refusal(row + ",1") == "x.csv must have at most 1000 columns; got 1001. Keep the ones you need."

    def test_a_million_rows_and_no_more(self):
        text = "a\n" + "1\n" * 1_000_000

        assert table(text).column("a").shape == (1_000_000,)
        assert refusal(text + "1\n") == "x.csv must have at most 1000000 rows; got more. Keep fewer rows."
        assert refusal("1\n" * 1_000_001) == "x.csv must have at most 1000000 rows; got more. Keep fewer rows."
