"""What batches of normal values do, exactly: against moments of chi-squared, closed forms and identities."""

import math

import numpy as np
import pytest

from bnsim.engine.theory.batch_errors import (
    BatchErrors,
    closed_batch_errors,
    exact_batch_errors,
    mean_over_batches,
    member_distance,
    var_density,
)
from bnsim.errors import InputError


def chi_moment(size: int, power: int) -> float:
    """E[s^power] for the biased std s of N normal values: N s^2 is chi-squared with N - 1 degrees of freedom."""
    log = math.lgamma((size - 1 + power) / 2) - math.lgamma((size - 1) / 2)
    return (2 / size) ** (power / 2) * math.exp(log)


class TestMeanOverBatches:
    @pytest.mark.parametrize("n", [2, 3, 5, 16, 1024])
    def test_the_quadrature_gives_the_moments_of_chi_squared(self, n):
        found = mean_over_batches(n, np.ones_like, lambda v: v, np.square, np.sqrt)
        k = n - 1

        assert found == pytest.approx([1, k / n, k * (k + 2) / n**2, chi_moment(n, 1)], rel=1e-12)

    def test_one_value_has_no_variance_to_average_over(self):
        with pytest.raises(InputError) as error:
            mean_over_batches(1, np.square)

        assert str(error.value) == "size must be at least 2; got 1."


class TestExact:
    @pytest.mark.parametrize("n", [4, 5, 16, 256])
    def test_without_eps_it_is_the_closed_form(self, n):
        found, closed = exact_batch_errors(n, 1e-15), closed_batch_errors(n)

        assert found.scale == pytest.approx(closed.scale, rel=1e-12)
        assert found.gradient == pytest.approx(closed.gradient, rel=1e-12)
        assert found.kurtosis == pytest.approx(closed.kurtosis, rel=1e-12)
        assert found.x_hat**2 == pytest.approx(2 - 2 * chi_moment(n, 1), rel=1e-11)

    @pytest.mark.parametrize("n", [2, 7, 64])
    def test_mean_and_variance_do_not_know_eps(self, n):
        found = exact_batch_errors(n, 1e-2)

        assert (found.mean, found.var, found.var_mean) == (1 / math.sqrt(n), math.sqrt(2 / (n - 1)), (n - 1) / n)

    def test_the_error_of_x_hat_is_1_5_over_n_to_the_first_order(self):
        # 2 (1 - E[s]) = 3 / (2 N) + 7 / (16 N^2) + ...
        n = 1024

        assert exact_batch_errors(n, 1e-15).x_hat ** 2 - 1.5 / n == pytest.approx(7 / (16 * n**2), rel=0.01)
        assert closed_batch_errors(n).x_hat == math.sqrt(1.5 / n)

    @pytest.mark.parametrize("eps", [1e-5, 1e-7])
    def test_of_two_the_gradient_is_what_eps_lets_through(self, eps):
        # E[(eps / (v + eps))^2] = sqrt(pi eps) / 2 to the leading order, over two directions.
        found = exact_batch_errors(2, eps).gradient

        assert found**2 == pytest.approx(math.sqrt(math.pi * eps) / 4, rel=10 * math.sqrt(eps))

    def test_of_one_only_eps_is_left_to_divide_by(self):
        assert exact_batch_errors(1, 0.25) == BatchErrors(1.0, math.inf, 1.0, 2.0, 0.0, 0.0, 0.0)
        assert closed_batch_errors(1) == BatchErrors(1.0, math.inf, math.sqrt(1.5), math.inf, 0.0, 0.0, 0.0)

    def test_eps_must_be_positive(self):
        with pytest.raises(InputError, match=r"^eps must be "):
            exact_batch_errors(4, 0.0)


class TestVarDensity:
    @pytest.mark.parametrize("n", [3, 4, 9, 200])
    def test_has_area_1_and_the_mean_of_the_variance(self, n):
        # Over log(v), where the trapezoidal rule is exact for what vanishes at both ends.
        t = np.linspace(-40, 5, 20_001)
        v = np.exp(t)
        weight = var_density(v, n) * v

        assert np.trapezoid(weight, t) == pytest.approx(1, rel=1e-9)
        assert np.trapezoid(weight * v, t) == pytest.approx((n - 1) / n, rel=1e-9)

    def test_of_three_values_is_exponential(self):
        # 3 v is chi-squared with 2 degrees of freedom: P(v > t) = exp(-3 t / 2).
        v = np.array([0.1, 1.0, 4.0])

        np.testing.assert_allclose(var_density(v, 3), 1.5 * np.exp(-1.5 * v), rtol=1e-13)

    def test_one_value_has_none(self):
        with pytest.raises(InputError) as error:
            var_density(1.0, 1)

        assert str(error.value) == "size must be at least 2; got 1."


class TestMemberDistance:
    def test_one_value_is_on_its_mean(self):
        assert member_distance(np.zeros(5), 1) == 0.0

    def test_of_two_it_is_how_far_the_share_above_is_from_a_half(self):
        assert member_distance(np.array([1.0, 1.0, 1.0, -1.0]), 2) == 0.25

    def test_of_four_the_members_are_uniform(self):
        # Beta(1/2, 1) for x_hat^2 / 3 is x_hat uniform from -sqrt(3) to sqrt(3); even quantiles stray by half a step.
        even = math.sqrt(3) * (2 * (np.arange(100) + 0.5) / 100 - 1)

        assert member_distance(even, 4) == pytest.approx(0.005, abs=1e-6)
        assert member_distance(np.full(100, math.sqrt(3)), 4) == pytest.approx(1.0, abs=1e-6)
