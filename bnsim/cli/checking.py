"""Files that people wrote, checked: scenario sets are read, lessons are read and run."""

from collections.abc import Sequence
from pathlib import Path

from bnsim.cli.progress import ProgressBar
from bnsim.errors import LessonError
from bnsim.experiments import params_of
from bnsim.learn.lesson.checking import truth_problems
from bnsim.learn.lesson.library import read_named
from bnsim.learn.prepared import load as load_prepared
from bnsim.scenario.files import name_of
from bnsim.scenario.library import content_of, holds_lesson, holds_prepared, load
from bnsim.scenario.wording import counted, refuse


def checked(path: Path) -> tuple[str, Sequence[str]]:
    """Return what a file holds, in words, and what is to be said of it though it is fine.

    Raises
    ------
    InputError
        With every problem, each beginning with the name of the file.
    """
    content = content_of(path)
    told: list[str] = []
    if holds_lesson(content):
        return _checked_lesson(content, path), ()
    if holds_prepared(content):
        load_prepared(path, told.append)
        return "a prepared page", told
    count = len(load(path, params_of, say=told.append).names)
    return counted(count, "scenario", "scenarios"), told


def _checked_lesson(content: bytes, path: Path) -> str:
    lesson, name = read_named(content, path, path.stem), name_of(path)
    with ProgressBar(name) as progress:
        refuse(LessonError, [f"{name}: {problem}" for problem in truth_problems(lesson, progress)])
    return counted(len(lesson.steps), "step", "steps")
