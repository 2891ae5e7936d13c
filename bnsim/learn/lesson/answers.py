"""What may be answered to a step, and how an answer that somebody types is read."""

from bnsim.errors import InputError
from bnsim.learn.lesson.step import UNSURE, Answer, Kind, Step
from bnsim.scenario.values import NUMBER
from bnsim.scenario.wording import number_text, shown

DONT_KNOW = "?"
LONGEST = 40  # characters of a number


def fits(step: Step, answer: Answer) -> bool:
    """Return whether an answer is one that the step allows."""
    if answer == UNSURE:
        return True
    if step.kind is Kind.CHOICE:
        return answer.choice is not None and 0 <= answer.choice < len(step.choices)
    low, high = step.bounds
    return answer.number is not None and low <= answer.number <= high


def rule(step: Step) -> str:
    """Return what may be answered beside "I don't know": "a choice from 1 to 3"."""
    if step.kind is Kind.CHOICE:
        return f"a choice from 1 to {len(step.choices)}"
    low, high = step.bounds
    return f"a number from {number_text(low)} to {number_text(high)}"


def answer_of(step: Step, text: str) -> Answer:
    """Return the answer that a text is: the number of a choice from 1, a number, or ``?`` for "I don't know".

    Raises
    ------
    InputError
        If the step does not allow it.
    """
    bare = text.strip().replace("\N{MINUS SIGN}", "-")
    answer = UNSURE if bare == DONT_KNOW else _typed(step, bare)
    if answer is None or not fits(step, answer):
        raise InputError(f"the answer must be {rule(step)}, or {DONT_KNOW}; got {shown(text.strip())}.")
    return answer


def _typed(step: Step, bare: str) -> Answer | None:
    if step.kind is Kind.CHOICE:
        return Answer(choice=int(bare) - 1) if len(bare) == 1 and bare.isascii() and bare.isdigit() else None
    return Answer(number=float(bare)) if len(bare) <= LONGEST and NUMBER.fullmatch(bare) else None
