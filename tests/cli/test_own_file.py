"""Numbers of one's own on the command line: which file, which column, read how."""

import csv

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bnsim.cli.own_file import own_reading, spelled
from bnsim.data.own import Choices, read_table
from bnsim.errors import DataError


def numbers(text: str) -> np.ndarray:
    """Return the numbers of ``FILE`` or ``FILE:COLUMN``."""
    return own_reading(f"@{text}").values


class TestOwnNumbers:
    @pytest.fixture
    def table(self, tmp_path):
        path = tmp_path / "heights.csv"
        path.write_text("name,height,weight\na,1.5,60\nb,2.5,70\n")
        return path

    def test_a_column_by_its_name(self, table):
        assert numbers(f"{table}:weight").tolist() == [60.0, 70.0]

    def test_a_column_by_its_place_among_those_of_numbers_from_one(self, table):
        assert numbers(f"{table}:1").tolist() == [1.5, 2.5]

    def test_several_columns_ask_for_a_choice(self, table):
        with pytest.raises(DataError) as error:
            numbers(str(table))

        assert str(error.value) == (
            'heights.csv has 2 columns of numbers; choose one (not "name", which holds text): '
            f"@{table}:height or @{table}:weight."
        )

    def test_an_unknown_column_is_refused_with_the_nearest(self, table):
        with pytest.raises(DataError) as error:
            numbers(f"{table}:hight")

        assert str(error.value) == '"hight" is not a column of heights.csv. Did you mean "height"?'

    @pytest.mark.parametrize("place", ["0", "3"])
    def test_a_place_beyond_the_columns_is_no_column(self, table, place):
        with pytest.raises(DataError) as error:
            numbers(f"{table}:{place}")

        assert str(error.value) == (f'"{place}" is not a column of heights.csv. Its columns are "height", "weight".')

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.text('ab:/,=12 "', min_size=1, max_size=6), min_size=2, max_size=4), st.integers(0, 3))
    def test_the_spelling_that_is_suggested_gives_that_column(self, tmp_path, names, which):
        path = tmp_path / "odd.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([names, range(1, len(names) + 1), range(5, len(names) + 5)])
        table = read_table(path.read_bytes(), path.name, Choices(header=True))
        place = which % len(table.columns)

        reading = own_reading(f"header{spelled(str(path), table, place)}")

        assert reading.values.tolist() == table.column(place).tolist()

    def test_a_name_that_is_also_a_place_is_a_question(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text("0,1\n50.25,1.5\n49.75,2.5\n51.0,3.5\n")
        with pytest.raises(DataError) as error:
            numbers(f"{path}:1")

        assert str(error.value) == (
            'x.csv must have one column called so; "1" is the name of one and the place of another. '
            "Choose name=1 or place=1."
        )
        assert numbers(f"{path}:place=1").tolist() == [50.25, 49.75, 51]
        assert numbers(f"{path}:name=1").tolist() == [1.5, 2.5, 3.5]

    def test_a_name_with_a_colon_is_suggested_as_it_can_be_read(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text("w,bn/moving_mean:0\n1.5,2\n3,4\n")
        with pytest.raises(DataError) as error:
            numbers(str(path))

        assert str(error.value) == (
            f"x.csv has 2 columns of numbers; choose one: @{path}:w or @{path}:bn/moving_mean:0."
        )
        assert numbers(f"{path}:bn/moving_mean:0").tolist() == [2, 4]

    def test_a_suggestion_keeps_what_was_said_of_the_file(self, table):
        with pytest.raises(DataError) as error:
            own_reading(f"leave-out@{table}")

        assert str(error.value).endswith(f": leave-out@{table}:height or leave-out@{table}:weight.")

    def test_what_is_missing_is_left_out_on_request(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text("a,b\n1,\n2,3\n")
        with pytest.raises(DataError) as error:
            own_reading(f"@{path}:b")

        assert error.value.problems == (
            'column "b" of x.csv must hold finite numbers; line 2 is empty. '
            "To leave out what is missing, say leave-out.",
            "Say it before the @: values=WORD@x.csv.",
        )
        assert own_reading(f"leave-out@{path}:b").line() == (
            'x.csv: commas separate; header line used as names; column "b" taken; 1 missing cell left out; values 3.'
        )

    def test_the_only_column_needs_no_name(self, tmp_path):
        np.save(tmp_path / "x.npy", np.array([1.0, 2.0, 4.0]))

        assert numbers(str(tmp_path / "x.npy")).tolist() == [1.0, 2.0, 4.0]

    def test_a_file_whose_name_has_a_colon_is_found(self, tmp_path):
        path = tmp_path / "a:b.csv"
        path.write_text("1\n2\n")

        assert numbers(str(path)).tolist() == [1.0, 2.0]

    def test_a_missing_file_is_refused(self, tmp_path):
        with pytest.raises(DataError) as error:
            numbers(str(tmp_path / "gone.csv"))

        assert str(error.value) == "gone.csv does not exist; name a CSV, NPY or NPZ file."

    def test_a_folder_is_refused(self, tmp_path):
        with pytest.raises(DataError) as error:
            numbers(str(tmp_path))

        assert str(error.value) == f"{tmp_path.name} is a folder; name a CSV, NPY or NPZ file in it."
