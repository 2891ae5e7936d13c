"""Reading the shipped scenario sets checks what they say; it runs nothing and prepares nothing to run."""

import sys
from pathlib import Path

import pytest

import bnsim
from bnsim.experiments import all_experiments, params_of
from bnsim.scenario.library import Library

HOUSE = Path(bnsim.__file__).parent


@pytest.fixture(scope="module")
def called():
    """Return every function of ours that reading the sets calls: module and name."""
    all_experiments()
    found = set()

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(str(HOUSE)):
            module = Path(frame.f_code.co_filename).relative_to(HOUSE).with_suffix("").as_posix()
            found.add((module, frame.f_code.co_name))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        library = Library.open(params_of)
    finally:
        sys.setprofile(before)
    assert len(library.sets) >= 25
    assert library.problems == ()
    return found


class TestReadingTheSets:
    def test_runs_no_experiment(self, called):
        parts = {"model", "tables", "statements", "figures", "charts", "simulation"}

        assert {
            module for module, _ in called if module.split("/")[0] == "experiments" and module.split("/")[-1] in parts
        } == set()

    def test_computes_nothing_with_the_engine(self, called):
        described = {"engine/networks/settings", "engine/networks/structure", "engine/networks/initialization"}

        assert {module for module, _ in called if module.startswith("engine/")} <= described

    def test_does_not_take_slow_work_apart(self, called):
        assert {name for module, name in called if module == "experiments/training/parts"} >= {"costliest"}
        assert ("experiments/training/parts", "parts") not in called
