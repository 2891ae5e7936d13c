"""The parts of a page around its numbers and pictures: presets, tables, saving, sharing."""

import math
from functools import cache, partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app import saving, text
from bnsim.app.state import PageState
from bnsim.experiments import params_of
from bnsim.scenario import link
from bnsim.scenario.library import Library
from bnsim.scenario.scenario import ScenarioSet
from bnsim.text import number

ROWS_SHOWN = 1000
"""A table on the page shows so many rows; the download has all."""


@cache
def library() -> Library:
    """Return the shipped scenario sets and the user's own, read once."""
    return Library.open(params_of)


def actions(state: PageState) -> None:
    """Draw what one click can set; the values are those of the controls at the click."""
    labels = list(state.experiment.offers(state.result.outcome))
    with st.container(horizontal=True, gap="small"):
        for label in labels:
            key = f"{state.experiment.slug}.act.{label}"
            st.button(label, key=key, on_click=state.act, args=(label,), type="tertiary")


def presets(state: PageState) -> None:
    """Draw the scenario sets of this experiment; one click on a scenario sets every control."""
    slug = state.experiment.slug
    sets = library().of(slug)
    if not sets:
        return
    names = sorted(sets, key=lambda name: name != state.experiment.first_set)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    with left:
        saving.keep_valid(f"{slug}.set", names)
        chosen = st.selectbox("Scenarios to try", names, key=f"{slug}.set", format_func=lambda name: sets[name].title)
    with right:
        scenario_buttons(state, sets[chosen])
    st.caption(f"**{text.plain(sets[chosen].question)}** {text.plain(sets[chosen].look_for)}")


def scenario_buttons(state: PageState, scenarios: ScenarioSet) -> None:
    """Draw a button for each scenario of a set."""
    with st.container(horizontal=True, gap="small"):
        for item in scenarios.scenarios:
            st.button(
                text.plain(item.title or item.name), key=f"{state.experiment.slug}.pick.{item.name}",
                on_click=state.apply, args=(item.params,),
            )  # fmt: skip


def look_for(advice: str) -> None:
    """Draw what to look for on this page."""
    st.caption(f"**What to look for.** {advice}")


def tables(state: PageState) -> DeltaGenerator:
    """Draw the choice of a table and return the place for it."""
    slug = state.experiment.slug
    name = st.pills("Numbers as a table", list(state.experiment.shown_tables), key=f"{slug}.table")
    place = st.empty()
    if name in state.experiment.shown_tables:
        # The content is made when the button is pressed: it is that of the controls then, not of the last full rerun.
        # A press must not draw the page anew: that would take away what it asks for, or the answer on its way.
        make, file = partial(csv_of, state, name), f"{slug}-{name}.csv"
        st.download_button("Download as CSV", make, file, "text/csv", on_click="ignore")
    return place


def csv_of(state: PageState, name: str) -> str:
    """Return a table of the result as CSV text."""
    return state.result.tables[name].to_csv(index=False)


def table(place: DeltaGenerator, state: PageState) -> None:
    """Draw the chosen table into its place."""
    name = st.session_state.get(f"{state.experiment.slug}.table")
    if name in state.experiment.shown_tables:
        place.dataframe(readable(state.result.tables[name].head(ROWS_SHOWN)), hide_index=True, height="content")


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose numbers are written with all digits that are right, and none besides."""

    def written(value: object) -> str:
        if not isinstance(value, float):
            return str(value)
        return "–" if math.isnan(value) else number(value)

    return frame.map(written)


def keep(state: PageState) -> None:
    """Draw the field and the button that save what is set now as a scenario to compare."""
    slug = state.experiment.slug
    saving.titled("Save what is set now, to compare", f"{slug}.title", "Save", partial(saving.save, slug))
    text.sentences(st.empty(), st.session_state.pop("saving.said", ()))


def share(state: PageState) -> None:
    """Say what the address holds."""
    if link.holds_everything(state.params):
        st.caption("The address of this page holds everything that is set here: copy it to share it.")
    else:
        st.caption(
            "The address holds everything but your own numbers, which are too many for a link; share the file too."
        )
