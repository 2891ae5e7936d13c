"""The scenario sets on the front page: found by words, grouped by experiment."""

import unicodedata
from collections.abc import Iterator, Mapping

import streamlit as st

from bnsim.app import parts, text
from bnsim.app.panels import library
from bnsim.app.text import plain
from bnsim.experiment import Experiment
from bnsim.experiments import all_experiments
from bnsim.scenario import link
from bnsim.scenario.scenario import ScenarioSet

PLAY_ICON = ":material/play_arrow:"
COMPARE_ICON = ":material/compare_arrows:"
LONGEST_SEARCH = 80
ABREAST = 2

Sets = Mapping[str, ScenarioSet]


def searched(words: str) -> str:
    """Return text as it is searched: without regard to capitals, or to how a letter is stored.

    >>> searched("Μ and µ")
    'μ and μ'
    """
    return unicodedata.normalize("NFKC", words).casefold()


def texts_of(name: str, scenarios: ScenarioSet) -> Iterator[str]:
    """Yield what a set can be found by; names are written without Greek, so that gamma finds γ."""
    yield from (name, scenarios.title, scenarios.question, all_experiments()[scenarios.experiment].title)
    for each in scenarios.scenarios:
        yield from (each.name, each.title)


def having(words: str, sets: Sets) -> Sets:
    """Return the sets in whose texts every word of a search stands."""
    wanted = searched(words).split()
    everything = {name: searched("\n".join(texts_of(name, scenarios))) for name, scenarios in sets.items()}
    return {name: sets[name] for name, there in everything.items() if all(word in there for word in wanted)}


@st.fragment
def scenario_sets(said: Mapping[str, str]) -> None:
    """Draw the search and the sets that it leaves; without a search a group is sent when somebody opens it."""
    typed = st.text_input(
        said["search"], key="home.search", placeholder=said["hint"], max_chars=LONGEST_SEARCH, type="search", live=True
    )
    words = " ".join((typed or "")[:LONGEST_SEARCH].split())
    sets = having(words, library().sets)
    text.sentences(st.empty(), [] if sets else [said["nothing"].format(words=words)])
    for slug, experiment in all_experiments().items():
        group = {name: each for name, each in sets.items() if each.experiment == slug}
        if group and words:
            st.markdown(f"**{plain(experiment.title)}**")
            draw(group)
        elif group:
            closed(experiment, group)


def closed(experiment: Experiment, group: Sets) -> None:
    """Draw the titles of a group, and the group itself once it has been opened."""
    titles = " · ".join(plain(each.title) for each in group.values())
    label = f"**{plain(experiment.title)}:** {titles}"
    place = parts.opened(label, f"home.{experiment.slug}")
    if place is not None:
        with place:
            draw(group)


def draw(group: Sets) -> None:
    """Draw a way into every set: its first scenario, and all of them compared."""
    pages = st.session_state["bnsim.all"]
    columns = st.columns(ABREAST)
    for place, (name, scenarios) in enumerate(group.items()):
        with columns[place % ABREAST]:
            start = link.encode(scenarios.baseline_scenario.params)
            title = f"**{plain(scenarios.title)}**"
            st.page_link(pages[scenarios.experiment], label=title, icon=PLAY_ICON, query_params=start)
            st.caption(plain(scenarios.question))
            label = f"Compare its {len(scenarios.scenarios)} scenarios"
            st.page_link(pages["compare"], label=label, icon=COMPARE_ICON, query_params={"set": name})
