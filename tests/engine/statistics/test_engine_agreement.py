"""Whether a batch and running statistics can be of the same data: level and power of the test, and its formulas."""

import math

import numpy as np
import pytest

from bnsim.engine.statistics.agreement import LEVEL, agreement
from bnsim.engine.statistics.channels import example_spread
from bnsim.engine.theory.student import critical, two_sided

EPS = 1e-5
FILES = 200
"""Files of each kind; at a level of 5 % more than 16 of them are flagged one time in twenty thousand."""

MOST_FLAGGED = 20
"""In 200 files of a level of 5 % the number flagged is 10, give or take 3.1: three standard errors above."""

# Draws -> mean and variance of what is drawn from.
POPULATIONS = {
    "normal": (lambda rng, shape: rng.normal(size=shape), 0.0, 1.0),
    "laplace": (lambda rng, shape: rng.laplace(size=shape), 0.0, 2.0),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0, 1.0),
    "t with 3 degrees, of infinite kurtosis": (lambda rng, shape: rng.standard_t(3, size=shape), 0.0, 3.0),
    "lognormal, of kurtosis 114": (
        lambda rng, shape: rng.lognormal(size=shape), math.exp(0.5), math.e * (math.e - 1)
    ),
    "after a ReLU": (
        lambda rng, shape: np.maximum(rng.normal(size=shape), 0), 1 / math.sqrt(2 * math.pi), 0.5 - 0.5 / math.pi
    ),
    "0 but one time in twenty": (lambda rng, shape: (rng.random(shape) < 0.05) * 1.0, 0.05, 0.0475),
}  # fmt: skip
SHAPES = ((4, 32, 1), (8, 1, 1), (16, 16, 4), (64, 16, 1), (256, 2, 1))


def held(x, mean, var, **more):
    channels = x.shape[1]
    spread = example_spread([x], x.mean(axis=(0, 2)))
    return agreement(spread, np.full(channels, mean), np.full(channels, var), eps=EPS, **more)


class TestLevel:
    @pytest.mark.parametrize("name", POPULATIONS)
    def test_at_most_one_file_in_twenty_is_flagged_if_nothing_is_wrong(self, name):
        draw, mean, var = POPULATIONS[name]
        rng = np.random.default_rng(5)
        flagged = [
            sum(held(draw(rng, shape), mean, var).differs.any() for _ in range(FILES // len(SHAPES)))
            for shape in SHAPES
        ]

        assert sum(flagged) <= MOST_FLAGGED

    def test_positions_of_one_example_do_not_count(self):
        # All 49 positions of an example are nearly the same: counted, they would make 4 files in 5 differ.
        rng = np.random.default_rng(6)
        flagged = [
            held(rng.normal(size=(32, 8, 1)) + 0.1 * rng.normal(size=(32, 8, 49)), 0, 1.01).differs.any()
            for _ in range(FILES)
        ]

        assert sum(flagged) <= MOST_FLAGGED

    def test_nor_are_files_flagged_for_the_error_of_the_running_statistics(self):
        rng = np.random.default_rng(7)
        flagged = 0
        for _ in range(FILES):
            # 19 batches of 32, as momentum 0.1 weighs them in the long run.
            before, now = rng.normal(size=(608, 4)), rng.normal(size=(2000, 4, 1))
            spread = example_spread([now], now.mean(axis=(0, 2)))
            found = agreement(spread, before.mean(axis=0), before.var(axis=0, ddof=1), eps=EPS, rests_on=608)
            flagged += found.differs.any()

        assert flagged <= MOST_FLAGGED


class TestPower:
    @pytest.mark.parametrize(
        ("examples", "shift", "least"), [(32, 1.0, 0.8), (64, 0.75, 0.8), (256, 0.35, 0.8), (256, 0.1, 0.0)]
    )
    def test_a_shift_of_one_channel_in_sixteen_is_found(self, examples, shift, least):
        rng = np.random.default_rng(8)
        found = []
        for _ in range(40):
            x = rng.normal(size=(examples, 16, 1))
            x[:, 3] += shift
            found.append(held(x, 0, 1).has_shifted)

        share = np.mean(found, axis=0)
        assert share[3] >= least
        assert np.delete(share, 3).max() <= 0.05

    @pytest.mark.parametrize(("ratio", "least"), [(3.0, 0.9), (1 / 3, 0.9)])
    def test_a_variance_three_times_as_large_or_small_is_found(self, ratio, least):
        rng = np.random.default_rng(9)
        found = [held(rng.normal(size=(128, 16, 1)) * math.sqrt(ratio), 0, 1).has_spread.mean() for _ in range(20)]

        assert np.mean(found) >= least

    def test_what_would_be_seen_one_time_in_two_is(self):
        rng = np.random.default_rng(10)
        shift = held(rng.normal(size=(128, 4, 1)), 0, 1).seen_shift[0]
        offset = np.array([[shift], [0], [0], [0]])
        found = [held(rng.normal(size=(128, 4, 1)) + offset, 0, 1).has_shifted[0] for _ in range(200)]

        # The error of a share of one half of 200 is 0.035; that of the estimated shift, 6 %, moves it by as much again.
        assert abs(np.mean(found) - 0.5) <= 0.2


class TestFormulas:
    def test_of_normal_numbers_it_is_students_t(self):
        x = np.random.default_rng(11).normal(size=(20, 1, 1))
        x *= 2 / x.std(ddof=1)
        found = held(x, 0.3, 1.0)
        t = (x.mean() - 0.3) / (2 / math.sqrt(20))

        # Two tests; the running variance is less than what is seen, so that it changes nothing.
        np.testing.assert_allclose(found.shift, (x.mean() - 0.3) / math.sqrt(1 + EPS), rtol=1e-12)
        np.testing.assert_allclose(found.ratio, 4, rtol=1e-12)
        smallest = min(float(found.p_shift[0]), float(found.p_ratio[0]))
        raw = float(two_sided(t, 19))
        assert math.isclose(float(found.p_shift[0]), raw * (2 if found.p_shift[0] == smallest else 1), rel_tol=1e-9)
        asked = critical(LEVEL / 2, 19) * 2 / math.sqrt(20) / math.sqrt(1 + EPS)
        np.testing.assert_allclose(found.seen_shift, asked, rtol=1e-9)

    def test_no_finding_hangs_on_a_single_example(self):
        x = np.random.default_rng(12).normal(size=(40, 1, 1))
        x[0] = 1000

        assert not held(x, 0, 1).has_spread.any()

    def test_one_example_says_nothing(self):
        found = held(np.random.default_rng(13).normal(size=(1, 3, 50)), 5, 1)

        assert not found.tested.any()
        assert np.isnan(found.seen_shift).all()

    def test_channels_that_are_not_finite_are_left_out(self):
        x = np.random.default_rng(14).normal(size=(30, 4, 1))
        x[0, 1] = np.nan
        spread = example_spread([x], x.mean(axis=(0, 2)))
        found = agreement(spread, np.array([0.0, 0, np.inf, 0]), np.array([1.0, 1, 1, -1]), eps=EPS)

        assert found.tested.tolist() == [True, False, False, False]

    def test_a_channel_that_has_died_is_found_once_there_are_enough_examples(self):
        few, many = (held(np.zeros((count, 1, 1)), 0, 1).has_spread[0] for count in (8, 2000))

        assert (few, many) == (False, True)

    def test_statistics_that_are_right_to_the_last_digit_are_right(self):
        x = np.full((10, 2, 1), 3.0)

        assert held(x, 3.0, 0.0).p_shift.tolist() == [1, 1]
        assert held(x, 3.0, 0.0).p_ratio.tolist() == [1, 1]
