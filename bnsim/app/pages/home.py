"""The front door: what this is, the flagship picture, and the ways in."""

import streamlit as st

from bnsim.app import text
from bnsim.app.panels import library
from bnsim.app.pictures import draw
from bnsim.app.state import leave
from bnsim.app.text import plain
from bnsim.experiment import Experiment, Result
from bnsim.experiments import all_experiments
from bnsim.scenario import link

PLAY_ICON = ":material/play_arrow:"
COMPARE_ICON = ":material/compare_arrows:"
EXPERIMENTS_ABREAST = 4
NO_CONTROLS = -1
"""The epoch of a picture that follows no controls, whatever another page left in the browser."""


def home_page() -> None:
    """Draw one screen: what bnsim is, its picture and the experiments; below it the scenario sets."""
    leave()
    text.question("Watch batch normalization happen to a batch of yours.")
    left, right = st.columns([2, 3], gap="large")
    first, *others = all_experiments().values()
    with left:
        st.markdown(
            "Move a mini-batch with your thumb and see what normalization, scale and shift make of it: "
            "every number exact, every formula with its numbers in it, every setting in the link. Then ask what it "
            "does to whole networks, on real digits, while they train."
        )
        way_into(first)
    with right:
        draw(Result(first, first.params()).figures[0], "home", NO_CONTROLS)
    columns = st.columns(EXPERIMENTS_ABREAST)
    for place, experiment in enumerate(others):
        with columns[place % EXPERIMENTS_ABREAST]:
            way_into(experiment)
    text.section("Prepared scenarios")
    scenario_sets()
    text.sentences(st.empty(), library().problems, bad=True)


def way_into(experiment: Experiment) -> None:
    """Draw the link to an experiment and its question."""
    page = st.session_state["bnsim.all"][experiment.slug]
    st.page_link(page, label=f"**{experiment.title}**", icon=PLAY_ICON)
    st.caption(experiment.question)


def scenario_sets() -> None:
    """Draw a way into every scenario set: its first scenario, and all of them compared."""
    pages = st.session_state["bnsim.all"]
    columns = st.columns(4)
    for place, (name, scenarios) in enumerate(library().sets.items()):
        with columns[place % len(columns)]:
            start = link.encode(scenarios.baseline_scenario.params)
            st.page_link(pages[scenarios.experiment], label=f"**{plain(scenarios.title)}**", query_params=start)
            st.caption(plain(scenarios.question))
            st.page_link(pages["compare"], label="Compare all", icon=COMPARE_ICON, query_params={"set": name})
