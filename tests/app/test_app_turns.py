"""The runs of all visitors take turns."""

import pytest
from streamlit.runtime.scriptrunner import ScriptRunner

from bnsim.app import turns
from bnsim.app.turns import RUN, TURNS, take_turns


@pytest.fixture
def runs(monkeypatch):
    """Return what stands for Streamlit's run; it notes whether it has the turn."""
    noted: list[bool] = []

    def run(self: object, asked: int) -> int:
        noted.append(TURNS._whose is not None)
        return asked + 1

    monkeypatch.setattr(ScriptRunner, RUN, run)
    return noted


class TestRuns:
    def test_streamlit_calls_it_as_we_think(self):
        assert callable(getattr(ScriptRunner, RUN))

    def test_each_has_its_turn_and_gives_it_away(self, runs):
        take_turns()

        assert getattr(ScriptRunner, RUN)(object(), 1) == 2
        assert runs == [True]
        assert TURNS._whose is None

    def test_asked_for_twice_each_has_one(self, runs):
        take_turns()
        once = getattr(ScriptRunner, RUN)
        take_turns()

        assert getattr(ScriptRunner, RUN) is once

    def test_where_streamlit_calls_it_otherwise_all_stays_as_it_is(self, monkeypatch):
        monkeypatch.setattr(turns, "RUN", "_of_another_name")
        take_turns()

        assert not hasattr(ScriptRunner, "_of_another_name")
