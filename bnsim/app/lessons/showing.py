"""What is shown when a prediction is locked: whether it was right, both on one axis, the picture, and why."""

import html
import math
from collections.abc import Iterator

import streamlit as st

from bnsim.app import pictures, text
from bnsim.app.lessons.asking import PICTURE, axis_of, key_of
from bnsim.app.lessons.course import WORDS, Course
from bnsim.app.lessons.finding import settings
from bnsim.app.pages.sets import PLAY_ICON
from bnsim.charts.prediction import marked_template, marks
from bnsim.charts.template import Figure
from bnsim.experiment import Result
from bnsim.learn.lesson import Answer, Kind, Step, Truth, Verdict, judge
from bnsim.learn.lesson.judging import factor_of, written
from bnsim.scenario import link
from bnsim.scenario.scenario import Scenario
from bnsim.text import short

SAID = WORDS["verdict"]
NAMES = {True: "right", False: "wrong", None: "unsure"}
"""Of the words for a verdict."""


def show(course: Course, answer: Answer, truth: Truth) -> None:
    """Draw the verdict and, beside it, the prediction and the truth in the picture."""
    step, verdict = course.step, judge(course.step, answer, truth)
    st.html(verdict_of(course, answer, verdict, truth))
    if step.kind is not Kind.CHOICE and not isinstance(truth.value, str):
        with st.container(key="lesson-axis"):
            axis = marked(step, answer, truth.value)
            pictures.draw(axis, key_of(course), course.epoch)
            text.unseen(st.empty(), axis.description)
    picture(course, truth.result, "")
    if truth.against is not None and step.against is not None:
        said = settings(step.against, step.scenario) or WORDS["step"]["same"]
        picture(course, truth.against, PICTURE["second"].format(settings=said))


def verdict_of(course: Course, answer: Answer, verdict: Verdict, truth: Truth) -> str:
    """Return in words whether the prediction was right, by how much it was off, and why."""
    name = NAMES[verdict.right]
    body = [f"<h3>{html.escape(SAID[name])}</h3>"]
    body += [f"<p><b>{html.escape(line)}</b></p>" for line in numbers(course.step, answer, verdict, truth)]
    if course.step.kind is Kind.CHOICE:
        body.append(choices(course.step, answer, truth))
    body += [f"<p>{html.escape(line)}</p>" for line in (verdict.text, verdict.follow_up) if line]
    focus = f'data-place="{course.at + 1}-answer"'
    return f'<div class="bnv {name}" role="status" tabindex="-1" {focus}>{"".join(body)}</div>'


def numbers(step: Step, answer: Answer, verdict: Verdict, truth: Truth) -> Iterator[str]:
    """Yield the numbers of both and of the error, in the readout's own unit."""
    if isinstance(truth.value, str):
        return
    if answer.number is None or verdict.error is None:
        yield SAID["truth"].format(truth=written(step, truth.value))
        return
    numbers = {"prediction": answer.number, "truth": truth.value, "error": verdict.error}
    said = {name: written(step, value) for name, value in numbers.items()}
    factor = math.inf if step.close_factor is None else factor_of(answer.number, truth.value)
    name = "numbers_factor" if math.isfinite(factor) else "numbers"
    yield SAID[name].format(**said, factor=short(factor))


def choices(step: Step, answer: Answer, truth: Truth) -> str:
    """Return the sentences that could be chosen, with words beside the chosen one and the true one."""

    def line(at: int, words: str) -> str:
        said = [SAID["yours"]] if at == answer.choice else []
        said += [SAID["holds"]] if at == truth.choice else []
        beside = f" <b>({html.escape(', '.join(said))})</b>" if said else ""
        return f"<li>{html.escape(words)}{beside}</li>"

    items = "".join(line(at, each.text) for at, each in enumerate(step.choices))
    return f'<ul aria-label="{html.escape(SAID["choices"])}">{items}</ul>'


def marked(step: Step, answer: Answer, truth: float) -> Figure:
    """Return the axis with both marks."""
    given = [] if answer.number is None else [("you", answer.number)]
    rows = [(who, value, PICTURE[who].format(value=written(step, value))) for who, value in (*given, ("true", truth))]
    axis = axis_of(step).holding(*(value for _, value, _ in rows))
    caption = PICTURE["marked_caption"].format(label=axis.title)
    alt = PICTURE["marked_alt" if given else "unsure_alt"]
    spoken = ", ".join(label for _, _, label in rows)
    return Figure(
        "marked", PICTURE["marked_title"], caption, alt, spoken, marked_template(axis), {"marks": marks(rows)}
    )


def picture(course: Course, result: Result, title: str) -> None:
    """Draw the main picture of a result, and say in words what it shows."""
    if title:
        text.section(title)
    figure, owner = result.first_figure, f"{key_of(course)}.{'beside' if title else 'picture'}"
    pictures.draw_found(figure, owner, course.epoch)
    text.unseen(st.empty(), figure.description)


def way_to(scenario: Scenario, label: str) -> None:
    """Draw the way to a scenario on its own page."""
    page = st.session_state["bnsim.all"][scenario.experiment]
    st.page_link(page, label=label, icon=PLAY_ICON, query_params=link.encode(scenario.params))
