"""The scenario files at hand: those that come with bnsim, and the user's own."""

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bnsim.errors import ScenarioError
from bnsim.scenario.document import LARGEST_FILE
from bnsim.scenario.files import name_of, read_file, shown_path, toml_files
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import ScenarioSet
from bnsim.scenario.toml import read, warned
from bnsim.scenario.wording import shown_name

OWN_FOLDER = "BNSIM_SCENARIOS"
MOST_FILES = 500
STEPS = re.compile(rb"^[ \t]*(?:\[\[[ \t]*step[ \t]*\]\]|step[ \t]*=)", re.MULTILINE)
SCENARIOS = re.compile(rb"^[ \t]*\[\[[ \t]*scenario[ \t]*\]\]", re.MULTILINE)
PREPARED = re.compile(rb"^[ \t]*\[[ \t]*prepared[ \t]*\]", re.MULTILINE)
PACKAGE = Path(__file__).resolve().parents[1]


def folders() -> tuple[Path, ...]:
    """Return the folder of the shipped scenarios, then the user's own if the variable BNSIM_SCENARIOS names one."""
    installed = PACKAGE / "_shipped" / "scenarios"
    shipped = installed if installed.is_dir() else PACKAGE.parent / "scenarios"
    own = os.environ.get(OWN_FOLDER, "")
    return (shipped, Path(own)) if own else (shipped,)


@dataclass(frozen=True)
class Library:
    """Scenario sets by the name of their file.

    Parameters
    ----------
    sets : mapping of name to ScenarioSet
        Sorted by name: the stem of the file, or ``own/stem`` for a file of the user's own with the name of a
        shipped one.
    problems : tuple of str
        A sentence for everything that could not be read.
    shipped_names : frozenset of str
        Names of the sets that come with bnsim.
    """

    sets: Mapping[str, ScenarioSet]
    problems: tuple[str, ...] = ()
    shipped_names: frozenset[str] = frozenset()

    @classmethod
    def open(cls, params_of: Callable[[str], type[Params]], folders: Sequence[Path] | None = None) -> Self:
        """Return the library of the given folders, by default those of `folders`; the first holds the shipped sets.

        Nothing is raised for a broken file or a missing folder: each becomes a sentence in `problems`.
        """
        sets: dict[str, ScenarioSet] = {}
        problems: list[str] = []
        shipped: frozenset[str] = frozenset()
        for at, folder in enumerate(_folders() if folders is None else folders):
            for path in files_in(folder, problems):
                try:
                    content = content_of(path)
                    if not holds_lesson(content) and not holds_prepared(content):
                        scenario_set = _read(content, path, params_of, problems.append)
                        sets[free_name(path.stem, sets)] = scenario_set
                except ScenarioError as error:
                    problems.extend(error.problems)
            shipped = shipped if at else frozenset(sets)
        return cls(dict(sorted(sets.items())), tuple(problems), shipped)

    def of(self, experiment: str) -> dict[str, ScenarioSet]:
        """Return the sets of one experiment, sorted by name."""
        return {name: found for name, found in self.sets.items() if found.experiment == experiment}

    def shipped(self, name: str) -> bool:
        """Return whether the set of that name comes with bnsim."""
        return name in self.shipped_names


def load(
    path: Path | str, params_of: Callable[[str], type[Params]], *, say: Callable[[str], object] = warned
) -> ScenarioSet:
    """Return the scenario set in a file; `say` gets what `toml.read` has to say of it.

    Raises
    ------
    ScenarioError
        If the file is missing, a folder, unreadable, too large or damaged; every sentence begins with its name.
    """
    content = content_of(path)
    if holds_lesson(content):
        name = name_of(path)
        raise ScenarioError(f"{name} is a lesson and no set of scenarios; go through it with: bnsim lesson {name}")
    return _read(content, path, params_of, say)


def holds_lesson(content: bytes) -> bool:
    """Return whether a file is a lesson, also where it is damaged: it has [[step]] tables and no [[scenario]] ones."""
    return STEPS.search(content) is not None and not holds_scenarios(content)


def holds_prepared(content: bytes) -> bool:
    """Return whether a file is a prepared page, also where it is damaged: it has a [prepared] table."""
    return PREPARED.search(content) is not None and not holds_scenarios(content)


def holds_scenarios(content: bytes) -> bool:
    """Return whether a file is a scenario set, also where it is damaged: it has [[scenario]] tables."""
    return SCENARIOS.search(content) is not None


def content_of(path: Path | str) -> bytes:
    """Return what stands in a scenario file; ScenarioError if it cannot be read."""
    return read_file(path, LARGEST_FILE, what="scenario file that ends in .toml", error=ScenarioError)


def _read(
    content: bytes, path: Path | str, params_of: Callable[[str], type[Params]], say: Callable[[str], object]
) -> ScenarioSet:
    name = name_of(path)
    try:
        return read(content, params_of, where="the file", say=lambda sentence: say(f"{name}: {sentence}"))
    except ScenarioError as error:
        raise ScenarioError(*(f"{name}: {problem}" for problem in error.problems)) from None


# `folders` is also the name of a parameter of Library.open.
_folders = folders


def files_in(folder: Path, problems: list[str]) -> list[Path]:
    """Return the .toml files of a folder, sorted by name; what keeps them from being read goes to `problems`."""
    files, reason = toml_files(folder)
    where = f"The scenario folder {shown_path(folder)}"
    if reason:
        problems.append(f"{where} cannot be read: {reason}. {OWN_FOLDER} may name another.")
    odd = [path.name for path in files if not path.name.isprintable()]
    problems.extend(f"{shown_name(name)} must have a name of printable characters." for name in odd)
    files = [path for path in files if path.name not in odd]
    if len(files) > MOST_FILES:
        problems.append(f"{where} holds {len(files)} files; the first {MOST_FILES} are read.")
    return files[:MOST_FILES]


def free_name(stem: str, taken: Collection[str]) -> str:
    """Return the stem of a file, with ``own/`` before it as often as it takes to be no name that is taken."""
    return stem if stem not in taken else free_name(f"own/{stem}", taken)
