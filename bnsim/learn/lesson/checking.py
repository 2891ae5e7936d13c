"""What only a run can tell of a lesson: whether each question has one right answer, and one can be wrong."""

import math
from collections.abc import Iterator

from bnsim.learn.lesson.judging import Truth, judge, truth_of
from bnsim.learn.lesson.step import Answer, Compare, Kind, Lesson, Step
from bnsim.runs import run_many
from bnsim.scenario.wording import number_text
from bnsim.text import number
from bnsim.work.sharing import Progress


def truth_problems(lesson: Lesson, progress: Progress | None = None) -> tuple[str, ...]:
    """Run everything that a lesson asks about, and return a sentence for every question that cannot be judged.

    Parameters
    ----------
    lesson : Lesson
        As it was read.
    progress : callable, optional
        Hears which share of the slow runs is done.
    """
    results = iter(run_many([each for step in lesson.steps for each in step.scenarios], progress=progress))
    problems: list[str] = []
    for place, step in enumerate(lesson.steps, 1):
        found = truth_of(step, *[next(results) for _ in step.scenarios])
        problems += [f'step {place} ("{step.name}"): {sentence}' for sentence in step_problems(step, found)]
    return tuple(problems)


def step_problems(step: Step, truth: Truth) -> Iterator[str]:
    """Yield what is wrong with a question, now that the truth is known."""
    if step.kind is Kind.CHOICE:
        yield from _choice_problems(step, truth)
    elif isinstance(truth.value, str) or not math.isfinite(truth.value):
        yield f"the truth must be a number where kind is {step.kind}; {_truth(step, truth)}."
    elif not step.bounds[0] <= truth.value <= step.bounds[1]:
        low, high = map(number_text, step.bounds)
        yield f"low and high must hold the truth between them, from {low} to {high}; {_truth(step, truth)}."
    elif all(judge(step, Answer(number=end), truth).right for end in step.bounds):
        how = "close" if step.close_factor is None else "close_factor"
        yield f"{how} must leave answers that are wrong; every one from low to high counts as right."


def _choice_problems(step: Step, truth: Truth) -> Iterator[str]:
    if truth.choice is None:
        true = [str(place) for place, choice in enumerate(step.choices, 1) if choice.holds(truth.value)]
        got = f"choices {', '.join(true[:-1])} and {true[-1]} are" if true else "none is"
        yield f"exactly one choice must be true; {_truth(step, truth)}, and {got}."


def _truth(step: Step, truth: Truth) -> str:
    compared = "" if step.compare is Compare.VALUE else f" as a {step.compare}"
    return f"{step.readout}{compared} is {truth.value if isinstance(truth.value, str) else number(truth.value)}"
