"""What there is to prepare: the controls of a page, its scenarios, and the lessons."""

from types import MappingProxyType

from bnsim.app.lessons.at_hand import lessons
from bnsim.app.panels import menu_titles, sets_of
from bnsim.experiments import find
from bnsim.scenario.prepared import Possible


def possible_on(slug: str) -> Possible:
    """Return what there is to prepare on the page of an experiment; on that of a lesson for ""."""
    counts = MappingProxyType({name: len(lesson.steps) for name, lesson in lessons().lessons.items()})
    if not slug:
        return Possible(lessons=counts)
    experiment = find(slug)
    return Possible(tuple(experiment.params.controls()), tuple(menu_titles(sets_of(experiment))), counts)
