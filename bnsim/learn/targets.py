"""Where the links of a text lead: written ``kind:name``, they become a page of the app and its query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bnsim.claims import read_ledger
from bnsim.errors import InputError
from bnsim.experiments import find, params_of
from bnsim.once import once
from bnsim.scenario import link
from bnsim.scenario.files import toml_files
from bnsim.scenario.library import folders, load
from bnsim.scenario.scenario import Scenario, ScenarioSet

FILE = ".toml"


class TargetError(RuntimeError):
    """A link that leads nowhere: a fault of ours, said loudly."""


@dataclass(frozen=True)
class Target:
    """A page of the app by its name, and the query it opens with."""

    page: str
    query: Mapping[str, str] = field(default_factory=dict)


@once
def shipped_set(name: str) -> ScenarioSet:
    """Return a scenario set that comes with bnsim; TargetError if there is none of that name."""
    path = folders()[0] / f"{name}{FILE}"
    if not name.replace("-", "").isalnum() or not path.is_file():
        raise TargetError(f"{name} is not a set of scenarios.")
    return load(path, params_of)


def scenario_of(name: str) -> Scenario:
    """Return the scenario ``set/name``, or the baseline of a set."""
    chosen, _, scenario = name.partition("/")
    found = shipped_set(chosen)
    if not scenario:
        return found.baseline_scenario
    named = {each.name: each for each in found.scenarios}
    if scenario not in named:
        raise TargetError(f"{scenario} is not a scenario of {chosen}.")
    return named[scenario]


def target_of(written: str) -> Target:
    """Return where a link leads.

    Parameters
    ----------
    written : str
        ``text:NAME`` another text, ``glossary:NAME`` a term, ``experiment:SLUG``, ``set:NAME`` or ``set:NAME/SCENARIO``
        a scenario on its page, ``compare:NAME`` a whole set side by side, ``claim:ID`` a claim with
        its checks, ``lesson:NAME`` a lesson.

    Raises
    ------
    TargetError
        If it is of no such kind, or there is no such thing.
    """
    kind, _, name = written.partition(":")
    if kind not in KINDS:
        raise TargetError(f"{written} must begin with one of {', '.join(KINDS)}.")
    return KINDS[kind](name)


def _scenario(name: str) -> Target:
    scenario = scenario_of(name)
    return Target(scenario.experiment, link.encode(scenario.params))


def _experiment(slug: str) -> Target:
    try:
        find(slug)
    except InputError as error:
        raise TargetError(str(error)) from None
    return Target(slug)


def _compared(name: str) -> Target:
    shipped_set(name)
    return Target("compare", {"set": name})


def _claim(name: str) -> Target:
    if name not in {claim.id for claim in read_ledger()}:
        raise TargetError(f"{name} is not a claim of the ledger.")
    return Target("claims", {"claim": name})


def _text(name: str) -> Target:
    from bnsim.learn.reader import names

    if name not in names():
        raise TargetError(f"{name} is not a text.")
    return Target("learn", {"page": name})


def _term(name: str) -> Target:
    from bnsim.learn.glossary import glossary

    if name not in glossary().terms:
        raise TargetError(f"{name} is not a term of the glossary.")
    return Target("learn", {"page": "glossary", "term": name})


def _lesson(name: str) -> Target:
    from bnsim.learn.lesson.library import SHIPPED

    if name not in {path.stem for path in toml_files(SHIPPED)[0]}:
        raise TargetError(f"{name} is not a lesson.")
    return Target("lessons", {"lesson": name})


KINDS: Mapping[str, Callable[[str], Target]] = {
    "text": _text,
    "glossary": _term,
    "experiment": _experiment,
    "set": _scenario,
    "compare": _compared,
    "claim": _claim,
    "lesson": _lesson,
}
