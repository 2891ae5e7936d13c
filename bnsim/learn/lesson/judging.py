"""What a question says, what is true, and what is said to an answer."""

import math
import sys
from dataclasses import dataclass
from decimal import Decimal

from bnsim.experiment import Readout, Result
from bnsim.experiments import find
from bnsim.learn.lesson.step import Answer, Compare, Step
from bnsim.learn.lesson.template import filled
from bnsim.runs import run_many
from bnsim.text import Term
from bnsim.text.numbers import MOST_DIGITS
from bnsim.text.words import SHORT_FILLER
from bnsim.work.sharing import Progress


@dataclass(frozen=True, eq=False)
class Truth:
    """What was computed for a step.

    Parameters
    ----------
    value : float or str
        What decides: a number, or a word in place of one.
    choice : int or None
        Place of the choice that is true, from 0; None where the step has no choices, or not exactly one is true.
    result : Result
        Of the scenario.
    against : Result, optional
        Of the second one.
    """

    value: float | str
    choice: int | None
    result: Result
    against: Result | None = None


@dataclass(frozen=True)
class Verdict:
    """What is said to an answer.

    Parameters
    ----------
    right : bool or None
        None for "I don't know".
    error : float or None
        |prediction - truth|, in the unit of the readout; None for choices and "I don't know".
    text, follow_up : str
        In words.
    """

    right: bool | None
    error: float | None
    text: str
    follow_up: str = ""


def question(step: Step) -> str:
    """Return the question of a step, the values of parameters in it."""
    return filled(step.question, step.scenario, step.against)


def truth(step: Step, progress: Progress | None = None) -> Truth:
    """Run what a step asks about; where it trains networks that takes seconds, and `progress` hears how far it is."""
    return truth_of(step, *run_many(step.scenarios, progress=progress))


def truth_of(step: Step, result: Result, against: Result | None = None) -> Truth:
    """Return what is true, from results that are at hand; `against` is that of the second scenario."""
    value = _deciding(step, result, against)
    true = [place for place, choice in enumerate(step.choices) if choice.holds(value)]
    return Truth(value, true[0] if len(true) == 1 else None, result, against)


def judge(step: Step, answer: Answer, truth: Truth) -> Verdict:
    """Return whether an answer is right, by how much it is off, and what is said to it."""
    right, error = _judged(step, answer, truth)
    template = {True: step.right, False: step.wrong, None: step.unsure or step.wrong}[right]
    return Verdict(right, error, _said(step, template, answer, truth), _said(step, step.follow_up, answer, truth))


def factor_of(number: float, value: float) -> float:
    """Return by which factor a positive number is off, 1 or more; infinity where one of them is not positive."""
    return max(number / value, value / number) if number > 0 and value > 0 else math.inf


def written(step: Step, value: float | str, form: str = "") -> str:
    """Return a number of the readout that decides as it is written in a sentence."""
    term = term_of(step)
    return term.short(value, form) if form in ("", "%") else SHORT_FILLER.format_field(value, form)


def compared(step: Step, prediction: float, value: float) -> tuple[str, str, str]:
    """Return a prediction, the truth and the distance between them as they are written side by side.

    Both have the digits that the distance needs, so that whoever subtracts them gets it; it has none that the truth has
    not.
    """
    off = abs(prediction - value)
    if not math.isfinite(off):
        return written(step, prediction), written(step, value), written(step, off)
    if value:
        off = round(off, term_of(step).digits - 1 - Decimal(value).adjusted())
    error = written(step, off)
    place = _last_place(error)
    return _to_place(step, prediction, place), _to_place(step, value, place), error


def _to_place(step: Step, value: float, place: int) -> str:
    """Return a number as it is written in a sentence, or with more digits, to a power of ten."""
    text, digits = written(step, value), Decimal(value).adjusted() + 1 - place
    return text if _last_place(text) <= place or digits < 1 else written(step, value, str(min(digits, MOST_DIGITS)))


def _last_place(text: str) -> int:
    """Return the power of ten of the last digit of a number as it is written."""
    exponent = Decimal(text.replace("\N{MINUS SIGN}", "-")).as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def term_of(step: Step) -> Term:
    """Return symbol, label and digits of the readout that decides."""
    return find(step.scenario.experiment).terms[step.readout]


def _judged(step: Step, answer: Answer, truth: Truth) -> tuple[bool | None, float | None]:
    if answer.choice is not None:
        return answer.choice == truth.choice, None
    if answer.number is None:
        return None, None
    if isinstance(truth.value, str):
        return False, None
    error = abs(answer.number - truth.value)
    if step.close_factor is not None:
        # A quotient is rounded once, so a number on the very edge may be one unit beyond it.
        return factor_of(answer.number, truth.value) <= step.close_factor * (1 + sys.float_info.epsilon), error
    # Prediction, truth and difference are rounded by half a unit of the largest of them, each; so is `close`.
    rounding = 2 * math.ulp(max(abs(answer.number), abs(truth.value)))
    return error <= (step.close or 0.0) + rounding, error


def _deciding(step: Step, result: Result, against: Result | None) -> float | str:
    """Return the number that decides, as people are shown it; NaN where a word stands in place of one of two."""
    value = _readouts(result)[step.readout].best
    if step.compare is Compare.VALUE:
        return value
    other = math.nan if against is None else _readouts(against)[step.readout].best
    if isinstance(value, str) or isinstance(other, str):
        return math.nan
    if step.compare is Compare.DIFFERENCE:
        return value - other
    return value / other if other else math.nan


def _said(step: Step, template: str, answer: Answer, truth: Truth) -> str:
    others = {} if truth.against is None else _readouts(truth.against)

    def given(name: str, form: str) -> str | None:
        return _given(step, answer, truth, name, form)

    return filled(template, step.scenario, step.against, _readouts(truth.result), others, given)


def _given(step: Step, answer: Answer, truth: Truth, name: str, form: str) -> str | None:
    """Return the truth or the prediction as it is written; None for any other name."""
    if name == "truth":
        return written(step, truth.value, form)
    if name == "prediction" and answer.choice is not None:
        return step.choices[answer.choice].text
    if answer.number is None or name not in ("prediction", "error", "factor"):
        return None
    if name == "prediction":
        return written(step, answer.number, form)
    value = math.nan if isinstance(truth.value, str) else truth.value
    if name == "error":
        return written(step, abs(answer.number - value), form)
    return SHORT_FILLER.format_field(factor_of(answer.number, value), form)


def _readouts(result: Result) -> dict[str, Readout]:
    return {readout.key: readout for readout in result.readout_list}
