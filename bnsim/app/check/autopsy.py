"""The part of the page that holds activations against running statistics: the verdict, both outputs, every channel."""

import streamlit as st

from bnsim.activations import (
    Autopsy,
    Origin,
    Running,
    autopsy,
    autopsy_table,
    fitting,
    remarks,
    running_of,
    typed_running,
    verdict,
)
from bnsim.activations.running import BATCH_SIZE
from bnsim.app import text
from bnsim.app.check.assuming import assumed_in_boxes
from bnsim.app.check.looking import Seen
from bnsim.app.check.outputs import outputs_part
from bnsim.app.check.pictures import MOST_DRAWN, WORDS, yes_or_no
from bnsim.app.check.tables import table
from bnsim.app.text import plain
from bnsim.checkpoint import Inspection
from bnsim.checkpoint.wording import shown_name
from bnsim.errors import InputError

TYPED = ""
"""Stands for statistics that are typed in, among the names of layers; no layer that can be chosen has this place."""

MOST_TYPED = 200_000
"""Characters of statistics that are typed in."""


def autopsy_part(seen: Seen | None, inspection: Inspection | None) -> None:
    """Draw what holding activations against running statistics says."""
    text.section(WORDS["label.autopsy"])
    if seen is None:
        st.caption(WORDS["label.needs_more"])
        return
    place = st.container()
    try:
        running, origin = asked(seen, inspection)
        with place:
            if running is None:
                st.caption(WORDS.say("label.needs_statistics", channels=len(seen.report.labels)))
            else:
                shown(autopsy(seen.batch, running, origin), seen)
    except InputError as error:
        with place:
            text.sentences(st.empty(), error.problems, bad=True)


def asked(seen: Seen, inspection: Inspection | None) -> tuple[Running | None, Origin]:
    """Draw which running statistics are meant and where the activations come from, and return both."""
    channels = len(seen.report.labels)
    layers = {str(place): layer for place, layer in enumerate(fitting(inspection, channels))} if inspection else {}
    if inspection is not None and not layers:
        text.sentences(st.empty(), [WORDS.say("label.no_layer", name=inspection.name, channels=channels)], bad=True)
    which, size, where = st.columns([3, 2, 3])
    chosen = which.selectbox(
        WORDS["label.layer"], [*layers, TYPED], key="check.layer",
        format_func=lambda place: shown_name(layers[place].name) if place in layers else WORDS["label.typed"],
    )  # fmt: skip
    batch_size = int(
        size.number_input(
            WORDS["label.batch_size"], min_value=1, max_value=1_000_000, value=BATCH_SIZE, key="check.batch_size"
        )
    )
    said = where.selectbox(
        WORDS["label.origin"], [each.value for each in Origin], key="check.origin",
        format_func=lambda each: WORDS[f"label.origins.{each}"],
    )  # fmt: skip
    if chosen in layers and inspection is not None:
        return running_of(layers[chosen], inspection.assumed, batch_size, inspection.name), Origin(said)
    return typed(channels, batch_size), Origin(said)


def typed(channels: int, batch_size: int) -> Running | None:
    """Draw boxes for statistics and how they were made, and return them; None as long as one of them is empty."""
    assumed = assumed_in_boxes("check.typed", WORDS["label.as_usual"])
    left, right = st.columns(2)
    mean = left.text_area(WORDS["label.typed_mean"], key="check.mean", height=80, max_chars=MOST_TYPED)
    var = right.text_area(WORDS["label.typed_var"], key="check.var", height=80, max_chars=MOST_TYPED)
    if not (mean or "").strip() or not (var or "").strip():
        return None
    return typed_running(mean or "", var or "", channels, assumed, batch_size)


def shown(found: Autopsy, seen: Seen) -> None:
    """Draw the verdict, both outputs over each other, how sure it is, and every channel."""
    text.sentences(st.empty(), [verdict(found)])
    outputs_part(found, seen)
    with st.expander(WORDS["label.sure"]):
        for sentence in remarks(found):
            st.markdown(plain(sentence))
    with st.expander(WORDS["label.all_channels"], key="check.autopsy-channels"):
        frame = autopsy_table(found).head(MOST_DRAWN)
        table(frame.assign(differs=[yes_or_no(is_so=bool(each)) for each in frame["differs"]]), "check.autopsy")
