"""Real numbers to normalize: handwritten digits, a small trained layer, and the user's own file.

Nothing is read when this package is imported; every loader reads once and remembers.
"""

from bnsim.data.digits import Digits, load_digits
from bnsim.data.hidden import HiddenLayer, hidden_units, pre_activations
from bnsim.data.own import Table, read_table

__all__ = ["Digits", "HiddenLayer", "Table", "hidden_units", "load_digits", "pre_activations", "read_table"]
