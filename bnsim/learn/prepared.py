"""What there is to prepare on a page for a class, and the file of one."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from bnsim.errors import ScenarioError
from bnsim.experiment import Experiment
from bnsim.experiments import find, params_of
from bnsim.learn.lesson import Lesson, Lessons
from bnsim.scenario import prepared_file
from bnsim.scenario.document import LARGEST_FILE
from bnsim.scenario.files import name_of, read_file
from bnsim.scenario.library import Library
from bnsim.scenario.prepared import Possible, PreparedPage
from bnsim.scenario.scenario import ScenarioSet
from bnsim.scenario.toml import warned


def possible_of(experiment: Experiment | None, sets: Mapping[str, ScenarioSet], lessons: Iterable[Lesson]) -> Possible:
    """Return what there is to prepare on the page of an experiment; on that of a lesson for None.

    Parameters
    ----------
    experiment : Experiment, optional
        What the page is about.
    sets : mapping of str to ScenarioSet
        The scenario sets of the experiment by name, in the order in which they are offered.
    lessons : iterable of Lesson
        All lessons that there are.
    """
    counts = MappingProxyType({lesson.name: len(lesson.steps) for lesson in lessons})
    if experiment is None:
        return Possible(lessons=counts)
    presets = tuple(f"{name}/{item.name}" for name, each in sets.items() for item in each.scenarios)
    return Possible(tuple(experiment.params.controls()), presets, counts)


def possible_on(slug: str) -> Possible:
    """Return what there is to prepare on the page of an experiment by its slug, on that of a lesson for ""."""
    lessons = Lessons.open().lessons.values()
    return (
        possible_of(find(slug), Library.open(params_of).of(slug), lessons) if slug else possible_of(None, {}, lessons)
    )


def load(path: Path | str, say: Callable[[str], object] = warned) -> PreparedPage:
    """Return the prepared page in a file; `say` gets a sentence for what is read otherwise than it stands there.

    Raises
    ------
    ScenarioError
        If the file is missing, a folder, unreadable, too large or damaged; every sentence begins with its name.
    """
    what = "prepared file that ends in .toml"
    content, name = read_file(path, LARGEST_FILE, what=what, error=ScenarioError), name_of(path)
    try:
        return prepared_file.read(
            content, params_of, possible_on, where="the file", say=lambda told: say(f"{name}: {told}")
        )
    except ScenarioError as error:
        raise ScenarioError(*(f"{name}: {problem}" for problem in error.problems)) from None
