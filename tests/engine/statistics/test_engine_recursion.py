"""Numbers that follow from each other, all at once: against one after the other, in fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsim.engine.statistics.recursion import recursion

UNIT = 2.0**-53
FACTORS, SUMMANDS = st.floats(0, 1), st.floats(-1e6, 1e6)


def one_after_the_other(start, kept, added):
    """Return the numbers, and the sums of their parts' sizes: what their roundings are held against."""
    found, sizes = [Fraction(start)], [abs(Fraction(start))]
    for factor, summand in zip(kept, added, strict=True):
        found.append(Fraction(factor) * found[-1] + Fraction(summand))
        sizes.append(Fraction(factor) * sizes[-1] + abs(Fraction(summand)))
    return found, sizes


@given(SUMMANDS, st.lists(st.tuples(FACTORS, SUMMANDS), max_size=70))
def test_is_what_one_after_the_other_gives_up_to_the_roundings_of_its_steps(start, steps):
    kept, added = [step[0] for step in steps], [step[1] for step in steps]
    [found] = recursion([start], kept, np.array([added]))
    exact, sizes = one_after_the_other(start, kept, added)

    assert len(found) == len(exact) == len(steps) + 1
    # A part is multiplied by all factors after it, each with a rounding, and goes through a product and a sum in each
    # of at most 7 doublings and in the first step; what falls below the least normal number is lost.
    roundings = len(steps) + 2 * 8
    for number, truth, size in zip(found.tolist(), exact, sizes, strict=True):
        assert abs(Fraction(number) - truth) <= Fraction(roundings * UNIT) * size + Fraction(70 * 1e-301)


def test_rows_are_apart_and_may_share_their_factors():
    added = np.array([[1.0, 1.0, 1.0], [0.0, 8.0, 0.0]])

    assert recursion([0.0, 16.0], 0.5, added).tolist() == [[0.0, 1.0, 1.5, 1.75], [16.0, 8.0, 12.0, 6.0]]
    assert recursion([0.0, 16.0], np.array([[0.5], [0.0]]), added).tolist()[1] == [16.0, 0.0, 8.0, 0.0]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.9, 1.0])
def test_what_is_not_finite_spoils_its_own_row_from_there_on(value, kept):
    added = np.ones((2, 1000))
    added[0, 333] = value
    spoilt, other = recursion([1.0, 1.0], kept, added)
    [alone] = recursion([1.0], kept, np.ones((1, 1000)))

    np.testing.assert_allclose(spoilt[:334], alone[:334], rtol=1e-13)
    np.testing.assert_allclose(other, alone, rtol=1e-13)
    expected = 0.0 * value + 1.0 if kept == 0 else value
    np.testing.assert_array_equal(spoilt[334:], [value, *[expected] * 666])


def test_of_no_steps_is_the_start():
    assert recursion([3.0, 4.0], 0.5, np.empty((2, 0))).tolist() == [[3.0], [4.0]]


def test_changes_nothing_that_it_is_given():
    kept, added = np.full(5, 0.5), np.ones((1, 5))
    recursion([1.0], kept, added)

    assert (kept.tolist(), added.tolist()) == ([0.5] * 5, [[1.0] * 5])


@pytest.mark.parametrize("kept", [0.0, 1.0])
def test_a_factor_of_0_or_1_keeps_nothing_or_all_exactly(kept):
    [found] = recursion([3.0], kept, np.array([[0.1 if kept == 0 else 0.0] * 4]))

    assert found.tolist() == ([3.0, 0.1, 0.1, 0.1, 0.1] if kept == 0 else [3.0] * 5)
