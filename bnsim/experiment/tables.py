"""The tables of a result: frames for who reads them, columns for who draws them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any

from bnsim.columns import Columns, Given, columns_of, frame_of
from bnsim.work import one_thread

if TYPE_CHECKING:
    import pandas as pd


class Tables(Mapping[str, "pd.DataFrame"]):
    """Frames by name, each made from the outcome when first asked for, and then kept.

    Parameters
    ----------
    makers : mapping of callables, outcome -> DataFrame or columns
    outcome : object
    complete : callable, outcome -> outcome, optional
        Adds to the outcome what the `closed` tables need.
    closed : collection of str
        See `Experiment`.
    """

    def __init__(
        self,
        makers: Mapping[str, Callable[[Any], Given]],
        outcome: Any,
        complete: Callable[[Any], Any] | None = None,
        closed: Collection[str] = (),
    ) -> None:
        self._makers, self._outcome, self._complete, self._closed = makers, outcome, complete, closed
        self._completed: Any = None
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

    def complete(self) -> Any:
        """Return the outcome with what closed tables need; it is reckoned when first asked for."""
        # Under the lock of the tables, not of the result: who makes its parts waits for tables.
        with self._making:
            if self._completed is None:
                with one_thread():
                    self._completed = self._outcome if self._complete is None else self._complete(self._outcome)
            return self._completed

    @property
    def completed(self) -> Any:
        """The outcome with what closed tables need; None as long as nobody has asked for one of them."""
        return self._completed

    def _given(self, name: str) -> Given:
        if name not in self._made:
            self._made[name] = self._makers[name](self.complete() if name in self._closed else self._outcome)
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
