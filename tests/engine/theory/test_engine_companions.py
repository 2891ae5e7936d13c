"""One value among random companions: the exact distribution of its x_hat against closed forms and identities."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from cases import together

from bnsim.engine import batch_norm
from bnsim.engine.theory.companion_tails import companion_quantile, companion_tail
from bnsim.engine.theory.companions import companion_means, companion_moments
from bnsim.errors import InputError

EPSILONS = (1e-24, 1e-12, 1e-5, 1e-2, 1.0, 1e6)
NINE = 1e-9
"""What is asked of the quadrature: the product shows six digits."""


def of_three(eps: float) -> float:
    """Return E[x_hat**2] of a value on the population's mean with two companions.

    With g1 = sqrt(2) d and g2 = r independent standard normal, x_hat**2 = 2 g1**2 / (g1**2 + 3 g2**2 + 9 eps). In polar
    coordinates, s = g1**2 + g2**2 exponential with mean 2, the average over the angle of 2 c**2 / (A - 2 c**2) is
    sqrt(A / (A - 2)) - 1 with A = 3 + 9 eps / s. The trapezoidal rule over log(s) is exact to rounding.
    """
    s = np.exp(np.arange(-100, 6, 0.02))
    inside = np.sqrt((3 + 9 * eps / s) / (1 + 9 * eps / s)) - 1
    return float((inside * np.exp(-s / 2) / 2 * s).sum() * 0.02)


class TestMoments:
    @pytest.mark.parametrize("eps", [1e-12, 1e-5 / 6.25, 1e-3, 1.0, 1e4])
    def test_of_three_on_the_mean_are_the_closed_form(self, eps):
        found = companion_moments(0.0, 3, eps=eps)

        assert found.std**2 == pytest.approx(of_three(eps), rel=NINE)
        assert abs(found.mean) < 1e-12

    def test_of_three_on_the_mean_never_exceed_the_limit_without_eps(self):
        stds = [companion_moments(0.0, 3, eps=eps).std for eps in (1e-12, 1e-9, 1.6e-6, 1e-5)]

        assert f"{companion_moments(0.0, 3, eps=1e-5 / 2.5**2).std:.6f}" == "0.855572"
        assert stds == sorted(stds, reverse=True)
        assert stds[0] < math.sqrt(math.sqrt(3) - 1) < stds[0] + 1e-6

    @pytest.mark.parametrize("eps", [1e-12, 1e-5, 1e-3, 1.0])
    def test_of_two_on_the_mean_are_the_closed_form(self, eps):
        # x_hat**2 = d**2 / (d**2 + a), a = 4 eps, d standard normal: 1 - sqrt(pi a / 2) e^(a / 2) erfc(sqrt(a / 2)).
        a = 4 * eps
        expected = 1 - math.sqrt(math.pi * a / 2) * math.exp(a / 2) * math.erfc(math.sqrt(a / 2))

        assert companion_moments(0.0, 2, eps=eps).std ** 2 == pytest.approx(expected, rel=NINE)

    @pytest.mark.parametrize("z", [0.0, 0.4, 2.0])
    def test_of_two_are_those_of_a_coin(self, z):
        up = 0.5 * math.erfc(-z / math.sqrt(2))
        found = companion_moments(z, 2, eps=1e-24)
        std = 2 * math.sqrt(up * (1 - up))

        # What eps = 1e-24 takes is its root at most; of +1 and -1 the kurtosis is 1 / (p (1 - p)) - 3.
        assert found.mean == pytest.approx(2 * up - 1, abs=1e-6)
        assert found.std == pytest.approx(std, abs=1e-6)
        assert found.kurtosis == pytest.approx(1 / (up * (1 - up)) - 3, rel=1e-5)

    @pytest.mark.parametrize("size", [2, 3, 4, 32])
    @pytest.mark.parametrize("eps", [1e-5, 0.1])
    def test_averaged_over_all_values_the_mean_square_is_that_of_a_member(self, size, eps):
        # A member of a batch has E[x_hat**2] = E[v / (v + eps)], size v chi-squared with size - 1 degrees of freedom.
        z, weight = np.polynomial.legendre.leggauss(200)
        weight = 9 * weight * np.exp(-((9 * z) ** 2) / 2) / math.sqrt(2 * math.pi)
        each = [companion_moments(9 * value, size, eps=eps) for value in z]
        chi = np.exp(np.arange(-40, 6, 0.005))  # chi-squared
        density = np.exp((size - 1) / 2 * np.log(chi / 2) - chi / 2 - math.lgamma((size - 1) / 2)) * 0.005
        expected = float((density * chi / size / (chi / size + eps)).sum())

        assert sum(w * (m.std**2 + m.mean**2) for w, m in zip(weight, each, strict=True)) == pytest.approx(
            expected, rel=1e-7
        )

    @pytest.mark.parametrize("eps", [1e-9, 1.0])
    @pytest.mark.parametrize("z", [0.0, 1.0, 3.0])
    def test_tend_to_the_first_order_width(self, z, eps):
        kept = 1 / (1 + eps)
        first = math.sqrt(kept * (1 + kept**2 * z * z / 2) / 1024)

        # The next order is a few times (1 + z²) / N, some hundredths at most.
        assert companion_moments(z, 1024, eps=eps).std == pytest.approx(first, rel=4 * (1 + z * z) / 1024)

    @pytest.mark.parametrize(("z", "size", "eps"), [(0.4, 3, 1e-5), (1.5, 5, 0.1), (-2.0, 8, 1e-3)])
    def test_are_those_of_many_batches_through_the_engine(self, z, size, eps):
        draws = 40_000
        batches = np.random.default_rng(1).standard_normal((size, draws))
        batches[0] = z
        x_hat = batch_norm(batches, eps=eps).x_hat[0]
        found = companion_moments(z, size, eps=eps)
        room = 4.5 / math.sqrt(draws)

        assert x_hat.mean() == pytest.approx(found.mean, abs=room * found.std)
        assert x_hat.std() == pytest.approx(found.std, rel=room * math.sqrt(found.kurtosis - 1) / 2)
        fourth = ((x_hat - found.mean) / found.std) ** 4
        assert fourth.mean() == pytest.approx(found.kurtosis, abs=room * fourth.std())

    def test_of_one_alone_are_a_point(self):
        found = companion_moments(5.0, 1, eps=1e-5)

        assert (found.mean, found.std, found.kurtosis) == (0.0, 0.0, 3.0)


class TestManyAtOnce:
    @pytest.mark.parametrize("eps", [1e-12, 1e-6, 1e-3, 1.0])
    def test_have_four_digits_of_mean_and_standard_deviation(self, eps):
        sizes = np.repeat([2.0, 3.0, 4.0, 5.0, 7.0, 8.0, 12.0, 32.0, 128.0], 9)
        z = np.tile([0.0, 1e-3, -0.3, 0.8, -2.0, 3.5, -6.0, 20.0, -300.0], 9)
        mean, std = companion_means(z, sizes, eps=eps)

        exact = [companion_moments(*each, eps=eps) for each in zip(z.tolist(), map(int, sizes), strict=True)]
        within = 1e-4 * np.array([each.std for each in exact]) + 1e-12 * np.sqrt(sizes)
        assert (np.abs(mean - [each.mean for each in exact]) <= within).all()
        assert (np.abs(std - [each.std for each in exact]) <= within).all()

    def test_are_of_no_spread_where_there_is_none(self):
        mean, std = companion_means(np.full(2, 1e15), np.array([2.0, 7.0]), eps=1e-5)

        assert (mean.tolist(), std.tolist()) == (pytest.approx([1.0, math.sqrt(6)], rel=1e-14), [0.0, 0.0])


class TestTail:
    @together("eps", EPSILONS)
    @together("z", [-6.0, 0.0, 0.4, 2.0])
    @together("size", [2, 3, 4, 8, 32, 1024])
    def test_at_0_is_the_chance_of_a_smaller_mean(self, size, z, eps):
        above = 0.5 * math.erfc(-z * math.sqrt((size - 1) / 2))

        assert float(companion_tail(0.0, z, size, eps=eps)) == pytest.approx(above, abs=NINE)

    @pytest.mark.parametrize("size", [2, 3, 32])
    def test_beyond_the_bound_of_a_member_is_nothing(self, size):
        bound = math.sqrt(size - 1)

        for z in (0.0, 1e3, -1e12):
            assert companion_tail([-bound, bound, math.inf, -math.inf], z, size, eps=1e-12).tolist() == [1, 0, 0, 1]

    @pytest.mark.parametrize("x_hat", [-0.9, 0.3, 1.2])
    def test_averaged_over_all_values_is_the_law_of_a_member(self, x_hat):
        # Of four values x_hat is even between -sqrt(3) and sqrt(3) without eps.
        z, weight = np.polynomial.legendre.leggauss(200)
        weight = 9 * weight * np.exp(-((9 * z) ** 2) / 2) / math.sqrt(2 * math.pi)
        found = sum(w * float(companion_tail(x_hat, 9 * at, 4, eps=1e-24)) for w, at in zip(weight, z, strict=True))

        assert found == pytest.approx(0.5 - x_hat / (2 * math.sqrt(3)), abs=1e-7)

    @pytest.mark.parametrize(
        ("z", "size", "eps"),
        [(0.4, 3, 1e-5), (2.0, 32, 1e-5), (0.4, 1024, 1e-5), (1e3, 6, 1e-5), (-3.0, 128, 1e-3), (0.4, 2, 1e-5)],
    )
    def test_integrates_to_the_moments(self, z, size, eps):
        found, bound = companion_moments(z, size, eps=eps), math.sqrt(size - 1)
        steps = np.array([-60, -30, -16, -12, -8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8, 12, 16, 30, 60])
        ends = np.unique(np.clip(found.mean + found.std * steps, -bound, bound))
        node, weight = np.polynomial.legendre.leggauss(16)
        half = np.diff(ends)[:, None] / 2
        at = ends[:-1, None] + half * (1 + node)
        tail = companion_tail(at, z, size, eps=eps) * half * weight
        apart = ends[0] - found.mean

        # E[X] = low + integral of P(X > x), and E[(X - mean)²] likewise with 2 (x - mean). Of two values x_hat
        # jumps, and of three its density has poles at the bound, which these panels only approach.
        room = {2: 1e-2, 3: 1e-5}.get(size, 1e-6)
        assert ends[0] + tail.sum() == pytest.approx(found.mean, abs=room * found.std)
        assert apart**2 + 2 * (tail * (at - found.mean)).sum() == pytest.approx(found.std**2, rel=room)

    def test_of_many_cases_at_once_is_that_of_each(self):
        z, size, eps = np.array([0.4, -3.0, 30.0]), np.array([2, 3, 64]), np.array([1e-5, 1e-9, 1.0])
        at = np.array([[-0.5], [0.0], [0.9]])
        each = [
            [float(companion_tail(x, *case[:2], eps=case[2])) for case in zip(z, size, eps, strict=True)]
            for x in at[:, 0]
        ]

        np.testing.assert_allclose(companion_tail(at, z, size, eps=eps), each, rtol=NINE)


class TestQuantile:
    @together("eps", [1e-12, 1e-5, 1e-3, 1.0])
    @together("size", [3, 4, 5, 8, 32, 1024])
    def test_what_is_more_has_the_rest_of_the_probability(self, size, eps):
        share, z = np.array([[0.001], [0.025], [0.5], [0.975]]), np.array([-1e4, -30.0, -1.0, 0.0, 0.4, 7.0])
        found = companion_quantile(share, z, size, eps=eps)

        # Far out x_hat is steep in its probability: one unit in the last place of it is a share of 1e-6 there.
        room = 1e-9 + 1e-5 * (np.abs(z) > 1e3)
        assert (np.abs(companion_tail(found, z, size, eps=eps) - (1 - share)) < room).all()

    @together("z", [sign * size for sign in (-1, 1) for size in (1e-16, 1e-9, 1e-6, 1e-3)])
    @together("size", [3, 4, 5, 8, 10])
    @together("eps", [1e-15, 1e-5])
    def test_has_the_probability_also_next_to_the_middle(self, size, z, eps):
        share = np.array([1e-6, 0.001, 0.025, 0.5, 0.975, 0.999])
        found = companion_quantile(share, z, size, eps=eps)

        np.testing.assert_allclose(1 - companion_tail(found, z, size, eps=eps), share, rtol=1e-9, atol=1e-11)

    def test_with_one_companion_is_the_closed_form(self):
        share = np.array([0.1, 0.5, 0.9])
        d = 0.4 + np.array([NormalDist().inv_cdf(each) for each in share])

        np.testing.assert_allclose(
            companion_quantile(share, 0.4, 2, eps=0.1), d / 2 / np.sqrt(d**2 / 4 + 0.1), rtol=1e-12
        )

    @together("z", [0.0, -1e6, 1e200])
    @together("size", [2, 3, 32, 4_000_000])
    def test_is_within_reach_however_seldom_and_far_out(self, size, z):
        found = companion_quantile([1e-300, 1e-15, 0.5, 1 - 1e-15], z, size, eps=1e-5)

        assert (np.abs(found) <= math.sqrt(size - 1) * (1 + 1e-15)).all()
        assert (np.diff(found) >= -1e-9 * math.sqrt(size)).all()

    def test_is_where_so_many_batches_through_the_engine_are(self):
        batches = np.random.default_rng(2).standard_normal((32, 40_000))
        batches[0] = 0.0
        x_hat = batch_norm(batches).y[0]
        below = float(np.mean(x_hat <= companion_quantile(0.975, 0.0, 32, eps=1e-5)))

        assert below == pytest.approx(0.975, abs=4.5 * math.sqrt(0.975 * 0.025 / 40_000))


class TestRefusals:
    def test_say_what_must_be(self):
        for message, call in {
            "size must be at least 1; got 0.": lambda: companion_moments(0.0, 0, eps=1e-5),
            "z must be a finite number; got nan.": lambda: companion_moments(math.nan, 2, eps=1e-5),
            "size must be at least 2; got 1.": lambda: companion_tail(0.0, 0.0, 1, eps=1e-5),
            "z must be finite numbers; got inf.": lambda: companion_tail(0.0, [0.0, math.inf], 2, eps=1e-5),
            "share must be more than 0 and less than 1; got 1.": lambda: companion_quantile([0.5, 1], 0.0, 2, eps=1e-5),
        }.items():
            with pytest.raises(InputError) as error:
                call()
            assert str(error.value) == message


class TestSettled:
    def test_after_a_small_step_no_more_is_missing_than_that(self):
        cases = {"z": [0.0, 0.4, -3.0, 2.0], "size": [2, 3, 32, 128], "eps": 1e-5}

        found = companion_quantile([0.025, 0.975, 0.5, 0.1], **cases, settled=1e-6)

        np.testing.assert_allclose(found, companion_quantile([0.025, 0.975, 0.5, 0.1], **cases), rtol=1e-6)
