"""An outcome is complete, and every word an experiment shows is in its text.toml."""

import ast
import importlib
import inspect
import json
import pkgutil
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from test_experiment_contract import plain, sized

import bnsim.engine
from bnsim.experiments import all_experiments
from bnsim.text.words import placeholders

FOUND = [experiment for experiment in all_experiments().values() if experiment.words]
EVERY = pytest.mark.parametrize("experiment", FOUND, ids=lambda experiment: experiment.slug)


def engine_functions() -> set[Any]:
    """Return every public function that is defined in the engine."""
    found: set[Any] = set()
    for module in pkgutil.walk_packages(bnsim.engine.__path__, "bnsim.engine."):
        here = importlib.import_module(module.name)
        found |= {each for name, each in vars(here).items() if inspect.isfunction(each) and not name.startswith("_")}
    return {each for each in found if each.__module__.startswith("bnsim.engine")}


@pytest.fixture
def no_engine(monkeypatch):
    """Let every public function of the engine raise, wherever it was imported."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("what is shown must have been computed by run")

    forbidden = engine_functions()
    for name, module in list(sys.modules.items()):
        if name.startswith("bnsim"):
            for attribute, value in list(vars(module).items()):
                if inspect.isfunction(value) and value in forbidden:
                    monkeypatch.setattr(module, attribute, refuse)


@EVERY
class TestOutcome:
    def test_is_complete_nothing_is_computed_by_the_engine_when_somebody_looks(self, experiment, no_engine_after):
        result = no_engine_after(experiment)

        assert result.readouts
        assert all(isinstance(note, str) for note in result.notes)
        assert all(len(frame.columns) for frame in result.tables.values())
        for figure in result.figures:
            json.dumps(figure.to_dict(), allow_nan=False)
        assert experiment.offers(result.outcome) is not None


@EVERY
def test_titles_of_groups_leave_room_for_how_many_were_changed(experiment):
    """The sidebar has room for about 30 characters in a line; beside the title stands "10 changed"."""
    groups = {spec.control.group for spec in experiment.params.controls().values()}

    assert [title for title in groups if len(title) > 20] == []


@pytest.fixture
def no_engine_after(request):
    """Return a function that runs an experiment, and leaves its result in a house without an engine."""

    def run(experiment):
        from bnsim.experiment import Result

        result = Result(experiment, sized(experiment))
        assert result.tables.complete() is not None
        request.getfixturevalue("no_engine")
        return result

    return run


def sources(experiment: Any) -> list[ast.AST]:
    """Return the syntax trees of an experiment's package, but for the parameters and the sentences that refuse them."""
    return trees(Path(inspect.getfile(experiment.params)).parent)


@cache
def trees(folder: Path) -> list[ast.AST]:
    return [ast.parse(path.read_text("utf-8")) for path in sorted(folder.glob("*.py")) if path.name != "params.py"]


def called(experiment: Any, names: set[str]) -> list[tuple[str, set[str] | None]]:
    """Return first argument and keywords of the calls of some functions; None for keywords that are not written out."""
    found: list[tuple[str, set[str] | None]] = []
    for tree in sources(experiment):
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names):
                continue
            for key in keys_of(node.args[0]):
                given = [keyword.arg for keyword in node.keywords]
                found.append((key, None if None in given else {name for name in given if name}))
    return found


def keys_of(node: ast.expr) -> list[str]:
    """Return the texts that an argument can be, where it is written out: a literal, or one of two."""
    if isinstance(node, ast.IfExp):
        return keys_of(node.body) + keys_of(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def literals(experiment: Any) -> set[str]:
    """Return every text that stands in an experiment's Python."""
    nodes = (node for tree in sources(experiment) for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@EVERY
class TestTexts:
    def test_each_readout_has_a_symbol_a_label_and_one_line_of_meaning(self, experiment):
        for key, term in experiment.terms.items():
            assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
            assert term.symbol
            assert term.label
            assert re.fullmatch(r"[A-Z0-9].*\.", term.meaning), key

    def test_no_two_readouts_share_a_label(self, experiment):
        labels = [term.label for term in experiment.terms.values()]

        assert len(set(labels)) == len(labels)

    def test_each_readout_has_its_text_and_each_text_its_readout(self, experiment):
        assert set(experiment.terms) == set(plain(experiment.slug).readouts)

    def test_each_picture_has_its_text_and_each_text_its_picture(self, experiment):
        shown = {figure.key for figure in plain(experiment.slug).figures}

        assert {key.split(".")[0] for key in experiment.words.group("figure")} == shown

    def test_notes_ask_for_the_numbers_that_they_are_given(self, experiment):
        texts = experiment.words.group("note")
        for key, given in called(experiment, {"note", "warning"}):
            assert key in texts
            assert given is None or given == placeholders(texts[key]), key

    def test_no_note_or_action_is_there_for_nothing(self, experiment):
        written = literals(experiment)

        assert set(experiment.words.group("note")) <= written
        assert set(experiment.words.group("action")) <= written

    def test_no_sentence_is_written_in_python(self, experiment):
        docs = {
            ast.get_docstring(node, clean=False)
            for tree in sources(experiment)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        }
        strings = {
            node.value.value
            for tree in sources(experiment)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        others = literals(experiment) - docs - strings - set(experiment.live.values())
        sentences = [text for text in others if text.count(" ") >= 4 and "monospace" not in text]

        assert not [text for text in sentences if not is_expression(text)]


def is_expression(text: str) -> bool:
    """Return whether a text is one of Vega's expressions, not a sentence."""
    signs = ("datum.", "state.", "_size", "[", "==", "<", "format(", " ? ", " * ")
    return any(sign in text for sign in signs) or text.startswith(" ")
