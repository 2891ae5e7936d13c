"""The board: what students set on the page of the experiment that is asked about, as one table and one overlay."""

from functools import partial

import streamlit as st

from bnsim.app import text
from bnsim.app.classroom.keys import SEAT, all_of
from bnsim.app.classroom.question import WORDS
from bnsim.app.compare_pictures import overlay
from bnsim.app.comparison import Shown, draw
from bnsim.app.lessons.finding import missing_of, result_of, work_out_runs
from bnsim.app.lessons.showing import way_to
from bnsim.app.state import PageState
from bnsim.classroom import spaced
from bnsim.classroom.shared import classroom
from bnsim.compare import compare_scenarios
from bnsim.compare.tables import outcome_rows, setting_rows
from bnsim.compare.view import View
from bnsim.errors import RoomError
from bnsim.learn.lesson import Step
from bnsim.scenario.scenario import ScenarioSet
from bnsim.scenario.wording import counted

DONE = "bnsim.room.board"
"""Where the session keeps what is said to what was put on the board."""


def way_to_board(code: str, step: Step) -> None:
    """Draw the way from a question to the page of its experiment, where the board is filled."""
    text.section(WORDS["label.to_board"])
    st.caption(WORDS.say("label.to_board_help", button=WORDS.say("label.put", code=spaced(code))))
    way_to(step.scenario, WORDS["label.to_board"])


def offer(state: PageState) -> None:
    """Draw on an experiment's page the button that puts what is set on the board of a room that asks about it."""
    for code, token in all_of(SEAT).items():
        try:
            room = classroom().room(code)
        except RoomError:
            continue
        if room.step.scenario.experiment == state.experiment.slug:
            st.fragment(button)(state, code, token)
            return


def button(state: PageState, code: str, token: str) -> None:
    """Draw the button, and what came of it."""
    with st.container(key="room-board"):
        label = WORDS.say("label.put", code=spaced(code))
        st.button(label, key="room.put", icon=":material/table_chart:", on_click=partial(put, state, code, token))
        done, sentence = st.session_state.pop(DONE, (True, ""))
        text.sentences(st.empty(), [sentence] if sentence else [], bad=not done)


def put(state: PageState, code: str, token: str) -> None:
    """Put what is set now on the board."""
    try:
        classroom().share(code, token, state.experiment.slug, state.params)
    except RoomError as error:
        st.session_state[DONE] = False, str(error)
    else:
        st.session_state[DONE] = True, WORDS.say("label.put_done", code=spaced(code))


def board(found: ScenarioSet | None, key: str, *, can_run: bool = True) -> None:
    """Draw what is on the board, as far as it has been run: one overlay and one table; what has not been is offered."""
    text.section(WORDS["label.board"])
    if found is None:
        st.caption(WORDS["label.board_none"])
        return
    many = counted(len(found.scenarios), "setting", "settings")
    st.caption(WORDS.say("label.board_count", many=many))
    known = [each for each in found.scenarios if result_of(each) is not None]
    late = len(found.scenarios) - len(known)
    if late and can_run:
        st.caption(WORDS.say("label.board_late", many=counted(late, "setting is", "settings are")))
        runs = missing_of(found.scenarios)
        work_out_runs(partial(missing_of, found.scenarios), runs, f"{key}.run")
    if known:
        compared(ScenarioSet(found.experiment, found.title, tuple(known)))


def compared(known: ScenarioSet) -> None:
    """Draw settings whose results are at hand over each other and in a table."""
    results = [result for result in map(result_of, known.scenarios) if result is not None]
    whole = compare_scenarios(known, results=results)
    shown = Shown.of(whole, View(columns=()))
    overlay(shown, whole.telling_series(), whole.names)
    draw(shown, [*setting_rows(whole), *outcome_rows(whole, view=shown.view)], known.title, every=False)
