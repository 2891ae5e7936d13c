"""The anatomy of an experiment's page, the same for all: it interprets the declaration and has no logic of its own."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app import panels, text, waiting
from bnsim.app.controls import draw_sliders, sidebar
from bnsim.app.state import PageState, enter, write_link
from bnsim.charts.template import SILENT_MARKS, Figure
from bnsim.experiment import Experiment, Readout

WAITING = "Paste numbers or load a file, at the side; until then the page shows the batch from before."


@dataclass(frozen=True)
class Places:
    """Where on the page the parts go that follow every release of a slider."""

    problems: DeltaGenerator
    headline: DeltaGenerator
    notes: DeltaGenerator
    rest: DeltaGenerator
    table: DeltaGenerator


def experiment_page(experiment: Experiment) -> None:
    """Draw one experiment: question, presets, numbers, pictures, what to look for, table, save, share."""
    state = enter(experiment)
    text.question(experiment.question)
    text.sentences(st.empty(), state.reports, bad=True)
    follower = quick_body(state) if experiment.work is None else slow_body(state)
    state.drawn = state.picture
    with st.sidebar:
        sidebar(state, follower)


def quick_body(state: PageState) -> Callable[[], None]:
    """Draw what is known at once; return what draws the sliders and all that follows their release."""
    problems, headline = st.empty(), st.empty()
    first, *others = state.result.figures
    with st.container(key="first-figure"):
        draw(first, state.experiment.slug, state.epoch)
    notes, rest = st.empty(), st.empty()
    panels.actions(state)
    panels.presets(state)
    for figure in others:
        draw(figure, state.experiment.slug, state.epoch)
    panels.look_for(state.experiment.look_for)
    table = panels.tables(state)
    panels.keep(state)
    panels.share(state)
    return partial(follow, state, Places(problems, headline, notes, rest, table))


def slow_body(state: PageState) -> Callable[[], None]:
    """Draw what takes time: scenarios to run, Run or how far it is, and what has been found so far."""
    waiting.arrive(state)
    panels.presets(state)
    problems = st.empty()
    seconds = waiting.interval([waiting.wanted_on(state)])
    with st.container(key="watch"):
        st.fragment(watch, run_every=seconds)(state, seconds)
    panels.actions(state)
    panels.look_for(state.experiment.look_for)
    panels.table(panels.tables(state), state)
    panels.keep(state)
    panels.share(state)
    return partial(follow_slow, state, problems)


def watch(state: PageState, seconds: float | None) -> None:
    """Draw Run or how far it is, and what has been found so far; ends or begins looking again when the work does."""
    waiting.look(state)
    runs = [waiting.wanted_on(state)]
    if (waiting.interval(runs) is None) != (seconds is None):
        st.rerun(scope="app")
    waiting.panel(runs, state.experiment.slug)
    text.sentences(st.empty(), waiting.stale(state))
    result, keys = state.result, state.experiment.headline
    text.readouts(st.empty(), (item for item in result.readout_list if item.key in keys))
    first, *others = result.figures
    with st.container(key="first-figure"):
        draw_found(first, state.experiment.slug, state.epoch)
    text.sentences(st.empty(), result.notes)
    text.readouts(st.empty(), (item for item in result.readout_list if item.key not in keys and is_known(item)))
    for figure in others:
        draw_found(figure, state.experiment.slug, state.epoch)


def is_known(item: Readout) -> bool:
    """Return whether a number is there: it was found, and it means something beside these settings."""
    return not (isinstance(item.best, float) and math.isnan(item.best))


@st.fragment
def follow_slow(state: PageState, problems: DeltaGenerator) -> None:
    """Draw the sliders; what they set is not run before somebody asks for it."""
    if state.drawn != state.picture:
        st.rerun(scope="app")
    draw_sliders(state)
    say_problems(problems, state)
    write_link(state)


@st.fragment
def follow(state: PageState, places: Places) -> None:
    """Draw the sliders, and everything that follows the release of one; the rest of the page is left alone.

    A dragged slider has already moved the pictures, in the browser; they are sent again only when the batch that
    they show is another one.
    """
    if state.drawn != state.picture:
        st.rerun(scope="app")
    draw_sliders(state)
    result = state.result
    keys = state.experiment.headline
    say_problems(places.problems, state)
    text.readouts(places.headline, (item for item in result.readout_list if item.key in keys))
    text.sentences(places.notes, result.notes)
    text.readouts(places.rest, (item for item in result.readout_list if item.key not in keys))
    panels.table(places.table, state)
    write_link(state)


def say_problems(place: DeltaGenerator, state: PageState) -> None:
    """Say what keeps the controls from being followed; that numbers are still to be entered is no error."""
    if state.waiting:
        place.caption(WAITING)
    else:
        text.sentences(place, state.problems, bad=True)


def draw_found(figure: Figure, owner: str, epoch: int) -> None:
    """Draw a figure of slow work; as long as the first of its data, the main one, is empty, only what it will be."""
    main, *_ = figure.template.columns
    if len(figure.data[main]):
        draw(figure, owner, epoch)
    else:
        st.caption(f"**{figure.title}.** {figure.caption} Nothing has been found for it yet.")


def draw(figure: Figure, owner: str, epoch: int) -> None:
    """Draw one figure: a constant specification, and data that carry the epoch of the controls they were made with."""
    data = dict(figure.data)
    if "state" in data:
        data["state"] = data["state"].assign(epoch=float(epoch))
    datasets = {name: compact(frame) for name, frame in data.items()}
    key = f"{owner}.{figure.key}"
    spec = {"config": SILENT_MARKS, **figure.template.spec, "datasets": datasets}
    st.vega_lite_chart(spec=spec, key=key, alt=figure.alt)
    st.caption(f"**{figure.title}.** {figure.caption}")


def compact(frame: pd.DataFrame) -> object:
    """Return a frame as an Arrow table without pandas' own metadata, which would be larger than the data."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
    except ImportError:
        return frame
    return pa.table({str(name): frame[name].to_numpy() for name in frame.columns})
