"""Both outputs of an autopsy: all channels side by side, and those of one laid over each other."""

from functools import partial

import streamlit as st

from bnsim.activations import Autopsy, densities_of, densities_table, most_different
from bnsim.app.check.looking import Seen
from bnsim.app.check.pictures import WORDS, outputs_figure, spreads_figure, yes_or_no
from bnsim.app.check.tables import picture, table
from bnsim.app.text import plain
from bnsim.charts.channels import PICKED

MOST_OFFERED = 200
"""Channels in the list; every other one can be clicked."""

CHOSEN = "bnsim.check.channel"
"""Where the session keeps which channel somebody wants to see, and of what."""

BOX = "check.channel"


@st.fragment
def outputs_part(found: Autopsy, seen: Seen) -> None:
    """Draw both outputs of all channels, and of the one that is chosen; at first of that which differs most.

    Another channel concerns nothing else on the page, and less than half of its bytes is sent.
    """
    left, right = st.columns(2, gap="medium")
    of = (found.name, found.running.source, len(found.labels))
    with left:
        picture(outputs_figure(found), "check", PICKED, partial(choose, of))
    with right:
        one_channel(found, seen, choice(found, of))


def choose(of: object, place: int | None = None) -> None:
    """Note which channel somebody wants to see: the one that was clicked, or that of the list."""
    st.session_state[CHOSEN] = of, st.session_state[BOX] if place is None else place


def choice(found: Autopsy, of: object) -> int:
    """Draw the list of channels, those that differ most first, and return the one that is chosen."""
    order = most_different(found)
    known_of, place = st.session_state.get(CHOSEN, (None, order[0]))
    chosen = place if known_of == of and 0 <= place < len(order) else order[0]
    offered = list(dict.fromkeys([*order[:MOST_OFFERED], chosen]))
    st.session_state[BOX] = chosen
    st.selectbox(
        WORDS["label.channel"], offered, key=BOX, on_change=partial(choose, of),
        format_func=lambda each: WORDS.say(
            "label.channel_named", channel=plain(found.labels[each]),
            differs=yes_or_no(is_so=bool(found.agreement.differs[each])),
        ),
    )  # fmt: skip
    return chosen


def one_channel(found: Autopsy, seen: Seen, channel: int) -> None:
    """Draw both outputs of a channel over each other, and their counts as a table."""
    densities = densities_of(found, seen.counts, seen.report.profile.count, channel)
    if densities is None:
        st.caption(WORDS.say("label.no_spread", channel=plain(found.labels[channel])))
        return
    picture(spreads_figure(found, densities), "check")
    if densities.outside:
        st.caption(WORDS.say("label.outside", outside=densities.outside, count=densities.count))
    with st.expander(WORDS["label.spread_numbers"]):
        frame = densities_table(densities)
        table(frame.assign(mode=[WORDS[f"figure.spreads.label.{each}"] for each in frame["mode"]]), "check.spread")
