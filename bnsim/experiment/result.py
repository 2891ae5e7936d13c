"""What one experiment found for one set of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bnsim.displayed import Displayed
from bnsim.experiment.contract import Experiment
from bnsim.experiment.sentences import Note, Readout, Segment
from bnsim.experiment.tables import Tables
from bnsim.once import kept_once
from bnsim.scenario.params import Params
from bnsim.work import one_thread

if TYPE_CHECKING:
    from bnsim.charts.template import Figure


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
        return tuple(self.experiment.say_note(each) for each in self._notes if each.warns)

    @kept_once
    def tables(self) -> Tables:
        """The tidy frames by name, each made when first asked for."""
        return Tables(self.experiment.tables, self.outcome, self.experiment.complete, self.experiment.closed)

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
        """How many parts have been made: tables and statements one by one, and frames besides their columns."""
        made = dict(vars(self))
        tables = made["tables"].made.values() if "tables" in made else ()
        frames = sum("data" in vars(figure) for figure in figures_in(made))
        statements = sum("statement" in vars(readout) for readout in made.get("readout_list", ()))
        return len(made) + sum(map(len, tables)) + frames + statements

    def made(self) -> tuple[object, ...]:
        """Return all that has been made, such as for weighing it."""
        parts = dict(vars(self))  # as it is now: another thread may be making more
        tables = (parts["tables"].made, parts["tables"].completed) if "tables" in parts else ()
        frames = [(figure.given, vars(figure).get("data")) for figure in figures_in(parts)]
        numbers = [(each.value, vars(each).get("statement")) for each in parts.get("readout_list", ())]
        said = numbers, [parts.get(name) for name in ("answers", "_notes", "notes", "warnings", "offers")]
        return self.params, parts.get("outcome"), said, tables, frames

    def at_sight(self) -> None:
        """Make what a page shows at first, after which it needs no outcome."""
        for part in ("readout_list", "answers", "warnings", "offers", "first_figure"):
            getattr(self, part)

    def complete(self) -> None:
        """Reckon what closed tables need, which takes as long again; see `Experiment.complete`."""
        self.tables.complete()

    def everything(self) -> tuple[object, ...]:
        """Make what is made when first asked for, and return all of it: it does not grow later."""
        self.at_sight()
        frames = [dict(figure.given) for figure in self.figures]
        statements = [readout.statement for readout in self.readout_list]
        said = (self.readout_list, statements, self.answers, self.notes, self.offers)
        return self.outcome, said, dict(self.tables), frames

    def slim(self) -> None:
        """Forget the outcome and the tables, the largest parts, if a run without parts makes them anew."""
        if self.experiment.work is None:
            for name in ("tables", "outcome"):
                vars(self).pop(name, None)


def figures_in(made: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the pictures among the parts that have been made."""
    first = (made["first_figure"],) if "first_figure" in made else ()
    return (*made.get("figures", ()), *first)
