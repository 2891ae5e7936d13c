"""What a person asks for in words: an experiment, a file or a set, with settings; and the results of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bnsim import load
from bnsim.data.own import MAX_BYTES, Choices, Reading, Table, read_table
from bnsim.data.pasted import read_text
from bnsim.errors import DataError, InputError
from bnsim.experiment import Experiment, Result
from bnsim.experiments import all_experiments, params_of
from bnsim.runs import run_all
from bnsim.scenario.files import exists, is_file, read_file, shown_path
from bnsim.scenario.library import Library
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.scenario.values import Values
from bnsim.scenario.wording import refuse, shown, unknown
from bnsim.work.sharing import Progress

FILE_MARK = "@"
WANTED = "CSV, NPY or NPZ file"
MOST_COLONS = 50


@dataclass(frozen=True, eq=False)
class Request:
    """Scenarios to run, and what their files are called.

    Attributes
    ----------
    scenarios : ScenarioSet
        One scenario for a bare experiment: "default", or "custom" when something is set.
    stem : str
        The beginning of file names.
    given : tuple of str
        Names of the parameters that were set.
    told : tuple of str
        What was guessed of numbers of one's own, a line for each file.
    executor, progress : optional
        Who does slow work, and who hears how far it is: see `bnsim.run_many`.
    """

    scenarios: ScenarioSet
    stem: str
    given: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    executor: Any = None
    progress: Progress | None = None

    @cached_property
    def results(self) -> dict[str, Result]:
        """The result of every scenario, by name."""
        found = run_all(self.scenarios.scenarios, executor=self.executor, progress=self.progress)
        return dict(zip(self.scenarios.names, found, strict=True))


def requested(target: str, settings: Sequence[str] = ()) -> Request:
    """Return what is asked for.

    Parameters
    ----------
    target : str
        Slug of an experiment, path of a scenario file, or name of a scenario set.
    settings : sequence of str
        ``name=value``, applied to every scenario. A column of numbers may come from a file: see `own_reading`.

    Raises
    ------
    InputError
        If there is no such thing, or a setting cannot be used; with every problem at once.
    """
    changes = parse_settings(settings)
    told: list[str] = []
    experiment = all_experiments().get(target)
    if experiment is not None:
        return Request(single(experiment, changes, told), target, tuple(changes), tuple(told))
    found = requested_set(target, also=all_experiments())
    changed = [replace(each, params=changed_params(each.params, changes, told)) for each in found.scenarios]
    told = list(dict.fromkeys(told))
    return Request(replace(found, scenarios=tuple(changed)), Path(target).stem, tuple(changes), tuple(told))


def requested_set(target: str, also: Iterable[str] = ()) -> ScenarioSet:
    """Return a scenario set from a file or by its name; `also` are names to suggest beside those of sets."""
    if target.endswith(".toml") or exists(target):
        return load(target)
    library = Library.open(params_of)
    if target in library.sets:
        return library.sets[target]
    if target in all_experiments():
        raise InputError(f"{target} is an experiment; name a set of it: {', '.join(library.of(target))}.")
    names = [*also, *library.sets]
    sentence = unknown(target, "a scenario file or anything known by name", names, "Known are")
    raise InputError(sentence, *library.problems)


def single(experiment: Experiment, changes: Mapping[str, str], told: list[str] | None = None) -> ScenarioSet:
    """Return the set of one scenario that runs an experiment; what was guessed goes to `told`."""
    params = changed_params(experiment.params(), changes, told)
    scenario = Scenario(experiment.slug, "custom" if changes else "default", params)
    return ScenarioSet(experiment.slug, experiment.title, (scenario,), question=experiment.question)


def parse_settings(settings: Iterable[str]) -> dict[str, str]:
    """Return ``name=value`` settings by name, each at most once."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for setting in settings:
        name, equals, value = setting.partition("=")
        name = name.strip()
        if not equals or not name:
            problems.append(f"--set must be name=value; got {shown(setting)}.")
        elif name in found:
            problems.append(f"{name} must be set once; got it twice.")
        else:
            found[name] = value
    refuse(InputError, problems)
    return found


def changed_params(params: Params, changes: Mapping[str, str], told: list[str] | None = None) -> Params:
    """Return checked parameters with some of them read from text; what was guessed goes to `told`."""
    controls = params.controls()
    typed: dict[str, object] = dict(changes)
    for name, text in changes.items():
        if name in controls:
            if controls[name].kind == "values":
                reading = own_reading(text)
                typed[name] = Values(reading.values)
                if told is not None and (reading.told or reading.name):
                    told.append(reading.line())
            else:
                typed[name] = controls[name].read(text)
    return params.replace(**typed)


def own_numbers(text: str) -> Values:
    """Return the numbers that `own_reading` reads from ``FILE`` or ``FILE:COLUMN``."""
    return Values(own_reading(f"{FILE_MARK}{text}").values)


def own_reading(text: str) -> Reading:
    """Return numbers of one's own with all that was guessed.

    Parameters
    ----------
    text : str
        The numbers themselves, or ``@FILE``, or ``@FILE:COLUMN`` with the name of a column or its place from 1 among
        those of numbers (``name=2`` and ``place=2`` say which is meant). Before the ``@`` may stand how to read the
        file, between commas: ``leave-out``, ``header``, ``no-header``, ``decimal-comma``, ``decimal-point``, ``flat``.

    Raises
    ------
    DataError
        If the file cannot be read, has two readings, or has no such column.
    """
    how, mark, named = text.partition(FILE_MARK)
    if not mark or not re.fullmatch("[a-z, -]*", how):
        return read_text(text)
    path, column = _split(named)
    try:
        table = read_table(read_file(path, MAX_BYTES, what=WANTED, error=DataError), path.name, Choices.of_words(how))
        return table.reading(_which(table, column)) if column else _only(table, named, how)
    except DataError as error:
        asks = any(re.search(r"\b[Ss]ay ", problem) for problem in error.problems)
        hint = f"Say it before the {FILE_MARK}: values=WORD{FILE_MARK}{shown_path(path.name)}."
        raise DataError(*error.problems, *((hint,) if asks else ())) from None


def spelled(path: str, table: Table, place: int) -> str:
    """Return the shortest ``@FILE:COLUMN`` that names the column of that place in the table."""
    name = table.columns[place]
    for column in (name, f"name={name}", f"place={place + 1}"):
        text = f"{path}:{column}"
        if _split(text) == (Path(path), column) and _place(table, column) == place:
            return f"{FILE_MARK}{text}"
    return f"{FILE_MARK}FILE:place={place + 1} after giving the file a name without a colon"


def _only(table: Table, path: str, how: str) -> Reading:
    try:
        return table.reading()
    except DataError as error:
        if table.question or len(table.offered) < 2:
            raise
        places = [table.columns.index(name) for name in table.offered[:3]]
        ways = " or ".join(f"{how}{spelled(path, table, place)}" for place in places)
        more = f" and {len(table.offered) - 3} more" if len(table.offered) > 3 else ""
        raise DataError(f"{str(error).removesuffix('.')}: {ways}{more}.") from None


def _which(table: Table, column: str) -> str | int:
    place = _place(table, column)
    if place is None:
        raise DataError(
            f'{table.name} must have one column called so; "{column}" is the name of one and the place of another. '
            f"Choose name={column} or place={column}."
        )
    return column.removeprefix("name=") if place < 0 else place


def _place(table: Table, column: str) -> int | None:
    """Return the place of a column from 0; -1 if there is none; None if one is called so and another stands there."""
    kind, equals, rest = column.partition("=")
    if equals and kind in ("name", "place"):
        by_name = rest if kind == "name" else ""
        by_place = rest if kind == "place" else ""
    else:
        by_name = by_place = column
    named = table.columns.index(by_name) if by_name in table.columns else -1
    counted = (
        by_place.isascii() and by_place.isdigit() and len(by_place) < 9 and 0 < int(by_place) <= len(table.columns)
    )
    placed = int(by_place) - 1 if counted else -1
    if named >= 0 and placed >= 0 and named != placed:
        return None
    return max(named, placed)


def _split(text: str) -> tuple[Path, str]:
    """Return the file and the column: the longest beginning that is a file; else all before the last colon."""
    if is_file(text):
        return Path(text), ""
    colons = [match.start() for match in re.finditer(":", text)][:MOST_COLONS]
    for at in reversed(colons):
        if is_file(text[:at]):
            return Path(text[:at]), text[at + 1 :]
    path, colon, column = text.rpartition(":")
    # The colon after a drive letter is part of the path.
    return (Path(path), column) if colon and len(path) > 1 else (Path(text), "")
