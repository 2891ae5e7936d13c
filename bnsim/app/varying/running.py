"""Several runs of one experiment for a part of a page: at once where that takes a moment, else in the queue."""

from collections.abc import Sequence

import streamlit as st

from bnsim.app import waiting
from bnsim.app.shared import result_of
from bnsim.experiment import Experiment, Result
from bnsim.scenario.params import Params
from bnsim.work.queue import Wanted
from bnsim.work.store import RESULTS

MOST_AT_ONCE = 0.3
"""Seconds up to which quick runs are done at once; more wait in a queue, so that others need not wait for them."""


def run_first(experiment: Experiment, every: Sequence[Params], key: str) -> dict[Params, Result]:
    """Draw Run, or how far it is, for runs that take more than a moment, and return the results at hand.

    `key` names the part of the page: its widgets, and what was asked for there.
    """
    wanted = [waiting.wanted(experiment, params) for params in dict.fromkeys(every)]
    found = at_hand(experiment, every)
    if len(found) == len(wanted):
        return found
    if experiment.work is None:
        begin(wanted, key)
    seconds = waiting.interval(wanted)
    st.fragment(watch, run_every=seconds)(wanted, seconds, len(found), key)
    return found


def at_hand(experiment: Experiment, every: Sequence[Params]) -> dict[Params, Result]:
    """Return the results among several that are known, or made in a moment."""
    known = {params: RESULTS.find((experiment.slug, params)) for params in dict.fromkeys(every)}
    missing = [params for params, result in known.items() if result is None]
    if experiment.work is None and sum(map(experiment.cost, missing)) <= MOST_AT_ONCE:
        return {params: result or result_of(experiment, params) for params, result in known.items()}
    return {params: result for params, result in known.items() if result is not None}


def begin(wanted: Sequence[Wanted], key: str) -> None:
    """Ask for runs of seconds, once for each choice of them."""
    asked = f"{key}.asked"
    if st.session_state.get(asked) != wanted:
        st.session_state[asked] = wanted
        waiting.ask(wanted)


def watch(wanted: Sequence[Wanted], seconds: float | None, ready: int, key: str) -> None:
    """Draw Run or how far it is; draws the page anew with every run that is done."""
    done = sum(RESULTS.find(run.key) is not None for run in wanted)
    if (waiting.interval(wanted) is None) != (seconds is None) or done != ready:
        st.rerun(scope="app")
    waiting.panel(wanted, key, place=f"{key}-run-panel")
