"""Large texts and files are read in another process, with the same numbers, guesses and refusals."""

import io
import time

import numpy as np
import pytest

from bnsim.app.saved.upload import read_scenarios
from bnsim.data import apart as module
from bnsim.data.apart import LARGE, apart, is_large
from bnsim.data.own import Choices, read_table
from bnsim.data.pasted import read_text
from bnsim.errors import DataError, ScenarioError


class TestApart:
    def test_numbers_and_guesses_are_the_same(self):
        text = "1,5 2,25 " * 5000

        there, here = apart(read_text, text), read_text(text)

        assert np.array_equal(there.values, here.values)
        assert (
            there.line() == here.line() == "your numbers: the comma is the decimal sign; first values 1.5, 2.25, 1.5."
        )

    def test_columns_and_what_is_wrong_with_them_are_the_same(self):
        raw = ("step,act,text,odd\n" + "1,2.5,x,nan\n" * 5000).encode()

        there, here = (read(raw, "f.csv", Choices()) for read in (lambda *given: apart(read_table, *given), read_table))

        assert there.columns == here.columns == ("step", "act", "odd")
        assert [column.problem for column in there.found] == [column.problem for column in here.found]
        assert (there.skipped, there.told) == (here.skipped, here.told)

    def test_refusals_are_the_same(self):
        with pytest.raises(DataError) as error:
            apart(read_text, "1.5 " * 20_000 + "1..5")

        assert error.value.problems == ("values must be numbers; entry 20001 is '1..5'.",)

    def test_refusals_of_several_sentences_stay_several(self):
        with pytest.raises(ScenarioError) as error:
            apart(read_scenarios, "schema = 2", "mine.toml")

        assert error.value.problems == (
            "schema must be 1; got 2.",
            "experiment must be the name of an experiment; got nothing.",
            "a scenario set must hold 1 to 200 scenarios; got 0.",
        )

    def test_scenarios_and_what_is_said_of_them_are_the_same(self):
        text = 'schema = 1\nexperiment = "train-eval"\n[[scenario]]\nname = "a"\nparams = { eps = 0.0 }\n'

        there = apart(read_scenarios, text, "mine.toml")

        assert there == read_scenarios(text, "mine.toml")
        assert there[1] == ["eps=0 is read as own, the framework's own: that is what it meant in earlier versions."]

    def test_what_takes_too_long_is_ended_and_refused(self, monkeypatch):
        monkeypatch.setattr(module, "PATIENCE", 0.01)

        with pytest.raises(DataError) as error:
            apart(read_text, "1 2")

        assert str(error.value) == (
            "the file or text must be read within half a minute; it takes longer. Keep less of it."
        )

    def test_this_process_hardly_works_meanwhile(self):
        raw = b"1,5;2,5\n" * 150_000 + b"x;x\n"

        def own_seconds(read):
            began = time.thread_time()
            with pytest.raises(DataError):
                read()
            return time.thread_time() - began

        # Measured are 2 ms and 0.4 s.
        assert own_seconds(lambda: apart(read_table, raw, "f.csv")) < own_seconds(lambda: read_table(raw, "f.csv")) / 10

    def test_what_is_large_is_more_than_can_be_read_at_once_or_any_zip(self):
        packed = io.BytesIO()
        np.savez_compressed(packed, x=np.zeros((1000, 1000)))

        assert is_large(packed.getvalue())
        assert is_large("1" * (LARGE + 1))
        assert not is_large(b"1" * LARGE)
