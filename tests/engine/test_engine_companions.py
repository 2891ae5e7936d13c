"""What batch norm makes of one value among random companions: exact, held against identities and closed forms."""

import math

import numpy as np
import pytest

from bnsim.engine import batch_norm
from bnsim.engine.companions import companion_law
from bnsim.errors import InputError

# Trapezoidal rules over smooth hills with 200 points: doubling the points changes nothing beyond this.
CLOSE = 1e-9


class TestBelow:
    @pytest.mark.parametrize("z", [0.0, 0.4, 2.0, 6.0])
    @pytest.mark.parametrize("size", [2, 3, 4, 8, 32, 1024])
    def test_zero_is_a_coin_of_the_companions_mean(self, size, z):
        below = 0.5 * math.erfc(z * math.sqrt((size - 1) / 2))  # their mean is above z

        assert companion_law(z, size, 1e-5).below(0.0) == pytest.approx(below, abs=1e-14)

    @pytest.mark.parametrize("c", [-1.2, -0.5, 0.3, 1.4])
    def test_of_three_at_eps_0_is_an_angle(self, c):
        # z = 0: (g, s / sqrt(3)) points in any direction alike; x_hat <= c where tan = g / s <= c / sqrt(2 - c^2).
        angle = math.atan(math.sqrt(3) * c / math.sqrt(2 - c * c))

        assert companion_law(0.0, 3, 1e-20).below(c) == pytest.approx(0.5 + angle / math.pi, abs=CLOSE)

    @pytest.mark.parametrize("size", [2, 3, 8, 64])
    def test_agrees_with_a_simulation(self, size):
        count = 5_000
        x = np.random.default_rng(size).standard_normal((size, count))
        x[0] = 0.7
        y = batch_norm(x, eps=1e-2).x_hat[0]
        law = companion_law(0.7, size, 1e-2)

        for c in np.quantile(y, [0.1, 0.5, 0.9]):
            share = float(law.below(c))
            assert abs(np.mean(y <= c) - share) < 4.5 * math.sqrt(share * (1 - share) / count) + 1e-12

    def test_ends_at_the_bound_of_a_member(self):
        bound = math.sqrt(4)

        assert companion_law(1.0, 5, 1e-9).below([-np.inf, -bound, bound, np.inf]).tolist() == [0.0, 0.0, 1.0, 1.0]

    def test_of_one_alone_steps_at_zero(self):
        assert companion_law(5.0, 1, 1e-5).below([-1e-9, 0.0, 1e-9]).tolist() == [0.0, 1.0, 1.0]


class TestMoments:
    def test_among_two_companions(self):
        # At eps = 0 and z = 0, x_hat^2 = 2 tan^2 / (1 + tan^2) with tan = g / s, g / s = cot(angle) / sqrt(3):
        # E = 2 / (1 + sqrt(3)), the mean of 2 a^2 cos^2 / (a^2 cos^2 + sin^2) over all angles being 2 a / (a + 1).
        assert companion_law(0.0, 3, 1e-20).moments[1] ** 2 == pytest.approx(2 / (1 + math.sqrt(3)), rel=CLOSE)

    def test_stays_below_its_limit_at_eps_0(self):
        spread = companion_law(0.0, 3, 1e-5 / 2.5**2).moments[1]

        assert spread == pytest.approx(0.8555718, abs=5e-8)
        assert spread < math.sqrt(2 / (1 + math.sqrt(3)))

    @pytest.mark.parametrize("eps", [1e-12, 1e-5, 1e-3, 1.0])
    def test_of_two_is_plus_or_minus_one_but_for_eps(self, eps):
        # x_hat^2 = d^2 / (d^2 + a), a = 4 eps and d standard normal: E[a / (d^2 + a)] in closed form.
        a = 4 * eps
        missing = math.sqrt(math.pi * a / 2) * math.exp(a / 2) * math.erfc(math.sqrt(a / 2))

        assert companion_law(0.0, 2, eps).moments[1] ** 2 == pytest.approx(1 - missing, rel=CLOSE)

    @pytest.mark.parametrize("size", [3, 4, 32, 200])
    def test_averaged_over_all_inputs_x_hat_has_variance_one(self, size):
        # The members of a batch have a mean x_hat^2 of 1 at eps = 0; the tracked one is like them if z is drawn.
        z, weight = np.polynomial.hermite_e.hermegauss(60)
        moments = [companion_law(each, size, 1e-14).moments for each in z]
        second = sum(w * (std**2 + mean**2) for w, (mean, std, _) in zip(weight / weight.sum(), moments, strict=True))

        # In z the mean square turns within sqrt(1 / size), which 60 nodes resolve to 1e-5.
        assert second == pytest.approx(1, abs=1e-5)

    @pytest.mark.parametrize("size", [3, 8, 32, 1024])
    def test_are_those_of_the_distribution(self, size):
        law = companion_law(0.4, size, 1e-3)
        mean, std, kurtosis = law.moments
        bound = math.sqrt(size - 1)
        edges = np.linspace(max(mean - 8 * std, -bound), min(mean + 8 * std, bound), 601)
        shares, middles = np.diff(law.below(edges)), (edges[1:] + edges[:-1]) / 2
        scaled, bin_width = (middles - mean) / std, (edges[1] - edges[0]) / std

        # The middle stands for a bin: off by its square in smooth densities, and a little more at their bounds.
        room = bin_width**1.5
        assert (shares * scaled).sum() == pytest.approx(0, abs=room)
        assert (shares * scaled**2).sum() == pytest.approx(1, abs=room)
        assert (shares * scaled**4).sum() == pytest.approx(kurtosis, rel=4 * room)

    @pytest.mark.parametrize("z", [0.0, 1.0, 3.0])
    def test_tend_to_the_first_order_width(self, z):
        # The next order is a few times (1 + z^2) / N.
        spread = companion_law(z, 1024, 1e-9).moments[1]
        assert spread == pytest.approx(math.sqrt((1 + z * z / 2) / 1024), rel=4 * (1 + z * z) / 1024)

    @pytest.mark.parametrize("size", [2, 3, 32, 1024])
    @pytest.mark.parametrize("z", [1e3, 1e12, -1e12])
    def test_far_out_it_is_the_bound_of_a_member(self, size, z):
        mean = companion_law(z, size, 1e-12).moments[0]

        # It misses the bound by (s / g)^2 / 2, about size / (2 z^2), of itself.
        assert mean == pytest.approx(math.copysign(math.sqrt(size - 1), z), rel=size / z**2 + 1e-15)

    def test_of_one_alone_is_a_point(self):
        assert companion_law(5.0, 1, 1e-5).moments == (0.0, 0.0, 3.0)


class TestRefusals:
    @pytest.mark.parametrize(
        ("size", "eps", "message"),
        [
            (0, 1e-5, "size must be at least 1; got 0."),
            (3, 0.0, "eps must be a number more than 0; got 0."),
        ],
    )
    def test_out_of_range(self, size, eps, message):
        with pytest.raises(InputError) as error:
            companion_law(0.0, size, eps)

        assert str(error.value) == message
