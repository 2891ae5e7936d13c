"""A scenario is one named setting of an experiment; a scenario set is several of them with a question to answer."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bnsim.displayed import Displayed
from bnsim.errors import InputError, ScenarioError
from bnsim.scenario.params import Params
from bnsim.scenario.wording import refuse, shown, shown_name, unknown

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
NAME_RULE = "be 1 to 64 of a-z, 0-9, dots and hyphens, beginning with a letter or digit"
NOT_IN_A_NAME = re.compile(r"[^a-z0-9.]+")
GREEK = re.compile(r"GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)")
LONGEST_TITLE = 120
LONGEST_NOTE = 2000
MOST_SCENARIOS = 200
MOST_READOUTS = 20
# Control characters, line ends other than "\n", halves of surrogate pairs.
NOT_IN_A_NOTE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
NOT_IN_A_LINE = re.compile(f"{NOT_IN_A_NOTE.pattern}|\n")


@dataclass(frozen=True)
class Scenario:
    """One named setting of an experiment.

    Parameters
    ----------
    experiment : str
        Slug of the experiment.
    name : str
        1 to 64 of a-z, 0-9, dots and hyphens, beginning with a letter or digit; unique in its set.
    params : Params
        The experiment's parameters.
    title : str
        For people; at most 120 characters on one line.
    note : str
        At most 2000 characters.

    Raises
    ------
    ScenarioError
        With everything that is wrong with the name and the texts.
    """

    experiment: str
    name: str
    params: Params
    title: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        refuse(
            ScenarioError,
            [*name_problems("experiment", self.experiment), *scenario_problems(self.name, self.title, self.note)],
        )


@dataclass(frozen=True)
class ScenarioSet(Displayed):
    """Scenarios of one experiment, to be compared with each other.

    Parameters
    ----------
    experiment : str
        Slug of the experiment.
    title : str
        For people; at most 120 characters on one line.
    scenarios : tuple of Scenario
        1 to 200 of the same experiment, with different names.
    question : str
        What the set is to answer; at most 2000 characters.
    look_for : str
        What to look for in the pictures; at most 2000 characters.
    baseline : str, optional
        Name of the scenario the others are compared with; the first when not given.
    readouts : tuple of str
        Keys of the readouts that the question is about, the most important first; without any the experiment's
        headline is shown.

    Raises
    ------
    ScenarioError
        With everything that is wrong at once.
    """

    experiment: str
    title: str
    scenarios: tuple[Scenario, ...]
    question: str = ""
    look_for: str = ""
    baseline: str | None = None
    readouts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        texts = {"title": self.title, "question": self.question, "look_for": self.look_for}
        refuse(
            ScenarioError,
            [
                *name_problems("experiment", self.experiment),
                *text_problems(texts),
                *names_problems(self.names, self.baseline),
                *readouts_problems(self.readouts, self.scenarios[0].params.readouts() if self.scenarios else ()),
                *_strangers(self),
            ],
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scenarios, in order."""
        return tuple(scenario.name for scenario in self.scenarios)

    @property
    def baseline_scenario(self) -> Scenario:
        """The scenario the others are compared with."""
        return self.scenarios[0] if self.baseline is None else self.get(self.baseline)

    def get(self, name: str) -> Scenario:
        """Return the scenario of that name.

        Raises
        ------
        InputError
            If there is none; the nearest name is suggested.
        """
        for scenario in self.scenarios:
            if scenario.name == name:
                return scenario
        raise InputError(unknown(name, "a scenario of this set", self.names, "Its scenarios are"))


def name_from(title: str, taken: Collection[str] = ()) -> str:
    """Return a scenario name made from free text: accents dropped, Greek spelt out, the rest hyphens.

    A name that is taken gets a number.

    Examples
    --------
    >>> name_from("γ = 1.5, β = 2")
    'gamma-1.5-beta-2'
    >>> name_from("γ = 1.5, β = 2", taken=["gamma-1.5-beta-2"])
    'gamma-1.5-beta-2-2'
    """
    plain = "".join(map(_ascii, unicodedata.normalize("NFKD", title[:LONGEST_TITLE])))
    name = NOT_IN_A_NAME.sub("-", plain.lower()).strip("-.")[:60].strip("-.") or "scenario"
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(free for free in numbered if free not in taken)


def _ascii(character: str) -> str:
    letter = GREEK.fullmatch(unicodedata.name(character, ""))
    return f" {letter[1]} " if letter else "" if unicodedata.combining(character) else character


def name_problems(key: str, name: object) -> list[str]:
    """Return the sentence that refuses a name, if it has to be refused."""
    fine = isinstance(name, str) and NAME.fullmatch(name)
    return [] if fine else [f"{key} must {NAME_RULE}; got {shown(name)}."]


def scenario_problems(name: object, title: str, note: str) -> list[str]:
    """Return everything that is wrong with the name and the texts of a scenario."""
    return [*name_problems("name", name), *text_problems({"title": title, "note": note})]


def text_problems(texts: dict[str, str]) -> list[str]:
    """Return what is wrong with texts, by their key: a title is one line of 120 characters, the others are longer."""
    return [problem for key, text in texts.items() for problem in _text_problems(key, text)]


def _text_problems(key: str, text: str) -> Iterator[str]:
    is_line = key == "title"
    yield from bounded_problems(key, text, LONGEST_TITLE if is_line else LONGEST_NOTE, one_line=is_line)


def bounded_problems(key: str, text: str, longest: int, *, one_line: bool) -> Iterator[str]:
    """Yield what is wrong with a text that has at most so many characters, on one line or on several."""
    if len(text) > longest:
        yield f"{key} must be at most {longest} characters; got {len(text)}."
    odd = (NOT_IN_A_LINE if one_line else NOT_IN_A_NOTE).search(text, 0, longest)
    if odd:
        yield f"{key} must not hold control characters; character {odd.start() + 1} is {odd[0]!r}."


def names_problems(names: Sequence[str], baseline: str | None) -> list[str]:
    """Return what is wrong with the names of the scenarios of one set, and with its baseline."""
    if not 1 <= len(names) <= MOST_SCENARIOS:
        return [f"a scenario set must hold 1 to {MOST_SCENARIOS} scenarios; got {len(names)}."]
    twice = [name for name, count in Counter(names).items() if count > 1]
    problems = [f"the names of scenarios must differ; {shown_name(name)} is there more than once." for name in twice]
    if baseline is not None and baseline not in names:
        problems.append(f"baseline: {unknown(baseline, 'a scenario of this set', names, 'Its scenarios are')}")
    return problems


def readouts_problems(readouts: Sequence[object], known: Collection[str]) -> list[str]:
    """Return what is wrong with the readouts that a set is about; where none are `known`, any name may be one."""
    if len(readouts) > MOST_READOUTS:
        return [f"readouts must name at most {MOST_READOUTS} readouts; got {len(readouts)}."]
    odd = [item for item in readouts if not isinstance(item, str)]
    if odd:
        return [f"readouts must be a list of names in quotation marks; got {shown(odd[0])} in it."]
    counts = Counter(map(str, readouts))
    strange = [name for name in counts if known and name not in known]
    twice = [name for name, count in counts.items() if count > 1]
    return [
        *(f"readouts: {unknown(name, 'a readout of this experiment', known, 'Its readouts are')}" for name in strange),
        *(f"readouts must name each readout once; {shown_name(name)} is there more than once." for name in twice),
    ]


def _strangers(scenario_set: ScenarioSet) -> Iterable[str]:
    for at, scenario in enumerate(scenario_set.scenarios, 1):
        if scenario.experiment != scenario_set.experiment:
            where = f'scenario {at} ("{scenario.name}")'
            yield f"{where} is of the experiment {scenario.experiment}; this set holds {scenario_set.experiment}."
        elif type(scenario.params) is not type(scenario_set.scenarios[0].params):
            yield f'scenario {at} ("{scenario.name}") must have the same parameters as the first one.'
