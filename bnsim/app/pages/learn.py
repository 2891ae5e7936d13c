"""The texts: a list of them, and each with its numbers, its picture and the links to what it speaks of."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app import address, text
from bnsim.app.controls import live_of
from bnsim.app.live import live_sliders
from bnsim.app.living import living
from bnsim.app.pages.glossary import GLOSSARY, glossary_page
from bnsim.app.pictures import draw_alone
from bnsim.app.reading import WORDS, Reading
from bnsim.app.state import PageState, leave
from bnsim.app.text import plain
from bnsim.experiments import find
from bnsim.learn import Page, all_pages
from bnsim.learn.filling import filled
from bnsim.scenario import link
from bnsim.scenario.scenario import Scenario

HERE = "learn"
WHICH = "page"
"""What the address says of the text; no parameter may have this name."""

NO_NUMBERS = {WHICH, address.STEP[0]}
"""What the address says that is no number of a text."""

MOST_SAID = 40
PICTURE_PIXELS = 400
"""How high a picture is that can be of any height: with its sliders it fits beside the text."""


def learn_page() -> None:
    """Draw the text that the address names, or the list of all."""
    asked = st.query_params.get(WHICH, "")
    if asked == GLOSSARY:
        leave()
        glossary_page(st.query_params.get("term", ""))
        onward("")
    elif asked in all_pages():
        text_page(all_pages()[asked])
    else:
        leave()
        list_page([WORDS["unknown"].format(name=asked[:MOST_SAID])] if asked else [])


def list_page(reports: list[str]) -> None:
    """Draw what there is to read."""
    text.question(WORDS["question"])
    text.sentences(st.empty(), reports, bad=True)
    st.markdown(WORDS["lead"])
    with st.container(key="texts"):
        for page in all_pages().values():
            way_to(page.name, f"**{plain(page.title)}** {plain(page.summary)}")
        way_to(GLOSSARY, f"**{plain(WORDS['glossary'])}** {plain(WORDS['glossary_summary'])}")
    address.write(HERE, {})


def text_page(page: Page) -> None:
    """Draw one text; beside it, if it has a scenario of its own, the picture and the sliders."""
    text.question(page.title)
    if page.scenario is None:
        leave()
        reading = Reading(page, None, filled(page, None))
        st.html(reading.markup())
        living(f"text.{page.name}", reading.targets)
        address.write(HERE, {WHICH: page.name})
    else:
        living_page(page, page.scenario)
    onward(page.name)


def living_page(page: Page, scenario: Scenario) -> None:
    """Draw a text whose numbers can be changed, and its picture beside it."""
    state = arrive(page, scenario)
    text.sentences(st.empty(), state.reports, bad=True)
    left, right = st.columns([8, 5], gap="large")
    left.html(Reading(page, state.experiment, filled(page, state.result)).markup())
    with right, st.container(key="learn-figure"):
        picture = st.empty()
        if state.follows_itself:
            draw_first(picture, page, state)
        state.drawn = state.picture
        follow(page, scenario, state, picture, st.empty())


def draw_first(place: DeltaGenerator, page: Page, state: PageState) -> None:
    """Draw the picture of a text into its place."""
    first = state.result.first_figure
    height = {"height": PICTURE_PIXELS} if isinstance(first.template.spec.get("height"), int) else {}
    with place:
        draw_alone(first, f"{HERE}.{page.name}", state.epoch, **height)


def arrive(page: Page, scenario: Scenario) -> PageState:
    """Return what this visitor has made of the text's scenario; on arrival the link says it, and the browser obeys."""
    states: dict[str, PageState] = st.session_state.setdefault("bnsim.texts", {})
    here = f"{HERE}/{page.name}"
    if page.name not in states:
        states[page.name] = PageState(find(scenario.experiment), scenario.params)
        states[page.name].apply(scenario.params)
    state = states[page.name]
    if st.session_state.get("bnsim.here") != here or address.is_history():
        st.session_state["bnsim.here"] = here
        query = {key: st.query_params.get_all(key) for key in st.query_params if key not in NO_NUMBERS}
        params, reports = state.params, tuple[str, ...]()
        if query:
            params, reports = link.decode(type(scenario.params), {**link.encode(scenario.params), **query})
        state.apply(params, reports)
    return state


@st.fragment
def follow(page: Page, scenario: Scenario, state: PageState, picture: DeltaGenerator, problems: DeltaGenerator) -> None:
    """Draw the sliders of the text; after a release write its numbers anew, and keep them in the address.

    A picture that has followed the thumb to the last digit stays; another one is sent again.
    """
    if needs_all(state):
        st.rerun(scope="app")
    if not state.follows_itself:
        draw_first(picture, page, state)
    controls = state.experiment.params.controls()
    sliders = [controls[name] for name in page.changeable]
    if sliders:
        live_sliders(f"{HERE}.{page.name}", sliders, state.given, state.epoch, state.hear, live_of(state))
    text.sentences(problems, state.problems, bad=True)
    reading = Reading(page, state.experiment, filled(page, state.result))
    values = {name: getattr(state.params, name) for name in page.changeable}
    living(f"text.{page.name}", reading.targets, reading.said, values)
    text.unseen(st.empty(), state.result.first_figure.description)
    address.write(HERE, {WHICH: page.name, **changed(state, scenario)})


def needs_all(state: PageState) -> bool:
    """Return whether more is to be drawn anew than what follows the sliders."""
    if state.follows_itself:
        return state.drawn != state.picture
    return not isinstance(state.drawn, tuple) or state.drawn[:2] != state.picture[:2]


def changed(state: PageState, scenario: Scenario) -> Mapping[str, str]:
    """Return what the address says of the numbers: those that are not as the text has them."""
    names = state.params.changed(scenario.params)
    return {name: written for name, written in link.encode(state.params).items() if name in names}


def onward(name: str) -> None:
    """Draw the links to the list and, after a text, to the next one."""
    names = list(all_pages())
    following = names[names.index(name) + 1 :] if name in names else []
    with st.container(horizontal=True, gap="small"):
        way_within({}, WORDS["all"], icon=":material/list:")
        if following:
            title = all_pages()[following[0]].title
            way_to(following[0], plain(WORDS["next"].format(title=title)))


def way_to(name: str, label: str) -> None:
    """Draw a link to a text."""
    way_within({WHICH: name}, label)


def way_within(query: Mapping[str, str], label: str, icon: str | None = None) -> None:
    """Draw a link within this page."""
    page = st.session_state["bnsim.all"][HERE]
    st.page_link(page, label=label, icon=icon, query_params=address.as_step(query))
