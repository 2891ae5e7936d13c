"""README is true: its commands are run, its Python is executed, its files and rooms exist."""

import doctest
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from bnsim.cli import main
from bnsim.experiments import params_of
from bnsim.scenario import toml

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CONSOLE = re.findall(r"```console\n\$ (bnsim [^\n]*)\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("BNSIM_SCENARIOS", raising=False)


@pytest.mark.usefixtures("at_root")
class TestExamples:
    @pytest.mark.parametrize(("command", "printed"), CONSOLE, ids=[command for command, _ in CONSOLE])
    def test_a_command_prints_what_is_shown(self, command, printed):
        result = CliRunner().invoke(main, shlex.split(command)[1:])

        assert [line.rstrip() for line in result.output.splitlines()][: printed.count("\n")] == printed.splitlines()

    def test_the_python_gives_what_is_shown(self):
        found = doctest.DocTestParser().get_doctest(README.replace("```", ""), {}, "README.md", "README.md", 0)
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)

        assert runner.run(found).attempted > 5
        assert runner.summarize(verbose=False).failed == 0

    def test_the_scenario_file_is_one(self):
        (text,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)

        assert toml.read(text, params_of).names == ("pure-normalization",)

    def test_every_command_is_named(self):
        assert [name for name in main.commands if f"bnsim {name}" not in README] == []


class TestStart:
    def test_the_two_commands_come_first(self):
        assert re.findall(r"^    (.*)$", README, re.MULTILINE)[:2] == [
            "pip install -e . && streamlit run streamlit_app.py",
            'pip install -e ".[test]" && pytest',
        ]

    def test_ci_runs_the_second_to_the_letter(self):
        script = (ROOT / ".ci/run").read_text("utf-8")

        assert script.splitlines()[-1] == 'pip install -e ".[test]" && pytest'

    def test_python_is_the_one_promised(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

        assert project["requires-python"] == ">=3.11"
        assert "Python 3.11 or newer" in README


class TestMap:
    def test_every_file_it_names_exists(self):
        named = re.findall(r"`([\w./-]+(?:\.py|\.toml|\.txt|\.md|\.js|/run|/))`", README)
        named += re.findall(r"\]\((docs/.*)\)", README)

        assert [name for name in named if not (ROOT / name).exists() and "NAME" not in name] == []

    def test_every_room_is_on_it(self):
        rooms = sorted(path.name for path in (ROOT / "bnsim").iterdir() if path.is_dir() and path.name[0] not in "._")

        assert [room for room in rooms if f"`bnsim/{room}/`" not in README] == []
