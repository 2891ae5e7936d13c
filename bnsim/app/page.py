"""The anatomy of an experiment's page, the same for all: the answer first, everything else one step away.

It interprets the declaration of the experiment and has no logic of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app import more, panels, parts, presenter, text, waiting
from bnsim.app.classroom import boards
from bnsim.app.controls import essential_sliders, names_shown, sidebar
from bnsim.app.joined import FOLLOWING, PICTURE, STANDING
from bnsim.app.pictures import draw_alone, draw_found, room_of
from bnsim.app.preparing.bar import bar
from bnsim.app.preparing.possible import possible_of
from bnsim.app.state import PageState, enter, write_link
from bnsim.experiment import Experiment, Result

WATCH = "watch"
"""The fragment of what slow work has found."""

WAITING = "Paste numbers or load a file, at the side; until then the page shows the batch from before."


@dataclass(frozen=True)
class Places:
    """Where on the page the parts go that follow every release of a slider."""

    picture: DeltaGenerator
    answer: DeltaGenerator
    numbers: DeltaGenerator
    more: more.Places


def experiment_page(experiment: Experiment) -> None:
    """Draw one experiment: question, answer, picture, few numbers, presets; the rest closed until asked for."""
    state = enter(experiment, partial(possible_of, experiment))
    text.question(experiment.question)
    bar(state)
    text.sentences(st.empty(), state.reports, bad=True)
    with state.looking():
        follower = quick_body(state) if experiment.work is None else slow_body(state)
        state.drawn, state.offered = state.picture, panels.offers(state)
        with st.sidebar:
            sidebar(state, follower)
            presenter.switch()


def quick_body(state: PageState) -> Callable[[], None]:
    """Draw what is known at once; return what draws the controls and all that follows their release."""
    wait_if_late(state)
    answer = st.empty()
    first = state.result.first_figure
    with first_place(room_of(first.template.spec)):
        picture = st.empty()
        if not presenter.is_on():
            text.caption(first.title, first.caption)
    numbers = st.empty()
    if not presenter.is_on():
        panels.presets(state)
        panels.actions(state)
        boards.offer(state)
    if state.follows_itself:
        with picture:
            st.fragment(picture_of_itself, key=PICTURE)(state)
    places = Places(picture, answer, numbers, more.draw(state))
    return partial(follow, state, places)


def picture_of_itself(state: PageState) -> None:
    """Draw the main picture that follows the sliders by itself: with the page, and where the batch is another one."""
    if parts.is_part() and (names_shown(state) != state.controls or not stands_as_drawn(state)):
        st.rerun(scope="app")
    draw_alone(state.result.first_figure, state.experiment.slug, state.epoch)
    state.drawn = state.picture


def draw_first(place: DeltaGenerator, state: PageState) -> None:
    """Draw the main picture into its place."""
    with place:
        draw_alone(state.result.first_figure, state.experiment.slug, state.epoch)


def wait_if_late(state: PageState) -> None:
    """Draw how far the run of a setting is that takes more than a moment; it begins by itself."""
    waiting.ask_if_late(state)
    if state.late:
        seconds = waiting.interval([waiting.wanted_on(state)])
        with st.container(key="watch"):
            st.fragment(watch_late, run_every=seconds)(state, seconds)


def watch_late(state: PageState, seconds: float | None) -> None:
    """Draw Run or how far it is, and to what belongs what is shown; draws the page anew when the result is there."""
    runs = [waiting.wanted_on(state)]
    if not state.late or (waiting.interval(runs) is None) != (seconds is None):
        st.rerun(scope="app")
    waiting.panel(runs, state.experiment.slug)
    text.sentences(st.empty(), waiting.stale(state))


def slow_body(state: PageState) -> Callable[[], None]:
    """Draw what takes time: Run or how far it is, what has been found so far, and scenarios to run."""
    waiting.arrive(state)
    problems = st.empty()
    seconds = waiting.interval([waiting.wanted_on(state)])
    state.watching = () if seconds is not None else (STANDING,)
    with st.container(key="watch"):
        if seconds is None:
            waiting.look(state)  # what ended a moment ago is shown below, so it must not be said that something else is
            standing(state)
        st.fragment(watch, run_every=seconds, key=WATCH)(state, seconds)
    if not presenter.is_on():
        panels.presets(state)
        panels.actions(state)
        boards.offer(state)
    places = more.draw(state)
    more.fill(places, state)
    if places.pictures is not None:
        with places.pictures:
            st.fragment(more.growing_pictures, run_every=seconds)(state)
    return partial(follow_slow, state, seconds, problems, places)


def first_place(height: int) -> DeltaGenerator:
    """Return the place of the main picture, which keeps its height while the picture is on its way."""
    text.reserve(height)
    return st.container(key="first-figure")


def watch(state: PageState, seconds: float | None) -> None:
    """Draw what has been found so far, and how far the run is as long as it goes on.

    Looking again begins or ends when the work does. Where nothing goes on, Run stands in the same place.
    """
    waiting.look(state)
    if (waiting.interval([waiting.wanted_on(state)]) is None) != (seconds is None):
        st.rerun(scope="app")
    if seconds is not None:
        how_it_stands(state)
    result = state.result
    text.answer(st.empty(), result)
    first = result.first_figure
    with first_place(room_of(first.template.spec)):
        draw_found(first, state.experiment.slug, state.epoch)
    draw_numbers(st.empty(), result)


def draw_numbers(place: DeltaGenerator, result: Result) -> None:
    """Draw the words for the main picture and the headline numbers; in the presenter view the words alone."""
    if presenter.is_on():
        text.unseen(place, result.first_figure.description)
    else:
        text.numbers(place, result)


def how_it_stands(state: PageState) -> None:
    """Draw Run, or how far the run is, and to which settings belongs what is shown."""
    waiting.panel([waiting.wanted_on(state)], state.experiment.slug)
    text.sentences(st.empty(), waiting.stale(state))


@st.fragment(key=STANDING)
def standing(state: PageState) -> None:
    """Draw Run where nothing goes on; it follows the controls, and what was found need not be sent again for that."""
    if parts.is_part() and needs_all_slow(state, None):
        st.rerun(scope="app")
    how_it_stands(state)


@st.fragment(key=FOLLOWING)
def follow_slow(state: PageState, seconds: float | None, problems: DeltaGenerator, places: more.Places) -> None:
    """Draw the essential sliders; what is set is not run before somebody asks for it, so all else stays as it is.

    `seconds` are those between two looks at running work, as the page was drawn.
    """
    if needs_all_slow(state, seconds):
        st.rerun(scope="app")
    essential_sliders(state)
    text.fill(problems, of_controls(state))
    more.fill_link(places, state)
    state.followed = state.said
    write_link(state)


def needs_all_slow(state: PageState, seconds: float | None) -> bool:
    """Return whether more is to be drawn anew than the controls and Run: what was found, or that work goes on."""
    is_as_drawn = isinstance(state.drawn, tuple) and state.drawn[0] == state.epoch
    is_as_drawn &= names_shown(state) == state.controls
    is_at_work = waiting.interval([waiting.wanted_on(state)]) is not None
    if not is_as_drawn or is_at_work != (seconds is not None):
        return True
    known = state.found
    if not is_at_work:  # else `watch` looks
        waiting.look(state)
    return state.found is not known


@st.fragment(key=FOLLOWING)
def follow(state: PageState, places: Places) -> None:
    """Draw the essential sliders, and everything that follows a release; the rest of the page is left alone.

    A picture that a dragged slider has moved to the last digit, in the browser, is sent again only when the batch that
    it shows is another one, as a part of its own. Another one is sent again at every release, as it would be taken away
    if it were not.
    """
    if needs_all(state):
        st.rerun(scope="app")
    with state.looking():
        essential_sliders(state)
        result = state.result
        if not state.follows_itself:
            draw_first(places.picture, state)
        text.answer(places.answer, result, of_controls(state))
        draw_numbers(places.numbers, result)
        more.fill(places.more, state)
        more.fill_link(places.more, state)
    state.followed = state.said
    write_link(state)


def needs_all(state: PageState) -> bool:
    """Return whether more is to be drawn anew than what follows the controls: other pictures, what can be clicked."""
    if names_shown(state) != state.controls:
        return True
    if state.drawn == state.picture:
        return False
    return state.follows_itself or not stands_as_drawn(state) or panels.offers(state) != state.offered


def stands_as_drawn(state: PageState) -> bool:
    """Return whether the page stands as it is but for its main picture.

    What takes more than a moment is asked for, and how far it is shown, by the page as a whole; so are open pictures.
    """
    has_begun_so = isinstance(state.drawn, tuple) and state.drawn[:2] == (state.epoch, False)
    return has_begun_so and not state.late and not more.shows_pictures(state)


def of_controls(state: PageState) -> str:
    """Return what keeps the controls from being followed, else how what was typed was read, as markup.

    To be waiting is no error.
    """
    if state.waiting:
        return text.noted((WAITING,))
    return text.noted(state.problems, bad=True) or text.noted(state.told)
