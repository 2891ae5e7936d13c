"""What a page of slow work has besides: Run, how far it is, Stop, and what is shown meanwhile."""

from collections.abc import Sequence
from functools import partial
from uuid import uuid4

import streamlit as st

from bnsim.app import text
from bnsim.app.state import PageState
from bnsim.experiment import Experiment, Result
from bnsim.scenario.params import Params
from bnsim.scenario.wording import counted, duration, shown
from bnsim.work.queue import JOBS, SHORT, Glance, Wanted, queue_of

AT_ONCE = 20.0
"""Seconds up to which work begins by itself when somebody arrives or picks a scenario; longer work waits for Run."""

LOOKS = (0.6, 0.08, 2.0)
"""Seconds between two looks at running work: at least, more for each visitor who watches it, and while it waits."""

TOGETHER = 0.5
"""Seconds for which those who watch the same run are shown the same of it."""

MOST_TOLD = 6
"""Settings that are named where what is shown belongs to others."""

VISITOR = "bnsim.visitor"
"""Where the session keeps the name of who is visiting."""

ENDS = {
    "stopped": "Stopped at {done:.0f} %. {found}Run begins anew.",
    "long": "Stopped at {done:.0f} % after {seconds}, the most that this server gives to one run. {found}The command "
    "line has no such limit.",
    "failed": "The run ended by a fault of ours at {done:.0f} %; the log of the server says more.",
}

FOUND = {"stopped": "What was found by then is shown; ", "long": "What was found by then is shown. "}
"""What is said besides on pages that show a part of a result."""


def visitor() -> str:
    """Return who is visiting, as the queue knows them."""
    if VISITOR not in st.session_state:
        st.session_state[VISITOR] = uuid4().hex
    name: str = st.session_state[VISITOR]
    return name


def wanted(experiment: Experiment, params: Params) -> Wanted:
    """Return a run as the queue knows it."""
    show = partial(Result.of, experiment, params)
    return Wanted(experiment.slug, params, experiment.in_parts, show, is_short=experiment.work is None)


def wanted_on(state: PageState) -> Wanted:
    """Return the run of an experiment's page."""
    return wanted(state.experiment, state.params)


def arrive(state: PageState) -> None:
    """Begin the work for what was just set by a link, a scenario or the defaults, if it does not take long."""
    if not state.fresh:
        return
    state.fresh = False
    known = state.found is not None and state.found.params == state.params
    busy = JOBS.of(visitor())
    if not known and (busy is None or busy.ended) and JOBS.seconds([wanted_on(state)]) <= AT_ONCE:
        ask([wanted_on(state)])


def ask_if_late(state: PageState) -> None:
    """Begin what takes more than a moment, once for each setting; leave what is not wanted any more."""
    if not state.late:
        if state.asked is not None:
            SHORT.stop(visitor())
        state.asked = None
    elif state.asked != state.params:
        state.asked = state.params
        ask([wanted_on(state)])


def ask(runs: Sequence[Wanted]) -> None:
    """Ask for runs, and keep for the page what stands against it."""
    st.session_state["bnsim.refused"] = queue_of(runs).ask(visitor(), runs)


def look(state: PageState) -> None:
    """Show what is known by now: a finished result, whoever asked for it, or what this visitor's run has found."""
    finished = JOBS.find(wanted_on(state))
    job = JOBS.of(visitor())
    if finished is not None:
        state.found = finished
    elif job is not None and job is not state.looked_at:
        for run in job.wanted:
            if run.experiment == state.experiment.slug and (len(job.wanted) == 1 or run.params == state.params):
                state.found = job.result(run, 0.0 if job.ended else TOGETHER) or state.found
        state.looked_at = job if job.ended else None  # what has ended is looked at once more, and then left alone


def glance(runs: Sequence[Wanted]) -> Glance | None:
    """Return how this visitor's work stands; None if there is none that belongs here.

    What goes on does if it is of the same experiment; what has ended only if it is what is wanted.
    """
    queue = queue_of(runs)
    job = queue.of(visitor())
    if job is None:
        return None
    mine = set(job.wanted) <= set(runs)
    if job.ended is None:
        mine = {run.experiment for run in job.wanted} <= {run.experiment for run in runs}
    return queue.glance(job) if mine else None


def interval(runs: Sequence[Wanted]) -> float | None:
    """Return after how many seconds to look again; None if nothing is going on."""
    seen = glance(runs)
    if seen is None or not (seen.running or seen.waiting):
        return None
    least, each, waiting = LOOKS
    often = least + each * seen.watchers
    if queue_of(runs) is SHORT:
        return min(often, waiting)
    return waiting if seen.waiting else often


def panel(runs: Sequence[Wanted], key: str, *, place: str = "run-panel", shows_parts: bool = True) -> None:
    """Draw Run, or how far the run is and Stop; `place` is the name of its place where a page has several.

    `shows_parts` is whether the page shows what was found of a run that was stopped.
    """
    seen = glance(runs)
    with st.container(key=place):
        left, right = st.columns([1, 4], vertical_alignment="center")
    if seen is not None and (seen.running or seen.waiting):
        label = "Stop" if seen.running else "Leave the queue"
        left.button(label, key=f"{key}.stop", on_click=stop, args=(runs,), width="stretch")
        right.progress(seen.done, text=how_far(seen))
        return
    missing = [run for run in runs if queue_of(runs).find(run) is None]
    left.button(
        "Run", key=f"{key}.run", on_click=ask, args=(missing,), type="primary", width="stretch", disabled=not missing
    )
    right.caption(text.plain(before_a_run(missing, seen, shows_parts=shows_parts)))


def how_far(seen: Glance) -> str:
    """Return what is said of work that goes on."""
    if seen.waiting:
        return (
            f"Waiting: {counted(seen.before, 'run comes', 'runs come')} first. One run at a time, so that all can work."
        )
    if not seen.done:
        return f"Under way for {duration(seen.elapsed)}"
    watching = f" · {seen.watchers} are watching" if seen.watchers > 1 else ""
    return f"{100 * seen.done:.0f} % · {duration(seen.left)} left{watching}"


def before_a_run(missing: Sequence[Wanted], seen: Glance | None, *, shows_parts: bool = True) -> str:
    """Return what is said where nothing goes on."""
    if not missing:
        return "Done. On one machine with one version of numpy the same settings always give the same numbers."
    if refused := st.session_state.get("bnsim.refused"):
        return str(refused)
    many = f"{len(missing)} runs, " if len(missing) > 1 else ""
    promise = f"{many}about {duration(queue_of(missing).seconds(missing))} on this machine."
    promise = promise[0].upper() + promise[1:]
    if seen is None or not seen.why:
        return promise
    if not seen.elapsed:
        return f"You left the queue. {promise}"
    found = FOUND.get(seen.why, "") if shows_parts else ""
    said = ENDS[seen.why].format(done=100 * seen.done, seconds=duration(seen.elapsed), found=found)
    return f"{said} {promise}"


def stop(runs: Sequence[Wanted]) -> None:
    """Stop waiting for runs; what was found stays."""
    queue_of(runs).stop(visitor())


def stale(state: PageState) -> tuple[str, ...]:
    """Return a sentence if what is shown belongs to other settings."""
    found = state.found if state.experiment.work is not None else state.result
    if found is None or found.params == state.params:
        return ()
    changed = state.params.changed(found.params)
    told = ", ".join(f"{name} = {shown(getattr(found.params, name))}" for name in changed[:MOST_TOLD])
    more = " and more" if len(changed) > MOST_TOLD else ""
    said = f"Shown is what was found for {told}{more}."
    run = wanted_on(state)
    if run.is_short and interval([run]) is not None:
        return (f"{said} What is set now takes about {duration(queue_of([run]).seconds([run]))}.",)
    return (f"{said} Press Run for what is set now.",)
