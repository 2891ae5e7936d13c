"""What is made at sight and what later: columns and frames, statements, and that each is what the other says."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from shipped import at_small

from bnsim.columns import Coded, coded, columns_of, frame_of, length_of, one_row, values_listed
from bnsim.experiment import Tables
from bnsim.experiments import all_experiments
from bnsim.work.store import weight

QUICK = [slug for slug, experiment in all_experiments().items() if experiment.work is None]
WORDS = pd.Categorical(["b", "a", "b"])


def frame() -> pd.DataFrame:
    return pd.DataFrame({"kind": WORDS, "n": [1, 2, 3], "value": np.array([0.5, np.nan, np.inf], np.float32)})


class TestColumns:
    def test_of_a_frame_make_it_anew(self):
        pd.testing.assert_frame_equal(frame_of(columns_of(frame())), frame())

    def test_keep_the_type_of_their_values_and_words_their_codes(self):
        columns = columns_of(frame())

        assert columns["value"].dtype == np.float32
        assert (columns["kind"].codes.tolist(), list(columns["kind"].categories)) == ([1, 0, 1], ["a", "b"])

    def test_and_frames_are_left_as_they_are(self):
        columns, given = {"x": [1.0]}, frame()

        assert columns_of(columns) is columns
        assert frame_of(given) is given

    def test_of_one_row_hold_what_is_given_by_name(self):
        assert one_row(epoch=-1.0, norm="batch") == {"epoch": [-1.0], "norm": ["batch"]}

    def test_have_a_length(self):
        assert length_of(columns_of(frame())) == length_of(frame()) == 3
        assert length_of({"x": np.empty(0)}) == length_of({}) == 0

    @pytest.mark.parametrize(
        "column", [[1, 2], (1, 2), np.array([1, 2], np.uint8), pd.Series([1, 2]), pd.Categorical([1, 2])]
    )
    def test_are_listed_as_plain_numbers(self, column):
        listed = values_listed(column)

        assert listed == [1, 2]
        assert {type(value) for value in listed} == {int}


class TestCoded:
    COLUMN = Coded(np.array([1, 0, 1], np.int8), ("a", "b"))

    def test_has_a_value_in_each_row(self):
        assert (len(self.COLUMN), self.COLUMN[0], self.COLUMN[1], self.COLUMN.tolist()) == (
            3,
            "b",
            "a",
            ["b", "a", "b"],
        )

    @pytest.mark.parametrize("at", [np.array([True, False, True]), np.array([0, 2]), slice(None, None, 2)])
    def test_gives_some_of_its_rows(self, at):
        assert self.COLUMN[at].tolist() == ["b", "b"]

    def test_is_categorical_in_a_frame(self):
        pd.testing.assert_series_equal(frame_of({"kind": self.COLUMN})["kind"], pd.Series(WORDS, name="kind"))

    def test_of_numbers_keeps_their_type(self):
        numbers = Coded(np.array([1, 1], np.int8), np.array([0.5, 1.5], np.float32))

        assert (numbers[0], numbers.tolist()) == (1.5, [1.5, 1.5])
        assert frame_of({"x": numbers})["x"].cat.categories.dtype == np.float32

    def test_can_be_made_of_how_many_rows_each_value_has(self):
        assert coded(["a", "b", "c"], [2, 0, 1]).tolist() == ["a", "a", "c"]


class TestTables:
    def tables(self) -> tuple[Tables, list[str]]:
        """Two tables, one given as columns, one as a frame; and which have been made."""
        made: list[str] = []

        def columns(outcome: int) -> dict[str, list[int]]:
            made.append("columns")
            return {"x": [outcome]}

        def framed(outcome: int) -> pd.DataFrame:
            made.append("frame")
            return pd.DataFrame({"x": [outcome]})

        return Tables({"columns": columns, "frame": framed}, 7), made

    @pytest.mark.parametrize("name", ["columns", "frame"])
    def test_are_made_once_whichever_way_they_are_read(self, name):
        tables, made = self.tables()

        assert (tables.columns(name)["x"][0], tables[name]["x"].tolist(), tables.columns(name)["x"][0]) == (7, [7], 7)
        assert tables[name] is tables[name]
        assert made == [name]

    def test_that_are_closed_are_made_of_an_outcome_that_is_completed_once(self):
        asked = list[int]()

        def complete(outcome: int) -> int:
            asked.append(outcome)
            return outcome + 1

        makers = dict.fromkeys(("open", "closed", "closed too"), lambda outcome: {"x": [outcome]})
        tables = Tables(makers, 7, complete, ("closed", "closed too"))
        assert (tables.columns("open"), tables.completed, asked) == ({"x": [7]}, None, [])

        assert (tables.columns("closed"), tables.columns("closed too")) == ({"x": [8]}, {"x": [8]})
        assert (tables.completed, tables.complete(), asked) == (8, 8, [7])

    def test_without_such_the_outcome_is_complete(self):
        tables, _ = self.tables()

        assert tables.complete() == 7

    def test_count_a_frame_that_was_made_of_columns_besides_them(self):
        tables, _ = self.tables()
        tables.columns("columns")
        before = tables.made
        frame = tables["columns"]

        assert before == {"columns": ({"x": [7]},)}
        assert tables.made["columns"][1] is frame

    def test_count_a_frame_once_that_was_given_as_one(self):
        tables, _ = self.tables()
        before, frame = tables.made, tables["frame"]

        assert before == {}
        assert [each is frame for each in tables.made["frame"]] == [True]


def test_a_result_has_grown_when_a_frame_was_made_of_columns():
    shared = at_small("transform")
    result = type(shared).of(shared.experiment, shared.params, shared.outcome)
    result.tables.columns("state")
    before = result.parts

    assert len(result.tables["state"]) == 1
    assert result.parts == before + 1


def test_a_result_has_grown_when_frames_were_made_for_a_picture():
    shared = at_small("transform")
    result = type(shared).of(shared.experiment, shared.params, shared.outcome)
    figure = result.first_figure
    before, weighed = result.parts, weight(result.made())

    assert figure.data
    assert result.parts == before + 1
    assert weight(result.made()) > weighed


@pytest.mark.parametrize("slug", QUICK)
def test_no_frame_is_made_for_the_first_picture_of_a_quick_page(slug, monkeypatch):
    result = at_small(slug)
    fresh = type(result).of(result.experiment, result.params, result.outcome)
    made = []
    begin = pd.DataFrame.__init__
    monkeypatch.setattr(pd.DataFrame, "__init__", lambda self, *a, **k: (made.append(slug), begin(self, *a, **k))[1])

    fresh.at_sight()

    assert all(isinstance(given, Mapping) for given in fresh.first_figure.given.values())
    assert made == []


@pytest.mark.parametrize("slug", QUICK)
def test_the_data_of_every_picture_are_its_columns_as_frames(slug):
    for figure in at_small(slug).figures:
        for name, shown in figure.data.items():
            pd.testing.assert_frame_equal(shown, frame_of(figure.given[name]))


class TestStatements:
    def test_are_found_when_somebody_reads_them_and_count_then(self):
        shared = at_small("depth")
        result = type(shared).of(shared.experiment, shared.params, shared.outcome)
        result.at_sight()
        before, weighed = result.parts, weight(result.made())
        first, *others = result.readout_list
        read = [vars(each).get("statement") for each in result.readout_list]

        assert read == [None] * len(read)
        assert first.statement == next(each for each in shared.readout_list if each.key == first.key).statement
        assert result.parts == before + 1
        assert weight(result.made()) > weighed
        assert first == type(first)(first.key, first.value, first.term, "another", first.exact, first.error)
        assert [vars(each).get("statement") for each in others] == [None] * len(others)

    def test_of_a_result_that_is_kept_whole_are_all_found(self):
        shared = at_small("transform")
        result = type(shared).of(shared.experiment, shared.params, shared.outcome)
        result.everything()

        assert all(vars(each)["statement"] for each in result.readout_list)
