"""One folder, one experiment: every package here declares EXPERIMENT and is found by it; one that does not is an error.

The slug of an experiment is the name of its folder with hyphens, so that one is found without importing the others.
"""

import importlib
import pkgutil

from bnsim.errors import InputError
from bnsim.experiment import Experiment
from bnsim.once import once
from bnsim.scenario.params import Params
from bnsim.scenario.wording import nearest


def slugs() -> tuple[str, ...]:
    """Return the slug of every experiment in alphabetical order; none is imported for it."""
    return _slugs_in(tuple(__path__))


@once
def all_experiments() -> dict[str, Experiment]:
    """Return every experiment by slug, in the order in which it is shown.

    Raises
    ------
    RuntimeError
        If a package here declares no EXPERIMENT, or one with another slug than the name of its folder: a fault of ours
        that must not pass silently.
    """
    found = [_imported(slug) for slug in slugs()]
    return {experiment.slug: experiment for experiment in sorted(found, key=lambda e: (e.order, e.slug))}


def find(slug: str) -> Experiment:
    """Return the experiment of that slug; no other is imported.

    Raises
    ------
    InputError
        If there is none; the sentence names the nearest, or all.
    """
    if slug in slugs():
        return _imported(slug)
    experiments = all_experiments()
    near = nearest(slug, list(experiments))
    way_out = f"Did you mean {near}?" if near else f"The experiments are {', '.join(experiments)}."
    raise InputError(f"{slug[:40]!r} is not an experiment. {way_out}")


def params_of(slug: str) -> type[Params]:
    """Return the parameters of the experiment of that slug; InputError if there is none."""
    return find(slug).params


@once
def _slugs_in(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(folders)))


def _imported(slug: str) -> Experiment:
    # Who imports a module that another thread is importing waits for it: each is imported once.
    name = slug.replace("-", "_")
    experiment = getattr(importlib.import_module(f"{__name__}.{name}"), "EXPERIMENT", None)
    if not isinstance(experiment, Experiment):
        raise RuntimeError(f"bnsim/experiments/{name} declares no EXPERIMENT")
    if experiment.slug != slug:
        raise RuntimeError(
            f"bnsim/experiments/{name} must declare an experiment with the slug {slug}, not {experiment.slug}"
        )
    return experiment
