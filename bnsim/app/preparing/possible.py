"""What there is to prepare: the controls of a page, its scenarios, and the lessons."""

from bnsim.app.lessons.at_hand import lessons
from bnsim.app.panels import sets_of
from bnsim.experiment import Experiment
from bnsim.experiments import find
from bnsim.learn import prepared
from bnsim.scenario.prepared import Possible


def possible_on(slug: str) -> Possible:
    """Return what there is to prepare on the page of an experiment; on that of a lesson for ""."""
    return possible_of(find(slug) if slug else None)


def possible_of(experiment: Experiment | None) -> Possible:
    """Return what there is to prepare on a page; on that of a lesson for None."""
    sets = {} if experiment is None else sets_of(experiment)
    return prepared.possible_of(experiment, sets, lessons().lessons.values())
