"""The contract: an experiment is a value, and the page, the command line and the link are its interpreters."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from bnsim.charts.template import Figure, Template
from bnsim.scenario.params import Params
from bnsim.terms import TERMS
from bnsim.text import Term, Words, to_error
from bnsim.work import Work, one_thread


@dataclass(frozen=True)
class Overlay:
    """Which curves of an experiment are laid over each other, scenario by scenario, one series at a time.

    Parameters
    ----------
    table, series, x, y : str
        The table, and its columns: which curve a row belongs to, and the point.
    x_title, y_title : str, or mapping of series to str
        Axis titles: one for all series, or one for each.
    labels : mapping of series to str
        Series in the order in which they are offered, the first one first shown. An experiment with a `text.toml` has
        these and the titles there, under `overlay`.
    to_peak : bool
        Draw each curve to its own peak, so that a needle and a hill can share one picture; a y of infinity is a point
        mass and goes up to 1.
    """

    table: str
    series: str
    x: str
    y: str
    x_title: str | Mapping[str, str] = ""
    y_title: str | Mapping[str, str] = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    to_peak: bool = False

    def titles(self, series: str) -> tuple[str, str]:
        """Return the axis titles of one series."""
        x, y = (each if isinstance(each, str) else each[series] for each in (self.x_title, self.y_title))
        return x, y


@dataclass(frozen=True)
class Readout:
    """One number of a result, and the exact statement that makes it, with the current numbers in it.

    `exact` is the value in exact arithmetic where algebra knows it and `value` differs only by rounding: people are
    shown that, programs get what was computed. `error` is the standard error of a simulated value, or what rounding
    can leave of a computed one: people are shown the value to two digits of it.
    """

    key: str
    value: float | str
    statement: str = ""
    exact: float | None = None
    error: float = 0.0
    term: Term | None = None

    @property
    def best(self) -> float | str:
        """What people are shown: the exact value where it is known, else the digits of the value that mean anything."""
        if self.exact is not None:
            return self.exact
        return self.value if isinstance(self.value, str) else to_error(self.value, self.error)


@dataclass(frozen=True)
class Stated:
    """One number of an outcome, and which statement of the text makes it, with which numbers in it.

    Parameters
    ----------
    key : str
        Of the readout; its label, symbol, meaning and statement stand in the text under ``readout.KEY``.
    value : float or str
        What was computed.
    case : str
        Which of several statements holds: ``readout.KEY.statement.CASE``.
    exact : float, optional
        The value in exact arithmetic, where algebra knows it.
    error : float
        Standard error of a simulated value, or what rounding can leave: see `Readout`.
    numbers : mapping of str to float or str
        What the statement asks for.
    """

    key: str
    value: float | str
    case: str = ""
    exact: float | None = None
    error: float = 0.0
    numbers: Mapping[str, object] = field(default_factory=dict)


def stated(
    key: str,
    value: float | str,
    case: str = "",
    /,
    *,
    exact: float | None = None,
    error: float = 0.0,
    **numbers: object,
) -> Stated:
    """Return a `Stated`; the numbers of its statement are given by name."""
    return Stated(key, value, case, exact, error, numbers)


@dataclass(frozen=True)
class Note:
    """A sentence that holds of an outcome: its key in the text, under ``note``, and the numbers in it."""

    key: str
    numbers: Mapping[str, object] = field(default_factory=dict)


def note(key: str, /, **numbers: object) -> Note:
    """Return a `Note`; its numbers are given by name."""
    return Note(key, numbers)


@dataclass(frozen=True, eq=False)
class Picture:
    """A template, the frames that fill it, and the numbers of its spoken description; its words are in the text.

    Title, caption and alt stand there under ``figure.KEY``; the description, with the numbers in it, too.
    """

    key: str
    template: Template
    data: Mapping[str, pd.DataFrame]
    case: str = ""
    numbers: Mapping[str, object] = field(default_factory=dict)


def picture(
    key: str, template: Template, data: Mapping[str, pd.DataFrame], case: str = "", /, **numbers: object
) -> Picture:
    """Return a `Picture`; the numbers of its description are given by name."""
    return Picture(key, template, data, case, numbers)


def no_actions(_: object) -> Mapping[str, Mapping[str, Any]]:
    """Offer nothing."""
    return {}


@dataclass(frozen=True)
class Experiment:
    """A question and everything that answers it.

    Parameters
    ----------
    slug : str
        The name in links, files and on the command line.
    title, question : str
        What it is called; what it answers.
    order : int
        Place in lists and in the navigation.
    params : type[Params]
        The parameters, each declared once.
    run : callable, params -> outcome
        Pure: its only randomness is the generator it makes from `params.seed`.
    readouts, notes : callable, outcome -> tuple
        The numbers; plain sentences about this very outcome that a reader must not miss.
    tables : mapping of callables, outcome -> DataFrame
        Tidy frames by name, each made when first asked for; figures are made from these alone.
    figures : callable, tables -> tuple of Figure
        The pictures.
    overlay : Overlay
        What the Compare page lays over each other.
    headline : tuple of str
        Keys of the readouts that belong beside the first figure.
    look_for : str
        What to look for on the page.
    shown_tables : tuple of str
        Names of the tables that the page offers to read.
    first_set : str
        The scenario set to offer first.
    actions : callable, outcome -> mapping of label to changes
        What one click can set, computed from this very outcome: {label: {name of a parameter: value}}.
    measured : tuple of str
        Tables and readouts that are measured on the machine at hand, such as times: the only ones that may differ
        between two runs with the same parameters.
    work : Work
        How a slow `run` falls into parts: `run` is then `work.run`. Only slow experiments have it.
    small : mapping of str to object
        Sizes at which a run takes no time, by parameter; tests draw the rest.
    """

    slug: str
    title: str
    question: str
    order: int
    params: type[Params]
    run: Callable[[Any], Any]
    readouts: Callable[[Any], Iterable[Readout | Stated]]
    tables: Mapping[str, Callable[[Any], pd.DataFrame]]
    figures: Callable[[Mapping[str, pd.DataFrame]], Iterable[Figure | Picture]]
    notes: Callable[[Any], Iterable[str | Note]]
    overlay: Overlay
    headline: tuple[str, ...]
    look_for: str
    shown_tables: tuple[str, ...]
    first_set: str = ""
    actions: Callable[[Any], Mapping[str, Mapping[str, Any]]] = no_actions
    measured: tuple[str, ...] = ()
    work: Work | None = None
    small: Mapping[str, object] = field(default_factory=dict)
    words: Words | None = None

    @classmethod
    def worded(cls, words: Words, overlay: Overlay, **fields: Any) -> "Experiment":
        """Return an experiment whose every word is in its `text.toml`."""
        x, y = (words.group(f"overlay.{axis}") or words[f"overlay.{axis}"] for axis in ("x", "y"))
        overlay = replace(overlay, x_title=x, y_title=y, labels=words.group("overlay.series"))
        fields |= {name: words[name] for name in ("title", "question", "look_for")}
        if work := fields.get("work"):
            fields |= {"run": work.run}
        return cls(words=words, overlay=overlay, **fields)

    @property
    def terms(self) -> Mapping[str, Term]:
        """Symbol, label, meaning and digits of every readout, by key."""
        return TERMS if self.words is None else self.words.terms

    def offers(self, outcome: Any) -> dict[str, Mapping[str, Any]]:
        """Return what one click can set, by label."""
        found = self.actions(outcome)
        return {label if self.words is None else self.words[f"action.{label}"]: found[label] for label in found}

    def say_readout(self, found: Readout | Stated) -> Readout:
        """Return a number with its statement in words."""
        if isinstance(found, Readout):
            return replace(found, term=self.terms[found.key])
        assert self.words is not None  # noqa: S101 - only an experiment with a text yields what is not in words
        key = f"readout.{found.key}.statement"
        statement = self.words.say(f"{key}.{found.case}" if found.case else key, **found.numbers)
        return Readout(found.key, found.value, statement, found.exact, found.error, self.terms[found.key])

    def say_note(self, found: str | Note) -> str:
        """Return a note in words."""
        if isinstance(found, str):
            return found
        assert self.words is not None  # noqa: S101
        return self.words.say(f"note.{found.key}", **found.numbers)

    def say_figure(self, found: Figure | Picture) -> Figure:
        """Return a picture with its title, caption and descriptions."""
        if isinstance(found, Figure):
            return found
        assert self.words is not None  # noqa: S101
        key = f"figure.{found.key}"
        told = f"{key}.description" + (f".{found.case}" if found.case else "")
        title, caption, alt = (self.words[f"{key}.{part}"] for part in ("title", "caption", "alt"))
        description = self.words.say(told, **found.numbers)
        return Figure(found.key, title, caption, alt, description, found.template, found.data)

    @classmethod
    def slow(cls, work: Work, **fields: Any) -> "Experiment":
        """Return a slow experiment, whose run is all of its work."""
        return cls(run=work.run, work=work, **fields)


class Tables(Mapping[str, pd.DataFrame]):
    """Frames by name, each made from the outcome when first asked for, and then kept."""

    def __init__(self, makers: Mapping[str, Callable[[Any], pd.DataFrame]], outcome: Any) -> None:
        self._makers, self._outcome = makers, outcome
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            self._made[name] = self._makers[name](self._outcome)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True, eq=False)
class Result:
    """What one experiment found for one set of parameters; each part is made when first asked for."""

    experiment: Experiment
    params: Params

    @classmethod
    def of(cls, experiment: Experiment, params: Params, outcome: Any) -> "Result":
        """Return the result of an outcome that is at hand: of work done elsewhere, or of a part of it."""
        result = cls(experiment, params)
        result.__dict__["outcome"] = outcome  # where `cached_property` would put it
        return result

    @cached_property
    def outcome(self) -> Any:
        """The experiment's own frozen result."""
        with one_thread():
            return self.experiment.run(self.params)

    @cached_property
    def readout_list(self) -> tuple[Readout, ...]:
        """The readouts with their statements, in order."""
        return tuple(map(self.experiment.say_readout, self.experiment.readouts(self.outcome)))

    @property
    def readouts(self) -> dict[str, float | str]:
        """The numbers by key."""
        return {readout.key: readout.value for readout in self.readout_list}

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Plain sentences about this result."""
        return tuple(map(self.experiment.say_note, self.experiment.notes(self.outcome)))

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tidy frames by name, each made when first asked for."""
        return Tables(self.experiment.tables, self.outcome)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The pictures, made from the tables."""
        return tuple(map(self.experiment.say_figure, self.experiment.figures(self.tables)))

    def everything(self) -> tuple[object, ...]:
        """Make what is made when first asked for, and return all of it, such as for weighing what is kept."""
        frames = [dict(figure.data) for figure in self.figures]
        return self.outcome, self.readout_list, self.notes, dict(self.tables), frames
