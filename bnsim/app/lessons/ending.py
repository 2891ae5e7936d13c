"""The end of a lesson: how many were right, what to look at again, and where to go from here."""

import html
from textwrap import shorten

import streamlit as st

from bnsim.app import text
from bnsim.app.lessons.course import WORDS, Course
from bnsim.app.lessons.finding import missing, truth_at_hand, work_out
from bnsim.app.pages.sets import PLAY_ICON
from bnsim.app.text import plain
from bnsim.experiments import find
from bnsim.learn.lesson import UNSURE, judge, question
from bnsim.scenario.wording import counted

SAID = WORDS["end"]
LONGEST_LINE = 140
"""Characters of a question that stand in the list at the end."""


def end(course: Course) -> None:
    """Draw how it went, question by question."""
    steps, found = course.lesson.steps[course.first :], outcomes(course)
    right, pending = found.count("right"), found.count("pending")
    unsure, many = course.answers[course.first :].count(UNSURE), len(found)
    st.html(
        f'<h2 class="bnp" tabindex="-1" data-place="end">{html.escape(SAID["got"].format(right=right, all=many))}</h2>'
    )
    said = [SAID["unsure"].format(unsure=counted(unsure, "question", "questions"))] if unsure else []
    said += [SAID["waiting"].format(waiting=counted(pending, "answer has", "answers have"))] if pending else []
    weak = any(name in ("wrong", "not_known") for name in found)
    said += [SAID["again"]] if weak else []
    said += [SAID["perfect"]] if right == many else []
    text.sentences(st.empty(), said)
    if missing(steps):
        work_out(steps, f"lesson.{course.lesson.name}.end")
    text.section(SAID["lines"])
    for at, name in enumerate(found, course.first):
        line(course, at, name)
    ways_on(course)


def outcomes(course: Course) -> list[str]:
    """Return the name of the word for how each question went, from the one with which the lesson begins."""
    return [outcome(course, at) for at in range(course.first, len(course.lesson.steps))]


def outcome(course: Course, at: int) -> str:
    """Return the name of the word for how one question went; what is not known needs no truth."""
    step, answer = course.lesson.steps[at], course.answers[at]
    if answer == UNSURE:
        return "not_known"
    truth = truth_at_hand(step)
    if truth is None:
        return "pending"
    return "right" if judge(step, answer, truth).right else "wrong"


def line(course: Course, at: int, name: str) -> None:
    """Draw one question with how it went; one that was not right can be looked at again."""
    asked = question(course.lesson.steps[at])
    asked = shorten(asked, LONGEST_LINE, placeholder=" …")
    mark = {"right": "✓", "wrong": "✗"}.get(name, "–")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        said = f"<b>{mark} {html.escape(SAID[name])}:</b> {at + 1}. {html.escape(asked)}"
        st.html(f'<p class="bnw">{said}</p>', width="content")
        if name != "right":
            label, key = SAID["look"].format(step=at + 1), f"lesson.{course.lesson.name}.look.{at}"
            st.button(label, key=key, on_click=course.go, args=(at,), type="tertiary")


def ways_on(course: Course) -> None:
    """Draw the ways to the pages that the lesson was about."""
    scenarios = (each for step in course.lesson.steps for each in step.scenarios)
    for slug in dict.fromkeys(each.experiment for each in scenarios):
        label = SAID["experiment"].format(experiment=plain(find(slug).title))
        st.page_link(st.session_state["bnsim.all"][slug], label=label, icon=PLAY_ICON)
