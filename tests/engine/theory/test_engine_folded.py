"""What folding gets wrong where it is not allowed: theory against batches, against limits, and counted by hand."""

import math

import numpy as np
import pytest
from cases import together

from bnsim.engine import batch_norm, batch_norm_eval
from bnsim.engine.theory.folded import output_std, share_wrong_across_relu, training_mode_error, training_mode_gap
from bnsim.errors import InputError, ShapeError

DRIFTS = pytest.mark.parametrize("drift", [(0.0, 1.0), (0.7, 1.3)], ids=str)
FEATURES, OUTPUTS, COUNT, DRAWS = 6, 4, 128, 1500


@pytest.fixture
def weight():
    return np.random.default_rng(3).standard_normal((OUTPUTS, FEATURES)) / math.sqrt(FEATURES)


def squares(weight, shift, spread):
    """Return the mean square difference of many batches, shape (draws,)."""
    rng, running = np.random.default_rng(9), output_std(weight) / spread
    gaps = []
    for _ in range(DRAWS):
        z = rng.standard_normal((COUNT, FEATURES)) @ weight.T
        gaps.append(np.mean((batch_norm_eval(z, -shift * running, running**2) - batch_norm(z).y) ** 2))
    return np.array(gaps)


class TestOutputStd:
    def test_is_the_norm_of_the_weights_of_each_output(self):
        assert output_std(np.array([[[[3.0, 4.0]]], [[[0.0, 2.0]]]])).tolist() == [5.0, 2.0]


class TestTrainingMode:
    @DRIFTS
    def test_gap_and_error_are_those_of_many_batches(self, weight, drift):
        shift, spread = drift
        found = squares(weight, shift, spread)
        gap = training_mode_gap(output_std(weight), shift=shift, spread=spread, count=COUNT)
        error = training_mode_error(weight, shift=shift, spread=spread, count=COUNT)

        # A std over 1500 draws is good to 1 / sqrt(3000) = 2 % for a normal, to about twice that for a chi-squared
        # variable; the terms left out are of relative size 1 / N. The mean is good to std / sqrt(1500).
        assert found.std() == pytest.approx(error, rel=0.12)
        assert found.mean() == pytest.approx(gap**2, abs=5 * found.std() / math.sqrt(DRAWS))

    @pytest.mark.parametrize("count", [64, 1024, 4096])
    def test_without_drift_it_is_the_noise_of_one_batch(self, count):
        # sqrt(2 - 2 E[s/σ]) = sqrt(1.5 / N) to a relative 7 / (24 N) or so.
        found = training_mode_gap(np.ones(1), shift=0.0, spread=1.0, count=count, eps=0.0)

        assert found == pytest.approx(math.sqrt(1.5 / count), rel=1 / count)

    def test_of_two_values_it_is_counted_by_hand(self):
        # |x1 - x2| / 2 has the mean 1 / sqrt(π) for standard normal values.
        found = training_mode_gap(np.ones(1), shift=0.0, spread=1.0, count=2, eps=0.0)

        assert found == pytest.approx(math.sqrt(2 - 2 / math.sqrt(math.pi)), rel=1e-12)

    def test_a_large_shift_is_the_shift(self):
        assert training_mode_gap(np.ones(3), shift=1000.0, spread=1.0, count=8) == pytest.approx(1000, rel=1e-4)

    def test_it_is_in_proportion_to_the_scale(self):
        one, other = (training_mode_gap(np.ones(3), shift=0.3, spread=2.0, count=8, gamma=g) for g in (1.0, -2.5))

        assert other == pytest.approx(2.5 * one, rel=1e-15)

    def test_a_large_eps_leaves_only_what_it_keeps(self):
        # With 1 / (1 + 99) of either variance kept, everything is a tenth.
        plain, kept = (training_mode_gap(np.ones(1), shift=0.5, spread=1.0, count=8, eps=eps) for eps in (0.0, 99.0))

        assert kept == pytest.approx(plain / 10, rel=1e-12)

    def test_groups_are_independent_of_each_other(self):
        weight = np.ones((2, 4))
        one = training_mode_error(weight[:1], shift=0.7, spread=1.3, count=64)

        assert training_mode_error(weight, shift=0.7, spread=1.3, count=64) == pytest.approx(one, rel=1e-12)
        apart = training_mode_error(weight, shift=0.7, spread=1.3, count=64, groups=2)
        assert apart == pytest.approx(one / math.sqrt(2), rel=1e-12)

    def test_one_value_has_no_spread(self):
        with pytest.raises(InputError) as error:
            training_mode_gap(np.ones(1), shift=0.0, spread=1.0, count=1)

        assert str(error.value) == "count must be at least 2; got 1."

    def test_groups_must_divide_the_outputs(self):
        with pytest.raises(ShapeError) as error:
            training_mode_error(np.ones((4, 2)), shift=0.0, spread=1.0, count=8, groups=3)

        assert str(error.value) == "groups must divide the 4 outputs; got 3."


class TestAcrossARelu:
    @together("mean", [-0.8, 0.0, 1.3])
    @together(("scale", "offset"), [(1.5, -0.7), (1.5, 0.7), (-0.8, 0.5), (-0.8, -0.5)])
    def test_is_the_share_of_many_outputs(self, mean, scale, offset):
        z = mean + 2.0 * np.random.default_rng(1).standard_normal(100_000)
        right, folded = scale * np.maximum(z, 0) + offset, np.maximum(scale * z + offset, 0)
        share = np.mean(np.abs(right - folded) > 1e-12)
        one = np.ones(1)

        found = share_wrong_across_relu(mean, 2.0 * one, scale * one, offset * one, room=1e-12)

        # Five binomial standard errors of 100,000 outputs are at most 5 / (2 sqrt(1e5)).
        assert found == pytest.approx(share, abs=0.008)

    def test_nothing_is_lost_where_zero_stays_zero(self):
        one = np.ones(1)

        assert share_wrong_across_relu(0.3, one, 2 * one, 0 * one) == 0

    def test_below_zero_half_is_lost_where_zero_rises(self):
        one = np.ones(1)

        assert share_wrong_across_relu(0.0, one, one, 0.5 * one) == pytest.approx(0.5, abs=1e-15)

    def test_it_is_the_mean_over_outputs(self):
        two = np.ones(2)

        assert share_wrong_across_relu(0.0, two, two, np.array([0.0, 0.5])) == pytest.approx(0.25, abs=1e-15)

    def test_a_scale_of_nothing_has_its_kink_nowhere(self):
        one = np.ones(1)

        assert share_wrong_across_relu(0.0, one, 0 * one, one) == 0
        assert share_wrong_across_relu(0.0, one, 1e-320 * one, one, room=1e-12) == 0

    def test_what_rounding_may_be_is_not_wrong(self):
        one = np.ones(1)

        assert share_wrong_across_relu(0.0, one, one, 0.5 * one, room=0.6) == 0
