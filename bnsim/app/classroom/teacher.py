"""The teacher's desk: the room's code and address, its phases one button each, and what the class answers."""

import html
from functools import partial

import streamlit as st

from bnsim.app import address, text
from bnsim.app.classroom import counting
from bnsim.app.classroom.boards import board
from bnsim.app.classroom.countdown import countdown
from bnsim.app.classroom.joining import HERE, joining
from bnsim.app.classroom.keys import KEY, Secret, keep_in_browser, secret
from bnsim.app.classroom.question import WORDS, choices_listed, heading, nobody, question_of
from bnsim.app.classroom.watching import Look, watch
from bnsim.app.lessons.finding import missing, result_of, truth_at_hand, work_out
from bnsim.app.lessons.showing import draw_pictures, rows_of
from bnsim.classroom import Phase, Room, spaced
from bnsim.classroom.bounds import FEW
from bnsim.classroom.download import ANSWERS, BOARD
from bnsim.classroom.shared import classroom
from bnsim.classroom.views import TeacherView
from bnsim.classroom.words import say
from bnsim.errors import RoomError, StrangerError
from bnsim.learn.lesson import UNSURE, Kind
from bnsim.learn.lesson.checking import step_problems
from bnsim.learn.lesson.judging import written
from bnsim.scenario.scenario import ScenarioSet

COUNTDOWNS = (0, 30, 60, 120, 180, 300)
"""Seconds that are offered; 0 for no countdown."""

COUNTDOWN, PROBLEM = "room.countdown", "bnsim.room.problem"
TAKING = (Phase.OPEN, Phase.REOPENED)


def sign(room: Room) -> tuple[object, ...]:
    """Return of a room what its teacher sees: everything."""
    return room.version, room.phase, len(room.seats), len(room.votes)


def teacher_page(code: str) -> None:
    """Draw the desk of a room; only the browser in which it was opened has the key."""
    known = secret(code, KEY)
    if not known.value and not known.heard:
        text.question(WORDS.say("label.desk", code=spaced(code)))
        st.caption(WORDS["label.wait"])
        keep_in_browser(known)
        return
    try:
        look = Look(code, sign).begin()
        view = classroom().teacher(code, known.value, truth_at_hand)
    except StrangerError:
        text.question(WORDS.say("label.desk", code=spaced(code)))
        text.sentences(st.empty(), [WORDS.say("label.key_missing", code=spaced(code))], bad=True)
        page = st.session_state["bnsim.all"][HERE]
        st.page_link(page, label=WORDS["label.join"], query_params=address.as_step({"join": code}))
        return
    desk(view, known)
    watch(look)
    if not known.is_settled:
        keep_in_browser(known)


def desk(view: TeacherView, known: Secret) -> None:
    """Draw the parts of the desk: what goes on at the left, how students join at the right, below what was answered."""
    text.question(WORDS.say("label.desk", code=spaced(view.code)))
    if not known.works:
        text.sentences(st.empty(), [WORDS["label.key_unkept"]], bad=True)
    countdown(view.remaining)
    with st.container(key="room-desk"):
        left, right = st.columns([5, 2], gap="medium")
        with right:
            joining(view.code)
        with left:
            st.html(heading(view) + choices_listed(view.step))
            moving(view, known)
            votes(view)
        truth(view)
        found = classroom().board(view.code, known.value)
        board(found, f"room.{view.code}.board")
        downloads(view, known, found)


def moving(view: TeacherView, known: Secret) -> None:
    """Draw where the question is, a button for each phase that can follow, and what students see meanwhile."""
    status = WORDS.say("label.status", phase=say(f"phase.{view.phase}"), count=view.count, seats=view.seats)
    st.html(f'<p class="bn-status" role="status">{html.escape(status[0].upper() + status[1:])}</p>')
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="room-moves"):
        for at, to in enumerate(view.moves):
            label = WORDS[f"label.move.{view.phase}.{to}"]
            st.button(
                label, key=f"room.move.{view.round}.{view.phase}.{to}", type="secondary" if at else "primary",
                on_click=partial(advance, view.code, known.value, to),
            )  # fmt: skip
        if any(to in TAKING for to in view.moves):
            st.selectbox(WORDS["label.countdown"], COUNTDOWNS, key=COUNTDOWN, format_func=lasting, width=200)
    problem = st.session_state.pop(PROBLEM, "")
    text.sentences(st.empty(), [problem] if problem else [], bad=True)
    st.caption(f"**{WORDS['label.students_see']}:** {view.students_see}")
    if not view.seats:
        st.caption(WORDS["label.seated"])
    st.caption(f":material/visibility_off: {WORDS['label.teacher_only']}")


def lasting(seconds: int) -> str:
    """Return a countdown in words."""
    if not seconds:
        return WORDS["label.countdown_none"]
    if seconds < 60:
        return WORDS.say("label.countdown_seconds", seconds=seconds)
    return WORDS.say("label.countdown_minutes", minutes=seconds // 60)


def chosen_countdown() -> int | None:
    """Return the seconds that are chosen; None for no countdown."""
    chosen = st.session_state.get(COUNTDOWN)
    return chosen or None if chosen in COUNTDOWNS else None


def advance(code: str, key: str, to: Phase) -> None:
    """Go on to another phase; what stands against it is said."""
    try:
        classroom().advance(code, key, to, chosen_countdown() if to in TAKING else None)
    except RoomError as error:
        st.session_state[PROBLEM] = str(error)


def votes(view: TeacherView) -> None:
    """Draw what the class answers, at any time, and who changed to what."""
    text.section(WORDS["label.votes"])
    if not counting.given(view.tally):
        st.caption(WORDS["label.votes_none"])
        return
    counting.draw(view.step, view.tally, view.truth, f"room.{view.code}.{view.round}.teacher")
    shares = counting.shares(view.tally)
    if shares:
        st.html(f'<p class="bn-shares">{html.escape(shares)}</p>')
    if view.few:
        st.caption(WORDS.say("label.few", few=FEW))
    flow = counting.flow(view.tally)
    if flow:
        text.section(WORDS["label.flow"])
        st.html(flow + f"<p>{html.escape(counting.turned(view.tally))}</p>")


def truth(view: TeacherView) -> None:
    """Draw what is true, or how far its computation is: it must be there before the answer is shown."""
    text.section(WORDS["label.truth"])
    if view.truth is None:
        st.caption(WORDS["label.truth_late"])
        if missing([view.step]):
            work_out([view.step], f"room.{view.code}.{view.round}.truth")
        return
    broken = [WORDS.say("label.broken", sentence=each) for each in step_problems(view.step, view.truth)]
    text.sentences(st.empty(), broken, bad=True)
    if view.step.kind is Kind.CHOICE and view.truth.choice is not None:
        said = view.step.choices[view.truth.choice].text
    else:
        said = WORDS.say("label.true_at", value=written(view.step, view.truth.value))
    st.html(f'<p class="bn-truth">{html.escape(said)}</p>')
    if view.phase is Phase.REVEALED:
        asked = question_of(view, nobody)
        draw_pictures(asked, view.truth, rows_of(view.step, UNSURE, view.truth), has_axis=False)


def downloads(view: TeacherView, known: Secret, found: ScenarioSet | None) -> None:
    """Draw the buttons that download everything of the room; it is made when they are pressed."""
    results = [] if found is None else [each for each in map(result_of, found.scenarios) if each is not None]
    is_run = found is not None and len(results) == len(found.scenarios)
    offered = {ANSWERS: "download"} | ({BOARD: "download_board"} if is_run else {})
    with st.container(horizontal=True, gap="small", key="room-downloads"):
        for name, label in offered.items():
            make = partial(file_of, view.code, known.value, name)
            # A press must not draw the page anew: that would take away the answer on its way.
            st.download_button(WORDS[f"label.{label}"], make, f"{view.code}-{name}", "text/csv", on_click="ignore")


def file_of(code: str, key: str, name: str) -> str:
    """Return one file of the room as it is now."""
    found = classroom().board(code, key) if name == BOARD else None
    results = [] if found is None else [each for each in map(result_of, found.scenarios) if each is not None]
    files = classroom().download(code, key, truth_at_hand, results, board=name == BOARD)
    return files.get(name, "")
