"""Curves and histograms that charts draw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnsim.engine import histogram, normal_curve
from bnsim.engine.statistics.densities import histogram_outline, outline
from bnsim.errors import InputError


def area(left, right, density):
    return float(((right - left) * density).sum())


class TestNormalCurve:
    def test_its_area_is_one(self):
        value, density = normal_curve(3.0, 2.5, points=401, reach=8.0)

        assert np.trapezoid(density, value) == pytest.approx(1.0, abs=1e-12)

    def test_the_middle_point_is_the_peak(self):
        value, density = normal_curve(3.0, 0.05)

        assert (value[40], density[40]) == (3.0, 1 / (0.05 * np.sqrt(2 * np.pi)))
        assert value.shape == density.shape == (81,)

    @pytest.mark.parametrize(("mean", "std"), [(1.0, 0.0), (np.nan, 1.0), (0.0, np.inf), (np.inf, 1.0), (0, np.nan)])
    def test_where_there_is_no_density_there_is_no_curve(self, mean, std):
        value, density = normal_curve(mean, std)

        assert value.shape == density.shape == (0,)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"std": -1.0}, "std must not be negative; got -1."),
            ({"points": 1}, "points must be at least 2; got 1."),
            ({"reach": 0.0}, "reach must be a number more than 0; got 0."),
        ],
    )
    def test_refusals(self, change, message):
        with pytest.raises(InputError) as error:
            normal_curve(**{"mean": 0.0, "std": 1.0} | change)

        assert str(error.value) == message


class TestHistogram:
    @given(hnp.arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e300, 1e300)))
    @settings(deadline=None, max_examples=100)
    def test_every_value_is_inside_and_the_area_is_one(self, values):
        left, right, density = histogram(values)

        assert 1 <= len(left) <= 60
        assert left[0] <= values.min()
        assert right[-1] >= values.max()
        assert area(left, right, density) == pytest.approx(1.0, rel=1e-9)
        assert np.array_equal(right[:-1], left[1:])

    def test_it_counts_as_numpy_does(self):
        values = np.random.default_rng(0).normal(3, 2.5, 10_000)
        left, right, density = histogram(values, 24)

        expected, edges = np.histogram(values, 24, density=True)
        np.testing.assert_allclose(left, edges[:-1], rtol=1e-12)
        np.testing.assert_allclose(right, edges[1:], rtol=1e-12)
        np.testing.assert_allclose(density, expected, atol=2.5 / 10_000)

    def test_freedman_and_diaconis_choose_the_width(self):
        values = np.random.default_rng(1).standard_normal(200)

        assert len(histogram(values)[0]) == len(np.histogram_bin_edges(values, "fd")) - 1

    @pytest.mark.parametrize("values", [[0.3], [0.3] * 7, [1e17] * 2, [5e-324] * 3])
    def test_values_that_are_all_the_same_share_one_bin(self, values):
        left, right, density = histogram(values)

        assert len(left) == 1
        assert left[0] < values[0] < right[0]
        assert density[0] == pytest.approx(1 / (right[0] - left[0]))

    @pytest.mark.parametrize("outlier", [1e9, 1e300])
    def test_an_outlier_costs_bins_not_memory(self, outlier):
        values = np.append(np.random.default_rng(2).standard_normal(1000), outlier)

        assert len(histogram(values)[0]) == 60

    def test_what_is_not_finite_is_left_out(self):
        values = np.array([0.0, np.nan, 1.0, np.inf, 3.0, -1.7e308])

        assert [part.tolist() for part in histogram(values)] == [part.tolist() for part in histogram([0.0, 1.0, 3.0])]

    @pytest.mark.parametrize("values", [[], [np.nan], [np.inf, -np.inf]])
    def test_nothing_to_count(self, values):
        assert [part.shape for part in histogram(values)] == [(0,)] * 3

    @pytest.mark.parametrize("bins", [0, 61, -3])
    def test_bins_are_bounded(self, bins):
        with pytest.raises(InputError) as error:
            histogram([1.0, 2.0], bins)

        assert str(error.value) == f"bins must be a whole number from 1 to 60; got {bins}."


class TestOutline:
    def test_goes_up_and_down_at_every_edge_from_the_ground_and_back(self):
        value, density = outline(np.array([0.0, 2.0]), np.array([2.0, 4.0]), np.array([0.375, 0.125]))

        assert value.tolist() == [0.0, 0.0, 2.0, 2.0, 4.0, 4.0]
        assert density.tolist() == [0.0, 0.375, 0.375, 0.125, 0.125, 0.0]

    def test_of_values_is_that_of_their_histogram(self):
        values = np.array([[1.0, 2.0], [3.0, 6.0]])
        value, density = histogram_outline(values)

        assert (value[0], value[-1], density[0], density[-1]) == (1.0, 6.0, 0.0, 0.0)
        assert np.sum(np.diff(value) * density[:-1]) == pytest.approx(1, rel=1e-12)
        np.testing.assert_array_equal(value, outline(*histogram(values))[0])

    @pytest.mark.parametrize("values", [[7.0] * 5, [0.1]])
    def test_values_without_spread_are_a_point_mass(self, values):
        value, density = histogram_outline(values)

        assert value.tolist() == [values[0]] * 2
        assert density.tolist() == [0.0, np.inf]
