"""The scenarios that a step of a lesson names: one of a set that comes with bnsim, or an experiment with parameters."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bnsim.errors import InputError
from bnsim.experiments import find
from bnsim.learn.lesson.table import Table
from bnsim.learn.targets import shipped_set
from bnsim.scenario.document import taken
from bnsim.scenario.files import toml_files
from bnsim.scenario.library import folders
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import Scenario
from bnsim.scenario.wording import duration, number_text, shown

MOST_SECONDS = 30.0
"""A step may take so long on one core, about: somebody waits for it."""

AGAINST = ("scenario", "params")


def scenario_of(table: Table) -> Scenario | None:
    """Return the scenario of a step, or None, which is said."""
    if ("scenario" in table) == ("experiment" in table):
        got = "both" if "scenario" in table else "neither"
        table.say(f"scenario must be set/name, or experiment the name of an experiment; got {got}.")
        return None
    found = _named(table) if "scenario" in table else _bare(table)
    return found and _changed(found, table)


def against_of(table: Table, first: Scenario) -> Scenario | None:
    """Return the second scenario of a step; None where it has none, or a wrong one, which is said."""
    written = table.items.get("against")
    if written is None:
        return None
    if not isinstance(written, str | dict):
        table.say(f"against must be set/name, or a table with params; got {shown(written)}.")
        return None
    items = {"scenario": written} if isinstance(written, str) else written
    inner = Table(items, f"{table.path.removesuffix(': ')}, against: ", table.problems)
    inner.refuse_unknown(AGAINST, "a key of a second scenario")
    found = _named(inner) if "scenario" in inner else replace(first, name="against")
    changed = found and _changed(found, inner)
    if changed and changed.experiment != first.experiment:
        inner.say(f"it must be of the experiment of the first, {first.experiment}; got {changed.experiment}.")
        return None
    return changed


def too_slow(scenarios: tuple[Scenario, ...]) -> str:
    """Return the sentence that refuses scenarios which take too long, or ""."""
    needed = sum(map(_seconds, dict.fromkeys(scenarios)))
    if needed <= MOST_SECONDS:
        return ""
    return (
        f"what a step runs must take at most {number_text(MOST_SECONDS)} s on one core; got about {duration(needed)}. "
        "Ask for fewer steps or fewer seeds."
    )


def _seconds(scenario: Scenario) -> float:
    work = find(scenario.experiment).in_parts
    return sum(map(work.seconds, work.parts(scenario.params)))


def _named(table: Table) -> Scenario | None:
    """Return the scenario ``set/name`` of a set that comes with bnsim; without a name its baseline."""
    written = table.text("scenario", needed=True)
    chosen, _, name = written.partition("/")
    sets = [path.stem for path in toml_files(folders()[0])[0]]
    if not written or not table.known("scenario", chosen, sets, "a set that comes with bnsim", "The sets are"):
        return None
    try:
        return shipped_set(chosen).get(name) if name else shipped_set(chosen).baseline_scenario
    except InputError as error:
        table.say(*(f"scenario: {problem}" for problem in error.problems))
        return None


def _bare(table: Table) -> Scenario | None:
    slug = table.text("experiment", needed=True)
    try:
        return Scenario(slug, "scenario", find(slug).params()) if slug else None
    except InputError as error:
        table.say(*(f"experiment: {problem}" for problem in error.problems))
        return None


def _changed(scenario: Scenario, table: Table) -> Scenario | None:
    changes = taken(table.items, "params", dict, table.problems, table.path)
    params, problems = _examined(scenario.params, changes)
    table.say(*problems)
    return None if params is None else replace(scenario, params=params)


def _examined(params: Params, changes: Mapping[str, Any]) -> tuple[Params | None, list[str]]:
    same = {name: getattr(params, name) for name in params.controls()}
    found, problems = params.examine({**same, **changes})
    return found, [f"params.{problem.key()}: {problem.sentence}" for problem in problems]
