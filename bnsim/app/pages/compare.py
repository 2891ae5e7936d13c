"""Scenarios side by side: what went in, what came out, and by how much it differs from the baseline."""

from collections.abc import Container, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from bnsim.app import running, saving, text
from bnsim.app.jobs import JOBS, Request
from bnsim.app.panels import library, readable
from bnsim.charts.overlay import overlay_template
from bnsim.compare import Comparison, compare_scenarios
from bnsim.errors import InputError
from bnsim.experiment import Result
from bnsim.experiments import all_experiments, find
from bnsim.scenario import toml
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import ScenarioSet
from bnsim.terms import TERMS, number_of

MINE = "My saved scenarios"
HIGHLIGHT = "background-color: #3b7dd822; font-weight: 600"


def compare_page() -> None:
    """Draw the choice of scenarios, the tables, the overlay and the downloads."""
    text.question("What changes when one thing changes?")
    arrive()
    slug = experiment_choice()
    choices = {name: each.title for name, each in library().of(slug).items()} | {MINE: MINE}
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    with left:
        keep_valid("compare.set", choices)
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
        st.query_params.from_dict({"set": chosen, "baseline": baseline, "only": str(int(only))})
        draw(scenarios, baseline, only)
    st.divider()
    saving.manage(slug)


def experiment_choice() -> str:
    """Return the experiment whose scenarios are compared; a choice is drawn only if there is one."""
    experiments = all_experiments()
    if len(experiments) == 1:
        return next(iter(experiments))
    keep_valid("compare.experiment", experiments)
    titles = {slug: each.title for slug, each in experiments.items()}
    return st.selectbox("Experiment", list(titles), key="compare.experiment", format_func=titles.__getitem__)


def keep_valid(key: str, options: Container[str]) -> None:
    """Forget a widget's value that is not among its options any more."""
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)


def arrive() -> None:
    """Take over what the link says, on arrival only; what it asks for in vain is ignored and said."""
    if st.session_state.get("bnsim.here") == "compare":
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
    titles = {item.name: item.title or item.name for item in scenarios.scenarios}
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
    with left:
        offer("Download table (CSV)", comparison.frame().to_csv(), f"{slug}-comparison.csv", "text/csv")
    with right:
        offer("Download scenarios (TOML)", toml.write(scenarios), f"{slug}-scenarios.toml", "application/toml")


def run_first(scenarios: ScenarioSet) -> dict[Params, Result] | None:
    """Draw Run, or how far it is, for scenarios of slow work, and return the results at hand; None if all are quick."""
    experiment = find(scenarios.experiment)
    if experiment.work is None:
        return None
    wanted = list({each.params: (experiment, each.params) for each in scenarios.scenarios}.values())
    found = finished(wanted)
    seconds = running.interval(wanted)
    st.fragment(watch, run_every=seconds)(wanted, seconds, len(found))
    if len(found) < len(wanted):
        text.sentences(st.empty(), [f"{len(wanted) - len(found)} of {len(wanted)} scenarios are not run yet."])
    return found


def finished(wanted: Sequence[Request]) -> dict[Params, Result]:
    """Return the finished results among what is wanted."""
    found = {params: JOBS.find(experiment, params) for experiment, params in wanted}
    return {params: result for params, result in found.items() if result is not None}


def watch(wanted: Sequence[Request], seconds: float | None, ready: int) -> None:
    """Draw Run or how far it is; draws the page anew with every scenario that is done."""
    if (running.interval(wanted) is None) != (seconds is None) or len(finished(wanted)) != ready:
        st.rerun(scope="app")
    running.panel(wanted, "compare")


def tables(comparison: Comparison) -> None:
    """Draw inputs, outcomes and signed differences, the baseline pinned and marked; not what no scenario knows."""
    titles = {name: comparison.titles[name] for name in comparison.names}
    groups = {
        "What went in": comparison.inputs,
        "What came out": comparison.outcomes.dropna(how="all"),
        f"Difference from the baseline, {titles[comparison.baseline]}": comparison.differences.dropna(how="all"),
    }
    for title, frame in groups.items():
        if frame.empty:
            st.caption(f"**{text.plain(title)}:** all the same.")
            continue
        st.caption(f"**{text.plain(title)}**")
        signed = title.startswith("Difference")
        written = readable(frame) if frame is comparison.inputs else readouts(frame, signed=signed)
        table = written.rename(columns=unique(titles))
        pinned = {table.columns[0]: st.column_config.Column(pinned=True)} if not signed else {}
        marked = table.style.map(lambda _: HIGHLIGHT, subset=[] if signed else [table.columns[0]])
        st.dataframe(marked, column_config=pinned, height="content")


def readouts(frame: pd.DataFrame, *, signed: bool) -> pd.DataFrame:
    """Return readouts, a row each, by their labels and with the digits that mean something."""

    def written(key: str, value: float) -> str:
        return f"{'+' if signed and value > 0 else ''}{number_of(key, value)}"

    rows = {f"{TERMS[key].label} ({key})": [written(key, value) for value in frame.loc[key]] for key in frame.index}
    return pd.DataFrame.from_dict(rows, orient="index", columns=frame.columns).rename_axis("readout")


def unique(titles: dict[str, str]) -> dict[str, str]:
    """Return titles by name, the name added where two share a title; names alone if that is not enough."""
    seen = list(titles.values())
    found = {name: title if seen.count(title) == 1 else f"{title} ({name})" for name, title in titles.items()}
    return found if len(set(found.values())) == len(found) else {name: name for name in titles}


def overlay(comparison: Comparison) -> None:
    """Draw one series of all scenarios over each other."""
    declared = find(comparison.experiment).overlay
    series = st.segmented_control(
        "Curves", list(declared.labels), default=next(iter(declared.labels)), format_func=declared.labels.__getitem__,
        key=f"compare.{comparison.experiment}.series",
    )  # fmt: skip
    curves = comparison.overlay()
    curves = curves[curves["series"] == (series or next(iter(declared.labels)))]
    scenario = curves["scenario"].map(unique(dict(comparison.titles)))
    data = pd.DataFrame({"scenario": scenario, "x": curves["x"], "y": curves["y"], "place": range(len(curves))})
    template = overlay_template(declared.x_title, declared.y_title)
    st.vega_lite_chart(
        spec={**template.spec, "datasets": {"curves": data}},
        key=f"compare.{comparison.experiment}.overlay",
        alt="The curves of all compared scenarios over each other.",
    )
