import numpy as np
import pytest

from bnsim.data.own import Choices, read_table
from bnsim.data.table import unique_names
from bnsim.errors import DataError

LEAVE_OUT = " To leave out what is missing, say leave-out."
TABLE = read_table(b"who,height,weight\nann,1.7,60\nbob,1.8,\n", "people.csv")


def refusal(which, table=TABLE):
    with pytest.raises(DataError) as error:
        table.column(which)
    return str(error.value)


class TestColumn:
    def test_is_found_by_name_or_by_place(self):
        np.testing.assert_array_equal(TABLE.column("height"), [1.7, 1.8])
        assert TABLE.column(0) is TABLE.column("height")

    def test_is_float64_and_read_only(self):
        assert TABLE.column(0).dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            TABLE.column(0)[0] = 1

    def test_of_text_is_not_offered(self):
        assert TABLE.columns == ("height", "weight")
        assert TABLE.skipped == ("who",)
        assert refusal("who") == '"who" must be a column of numbers; it holds text in people.csv.'

    def test_with_a_problem_is_offered_and_refused_with_the_reason(self):
        assert refusal("weight") == (
            'column "weight" of people.csv must hold finite numbers; line 3 is empty. '
            "To leave out what is missing, say leave-out."
        )

    def test_a_near_miss_is_suggested(self):
        assert refusal("hieght") == '"hieght" is not a column of people.csv. Did you mean "height"?'

    def test_without_a_near_miss_the_columns_are_listed(self):
        assert refusal("zzz") == '"zzz" is not a column of people.csv. Its columns are "height", "weight".'

    def test_a_long_list_is_cut(self):
        wide = read_table(b"a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n", "wide.csv")

        listed = 'Its columns are "a", "b", "c", "d", "e" and 2 more.'
        assert refusal("zzz", wide) == f'"zzz" is not a column of wide.csv. {listed}'

    @pytest.mark.parametrize("place", [-1, 2])
    def test_places_count_from_zero(self, place):
        assert refusal(place) == f"column must be from 0 to 1; got {place}."


class TestReading:
    def test_a_column_that_only_counts_is_left_out_and_said(self):
        reading = read_table(b'step,act\n1,"1,234.5"\n2,"2,345.5"\n3,"999.0"\n', "x.csv").reading()

        assert reading.values.tolist() == [1234.5, 2345.5, 999]
        assert 'column "act" taken, because "step" only counts' in reading.told

    @pytest.mark.parametrize("name", ["", "Unnamed: 0", "epoch", "Wall time"])
    def test_that_of_an_index_counts(self, name):
        assert read_table(f"{name},act\n0,1.5\n1,2.5\n".encode(), "x.csv").reading().values.tolist() == [1.5, 2.5]

    def test_an_index_that_falls_does_not_count(self):
        assert read_table(b"step,act\n2,1.5\n1,2.5\n", "x.csv").offered == ("step", "act")

    def test_text_that_was_left_out_is_said(self):
        reading = read_table(b"who,act\nann,1.5\nbob,2.5\n", "x.csv").reading()

        assert reading.told[-1] == 'column "act" taken, because "who" holds text'

    def test_several_are_a_question(self):
        with pytest.raises(DataError) as error:
            read_table(b"a,b,c\n1,2,x\n2,3,y\n", "x.csv").reading()

        assert str(error.value) == 'x.csv has 2 columns of numbers; choose one (not "c", which holds text).'

    def test_one_row_may_be_one_batch(self):
        with pytest.raises(DataError) as error:
            read_table(b"1,2,3,4\n", "x.csv").reading()

        assert str(error.value) == ("x.csv has 4 columns of numbers (or say flat, if they are one batch); choose one.")
        assert read_table(b"1,2,3,4,\n", "x.csv", Choices(flat=True)).reading().values.tolist() == [1, 2, 3, 4]

    def test_a_long_row_is_one_batch_if_somebody_says_so(self):
        raw = ",".join(map(str, range(5000))).encode()

        assert read_table(raw, "x.csv", Choices(flat=True)).reading().values.tolist() == list(range(5000))


class TestChoices:
    def test_are_words(self):
        assert Choices.of_words("leave-out, decimal-comma,no-header") == Choices(False, ",", leave_out=True)

    def test_unknown_ones_are_refused_with_all(self):
        with pytest.raises(DataError) as error:
            Choices.of_words("leaveout")

        assert str(error.value) == (
            "'leaveout' must be a way to read a file: header, no-header, decimal-point, decimal-comma, leave-out, flat."
        )

    def test_must_not_contradict_each_other(self):
        with pytest.raises(DataError) as error:
            Choices.of_words("header,no-header")

        assert str(error.value) == "no-header must not contradict what stands before it; keep one of the two."


class TestNames:
    def test_blank_ones_are_numbered(self):
        assert unique_names(["a", "", " "]) == ("a", "column 2", "column 3")

    def test_repeated_ones_are_counted(self):
        assert unique_names(["x", "x", "x (2)", "x"]) == ("x", "x (2)", "x (2) (2)", "x (3)")

    def test_are_one_short_printable_line(self):
        assert unique_names(["a\nb\x00c", "y" * 99]) == ("a b c", "y" * 59 + "…")


class TestProblems:
    def test_all_are_reported_when_no_column_is_usable(self):
        with pytest.raises(DataError) as error:
            read_table(b"a,b\n1,\n,2\n", "x.csv")

        assert error.value.problems == (
            'column "a" of x.csv must hold finite numbers; line 3 is empty.' + LEAVE_OUT,
            'column "b" of x.csv must hold finite numbers; line 2 is empty.' + LEAVE_OUT,
        )

    def test_after_twenty_they_are_counted(self):
        with pytest.raises(DataError) as error:
            read_table(b",".join([b"nan"] * 30), "x.csv")

        assert len(error.value.problems) == 21
        assert error.value.problems[-1] == "and 10 more problems."
