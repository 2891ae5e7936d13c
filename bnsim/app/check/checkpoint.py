"""The part of the page for a checkpoint: the answer, each finding, and every layer."""

import streamlit as st

from bnsim.app import text
from bnsim.app.check.assuming import assumed_in_boxes
from bnsim.app.check.bringing import Brought, once_each
from bnsim.app.check.looking import inspect_aside
from bnsim.app.check.pictures import WORDS
from bnsim.app.text import plain
from bnsim.checkpoint import Assumed, Inspection, Ways, answer, assumptions, findings_table, layers_table
from bnsim.checkpoint.wording import WORDS as FOUND
from bnsim.checkpoint.wording import remarks, shown_name, where

HEADS = {
    "layer": "layer", "channels": "channels", "batches": "batches", "smallest_variance": "smallest",
    "largest_variance": "largest", "largest_gain": "largest_gain", "findings": "findings",
}  # fmt: skip
"""Columns of the table of layers, and where their heads stand in the words of the doctor."""

MOST_FINDINGS = 20


def checkpoint_part(file: Brought | None, other: Brought | None) -> Inspection | None:
    """Draw what is found in a checkpoint, held against another one if there is one, and return it."""
    text.section(WORDS["label.checkpoint"])
    if file is None:
        st.caption(WORDS["label.no_checkpoint"])
        return None
    with st.expander(WORDS["label.of_model"]):
        assumed = assumed_in_boxes("check.model", WORDS["label.as_said"])
    inspection = once_each(
        "checkpoint", (file.identity, assumed), [file], lambda content: inspect_aside(content, file.name, assumed)
    )
    if inspection is not None and other is not None:
        inspection = held_against(file, other, assumed) or inspection
    if inspection is not None:
        shown(inspection)
    return inspection


def ways() -> Ways:
    """Return what the boxes are called in sentences that speak of them."""
    return Ways(WORDS.say("label.way", box=WORDS["label.model_eps"]),
                WORDS.say("label.way", box=WORDS["label.model_momentum"]))  # fmt: skip


def held_against(file: Brought, other: Brought, assumed: Assumed) -> Inspection | None:
    """Return what is found in a checkpoint that is held against another one; why that cannot be is said."""
    return once_each(
        "against", (file.identity, other.identity, assumed), [file, other],
        lambda content, other_content: inspect_aside(content, file.name, assumed, other_content, other.name),
    )  # fmt: skip


def shown(inspection: Inspection) -> None:
    """Draw the answer, the findings and the table of layers."""
    text.sentences(st.empty(), [answer(inspection), *remarks(inspection), *inspection.problems])
    if inspection.layers:
        st.caption(plain(assumptions(inspection, ways())))
    rows = findings_table(inspection, ways()).to_dict("records")[:MOST_FINDINGS]
    for row, finding in zip(rows, inspection.findings, strict=False):
        layer = shown_name(finding.layer)
        st.caption(f"**{plain(str(row['title']))}**, {plain(layer)}: {plain(str(row['text']))} "
                   f"{plain(where(finding, inspection))}")  # fmt: skip
    if rows:
        with st.expander(WORDS["label.findings"], key="check.layer-findings"):
            for title, why, do in dict.fromkeys((str(row["title"]), str(row["why"]), str(row["do"])) for row in rows):
                st.markdown(f"**{plain(title)}.** {plain(why)} {plain(do)}")
    if inspection.layers:
        with st.expander(WORDS["label.all_layers"]):
            layers(inspection)


def layers(inspection: Inspection) -> None:
    """Draw every layer as a table that can be sorted."""
    frame = layers_table(inspection)[list(HEADS)]
    frame = frame.assign(layer=[shown_name(name) for name in frame["layer"]])
    config = {
        name: st.column_config.NumberColumn(FOUND[f"label.{head}"], format="%.4g")
        if frame[name].dtype.kind == "f"
        else st.column_config.Column(FOUND[f"label.{head}"])
        for name, head in HEADS.items()
    }
    st.dataframe(frame, column_config=config, hide_index=True, key="check.layers")
