"""Real numbers to normalize: handwritten digits, a small trained layer, and the user's own file.

Nothing is read when this package is imported; every loader reads once and remembers. What reads files is imported when
it is first asked for: whoever runs an experiment mostly has none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bnsim.data.digits import Digits, load_digits
    from bnsim.data.hidden import HiddenLayer, hidden_units, pre_activations
    from bnsim.data.own import Table, read_table

__all__ = ["Digits", "HiddenLayer", "Table", "hidden_units", "load_digits", "pre_activations", "read_table"]

WHERE = {
    **dict.fromkeys(("Digits", "load_digits"), "digits"),
    **dict.fromkeys(("HiddenLayer", "hidden_units", "pre_activations"), "hidden"),
    **dict.fromkeys(("Table", "read_table"), "own"),
}
"""The modules of what this package offers, by its name."""


def __getattr__(name: str) -> Any:
    """Return what this package offers by a name."""
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)
