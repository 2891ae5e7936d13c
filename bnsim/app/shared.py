"""What all visitors share: each result is made once, and kept in one store, for everybody who asks the same."""

from collections.abc import Iterable
from dataclasses import replace

from bnsim.experiment import Experiment, Result
from bnsim.experiments import all_experiments
from bnsim.scenario.params import Params
from bnsim.work.memory import tidying_up
from bnsim.work.store import RESULTS

MOMENT = 0.1
"""Seconds up to which a run without parts is done at once, by whoever asks; longer ones wait in a queue.

A wait of this length is not felt, neither by who asks nor by the others.
"""


def result_of(experiment: Experiment, params: Params) -> Result:
    """Return the result of a run without parts, or of slow work the result that nothing has been found so far.

    It is the same for all who ask; what is not made of it is made when it is first looked at.
    """
    result: Result = RESULTS.of(key_of(experiment, params), lambda: begun(experiment, params))
    return result


def at_hand(experiment: Experiment, params: Params) -> Result | None:
    """Return the result of a run without parts, if it is known or made in a moment; None if it has to wait."""
    if experiment.cost(params) <= MOMENT:
        return result_of(experiment, params)
    known: Result | None = RESULTS.find(key_of(experiment, params))
    return known


def weigh(experiment: Experiment, every: Iterable[Params]) -> None:
    """Weigh what has been made of results, as everybody does who has looked at some, for a visitor."""
    for params in every:
        RESULTS.weigh(key_of(experiment, params))
    tidying_up.wish()


def make_first(experiment: Experiment) -> None:
    """Make what the page of an experiment shows to whoever comes without a link."""
    params = experiment.params()
    result_of(experiment, params).at_sight()
    RESULTS.weigh(key_of(experiment, params))


def forget_what_all_have_left() -> None:
    """Forget what visitors looked at who have all left; what took time to find stays, and what a page shows at first.

    The next class asks for other numbers. What stays lies scattered among what was let go, and holds its memory.
    """
    RESULTS.forget_quick({key_of(each, each.params()) for each in all_experiments().values()})


def key_of(experiment: Experiment, params: Params) -> tuple[object, ...]:
    """Return the key of a result in the store; finished slow work is kept by `Wanted.key`."""
    return (experiment.slug, params) if experiment.work is None else (experiment.slug, params, "nothing")


def begun(experiment: Experiment, params: Params) -> Result:
    """Return a result of which nothing has been made."""
    work = experiment.work
    return Result(experiment if work is None else replace(experiment, run=work.nothing), params)
