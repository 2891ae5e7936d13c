"""The contract: an experiment is a value, and the page, the command line and the link are its interpreters.

Neither pandas nor Altair is imported here: who asks for numbers does not wait for what makes tables and pictures.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from bnsim.displayed import Displayed
from bnsim.once import kept_once
from bnsim.scenario.params import Params
from bnsim.text import SIGNIFICANT_DIGITS, Term, Words, to_error
from bnsim.text.words import SHORT_FILLER, WordsError
from bnsim.work import Found, Work, one_thread

if TYPE_CHECKING:
    import pandas as pd

    from bnsim.charts.place import Place
    from bnsim.charts.template import Figure, Template

Better = Literal["higher", "lower"]
"""Which of two numbers of one quantity is better, whoever looks."""


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
        Series in the order in which they are offered, the first one first shown. These and the titles stand in the
        experiment's text, under ``overlay``.
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
    term: Term
    statement: str = ""
    exact: float | None = None
    error: float = 0.0

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
    """A sentence that holds of an outcome: its key in the text, under ``note``, and the numbers in it.

    `warns`: nobody should overlook it, so it stands in sight; others stand where the page explains.
    """

    key: str
    numbers: Mapping[str, object] = field(default_factory=dict)
    warns: bool = False


def note(key: str, /, **numbers: object) -> Note:
    """Return a `Note`; its numbers are given by name."""
    return Note(key, numbers)


def warning(key: str, /, **numbers: object) -> Note:
    """Return a `Note` that nobody should overlook."""
    return Note(key, numbers, warns=True)


@dataclass(frozen=True)
class Answer:
    """A sentence of the answer to the page's question: its key in the text, under ``answer``.

    The names in the text are those of readouts and parameters, whose values they take; what is neither is given here.
    """

    key: str
    numbers: Mapping[str, object] = field(default_factory=dict)


def answer(key: str, /, **numbers: object) -> Answer:
    """Return an `Answer`; numbers that are neither readouts nor parameters are given by name."""
    return Answer(key, numbers)


@dataclass(frozen=True)
class Segment:
    """A part of a sentence: words, or a number by the name of its readout or parameter.

    `form` is what the text says of how the number is written, `digits` how many of it mean anything.
    """

    text: str
    name: str = ""
    form: str = ""
    digits: int = SIGNIFICANT_DIGITS


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


@dataclass(frozen=True)
class CodeSettings:
    """What programs that do the same in code are told of a scenario: see `bnsim.exports.code`.

    Parameters
    ----------
    values : mapping of str to number, text, None or sequence of numbers
        What a program needs, by the names of parameters; they stand in it as literals.
    facts : mapping of str to str
        What chooses between the pieces of a program: which kind of batch, one value or several.
    remarks : mapping of str to str
        What is said of values that are no parameters.
    """

    values: Mapping[str, Any]
    facts: Mapping[str, str]
    remarks: Mapping[str, str] = field(default_factory=dict)


def of_params(params: Params, *names: str) -> dict[str, Any]:
    """Return some parameters by name."""
    return {name: getattr(params, name) for name in names}


def several(count: int) -> str:
    """Return as a fact whether there is one of something or several."""
    return "several" if count > 1 else "one"


class Later(Mapping[str, Any]):
    """A mapping or a function in a module of an experiment that is imported when it is first used.

    Parameters
    ----------
    package : str
        The package of the experiment.
    place : str
        Module and name in it: ``"tables.TABLES"``.
    """

    def __init__(self, package: str, place: str) -> None:
        module, _, self._name = place.partition(".")
        self._module = f"{package}.{module}"

    @property
    def _held(self) -> Any:
        return getattr(importlib.import_module(self._module), self._name)

    def __getitem__(self, key: str) -> Any:
        return self._held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __call__(self, *given: Any) -> Any:
        """Call the function."""
        return self._held(*given)


def no_answer(_: object) -> Iterable[Answer]:
    """Answer nothing."""
    return ()


def no_cost(_: object) -> float:
    """Take no time worth speaking of."""
    return 0.0


def no_actions(_: object) -> Mapping[str, Mapping[str, Any]]:
    """Offer nothing."""
    return {}


@dataclass(frozen=True)
class Experiment:
    """A question and everything that answers it; every word of it is in its `text.toml`.

    Parameters
    ----------
    words : Words
        Title, question and what to look for; the words of everything below.
    slug : str
        The name in links, files and on the command line.
    order : int
        Place in lists and in the navigation.
    params : type[Params]
        The parameters, each declared once.
    run : callable, params -> outcome
        Pure, and it makes every number; its only randomness is the generator it makes from `params.seed`.
    readouts, notes : callable, outcome -> iterable of Stated, of Note
        The numbers; which sentences about this very outcome a reader must not miss.
    tables : mapping of callables, outcome -> DataFrame
        Tidy frames by name, each made when first asked for; figures are made from these alone.
    figures : callable, tables -> iterable of Picture
        The pictures.
    overlay : Overlay
        What the Compare page lays over each other.
    headline : tuple of str
        Keys of the readouts that belong beside the first figure; four at most.
    shown_tables : tuple of str
        Names of the tables that the page offers to read.
    first_set : str
        The scenario set to offer first.
    answers : callable, outcome -> iterable of Answer
        One or two plain sentences that answer the question with the current numbers, whatever the setting.
    better : mapping of readout to "higher" or "lower"
        Which way is better, whoever looks: errors lower, accuracies higher. Readouts that are neither are not named:
        no mean or scale is good or bad in itself.
    places : mapping of readout to Place
        Which numbers lie on an axis of the main picture: what was predicted of them is marked there beside the truth.
    live : mapping of readout or parameter to expression
        Numbers that follow a dragged thumb: Vega expressions in the named parameters of the first figure.
    actions : callable, outcome -> mapping of key to changes
        What one click can set, computed from this very outcome: {key: {name of a parameter: value}}.
    cost : callable, params -> float
        About how many seconds of one core a run takes that has no parts. What takes more than a moment waits in a
        queue, so that nobody else has to wait for it.
    measured : tuple of str
        Tables and readouts that are measured on the machine at hand, such as times: the only ones that may differ
        between two runs with the same parameters.
    work : Work
        How a slow `run` falls into parts: `run` is then `work.run`. Only slow experiments have it.
    code : callable, params -> CodeSettings, optional
        What programs that do the same in code are told; their pieces are the `*.py.txt` in the package `code` of the
        experiment. Without it there is no such program.
    small : mapping of str to value
        Settings at which a slow run takes no time; tests use them and vary the others.
    """

    words: Words
    slug: str
    order: int
    params: type[Params]
    run: Callable[[Any], Any]
    readouts: Callable[[Any], Iterable[Stated]]
    tables: Mapping[str, Callable[[Any], pd.DataFrame]]
    figures: Callable[[Mapping[str, pd.DataFrame]], Iterable[Picture]]
    notes: Callable[[Any], Iterable[Note]]
    overlay: Overlay
    headline: tuple[str, ...]
    shown_tables: tuple[str, ...]
    first_set: str = ""
    answers: Callable[[Any], Iterable[Answer]] = no_answer
    better: Mapping[str, Better] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    live: Mapping[str, str] = field(default_factory=dict)
    actions: Callable[[Any], Mapping[str, Mapping[str, Any]]] = no_actions
    cost: Callable[[Any], float] = no_cost
    measured: tuple[str, ...] = ()
    work: Work | None = None
    code: Callable[[Any], CodeSettings] | None = None
    small: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def worded(cls, words: Words, overlay: Overlay, **fields: Any) -> Experiment:
        """Return an experiment; the titles and series of what Compare shows, too, are taken from its words.

        Slow experiments give `work` instead of `run`.
        """
        x, y = (words.group(f"overlay.{axis}") or words[f"overlay.{axis}"] for axis in ("x", "y"))
        overlay = replace(overlay, x_title=x, y_title=y, labels=words.group("overlay.series"))
        if work := fields.get("work"):
            fields |= {"run": work.run}
        return cls(words=words, overlay=overlay, **fields)

    @property
    def title(self) -> str:
        """What it is called."""
        return self.words["title"]

    @property
    def question(self) -> str:
        """What it answers."""
        return self.words["question"]

    @property
    def look_for(self) -> str:
        """What to look for on the page."""
        return self.words["look_for"]

    @property
    def terms(self) -> Mapping[str, Term]:
        """Symbol, label, meaning and digits of every readout, by key."""
        return self.words.terms

    @property
    def in_parts(self) -> Work:
        """How a run is done in a queue: in its parts, or all of it at once where it has none."""
        return self.work or Work(_alone, partial(_at_once, self.run), _first, self.cost)

    def offers(self, outcome: Any) -> dict[str, Mapping[str, Any]]:
        """Return what one click can set, by label."""
        found = self.actions(outcome)
        return {self.words[f"action.{key}"]: changes for key, changes in found.items()}

    def say_readout(self, found: Stated) -> Readout:
        """Return a number with its statement in words."""
        key = f"readout.{found.key}.statement"
        statement = self.words.say(f"{key}.{found.case}" if found.case else key, **found.numbers)
        return Readout(found.key, found.value, self.terms[found.key], statement, found.exact, found.error)

    def say_note(self, found: Note) -> str:
        """Return a note in words."""
        return self.words.say(f"note.{found.key}", **found.numbers)

    def say_answer(self, found: Answer, params: Params, readouts: Mapping[str, Readout]) -> tuple[Segment, ...]:
        """Return a sentence in parts: words, and numbers by name.

        Raises
        ------
        WordsError
            If a name in the text is no readout, no parameter and not given; or something given is not asked for.
        """
        key, segments = f"answer.{found.key}", list[Segment]()
        unused = set(found.numbers)
        for words, name, form in self.words.segments(key):
            segments.append(Segment(words))
            if name:
                unused.discard(name)
                segments.append(self.say_number(key, name, form, params, readouts, found.numbers))
        if unused:
            raise WordsError(f"{self.words.source}, {key}: the text does not ask for {', '.join(sorted(unused))}.")
        return tuple(segment for segment in segments if segment.text)

    def say_number(
        self,
        key: str,
        name: str,
        form: str,
        params: Params,
        readouts: Mapping[str, Readout],
        given: Mapping[str, object],
    ) -> Segment:
        """Return one number of a sentence as it is written: given, a readout, or a parameter.

        `key` is where the sentence stands, for the WordsError that says that there is no such number.
        """
        digits = readouts[name].term.digits if name in readouts else SIGNIFICANT_DIGITS
        return Segment(self._answered(key, name, form, given, params, readouts), name, form, digits)

    def _answered(
        self,
        key: str,
        name: str,
        form: str,
        given: Mapping[str, object],
        params: Params,
        readouts: Mapping[str, Readout],
    ) -> str:
        """Return one number of an answer as it is written: given, a readout, or a parameter."""
        if name in given:
            return SHORT_FILLER.format_field(given[name], form)
        if name in readouts:
            item = readouts[name]
            return (
                SHORT_FILLER.format_field(item.best, form)
                if form not in ("", "%")
                else item.term.short(item.best, form)
            )
        spec = params.controls().get(name)
        if spec is None:
            raise WordsError(f"{self.words.source}, {key}: {name} is no readout, no parameter, and not given.")
        value = getattr(params, name)
        named = (spec.control.choices or {}).get(value) if spec.options else None
        return SHORT_FILLER.format_field(spec.write(value) if spec.options else value, form) if named is None else named

    def say_figure(self, found: Picture) -> Figure:
        """Return a picture with its title, caption and descriptions."""
        from bnsim.charts.template import Figure

        key = f"figure.{found.key}"
        title, caption, alt = (self.words[f"{key}.{part}"] for part in ("title", "caption", "alt"))
        described = f"{key}.description.{found.case}" if found.case else f"{key}.description"
        description = self.words.say(described, **found.numbers)
        return Figure(found.key, title, caption, alt, description, found.template, found.data)


def _alone(params: Params) -> tuple[Params]:
    return (params,)


def _at_once(run: Callable[[Any], Any], params: Params) -> Iterator[Found]:
    yield Found(1.0, run(params))


def _first(_: Params, outcomes: Sequence[Any]) -> Any:
    return outcomes[0]


class Tables(Mapping[str, "pd.DataFrame"]):
    """Frames by name, each made from the outcome when first asked for, and then kept."""

    def __init__(self, makers: Mapping[str, Callable[[Any], pd.DataFrame]], outcome: Any) -> None:
        self._makers, self._outcome = makers, outcome
        self._made: dict[str, pd.DataFrame] = {}
        self._making = RLock()

    def __getitem__(self, name: str) -> pd.DataFrame:
        with self._making:
            if name not in self._made:
                self._made[name] = self._makers[name](self._outcome)
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    @property
    def made(self) -> dict[str, pd.DataFrame]:
        """Those that have been made."""
        return dict(self._made)


@dataclass(frozen=True, eq=False)
class Result(Displayed):
    """What one experiment found for one set of parameters; each part is made when first asked for."""

    experiment: Experiment
    params: Params

    @classmethod
    def of(cls, experiment: Experiment, params: Params, outcome: Any) -> Result:
        """Return the result of an outcome that is at hand: of work done elsewhere, or of a part of it."""
        result = cls(experiment, params)
        result.__dict__["outcome"] = outcome  # where `kept_once` would put it
        return result

    @kept_once
    def outcome(self) -> Any:
        """The experiment's own frozen result."""
        with one_thread():
            return self.experiment.run(self.params)

    @kept_once
    def readout_list(self) -> tuple[Readout, ...]:
        """The readouts with their statements, in order."""
        return tuple(map(self.experiment.say_readout, self.experiment.readouts(self.outcome)))

    @property
    def readouts(self) -> dict[str, float | str]:
        """The numbers by key."""
        return {readout.key: readout.value for readout in self.readout_list}

    @kept_once
    def answers(self) -> tuple[tuple[Segment, ...], ...]:
        """The sentences that answer the question, each in parts."""
        readouts = {readout.key: readout for readout in self.readout_list}
        found = self.experiment.answers(self.outcome)
        return tuple(self.experiment.say_answer(each, self.params, readouts) for each in found)

    @property
    def answer(self) -> str:
        """The answer to the question as text."""
        return " ".join("".join(segment.text for segment in sentence) for sentence in self.answers)

    @kept_once
    def _notes(self) -> tuple[Note, ...]:
        return tuple(self.experiment.notes(self.outcome))

    @kept_once
    def notes(self) -> tuple[str, ...]:
        """Plain sentences about this result."""
        return tuple(map(self.experiment.say_note, self._notes))

    @kept_once
    def warnings(self) -> tuple[str, ...]:
        """Those of the notes that nobody should overlook."""
        return tuple(said for said, each in zip(self.notes, self._notes, strict=True) if each.warns)

    @kept_once
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tidy frames by name, each made when first asked for."""
        return Tables(self.experiment.tables, self.outcome)

    @kept_once
    def figures(self) -> tuple[Figure, ...]:
        """The pictures, made from the tables."""
        return tuple(map(self.experiment.say_figure, self.experiment.figures(self.tables)))

    @kept_once
    def first_figure(self) -> Figure:
        """The main picture, which shows the answer; the others are made only for those who ask for them."""
        first = next(iter(self.experiment.figures(self.tables)))
        return self.experiment.say_figure(first)

    @kept_once
    def offers(self) -> Mapping[str, Mapping[str, Any]]:
        """What one click can set, by label."""
        return self.experiment.offers(self.outcome)

    @property
    def parts(self) -> int:
        """How many parts have been made, tables counted one by one."""
        made = dict(vars(self))
        return len(made) + (len(made["tables"].made) if "tables" in made else 0)

    def made(self) -> tuple[object, ...]:
        """Return all that has been made, such as for weighing it."""
        parts = dict(vars(self))  # as it is now: another thread may be making more
        tables = parts["tables"].made if "tables" in parts else {}
        first = (parts["first_figure"],) if "first_figure" in parts else ()
        frames = [dict(figure.data) for figure in (*parts.get("figures", ()), *first)]
        said = [parts.get(name) for name in ("readout_list", "answers", "notes", "offers")]
        return self.params, parts.get("outcome"), said, tables, frames

    def at_sight(self) -> None:
        """Make what a page shows at first, after which it needs no outcome."""
        for part in ("readout_list", "answers", "notes", "warnings", "offers", "first_figure"):
            getattr(self, part)

    def everything(self) -> tuple[object, ...]:
        """Make what is made when first asked for, and return all of it: it does not grow later."""
        self.at_sight()
        frames = [dict(figure.data) for figure in self.figures]
        said = (self.readout_list, self.answers, self.notes, self.offers)
        return self.outcome, said, dict(self.tables), frames

    def slim(self) -> None:
        """Forget the outcome and the tables, the largest parts, if a run without parts makes them anew."""
        if self.experiment.work is None:
            for name in ("tables", "outcome"):
                vars(self).pop(name, None)
