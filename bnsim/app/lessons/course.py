"""Where one visitor is in one lesson: the answers given, and the step that is shown; the address holds both."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

import streamlit as st

from bnsim.app import address, presenter
from bnsim.app.state import next_epoch
from bnsim.learn.lesson import UNSURE, Answer, Lesson, Progress, Step
from bnsim.scenario.prepared import LESSON, START, Possible, decode

HERE = "lessons"
WHICH, STEP, PROGRESS, LAST = LESSON, "step", "progress", "last"
"""What the address says: which lesson, the step from 1, the answers; on the list, which lesson they belong to.

Of a lesson that a teacher has prepared also `START`, the question with which it begins.
"""

MOST_SAID = 40
"""Characters of an unknown name that are said."""

WORDS: Mapping[str, Any] = tomllib.loads((files(__package__) / "text.toml").read_text("utf-8"))


@dataclass
class Course:
    """One visitor in one lesson.

    `at` is the place of the step that is shown, from 0; behind the last one comes the end. `guess` is where the
    slider of the step stands, as the browser last said, and `problem` what is wrong with what was to be locked.
    `linked` is the place that the address was last written for, None on arrival; `begun` how often it was begun anew;
    `first` the place of the question with which a teacher lets it begin: those before it count as not guessed.
    """

    lesson: Lesson
    progress: Progress = field(default_factory=Progress)
    at: int = 0
    reports: tuple[str, ...] = ()
    guess: float | None = None
    problem: str = ""
    epoch: int = field(default_factory=next_epoch)
    linked: int | None = None
    begun: int = 0
    first: int = 0

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What was answered, one for each step from the first."""
        return self.progress.answers

    @property
    def has_begun(self) -> bool:
        """Whether a question has been answered, and not only left out by a teacher."""
        return len(self.answers) > self.first

    @property
    def is_over(self) -> bool:
        """Whether the end is shown, behind the last step."""
        return self.at >= len(self.lesson.steps)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.lesson.steps[self.at]

    @property
    def answer(self) -> Answer | None:
        """What was answered to the step that is shown; None as long as nothing is locked."""
        return self.answers[self.at] if self.at < len(self.answers) else None

    @property
    def held_by(self) -> int | None:
        """The place of a later question, still open, whose answer the picture of this one's scenarios would tell."""
        shown = {(each.experiment, each.params) for each in self.step.scenarios}
        later = range(max(self.at + 1, len(self.answers)), len(self.lesson.steps))
        asked = ((at, each) for at in later for each in self.lesson.steps[at].scenarios)
        return next((at for at, each in asked if (each.experiment, each.params) in shown), None)

    @property
    def key(self) -> str:
        """What the parts of the step that is shown begin with; begun anew they are others, and empty."""
        return f"lesson.{self.lesson.name}.{self.at}.{self.begun}"

    @property
    def place(self) -> str:
        """The number of the step that is shown, from 1."""
        return str(self.at + 1)

    @property
    def sends(self) -> str:
        """What the button says that locks a prediction."""
        return str(WORDS["ask"]["lock"])

    def lock(self, answer: Answer) -> None:
        """Keep an answer to the step that is shown; what was given is not changed any more."""
        if self.answer is None and self.at == len(self.answers):
            self.progress = self.progress.given(answer)
        self._show(self.at)

    def go(self, at: int) -> None:
        """Show another step, at most the first one without an answer."""
        self._show(max(self.first, min(at, len(self.answers))))

    def begin_anew(self) -> None:
        """Forget every answer."""
        self.begun += 1
        self.progress = Progress((UNSURE,) * self.first)
        self._show(self.first)

    def unlock(self) -> None:
        """Let the lesson begin at its first question; what was answered is forgotten, as that was left out."""
        self.first = 0
        self.begin_anew()

    def _show(self, at: int) -> None:
        self.at, self.guess, self.problem, self.reports = at, None, "", ()
        self.epoch = next_epoch(self.epoch)

    def arrive(self, query: Mapping[str, str]) -> None:
        """Take over what a link says; what it says less of than is known here is kept."""
        said, reports = Progress.read(query.get(PROGRESS, ""), self.lesson)
        if self.answers[: len(said.answers)] != said.answers:
            self.progress = said
        told = self._begin_at(query) if START in query else ()
        at, wrong = place_of(query.get(STEP, ""), len(self.answers))
        if at < self.first:
            at, wrong = self.first, (WORDS["before_start"].format(first=self.first + 1, got=at + 1),)
        self._show(at)
        self.reports, self.linked = (*reports, *told, *wrong), None

    def _begin_at(self, query: Mapping[str, str]) -> tuple[str, ...]:
        """Begin where a teacher's link says, and return what is wrong with that; questions before it are left out."""
        possible = Possible(lessons={self.lesson.name: len(self.lesson.steps)})
        prepared, told = decode({LESSON: self.lesson.name, START: query[START]}, possible)
        self.first = prepared.start - 1
        self.progress = replace(self.progress, answers=self.answers + (UNSURE,) * (self.first - len(self.answers)))
        return told


def place_of(written: str, answered: int) -> tuple[int, tuple[str, ...]]:
    """Return the place of the step that a link names, from 0, and what is wrong with it.

    Without a name it is the first step that is not answered; a later one cannot be shown before.
    """
    if not written:
        return answered, ()
    if written.isascii() and written.isdigit() and len(written) < 4 and 1 <= int(written) <= answered + 1:
        return int(written) - 1, ()
    said = WORDS["wrong_step" if answered else "wrong_first_step"]
    return answered, (said.format(most=answered + 1, got=written[:MOST_SAID]),)


def course_of(lesson: Lesson) -> Course:
    """Return where this visitor is in a lesson; on arrival and after Back the link says it."""
    course = known_course(lesson)
    here = f"{HERE}/{lesson.name}"
    if st.session_state.get("bnsim.here") != here or address.is_history():
        st.session_state["bnsim.here"] = here
        course.arrive(linked())
    return course


def linked() -> dict[str, str]:
    """Return what a link says, having taken over what it says of the view."""
    query = presenter.arrive({key: st.query_params.get_all(key) for key in st.query_params})
    return {key: values[-1] for key, values in query.items()}


def recall(lessons: Mapping[str, Lesson]) -> dict[str, str]:
    """Return what the address of the list says of the lesson that was left, having taken over what a link says."""
    query = linked()
    before = str(st.session_state.get("bnsim.here") or "").removeprefix(f"{HERE}/")
    lesson = lessons.get(query.get(LAST, before))
    if lesson is None:
        return {}
    course = known_course(lesson)
    course.arrive({key: query[key] for key in (PROGRESS, START) if key in query})
    course.reports = ()
    return left(course)


def left(course: Course) -> dict[str, str]:
    """Return what the address of the list says of a lesson that is left."""
    return {LAST: course.lesson.name, **started(course), **written(course)}


def known_course(lesson: Lesson) -> Course:
    """Return where this visitor is in a lesson, as far as this session knows."""
    courses: dict[str, Course] = st.session_state.setdefault("bnsim.courses", {})
    if lesson.name not in courses or courses[lesson.name].lesson != lesson:
        courses[lesson.name] = Course(lesson)
    return courses[lesson.name]


def write_link(course: Course) -> None:
    """Put the step and the answers into the address; Back undoes a step, and no answer."""
    is_step = course.linked not in (None, course.at)
    course.linked = course.at
    address.write(HERE, query_of(course) | presenter.in_link(), step=is_step)


def query_of(course: Course) -> dict[str, str]:
    """Return what the address says of where a visitor is."""
    return {WHICH: course.lesson.name, **started(course), STEP: str(course.at + 1), **written(course)}


def started(course: Course) -> dict[str, str]:
    """Return what the address says of where a teacher lets the lesson begin; nothing where that is the beginning."""
    return {START: str(course.first + 1)} if course.first else {}


def written(course: Course) -> dict[str, str]:
    """Return what the address says of the answers; nothing where there are none."""
    return {PROGRESS: course.progress.written()} if course.has_begun else {}
