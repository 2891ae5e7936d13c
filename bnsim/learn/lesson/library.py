"""The lessons at hand: those that come with bnsim, and the user's own beside the scenario sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bnsim.errors import LessonError
from bnsim.experiments import find
from bnsim.learn.lesson.reader import read
from bnsim.learn.lesson.step import Lesson
from bnsim.scenario.document import LARGEST_FILE
from bnsim.scenario.files import name_of, read_file
from bnsim.scenario.library import files_in, folders, free_name, holds_lesson, holds_scenarios

SHIPPED = Path(__file__).resolve().parents[1] / "lessons"


@dataclass(frozen=True)
class Lessons:
    """Lessons by name: first those that come with bnsim, in the order of the experiments, then the user's own.

    `problems` holds a sentence for everything that could not be read, and `sources` what stands in the file of each.
    """

    lessons: Mapping[str, Lesson]
    problems: tuple[str, ...] = ()
    shipped_names: frozenset[str] = frozenset()
    sources: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def open(cls, folders: Sequence[Path] | None = None) -> Self:
        """Return the lessons of the given folders, by default the shipped ones and those of BNSIM_SCENARIOS.

        Nothing is raised for a broken file or a missing folder: each becomes a sentence in `problems`. Scenario sets
        are passed over.
        """
        lessons: dict[str, Lesson] = {}
        sources: dict[str, bytes] = {}
        problems: list[str] = []
        shipped: frozenset[str] = frozenset()
        for at, folder in enumerate(_folders() if folders is None else folders):
            for path in files_in(folder, problems):
                try:
                    content = content_of(path)
                    if holds_lesson(content):
                        name = free_name(path.stem, lessons)
                        lessons[name], sources[name] = read_named(content, path, name), content
                except LessonError as error:
                    problems.extend(error.problems)
            shipped = shipped if at else frozenset(lessons)
        ordered = dict(sorted(lessons.items(), key=lambda item: (item[0] not in shipped, _order(item[1]), item[0])))
        return cls(ordered, tuple(problems), shipped, sources)


def load(path: Path | str) -> Lesson:
    """Return the lesson in a file.

    Raises
    ------
    LessonError
        If the file is missing, a folder, unreadable, too large or damaged; every sentence begins with its name.
    """
    content, name = content_of(path), name_of(path)
    if holds_scenarios(content):
        raise LessonError(f"{name} is a set of scenarios and no lesson; run it with: bnsim run {name}")
    return read_named(content, path, Path(path).stem)


def content_of(path: Path | str) -> bytes:
    """Return what stands in a lesson's file."""
    return read_file(path, LARGEST_FILE, what="lesson file that ends in .toml", error=LessonError)


def read_named(content: bytes, path: Path | str, name: str) -> Lesson:
    """Return the lesson in a file's content; every sentence of a refusal begins with the name of the file."""
    try:
        return read(content, name, where="the file")
    except LessonError as error:
        raise LessonError(*(f"{name_of(path)}: {problem}" for problem in error.problems)) from None


def _order(lesson: Lesson) -> int:
    return find(lesson.experiment).order


def _folders() -> tuple[Path, ...]:
    return (SHIPPED, *folders()[1:])
