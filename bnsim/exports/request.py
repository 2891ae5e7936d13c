"""What a person asks for in words: an experiment, a file or a set, with settings; and the results of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bnsim import load
from bnsim.compare import run_all
from bnsim.data.own import MAX_BYTES, Table, read_table
from bnsim.errors import DataError, InputError
from bnsim.experiment import Experiment, Result
from bnsim.experiments import all_experiments, params_of
from bnsim.scenario.library import Library
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.scenario.values import Values
from bnsim.scenario.wording import refuse, shown, shown_name, unknown
from bnsim.sweep import Progress

FILE_MARK = "@"


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
    executor, progress : optional
        Who does slow work, and who hears how far it is: see `bnsim.run_many`.
    """

    scenarios: ScenarioSet
    stem: str
    given: tuple[str, ...] = ()
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
        ``name=value``, applied to every scenario. A column of numbers may be ``values=@FILE`` or
        ``values=@FILE:COLUMN``, the column by its name or its place from 1.

    Raises
    ------
    InputError
        If there is no such thing, or a setting cannot be used; with every problem at once.
    """
    changes = parse_settings(settings)
    experiment = all_experiments().get(target)
    if experiment is not None:
        return Request(single(experiment, changes), target, tuple(changes))
    found = requested_set(target, also=all_experiments())
    changed = [replace(each, params=changed_params(each.params, changes)) for each in found.scenarios]
    return Request(replace(found, scenarios=tuple(changed)), Path(target).stem, tuple(changes))


def requested_set(target: str, also: Iterable[str] = ()) -> ScenarioSet:
    """Return a scenario set from a file or by its name; `also` are names to suggest beside those of sets."""
    if target.endswith(".toml") or Path(target).exists():
        return load(target)
    library = Library.open(params_of)
    if target in library.sets:
        return library.sets[target]
    if target in all_experiments():
        raise InputError(f"{target} is an experiment; name a set of it: {', '.join(library.of(target))}.")
    names = [*also, *library.sets]
    sentence = unknown(target, "a scenario file or anything known by name", names, "Known are")
    raise InputError(sentence, *library.problems)


def single(experiment: Experiment, changes: Mapping[str, str]) -> ScenarioSet:
    """Return the set of one scenario that runs an experiment."""
    params = changed_params(experiment.params(), changes)
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


def changed_params(params: Params, changes: Mapping[str, str]) -> Params:
    """Return checked parameters with some of them read from text."""
    controls = params.controls()
    typed: dict[str, object] = dict(changes)
    for name, text in changes.items():
        if name in controls:
            own = controls[name].kind == "values" and text.startswith(FILE_MARK)
            typed[name] = Values(own_numbers(text[len(FILE_MARK) :])) if own else controls[name].read(text)
    return params.replace(**typed)


def own_numbers(text: str) -> Values:
    """Return a column of a CSV or NPY file: ``FILE``, or ``FILE:COLUMN`` with a name or a place from 1."""
    path, column = (Path(text), "") if Path(text).exists() else _split(text)
    table = _table(path)
    if not column and len(table.columns) > 1:
        example = f"{FILE_MARK}{text}:{table.columns[0]}"
        raise DataError(
            f"{table.name} has {len(table.columns)} columns of numbers; choose one, for instance {example}."
        )
    place = int(column) - 1 if column.isascii() and column.isdigit() and column not in table.columns else None
    if place is not None and 0 <= place < len(table.columns):
        return Values(table.column(place))
    return Values(table.column(column or 0))


def _split(text: str) -> tuple[Path, str]:
    path, colon, column = text.rpartition(":")
    # The colon after a drive letter is part of the path.
    return (Path(path), column) if colon and len(path) > 1 else (Path(text), "")


def _table(path: Path) -> Table:
    name = shown_name(path.name)
    try:
        with path.open("rb") as file:
            return read_table(file.read(MAX_BYTES + 1), path.name)
    except IsADirectoryError:
        raise DataError(f"{name} must be a file; it is a folder.") from None
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}.") from None
