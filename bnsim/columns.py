"""Columns by name, of one length: what pictures draw, without the half millisecond that a first frame takes.

A table or the data of a picture may be given as such columns or as a frame; who reads it gets what it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

Column: TypeAlias = Any
"""An array, a list or tuple, or a pandas.Categorical."""

Columns: TypeAlias = Mapping[str, Column]
Given: TypeAlias = "pd.DataFrame | Columns"


def frame_of(given: Given) -> pd.DataFrame:
    """Return columns as a frame; a frame as it is."""
    import pandas as pd

    return given if isinstance(given, pd.DataFrame) else pd.DataFrame(dict(given))


def columns_of(given: Given) -> Columns:
    """Return a frame as columns; columns as they are."""
    if isinstance(given, Mapping):
        return given
    return {str(name): column_of(given, name) for name in given.columns}


def column_of(given: Given, name: str) -> Column:
    """Return the values of one column; of a frame those of a few words with the words."""
    column = given[name]
    if isinstance(given, Mapping):
        return column
    values = column.array
    return values if hasattr(values, "categories") else column.to_numpy()


def length_of(columns: Columns) -> int:
    """Return how many rows there are."""
    return len(next(iter(columns.values()), ()))


def values_listed(column: Column) -> list[Any]:
    """Return the values of a column as plain Python knows them."""
    return list(column) if isinstance(column, list | tuple) else list(column.tolist())
