"""The lessons: a list of them, and each one question at a time; the answer comes when a prediction is locked."""

import html
from collections.abc import Sequence

import streamlit as st

from bnsim.app import address, presenter, text, waiting
from bnsim.app.lessons import focus
from bnsim.app.lessons.asking import ask, heading
from bnsim.app.lessons.course import (
    HERE,
    MOST_SAID,
    STEP,
    WHICH,
    WORDS,
    Course,
    course_of,
    left,
    query_of,
    recall,
    write_link,
)
from bnsim.app.lessons.ending import end
from bnsim.app.lessons.finding import missing, truth_at_hand, work_out
from bnsim.app.lessons.showing import show, way_to
from bnsim.app.state import leave
from bnsim.app.text import plain
from bnsim.learn.lesson import Lesson, Lessons
from bnsim.once import once
from bnsim.scenario.wording import counted

GO, LIST = WORDS["go"], WORDS["list"]


@once
def lessons() -> Lessons:
    """Return the lessons that come with bnsim and the user's own, read once."""
    return Lessons.open()


def lessons_page() -> None:
    """Draw the lesson that the address names, or the list of all."""
    asked = st.query_params.get(WHICH, "")
    found = lessons().lessons
    if asked in found:
        lesson_page(course_of(found[asked]))
    else:
        list_page([WORDS["unknown"].format(name=asked[:MOST_SAID])] if asked else [])


def list_page(reports: Sequence[str]) -> None:
    """Draw what lessons there are, and the way on in those that were begun."""
    query = recall(lessons().lessons)
    text.question(WORDS["question"])
    text.sentences(st.empty(), reports, bad=True)
    st.markdown(WORDS["lead"])
    with st.container(key="lessons"):
        for lesson in lessons().lessons.values():
            entry(lesson)
    text.sentences(st.empty(), lessons().problems, bad=True)
    leave()
    focus.follow("list")
    address.write(HERE, query | presenter.in_link())


def entry(lesson: Lesson) -> None:
    """Draw one lesson of the list."""
    page = st.session_state["bnsim.all"][HERE]
    label = f"**{plain(lesson.title)}** {plain(lesson.summary)}"
    st.page_link(page, label=label, query_params=address.as_step({WHICH: lesson.name}))
    size = LIST["counted"].format(
        minutes=counted(lesson.minutes, "minute", "minutes"), steps=counted(len(lesson.steps), "question", "questions")
    )
    said = [size] if lesson.name in lessons().shipped_names else [size, LIST["own"]]
    st.html(f'<p class="bnl bni">{html.escape(" · ".join(said))}</p>')
    course = begun(lesson)
    if course is not None:
        answered, steps = len(course.answers), len(lesson.steps)
        label = LIST["see"] if answered == steps else LIST["go_on"].format(step=answered + 1, steps=steps)
        query = address.as_step({**query_of(course), STEP: str(answered + 1)})
        st.page_link(page, label=label, icon=":material/history:", query_params=query)


def begun(lesson: Lesson) -> Course | None:
    """Return where this visitor is in a lesson; None where nothing has been answered."""
    course: Course | None = st.session_state.get("bnsim.courses", {}).get(lesson.name)
    return course if course is not None and course.answers else None


def lesson_page(course: Course) -> None:
    """Draw a lesson where its visitor is: a question, its answer, or the end."""
    text.question(course.lesson.title)
    text.sentences(st.empty(), course.reports, bad=True)
    with st.container(key="lesson"):
        place = "end" if course.is_over else step_page(course)
        if course.is_over:
            end(course)
        ways(course)
    focus.follow(place)
    write_link(course)


def step_page(course: Course) -> str:
    """Draw a question, and its answer if the prediction is locked; return the place that the focus is to go to."""
    heading(course)
    answer = course.answer
    if answer is None:
        ask(course)
        return f"{course.at + 1}-question"
    truth = truth_at_hand(course.step)
    if truth is None:
        wait(course)
    else:
        show(course, answer, truth)
    on(course)
    return f"{course.at + 1}-{'waiting' if truth is None else 'answer'}"


def on(course: Course) -> None:
    """Draw the way to the next question, and to the scenario of this one."""
    step, name = course.step, f"lesson.{course.lesson.name}"
    is_last = course.at + 1 == len(course.lesson.steps)
    with st.container(horizontal=True, gap="small", key="lesson-on", vertical_alignment="center"):
        st.button(
            GO["end" if is_last else "next"], key=f"{name}.next.{course.at}", type="primary",
            on_click=course.go, args=(course.at + 1,),
        )  # fmt: skip
        if course.held_by is None:
            way_to(step.scenario, GO["open"])
        if course.held_by is None and step.against is not None:
            way_to(step.against, GO["open_second"])


def wait(course: Course) -> None:
    """Say that the prediction is locked, and draw how far the answer is."""
    said, focus_here, above = WORDS["wait"], f'data-place="{course.at + 1}-waiting"', st.container()
    runs = missing([course.step])
    if runs:
        work_out([course.step], course.key)
    paused = "paused_" if runs and waiting.interval(runs) is None else ""
    title = html.escape(said[f"{paused}title"])
    above.html(f'<div class="bnv" role="status" tabindex="-1" {focus_here}><h3>{title}</h3></div>')
    above.caption(said[f"{paused}lead"])


def ways(course: Course) -> None:
    """Draw the ways back: to the question before, to the beginning, to all lessons."""
    name = f"lesson.{course.lesson.name}"
    with st.container(horizontal=True, gap="small", key="lesson-ways", vertical_alignment="center"):
        if course.at > 0:
            st.button(
                GO["back"].format(step=course.at), key=f"{name}.back.{course.at}", type="tertiary",
                on_click=course.go, args=(course.at - 1,),
            )  # fmt: skip
        if course.answers:
            st.button(GO["anew"], key=f"{name}.anew", type="tertiary", on_click=course.begin_anew)
        page = st.session_state["bnsim.all"][HERE]
        st.page_link(page, label=WORDS["all"], icon=":material/list:", query_params=address.as_step(left(course)))
        if not course.is_over:
            room = st.session_state["bnsim.all"]["classroom"]
            query = {WHICH: course.lesson.name, STEP: course.step.name}
            st.page_link(room, label=GO["class"], icon=":material/groups:", query_params=query)
    presenter.switch()
