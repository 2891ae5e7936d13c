"""What is true of a step: worked out at once, or in the queue where it takes more than a moment."""

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from bnsim.app import waiting
from bnsim.app.lessons.course import WORDS
from bnsim.app.shared import at_hand
from bnsim.compare.settings import setting
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.learn.lesson import Step, Truth, truth_of
from bnsim.scenario.scenario import Scenario
from bnsim.work.queue import JOBS, Wanted, queue_of


def truth_at_hand(step: Step) -> Truth | None:
    """Return what is true of a step; None where that has still to be worked out."""
    results = list(map(result_of, step.scenarios))
    found = [result for result in results if result is not None]
    return truth_of(step, *found) if len(found) == len(results) else None


def result_of(scenario: Scenario) -> Result | None:
    """Return the result of a scenario if it is there or made in a moment."""
    experiment = find(scenario.experiment)
    if experiment.work is None:
        return at_hand(experiment, scenario.params)
    found: Result | None = JOBS.find(wanted(scenario))
    return found


def wanted(scenario: Scenario) -> Wanted:
    """Return the run of a scenario, as the queue knows it."""
    return waiting.wanted(find(scenario.experiment), scenario.params)


def missing(steps: Sequence[Step]) -> list[Wanted]:
    """Return the runs that the answers to some steps wait for, each once; those of one queue, the quick ones first."""
    return missing_of([each for step in steps for each in step.scenarios])


def missing_of(scenarios: Iterable[Scenario]) -> list[Wanted]:
    """Return the runs that some scenarios wait for, as `missing` does."""
    late = [each for each in scenarios if result_of(each) is None]
    runs = list(dict.fromkeys(map(wanted, late)))
    return [run for run in runs if run.is_short] or runs


def work_out(steps: Sequence[Step], key: str) -> None:
    """Draw how far the runs are that some steps wait for; short work begins by itself."""
    work_out_runs(lambda: missing(steps), missing(steps), key)


def work_out_runs(still: Callable[[], list[Wanted]], runs: list[Wanted], key: str) -> None:
    """Draw how far some runs are, as long as `still` returns the same ones; short work begins by itself."""
    job = queue_of(runs).of(waiting.visitor())
    is_free = job is None or bool(job.ended)
    begun = f"{key}.begun"
    if is_free and begun not in st.session_state and queue_of(runs).seconds(runs) <= waiting.AT_ONCE:
        st.session_state[begun] = True  # once: a run that was stopped is not begun again behind somebody's back
        waiting.ask(runs)
    elif not is_free and not set(job.wanted if job else ()) & set(runs):
        st.caption(WORDS["wait"]["busy"])
    seconds = waiting.interval(runs)
    st.fragment(watch, run_every=seconds)(still, runs, seconds, key)


def watch(still: Callable[[], list[Wanted]], runs: list[Wanted], seconds: float | None, key: str) -> None:
    """Draw Run, or how far it is and Stop; draws the page anew when something is there."""
    if still() != runs or (waiting.interval(runs) is None) != (seconds is None):
        st.rerun(scope="app")
    waiting.panel(runs, key, shows_parts=False)


def settings(scenario: Scenario, beside: Scenario | None = None) -> str:
    """Return in words what a scenario sets: what is not as it is at first, or not as in the scenario beside it."""
    experiment = find(scenario.experiment)
    same = beside is not None and beside.experiment == scenario.experiment
    reference = beside.params if beside is not None and same else experiment.params()
    specs, names = scenario.params.controls(), scenario.params.changed(reference)
    return ", ".join(
        f"{specs[name].control.label} = {setting(specs[name], getattr(scenario.params, name), every=False)}"
        for name in names
    )
