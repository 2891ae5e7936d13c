"""What a person asks for in words: an experiment, a file or a set, with settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bnsim import load
from bnsim.compare.view import View
from bnsim.errors import InputError
from bnsim.experiment import Experiment
from bnsim.experiments import all_experiments, find, params_of, slugs
from bnsim.scenario import toml
from bnsim.scenario.files import exists, write_file
from bnsim.scenario.library import Library
from bnsim.scenario.params import Params
from bnsim.scenario.points import Sweep, sweep_of
from bnsim.scenario.scenario import Scenario, ScenarioSet, readouts_problems
from bnsim.scenario.set_link import in_address
from bnsim.scenario.values import Values
from bnsim.scenario.wording import refuse, shown, shown_name, unknown


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


def requested_sweep(
    target: str, asked: Sequence[str], settings: Sequence[str] = (), readouts: Sequence[str] = ()
) -> tuple[Sweep, Target]:
    """Return a sweep of an experiment, and its points as what is asked for.

    Parameters
    ----------
    target : str
        Slug of an experiment.
    asked : sequence of str
        ``name=values``: what is varied.
    settings : sequence of str
        ``name=value``: what all points share.
    readouts : sequence of str
        Keys of what the sweep is about; without any the experiment's headline.

    Raises
    ------
    InputError
        If there is no such experiment, or something cannot be used; with every problem at once.
    """
    experiment = find(target)
    problems, told = list[str](), list[str]()
    varied = _pairs(asked, "--vary", "name=values", problems)
    changes = _pairs(settings, "--set", "name=value", problems)
    both = [name for name in changes if name in varied]
    problems += [f"{name} must be varied or set; got both." for name in both]
    problems += readouts_problems(readouts, experiment.params.readouts())
    # A pair that could not be read was varied all the same: that nothing is would be no news.
    if varied or not asked:
        typed = typed_settings(experiment.params, {n: text for n, text in changes.items() if n not in both}, told)
        sweep = sweep_of(experiment.params, typed, list(varied.items()), problems)
        scenarios = sweep.scenarios(target, experiment.title, readouts)
        return sweep, Target(scenarios, target, (*changes, *varied), (*told, *sweep.told))
    raise InputError(*problems)


def save_set(scenarios: ScenarioSet, path: Path) -> None:
    """Write scenarios as a file.

    Raises
    ------
    InputError
        If the file's name is not that of a scenario file, or it cannot be written.
    """
    if path.suffix != ".toml":
        raise InputError(f"--save must name a file that ends in .toml; got {shown(str(path))}.")
    write_file(path, toml.write(scenarios).encode())


def single(experiment: Experiment, changes: Mapping[str, str], told: list[str] | None = None) -> ScenarioSet:
    """Return the set of one scenario that runs an experiment; what was guessed goes to `told`."""
    params = changed_params(experiment.params(), changes, told)
    scenario = Scenario(experiment.slug, "custom" if changes else "default", params)
    return ScenarioSet(experiment.slug, experiment.title, (scenario,), question=experiment.question)


def parse_settings(settings: Iterable[str]) -> dict[str, str]:
    """Return ``name=value`` settings by name, each at most once."""
    problems: list[str] = []
    found = _pairs(settings, "--set", "name=value", problems)
    refuse(InputError, problems)
    return found


def _pairs(given: Iterable[str], option: str, form: str, problems: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            problems.append(f"{option} must be {form}; got {shown(text)}.")
        elif name in found:
            verb = "set" if option == "--set" else "varied"
            problems.append(f"{shown_name(name)} must be {verb} once; got it twice.")
        else:
            found[name] = value
    return found


def changed_params(params: Params, changes: Mapping[str, str], told: list[str] | None = None) -> Params:
    """Return checked parameters with some of them read from text; what was guessed goes to `told`."""
    return params.replace(**typed_settings(type(params), changes, told))


def typed_settings(
    params: type[Params], changes: Mapping[str, str], told: list[str] | None = None
) -> dict[str, object]:
    """Return settings as the parameters read them from text; what was guessed goes to `told`."""
    controls = params.controls()
    typed: dict[str, object] = dict(changes)
    for name, text in changes.items():
        if name in controls:
            if controls[name].kind == "values":
                # Imported here: most who run something have no numbers of their own.
                from bnsim.cli.own_file import own_reading

                reading = own_reading(text)
                typed[name] = Values(reading.values)
                if told is not None and (reading.told or reading.name):
                    told.append(reading.line())
            else:
                typed[name] = controls[name].read(text)
                if told is not None:
                    told += controls[name].told(text)
    return typed
