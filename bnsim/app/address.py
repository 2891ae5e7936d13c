"""The address: it holds what is set, and Back undoes presets and pages, not every release of a slider."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bnsim.app import live

STEP = ("bnsim-step", "1")
"""Ends an address that is to be an entry of its own in the browser's history; the browser takes it off again."""

# Registered when this module is imported, as the sliders are. The style takes the component's empty place away. It is
# drawn with the page and not at every release, so what the sliders need comes with it.
draw = st.components.v2.component(
    "bnsim_address",
    html='<div class="bn-address"></div>',
    css=f".stElementContainer:has(.bn-address){{display:none}}\n{live.STYLE}",
    js=f"{live.CODE}\n{live.code('address.js')}",
    isolate_styles=False,
)


@dataclass
class Visit:
    """What the first page of a visit wrote: the page, its query, and whether that is still what is wanted."""

    page: str = ""
    query: str = ""
    stands: bool = True


def listen() -> None:
    """Let the browser keep its history by our rule; drawn last on every page, with the first address of the visit."""
    visit: Visit = st.session_state.get("bnsim.visit") or Visit(stands=False)
    first = {"page": visit.page, "query": visit.query if visit.stands else ""}  # what is overtaken is not written again
    draw(data={"step": f"{STEP[0]}={STEP[1]}", "first": first}, key="bnsim.address")


def begin() -> None:
    """Note that a page is about to be drawn: the first one's address is written by the browser itself."""
    if "bnsim.visit" not in st.session_state:
        st.session_state["bnsim.visit"] = Visit()


def write(page: str, query: Mapping[str, str], *, step: bool = False) -> None:
    """Put a query into the address; `step` makes it an entry of the history, which Back undoes.

    So it does where a link led here that is such a step: see `as_step`.

    The first address of a visit is left to `listen`: what Streamlit is told before the browser has our code would
    become an entry that Back cannot get past.
    """
    visit: Visit | None = st.session_state.get("bnsim.visit")
    if visit is not None and visit.stands:
        visit.page, visit.query = (visit.page, visit.query) if visit.page else (page, urlencode(query))
        visit.stands = (visit.page, visit.query) == (page, urlencode(query))
        if visit.stands:
            return
    told = st.query_params.to_dict()
    if told != query:
        if step or STEP[0] in told:
            st.query_params.from_dict(as_step(query))
        st.query_params.from_dict(query)


def as_step(query: Mapping[str, str]) -> dict[str, str]:
    """Return the query of a link within a page that is to be an entry of the history, as `write` makes one."""
    return {**query, STEP[0]: STEP[1]}


def is_history() -> bool:
    """Return whether this run was asked for by the browser's Back or Forward: then the address says what is wanted."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
