import numpy as np
import pytest

from bnsim.data.own import read_table
from bnsim.data.table import unique_names
from bnsim.errors import DataError

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
        assert refusal("weight") == 'column "weight" of people.csv must hold finite numbers; line 3 is empty.'

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
            'column "a" of x.csv must hold finite numbers; line 3 is empty.',
            'column "b" of x.csv must hold finite numbers; line 2 is empty.',
        )

    def test_after_twenty_they_are_counted(self):
        with pytest.raises(DataError) as error:
            read_table(b",".join([b"nan"] * 30), "x.csv")

        assert len(error.value.problems) == 21
        assert error.value.problems[-1] == "and 10 more problems."
