"""The part of the page for activations: the answer, every channel, what is odd, and the same by each norm."""

import streamlit as st

from bnsim.activations import answer, channels_table, norms_table, reading, told
from bnsim.activations.wording import WORDS as FOUND
from bnsim.app import text
from bnsim.app.check.assuming import LONGEST, read_in_boxes
from bnsim.app.check.bringing import Brought, once_each
from bnsim.app.check.looking import Seen, look_aside
from bnsim.app.check.opening import way_to_transform
from bnsim.app.check.pictures import MOST_DRAWN, WORDS, channels_figure, finding_of
from bnsim.app.check.tables import picture, table
from bnsim.app.text import plain
from bnsim.charts.channels import PICKED

AXES = (None, 0, 1, 2, 3, 4)
EPS = 1e-5


def activations_part(file: Brought | None) -> Seen | None:
    """Draw what is found in activations, and return it."""
    text.section(WORDS["label.activations"])
    if file is None:
        st.caption(WORDS["label.no_activations"])
        return None
    place = st.container()
    asked = options()
    with place:
        key = (file.identity, asked)
        seen = once_each("activations", key, [file], lambda content: look_aside(content, file.name, *asked))
        if seen is not None:
            shown(seen)
    return seen


def options() -> tuple[int | None, str, float, int]:
    """Draw how the file is to be read, and return it: axis, array, eps, groups."""
    with st.expander(WORDS["label.options"]):
        axis, array, eps, groups = st.columns(4)
        chosen = axis.selectbox(
            WORDS["label.axis"], AXES, key="check.axis",
            format_func=lambda each: WORDS["label.axis_guessed"] if each is None else str(each),
        )  # fmt: skip
        name = array.text_input(WORDS["label.array"], key="check.array", max_chars=60)
        added = eps.text_input(
            WORDS["label.eps"],
            key="check.eps",
            max_chars=LONGEST,
            placeholder=f"{EPS:g}",
            help=WORDS["label.quoted_eps"],
        )
        cut = groups.number_input(WORDS["label.groups"], min_value=0, max_value=10_000, value=0, key="check.groups")
        assumed = read_in_boxes(added, None)
    return chosen, (name or "").strip(), EPS if assumed.eps is None else assumed.eps, int(cut)


def shown(seen: Seen) -> None:
    """Draw the answer, the picture, the findings and the tables."""
    report = seen.report
    text.sentences(st.empty(), [answer(report)])
    st.caption(plain(reading(report.name, report.shape, report.told)))
    findings = list(told(report))
    for each in findings:
        st.caption(WORDS.say("label.found", title=f"**{plain(each.title)}**", text=plain(each.text)))
    clicked = picture(channels_figure(report), "check", PICKED)
    with st.expander(WORDS["label.all_channels"]):
        chosen = channels(seen)
    way_to_transform(seen, clicked if chosen is None else chosen)
    if findings:
        with st.expander(WORDS["label.findings"]):
            for each in findings:
                st.markdown(f"**{plain(each.title)}.** {plain(each.why)} {plain(each.do)}")
    with st.expander(WORDS["label.by_norm"]):
        st.caption(FOUND.say("label.norms_lead", eps=report.eps, groups=report.groups))
        norms = norms_table(report)
        table(norms.assign(norm=[FOUND[f"label.norms.{kind}"] for kind in norms["norm"]]), "check.norms")


def channels(seen: Seen) -> int | None:
    """Draw every channel as a table that can be sorted, and return the row that is chosen."""
    frame = channels_table(seen.report)
    shown_rows = frame.head(MOST_DRAWN)
    if len(frame) > MOST_DRAWN:
        st.caption(WORDS.say("label.more_rows", shown=MOST_DRAWN, all=len(frame)))
    return table(
        shown_rows.assign(finding=[finding_of(key) for key in shown_rows["finding"]]), "check.channels", chosen=True
    )
