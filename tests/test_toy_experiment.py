"""A new experiment is one new folder: its page, link, command, comparison and contract tests come by themselves."""

import inspect
import json
import sys

import pytest
import test_experiment_complete as complete
import test_experiment_contract as contract
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

import bnsim
from bnsim import experiments
from bnsim.cli import main
from bnsim.experiments import all_experiments
from bnsim.scenario import link

SLUG = "dice"
NOT_OF_A_FOLDER = ("test_the_set_to_offer_first_is_shipped",)
"""Sets of scenarios stand in a folder of their own."""

FILES = {
    "__init__.py": '''"""How far the mean of a few dice is from 3.5."""

from bnsim.experiment import Experiment, Overlay
from bnsim.experiments.dice import figures, model, params, statements, tables
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("sides", "kind", "side", "share"),
    slug="dice",
    order=5,
    params=params.DiceParams,
    run=model.run,
    readouts=statements.readouts,
    notes=statements.notes,
    tables=tables.TABLES,
    figures=figures.figures,
    headline=("dice_mean",),
    shown_tables=("sides",),
)
''',
    "params.py": '''"""How many dice are thrown."""

from bnsim.scenario.declare import seed, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of


class DiceParams(Params, words=words_of(__package__)):
    """So many dice, thrown once."""

    dice: int = whole(10, ge=1, le=1000, drag=(1, 100, 1))
    seed: int = seed()
''',
    "model.py": '''"""Throw the dice."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Outcome:
    """The mean, and how often each side came up, shape (6,)."""

    params: object
    mean: float
    counts: np.ndarray


def run(params):
    """Throw the dice once."""
    thrown = np.random.default_rng(params.seed).integers(1, 7, params.dice)
    return Outcome(params, float(thrown.mean()), np.bincount(thrown, minlength=7)[1:])
''',
    "tables.py": '''"""How often each side came up."""

import pandas as pd


def sides(o):
    """Return side, share and kind."""
    return pd.DataFrame({"side": range(1, 7), "share": o.counts / o.counts.sum(), "kind": "thrown"})


TABLES = {"sides": sides}
''',
    "statements.py": '''"""Which sentences hold of a throw."""

from bnsim.experiment import note, stated


def readouts(o):
    """Yield the mean."""
    yield stated("dice_mean", o.mean, dice=o.params.dice)


def notes(o):
    """Yield what is special about one die."""
    if o.params.dice == 1:
        yield note("one", side=o.mean)
''',
    "figures.py": '''"""How often each side came up."""

from functools import cache

import altair as alt

from bnsim.charts.template import Template, freeze
from bnsim.experiment import picture
from bnsim.text import words_of

WORDS = words_of(__package__)


@cache
def template():
    """Return the template of bars."""
    x, y = (alt.X("side:O", title=WORDS["figure.sides.axis.x"]), alt.Y("share:Q", title=WORDS["figure.sides.axis.y"]))
    tooltip = [alt.Tooltip("side:O", title=WORDS["figure.sides.axis.x"]),
               alt.Tooltip("share:Q", title=WORDS["figure.sides.axis.y"])]
    chart = alt.Chart(alt.NamedData("sides")).mark_bar().encode(x=x, y=y, tooltip=tooltip)
    return Template(freeze(chart.properties(width="container", height=200)), {"sides": ("side", "share")})


def figures(found):
    """Return the bars."""
    sides = found["sides"][["side", "share"]]
    return (picture("sides", template(), {"sides": sides}, largest=sides["share"].max()),)
''',
    "text.toml": """title = "Dice"
question = "How far is the mean of a few dice from 3.5?"
look_for = "Throw more dice: the mean comes closer to 3.5."

[params.dice]
label = "Dice"
symbol = "n"
help = "How many dice are thrown."

[readout.dice_mean]
symbol = "m"
label = "Mean of the dice"
meaning = "The sum of the sides over the number of dice."
statement = "the sum over {dice} dice"

[note]
one = "One die: the mean is its side, {side}."

[figure.sides]
title = "The sides"
caption = "How often each side came up."
alt = "Bars: the share of each side."
description = "The largest share is {largest:3}."
axis.x = "side"
axis.y = "share"

[overlay]
x = "side"
y = "share"
series.thrown = "Thrown"
""",
}


@pytest.fixture
def dice(monkeypatch, tmp_path):
    """Add the folder beside the others; everything is as it was afterwards."""
    folder = tmp_path / SLUG
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    all_experiments.cache_clear()
    yield all_experiments()[SLUG]
    all_experiments.cache_clear()
    for name in [name for name in sys.modules if name.startswith(f"bnsim.experiments.{SLUG}")]:
        del sys.modules[name]


def page() -> None:
    from bnsim.app.page import experiment_page
    from bnsim.experiments import find

    experiment_page(find("dice"))


class TestANewFolder:
    def test_is_run_from_a_notebook(self, dice):
        result = bnsim.run(SLUG, dice=1, seed=3)

        assert result.notes == (f"One die: the mean is its side, {result.readouts['dice_mean']:.0f}.",)

    def test_has_a_page(self, dice):
        at = AppTest.from_function(page, default_timeout=20).run()

        assert not at.exception
        assert "How far is the mean of a few dice from 3.5?" in "".join(str(each.proto) for each in at.get("html"))
        assert "The sides" in at.caption[0].value or any("The sides" in each.value for each in at.caption)

    def test_has_a_link(self, dice):
        params = dice.params(dice=7)

        assert link.decode(dice.params, link.encode(params)) == (params, ())

    def test_has_a_command(self, dice):
        found = CliRunner().invoke(main, ["run", SLUG, "--set", "dice=7", "--format", "json"])

        assert found.exit_code == 0, found.output
        (scenario,) = json.loads(found.stdout)["scenarios"]
        assert scenario["readouts"] == bnsim.run(SLUG, dice=7).readouts

    def test_is_compared_from_a_file(self, dice, tmp_path):
        path = tmp_path / "throws.toml"
        path.write_text(
            'schema = 1\nexperiment = "dice"\ntitle = "Throws"\n[[scenario]]\nname = "few"\nparams = { dice = 2 }\n'
            '[[scenario]]\nname = "many"\nparams = { dice = 1000 }\n',
            encoding="utf-8",
        )

        frame = bnsim.compare(bnsim.load(path))

        few, many = (bnsim.run(SLUG, dice=dice).readouts["dice_mean"] for dice in (2, 1000))
        assert frame["dice_mean"].to_dict() == {"few": few, "many": many}

    def test_is_held_to_the_contract(self, dice):
        held = []
        for tests in (
            contract.TestDeclaration,
            contract.TestReadouts,
            contract.TestRun,
            contract.TestFigures,
            complete.TestTexts,
        ):
            for name, test in inspect.getmembers(tests, inspect.isfunction):
                if list(inspect.signature(test).parameters) == ["self", "experiment"] and name not in NOT_OF_A_FOLDER:
                    test(tests(), dice)
                    held.append(name)

        assert len(held) >= 30
