"""What is shown when a prediction is locked: whether it was right, both on one axis, the picture, and why."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import streamlit as st

from bnsim.app import pictures, text
from bnsim.app.lessons.asking import PICTURE, Asked, axis_of
from bnsim.app.lessons.course import WORDS
from bnsim.app.lessons.finding import settings
from bnsim.app.pages.sets import PLAY_ICON
from bnsim.charts.place import DATA, can_hold, marked
from bnsim.charts.prediction import marked_template, marks
from bnsim.charts.template import Figure
from bnsim.experiments import find
from bnsim.learn.lesson import Answer, Compare, Kind, Step, Truth, Verdict, judge
from bnsim.learn.lesson.judging import compared, factor_of, written
from bnsim.scenario import link
from bnsim.scenario.scenario import Scenario
from bnsim.text import short

SAID = WORDS["verdict"]
Row = tuple[str, float, str]
"""Of the marks: whose it is, where it stands, what is written beside it."""

NAMES = {True: "right", False: "wrong", None: "unsure"}
"""Of the words for a verdict."""


def show(asked: Asked, answer: Answer, truth: Truth) -> None:
    """Draw the verdict and, beside it, the prediction and the truth in the picture, or on an axis of their own.

    A picture that would tell the answer to a later question is held back until that one is answered.
    """
    st.html(verdict_of(asked, answer, judge(asked.step, answer, truth), truth))
    draw_pictures(asked, truth, rows_of(asked.step, answer, truth))


def draw_pictures(asked: Asked, truth: Truth, rows: Sequence[Row], *, has_axis: bool = True) -> None:
    """Draw the pictures of what is true, with marks in the main one or, if it `has_axis`, on an axis alone."""
    step, held_by = asked.step, asked.held_by
    figure = None if held_by is not None else marked_figure(step, truth.result.first_figure, rows)
    if rows and figure is None and has_axis:
        with st.container(key="lesson-axis"):
            picture(asked, axis_figure(step, rows), "axis")
    if held_by is not None:
        st.caption(PICTURE["held"].format(step=held_by + 1))
        return
    picture(asked, figure or truth.result.first_figure, "picture")
    if truth.against is not None and step.against is not None:
        text.section(PICTURE["second"].format(settings=settings(step.against, step.scenario) or WORDS["step"]["same"]))
        picture(asked, truth.against.first_figure, "beside")


def verdict_of(asked: Asked, answer: Answer, verdict: Verdict, truth: Truth, title: str = "") -> str:
    """Return in words whether the prediction was right, by how much it was off, and why; `title` is for no answer."""
    name = NAMES[verdict.right]
    body = [f"<h3>{html.escape(title or SAID[name])}</h3>"]
    body += [f"<p><b>{html.escape(line)}</b></p>" for line in numbers(asked.step, answer, verdict, truth)]
    if asked.step.kind is Kind.CHOICE:
        body.append(choices(asked.step, answer, truth))
    body += [f"<p>{html.escape(line)}</p>" for line in (verdict.text, verdict.follow_up) if line]
    focus = f'data-place="{asked.place}-answer"'
    return f'<div class="bnv {name}" role="status" tabindex="-1" {focus}>{"".join(body)}</div>'


def numbers(step: Step, answer: Answer, verdict: Verdict, truth: Truth) -> Iterator[str]:
    """Yield the numbers of both and of the error, in the readout's own unit; sentences to choose from need none."""
    if step.kind is Kind.CHOICE or isinstance(truth.value, str):
        return
    if answer.number is None or verdict.error is None:
        yield SAID["truth"].format(truth=written(step, truth.value))
        return
    said = dict(zip(("prediction", "truth", "error"), compared(step, answer.number, truth.value), strict=True))
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


def rows_of(step: Step, answer: Answer, truth: Truth) -> list[Row]:
    """Return whose mark stands where, and what is written beside it; nothing where sentences were chosen from."""
    if step.kind is Kind.CHOICE or isinstance(truth.value, str) or not math.isfinite(truth.value):
        return []
    given = [] if answer.number is None else [("you", answer.number)]
    return [
        (who, value, PICTURE[who].format(value=written(step, value))) for who, value in (*given, ("true", truth.value))
    ]


def marked_figure(step: Step, figure: Figure, rows: Sequence[Row]) -> Figure | None:
    """Return the main picture with the marks in it; None where the readout does not lie on an axis of it."""
    place = find(step.scenario.experiment).places.get(step.readout)
    if not rows or step.compare is not Compare.VALUE or place is None or place.picture != figure.key:
        return None
    if not can_hold(figure.template, place, *(value for _, value, _ in rows)):
        return None
    description = f"{spoken(rows)}. {figure.description}"
    data = {**figure.given, DATA: marks(rows)}
    template = marked(figure.template, place, [who for who, _, _ in rows])
    return replace(figure, template=template, given=data, description=description)


def axis_figure(step: Step, rows: Sequence[Row]) -> Figure:
    """Return an axis with the marks, and nothing else."""
    axis = axis_of(step).holding(*(value for _, value, _ in rows))
    caption = PICTURE["marked_caption"].format(label=axis.title)
    alt = PICTURE["marked_alt" if len(rows) > 1 else "unsure_alt"]
    data = {"marks": marks(rows)}
    return Figure("marked", PICTURE["marked_title"], caption, alt, spoken(rows), marked_template(axis), data)


def spoken(rows: Sequence[Row]) -> str:
    """Return the marks in words."""
    return ", ".join(label for _, _, label in rows)


def picture(asked: Asked, figure: Figure, name: str) -> None:
    """Draw a picture, and say in words what it shows; `name` tells it from the others of the step."""
    pictures.draw_found(figure, f"{asked.key}.{name}", asked.epoch)
    text.unseen(st.empty(), figure.description)


def way_to(scenario: Scenario, label: str) -> None:
    """Draw the way to a scenario on its own page."""
    page = st.session_state["bnsim.all"][scenario.experiment]
    st.page_link(page, label=label, icon=PLAY_ICON, query_params=link.encode(scenario.params))
