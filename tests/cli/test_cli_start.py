"""A command imports what it needs and nothing else: no heavy library, and no other experiment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIOS = str(Path(__file__).parents[2] / "scenarios")
HEAVY = ("streamlit", "altair", "pandas", "pydantic", "distributed")
HELP = (("--help",), ("run", "--help"))
OF_ONE_EXPERIMENT = (("run", "transform"), ("run", "transform", "--format", "json"))
OF_ALL_EXPERIMENTS = (("list",), ("list", "training"), ("check", SCENARIOS))
LINE = "imported so far: "


def imported(*commands: tuple[str, ...]) -> dict[tuple[str, ...], set[str]]:
    """Return the modules that a new Python has imported after each of some commands, given one after the other.

    The first of them, (), is none: what is there once the command line has been imported.
    """
    say = f"print({LINE!r} + json.dumps(sorted(sys.modules)))"
    lines = ["import json, sys", "from bnsim.cli import main", say]
    for command in commands:
        lines += [f"main({list(command)!r}, standalone_mode=False)", say]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    found = [set(json.loads(line[len(LINE) :])) for line in done.stdout.splitlines() if line.startswith(LINE)]
    return dict(zip(((), *commands), found, strict=True))


@pytest.fixture(scope="module")
def after():
    """What was imported after each command: those that need least come first, so that each sees only its own."""
    return imported(*HELP, *OF_ONE_EXPERIMENT) | imported(*OF_ALL_EXPERIMENTS)


def experiments_in(modules: set[str]) -> set[str]:
    return {name.split(".")[2] for name in modules if name.startswith("bnsim.experiments.")}


class TestStart:
    @pytest.mark.parametrize("arguments", [(), *HELP])
    def test_help_imports_no_experiment_and_nothing_heavy(self, after, arguments):
        assert after[arguments] & set(HEAVY) == set()
        assert experiments_in(after[arguments]) == set()

    def test_numbers_of_one_experiment_need_neither_tables_nor_pictures_nor_other_experiments(self, after):
        found = after["run", "transform"]

        assert found & {"streamlit", "altair", "pandas", "distributed"} == set()
        assert experiments_in(found) == {"transform"}

    def test_tables_need_no_pictures(self, after):
        found = after["run", "transform", "--format", "json"]

        assert found & {"streamlit", "altair"} == set()
        assert experiments_in(found) == {"transform"}

    @pytest.mark.parametrize("arguments", OF_ALL_EXPERIMENTS)
    def test_names_parameters_and_scenario_files_of_all_experiments_need_neither_tables_nor_pictures(
        self, after, arguments
    ):
        assert after[arguments] & {"streamlit", "altair", "pandas"} == set()
