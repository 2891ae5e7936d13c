"""What there is to prepare: the controls of a page, its scenarios, and the lessons."""

from types import MappingProxyType

from bnsim.app.lessons.at_hand import lessons
from bnsim.app.panels import menu_titles, sets_of
from bnsim.experiment import Experiment
from bnsim.experiments import find
from bnsim.scenario.prepared import Possible


def possible_on(slug: str) -> Possible:
    """Return what there is to prepare on the page of an experiment; on that of a lesson for ""."""
    return possible_of(find(slug) if slug else None)


def possible_of(experiment: Experiment | None) -> Possible:
    """Return what there is to prepare on a page; on that of a lesson for None."""
    counts = MappingProxyType({name: len(lesson.steps) for name, lesson in lessons().lessons.items()})
    if experiment is None:
        return Possible(lessons=counts)
    return Possible(tuple(experiment.params.controls()), tuple(menu_titles(sets_of(experiment))), counts)
