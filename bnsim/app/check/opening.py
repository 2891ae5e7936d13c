"""The way from a channel to the transform page: with its own numbers if a link can hold them."""

import math
from collections.abc import Mapping

import streamlit as st

from bnsim.app.check.looking import Seen
from bnsim.app.check.pictures import WORDS
from bnsim.app.text import plain
from bnsim.errors import ParamsError
from bnsim.experiments import find
from bnsim.scenario import link

TRANSFORM = "transform"
MOST_EXAMPLES = 1_000_000


def way_to_transform(seen: Seen, place: int | None) -> None:
    """Draw the link that opens a channel in the transform page; without a channel how to choose one."""
    if place is None or not 0 <= place < len(seen.report.labels):
        st.caption(WORDS["label.click"])
        return
    label, query = plain(seen.report.labels[place]), query_of(seen, place)
    if query is None:
        st.caption(WORDS.say("label.too_far", channel=label))
        return
    page = st.session_state["bnsim.all"][TRANSFORM]
    st.page_link(
        page, label=WORDS.say("label.chosen", channel=label), icon=":material/open_in_new:", query_params=query
    )
    if "values" not in query:
        st.caption(WORDS.say("label.chosen_rest", count=seen.report.profile.count))


def query_of(seen: Seen, place: int) -> Mapping[str, str] | None:
    """Return the link of a channel: its numbers, or mean and standard deviation; None if that page takes neither."""
    profile, eps = seen.report.profile, seen.report.eps
    mean, var = float(profile.mean[place]), float(profile.var[place])
    if not math.isfinite(mean) or not math.isfinite(var):
        return None
    std = math.sqrt(var)
    made = {"source": "exact", "mean": mean, "std": std, "batch_size": min(profile.count, MOST_EXAMPLES)}
    ways = [made] if seen.values is None else [{"source": "own", "values": seen.values[place].tolist()}, made]
    for way in ways:
        try:
            params = find(TRANSFORM).params.model_validate({**way, "x": mean + std, "eps": eps})
        except (ParamsError, ValueError):
            continue
        query = link.encode(params)
        if way["source"] == "exact" or "values" in query:
            return query
    return None
