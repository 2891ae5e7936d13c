"""What a person asks for in words: an experiment, a file or a set, with settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bnsim import load
from bnsim.cli.own_file import own_reading
from bnsim.compare.view import View
from bnsim.errors import InputError
from bnsim.experiment import Experiment
from bnsim.experiments import all_experiments, find, params_of, slugs
from bnsim.scenario.files import exists
from bnsim.scenario.library import Library
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.scenario.set_link import in_address
from bnsim.scenario.values import Values
from bnsim.scenario.wording import refuse, shown, unknown


@dataclass(frozen=True, eq=False)
class Target:
    """What a person asked for.

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
    """

    scenarios: ScenarioSet
    stem: str
    given: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def requested(target: str, settings: Sequence[str] = ()) -> Target:
    """Return what is asked for.

    Parameters
    ----------
    target : str
        Slug of an experiment, path of a scenario file, name of a scenario set, or the link of one.
    settings : sequence of str
        ``name=value``, applied to every scenario. A column of numbers may come from a file: see `own_reading`.

    Raises
    ------
    InputError
        If there is no such thing, or a setting cannot be used; with every problem at once.
    """
    changes = parse_settings(settings)
    told: list[str] = []
    if target in slugs():
        return Target(single(find(target), changes, told), target, tuple(changes), tuple(told))
    found = requested_set(target, with_experiments=True)
    changed = [replace(each, params=changed_params(each.params, changes, told)) for each in found.scenarios]
    told = list(dict.fromkeys(told))
    stem = Path(target).stem if in_address(target) is None else found.experiment
    return Target(replace(found, scenarios=tuple(changed)), stem, tuple(changes), tuple(told))


def requested_set(target: str, *, with_experiments: bool = False) -> ScenarioSet:
    """Return a scenario set from a file, a link or by its name; experiments may be suggested beside sets."""
    if target.endswith(".toml") or exists(target) or in_address(target) is not None:
        return load(target)
    library = Library.open(params_of)
    if target in library.sets:
        return library.sets[target]
    if target in slugs():
        raise InputError(f"{target} is an experiment; name a set of it: {', '.join(library.of(target))}.")
    names = [*(all_experiments() if with_experiments else ()), *library.sets]
    sentence = unknown(target, "a scenario file or anything known by name", names, "Known are")
    raise InputError(sentence, *library.problems)


def requested_view(scenarios: ScenarioSet, options: Mapping[str, str]) -> View:
    """Return how a comparison is to be shown; options are those of a link, empty ones say nothing.

    Raises
    ------
    InputError
        If they name what is not there.
    """
    asked = {name: text for name, text in options.items() if text}
    view, problems = View.read(asked, scenarios.names, find(scenarios.experiment).terms)
    refuse(InputError, problems)
    return view


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
