"""Scenario files: strict when read, with every problem at once; canonical when written."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import tomli_w

from bnsim.errors import InputError, ScenarioError
from bnsim.scenario.document import LARGEST_FILE as LARGEST_FILE
from bnsim.scenario.document import parsed, taken, unknown_keys
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import (
    MOST_SCENARIOS,
    Scenario,
    ScenarioSet,
    name_problems,
    names_problems,
    readouts_problems,
    scenario_problems,
    text_problems,
)
from bnsim.scenario.values import Values
from bnsim.scenario.wording import limited, refuse, shown

SCHEMA = 1
ENOUGH_PROBLEMS = 100  # after so many the next scenarios are not looked at
KEYS = ("schema", "experiment", "title", "question", "look_for", "baseline", "readouts", "params", "scenario")
SCENARIO_KEYS = ("name", "title", "note", "params")

ParamsOf = Callable[[str], type[Params]]


@dataclass(frozen=True)
class _Common:
    """What the scenarios of a file share: the good shared parameters, and the names of the bad ones."""

    params_class: type[Params] | None
    shared: dict[str, object]
    bad: frozenset[str]
    renewed: list[str]


def warned(sentence: str) -> None:
    """Say a sentence as a warning."""
    warnings.warn(sentence, stacklevel=2)


def read(
    text: str | bytes, params_of: ParamsOf, *, where: str = "scenario file", say: Callable[[str], object] = warned
) -> ScenarioSet:
    """Return the scenario set a file holds.

    Parameters
    ----------
    text : str or bytes
        The content of the file: UTF-8, at most 1 MiB.
    params_of : callable
        Gives the parameter class of an experiment by its slug; raises InputError when there is no such experiment.
    where : str
        What the file is called in messages about the file as a whole.
    say : callable
        Gets a sentence for what is read otherwise than it stands there: numbers of earlier versions that meant a word.
        By default it is a warning.

    Raises
    ------
    ScenarioError
        With every problem at once, each with the path of its key.
    """
    document = parsed(text, where)
    problems: list[str] = unknown_keys(document, KEYS, "a key of a scenario file", "")
    if type(document.get("schema")) is not int or document["schema"] != SCHEMA:
        problems.append(f"schema must be {SCHEMA}; got {shown(document.get('schema'))}.")
    experiment = taken(document, "experiment", str, problems)
    texts = {key: taken(document, key, str, problems) for key in ("title", "question", "look_for")}
    problems += text_problems(texts)
    params_class = _params_class(document.get("experiment"), params_of, problems)
    common = _common(params_class, taken(document, "params", dict, problems), problems)
    tables = taken(document, "scenario", list, problems)
    scenarios = []
    for at, table in enumerate(tables if len(tables) <= MOST_SCENARIOS else [], 1):
        if len(problems) > ENOUGH_PROBLEMS:
            *told, rest = limited(problems)
            raise ScenarioError(*told, f"{rest[:-1]}; scenario {at} and what follows were not looked at.")
        scenarios.append(_scenario(at, table, experiment, common, problems))
    baseline = taken(document, "baseline", str, problems) or None
    problems += names_problems(_names(tables), baseline)
    readouts = taken(document, "readouts", list, problems)
    problems += readouts_problems(readouts, params_class.readouts() if params_class else ())
    refuse(ScenarioError, problems)
    for sentence in dict.fromkeys(common.renewed):
        say(sentence)
    found = tuple(scenario for scenario in scenarios if scenario)
    return ScenarioSet(experiment, scenarios=found, baseline=baseline, readouts=tuple(readouts), **texts)


def write(scenario_set: ScenarioSet) -> str:
    """Return the set as the canonical text of a scenario file: reading it gives the set back.

    Raises
    ------
    ScenarioError
        If the file would be larger than may be read again.
    """
    lines, size = [], 0
    for line in _lines(scenario_set):
        lines.append(line)
        size += len(line.encode()) + 1
        if size > LARGEST_FILE:
            raise ScenarioError(
                f"a scenario file must be at most {LARGEST_FILE} bytes; this set needs more. "
                "Keep your own numbers in a data file beside it."
            )
    return "\n".join(lines) + "\n"


def _params_class(experiment: object, params_of: ParamsOf, problems: list[str]) -> type[Params] | None:
    if experiment is None:
        problems.append("experiment must be the name of an experiment; got nothing.")
        return None
    if not isinstance(experiment, str):  # said already
        return None
    if name_problems("experiment", experiment):
        problems += name_problems("experiment", experiment)
        return None
    try:
        return params_of(experiment)
    except InputError as error:
        problems += [f"experiment: {problem}" for problem in error.problems]
        return None


def _common(params_class: type[Params] | None, table: dict[str, Any], problems: list[str]) -> _Common:
    if params_class is None:
        return _Common(None, {}, frozenset(), [])
    table, renewed = params_class.renewed(table)
    found = [problem for problem in params_class.examine(table)[1] if not problem.is_rule]
    problems += [f"params.{problem.key()}: {problem.sentence}" for problem in found]
    bad = frozenset(name for problem in found for name in problem.names)
    good = {name: value for name, value in table.items() if name not in bad}
    # Long lists become Values here, once, instead of once a scenario.
    return _Common(params_class, {k: Values(v) if isinstance(v, list) else v for k, v in good.items()}, bad, [*renewed])


def _scenario(at: int, table: object, experiment: str, common: _Common, problems: list[str]) -> Scenario | None:
    """Return one scenario, or None when something is wrong with it or with what it needs."""
    if not isinstance(table, dict):
        problems.append(f"scenario {at} must be a table; got {shown(table)}.")
        return None
    path, before = _path(at, table), len(problems)
    problems += unknown_keys(table, SCENARIO_KEYS, "a key of a scenario", f"{path}: ")
    texts = {key: taken(table, key, str, problems, f"{path}: ") for key in ("title", "note")}
    problems += [f"{path}: {problem}" for problem in scenario_problems(table.get("name"), **texts)]
    own = taken(table, "params", dict, problems, f"{path}: ")
    if common.params_class is None:
        return None
    own, renewed = common.params_class.renewed(own)
    common.renewed.extend(renewed)
    params, found = common.params_class.examine({**common.shared, **own})
    # Where a shared parameter is bad, its default stands in: a rule broken by that is no news.
    told = [problem for problem in found if not (problem.is_rule and common.bad.intersection(problem.names))]
    problems += [f"{path}, params.{problem.key()}: {problem.sentence}" for problem in told]
    return None if params is None or len(problems) > before else Scenario(experiment, table["name"], params, **texts)


def _path(at: int, table: Mapping[str, Any]) -> str:
    name = table.get("name")
    return f"scenario {at}" if name_problems("name", name) else f'scenario {at} ("{name}")'


def _names(tables: list[Any]) -> list[str]:
    """Return the name of every scenario; one that has none is called by its place, which is no name."""
    names = [table.get("name") if isinstance(table, dict) else None for table in tables]
    return [f"scenario {at}" if name_problems("name", name) else str(name) for at, name in enumerate(names, 1)]


def _lines(scenario_set: ScenarioSet) -> Iterator[str]:
    first = scenario_set.scenarios[0].params
    specs = first.controls()
    differing = {name for scenario in scenario_set.scenarios for name in first.changed(scenario.params)}
    shared = [name for name in specs if name not in differing]
    own = [name for name in specs if name in differing]
    yield f"schema = {SCHEMA}"
    yield from _texts(scenario_set, ("experiment", "title", "question", "look_for", "baseline"))
    if scenario_set.readouts:
        yield f"readouts = [{', '.join(tomli_w.dumps({'_': key})[4:-1] for key in scenario_set.readouts)}]"
    shared_lines = list(pairs(first, shared))
    yield from ("", "[params]", *shared_lines) if shared_lines else ()
    for scenario in scenario_set.scenarios:
        yield from ("", "[[scenario]]")
        yield from _texts(scenario, ("name", "title", "note"))
        inline = ", ".join(pairs(scenario.params, own))
        yield from (f"params = {{ {inline} }}",) if inline else ()


def _texts(source: object, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        text = getattr(source, key)
        if text:
            yield tomli_w.dumps({key: text}, multiline_strings="\n" in text).removesuffix("\n")


def pairs(params: Params, names: list[str]) -> Iterator[str]:
    """Yield a line of a file for each of some parameters, but for numbers of one's own where there are none."""
    for name in names:
        value = getattr(params, name)
        is_empty = isinstance(value, Values) and not len(value)
        if not (is_empty and value == params.controls()[name].default):
            yield f"{name} = {_written(value)}"


def _written(value: object) -> str:
    if isinstance(value, Values):
        return f"[{', '.join(map(repr, value.tolist()))}]"
    plain = value.value if isinstance(value, Enum) else value
    return tomli_w.dumps({"_": plain}).removeprefix("_ = ").removesuffix("\n")
