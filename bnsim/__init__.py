"""bnsim, an interactive laboratory for batch normalization: the face it shows to a notebook.

>>> import bnsim
>>> bnsim.run("transform", mean=3, std=2.5, x=6).readouts["x_hat"]  # doctest: +ELLIPSIS
1.19999904000...
>>> len(bnsim.compare(bnsim.load("identity-recovery")))
6
"""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

# Before the function `compare` below, which takes the module's place as `bnsim.compare`.
from bnsim.compare import compare_scenarios
from bnsim.displayed import Bundle, Displayed
from bnsim.engine import (
    BatchNormForward,
    BatchStats,
    batch_norm,
    batch_norm_backward,
    batch_norm_eval,
    batch_stats,
)
from bnsim.errors import BnsimError, InputError
from bnsim.frameworks.translation import Translation, translate

if TYPE_CHECKING:
    import pandas as pd

    from bnsim.experiment import Result
    from bnsim.runs import Asked
    from bnsim.scenario.params import Params
    from bnsim.scenario.scenario import Scenario, ScenarioSet
    from bnsim.work.sharing import Progress

__all__ = [
    "BatchNormForward",
    "BatchStats",
    "BnsimError",
    "InputError",
    "Translation",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_eval",
    "batch_stats",
    "compare",
    "load",
    "run",
    "run_many",
    "translate",
    "vary",
]


def run(experiment: str, /, **params: object) -> "Result":
    """Run one experiment.

    Parameters
    ----------
    experiment : str
        Its slug, for instance "transform".
    **params : object
        Parameters by name; what is not given is default. Numbers of your own are a list or an array of shape (N,). A
        momentum or an eps of batch norm may be given as a framework quotes it: ``momentum="0.99, Keras"`` is 0.01 here.

    Returns
    -------
    Result
        With `.readouts` (numbers by key), `.tables` (DataFrames by name), `.figures` and `.notes`.

    Raises
    ------
    InputError
        If there is no such experiment.
    ParamsError
        With every problem of the parameters at once.

    Warns
    -----
    UserWarning
        For a parameter that has no effect beside the others, and for a number that was given as a framework quotes it:
        what it means here.

    Examples
    --------
    >>> import bnsim
    >>> bnsim.run("transform", source="own", values=[1, 2, 3, 4]).readouts["batch_mean"]
    2.5
    """
    from bnsim.experiment import Result
    from bnsim.experiments import find

    found = find(experiment)
    given, told = found.params.understood(params)
    checked = found.params.of(given)
    for sentence in (*told, *without_effect(checked, params)):
        warnings.warn(sentence, stacklevel=2)
    return Result(found, checked)


def run_many(asked: "Asked", *, executor: Any = None, progress: "Progress | None" = None) -> "list[Result]":
    """Run many scenarios, and share the work of slow ones out.

    Parameters
    ----------
    asked : ScenarioSet, or sequence of Scenario or of (experiment, parameters)
        Equal ones are run once. Example: ``[("training", {"rate": 0.5}), ("training", {"rate": 2.0})]``.
    executor : optional
        Anything with the `submit` of `concurrent.futures`, or a `dask.distributed.Client`; it needs bnsim where it
        runs. Without it long sweeps use a process for each processor of this machine. Processes import the main
        module again: in a script, the call stands under ``if __name__ == "__main__":``.
    progress : callable, optional
        Called with the share that is done, from 0 to 1.

    Returns
    -------
    list of Result
        In the order asked. On machines of one kind, with one version of numpy, the same numbers to the bit wherever
        they were found; on others sums round otherwise, and a long training may carry that on.

    Warns
    -----
    UserWarning
        If a worker was lost and its parts were done in this process; for a number that was given as a framework quotes
        it.

    Raises
    ------
    InputError, ParamsError
        If there is no such experiment or a parameter is wrong; nothing is run then.

    Examples
    --------
    >>> import bnsim
    >>> [result.readouts["x_hat"] for result in bnsim.run_many([("transform", {"std": 0}), ("transform", {"x": 3})])]
    [948.683298050513..., 0.0]
    """
    from bnsim import runs

    return runs.run_many(asked, executor=executor, progress=progress)


def vary(experiment: str, /, **params: object) -> "ScenarioSet":
    """Return scenarios in which one parameter takes several values, or a grid of two.

    Parameters
    ----------
    experiment : str
        Its slug, for instance "transform".
    **params : object
        Parameters by name. A list or an array is varied over, and so is a range as text, ``"low:high:count"`` or
        ``"low:high:count:log"``; everything else is the same in all. At most 50 points.

    Returns
    -------
    ScenarioSet
        Its baseline is the point nearest to what is set without the sweep.

    Warns
    -----
    UserWarning
        For a number that was given as a framework quotes it, and for equal values that are left out.

    Raises
    ------
    InputError
        If there is no such experiment.
    ParamsError
        With every problem at once.

    Examples
    --------
    >>> import bnsim
    >>> bnsim.compare(bnsim.vary("transform", std=[0.001, 1.0], x=4))["x_hat"].round(3).to_dict()
    {'std-1': 1.0, 'std-0.001': 301.511}
    >>> bnsim.vary("transform", std="0.001:10:5:log").names
    ('std-0.001', 'std-0.01', 'std-0.1', 'std-1', 'std-10')
    """
    from bnsim.experiments import find
    from bnsim.scenario.points import sweep_of

    found = find(experiment)
    given, told = found.params.understood(params)
    kinds = {name: spec.kind for name, spec in found.params.controls().items()}
    varied = {name: value for name, value in given.items() if _is_varied(value, kinds.get(name, ""))}
    given = {name: value for name, value in given.items() if name not in varied}
    sweep = sweep_of(found.params, given, list(varied.items()))
    for sentence in (*told, *sweep.read):
        warnings.warn(sentence, stacklevel=2)
    return sweep.scenarios(found.slug, found.title)


def _is_varied(value: object, kind: str) -> TypeGuard[str | Sequence[object]]:
    """Return whether a value stands for several; a column of one's own numbers is one value, though it is a list."""
    if isinstance(value, str):
        return ":" in value and kind in ("number", "integer")
    return kind != "values" and (isinstance(value, Sequence) or getattr(value, "ndim", 0) == 1)


def without_effect(params: "Params", given: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for every given parameter that changes nothing beside the others."""
    sentences = []
    for name, spec in params.controls().items():
        other, values = spec.control.when or (name, (getattr(params, name),))
        if name in given and getattr(params, other) not in values:
            now, needed = getattr(params, other), " or ".join(map(str, values))
            sentences.append(f"{name} has no effect while {other} is {now}; set {other} to {needed}.")
    return tuple(sentences)


def load(path: str | Path) -> "ScenarioSet":
    """Return a scenario set from a file, or one that is at hand by its bare name, or from its link.

    Parameters
    ----------
    path : str or Path
        A file, or a name as `bnsim list` shows it: "identity-recovery"; or a link of a set, as the Compare page and
        ``bnsim export ... --to link`` give it.

    Warns
    -----
    UserWarning
        For everything that a link was to hold and that could not be read.

    Raises
    ------
    ScenarioError
        If the file is missing or damaged, with every problem at once.
    InputError
        If no set has that name; the nearest is suggested.
    """
    from bnsim.experiments import params_of
    from bnsim.scenario import library, set_link
    from bnsim.scenario.files import exists
    from bnsim.scenario.wording import unknown

    linked = set_link.in_address(str(path))
    if linked is not None:
        return set_link.read(linked, params_of)
    if str(path).endswith(".toml") or exists(path):
        return library.load(path, params_of)
    found = library.Library.open(params_of)
    if str(path) not in found.sets:
        raise InputError(unknown(str(path), "a scenario set", found.sets, "The sets are"), *found.problems)
    return found.sets[str(path)]


def compare(scenarios: "ScenarioSet | Sequence[Scenario]", baseline: str | None = None) -> "pd.DataFrame":
    """Return a table with one row a scenario: parameters, readouts, and each ``<readout> - baseline``.

    Parameters
    ----------
    scenarios : ScenarioSet or sequence of Scenario
        1 to 200 of one experiment, with different names.
    baseline : str, optional
        Name of the scenario to subtract, which is the first row; by default the set's own, else the first.

    Raises
    ------
    InputError
        If the scenarios do not belong together, or none has the name of the baseline.
    """
    return compare_scenarios(scenarios, baseline).frame()


def _in_a_notebook(value: Any) -> Bundle:
    """Return something in the forms that a notebook may show; what makes them is imported when it is asked for."""
    from bnsim.notebook import bundle

    return bundle(value)


Displayed.how = staticmethod(_in_a_notebook)
