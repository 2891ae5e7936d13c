"""The tables of a result: frames for who reads them, columns for who draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any

from bnsim.columns import Columns, Given, columns_of, frame_of

if TYPE_CHECKING:
    import pandas as pd


class Tables(Mapping[str, "pd.DataFrame"]):
    """Frames by name, each made from the outcome when first asked for, and then kept."""

    def __init__(self, makers: Mapping[str, Callable[[Any], Given]], outcome: Any) -> None:
        self._makers, self._outcome = makers, outcome
        self._made: dict[str, Given] = {}
        self._frames: dict[str, pd.DataFrame] = {}
        self._making = RLock()

    def __getitem__(self, name: str) -> pd.DataFrame:
        with self._making:
            if name not in self._frames:
                self._frames[name] = frame_of(self._given(name))
            return self._frames[name]

    def columns(self, name: str) -> Columns:
        """Return a table as columns, of which no frame is made if they were made without one."""
        with self._making:
            return columns_of(self._given(name))

    def _given(self, name: str) -> Given:
        if name not in self._made:
            self._made[name] = self._makers[name](self._outcome)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    @property
    def made(self) -> dict[str, tuple[Given, ...]]:
        """All that has been made of each: what it was given as, and a frame that was made of that."""
        frames = dict(self._frames)  # as they are now: another thread may be making more
        return {
            name: (given, frames[name]) if frames.get(name, given) is not given else (given,)
            for name, given in dict(self._made).items()
        }
