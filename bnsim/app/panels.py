"""The parts of a page around its numbers and pictures: presets, tables, saving, sharing."""

import math
from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app import parts, presenter, saving, text
from bnsim.app.saved import sharing
from bnsim.app.state import PageState
from bnsim.experiment import Experiment, no_actions
from bnsim.experiments import params_of
from bnsim.once import once
from bnsim.scenario import link, prepared
from bnsim.scenario.library import Library
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.text import number

ROWS_SHOWN = 1000
"""A table on the page shows so many rows; the download has all."""


ACTIONS = "actions"
"""The fragment of what one click can set."""

CHIPS, MENU_WIDTH = 5, 190
"""So many scenarios have a button each; pixels of the list that holds the others."""


@once
def library() -> Library:
    """Return the shipped scenario sets and the user's own, read once."""
    return Library.open(params_of)


def offers(state: PageState) -> tuple[str, ...]:
    """Return the labels of what one click can set."""
    if state.late:
        return ()
    # What would move a control that is locked or hidden is not offered.
    guarded = state.prepared.guarded
    return tuple(label for label, changes in state.result.offers.items() if not guarded.intersection(changes))


def actions(state: PageState) -> None:
    """Draw what one click can set, in a fragment of its own: what is offered depends on the controls."""
    if state.experiment.actions is not no_actions:
        st.fragment(offered_actions, key=ACTIONS)(state)


def offered_actions(state: PageState) -> None:
    """Draw what one click can set now; the values are those of the controls at the click."""
    state.offered = offers(state)
    # In here, not around: a fragment stacks what it draws.
    with st.container(horizontal=True, gap="small", key="actions"):
        for label in state.offered:
            key = f"{state.experiment.slug}.act.{label}"
            st.button(label, key=key, on_click=act, args=(state, label), type="tertiary")


def act(state: PageState, label: str) -> None:
    """Do what an action sets; all of the page is drawn anew."""
    state.act(label)
    if parts.is_part():
        st.rerun(scope="app")


def presets(state: PageState) -> None:
    """Draw the scenarios of one set as chips, the others in a menu; one click on a scenario sets every control."""
    sets, titles, chips = offered_sets(state), titles_of(state), chips_of(state)
    if not titles:
        return
    with st.container(horizontal=True, gap="small", key="presets"):
        for chip in chips:
            item = scenario_of(sets, chip)
            # The scenarios of several sets may have the same name.
            name = item.name if state.prepared.presets is None else chip
            st.button(
                text.plain(item.title or item.name), key=f"{state.experiment.slug}.pick.{name}",
                on_click=state.apply, args=(item.params,),
            )  # fmt: skip
        menu(state, sets, titles, len(titles) - len(chips))


def scenario_of(sets: Mapping[str, ScenarioSet], name: str) -> Scenario:
    """Return the scenario of that name, which is that of its set and its own."""
    owner, _, own = name.rpartition("/")
    return sets[owner].get(own)


def titles_of(state: PageState) -> dict[str, str]:
    """Return what is shown of every scenario that is offered, by the names of its set and its own."""
    titles, offered = menu_titles(offered_sets(state)), state.prepared.presets
    return titles if offered is None else {name: title for name, title in titles.items() if name in offered}


def chips_of(state: PageState) -> list[str]:
    """Return the scenarios that have a button each: of one set, or the first of those that a teacher has chosen."""
    first = chosen_set(state)
    if state.prepared.presets is not None or first is None:
        return list(titles_of(state))[:CHIPS]
    owner = next(name for name, each in offered_sets(state).items() if each is first)
    return [f"{owner}/{item.name}" for item in first.scenarios[:CHIPS]]


def offered_sets(state: PageState) -> dict[str, ScenarioSet]:
    """Return the scenario sets of the page by name; where a teacher has chosen, those of which something is offered."""
    sets, offered = sets_of(state.experiment), state.prepared.presets
    if offered is None:
        return sets
    owners = {name.rpartition("/")[0] for name in offered}
    return {name: each for name, each in sets.items() if name in owners}


def chosen_set(state: PageState) -> ScenarioSet | None:
    """Return the set whose scenarios are chips; None where there is none."""
    sets = offered_sets(state)
    saving.keep_valid(set_key(state), sets)
    return sets.get(st.session_state.get(set_key(state), ""), next(iter(sets.values()), None))


def sets_of(experiment: Experiment) -> dict[str, ScenarioSet]:
    """Return the scenario sets of an experiment by name, the one to offer first in front."""
    sets = library().of(experiment.slug)
    return {name: sets[name] for name in sorted(sets, key=lambda name: name != experiment.first_set)}


def set_key(state: PageState) -> str:
    """Return where the session keeps which set's scenarios are chips."""
    return f"{state.experiment.slug}.set"


def menu(state: PageState, sets: Mapping[str, ScenarioSet], titles: Mapping[str, str], many: int) -> None:
    """Draw the list of all scenarios, if there are `many` besides the chips; one choice sets everything."""
    if not many:
        return
    key = f"{state.experiment.slug}.menu"
    saving.keep_valid(key, titles)

    def choose() -> None:
        chosen = st.session_state.get(key)
        if isinstance(chosen, str) and chosen in titles:
            st.session_state[set_key(state)] = chosen.rpartition("/")[0]
            st.session_state[key] = None  # the same may be chosen again
            state.apply(scenario_of(sets, chosen).params)

    st.selectbox(
        "More scenarios", list(titles), index=None, key=key, on_change=choose, format_func=titles.__getitem__,
        placeholder=f"{many} more scenarios", label_visibility="collapsed", width=MENU_WIDTH,
    )  # fmt: skip


def menu_titles(sets: Mapping[str, ScenarioSet]) -> dict[str, str]:
    """Return what is shown of every scenario, by the names of its set and its own."""
    return {
        f"{name}/{item.name}": f"{each.title}: {item.title or item.name}"
        for name, each in sets.items()
        for item in each.scenarios
    }


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


def numbers_csv(state: PageState) -> str:
    """Return every number with all its digits, and how it is made, as CSV text."""
    rows = [
        (item.term.label, item.term.symbol, item.term.written(item.best), item.statement)
        for item in state.result.readout_list
    ]
    return pd.DataFrame(rows, columns=list(text.NUMBERS)).to_csv(index=False)


def csv_of(state: PageState, name: str) -> str:
    """Return a table of the result as CSV text."""
    with state.looking():
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
    """Draw the fields and the button that save what is set now as a scenario to compare."""
    saving.save_form(state.experiment.slug)


def share(state: PageState) -> DeltaGenerator:
    """Draw the switch of the QR code, and return the place of the link."""
    sharing.wants_code(state.experiment.slug)
    return st.empty()


def link_of(state: PageState) -> None:
    """Draw the link that holds everything that is set, or say what it does not hold."""
    if not link.holds_everything(state.params):
        st.caption(saving.WORDS["label.share_long"])
    sharing.share_page(state.experiment.slug, query_of(state))


def query_of(state: PageState) -> dict[str, str]:
    """Return what the link of the page says: everything that is set, how it is prepared, and the view."""
    guides = prepared.encode(state.prepared, state.possible)
    return link.encode(state.params) | guides | presenter.in_link()
