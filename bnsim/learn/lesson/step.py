"""What a lesson is: questions to be answered before the numbers are seen, and what is said then."""

from dataclasses import dataclass
from enum import StrEnum

from bnsim.scenario.scenario import Scenario


class Kind(StrEnum):
    """How a question is answered: one of some sentences, a number, or a point on the axis of a picture."""

    CHOICE = "choice"
    NUMBER = "number"
    POINT = "point"


class Compare(StrEnum):
    """What decides: the readout of the scenario, or how it stands to that of the second one."""

    VALUE = "value"
    DIFFERENCE = "difference"
    RATIO = "ratio"


@dataclass(frozen=True)
class Choice:
    """One of the sentences to choose from, and when it is true.

    Parameters
    ----------
    text : str
        The sentence, the values of parameters in it.
    low, high : float, optional
        True where the number is in this range, bounds included; None is unbounded.
    word : str, optional
        True where the readout is this word.
    """

    text: str
    low: float | None = None
    high: float | None = None
    word: str | None = None

    def holds(self, value: float | str) -> bool:
        """Return whether it is true of what was computed."""
        if isinstance(value, str) or self.word is not None:
            return value == self.word
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Step:
    """One question, what computes its answer, and what is said then.

    Parameters
    ----------
    name : str
        Unique in its lesson.
    kind : Kind
        How it is answered.
    question : str
        A template: see `bnsim.learn.lesson.question`.
    scenario : Scenario
        What is run.
    readout : str
        The number of it that decides.
    right, wrong, unsure : str
        Templates of what is said after a right answer, a wrong one, and "I don't know".
    against : Scenario, optional
        The second one that is run.
    compare : Compare
        What of the two decides.
    choices : tuple of Choice
        For a choice, two to five.
    low, high : float, optional
        For a number and a point, what may be answered.
    close : float, optional
        How far from the truth an answer may be to count as right.
    close_factor : float, optional
        In place of `close`, by which factor.
    follow_up : str
        A template of what is said in the end.
    again : str
        Name of the earlier step that asks the same with other numbers.
    """

    name: str
    kind: Kind
    question: str
    scenario: Scenario
    readout: str
    right: str
    wrong: str
    unsure: str = ""
    against: Scenario | None = None
    compare: Compare = Compare.VALUE
    choices: tuple[Choice, ...] = ()
    low: float | None = None
    high: float | None = None
    close: float | None = None
    close_factor: float | None = None
    follow_up: str = ""
    again: str = ""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """What is run: one scenario, or two."""
        return (self.scenario,) if self.against is None else (self.scenario, self.against)

    @property
    def bounds(self) -> tuple[float, float]:
        """What may be answered to a number or a point; everything where the step says nothing."""
        low = float("-inf") if self.low is None else self.low
        return low, float("inf") if self.high is None else self.high


@dataclass(frozen=True)
class Lesson:
    """Questions in an order.

    Parameters
    ----------
    name : str
        The name of its file, with ``own/`` before it where a lesson that comes with bnsim has the same.
    title, summary, need : str
        What it is called, one line about it, and what one needs to know before.
    minutes : int
        About how long it takes.
    steps : tuple of Step
        1 to 20.
    """

    name: str
    title: str
    summary: str
    need: str
    minutes: int
    steps: tuple[Step, ...]

    @property
    def experiment(self) -> str:
        """Slug of the experiment it is about: that of its first step."""
        return self.steps[0].scenario.experiment


@dataclass(frozen=True)
class Answer:
    """What somebody answered: the place of a choice from 0, or a number; neither is "I don't know"."""

    choice: int | None = None
    number: float | None = None


UNSURE = Answer()
