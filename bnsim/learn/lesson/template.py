"""The texts of a lesson: templates whose braces name parameters, readouts, and what was predicted."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from bnsim.errors import nearest
from bnsim.experiment import Readout
from bnsim.experiments import find
from bnsim.scenario.scenario import Scenario
from bnsim.scenario.wording import cut, shown
from bnsim.text.words import FILLER

OTHER = "against."
"""What begins the names of the numbers of the second scenario."""

FORM = re.compile(r"(?:[1-9]|1[0-7])?(?:\(\))?|,|%")
"""How a number may be written, as `bnsim.text.words` says."""

Numbers = Mapping[str, Readout]
NOTHING: Numbers = MappingProxyType({})


class Asked(NamedTuple):
    """Words, and the number that follows them: its name, which may be "", and how it is written."""

    words: str
    name: str
    form: str


def parts(template: str) -> list[Asked]:
    """Return the words and numbers of a template.

    Raises
    ------
    ValueError
        If its braces do not come in pairs.
    """
    return [Asked(words, name or "", form or "") for words, name, form, _ in FILLER.parse(template)]


def names_in(template: str) -> set[str]:
    """Return the names that a template asks for; nothing where it cannot be read."""
    try:
        return {part.name for part in parts(template)} - {""}
    except ValueError:
        return set()


def filled(
    template: str,
    scenario: Scenario,
    against: Scenario | None = None,
    numbers: Numbers = NOTHING,
    others: Numbers = NOTHING,
    given: Callable[[str, str], str | None] = lambda name, form: None,
) -> str:
    """Return a template with its numbers, written as the answers of the experiments write them.

    Parameters
    ----------
    template : str
        Checked with `template_problems`.
    scenario, against : Scenario
        Whose parameters may be asked for.
    numbers, others : mapping of str to Readout
        What was found for the two.
    given : callable, (name, form) -> str or None
        Writes what is neither parameter nor readout; None for any other name.
    """

    def written(name: str, form: str) -> str:
        own = given(name, form)
        if own is not None or not name:
            return own or ""
        of, key, found = scenario, name, numbers
        if against and name.startswith(OTHER):
            of, key, found = against, name.removeprefix(OTHER), others
        return find(of.experiment).say_number("lesson", key, form, of.params, found, {}).text

    return "".join(part.words + written(part.name, part.form) for part in parts(template))


def parameters(scenario: Scenario, before: str = "") -> set[str]:
    """Return the parameters of a scenario that can stand in a sentence, `before` in front of each name."""
    controls = scenario.params.controls().values()
    return {f"{before}{spec.name}" for spec in controls if spec.kind != "values"}


def readouts(scenario: Scenario, before: str = "") -> set[str]:
    """Return the readouts of the experiment of a scenario, `before` in front of each name."""
    return {f"{before}{key}" for key in find(scenario.experiment).terms}


def template_problems(key: str, template: str, allowed: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with a template; `allowed` are the names that it may ask for."""
    try:
        parsed = list(FILLER.parse(template))
    except ValueError:
        yield f"{key} must have its braces in pairs; write {{{{ and }}}} for braces that are to be seen."
        return
    for _, name, form, conversion in parsed:
        if name is None:
            continue
        asked = shown(f"{{{name}}}")[1:-1]
        if name not in allowed:
            yield f"{key} must name what there is; {asked} is not.{_way_out(name, allowed)}"
        elif conversion or not FORM.fullmatch(form or ""):
            how = cut(f"{'!' + conversion if conversion else ''}{':' + form if form else ''}")
            yield f"{key} must write its numbers as {{name}}, {{name:3}}, {{name:,}} or {{name:%}}; got {shown(how)}."


def _way_out(name: str, allowed: Collection[str]) -> str:
    near = nearest(name, sorted(allowed))
    return f" Did you mean {{{near}}}?" if near else ""
