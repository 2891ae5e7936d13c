"""An experiment as a value: its parameters, its run, and everything that says and shows what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bnsim.columns import Given
from bnsim.experiment.pictures import Overlay, Picture
from bnsim.experiment.programs import CodeSettings
from bnsim.experiment.sentences import Answer, Note, Readout, Segment, Stated
from bnsim.experiment.tables import Tables
from bnsim.scenario.params import Params
from bnsim.text import SIGNIFICANT_DIGITS, Term, Words
from bnsim.text.words import SHORT_FILLER, WordsError
from bnsim.work import Found, Work

if TYPE_CHECKING:
    from bnsim.charts.place import Place
    from bnsim.charts.template import Figure

Better = Literal["higher", "lower"]
"""Which of two numbers of one quantity is better, whoever looks."""


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
        Pure, and it makes every number but those of `complete`; its only randomness is the generator it makes from
        `params.seed`.
    readouts, notes : callable, outcome -> iterable of Stated, of Note
        The numbers; which sentences about this very outcome a reader must not miss.
    tables : mapping of callables, outcome -> DataFrame or columns
        Tidy frames by name, each made when first asked for; figures are made from these alone. What the first picture
        needs is better given as columns (`bnsim.columns`): a frame is made of them for those who ask for one.
    figures : callable, tables -> iterable of Picture
        The pictures.
    overlay : Overlay
        What the Compare page lays over each other.
    headline : tuple of str
        Keys of the readouts that belong beside the first figure; four at most.
    shown_tables : tuple of str
        Names of the tables that the page offers to read.
    complete : callable, outcome -> outcome, optional
        As pure as `run`. It adds the numbers that only `closed` tables need, and the pictures made of these: they are
        reckoned when one of them is opened, and of what waits in a queue with the rest of it.
    closed : tuple of str
        Names of the tables that are made of what `complete` returns; the first picture needs none of them.
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
    tables: Mapping[str, Callable[[Any], Given]]
    figures: Callable[[Tables], Iterable[Picture]]
    notes: Callable[[Any], Iterable[Note]]
    overlay: Overlay
    headline: tuple[str, ...]
    shown_tables: tuple[str, ...]
    complete: Callable[[Any], Any] | None = None
    closed: tuple[str, ...] = ()
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
        """Return a number with its statement in words, which are found when somebody reads it."""
        key = f"readout.{found.key}.statement"
        said = partial(self.words.say, f"{key}.{found.case}" if found.case else key, **found.numbers)
        return Readout(found.key, found.value, self.terms[found.key], said, found.exact, found.error)

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
