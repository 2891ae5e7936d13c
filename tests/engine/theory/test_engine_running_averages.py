"""What to expect of running statistics: recursions against closed forms and against draws."""

import math

import numpy as np
import pytest

from bnsim.engine.theory.running_averages import running_expectation
from bnsim.errors import InputError


def plain_average(t):
    return [1 / (step + 1) for step in range(t)]


class TestRunningExpectation:
    @pytest.mark.parametrize("m", [0.001, 0.01, 0.1, 0.5, 1.0])
    def test_of_a_constant_momentum_is_the_closed_form(self, m):
        theory = running_expectation([m] * 50, mean=3.0, std=2.5, count=32, drift=0.1, unbiased=True)
        t = np.arange(51)
        left, lag = (1 - m) ** t, 0.1 * (1 - m) / m
        truth = 3 + 0.1 * (t - 1)

        # truth - lag, and what is left of the start: (1 - m)^t of its own distance, 0 - (truth before the start).
        expected = truth - lag + left * (0 - (3 - 0.1) + lag)
        np.testing.assert_allclose(theory.mean, expected, atol=1e-11)
        np.testing.assert_allclose(theory.var, left + (1 - left) * 6.25, rtol=1e-12)
        squares = m / (2 - m) * (1 - (1 - m) ** (2 * t))
        np.testing.assert_allclose(theory.mean_std, np.sqrt(6.25 / 32 * squares), atol=1e-12)
        np.testing.assert_allclose(theory.var_std, 6.25 * np.sqrt(2 / 31 * squares), atol=1e-12)

    def test_of_a_plain_average_is_the_standard_error(self):
        theory = running_expectation(plain_average(50), mean=3.0, std=2.5, count=32, drift=0.1, unbiased=True)
        t = np.arange(1, 51)

        np.testing.assert_allclose(theory.mean[1:], 3 + 0.1 * (t - 1) / 2, rtol=1e-12)
        np.testing.assert_allclose(theory.mean_std[1:], 2.5 / np.sqrt(32 * t), rtol=1e-12)
        np.testing.assert_allclose(theory.var[1:], 6.25, rtol=1e-12)

    def test_a_biased_variance_ends_at_its_share(self):
        theory = running_expectation([1.0, 1.0], mean=3.0, std=2.5, count=8)

        assert theory.var[-1] == pytest.approx(6.25 * 7 / 8, rel=1e-12)
        assert theory.var_std[-1] == pytest.approx(6.25 * 7 / 8 * math.sqrt(2 / 7), rel=1e-12)

    def test_batches_of_one_value_have_no_variance(self):
        theory = running_expectation([0.1] * 3, mean=3.0, std=2.5, count=1)

        np.testing.assert_allclose(theory.var, 0.9 ** np.arange(4), rtol=1e-12)
        assert theory.var_std.tolist() == [0.0] * 4

    def test_what_has_no_weight_changes_nothing(self):
        theory = running_expectation([0.0] * 3, mean=3.0, std=2.5, count=4, drift=1.0)

        assert (theory.mean.tolist(), theory.var.tolist(), theory.var_kurtosis) == ([0.0] * 4, [1.0] * 4, 3.0)

    @pytest.mark.parametrize("m", [0.1, 0.5, 1.0])
    @pytest.mark.parametrize("count", [2, 8, 32])
    def test_of_the_kurtosis_is_the_closed_form(self, m, count):
        theory = running_expectation([m] * 400, mean=3.0, std=2.5, count=count)
        # Of chi-squared with k degrees of freedom it is 3 + 12 / k. In a weighted sum the excess is multiplied by
        # Σ w⁴ / (Σ w²)², which for weights m (1 − m)^j is (1 − q) / (1 + q) with q = (1 − m)², in the long run.
        q = (1 - m) ** 2

        assert theory.var_kurtosis == pytest.approx(3 + 12 / (count - 1) * (1 - q) / (1 + q), rel=1e-12)

    def test_of_the_kurtosis_of_a_plain_average_falls_with_its_batches(self):
        theory = running_expectation(plain_average(20), mean=3.0, std=2.5, count=4)

        assert theory.var_kurtosis == pytest.approx(3 + 12 / 3 / 20, rel=1e-12)

    @pytest.mark.parametrize(("count", "unbiased", "least"), [(1, True, 2), (0, False, 1)])
    def test_a_batch_must_hold_enough(self, count, unbiased, least):
        with pytest.raises(InputError) as error:
            running_expectation([0.1], mean=0.0, std=1.0, count=count, unbiased=unbiased)

        assert str(error.value) == f"count must be at least {least}; got {count}."
