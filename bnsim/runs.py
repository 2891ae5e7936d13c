"""Many runs at once: what is asked, as tasks that can be shared out, and the results of it."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from bnsim.experiment import Experiment, Result
from bnsim.experiments import find
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.work import Found
from bnsim.work.sharing import Progress, Task, do_all

QUICK = 0.01
"""Seconds that a run without parts is taken to last."""

Asked = ScenarioSet | Sequence[Scenario | tuple[str, Mapping[str, object]]]


def run_many(asked: Asked, *, executor: Any = None, progress: Progress | None = None) -> list[Result]:
    """Return a result per scenario, in the order asked; `bnsim.run_many` says everything else."""
    requests = [_request(each) for each in (asked.scenarios if isinstance(asked, ScenarioSet) else asked)]
    everything = executor is not None
    tasks = {(slug, params): _tasks(find(slug), params, everything) for slug, params in dict.fromkeys(requests)}
    values = iter(do_all([task for parts in tasks.values() for task in parts], executor, progress))
    results = {
        (slug, params): _result(find(slug), params, [next(values) for _ in parts])
        for (slug, params), parts in tasks.items()
    }
    return [results[request] for request in requests]


def run_all(
    scenarios: Iterable[Scenario],
    results: Iterable[Result] = (),
    *,
    executor: Any = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Return a result per scenario, in order, each taken from `results` if it is there; equal ones are the same.

    Slow ones are run as `run_many` does; the others when they are first asked for their outcome.
    """
    known = {(result.experiment.slug, result.params): result for result in results}
    wanted = list(scenarios)
    missing = [each for each in wanted if (each.experiment, each.params) not in known]
    new = run_many(missing, executor=executor, progress=progress)
    known.update((((each.experiment, each.params), result) for each, result in zip(missing, new, strict=True)))
    return [known[each.experiment, each.params] for each in wanted]


def tasks_of(experiment: Experiment, params: Params) -> list[Task]:
    """Return what a run consists of: its parts, or all of it where it has none."""
    work = experiment.work
    if work is None:
        return [Task(partial(_whole, experiment.run), params, QUICK)]
    return [Task(work.do, part, work.seconds(part)) for part in work.parts(params)]


def _whole(run: Any, params: Params) -> Iterator[Found]:
    yield Found(1.0, run(params))


def _request(each: Scenario | tuple[str, Mapping[str, object]]) -> tuple[str, Params]:
    if isinstance(each, Scenario):
        return each.experiment, each.params
    slug, values = each
    params = find(slug).params
    given, told = params.understood(values)
    for sentence in told:
        warnings.warn(sentence, stacklevel=5)  # where bnsim.run_many was called
    return slug, params.of(given)


def _tasks(experiment: Experiment, params: Params, everything: bool) -> list[Task]:
    """Return the tasks of a run; one without parts is left to its Result, unless everything is to be shared out."""
    return tasks_of(experiment, params) if everything or experiment.work is not None else []


def _result(experiment: Experiment, params: Params, values: list[Any]) -> Result:
    if not values:
        return Result(experiment, params)
    work = experiment.work
    return Result.of(experiment, params, values[0] if work is None else work.join(params, values))
