"""A command imports what it needs and nothing else: no heavy library, and no other experiment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIOS = str(Path(__file__).parents[2] / "scenarios")
HEAVY = ("streamlit", "altair", "pandas", "pydantic", "distributed")


def imported(code: str) -> set[str]:
    """Return the names of the modules that a new Python has imported after some code."""
    listed = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def experiments_in(modules: set[str]) -> set[str]:
    return {name.split(".")[2] for name in modules if name.startswith("bnsim.experiments.")}


def command(*arguments: str) -> str:
    return f"from bnsim.cli import main\nmain({list(arguments)!r}, standalone_mode=False)"


class TestStart:
    @pytest.mark.parametrize("code", ["import bnsim.cli", command("--help"), command("run", "--help")])
    def test_help_imports_no_experiment_and_nothing_heavy(self, code):
        found = imported(code)

        assert found & set(HEAVY) == set()
        assert experiments_in(found) == set()

    def test_numbers_of_one_experiment_need_neither_tables_nor_pictures_nor_other_experiments(self):
        found = imported(command("run", "transform"))

        assert found & {"streamlit", "altair", "pandas", "distributed"} == set()
        assert experiments_in(found) == {"transform"}

    def test_tables_need_no_pictures(self):
        found = imported(command("run", "transform", "--format", "json"))

        assert found & {"streamlit", "altair"} == set()
        assert experiments_in(found) == {"transform"}

    @pytest.mark.parametrize("arguments", [("list",), ("list", "training"), ("check", SCENARIOS)])
    def test_names_parameters_and_scenario_files_of_all_experiments_need_neither_tables_nor_pictures(self, arguments):
        found = imported(command(*arguments))

        assert found & {"streamlit", "altair", "pandas"} == set()
