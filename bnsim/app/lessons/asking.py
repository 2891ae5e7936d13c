"""A question, and how it is answered; nothing of what is true is known here, or sent."""

import html
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import streamlit as st

from bnsim.app import pictures, text
from bnsim.app.lessons.course import WORDS, Course
from bnsim.app.lessons.finding import settings
from bnsim.app.live import live_sliders
from bnsim.app.state import is_finite
from bnsim.app.text import plain
from bnsim.charts.prediction import NAME, Axis, moving_template, state
from bnsim.charts.template import Figure
from bnsim.experiments import find
from bnsim.learn.lesson import UNSURE, Answer, Compare, Kind, Step, question
from bnsim.learn.lesson.judging import term_of
from bnsim.scenario.fields import Control, FieldSpec
from bnsim.text import short

SAID, ASK, PICTURE = WORDS["step"], WORDS["ask"], WORDS["picture"]


class Asked(Protocol):
    """A question as somebody is asked it, in a lesson or in a class.

    `guess` is where the slider of the question stands, as the browser last said, and `problem` what is wrong with what
    was to be answered. What is drawn for the question begins with `key`, and `place` names it for the focus.
    """

    guess: float | None
    problem: str
    epoch: int

    @property
    def step(self) -> Step:
        """What is asked."""

    @property
    def key(self) -> str:
        """What the names of its parts begin with."""

    @property
    def place(self) -> str:
        """Which of several it is."""

    @property
    def sends(self) -> str:
        """What the button says that answers it."""

    @property
    def held_by(self) -> int | None:
        """The place of a later question, from 0, whose answer the picture of this one would tell."""

    def lock(self, answer: Answer) -> None:
        """Take an answer."""


def heading(course: Course) -> None:
    """Draw the question, and in words what is set; the keyboard's focus comes here."""
    step, steps = course.step, course.lesson.steps
    place = SAID["place"].format(step=course.at + 1, steps=len(steps))
    lines = [f'<p class="bnl">{html.escape(place)}</p>']
    if step.again:
        earlier = next(at for at, each in enumerate(steps, 1) if each.name == step.again)
        lines.append(f'<p class="bnl">{html.escape(SAID["again"].format(step=earlier))}</p>')
    focus = f'data-place="{course.at + 1}-question"'
    lines.append(f'<h2 class="bnp" tabindex="-1" {focus}>{html.escape(question(step))}</h2>')
    need = [SAID["need"].format(need=course.lesson.need)] if course.lesson.need and course.at == 0 else []
    lines += [f'<p class="bnl">{html.escape(line)}</p>' for line in (*need, *set_up(step))]
    st.html("".join(lines))


def set_up(step: Step) -> list[str]:
    """Return in words what is set in the scenarios of a step."""
    title, said = find(step.scenario.experiment).title, settings(step.scenario)
    lines = [SAID["setting" if said else "standard"].format(experiment=title, settings=said)]
    if step.against is not None:
        beside = settings(step.against, step.scenario) or SAID["same"]
        lines.append(SAID["and_beside"].format(settings=beside))
    return lines


def ask(asked: Asked) -> None:
    """Draw what the question is answered with."""
    ANSWERED_BY[asked.step.kind](asked)
    text.sentences(st.empty(), [asked.problem] if asked.problem else [], bad=True)


def choice(asked: Asked) -> None:
    """Draw the sentences to choose from; none is chosen at first."""
    texts, key = [each.text for each in asked.step.choices], asked.key
    with st.form(f"{key}.form", border=False):
        st.radio(
            ASK["choice"], range(len(texts)), index=None, format_func=lambda at: plain(texts[at]), key=f"{key}.choice"
        )
        buttons(asked, st.form_submit_button, partial(lock_choice, asked, f"{key}.choice", len(texts)))


def lock_choice(asked: Asked, key: str, many: int) -> None:
    """Lock the sentence that is chosen."""
    chosen = st.session_state.get(key)
    if isinstance(chosen, int) and not isinstance(chosen, bool) and 0 <= chosen < many:
        asked.lock(Answer(choice=chosen))
    else:
        asked.problem = ASK["no_choice"]


def number(asked: Asked) -> None:
    """Draw a box for a number; it is empty at first."""
    (low, high), key = asked.step.bounds, asked.key
    label = ASK["number"].format(low=short(low), high=short(high))
    with st.form(f"{key}.form", border=False):
        st.number_input(
            label, min_value=float(low), max_value=float(high), value=None, step=axis_of(asked.step).push,
            format="%.6g", key=f"{key}.number", width=300,
        )  # fmt: skip
        buttons(asked, st.form_submit_button, partial(lock_number, asked, f"{key}.number"))


def number_in(value: object, low: float, high: float) -> float | None:
    """Return what a browser said, if it is a number in a range."""
    if isinstance(value, int | float) and is_finite(value) and low <= value <= high:
        return float(value)
    return None


def lock_number(asked: Asked, key: str) -> None:
    """Lock the number in the box."""
    low, high = asked.step.bounds
    typed = number_in(st.session_state.get(key), low, high)
    if typed is not None:
        asked.lock(Answer(number=typed))
    else:
        asked.problem = ASK["no_number"].format(low=short(low), high=short(high))


def point(asked: Asked) -> None:
    """Draw an axis, and the slider that moves the mark on it."""
    axis = axis_of(asked.step)
    at = start_of(asked, axis)
    template = moving_template(axis, PICTURE["you"])
    figure = Figure(
        "prediction", PICTURE["title"], PICTURE["caption"], PICTURE["alt"], "", template, {"state": state(at)}
    )
    key = asked.key
    with st.container(key="lesson-axis"):
        pictures.draw(figure, key, asked.epoch)
    with st.container(key="lesson-slider"):
        live_sliders(f"{key}.live", [slider(axis)], {NAME: at}, asked.epoch, partial(hear, asked, axis), {})
    buttons(asked, st.button, partial(lock_point, asked, axis))


def axis_of(step: Step) -> Axis:
    """Return the axis of what decides; it goes by powers of ten where a prediction may be off by a factor."""
    low, high = step.bounds
    term = term_of(step)
    is_said = term.label.endswith(term.symbol) or term.symbol.casefold() in term.label.casefold().split()
    label = term.label if is_said else f"{term.label}, {term.symbol}"
    title = label if step.compare is Compare.VALUE else PICTURE[step.compare.value].format(label=label)
    return Axis(low, high, title, step.close_factor is not None and low > 0)


def slider(axis: Axis) -> FieldSpec:
    """Return the slider of a prediction."""
    low, high = axis.ends
    label = ASK["point_by_powers" if axis.by_powers else "point"]
    control = Control(label, slider=(low, high, axis.step), help=ASK["point_help"], live=True)
    return FieldSpec(NAME, "number", control, default=low, low=low, high=high)


def start_of(asked: Asked, axis: Axis) -> float:
    """Return where the slider stands: in the middle at first, to the step of the slider."""
    low, high = axis.ends
    middle = low + axis.step * round((high - low) / axis.step / 2)
    return middle if asked.guess is None else asked.guess


def hear(asked: Asked, axis: Axis, said: object) -> None:
    """Take over where the slider was let go; what comes from a browser can be anything."""
    low, high = axis.ends
    if isinstance(said, Mapping) and said.get("epoch") == asked.epoch:
        position = number_in(said.get(NAME), low, high)
        asked.guess = asked.guess if position is None else position


def lock_point(asked: Asked, axis: Axis) -> None:
    """Lock where the slider stands."""
    value = axis.at(start_of(asked, axis))
    asked.lock(Answer(number=min(max(value, axis.low), axis.high)))


def buttons(asked: Asked, press: Callable[..., object], lock: Callable[[], None]) -> None:
    """Draw what locks the prediction, and what says that one does not know."""
    key = asked.key
    with st.container(horizontal=True, gap="small"):
        press(asked.sends, key=f"{key}.lock", on_click=lock, type="primary")
        press(ASK["unsure"], key=f"{key}.unsure", on_click=asked.lock, args=(UNSURE,))


ANSWERED_BY: Mapping[Kind, Callable[[Asked], None]] = {Kind.CHOICE: choice, Kind.NUMBER: number, Kind.POINT: point}
