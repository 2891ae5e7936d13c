"""Scenarios side by side: what differs most in a sentence, the curves, what came out, what went in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import streamlit as st

from bnsim.app import address, parts, reporting, saving, text, waiting
from bnsim.app.arranging import arrange, ask, view_of
from bnsim.app.compare_pictures import picture
from bnsim.app.comparison import Shown, paragraph, say_left_out, tables
from bnsim.app.panels import library, sets_of
from bnsim.app.saved import linked, sharing
from bnsim.app.saved.storage import keep_in_browser
from bnsim.app.shared import key_of, result_of, weigh
from bnsim.app.varying.bringing import brought
from bnsim.compare import Comparison, compare_scenarios, told_apart
from bnsim.compare.summary import summary
from bnsim.compare.tables import csv_of, frame_of
from bnsim.compare.view import View
from bnsim.errors import InputError
from bnsim.experiment import Experiment, Result
from bnsim.experiments import all_experiments, find
from bnsim.scenario import set_link, toml
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import ScenarioSet
from bnsim.text import words_of
from bnsim.work.queue import Wanted
from bnsim.work.store import RESULTS

WORDS = words_of("bnsim.compare")
MOST_AT_ONCE = 0.3
"""Seconds up to which quick scenarios are run at once; more wait in a queue, so that others need not wait for them."""

KEPT = 4
"""So many comparisons are kept for all visitors: a class looks at one, and each holds on to its results."""

LONGEST_NAME = 64

MINE = "My saved scenarios"
SWITCHES = ("numbers", "settings", "together")
"""What can be shown whole, and whether in one table: in the link by these names where it is."""

PICTURED = ("picture", "readout")
"""Which picture is shown, and which readout in it: in the link where it is not the usual one."""

USUAL_PICTURE = "overlay"


def compare_page() -> None:
    """Draw the choice of scenarios and what comes of it, from the top: the sentence, the picture, the numbers."""
    text.question(WORDS["label.page"])
    arrive()
    slug, chosen, scenarios, baseline = choices()
    if scenarios is None:
        text.sentences(st.empty(), [WORDS["label.nothing_saved"]])
        view = View()
    else:
        if chosen == linked.LINKED:
            saving.take_over(scenarios)
        view = view_of(scenarios, chosen)
        draw(scenarios, baseline, view)
        # After the picture, which forgets what a link asks of it in vain.
        which = {"set": chosen} if chosen in library().sets else linked.query(chosen, scenarios)
        address.write("compare", {**which, "baseline": baseline, **switches(), **view.query()})
    keep(slug, chosen, scenarios, baseline, view)


def switches() -> dict[str, str]:
    """Return what is shown whole and which picture, for the link, where it is not as usual."""
    found = {name: "1" for name in SWITCHES if st.session_state.get(f"compare.{name}")}
    kind, readout = (st.session_state.get(f"compare.shown.{name}") for name in PICTURED)
    if isinstance(kind, str) and kind != USUAL_PICTURE:
        found["picture"] = kind
    if kind == "against" and isinstance(readout, str):
        found["readout"] = readout
    return found


def choices() -> tuple[str, str, ScenarioSet | None, str]:
    """Draw the choices in one row; return experiment, set by name, its scenarios if there are any, and the baseline."""
    left, middle, right = st.columns([3, 4, 4])
    with left:
        slug = experiment_choice()
    names = {name: each.title for name, each in sets_of(find(slug)).items()}
    swept = {name: each.title for name, each in brought().items() if each.experiment == slug}
    titles = told_apart({**linked.offer(slug), **swept, **names, MINE: WORDS["label.mine"]})
    if st.session_state.get("compare.set") == linked.LINKED and linked.is_mine(slug):
        st.session_state["compare.set"] = MINE
    with middle:
        saving.keep_valid("compare.set", titles)
        chosen = choose("set", list(titles), titles)
    scenarios = set_of(slug, chosen)
    if scenarios is None:
        return slug, chosen, None, ""
    with right:
        return slug, chosen, scenarios, baseline_choice(scenarios)


def set_of(slug: str, chosen: str) -> ScenarioSet | None:
    """Return the scenarios that are chosen, if there are any."""
    if chosen == linked.LINKED:
        linked.reports()
        return linked.linked_set(slug)
    return saving.my_set(slug) if chosen == MINE else {**library().sets, **brought()}[chosen]


def experiment_choice() -> str:
    """Return the experiment whose scenarios are compared; a choice is drawn only if there is one."""
    experiments = all_experiments()
    if len(experiments) == 1:
        return next(iter(experiments))
    saving.keep_valid("compare.experiment", experiments)
    titles = {slug: each.title for slug, each in experiments.items()}
    return choose("experiment", list(titles), titles)


def choose(what: str, options: Sequence[str], titles: Mapping[str, str]) -> str:
    """Draw a choice that a link may have made, and return it.

    What a link says is said again for as long as the browser has not drawn the choice: the page is drawn a second time
    as soon as the browser has told what it keeps, and the choice would begin with the first option.
    """
    return str(
        st.selectbox(
            WORDS[f"label.{what}"], options, key=f"compare.{what}", format_func=titles.__getitem__, persist_state="page"
        )
    )


def arrive() -> None:
    """Take over what the link says, on arrival and after Back; what it asks for in vain is ignored and said."""
    if st.session_state.get("bnsim.here") == "compare" and not address.is_history():
        return
    st.session_state["bnsim.here"] = "compare"
    wanted, sent = st.query_params.get("set"), st.query_params.get(set_link.KEY)
    if sent is not None:
        wanted = linked.LINKED
        if linked.open_link(sent) is None:
            linked.reports()
            return
    if wanted is None:
        return
    known = {**library().sets, **brought()}
    if wanted in (MINE, linked.LINKED) or wanted in known:
        found = linked.arrived().scenarios if wanted == linked.LINKED else known.get(wanted)
        if found is not None:
            st.session_state["compare.experiment"] = found.experiment
        st.session_state["compare.set"] = wanted
        st.session_state["compare.baseline"] = st.query_params.get("baseline")
        for name in SWITCHES:
            st.session_state[f"compare.{name}"] = st.query_params.get(name) == "1"
        for name in PICTURED:
            if name in st.query_params:
                # What is no picture and no readout is forgotten where they are offered.
                st.session_state[f"compare.shown.{name}"] = st.query_params[name][:LONGEST_NAME]
        ask(st.query_params.to_dict())
    else:
        sentence = WORDS.say("label.not_here", set=repr(wanted[:64]), known=", ".join(library().sets))
        text.sentences(st.empty(), [sentence])


def baseline_choice(scenarios: ScenarioSet) -> str:
    """Return the name of the scenario that the others are held against."""
    if st.session_state.get("compare.baseline") not in scenarios.names:
        st.session_state["compare.baseline"] = scenarios.baseline_scenario.name
    # Where two had the same words, the browser could not say which of them was chosen.
    titles = told_apart({item.name: item.title or item.name for item in scenarios.scenarios})
    return choose("baseline", scenarios.names, titles)


def draw(scenarios: ScenarioSet, baseline: str, view: View) -> None:
    """Draw the question of one comparison, its answer, the picture, what can be arranged, and the tables."""
    paragraph(scenarios.question, "bnx")
    results = run_first(scenarios)
    try:
        comparison = compared(scenarios, baseline, results)
    except InputError as error:
        text.sentences(st.empty(), error.problems, bad=True)
        return
    if comparison is None:
        return
    shown = Shown.of(comparison, view)
    paragraph(summary(shown.now, left_out=len(shown.whole.names) - len(shown.now.names)), "bnd")
    picture(shown)
    if scenarios.look_for:
        st.caption(f"**{WORDS['label.look_for']}** {text.plain(scenarios.look_for)}")
    arrange(comparison, view)
    say_left_out(shown)
    tables(shown)
    weigh(find(scenarios.experiment), results)


def compared(scenarios: ScenarioSet, baseline: str, results: dict[Params, Result]) -> Comparison | None:
    """Return the comparison of what is at hand; None as long as the baseline is not."""
    ready = [each for each in scenarios.scenarios if each.params in results]
    if baseline not in {each.name for each in ready}:
        return None
    chosen = replace(scenarios, scenarios=tuple(ready), baseline=None)
    return comparison_of(chosen, baseline, tuple(results.values()))


@lru_cache(maxsize=KEPT)
def comparison_of(scenarios: ScenarioSet, baseline: str, results: tuple[Result, ...]) -> Comparison:
    """Return the comparison of results, the same for all visitors who look at it: what is made of it is kept in it."""
    return compare_scenarios(scenarios, baseline, results=results)


def run_first(scenarios: ScenarioSet) -> dict[Params, Result]:
    """Draw Run, or how far it is, for scenarios that take more than a moment, and return the results at hand."""
    experiment = find(scenarios.experiment)
    every = list(dict.fromkeys(each.params for each in scenarios.scenarios))
    if in_a_moment(experiment, every):
        return at_hand(experiment, every)
    wanted = [waiting.wanted(experiment, params) for params in every]
    if experiment.work is None:
        begin(wanted)
    found = at_hand(experiment, every)
    seconds = waiting.interval(wanted)
    st.fragment(watch, run_every=seconds)(wanted, seconds, len(found))
    if len(found) < len(wanted):
        missing = str(len(wanted) - len(found))
        text.sentences(st.empty(), [WORDS.say("label.not_run", missing=missing, count=str(len(wanted)))])
    return found


def in_a_moment(experiment: Experiment, every: Sequence[Params]) -> bool:
    """Return whether what is not known yet of several runs takes so little time that it can be done at once."""
    missing = [params for params in every if RESULTS.find(key_of(experiment, params)) is None]
    return experiment.work is None and sum(map(experiment.cost, missing)) <= MOST_AT_ONCE


def begin(wanted: Sequence[Wanted]) -> None:
    """Ask for runs of seconds, once for each choice of scenarios."""
    if st.session_state.get("compare.asked") != wanted:
        st.session_state["compare.asked"] = wanted
        waiting.ask(wanted)


def at_hand(experiment: Experiment, every: Sequence[Params]) -> dict[Params, Result]:
    """Return the results among several that are known, or made in a moment."""
    if in_a_moment(experiment, every):
        return {params: result_of(experiment, params) for params in every}
    found = {params: RESULTS.find((experiment.slug, params)) for params in every}
    return {params: result for params, result in found.items() if result is not None}


def watch(wanted: Sequence[Wanted], seconds: float | None, ready: int) -> None:
    """Draw Run or how far it is; draws the page anew with every scenario that is done."""
    if (waiting.interval(wanted) is None) != (seconds is None) or sum(
        RESULTS.find(run.key) is not None for run in wanted
    ) != ready:
        st.rerun(scope="app")
    waiting.panel(wanted, "compare")


def keep(slug: str, chosen: str, scenarios: ScenarioSet | None, baseline: str, view: View) -> None:
    """Draw the downloads and what can be done with saved scenarios; nothing of it is made before it is opened."""
    keep_in_browser(slug)
    place = parts.opened(WORDS["label.keep"], "compare.keep")
    if place is None:
        return
    with place:
        if scenarios is not None:
            downloads(scenarios, baseline, view)
            sharing.share_set(replace(scenarios, baseline=baseline), chosen if chosen in library().sets else "")
            if chosen != linked.LINKED:
                saving.take_over(scenarios)
        saving.manage(slug)


def downloads(scenarios: ScenarioSet, baseline: str, view: View) -> None:
    """Draw the buttons that save a comparison as a table, as it is shown, and its scenarios."""
    left, right, _ = st.columns([1, 1, 2])
    # A press must not draw the page anew: that would take away the file it asks for, or the answer on its way.
    offer = partial(st.download_button, on_click="ignore", width="stretch")
    slug = scenarios.experiment
    experiment = find(slug)
    comparison = compared(scenarios, baseline, at_hand(experiment, [each.params for each in scenarios.scenarios]))
    if comparison is not None:
        whole = {name: st.session_state.get(f"compare.{name}") is True for name in ("numbers", "settings")}
        csv = csv_of(frame_of(Shown.of(comparison, view).now, view, **whole))
        with left:
            offer(WORDS["label.csv"], csv, f"{slug}-comparison.csv", "text/csv")
    with right:
        offer(WORDS["label.toml"], toml.write(scenarios), f"{slug}-scenarios.toml", "application/toml")
    if comparison is not None:
        reporting.offer(scenarios, comparison, sets_of(experiment))
