"""The file of a prepared page, for what has no room in a link: strict when read, with every problem at once."""

from collections.abc import Callable, Iterator
from typing import Any

import tomli_w

from bnsim.errors import InputError, ScenarioError
from bnsim.scenario.document import parsed, taken, unknown_keys
from bnsim.scenario.params import Params
from bnsim.scenario.prepared import HIDE, LESSON, LOCK, PRESETS, START, Possible, Prepared, PreparedPage, Reader
from bnsim.scenario.toml import SCHEMA, ParamsOf, pairs, warned
from bnsim.scenario.wording import limited, refuse, shown

STARTED_WITH = "BNSIM_PREPARED"
"""The variable that names the file of the page to which the app leads who comes without a link."""

TOP = ("schema", "prepared", "params")
INSIDE = ("experiment", "hidden", "locked", "presets", "presenter", "lesson", "start")
NAMED = {HIDE: "prepared.hidden", LOCK: "prepared.locked", PRESETS: "prepared.presets",
         LESSON: "prepared.lesson", START: "prepared.start"}  # fmt: skip

PossibleOn = Callable[[str], Possible]
"""Gives what there is to prepare on the page of an experiment; on that of a lesson for ""."""


def read(
    text: str | bytes,
    params_of: ParamsOf,
    possible_on: PossibleOn,
    *,
    where: str = "prepared file",
    say: Callable[[str], object] = warned,
) -> PreparedPage:
    """Return the prepared page that a file holds.

    Parameters
    ----------
    text : str or bytes
        The content of the file: UTF-8, at most 1 MiB.
    params_of : callable
        Gives the parameter class of an experiment by its slug; raises InputError when there is no such experiment.
    possible_on : callable
        Gives what there is to prepare on the page of an experiment by its slug, on that of a lesson for "".
    where : str
        What the file is called in messages about it as a whole.
    say : callable
        Gets a sentence for what is read otherwise than it stands there, as in a scenario file. By default it is a
        warning.

    Raises
    ------
    ScenarioError
        With every problem at once, each with the path of its key.
    """
    document = parsed(text, where)
    problems = unknown_keys(document, TOP, "a key of a prepared file", "")
    if type(document.get("schema")) is not int or document["schema"] != SCHEMA:
        problems.append(f"schema must be {SCHEMA}; got {shown(document.get('schema'))}.")
    if "prepared" not in document:
        problems.append("prepared must be a table; got nothing.")
    table = taken(document, "prepared", dict, problems)
    problems += unknown_keys(table, INSIDE, "a key of a prepared page", "prepared: ")
    experiment = taken(table, "experiment", str, problems, "prepared.")
    params_class = _params_class(experiment, params_of, problems)
    params, told = _params(params_class, taken(document, "params", dict, problems), problems)
    is_known = not experiment or params_class is not None
    prepared = _prepared(table, possible_on(experiment), problems) if is_known else Prepared()
    if not experiment and not table.get("lesson"):
        problems.append("prepared must name an experiment or a lesson; got neither.")
    presenter = table.get("presenter", False)
    if not isinstance(presenter, bool):
        problems.append(f"prepared.presenter must be true or false; got {shown(presenter)}.")
    refuse(ScenarioError, problems)
    for sentence in told:
        say(sentence)
    return PreparedPage(experiment, params, prepared, presenter=presenter)


def write(page: PreparedPage) -> str:
    """Return a prepared page as the text of a file: reading it gives the page back."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: PreparedPage) -> Iterator[str]:
    prepared = page.prepared
    yield from (f"schema = {SCHEMA}", "", "[prepared]")
    inside: dict[str, Any] = {"experiment": page.experiment, "hidden": list(prepared.hidden)}
    inside |= {"locked": list(prepared.locked), "presenter": page.presenter, "lesson": prepared.lesson}
    inside = {key: value for key, value in inside.items() if value}
    if prepared.presets is not None:
        inside["presets"] = list(prepared.presets)
    if prepared.lesson:
        inside["start"] = prepared.start
    for key, value in inside.items():
        yield tomli_w.dumps({key: value}).removesuffix("\n")
    if page.params is not None:
        yield from ("", "[params]", *pairs(page.params, list(page.params.controls())))


def _params_class(experiment: str, params_of: ParamsOf, problems: list[str]) -> type[Params] | None:
    if not experiment:
        return None
    try:
        return params_of(experiment)
    except InputError as error:
        problems += [f"prepared.experiment: {problem}" for problem in error.problems]
        return None


def _params(
    params_class: type[Params] | None, table: dict[str, Any], problems: list[str]
) -> tuple[Params | None, tuple[str, ...]]:
    """Return the parameters, and what to say of how they were read."""
    if params_class is None:
        return None, ()
    meant, told = params_class.renewed(table)
    params, found = params_class.examine(meant)
    problems += [f"params.{problem.key()}: {problem.sentence}" for problem in found]
    return params, told


def _prepared(table: dict[str, Any], possible: Possible, problems: list[str]) -> Prepared:
    reader = Reader(possible, NAMED)
    names = {key: _names(table, key, problems) for key in ("hidden", "locked", "presets")}
    found = reader.prepared(
        names["hidden"], names["locked"], names["presets"] if "presets" in table else None,
        taken(table, "lesson", str, problems, "prepared."), table.get("start"),
    )  # fmt: skip
    problems += limited(reader.problems)
    return found


def _names(table: dict[str, Any], key: str, problems: list[str]) -> list[str]:
    """Return the texts of a list; what is no text is told."""
    found = taken(table, key, list, problems, "prepared.")
    odd = [each for each in found if not isinstance(each, str)]
    problems += [f"prepared.{key} must be a list of names; got {shown(each)} in it." for each in odd[:1]]
    return [each for each in found if isinstance(each, str)]
