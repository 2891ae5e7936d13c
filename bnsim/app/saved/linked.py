"""A set that came by a link: shown like any other, and kept only if somebody says so."""

from dataclasses import dataclass, replace

import streamlit as st

from bnsim.app import text
from bnsim.app.saved.scenarios import WORDS, my_set
from bnsim.app.saved.sharing import set_in_link
from bnsim.experiments import params_of
from bnsim.scenario import set_link
from bnsim.scenario.scenario import ScenarioSet
from bnsim.scenario.set_link import Linked

LINKED = "From a link"
"""What the choice of the Compare page stands at, while the set of a link is shown."""


@dataclass(frozen=True)
class Arrived:
    """The last link of a set that this visit came by: what stood in it, and what could be read."""

    text: str
    linked: Linked


def arrived() -> Linked:
    """Return what the last link of a set held; nothing if there was none."""
    found: Arrived | None = st.session_state.get("bnsim.linked")
    return Linked(None) if found is None else found.linked


def open_link(text: str) -> ScenarioSet | None:
    """Take over the set that stands in a link, as far as it can be read, and return it."""
    found: Arrived | None = st.session_state.get("bnsim.linked")
    if found is None or found.text != text:
        st.session_state["bnsim.linked"] = Arrived(text, set_link.decode(text, params_of))
    return arrived().scenarios


def linked_set(slug: str) -> ScenarioSet | None:
    """Return the set of the last link, if it is of this experiment."""
    found = arrived().scenarios
    return found if found is not None and found.experiment == slug else None


def offer(slug: str) -> dict[str, str]:
    """Return the title under which the set of a link is offered, by what the choice then stands at."""
    found = linked_set(slug)
    if found is None:
        return {}
    is_named = found.title not in ("", WORDS["label.mine"])
    return {LINKED: WORDS.say("label.linked_title", title=found.title) if is_named else WORDS["label.linked"]}


def is_mine(slug: str) -> bool:
    """Return whether the set of the link is what is saved: whoever sent it to himself sees his own."""
    found = linked_set(slug)
    return found is not None and replace(found, baseline=None) == my_set(slug)


def reports() -> None:
    """Say what of the link could not be read."""
    found = arrived().reports
    if found:
        text.sentences(st.empty(), [WORDS["label.linked_reports"], *found], bad=True)


def query(name: str, scenarios: ScenarioSet) -> dict[str, str]:
    """Return what the address says of a set that is not among the shipped ones: the set itself, if it has room."""
    found = set_in_link(scenarios)
    return {set_link.KEY: found} if found else {"set": name}
