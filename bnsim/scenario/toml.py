"""Scenario files: strict when read, with every problem at once; canonical when written."""

import re
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import tomli_w

from bnsim.errors import InputError, ScenarioError
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
from bnsim.scenario.wording import MOST_OF_A_NAME, cut, limited, refuse, shown, unknowns

SCHEMA = 1
LARGEST_FILE = 2**20  # bytes
MOST_KEYS = 20_000
"""Twice what the largest set needs; the parser takes a second for a hundred thousand."""
ENOUGH_PROBLEMS = 100  # after so many the next scenarios are not looked at
KEYS = ("schema", "experiment", "title", "question", "look_for", "baseline", "readouts", "params", "scenario")
SCENARIO_KEYS = ("name", "title", "note", "params")
KIND_IN_WORDS = {str: "text", dict: "a table", list: "one or more [[scenario]] tables"}
LIST_IN_WORDS = {"readouts": "a list of names"}
# The parser takes time and memory by the square of the number of parts in a dotted key.
LONGEST_KEY = 32  # parts
LONG_KEY = re.compile(rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){{{LONGEST_KEY}}}""")

# Python turns the digits of a number into a float by the square of their number, all at once.
LONG_NUMBER = re.compile(r"(?<![0-9_])[0-9_]{4000}")
MOST_DIFFERENT_KEYS = 2000

# What 200 scenarios with all their parameters and full notes need, several times over. The parser takes microseconds
# for each of these signs, and seconds for a file of nothing else; to count them takes no time.
MOST_SIGNS = {
    "tables and lists": (("[", "{"), 2000),
    "quotation marks": (('"', "'"), 20_000),
    "lines of comments": (("\n#",), 20_000),
    "backslashes": (("\\",), 20_000),
    "empty lines": (("\n\n", "\n\r\n"), 20_000),
    "entries that are no numbers": (("true", "false", "nan", "inf"), 20_000),
}

Text = TypeVar("Text", str, dict[str, Any], list[Any])
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
    document = _parsed(_decoded(text, where), where)
    problems: list[str] = _unknown_keys(document, KEYS, "a key of a scenario file", "")
    if type(document.get("schema")) is not int or document["schema"] != SCHEMA:
        problems.append(f"schema must be {SCHEMA}; got {shown(document.get('schema'))}.")
    experiment = _take(document, "experiment", str, problems)
    texts = {key: _take(document, key, str, problems) for key in ("title", "question", "look_for")}
    problems += text_problems(texts)
    params_class = _params_class(document.get("experiment"), params_of, problems)
    common = _common(params_class, _take(document, "params", dict, problems), problems)
    tables = _take(document, "scenario", list, problems)
    scenarios = []
    for at, table in enumerate(tables if len(tables) <= MOST_SCENARIOS else [], 1):
        if len(problems) > ENOUGH_PROBLEMS:
            *told, rest = limited(problems)
            raise ScenarioError(*told, f"{rest[:-1]}; scenario {at} and what follows were not looked at.")
        scenarios.append(_scenario(at, table, experiment, common, problems))
    baseline = _take(document, "baseline", str, problems) or None
    problems += names_problems(_names(tables), baseline)
    readouts = _take(document, "readouts", list, problems)
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


def _decoded(text: str | bytes, where: str) -> str:
    size = len(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_FILE:
        raise ScenarioError(f"{where} must be at most {LARGEST_FILE} bytes; got more.")
    try:
        return (text.decode() if isinstance(text, bytes) else text).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{where} must be UTF-8 text; byte {error.start + 1} is not.") from None


def _parsed(text: str, where: str) -> dict[str, Any]:
    if text.count("=") > MOST_KEYS:
        raise ScenarioError(f"{where} must hold at most {MOST_KEYS} keys; got more.")
    _require_few_signs(text, where)
    if LONG_NUMBER.search(text):
        raise ScenarioError(f"{where} must not hold numbers of thousands of digits.")
    if text.count(".") >= LONGEST_KEY and LONG_KEY.search(text):
        raise ScenarioError(f"{where} must not hold dotted keys of more than {LONGEST_KEY} parts.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{where} must be valid TOML: {cut(str(error), 200)}.") from None
    except RecursionError:
        raise ScenarioError(f"{where} must not nest lists or tables so deeply.") from None
    except ValueError:  # Python reads no whole number of more than some thousand digits
        raise ScenarioError(f"{where} must not hold numbers of thousands of digits.") from None


def _require_few_signs(text: str, where: str) -> None:
    for what, (signs, most) in MOST_SIGNS.items():
        if sum(map(text.count, signs)) > most:
            raise ScenarioError(f"{where} must hold at most {most} {what}; got more.")
    if len({before[-MOST_OF_A_NAME:].rpartition("\n")[2].strip() for before in text.split("=")}) > MOST_DIFFERENT_KEYS:
        raise ScenarioError(f"{where} must hold at most {MOST_DIFFERENT_KEYS} different keys; got more.")


def _unknown_keys(table: Mapping[str, Any], keys: tuple[str, ...], what: str, path: str) -> list[str]:
    odd = (key for key in table if key not in keys)
    return [f"{path}{sentence}" for sentence in unknowns(odd, what, keys, "Its keys are")]


def _take(table: Mapping[str, Any], key: str, kind: type[Text], problems: list[str], path: str = "") -> Text:
    """Return the value of a key, or an empty one when it is missing or, which is a problem, of another kind."""
    value = table.get(key, kind())
    if isinstance(value, kind):
        return value
    problems.append(f"{path}{key} must be {LIST_IN_WORDS.get(key, KIND_IN_WORDS[kind])}; got {shown(value)}.")
    return kind()


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
    problems += _unknown_keys(table, SCENARIO_KEYS, "a key of a scenario", f"{path}: ")
    texts = {key: _take(table, key, str, problems, f"{path}: ") for key in ("title", "note")}
    problems += [f"{path}: {problem}" for problem in scenario_problems(table.get("name"), **texts)]
    own = _take(table, "params", dict, problems, f"{path}: ")
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
    shared_lines = list(_pairs(first, shared))
    yield from ("", "[params]", *shared_lines) if shared_lines else ()
    for scenario in scenario_set.scenarios:
        yield from ("", "[[scenario]]")
        yield from _texts(scenario, ("name", "title", "note"))
        pairs = ", ".join(_pairs(scenario.params, own))
        yield from (f"params = {{ {pairs} }}",) if pairs else ()


def _texts(source: object, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        text = getattr(source, key)
        if text:
            yield tomli_w.dumps({key: text}, multiline_strings="\n" in text).removesuffix("\n")


def _pairs(params: Params, names: list[str]) -> Iterator[str]:
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
