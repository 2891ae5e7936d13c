"""What is imported when it is first used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from bnsim.once import kept


class Later(Mapping[str, Any]):
    """A mapping or a function in a module of an experiment that is imported when it is first used.

    Parameters
    ----------
    package : str
        The package of the experiment.
    place : str
        Module and name in it: ``"tables.TABLES"``.
    """

    def __init__(self, package: str, place: str) -> None:
        module, _, self._name = place.partition(".")
        self._path = f"{package}.{module}"

    @kept
    def _module(self) -> ModuleType:
        return importlib.import_module(self._path)

    @property
    def _held(self) -> Any:
        return getattr(self._module, self._name)

    def __getitem__(self, key: str) -> Any:
        return self._held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __call__(self, *given: Any) -> Any:
        """Call the function."""
        return self._held(*given)
