"""The channels of the tensor: fixed 3 x 3 filters, and all digits seen through them."""

import numpy as np

from bnsim.data.digits import BRIGHTEST, load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.folding import conv2d
from bnsim.once import once

FILTERS = {
    "mean": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "centre": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "horizontal-edge": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "vertical-edge": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "rising-edge": [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]],
    "falling-edge": [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]],
    "horizontal-line": [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
    "vertical-line": [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
    "rising-line": [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]],
    "falling-line": [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
    "spot": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "cross": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
}
"""In the order of the channels; each is divided by the sum of its sizes."""

DIVISORS = tuple(BRIGHTEST * int(np.abs(kernel).sum()) for kernel in FILTERS.values())
"""A feature is a whole number divided by this, by channel: pixels are whole numbers up to the brightest."""


@once
def features() -> Array:
    """Return all digits seen through all filters, shape (1797, 12, 6, 6), read-only."""
    weight = np.array(list(FILTERS.values()), dtype=np.float64)[:, None]
    weight /= np.abs(weight).sum(axis=(2, 3), keepdims=True)
    seen = conv2d(load_digits().images[:, None] / BRIGHTEST, weight)
    seen.flags.writeable = False
    return seen
