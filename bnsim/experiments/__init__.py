"""One file, one experiment: every module here declares EXPERIMENT and is found by it; one that does not is an error."""

import importlib
import pkgutil
from functools import cache

from bnsim.errors import InputError
from bnsim.experiment import Experiment
from bnsim.scenario.params import Params
from bnsim.scenario.wording import nearest


@cache
def all_experiments() -> dict[str, Experiment]:
    """Return every experiment by slug, in the order in which it is shown.

    Raises
    ------
    RuntimeError
        If a module here declares no EXPERIMENT, or two share a slug: a fault of ours that must not pass silently.
    """
    found: list[Experiment] = []
    for module in pkgutil.iter_modules(__path__):
        experiment = getattr(importlib.import_module(f"{__name__}.{module.name}"), "EXPERIMENT", None)
        if not isinstance(experiment, Experiment):
            raise RuntimeError(f"bnsim/experiments/{module.name}.py declares no EXPERIMENT")
        found.append(experiment)
    slugs = [experiment.slug for experiment in found]
    if len(set(slugs)) != len(slugs):
        raise RuntimeError(f"two experiments share a slug: {sorted(slugs)}")
    return {experiment.slug: experiment for experiment in sorted(found, key=lambda e: (e.order, e.slug))}


def find(slug: str) -> Experiment:
    """Return the experiment of that slug.

    Raises
    ------
    InputError
        If there is none; the sentence names the nearest, or all.
    """
    experiments = all_experiments()
    if slug in experiments:
        return experiments[slug]
    near = nearest(slug, list(experiments))
    way_out = f"Did you mean {near}?" if near else f"The experiments are {', '.join(experiments)}."
    raise InputError(f"{slug[:40]!r} is not an experiment. {way_out}")


def params_of(slug: str) -> type[Params]:
    """Return the parameters of the experiment of that slug; InputError if there is none."""
    return find(slug).params
