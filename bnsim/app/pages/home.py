"""The front door: what this is, the flagship picture under the visitor's thumb, and the ways in."""

import html
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app import presenter, text
from bnsim.app.live import live_sliders
from bnsim.app.pages.sets import PLAY_ICON, scenario_sets
from bnsim.app.panels import library
from bnsim.app.pictures import draw_alone
from bnsim.app.preparing.files import lead
from bnsim.app.state import PageState
from bnsim.app.text import plain
from bnsim.experiment import Experiment
from bnsim.experiments import all_experiments, find, params_of
from bnsim.scenario import link

Link = Mapping[str, Any]

WORDS: Mapping[str, Any] = tomllib.loads((files(__package__) / "home.toml").read_text("utf-8"))
HERE = "home"
FLAGSHIP = "transform"
SLIDERS = ("mean", "std", "x")
"""The parameters of the flagship that can be dragged on the front page."""

PICTURE_PIXELS = 545
"""How high the picture is: with the ways in beside it, it fills one screen."""

BRIEF = {"tracked_form": ".8~g"}
"""Parameters of the picture that are other than on the flagship's own page: fewer digits beside the dots."""

ABREAST = 3
"""So many columns of questions have room side by side."""


def home_page() -> None:
    """Draw one screen: what bnsim is, its picture and the ways in; below it the experiments and the scenario sets."""
    problems = lead()
    state = arrive()
    text.question(WORDS["question"])
    text.sentences(st.empty(), problems, bad=True)
    st.markdown(WORDS["lead"])
    left, right = st.columns([5, 3], gap="medium")
    with left:
        refused = st.empty()
        with st.container(key="first-figure"), state.looking():
            figure = state.result.first_figure
            draw_alone(figure, HERE, state.epoch, height=PICTURE_PIXELS, params=brief(figure.template.spec["params"]))
        state.drawn = state.picture
        sliders = st.container(key="front-sliders")
    with right, st.container(key="front-ways"):
        first, *_ = [way_in(way) for way in WORDS["way"]]
    with sliders:
        drag(state, refused, first)
    questions(list(all_experiments().values()))
    text.section(WORDS["scenarios"])
    with st.container(key="front-sets"):
        scenario_sets(WORDS)
    text.sentences(st.empty(), library().problems, bad=True)


def brief(params: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the parameters of the picture with fewer digits beside its dots: the formula above them has all."""
    return [each | {"value": BRIEF[each["name"]]} if each["name"] in BRIEF else each for each in params]


def arrive() -> PageState:
    """Return what this visitor has set on the front page; on arrival the browser takes it over."""
    flagship = find(FLAGSHIP)
    if "bnsim.home" not in st.session_state:
        params = flagship.params()
        st.session_state["bnsim.home"] = PageState(flagship, params, dict(params), dict(params))
    state: PageState = st.session_state["bnsim.home"]
    if st.session_state.get("bnsim.here") != HERE:
        st.session_state["bnsim.here"] = HERE
        state.apply(state.params)
    return state


@st.fragment
def drag(state: PageState, problems: DeltaGenerator, way_on: DeltaGenerator) -> None:
    """Draw the sliders that move the picture, and the way on with what they are set to."""
    if state.drawn != state.picture:
        st.rerun(scope="app")
    controls = state.experiment.params.controls()
    live_sliders(f"{HERE}.live", [controls[name] for name in SLIDERS], state.given, state.epoch, state.hear, {})
    text.sentences(problems, state.problems, bad=True)
    with way_on:
        way_into(next(each for each in WORDS["way"][0]["link"] if each.get("here")), link.encode(state.params))


def way_in(way: Mapping[str, Any]) -> DeltaGenerator:
    """Draw one way in: what it is called, for whom it is, one sentence, its links; return the place of the first."""
    title, whom, said = (html.escape(way[part]) for part in ("title", "whom", "text"))
    st.html(f'<h2 class="bnh">{title} <small>{whom}</small></h2><p class="bnw">{said}</p>')
    with st.container(horizontal=True, gap="small"):
        place = st.empty()
        for each in way["link"]:
            if not each.get("here"):
                way_into(each, opens_with(each))
    return place


def way_into(target: Link, query: Mapping[str, str]) -> None:
    """Draw a link to a page that opens with a query."""
    page = st.session_state["bnsim.all"][target["page"]]
    st.page_link(page, label=target["label"], icon=PLAY_ICON, query_params=query)


def opens_with(target: Link) -> Mapping[str, str]:
    """Return the query of a way in: of a scenario set, of parameters, or none."""
    page, query = target["page"], dict([presenter.LINK] if target.get("presenter") else [])
    if page == "compare":
        return {"set": target["scenarios"]}
    if "scenarios" in target:
        return query | link.encode(library().sets[target["scenarios"]].baseline_scenario.params)
    return query | (link.encode(params_of(page).of(target["params"])) if "params" in target else {})


def questions(experiments: Sequence[Experiment]) -> None:
    """Draw the experiments by their questions; who reads on down the columns reads them in order."""
    text.section(WORDS["questions"])
    rows = -(-len(experiments) // ABREAST)
    with st.container(key="front-questions"):
        columns = st.columns(ABREAST, gap="medium")
    for at, experiment in enumerate(experiments):
        page = st.session_state["bnsim.all"][experiment.slug]
        label = f"**{plain(experiment.question)}** {plain(experiment.title)}"
        columns[at // rows].page_link(page, label=label)
