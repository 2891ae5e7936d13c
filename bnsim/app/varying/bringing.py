"""The points of a sweep on the Compare page, for as long as the visit lasts."""

import streamlit as st

from bnsim.scenario.scenario import ScenarioSet

SWEPT = "The sweep"
"""What the Compare page knows the points by; no scenario set can have a name with a blank."""

BROUGHT = "bnsim.brought"


def bring(scenarios: ScenarioSet) -> None:
    """Let the Compare page offer scenarios, in place of earlier ones of their experiment, and choose them there."""
    st.session_state.setdefault(BROUGHT, {})[scenarios.experiment] = scenarios
    st.session_state["compare.experiment"] = scenarios.experiment
    st.session_state["compare.set"] = SWEPT
    st.session_state["compare.baseline"] = scenarios.baseline


def brought(slug: str) -> dict[str, ScenarioSet]:
    """Return what was brought of an experiment, by the name that the Compare page knows it by."""
    known: dict[str, ScenarioSet] = st.session_state.get(BROUGHT, {})
    return {SWEPT: known[slug]} if slug in known else {}
