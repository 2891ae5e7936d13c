"""A lesson at the terminal: it asks, reads a line, and says what is true; also where nobody sits, such as in a pipe."""

import io
import shlex
import sys
from collections.abc import Iterable, Mapping

import click

from bnsim.cli.progress import ProgressBar
from bnsim.errors import InputError
from bnsim.exports.text import plain_table
from bnsim.learn.lesson.answers import DONT_KNOW, answer_of, rule
from bnsim.learn.lesson.judging import compared, judge, question, truth
from bnsim.learn.lesson.library import Lessons, load
from bnsim.learn.lesson.progress import Progress
from bnsim.learn.lesson.step import Answer, Lesson, Step
from bnsim.scenario.files import exists
from bnsim.scenario.wording import counted, shown, unknown

STOP = "q"
LONGEST_LINE = 1000


def lessons_table(lessons: Mapping[str, Lesson]) -> str:
    """Return the lessons at hand as a table."""
    rows = [
        (name, found.experiment, str(len(found.steps)), str(found.minutes), found.title)
        for name, found in lessons.items()
    ]
    return plain_table(("lesson", "experiment", "steps", "minutes", "title"), rows)


def requested_lesson(target: str) -> Lesson:
    """Return a lesson by its name or from a file; InputError if there is none."""
    if target.endswith(".toml") or exists(target):
        return load(target)
    found = Lessons.open()
    if target not in found.lessons:
        raise InputError(unknown(target, "a lesson", found.lessons, "The lessons are"), *found.problems)
    return found.lessons[target]


def go_through(lesson: Lesson, progress: Progress, *, called: str) -> None:
    """Ask the questions that are not yet answered, and say what is true after each.

    Parameters
    ----------
    lesson : Lesson
        What is gone through.
    progress : Progress
        What has been answered already.
    called : str
        How the lesson was asked for, to say how to go on.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # what is no text is no answer either
    click.echo(_head(lesson, progress))
    verdicts: list[bool | None] = []
    for place, step in enumerate(lesson.steps[len(progress.answers) :], len(progress.answers) + 1):
        click.echo(f"\nStep {place} of {len(lesson.steps)}\n{_asked(step)}")
        taken = _taken(step)
        if taken is None:
            click.echo(f"\nTo go on: bnsim lesson {shlex.quote(called)} --from {progress.written()}")
            return
        answer, right = taken
        verdicts.append(right)
        progress = progress.given(answer)
    click.echo(f"\n{_tally(verdicts)}")


def _head(lesson: Lesson, progress: Progress) -> str:
    need = f"\nYou need to know: {lesson.need}" if lesson.need else ""
    answered = len(progress.answers)
    done = f"\n{counted(answered, 'step is', 'steps are')} answered." if answered else ""
    return f"{lesson.title}{need}{done}"


def _asked(step: Step) -> str:
    choices = (f"\n  {place}  {choice.text}" for place, choice in enumerate(step.choices, 1))
    return f"{question(step)}{''.join(choices)}"


def _taken(step: Step) -> tuple[Answer, bool | None] | None:
    """Return an answer and whether it was right; None if somebody stops, also while something is computed."""
    try:
        answer = _answered(step)
        return None if answer is None else (answer, _said(step, answer))
    except KeyboardInterrupt:
        click.echo()
        return None


def _answered(step: Step) -> Answer | None:
    """Return an answer that the step allows; None if somebody stops or nothing more comes."""
    prompt = f"{rule(step).capitalize()}, {DONT_KNOW} if you don't know, {STOP} to stop: "
    while True:
        line = _line(prompt)
        if line is None or line.strip().lower() == STOP:
            return None
        try:
            return answer_of(step, line)
        except InputError as error:
            click.echo(f"{error}")


def _line(prompt: str) -> str | None:
    """Return the next line of the input, None at its end; one that nobody types is printed beside its question."""
    click.echo(prompt, nl=False)
    line = sys.stdin.readline(LONGEST_LINE)
    if not line:
        click.echo()
        return None
    if not sys.stdin.isatty():
        bare = line.rstrip("\r\n")
        click.echo(bare if bare.isprintable() else shown(bare))
    return line


def _said(step: Step, answer: Answer) -> bool | None:
    """Say what is true, and return whether the answer was right."""
    with ProgressBar(step.name) as progress:
        found = truth(step, progress)
    verdict = judge(step, answer, found)
    lines = (_distance(step, answer, found.value, verdict.error), verdict.text, verdict.follow_up)
    click.echo("\n".join(filter(None, lines)))
    return verdict.right


def _distance(step: Step, answer: Answer, value: float | str, error: float | None) -> str:
    """Return how far a predicted number is off, which the app draws; "" where there is no distance."""
    if answer.number is None or error is None or isinstance(value, str):
        return ""
    said, true, off = compared(step, answer.number, value)
    return f"You said {said}; it is {true}: off by {off}."


def _tally(verdicts: Iterable[bool | None]) -> str:
    found = list(verdicts)
    if not found:
        return "Every step is answered. To begin anew, leave out --from."
    unsure = found.count(None)
    left_open = f", {unsure} left open" if unsure else ""
    return f"{found.count(True)} of {counted(len(found), 'prediction', 'predictions')} right{left_open}."
