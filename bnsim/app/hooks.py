"""Where Streamlit offers no place for what a full class needs: one of its functions, replaced for this process."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

MADE_OF = "bnsim_made_of"
"""Where a function of ours keeps what it was made by."""


def module(name: str) -> ModuleType | None:
    """Return a module of Streamlit's; None where it has none of that name."""
    try:
        return import_module(name)
    except ImportError:
        return None


def put(owner: object, name: str, stand_in: Callable[[Callable[..., Any]], Callable[..., Any]]) -> bool:
    """Put what `stand_in` makes of a function of Streamlit's into its place; return whether that was done.

    Where Streamlit calls it otherwise one day, and where that was done before, all stays as it is.
    """
    original = getattr(owner, name, None)
    if original is None or stand_in in made_of(original):
        return False
    ours = stand_in(original)
    setattr(ours, MADE_OF, (*made_of(original), stand_in))
    setattr(owner, name, ours)
    return True


def made_of(found: Callable[..., Any]) -> tuple[Callable[..., Any], ...]:
    """Return what a function was made of Streamlit's by; nothing where it is Streamlit's."""
    return getattr(found, MADE_OF, ())
