"""Where Streamlit offers no place for what a full class needs: one of its functions, replaced for this process."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

OURS: set[Callable[..., Any]] = set()
"""What stands for Streamlit's own by now: nothing is replaced twice."""


def module(name: str) -> ModuleType | None:
    """Return a module of Streamlit's; None where it has none of that name."""
    try:
        return import_module(name)
    except ImportError:
        return None


def put(owner: object, name: str, stand_in: Callable[[Callable[..., Any]], Callable[..., Any]]) -> bool:
    """Put what `stand_in` makes of a function of Streamlit's into its place; return whether that was done.

    Where Streamlit calls it otherwise one day, and where it is ours already, all stays as it is.
    """
    original = getattr(owner, name, None)
    if original is None or original in OURS:
        return False
    ours = stand_in(original)
    OURS.add(ours)
    setattr(owner, name, ours)
    return True
