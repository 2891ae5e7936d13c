"""What training mode makes of one input at inference: alone in every framework, and among companions."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from cases import together

from bnsim.engine import Convention, batch_norm
from bnsim.engine.theory.companion_tails import companion_tail
from bnsim.engine.theory.companions import CompanionMoments, companion_moments
from bnsim.engine.theory.inference import (
    Alone,
    OutputLaw,
    alone_output,
    first_order_std,
    kept_share,
    output_moments,
    output_quantile,
    output_range,
    output_tail,
    same_sign,
    treats_alone,
)

REFUSED = OutputLaw(0.4, 1, 1e-5, 1.0, 0.0, math.nan)


class TestAlone:
    @pytest.mark.parametrize(
        ("rule", "alone"),
        [
            (Convention.PYTORCH, Alone.REFUSED),
            (Convention.CUMULATIVE, Alone.REFUSED),
            (Convention.KERAS, Alone.BETA),
            (Convention.FLAX, Alone.BETA),
            (Convention.ONNX, Alone.BETA),
            (Convention.PADDLE, Alone.X),
        ],
    )
    def test_each_framework_has_its_own_way(self, rule, alone):
        assert treats_alone(rule) is alone

    @pytest.mark.parametrize("x", [-1e9, 0.1, 4.0, 1e9])
    def test_the_output_is_beta_exactly_or_x_or_none(self, x):
        outputs = [alone_output(x, rule, gamma=-3.7, beta=0.3, eps=1e-3) for rule in Convention]

        assert [-1.0 if math.isnan(y) else y for y in outputs] == [-1.0, 0.3, 0.3, 0.3, x, -1.0]


class TestOutputLaw:
    @pytest.mark.parametrize("size", [2, 3, 32])
    @pytest.mark.parametrize("gamma", [-2.5, 0.3])
    def test_is_that_of_x_hat_scaled_and_shifted(self, size, gamma):
        law = OutputLaw(0.4, size, 1e-3, gamma, 0.7)
        x_hat, y = companion_moments(0.4, size, eps=1e-3), output_moments(law)
        at = np.array([-0.5, 0.1, 0.9])
        above = output_tail(law, gamma * at + 0.7)
        expected = companion_tail(at, 0.4, size, eps=1e-3)

        assert y.mean == pytest.approx(gamma * x_hat.mean + 0.7, rel=1e-12)
        assert (y.std, y.kurtosis) == pytest.approx((abs(gamma) * x_hat.std, x_hat.kurtosis), rel=1e-12)
        np.testing.assert_allclose(above, expected if gamma > 0 else 1 - expected, rtol=0, atol=1e-9)

    @pytest.mark.parametrize("gamma", [-2.0, 1.0])
    def test_is_what_batch_norm_does_among_drawn_companions(self, gamma):
        rng = np.random.default_rng(0)
        batch = rng.standard_normal((8, 4000))
        batch[0] = 0.4
        y = batch_norm(batch, gamma, 0.2, eps=1e-3).y[0]
        law = OutputLaw(0.4, 8, 1e-3, gamma, 0.2)
        moments, low, high = output_moments(law), *output_range(law)

        # Four standard errors.
        assert y.mean() == pytest.approx(moments.mean, abs=4 * moments.std / math.sqrt(4000))
        assert np.mean(y > 0) == pytest.approx(same_sign(law, 1.0), abs=4 * 0.5 / math.sqrt(4000))
        assert low <= y.min() <= y.max() <= high

    def test_the_two_sides_of_zero_are_all(self):
        law = OutputLaw(0.4, 8, 1e-3, -1.3, 0.2)

        assert same_sign(law, 1.0) + same_sign(law, -1.0) == pytest.approx(1.0, rel=1e-12)

    def test_a_scale_of_zero_leaves_the_shift(self):
        law = OutputLaw(0.4, 8, 1e-3, 0.0, -0.2)

        assert output_moments(law) == CompanionMoments(-0.2, 0.0, 3.0)
        assert output_range(law) == (-0.2, -0.2)
        assert output_tail(law, np.array([-1.0, -0.2, 1.0])).tolist() == [1.0, 0.0, 0.0]

    def test_a_scale_of_almost_nothing_reaches_no_other_value(self):
        law = OutputLaw(0.4, 8, 1e-3, 1e-300, 0.5)

        assert output_tail(law, np.array([0.4, 0.6])).tolist() == [1.0, 0.0]

    def test_alone_it_is_one_value(self):
        law = OutputLaw(0.4, 1, 1e-3, 2.0, 0.5, alone=4.0)

        assert output_moments(law) == CompanionMoments(4.0, 0.0, 3.0)
        assert (output_range(law), same_sign(law, 1.0), same_sign(law, -1.0)) == ((4.0, 4.0), 1.0, 0.0)

    def test_what_is_refused_is_not_a_number(self):
        assert math.isnan(output_moments(REFUSED).mean)
        assert math.isnan(same_sign(REFUSED, 1.0))
        assert np.isnan(output_tail(REFUSED, np.zeros(2))).all()


class TestFirstOrder:
    @pytest.mark.parametrize("eps", [1e-5, 1.0])
    @pytest.mark.parametrize("z", [0.0, 0.4, 3.0])
    def test_is_the_limit_of_the_exact_spread(self, eps, z):
        kept = kept_share(1.0, eps)
        exact = output_moments(OutputLaw(z, 4096, eps, -2.0, 0.0)).std

        # The next order is a few times (1 + z²) / size.
        assert first_order_std(z, 4096, gamma=-2.0, kept=kept) == pytest.approx(exact, rel=5 * (1 + z**2) / 4096)

    def test_alone_there_is_none(self):
        assert math.isnan(first_order_std(0.4, 1, gamma=1.0, kept=1.0))

    def test_half_of_the_variance_is_kept_where_eps_is_as_large(self):
        assert kept_share(6.25, 6.25) == 0.5


class TestQuantiles:
    @together("share", [0.025, 0.5, 0.975])
    @together("z", [-3.0, 0.4, 50.0])
    @together(("size", "gamma"), [(3, 1.0), (3, -2.5), (32, 0.3), (200, -1.0)])
    def test_what_is_more_has_the_rest_of_the_probability(self, size, gamma, z, share):
        law = OutputLaw(z, size, 1e-3, gamma, 0.7)

        above = output_tail(law, np.array([output_quantile(law, share)]))[0]

        # The quadrature itself has nine digits; far out y is steep in its probability.
        assert above == pytest.approx(1 - share, abs=1e-6)

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    @pytest.mark.parametrize("gamma", [2.0, -2.0])
    def test_with_one_companion_is_the_closed_form(self, share, gamma):
        # x_hat = (d / 2) / sqrt(d² / 4 + ε) grows with d = z - m, and the companion m is normal.
        d = 0.4 + NormalDist().inv_cdf(share if gamma > 0 else 1 - share)
        expected = gamma * d / 2 / math.sqrt(d**2 / 4 + 0.1) + 0.7

        assert output_quantile(OutputLaw(0.4, 2, 0.1, gamma, 0.7), share) == pytest.approx(expected, rel=1e-12)

    def test_of_a_single_value_is_that(self):
        assert output_quantile(OutputLaw(0.4, 32, 1e-5, 0.0, 0.3), 0.025) == 0.3
        assert output_quantile(OutputLaw(0.4, 1, 1e-5, 1.0, 0.3, alone=4.0), 0.975) == 4.0
        assert math.isnan(output_quantile(REFUSED, 0.5))
