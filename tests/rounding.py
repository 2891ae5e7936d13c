"""What may differ between two ways to the same number: the order in which a processor takes the sums.

Linear algebra adds up the edge of a matrix, another number of rows, or an array that begins elsewhere in memory in
another order than the rest, and which of them depends on the processor. Equal bits are asked of what is copied or is
worked out element by element only.
"""

import pandas as pd

CLOSE = {"rtol": 1e-10, "atol": 1e-12}
"""For float64. A sum of 1,000 terms rounds by 1e-13 of their size at most; a few dozen steps of training carry that on,
and make up to 1,000 times as much of it."""

NARROW = {"rtol": 1e-4, "atol": 1e-4}
"""For float32, whose last bit is 6e-8: the same, with sums of at most 100 terms."""

DECISIONS = {"rtol": 1e-4, "atol": 0.005}
"""For shares of 450 test images read by a network that was trained in float32: two of them may stand on the brink."""


def assert_same_table(one: pd.DataFrame, other: pd.DataFrame, *, rtol: float = 1e-10, atol: float = 1e-12) -> None:
    """Assert that two tables hold the same, but for rounding."""
    pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=rtol, atol=atol)


def assert_same_numbers(one: dict[str, float | str], other: dict[str, float | str], **tolerance: float) -> None:
    """Assert that two results have the same readouts, but for rounding."""
    assert_same_table(pd.DataFrame([one]), pd.DataFrame([other]), **tolerance)
