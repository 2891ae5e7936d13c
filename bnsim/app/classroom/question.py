"""A question of a room as lessons ask it: answered with a vote instead of a lock, and open to change."""

import html
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from bnsim.app.lessons.asking import axis_of, set_up
from bnsim.app.lessons.course import WORDS as LESSONS
from bnsim.app.state import next_epoch
from bnsim.classroom.views import View
from bnsim.errors import RoomError
from bnsim.learn.lesson import UNSURE, Answer, Kind, Step, question
from bnsim.learn.lesson.judging import written
from bnsim.text import words_of

WORDS = words_of("bnsim.app.classroom")

Send = Callable[[int, int, Answer], None]
"""Takes an answer to a vote of a round."""


@dataclass
class Question:
    """One question to one vote, as `bnsim.app.lessons.asking.Asked`.

    It keeps the round and the vote that it was drawn for, so that what is pressed late does not count for another one.
    `vote` is None where none is open.
    """

    code: str
    round: int
    vote: int | None
    step: Step
    send: Send
    held_by: int | None = None
    is_change: bool = False
    guess: float | None = None
    problem: str = ""
    epoch: int = field(default_factory=next_epoch)

    @property
    def key(self) -> str:
        """What the names of its parts begin with."""
        return f"room.{self.code}.{self.round}.{self.vote}"

    @property
    def place(self) -> str:
        """Which of several it is."""
        return str(self.round)

    @property
    def sends(self) -> str:
        """What the button says that answers it."""
        return WORDS["label.change" if self.is_change else "label.send"]

    def lock(self, answer: Answer) -> None:
        """Send an answer; what stands against it is said."""
        self.problem = ""
        try:
            self.send(self.round, self.vote or 0, answer)
        except RoomError as error:
            self.problem = str(error)


def question_of(view: View, send: Send, answer: Answer | None = None) -> Question:
    """Return the question of a view; the slider stands where this student put it before."""
    held_by = None if view.held_by is None else view.held_by - 1
    found = Question(view.code, view.round, view.takes, view.step, send, held_by)
    if view.step.kind is Kind.POINT and answer is not None and answer.number is not None:
        found.guess = axis_of(view.step).position(answer.number)
    return found


def heading(view: View, *, set_in_words: bool = True) -> str:
    """Return as markup which question it is, the question, and in words what is set."""
    place = WORDS.say("label.asked_place", round=view.round, rounds=view.rounds)
    focus = f'data-place="{view.round}-question"'
    lines = [
        f'<p class="bnl">{html.escape(place)}</p>',
        f'<h2 class="bnp" tabindex="-1" {focus}>{html.escape(question(view.step))}</h2>',
    ]
    if set_in_words:
        lines += [f'<p class="bnl">{html.escape(line)}</p>' for line in set_up(view.step)]
    return "".join(lines)


def choices_listed(step: Step) -> str:
    """Return the sentences to choose from as markup, nothing marked; none where a number is asked for."""
    items = "".join(f"<li>{html.escape(each.text)}</li>" for each in step.choices)
    return items and f'<ul class="bn-choices" aria-label="{html.escape(LESSONS["verdict"]["choices"])}">{items}</ul>'


def in_words(step: Step, answer: Answer) -> str:
    """Return an answer as it is said to whoever gave it."""
    if answer == UNSURE:
        return WORDS["label.unsure"]
    if answer.choice is not None:
        return step.choices[answer.choice].text
    return written(step, answer.number or 0.0)


def said(lines: list[str]) -> None:
    """Draw what is to be done now."""
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    st.html(f'<div class="bn-says" role="status">{body}</div>')


def nobody(round_number: int, vote: int, answer: Answer) -> None:
    """Take no answer: a teacher and a projector have no seat."""
