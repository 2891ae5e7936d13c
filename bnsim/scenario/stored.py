"""Scenarios as a browser keeps them, each by itself: written whole, and read back as what anybody may have changed."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bnsim.errors import ScenarioError
from bnsim.scenario import toml
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import MOST_SCENARIOS, Scenario, ScenarioSet, name_problems, text_problems
from bnsim.scenario.wording import cut, limited, shown_name

HEAD = ""
"""The name under which the texts of the set and the order of its scenarios are kept; no scenario has it."""

TEXTS = ("title", "question", "look_for")
LARGEST = 2**18
"""Bytes of one scenario; a browser has room for some millions in all."""

MOST_READ = 2**20
"""Characters of all that is read for one experiment."""

MOST_OF_A_PROBLEM = 300
MOST_DAMAGED = 10
"""After so many the rest is not looked at: to say what is wrong with one can take as long as to read a hundred."""


@dataclass(frozen=True)
class Head:
    """What the scenarios of one experiment have in common: the texts of their set, and their order.

    Attributes
    ----------
    texts : tuple of str
        Title, question and what to look for; "" where there is none.
    order : tuple of str
        The names of the scenarios.
    """

    texts: tuple[str, ...] = ("", "", "")
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stored:
    """What a browser kept of one experiment.

    Attributes
    ----------
    scenarios : dict of name to Scenario
        Those that could be read, in their order.
    head : Head
        Their texts and order, as far as they could be read.
    problems : tuple of str
        A sentence for everything that could not be read.
    """

    scenarios: dict[str, Scenario]
    head: Head = Head()
    problems: tuple[str, ...] = field(default=())


def write(item: Scenario | Head) -> str:
    """Return a scenario, as a scenario file of its own, or what scenarios have in common, as a browser keeps it.

    Raises
    ------
    ScenarioError
        If it is too large.
    """
    if isinstance(item, Head):
        return json.dumps({**dict(zip(TEXTS, item.texts, strict=True)), "order": item.order}, ensure_ascii=False)
    text = toml.write(ScenarioSet(item.experiment, "", (item,)))
    if len(text.encode()) > LARGEST:
        raise ScenarioError(f"{item.name} must be at most {LARGEST} bytes to be kept by a browser; it has more.")
    return text


def read(experiment: str, entries: Mapping[str, str], params_of: Callable[[str], type[Params]]) -> Stored:
    """Return what a browser kept of one experiment, and a sentence for every part that cannot be read.

    Parameters
    ----------
    experiment : str
        Its slug.
    entries : mapping of name to str
        What was kept, by the name of the scenario; anybody may have changed it.
    params_of : callable
        Gives the parameter class of an experiment by its slug.
    """
    problems: list[str] = []
    head = _head(entries.get(HEAD, "{}"), problems)
    found: dict[str, Scenario] = {}
    room, damaged = MOST_READ, 0
    for name in _ordered(head.order, entries):
        room -= len(entries[name])
        if room < 0 or len(found) >= MOST_SCENARIOS:
            problems.append(f"At most {MOST_SCENARIOS} scenarios of {MOST_READ} characters are read; the rest is not.")
            break
        try:
            found[name] = _scenario(experiment, name, entries[name], params_of)
        except ScenarioError as error:
            damaged += 1
            problems.append(cut(f"{shown_name(name)} is damaged: {' '.join(error.problems)}", MOST_OF_A_PROBLEM))
            if damaged == MOST_DAMAGED:
                problems.append("What else was kept is not looked at.")
                break
    return Stored(found, head, limited(problems))


def _ordered(order: Iterable[str], entries: Mapping[str, str]) -> list[str]:
    """Return the names that are there, those of the order first, each once."""
    return [name for name in dict.fromkeys([*order, *entries]) if name in entries and name != HEAD]


def _scenario(experiment: str, name: str, text: str, params_of: Callable[[str], type[Params]]) -> Scenario:
    if name_problems("name", name):
        raise ScenarioError(*name_problems("name", name))
    renewed: list[str] = []
    found = toml.read(text, params_of, where="it", say=renewed.append)
    if found.experiment != experiment or found.names != (name,):
        raise ScenarioError(f"it must hold this scenario of {experiment} and no other.")
    return found.scenarios[0]


def _head(text: str, problems: list[str]) -> Head:
    """Return texts and order; what cannot be used of them is left out."""
    try:
        found: Any = json.loads(text) if len(text) <= MOST_READ // 8 else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        problems.append("the title, the question and the order of your scenarios are damaged.")
        return Head()
    texts = {key: found.get(key, "") for key in TEXTS}
    bad = {key for key, value in texts.items() if not isinstance(value, str) or text_problems({key: value})}
    problems += [f"{key} of your set is damaged." for key in TEXTS if key in bad]
    order = found.get("order", [])
    names = [name for name in order if isinstance(name, str)] if isinstance(order, list) else []
    return Head(tuple("" if key in bad else texts[key] for key in TEXTS), tuple(names[:MOST_SCENARIOS]))
