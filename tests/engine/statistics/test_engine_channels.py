"""What is known of channels: the same in blocks as at once, by the formulas of whole arrays."""

import numpy as np
import pytest

from bnsim.engine import NormKind, normalize
from bnsim.engine.statistics.channels import channel_profile, example_spread
from bnsim.errors import InputError

EPS = 1e-3
ROUNDING = 1e-12
"""Of some thousand sums in float64, in another order."""


@pytest.fixture(scope="module")
def x():
    x = np.random.default_rng(3).normal(2, 3, size=(50, 4, 6))
    x[:, 1] = 0
    x[:20, 2] = 0
    return x


def blocks(x):
    return [x[:7], x[7:8], x[8:]]


class TestProfile:
    def test_is_what_the_whole_array_says(self, x):
        found = channel_profile(blocks(x), eps=EPS, groups=2)

        assert (found.examples, found.count) == (50, 300)
        np.testing.assert_allclose(found.mean, x.mean(axis=(0, 2)), rtol=ROUNDING, atol=ROUNDING)
        np.testing.assert_allclose(found.var, x.var(axis=(0, 2)), rtol=ROUNDING, atol=ROUNDING)
        np.testing.assert_array_equal(found.zeros, [0, 1, 0.4, 0])
        np.testing.assert_array_equal(found.low, x.min(axis=(0, 2)))
        np.testing.assert_array_equal(found.high, x.max(axis=(0, 2)))
        np.testing.assert_array_equal(found.odd, 0)

    def test_the_largest_is_that_of_the_normalized_batch(self, x):
        largest = np.abs(normalize(x, NormKind.BATCH, eps=EPS)).max(axis=(0, 2))

        np.testing.assert_allclose(channel_profile(blocks(x), eps=EPS).largest(EPS), largest, rtol=ROUNDING)

    @pytest.mark.parametrize("kind", NormKind)
    def test_each_norm_gives_what_it_gives_at_once(self, x, kind):
        y = normalize(x, kind, groups=2, eps=EPS)
        mean, std = channel_profile(blocks(x), eps=EPS, groups=2).family[kind]

        # A standard deviation is the root of a variance that is right to 1e-15 of the squares, about 1.
        np.testing.assert_allclose(mean, y.mean(axis=(0, 2)), atol=ROUNDING)
        np.testing.assert_allclose(std, y.std(axis=(0, 2)), rtol=ROUNDING, atol=1e-7)

    def test_what_is_not_finite_stays_in_its_channel(self, x):
        odd = x.copy()
        odd[3, 0, 1], odd[4, 0, 1] = np.nan, np.inf
        found = channel_profile(blocks(odd), eps=EPS)

        np.testing.assert_array_equal(found.odd, [2, 0, 0, 0])
        assert np.isnan(found.mean).tolist() == [True, False, False, False]

    def test_of_nothing_is_refused(self):
        with pytest.raises(InputError) as error:
            channel_profile([], eps=EPS)

        assert str(error.value) == "activations must hold at least one example; got none."


class TestExamples:
    def test_spread_is_what_the_whole_array_says(self, x):
        mean = x.mean(axis=(0, 2))
        means, squares = x.mean(axis=2), np.square(x - mean[:, None]).mean(axis=2)
        found = example_spread(blocks(x), mean)

        assert found.examples == 50
        np.testing.assert_allclose(found.mean_var, means.var(axis=0, ddof=1), rtol=ROUNDING, atol=ROUNDING)
        np.testing.assert_allclose(found.square, squares.mean(axis=0), rtol=ROUNDING, atol=ROUNDING)
        np.testing.assert_allclose(found.square_var, squares.var(axis=0, ddof=1), rtol=ROUNDING, atol=ROUNDING)
        np.testing.assert_allclose(found.largest_square, squares.max(axis=0), rtol=ROUNDING)

    def test_with_one_value_an_example_the_variance_is_the_unbiased_one(self):
        x = np.random.default_rng(4).normal(size=(9, 3, 1))

        np.testing.assert_allclose(
            example_spread([x], x.mean(axis=(0, 2))).var, x.var(axis=(0, 2), ddof=1), rtol=ROUNDING
        )
