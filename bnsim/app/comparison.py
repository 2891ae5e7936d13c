"""The parts of a comparison on the page: sentences, the picture with its key and in words, the tables."""

import html
from collections.abc import Container

import streamlit as st

from bnsim.app import text
from bnsim.app.grids import grid, in_words, key_of
from bnsim.charts.overlay import MOST_LABELS, letter_of, overlaid, overlay_template
from bnsim.charts.template import SILENT_MARKS
from bnsim.compare import Comparison, told_apart
from bnsim.compare.spoken import spoken
from bnsim.compare.tables import outcome_rows, setting_rows
from bnsim.experiments import find
from bnsim.text import words_of

WORDS = words_of("bnsim.compare")
FEW = {True: 5, False: 8}
"""So many scenarios have room side by side on a wide screen: with all digits, and with few."""

MOST_SERIES = 4
"""So many kinds of curves can be offered side by side; more are a list."""


def paragraph(words: str, name: str) -> None:
    """Draw a plain sentence, if there is one; a change is also spoken."""
    if words:
        st.html(f'<p class="{name}" aria-live="polite">{html.escape(words)}</p>')


def columns(comparison: Comparison) -> list[str]:
    """Return the titles of the scenarios, each with the letter that it has in the picture."""
    titles = told_apart(comparison.titles)
    return [f"{letter_of(at)} · {titles[name]}" for at, name in enumerate(comparison.names)]


def overlay(comparison: Comparison) -> None:
    """Draw one series of all scenarios over each other, with a key and in words."""
    series = series_choice(comparison)
    curves = comparison.overlay()
    curves = curves[curves["series"] == series]
    titles, labelled = told_apart(comparison.titles), len(comparison.names) <= MOST_LABELS
    declared = find(comparison.experiment).overlay
    template = overlay_template(*declared.titles(series), labelled=labelled)
    with st.container(key="compare-picture"):
        st.vega_lite_chart(
            spec={"config": SILENT_MARKS, **template.spec, "datasets": {"curves": overlaid(curves, titles)}},
            key=f"compare.{comparison.experiment}.overlay.{labelled}",
            alt=WORDS.say("label.alt", series=declared.labels[series], count=scenarios(len(titles))),
        )
    key = key_to(comparison, set(curves["scenario"]), labelled=labelled)
    st.html(key + in_words(spoken(curves, titles), WORDS["label.spoken_head"]))


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


def scenarios(count: int) -> str:
    """Return so many scenarios in words."""
    return WORDS["label.scenarios.one"] if count == 1 else WORDS.say("label.scenarios.many", count=str(count))


def key_to(comparison: Comparison, drawn: Container[str], *, labelled: bool) -> str:
    """Return the key of the picture, which also says who has no curve in it."""
    missing = [name for name in comparison.names if name not in drawn]
    items = [
        WORDS.say("label.no_curve", title=title) if name in missing else title
        for name, title in zip(comparison.names, columns(comparison), strict=True)
    ]
    # Where one has no line, the titles beside the lines do not say it.
    return key_of(items, WORDS["label.key"], labelled=labelled and not missing)


def outcomes(comparison: Comparison) -> None:
    """Draw what came out: what the set is about in few digits, or every number with all its digits."""
    every = headed("came_out", "numbers", "all_numbers")
    say_scroll(comparison, every)
    rows = outcome_rows(comparison, every=every)
    st.html(grid(columns(comparison), rows, WORDS["label.came_out"], narrow=not every))
    if len(comparison.names) > 1:
        title = told_apart(comparison.titles)[comparison.baseline]
        st.caption(text.plain(WORDS.say("label.measure", title=title)))


def settings(comparison: Comparison) -> None:
    """Draw what went in: only what is not the same in all scenarios, or every parameter."""
    every = headed("went_in", "settings", "all_settings")
    rows = setting_rows(comparison, every=every)
    if rows:
        say_scroll(comparison, every)
        st.html(grid(columns(comparison), rows, WORDS["label.went_in"], narrow=not every))
    else:
        st.caption(text.plain(WORDS.say("label.all_the_same", what=WORDS["label.went_in"])))


def headed(title: str, switch: str, label: str) -> bool:
    """Draw the heading of a table and its switch; return whether everything is to be shown."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        text.section(WORDS[f"label.{title}"])
        return st.toggle(WORDS[f"label.{label}"], key=f"compare.{switch}")


def say_scroll(comparison: Comparison, every: bool) -> None:
    """Say that a table goes on at its right where it is wider than a wide screen."""
    many = len(comparison.names)
    if many > FEW[every]:
        st.caption(WORDS.say("label.scroll", count=str(many)))
