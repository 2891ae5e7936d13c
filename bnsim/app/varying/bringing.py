"""The points of a sweep on the Compare page, for as long as the visit lasts."""

import streamlit as st

from bnsim.scenario.scenario import ScenarioSet

BROUGHT = "bnsim.brought"


def name_of(slug: str) -> str:
    """Return what the Compare page knows the points by; a scenario set of the library has no colon in its name."""
    return f"sweep:{slug}"


def bring(scenarios: ScenarioSet) -> str:
    """Let the Compare page offer scenarios, in place of earlier ones of their experiment; return their name there."""
    name = name_of(scenarios.experiment)
    st.session_state.setdefault(BROUGHT, {})[name] = scenarios
    return name


def brought() -> dict[str, ScenarioSet]:
    """Return what was brought, by the name that the Compare page knows it by."""
    known: dict[str, ScenarioSet] = st.session_state.get(BROUGHT, {})
    return known
