"""The claims about batch norm on one page: found by words or a link, each put to the test when opened."""

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from bnsim.app import address, parts, text, waiting
from bnsim.app.pages.sets import LONGEST_SEARCH, PLAY_ICON, searched
from bnsim.app.panels import library
from bnsim.app.text import plain
from bnsim.claims import Check, Claim, Finding, Verdict, read_ledger, wording
from bnsim.claims.checks import is_slow, run_check, runs_of
from bnsim.claims.wording import WORDS
from bnsim.experiments import find
from bnsim.scenario import link
from bnsim.work.queue import JOBS, Wanted

HERE = "claims"
WHICH = "claim"
"""What the address says of the claim that stands first."""

MOST_SAID = 40
"""Characters of an unknown claim that are said."""

GROUPS = {
    Verdict.FALSE: "false",
    Verdict.UNSUPPORTED: "unsupported",
    Verdict.CAVEAT: "caveat",
    Verdict.TRUE: "true",
}
"""Verdicts in the order of the page, those that surprise first, and the names of their words."""


def claims_page() -> None:
    """Draw the search and the claims."""
    text.question(WORDS["label.page"])
    st.session_state["bnsim.here"] = HERE
    st.caption(WORDS.say("label.lead", count=str(len(read_ledger()))))
    asked = st.query_params.get(WHICH, "")
    chosen = next((claim for claim in read_ledger() if claim.id == asked), None)
    if chosen is not None:
        first(chosen)
    elif asked:
        text.sentences(st.empty(), [WORDS.say("label.unknown", name=asked[:MOST_SAID])], bad=True)
    with st.container(key="claims"):
        listed([claim for claim in read_ledger() if claim is not chosen])
    address.write(HERE, {} if chosen is None else {WHICH: chosen.id})


def first(claim: Claim) -> None:
    """Draw the claim that the address names, open, and the way to the page without it; below it is not drawn again."""
    with st.container(key="claim"):
        text.section(claim.claim)
        opened(claim)
        way_within("label.all", ":material/list:", {})


@st.fragment
def listed(claims: Sequence[Claim]) -> None:
    """Draw the search and what it leaves, grouped by verdict; a claim is put to the test when somebody opens it."""
    typed = st.text_input(
        WORDS["label.search"], key="claims.search", placeholder=WORDS["label.hint"], max_chars=LONGEST_SEARCH,
        type="search", live=True,
    )  # fmt: skip
    words = " ".join((typed or "")[:LONGEST_SEARCH].split())
    found = having(words, claims)
    text.sentences(st.empty(), [] if found else [WORDS.say("label.nothing", words=words)])
    for verdict, name in GROUPS.items():
        group = [claim for claim in found if claim.verdict is verdict]
        if group:
            text.section(f"{WORDS[f'label.group.{name}']} ({len(group)})")
        for claim in group:
            closed(claim)


def having(words: str, claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims in whose texts every word of a search stands."""
    wanted = searched(words).split()
    return [claim for claim in claims if all(word in searched(everything(claim)) for word in wanted)]


def everything(claim: Claim) -> str:
    """Return what a claim can be found by; its id is written without Greek, so that epsilon finds ε."""
    return "\n".join((claim.id, claim.claim, claim.verdict.value, claim.statement, claim.source, claim.unchecked))


def closed(claim: Claim) -> None:
    """Draw what is commonly said, and the rest once it has been opened."""
    place = parts.opened(plain(claim.claim), f"claims.{claim.id}")
    if place is not None:
        with place:
            opened(claim)
            way_within("label.link", ":material/link:", {WHICH: claim.id})


def opened(claim: Claim) -> None:
    """Draw verdict and statement, what the checks find now, and the way to the scenario."""
    said = ((WORDS["label.verdict"], claim.verdict.value), (WORDS["label.precisely"], claim.statement))
    st.html("".join(f'<p class="bnw"><b>{html.escape(name)}:</b> {html.escape(words)}</p>' for name, words in said))
    if claim.unchecked:
        text.sentences(st.empty(), [WORDS.say("label.unchecked", reason=claim.unchecked)])
    else:
        table([row(check) for check in claim.checks])
    runs = slow_runs(claim)
    if runs:
        run_on_demand(claim, runs)
    st.caption(f"**{WORDS['label.source']}:** {plain(claim.source)}")
    way_to(claim)


def row(check: Check) -> tuple[str, ...]:
    """Return a check in words: what is measured, the number, what it must be, whether it is, what would refute it."""
    finding = finding_of(check)
    if finding is None:
        return wording.measured(check), WORDS["label.not_yet"], wording.demand(check), "", check.refuted
    now = wording.value(finding), wording.demand_now(finding), wording.outcome(finding)
    return wording.measured(check), *now, check.refuted


def finding_of(check: Check) -> Finding | None:
    """Return what a check finds; None if it is slow and nobody has run it. Quick runs are kept for all visitors."""
    if not is_slow(check):
        return run_check(check)
    finished = {run.params: JOBS.find(run) for run in wanted_by(check)}
    if any(result is None for result in finished.values()):
        return None
    return run_check(check, lambda slug, params: finished[params].readouts)


def wanted_by(check: Check) -> list[Wanted]:
    """Return the runs of a slow check, as the queue knows them."""
    return [waiting.wanted(find(check.experiment), params) for params in runs_of(check)]


def slow_runs(claim: Claim) -> list[Wanted]:
    """Return the slow runs of a claim, each once."""
    return list(dict.fromkeys(run for check in claim.checks if is_slow(check) for run in wanted_by(check)))


def finished_of(runs: Sequence[Wanted]) -> int:
    """Return how many of the runs are finished, whoever asked for them."""
    return sum(JOBS.find(run) is not None for run in runs)


def run_on_demand(claim: Claim, runs: Sequence[Wanted]) -> None:
    """Draw Run for the slow checks of a claim, or how far they are; nothing once all are finished."""
    ready = finished_of(runs)
    if ready == len(runs):
        return
    st.caption(WORDS["label.slow"])
    job = JOBS.of(waiting.visitor())
    if job is not None and job.ended is None and not set(job.wanted) & set(runs):
        # Asking for these would take the visitor away from what they wait for.
        st.caption(WORDS["label.busy"])
    seconds = waiting.interval(runs)
    st.fragment(watch, run_every=seconds)(claim, runs, seconds, ready)


def watch(claim: Claim, runs: Sequence[Wanted], seconds: float | None, ready: int) -> None:
    """Draw Run or how far it is; draws the page anew with every run that is done."""
    if (waiting.interval(runs) is None) != (seconds is None) or finished_of(runs) != ready:
        st.rerun(scope="app")
    waiting.panel(runs, f"claims.{claim.id}", place=f"claims-run-{claim.id}", shows_parts=False)


def table(rows: Sequence[Sequence[str]]) -> None:
    """Draw the checks of a claim as a table that can be copied."""
    heads = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in WORDS.group("label.head").values())
    body = "".join(f"<tr>{''.join(map(cell, each))}</tr>" for each in rows)
    st.html(
        f'<div class="bnt c" role="region" tabindex="0" aria-label="{html.escape(WORDS["label.checks"])}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def cell(words: str) -> str:
    """Return a cell; its text is shown as it is."""
    return f"<td>{html.escape(words)}</td>"


def way_to(claim: Claim) -> None:
    """Draw the way to the scenario that shows the claim."""
    scenarios = library().sets[claim.see]
    page = st.session_state["bnsim.all"][scenarios.experiment]
    label = WORDS.say("label.see", title=plain(scenarios.title))
    start = link.encode(scenarios.baseline_scenario.params)
    st.page_link(page, label=label, icon=PLAY_ICON, query_params=start)


def way_within(label: str, icon: str, query: Mapping[str, str]) -> None:
    """Draw a link within this page."""
    here = st.session_state["bnsim.all"][HERE]
    st.page_link(here, label=WORDS[label], icon=icon, query_params=address.as_step(query))
