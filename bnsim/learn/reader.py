"""The texts, read from `pages/*.md` and checked: between two lines of +++ what they are, then what they say.

`title`, `order` and `summary` are for the list. `scenario` is the text's own: ``{ experiment = "transform", params =
{ std = 0.5 } }``, or ``{ set = "epsilon", name = "eps-1e-5-std-0.1" }``. ``[other.pair]`` is another one, whose numbers
are asked for by ``{pair.x_hat}``. ``[quoted]`` lists the numbers that nothing here computes, each with its source.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from bnsim.errors import InputError
from bnsim.experiments import find
from bnsim.learn.markup import Block, MarkupError, Number, blocks, numbers_in, prose_of
from bnsim.learn.targets import TargetError, scenario_of
from bnsim.once import once
from bnsim.scenario.scenario import Scenario

KNOWN = {"title", "order", "summary", "scenario", "other", "quoted"}
NEEDED = ("title", "order", "summary")
OF_A_SCENARIO = {"experiment", "params", "set", "name"}
MARK, ENDING = "+++\n", ".md"

FORM = re.compile(r"\d{0,2}(?:\(\))?|,|%")
COUNTED = re.compile(r"(?<![\w.,-])[-−]?\d+(?:[.,]\d+)*(?:e[-−]?\d+)?(?: ?%| ?×|×)?")
SMALL = {"0", "1", "2", "3"}
"""Numbers that a sentence may count with; every other is computed or listed with its source."""


class LearnError(RuntimeError):
    """A text that is not complete, or asks for what there is not: a fault of ours, said loudly."""


@dataclass(frozen=True)
class Page:
    """A text: what it is called, its place in the list, one line about it, what it says, where its numbers are from.

    `scenario` is the page's own, whose picture it shows; `others` by the name that stands before the dot.
    `quoted`: numbers that nothing here computes, as they stand, with their source.
    """

    name: str
    title: str
    order: int
    summary: str
    text: tuple[Block, ...]
    scenario: Scenario | None = None
    others: Mapping[str, Scenario] = field(default_factory=dict)
    quoted: Mapping[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Every number that the text asks for, once."""
        return tuple(dict.fromkeys(numbers_in(self.text)))

    @property
    def changeable(self) -> tuple[str, ...]:
        """The parameters that can be changed in the text, in the order of their declaration."""
        wanted = {number.name for number in self.numbers if number.change}
        return tuple(name for name in self.scenario.params.controls() if name in wanted) if self.scenario else ()


@once
def names() -> tuple[str, ...]:
    """Return the names of all texts, in alphabetical order."""
    found = (each.name for each in files(__package__).joinpath("pages").iterdir())
    return tuple(sorted(name.removesuffix(ENDING) for name in found if name.endswith(ENDING)))


@once
def all_pages() -> Mapping[str, Page]:
    """Return every text by its name, in the order of the list.

    Raises
    ------
    LearnError
        With every problem of the first text that has any.
    """
    folder = files(__package__).joinpath("pages")
    found = [read(name, folder.joinpath(f"{name}{ENDING}").read_text("utf-8")) for name in names()]
    return {page.name: page for page in sorted(found, key=lambda page: page.order)}


def read(name: str, written: str) -> Page:
    """Return a text, checked.

    Parameters
    ----------
    name : str
        Of its file, which is also its place in the address.
    written : str
        What the file holds.

    Raises
    ------
    LearnError
        With every problem: keys that are unknown or missing, experiments, scenarios and numbers that there are not,
        numbers that nobody vouches for.
    """
    start, head, body = _parted(name, written)
    if start or not body.strip():
        raise LearnError(f"{name}: a text must say what it is between two lines of {MARK.strip()}, and then something.")
    facts = tomllib.loads(head)
    problems = [f"{key} is unknown" for key in sorted(set(facts) - KNOWN)]
    problems += [f"{key} is missing" for key in NEEDED if key not in facts]
    if problems:
        raise LearnError(f"{name}: {'; '.join(problems)}.")
    try:
        page = _page(name, facts, body)
    except (MarkupError, TargetError, InputError) as error:
        raise LearnError(f"{name}: {error}") from None
    problems = [*_problems(page), *_unvouched(page)]
    if problems:
        raise LearnError(f"{name}: {' '.join(problems)}")
    return page


def scenario(table: Mapping[str, Any]) -> Scenario:
    """Return the scenario that a table names: an experiment with parameters, or one of a set."""
    odd = sorted(set(table) - OF_A_SCENARIO)
    if odd:
        raise TargetError(f"a scenario must have an experiment and params, or a set and a name; got {', '.join(odd)}.")
    if "set" in table:
        return scenario_of(f"{table['set']}/{table['name']}" if "name" in table else table["set"])
    experiment = find(table.get("experiment", ""))
    if experiment.work is not None:
        raise TargetError(f"a text must name an experiment that is there at once; got {experiment.slug}.")
    return Scenario(experiment.slug, experiment.slug, experiment.params.of(table.get("params", {})))


def _parted(name: str, written: str) -> tuple[str, str, str]:
    parts = written.split(MARK, 2)
    if len(parts) < 3:
        raise LearnError(f"{name}: a text must begin with what it is, between two lines of {MARK.strip()}.")
    return parts[0], parts[1], parts[2]


def _page(name: str, facts: Mapping[str, Any], body: str) -> Page:
    own = scenario(facts["scenario"]) if "scenario" in facts else None
    others = {key: scenario(table) for key, table in facts.get("other", {}).items()}
    return Page(
        name, facts["title"], facts["order"], facts["summary"], blocks(body), own, others, facts.get("quoted", {})
    )


def _problems(page: Page) -> Iterator[str]:
    """Yield what is wrong with the numbers that a text asks for."""
    used = {number.of for number in page.numbers}
    for name in page.others:
        if name not in used:
            yield f"other.{name} must be used; no number asks for it."
    for number in page.numbers:
        chosen = page.others.get(number.of) if number.of else page.scenario
        shown = f"{{{'=' if number.change else ''}{number.of}{'.' if number.of else ''}{number.name}}}"
        if chosen is None:
            yield f"{shown} must name a scenario of the text; it has none of that name."
            continue
        controls = chosen.params.controls()
        if number.name not in controls and number.name not in find(chosen.experiment).terms:
            yield f"{shown} must name a readout or a parameter of {chosen.experiment}."
        elif number.change and (number.of or number.name not in controls or not controls[number.name].control.slider):
            yield f"{shown} must name a parameter with a slider, of the text's own scenario."
        if not FORM.fullmatch(number.form):
            yield f"{shown} must be written as answers are; got {number.form!r}."


def _unvouched(page: Page) -> Iterator[str]:
    """Yield the numbers in the words of a text that are neither computed nor listed, and those listed in vain."""
    there = {" ".join(found.split()) for found in COUNTED.findall(prose_of(page.text))} - SMALL
    for number in sorted(there - set(page.quoted)):
        yield f"{number} must be a placeholder, or listed under quoted with its source."
    for number in sorted(set(page.quoted) - there):
        yield f"quoted {number} must stand in the text."
