"""Scenarios side by side: what went in, what came out, and by how much it differs from the baseline."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from bnsim.app import address, saving, text, waiting
from bnsim.app.panels import library, readable
from bnsim.charts.overlay import overlaid, overlay_template
from bnsim.compare import Comparison, compare_scenarios, told_apart
from bnsim.errors import InputError
from bnsim.experiment import Result
from bnsim.experiments import all_experiments, find
from bnsim.scenario import toml
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import ScenarioSet
from bnsim.text import Term
from bnsim.work.queue import JOBS, Wanted

MINE = "My saved scenarios"
FEW = 5
"""So many scenarios have room side by side on a wide screen."""


def compare_page() -> None:
    """Draw the choice of scenarios, the tables, the overlay and the downloads."""
    text.question("What changes when one thing changes?")
    arrive()
    slug = experiment_choice()
    choices = told_apart({name: each.title for name, each in library().of(slug).items()} | {MINE: MINE})
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    with left:
        saving.keep_valid("compare.set", choices)
        chosen = st.selectbox("Scenarios", list(choices), key="compare.set", format_func=lambda name: choices[name])
    mine = saving.my_set(slug)
    scenarios = mine if chosen == MINE else library().sets[chosen]
    if scenarios is None:
        text.sentences(st.empty(), ["Nothing is saved yet. Open an experiment, set something, and press Save there."])
    else:
        with middle:
            baseline = baseline_choice(scenarios)
        with right:
            only = st.toggle("Only what changed", key="compare.only")
        address.write("compare", {"set": chosen, "baseline": baseline, "only": str(int(only))})
        draw(scenarios, baseline, only)
    st.divider()
    saving.manage(slug)


def experiment_choice() -> str:
    """Return the experiment whose scenarios are compared; a choice is drawn only if there is one."""
    experiments = all_experiments()
    if len(experiments) == 1:
        return next(iter(experiments))
    saving.keep_valid("compare.experiment", experiments)
    titles = {slug: each.title for slug, each in experiments.items()}
    return st.selectbox("Experiment", list(titles), key="compare.experiment", format_func=titles.__getitem__)


def arrive() -> None:
    """Take over what the link says, on arrival and after Back; what it asks for in vain is ignored and said."""
    if st.session_state.get("bnsim.here") == "compare" and not address.is_history():
        return
    st.session_state["bnsim.here"] = "compare"
    wanted = st.query_params.get("set")
    if wanted is None:
        return
    if wanted == MINE or wanted in library().sets:
        if wanted != MINE:
            st.session_state["compare.experiment"] = library().sets[wanted].experiment
        st.session_state["compare.set"] = wanted
        st.session_state["compare.baseline"] = st.query_params.get("baseline")
        st.session_state["compare.only"] = st.query_params.get("only") == "1"
    else:
        known = ", ".join(library().sets)
        sentence = f"The link asks for the set {wanted[:64]!r}, which is not here. There are {known}."
        text.sentences(st.empty(), [sentence])


def baseline_choice(scenarios: ScenarioSet) -> str:
    """Return the name of the scenario that the others are held against."""
    if st.session_state.get("compare.baseline") not in scenarios.names:
        st.session_state["compare.baseline"] = scenarios.baseline_scenario.name
    # Where two had the same words, the browser could not say which of them was chosen.
    titles = told_apart({item.name: item.title or item.name for item in scenarios.scenarios})
    return str(st.selectbox("Baseline", scenarios.names, key="compare.baseline", format_func=titles.__getitem__))


def draw(scenarios: ScenarioSet, baseline: str, only: bool) -> None:
    """Draw question, tables, overlay and downloads of one comparison."""
    if scenarios.question or scenarios.look_for:
        text.sentences(st.empty(), [part for part in (scenarios.question, scenarios.look_for) if part])
    results = run_first(scenarios)
    ready = [each for each in scenarios.scenarios if results is None or each.params in results]
    if baseline not in {each.name for each in ready}:
        return
    chosen = replace(scenarios, scenarios=tuple(ready), baseline=None)
    try:
        comparison = compare_scenarios(chosen, baseline, results=(results or {}).values())
    except InputError as error:
        text.sentences(st.empty(), error.problems, bad=True)
        return
    shown = comparison.changed_only() if only else comparison
    tables(shown)
    overlay(comparison)
    slug = scenarios.experiment
    left, right, _ = st.columns([1, 1, 2])
    # A press must not draw the page anew: that would take away the file it asks for, or the answer on its way.
    offer = partial(st.download_button, on_click="ignore", width="stretch")
    csv = comparison.frame().assign(title=pd.Series(comparison.titles)).to_csv()
    with left:
        offer("Download table (CSV)", csv, f"{slug}-comparison.csv", "text/csv")
    with right:
        offer("Download scenarios (TOML)", toml.write(scenarios), f"{slug}-scenarios.toml", "application/toml")


def run_first(scenarios: ScenarioSet) -> dict[Params, Result] | None:
    """Draw Run, or how far it is, for scenarios of slow work, and return the results at hand; None if all are quick."""
    experiment = find(scenarios.experiment)
    if experiment.work is None:
        return None
    wanted = list(dict.fromkeys(waiting.wanted(experiment, each.params) for each in scenarios.scenarios))
    found = finished(wanted)
    seconds = waiting.interval(wanted)
    st.fragment(watch, run_every=seconds)(wanted, seconds, len(found))
    if len(found) < len(wanted):
        text.sentences(st.empty(), [f"{len(wanted) - len(found)} of {len(wanted)} scenarios are not run yet."])
    return found


def finished(wanted: Sequence[Wanted]) -> dict[Params, Result]:
    """Return the finished results among what is wanted."""
    found = {run.params: JOBS.find(run) for run in wanted}
    return {params: result for params, result in found.items() if result is not None}


def watch(wanted: Sequence[Wanted], seconds: float | None, ready: int) -> None:
    """Draw Run or how far it is; draws the page anew with every scenario that is done."""
    if (waiting.interval(wanted) is None) != (seconds is None) or len(finished(wanted)) != ready:
        st.rerun(scope="app")
    waiting.panel(wanted, "compare")


def tables(comparison: Comparison) -> None:
    """Draw inputs, outcomes and signed differences, the baseline first and marked; not what no scenario knows."""
    titles = told_apart(comparison.titles)
    groups = {
        "What went in": comparison.inputs,
        "What came out": comparison.outcomes.dropna(how="all"),
        f"Difference from the baseline, {titles[comparison.baseline]}": comparison.differences.dropna(how="all"),
    }
    for title, frame in groups.items():
        if frame.empty:
            st.caption(f"**{text.plain(title)}:** all the same.")
            continue
        many = f" {len(frame.columns)} scenarios: scroll sideways." if len(frame.columns) > FEW else ""
        st.caption(f"**{text.plain(title)}**{many}")
        signed = title.startswith("Difference")
        written = (
            readable(frame)
            if frame is comparison.inputs
            else readouts(frame, find(comparison.experiment).terms, signed=signed)
        )
        st.html(grid(written.rename(columns=titles), title, marked=not signed))


def readouts(frame: pd.DataFrame, terms: Mapping[str, Term], *, signed: bool) -> pd.DataFrame:
    """Return readouts, a row each, by their labels and with the digits that mean something."""

    def written(key: str, value: float | str) -> str:
        return f"{'+' if signed and not isinstance(value, str) and value > 0 else ''}{terms[key].written(value)}"

    rows = {f"{terms[key].label} ({key})": [written(key, value) for value in frame.loc[key]] for key in frame.index}
    return pd.DataFrame.from_dict(rows, orient="index", columns=frame.columns).rename_axis("readout")


def grid(frame: pd.DataFrame, title: str, *, marked: bool) -> str:
    """Return a table as markup as wide as its numbers, so that none is ever cut; the first column `marked` or not.

    Streamlit's own table cuts a text where its column ends: of 3.4e-5 it may show 3.4.
    """

    def cells(texts: Iterable[object], tag: str) -> str:
        style = (' class="b"' if marked and not place else "" for place in range(len(frame.columns)))
        return "".join(
            f"<{tag}{how}>{html.escape(str(each))}</{tag[:2]}>" for each, how in zip(texts, style, strict=True)
        )

    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(name))}</th>{cells(row, "td")}</tr>'
        for name, *row in frame.itertuples(name=None)
    )
    head = cells(frame.columns, "th")
    return (
        f'<div class="bng" role="region" tabindex="0" aria-label="{html.escape(title)}">'
        f'<table style="--n:{len(frame.columns)}">'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def overlay(comparison: Comparison) -> None:
    """Draw one series of all scenarios over each other."""
    declared = find(comparison.experiment).overlay
    first = next(iter(declared.labels))
    series = st.segmented_control(
        "Curves", list(declared.labels), default=first, format_func=declared.labels.__getitem__,
        key=f"compare.{comparison.experiment}.series",
    )  # fmt: skip
    curves = comparison.overlay()
    curves = curves[curves["series"] == (series or first)]
    template = overlay_template(*declared.titles(series or first))
    st.vega_lite_chart(
        spec={**template.spec, "datasets": {"curves": overlaid(curves, told_apart(comparison.titles))}},
        key=f"compare.{comparison.experiment}.overlay",
        alt="The curves of all compared scenarios over each other.",
    )
