"""Columns by name, of one length: what pictures draw, without the half millisecond that a first frame takes.

A table or the data of a picture may be given as such columns or as a frame; who reads it gets what it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Column: TypeAlias = Any
"""An array, a list or tuple, or `Coded`."""

Columns: TypeAlias = Mapping[str, Column]
Given: TypeAlias = "pd.DataFrame | Columns"


@dataclass(frozen=True, eq=False, slots=True)
class Coded:
    """A column of few different values: of each row a small number, its place among them; in a frame it is categorical.

    Attributes
    ----------
    codes : array of int, shape (rows,)
    categories : sequence or array
        The different values.
    """

    codes: NDArray[Any]
    categories: Sequence[Any] | NDArray[Any]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, at: Any) -> Any:
        """Return the value of one row, or the rows of a mask or of places."""
        codes = self.codes[at]
        return self.categories[codes] if np.ndim(codes) == 0 else Coded(codes, self.categories)

    def tolist(self) -> list[Any]:
        """Return the values row by row, as plain Python knows them."""
        values = self.categories if isinstance(self.categories, list | tuple) else np.asarray(self.categories).tolist()
        return [values[code] for code in self.codes.tolist()]


def coded(values: Sequence[Any], rows: Sequence[int]) -> Coded:
    """Return a column with so many rows of each value, one value after the other."""
    return Coded(np.repeat(np.arange(len(rows), dtype=np.int8), rows), values)


def one_row(**values: Any) -> Columns:
    """Return columns of a single row, such as of what is set."""
    return {name: [value] for name, value in values.items()}


def frame_of(given: Given) -> pd.DataFrame:
    """Return columns as a frame; a frame as it is."""
    import pandas as pd

    if isinstance(given, pd.DataFrame):
        return given
    return pd.DataFrame({name: categorical(column) for name, column in given.items()})


def categorical(column: Column) -> Column:
    """Return a coded column as pandas knows it; another one as it is."""
    import pandas as pd

    if not isinstance(column, Coded):
        return column
    return pd.Categorical.from_codes(column.codes, categories=pd.Index(column.categories))


def columns_of(given: Given) -> Columns:
    """Return a frame as columns; columns as they are."""
    if isinstance(given, Mapping):
        return given
    return {str(name): column_of(given, name) for name in given.columns}


def column_of(given: Given, name: str) -> Column:
    """Return the values of one column; of a frame categorical ones with their codes."""
    column = given[name]
    if isinstance(given, Mapping):
        return column
    words = getattr(column.array, "categories", None)
    return column.to_numpy() if words is None else Coded(column.array.codes, words.to_numpy())


def length_of(given: Given) -> int:
    """Return how many rows there are."""
    return len(next(iter(given.values()), ())) if isinstance(given, Mapping) else len(given)


def values_listed(column: Column) -> list[Any]:
    """Return the values of a column as plain Python knows them."""
    return list(column) if isinstance(column, list | tuple) else list(column.tolist())
