"""README and docs are true: commands are run, Python and the notebook are executed, files and rooms exist."""

import ast
import doctest
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bnsim.cli import main
from bnsim.experiments import params_of
from bnsim.learn.lesson import reader, steps
from bnsim.scenario import toml

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PATHS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")))
PAGES = {path.name: path.read_text("utf-8") for path in PATHS}
EXECUTED = [name for name, text in PAGES.items() if ">>> " in text]
CONSOLE = re.findall(r"```console\n\$ (bnsim [^\n]*)\n(.*?)```", "".join(PAGES.values()), re.DOTALL)
NOTEBOOK = json.loads((ROOT / "docs" / "batch-norm.ipynb").read_text("utf-8"))


@pytest.fixture
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("BNSIM_SCENARIOS", raising=False)


@pytest.mark.usefixtures("at_root")
class TestExamples:
    @pytest.mark.parametrize(("command", "printed"), CONSOLE, ids=[command for command, _ in CONSOLE])
    def test_a_command_prints_what_is_shown(self, command, printed):
        asked, _, typed = command.partition(" <<< ")
        result = CliRunner().invoke(main, shlex.split(asked)[1:], input=f"{typed}\n")

        assert [line.rstrip() for line in result.output.splitlines()][: printed.count("\n")] == printed.splitlines()

    @pytest.mark.parametrize("name", EXECUTED)
    def test_the_python_gives_what_is_shown(self, name):
        found = doctest.DocTestParser().get_doctest(PAGES[name].replace("```", ""), {}, name, name, 0)
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)

        assert runner.run(found).attempted >= 4
        assert runner.summarize(verbose=False).failed == 0

    def test_the_python_is_in_the_readme_the_engine_and_the_command_line(self):
        assert set(EXECUTED) == {"README.md", "engine.md", "command-line.md"}

    def test_the_scenario_file_is_one(self):
        (text,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)

        assert toml.read(text, params_of).names == ("pure-normalization",)

    def test_the_lesson_is_the_file_that_is_run(self):
        (text,) = re.findall(r"```toml\n(.*?)```", PAGES["lessons.md"], re.DOTALL)

        assert text == (ROOT / "docs/first-lesson.toml").read_text("utf-8")

    def test_every_key_of_a_lesson_is_explained(self):
        keys = {*reader.KEYS, *steps.KEYS, *steps.CHOICE_KEYS} - {"step"}

        assert [key for key in sorted(keys) if f"`{key}`" not in PAGES["lessons.md"]] == []

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


def shown_by(cell: str, names: dict[str, Any]) -> object:
    """Run a cell as a notebook does, and return what it shows: the value of its last line."""
    *statements, last = ast.parse(cell).body
    assert isinstance(last, ast.Expr), f"shows nothing: {cell}"
    exec(compile(ast.Module(statements, []), "batch-norm.ipynb", "exec"), names)
    return eval(compile(ast.Expression(last.value), "batch-norm.ipynb", "eval"), names)


def forms_of(value: object) -> set[str]:
    """Return the forms in which a notebook may show a value."""
    bundle = getattr(value, "_repr_mimebundle_", None)
    return {"text/plain"} if bundle is None else set(bundle())


@pytest.mark.usefixtures("at_root")
class TestNotebook:
    def test_runs_from_top_to_bottom_and_shows_what_it_says(self):
        cells = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
        names: dict[str, Any] = {}
        forms = [forms_of(shown_by(cell, names)) for cell in cells]

        assert [each for each in forms if len(each) > 1] == [
            {"application/vnd.vegalite.v6+json", "text/html", "text/plain"},  # a result
            {"application/vnd.vegalite.v6+json", "text/plain"},  # a picture
            {"application/vnd.vegalite.v6+json", "text/html", "text/plain"},  # a set that is run at once
            {"text/html", "text/plain"},  # one that is not
        ]
        assert names["result"].readouts["x_hat"] == pytest.approx(1.199999040001, abs=1e-12)
        assert names["table"].loc["std-0.001-gamma-std", "identity_error"] == pytest.approx(0.0019, abs=1e-5)
        assert names["alone"].y.tolist() == [[0.5, 0.25]]

    def test_stores_no_outputs(self):
        code = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]

        assert {(len(cell["outputs"]), cell["execution_count"]) for cell in code} == {(0, None)}


class TestMap:
    def test_every_file_that_is_named_exists(self):
        missing = []
        for page in set(PAGES) - {"style.md"}:  # which names files of other projects
            named = re.findall(r"`([\w.-]+/[\w./-]*(?:\.py|\.toml|\.txt|\.md|\.js|/run|/)|\w+/)`", PAGES[page])
            absent = {name for name in named if not ((ROOT / name).exists() or (ROOT / "bnsim" / name).exists())}
            missing += [(page, name) for name in absent if "NAME" not in name and "SET" not in name]

        assert missing == []

    def test_every_link_leads_somewhere(self):
        links = [(path, link) for path in PATHS for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGES[path.name])]

        assert len(links) > 10
        assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []

    def test_every_room_is_on_it(self):
        rooms = sorted(path.name for path in (ROOT / "bnsim").iterdir() if path.is_dir() and path.name[0] not in "._")

        assert [room for room in rooms if f"\n      {room}/" not in PAGES["design.md"]] == []
