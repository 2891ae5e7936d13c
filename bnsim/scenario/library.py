"""The scenario files at hand: those that come with bnsim, and the user's own."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bnsim.errors import ScenarioError
from bnsim.scenario.files import name_of, read_file, shown_path, toml_files
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import ScenarioSet
from bnsim.scenario.toml import LARGEST_FILE, read, warned
from bnsim.scenario.wording import shown_name

OWN_FOLDER = "BNSIM_SCENARIOS"
MOST_FILES = 500
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
            for path in _files(folder, problems):
                try:
                    scenario_set = load(path, params_of, say=problems.append)
                except ScenarioError as error:
                    problems.extend(error.problems)
                else:
                    sets[_free_name(path.stem, sets)] = scenario_set
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
    name = name_of(path)
    content = read_file(path, LARGEST_FILE, what="scenario file that ends in .toml", error=ScenarioError)
    try:
        return read(content, params_of, where="the file", say=lambda sentence: say(f"{name}: {sentence}"))
    except ScenarioError as error:
        raise ScenarioError(*(f"{name}: {problem}" for problem in error.problems)) from None


# `folders` is also the name of a parameter of Library.open.
_folders = folders


def _files(folder: Path, problems: list[str]) -> list[Path]:
    """Return the scenario files of a folder, sorted by name; what keeps them from being read goes to `problems`."""
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


def _free_name(stem: str, taken: Mapping[str, ScenarioSet]) -> str:
    return stem if stem not in taken else _free_name(f"own/{stem}", taken)
