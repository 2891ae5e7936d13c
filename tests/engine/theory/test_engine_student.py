"""Student's t against its closed forms, and Holm's correction against the example of its definition."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from bnsim.engine.theory.student import AS_NORMAL, critical, holm, two_sided
from bnsim.errors import InputError

ROUNDING = 1e-13
"""The exponential of a sum of logarithms of gamma functions, which for these degrees of freedom are below 100."""

POINTS = np.array([0.0, 1e-6, 0.1, 0.5, 1.0, 2.0, 5.0, 40.0, 1e4])


class TestTwoSided:
    def test_with_one_degree_is_that_of_cauchy(self):
        np.testing.assert_allclose(two_sided(POINTS, 1), 2 / np.pi * np.arctan2(1, POINTS), rtol=ROUNDING)

    def test_with_two_degrees_is_algebraic(self):
        root = np.sqrt(2 + POINTS**2)
        exact = 2 / (root * (root + POINTS))  # 1 - t / root, without the difference

        np.testing.assert_allclose(two_sided(POINTS, 2), exact, rtol=ROUNDING)

    def test_with_four_degrees_is_algebraic(self):
        t = POINTS[:7]
        share = t / np.sqrt(4 + t**2)
        exact = 1 - share * (3 - share**2) / 2

        # A difference of numbers near 1, so that its error is absolute.
        np.testing.assert_allclose(two_sided(t, 4), exact, rtol=0, atol=1e-15 + ROUNDING)

    def test_with_many_is_normal(self):
        t = np.array([0.5, 1.96, 4.0])
        normal = [2 * NormalDist().cdf(-each) for each in t]
        # The first term by which the density of t differs from the normal one is (t**4 - 2 t**2 - 1) / (4 freedom).
        off = (t**4 + 2 * t**2 + 1) / (4 * AS_NORMAL)

        assert (np.abs(two_sided(t, 1e9) / normal - 1) <= off).all()

    def test_the_sign_does_not_matter_and_the_ends_are_exact(self):
        assert two_sided([-3.0], 7) == two_sided([3.0], 7)
        np.testing.assert_array_equal(two_sided([0.0, math.inf, -math.inf, math.nan], 5), [1, 0, 0, math.nan])

    def test_needs_a_degree_of_freedom(self):
        with pytest.raises(InputError) as error:
            two_sided([1.0], 0)

        assert str(error.value) == "freedom must be more than 0; got 0."


class TestCritical:
    @pytest.mark.parametrize("freedom", [1, 2, 7, 63, 1e6])
    @pytest.mark.parametrize("probability", [0.05, 1e-4])
    def test_is_reached_with_that_probability(self, probability, freedom):
        # What halving leaves is 1e-10 of t.
        np.testing.assert_allclose(two_sided(critical(probability, freedom), freedom), probability, rtol=1e-7)


class TestHolm:
    def test_multiplies_the_smallest_by_all_and_the_next_by_one_less(self):
        np.testing.assert_allclose(holm([0.03, 0.001, 0.02]), [0.04, 0.003, 0.04], rtol=1e-15)

    def test_never_exceeds_one_and_never_reverses_the_order(self):
        np.testing.assert_array_equal(holm([0.6, 0.7]), [1, 1])
        np.testing.assert_allclose(holm([0.01, 0.0101]), [0.02, 0.02], rtol=1e-15)

    def test_what_could_not_be_tested_is_not_counted(self):
        np.testing.assert_allclose(holm([0.03, math.nan]), [0.03, math.nan], rtol=1e-15)
        assert np.isnan(holm([math.nan])).all()
