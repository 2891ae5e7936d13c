"""The way in: a code to join, or a question to open a room with."""

from textwrap import shorten

import streamlit as st

from bnsim.app import address, saving, text
from bnsim.app.classroom.joining import HERE
from bnsim.app.classroom.keys import KEY, all_of, secret
from bnsim.app.classroom.question import WORDS
from bnsim.app.classroom.teacher import COUNTDOWN, COUNTDOWNS, chosen_countdown, lasting
from bnsim.app.pages.lessons import lessons
from bnsim.app.saving import typed
from bnsim.classroom import Topic, code_in, spaced, topic_in, topic_of
from bnsim.classroom.bounds import HOURS
from bnsim.classroom.shared import classroom
from bnsim.errors import InputError, MissingExtraError
from bnsim.learn.lesson import question

CODE, LESSON, STEP, OWN = "room.code", "room.lesson", "room.step", "room.own"
PROBLEMS = "bnsim.room.problems"
ALL, OWN_QUESTION = "", "own"
LONGEST = 90
"""Characters of a question that stand in a list."""


def opening_page(problems: tuple[str, ...]) -> None:
    """Draw both ways into a room; `problems` is what was wrong with the way that somebody came."""
    text.question(WORDS["label.question"])
    text.sentences(st.empty(), [*problems, *st.session_state.pop(PROBLEMS, ())], bad=True)
    st.markdown(WORDS.say("label.lead", hours=HOURS))
    with st.container(key="room-opening"):
        left, right = st.columns(2, gap="large")
        with left:
            joining()
        with right:
            opening()


def joining() -> None:
    """Draw the box for a code."""
    text.section(WORDS["label.join"])
    with st.form("room.join", border=False):
        st.text_input(WORDS["label.join_code"], key=CODE, placeholder=WORDS["label.join_hint"], max_chars=50)
        st.form_submit_button(WORDS["label.join_go"], on_click=join, type="primary")


def join() -> None:
    """Go to the room whose code was typed."""
    try:
        code = code_in(typed(CODE))
        classroom().room(code)
    except (InputError, MissingExtraError) as error:
        st.session_state[PROBLEMS] = (str(error),)
    else:
        st.query_params.from_dict(address.as_step({"join": code}))


def opening() -> None:
    """Draw the choice of what is asked, and the button that opens a room for it."""
    text.section(WORDS["label.open"])
    for code in all_of(KEY):
        page = st.session_state["bnsim.all"][HERE]
        label = WORDS.say("label.own_room", code=spaced(code))
        st.page_link(page, label=label, icon=":material/history:", query_params=address.as_step({"room": code}))
    titles = {name: lesson.title for name, lesson in lessons().lessons.items()}
    titles[OWN_QUESTION] = WORDS["label.open_own"]
    saving.keep_valid(LESSON, titles)
    chosen = st.selectbox(WORDS["label.open_lesson"], list(titles), key=LESSON, format_func=lambda name: titles[name])
    if chosen == OWN_QUESTION:
        st.text_area(
            WORDS["label.open_own_text"], key=OWN, height=220, help=WORDS["label.open_own_help"], max_chars=100_000
        )
    else:
        steps(chosen)
    st.selectbox(WORDS["label.open_countdown"], COUNTDOWNS, key=COUNTDOWN, format_func=lasting, width=200)
    st.button(WORDS["label.open_go"], key="room.open", on_click=open_room, type="primary")


def steps(lesson: str) -> None:
    """Draw the choice of all questions of a lesson, or one of them."""
    names = {ALL: WORDS.say("label.open_all", many=len(lessons().lessons[lesson].steps))}
    for at, step in enumerate(lessons().lessons[lesson].steps, 1):
        asked = shorten(question(step), LONGEST, placeholder=" …")
        names[step.name] = WORDS.say("label.open_one", at=at, question=asked)
    saving.keep_valid(STEP, names)
    st.selectbox(WORDS["label.open_step"], list(names), key=STEP, format_func=lambda name: names[name])


def topic() -> Topic:
    """Return what was chosen to be asked.

    Raises
    ------
    InputError
        With everything that is wrong with a question of one's own.
    """
    chosen = typed(LESSON)
    if chosen == OWN_QUESTION:
        return topic_in(typed(OWN))
    step = typed(STEP)
    return topic_of(f"{chosen}/{step}" if step else chosen, lessons())


def open_room() -> None:
    """Open a room for what was chosen; its key stays in this browser."""
    try:
        keys = classroom().open(topic(), chosen_countdown())
    except InputError as error:
        st.session_state[PROBLEMS] = error.problems
    except MissingExtraError as error:
        st.session_state[PROBLEMS] = (str(error),)
    else:
        secret(keys.code, KEY).take(keys.key)
        st.query_params.from_dict(address.as_step({"room": keys.code}))
