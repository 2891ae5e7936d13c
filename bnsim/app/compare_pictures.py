"""The pictures of a comparison: curves over each other, side by side, or a readout against what varies."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import pandas as pd
import streamlit as st

from bnsim.app import saving, text
from bnsim.app.comparison import Shown
from bnsim.app.grids import in_words, key_of, panels
from bnsim.app.pictures import compact
from bnsim.charts.against import against_template, steps_of
from bnsim.charts.overlay import MOST_LABELS, overlaid, overlay_template
from bnsim.charts.panels import Extent, small_pictures
from bnsim.charts.template import SILENT_MARKS, Template
from bnsim.columns import columns_of
from bnsim.compare import Comparison, told_apart
from bnsim.compare.against import against, readouts_against, varied
from bnsim.compare.differences import differences, largest
from bnsim.compare.spoken import ROUNDING, spoken
from bnsim.experiments import find
from bnsim.text import short, words_of

WORDS = words_of("bnsim.compare")

MOST_SERIES = 4
"""So many kinds of curves can be offered side by side; more are a list."""

MOST_DRAWN = 50
"""So many scenarios have a curve in a picture."""


def picture(shown: Shown) -> None:
    """Draw the picture that was chosen, with a key and in words."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = picture_choice(shown.now)
        if kind == "against":
            key = readout_choice(shown.now)
        else:
            series = series_choice(shown.whole)
    if kind == "against":
        draw_against(shown, key)
        return
    (side_by_side if kind == "panels" else overlay)(shown, series, shown.now.names[:MOST_DRAWN])
    if len(shown.now.names) > MOST_DRAWN:
        count = str(len(shown.now.names))
        st.caption(text.plain(WORDS.say("label.not_drawn", shown=str(MOST_DRAWN), count=count)))


def picture_choice(comparison: Comparison) -> str:
    """Return which picture is drawn; a choice only where there is more than one scenario."""
    name = varied(comparison)
    offered = ["overlay", "panels", *(["against"] if name else [])]
    if len(comparison.names) < 2:
        return "overlay"
    # Not "compare.picture": that is the place of the picture, and a key is a class of the page.
    key = "compare.shown.picture"
    saving.keep_valid(key, offered)
    labels = {each: WORDS[f"label.picture.{each}"] for each in offered}
    if name:
        control = comparison.results[comparison.baseline].params.controls()[name].control
        labels["against"] = WORDS.say("label.picture.against", name=text.plain(control.symbol or control.label))
    default = None if key in st.session_state else offered[0]
    chosen = st.segmented_control(
        WORDS["label.pictures"], offered, default=default, format_func=labels.__getitem__, key=key, persist_state="page"
    )
    return chosen or offered[0]


def series_choice(comparison: Comparison) -> str:
    """Return which curves are drawn, first those in which the scenarios differ; a choice only if there is one."""
    labels, telling = find(comparison.experiment).overlay.labels, comparison.telling_series()
    if len(labels) == 1:
        return telling
    # The key names the set: in another set other curves may tell most.
    key = f"compare.{comparison.experiment}.series.{st.session_state['compare.set']}"
    label, offered = WORDS["label.curves"], list(labels)
    if len(labels) > MOST_SERIES:
        place = offered.index(telling)
        return st.selectbox(label, offered, index=place, format_func=labels.__getitem__, key=key)
    chosen = st.segmented_control(label, offered, default=telling, format_func=labels.__getitem__, key=key)
    return chosen or telling


def readout_choice(comparison: Comparison) -> str:
    """Return which readout is drawn against the parameter that varies."""
    readouts = comparison.readouts[comparison.baseline]
    offered = {key: f"{readouts[key].term.label} {readouts[key].term.symbol}" for key in readouts_against(comparison)}
    saving.keep_valid("compare.shown.readout", offered)
    return st.selectbox(
        WORDS["label.readout"],
        list(offered),
        format_func=offered.__getitem__,
        key="compare.shown.readout",
        persist_state="page",
    )


def curves_of(whole: Comparison, names: tuple[str, ...], series: str) -> pd.DataFrame:
    """Return the curves of one series of some scenarios."""
    curves = whole.overlay()
    return curves[(curves["series"] == series) & curves["scenario"].isin(names)]


def chart(template: Template, data: object, key: str, alt: str) -> None:
    """Draw a picture in its place."""
    (name,) = template.columns
    spec = {"config": SILENT_MARKS, **template.spec, "datasets": {name: data}}
    with st.container(key="compare-picture"):
        st.vega_lite_chart(spec=spec, key=f"compare.{key}", alt=alt)


def overlay(shown: Shown, series: str, names: tuple[str, ...]) -> None:
    """Draw one series of some scenarios over each other; of many, those that are chosen stand out."""
    declared, loud = find(shown.now.experiment).overlay, standing_out(shown)
    alt = WORDS.say("label.alt", series=declared.labels[series], count=scenarios(len(shown.now.names)))
    lines = lines_of(shown.whole, names, shown.now.names, series, tuple(loud))
    chart(overlay_template(*declared.titles(series)), lines.data, f"{shown.now.experiment}.overlay", alt)
    st.html(key_to(shown, lines.names, loud) + lines.words)
    if len(loud) < len(shown.now.names):
        st.caption(text.plain(WORDS.say("label.quiet", count=str(len(shown.now.names) - len(loud)))))


@dataclass(frozen=True, eq=False)
class Lines:
    """Curves over each other: their data, their scenarios, and the picture in words."""

    data: object
    names: Collection[str]
    words: str


MOST_LINES = 16
"""So many pictures are kept of one comparison; more and they are all made anew."""

MADE: WeakKeyDictionary[Comparison, dict[tuple[object, ...], Lines]] = WeakKeyDictionary()
"""Those of each comparison that somebody looks at, for all who do."""

LOOKING = Lock()
"""Held by who looks there."""


def lines_of(
    whole: Comparison, drawn: tuple[str, ...], names: tuple[str, ...], series: str, loud: tuple[str, ...]
) -> Lines:
    """Return one series of the scenarios that are drawn, of which some stand out; words tell of all names."""
    key = drawn, names, series, loud
    with LOOKING:
        made = MADE.setdefault(whole, {})
        lines = made.get(key)
    if lines is None:
        lines = made_lines(whole, drawn, names, series, loud)
        with LOOKING:
            if len(made) >= MOST_LINES:
                made.clear()
            made[key] = lines
    return lines


def made_lines(
    whole: Comparison, drawn: tuple[str, ...], names: tuple[str, ...], series: str, loud: tuple[str, ...]
) -> Lines:
    """Return the same, made anew."""
    curves, titles = curves_of(whole, drawn, series), told_apart(whole.titles)
    said = spoken(curves, {name: titles[name] for name in names})
    data = compact(columns_of(overlaid(curves, titles, loud)))
    return Lines(data, frozenset(curves["scenario"]), in_words(said, WORDS["label.spoken_head"]))


def standing_out(shown: Shown) -> Collection[str]:
    """Return who is drawn in colour: of few all, of many the references, and who is pinned or differs most."""
    now = shown.now
    if len(now.names) <= MOST_LABELS:
        return now.names
    chosen = [name for name in shown.view.pinned if name in now.names]
    most, _ = largest(list(differences(now)))
    if not chosen and most is not None:
        chosen = [most.scenario]
    return list(dict.fromkeys((now.baseline, *filter(None, [shown.second]), *chosen)))


def scenarios(count: int) -> str:
    """Return so many scenarios in words."""
    return WORDS["label.scenarios.one"] if count == 1 else WORDS.say("label.scenarios.many", count=str(count))


def key_to(shown: Shown, drawn: Collection[str], loud: Collection[str]) -> str:
    """Return the key of the picture, which also says who has no curve in it."""
    missing = [name for name in loud if name not in drawn]
    items = [
        (shown.places[name], WORDS.say("label.no_curve", title=head.title) if name in missing else head.title)
        for name, head in zip(shown.now.names, shown.heads, strict=True)
        if name in loud
    ]
    # Where one has no line, the titles beside the lines do not say it.
    return key_of(items, WORDS["label.key"], labelled=not missing)


def side_by_side(shown: Shown, series: str, names: tuple[str, ...]) -> None:
    """Draw one series as a small picture for some scenarios each, all on the same axes."""
    curves = curves_of(shown.whole, names, series)
    declared, extent = find(shown.now.experiment).overlay, Extent.of(curves)
    pictures = small_pictures(curves, names, shown.places, shown.now.baseline)
    groups = dict(tuple(curves.groupby("scenario", sort=False)))
    words = [next(spoken(groups.get(name, curves[:0]), {name: shown.now.titles[name]})) for name in names]
    (x, y), label = declared.titles(series), declared.labels[series]
    head = WORDS.say("label.alt_panels", series=label, count=scenarios(len(shown.now.names)))
    st.html(panels(zip(shown.heads, pictures, words, strict=False), head))
    ends = dict(zip(("left", "right"), map(short, whole(extent.left, extent.right)), strict=True))
    ends |= dict(zip(("low", "high"), map(short, whole(extent.low, extent.high)), strict=True))
    st.caption(text.plain(WORDS.say("label.axes", x=x, y=y, **ends)))


def whole(*ends: float) -> Iterator[float]:
    """Yield the ends of an axis; what rounding left of a 0 is 0."""
    largest = max(map(abs, ends))
    yield from (end if abs(end) > ROUNDING * largest else 0.0 for end in ends)


def draw_against(shown: Shown, key: str) -> None:
    """Draw a readout of all scenarios against the one parameter that varies."""
    now, name = shown.now, varied(shown.now)
    heads = {each: head.title for each, head in zip(now.names, shown.heads, strict=True)}
    data = against(now, name, key, heads, label=WORDS["label.role_baseline"])
    control = now.results[now.baseline].params.controls()[name].control
    term = now.readouts[now.baseline][key].term
    x, y = (f"{each.label} {each.symbol}".strip() for each in (control, term))
    steps = steps_of(data["x"])
    alt = WORDS.say("label.alt_against", readout=term.label, parameter=control.label, count=scenarios(len(now.names)))
    chart(against_template(x, y, steps=steps), data, f"{now.experiment}.against.{steps}", alt)
    said = [
        WORDS.say("label.spoken_against", title=title, x=short(across), y=short(high))
        for title, across, high in zip(data["scenario"], data["x"], data["y"], strict=True)
    ]
    st.html(in_words(said, alt))
    without = len(now.names) - len(data)
    if without:
        st.caption(text.plain(WORDS.say("label.no_number", count=scenarios(without))))
