"""What the texts say without a claim that checks it: each fact is shown on the engine, by an identity or by hand."""

import math

import numpy as np
import pytest

from bnsim.engine import batch_norm, batch_norm_backward, batch_norm_eval, layer_norm
from bnsim.learn import all_pages

EPS = 1e-5
ROUNDING = 1e-12
"""Sums of a few dozen numbers near 10 in float64, with room."""


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def x(rng):
    return rng.normal(size=(32, 3)) + np.arange(32)[:, None]


def said(page: str, words: str) -> bool:
    """Return whether a text says these words: who rewords it looks here at what was shown."""
    return words in " ".join(
        piece.words for block in all_pages()[page].text for line in block.lines for cell in line for piece in cell
    )


class TestGradientAccumulation:
    def test_of_small_batches_is_not_the_gradient_of_the_large_one(self, x, rng):
        dy = rng.normal(size=x.shape)
        _, whole, _ = batch_norm_backward(dy, batch_norm(x))
        halves = [batch_norm_backward(dy[part], batch_norm(x[part]))[1] for part in (slice(0, 16), slice(16, 32))]

        assert said("questions", "so the sum is not the gradient of the large batch, as it is under layer norm")
        assert np.max(np.abs(sum(halves) - whole)) > 1

    def test_is_so_under_layer_norm(self, x, rng):
        dy = rng.normal(size=x.shape)
        x_hat = layer_norm(x, axes=(1,), eps=EPS)
        halves = [
            np.sum(dy[part] * layer_norm(x[part], axes=(1,), eps=EPS), axis=0) for part in (slice(16), slice(16, 32))
        ]

        np.testing.assert_allclose(sum(halves), np.sum(dy * x_hat, axis=0), rtol=0, atol=ROUNDING)


class TestDropout:
    def test_before_batch_norm_widens_values_in_training_only(self):
        """Of the values 0 and 2, half of them dropped and the others doubled: the variance is 3, not 1."""
        values, dropped = np.array([[0.0], [2.0]]), np.array([[0.0], [0.0], [0.0], [4.0]])
        training = batch_norm(dropped)
        y = batch_norm_eval(values, training.mean, training.var)

        assert said("questions", "in training it makes the values wider, the running variance is that of the wider")
        np.testing.assert_allclose(training.mean, [1.0], rtol=ROUNDING)
        np.testing.assert_allclose(training.var, [3.0], rtol=ROUNDING)
        np.testing.assert_allclose(np.std(y), 1 / math.sqrt(3 + EPS), rtol=ROUNDING)


class TestPlace:
    def test_after_the_last_layer_every_score_has_the_mean_beta(self, x):
        beta = np.array([1.0, 2.0, 3.0])
        sevens = x + np.array([9.0, 0.0, 0.0])
        one_class, another = batch_norm(sevens, beta=beta).y, batch_norm(x, beta=beta).y

        assert said("what-goes-wrong", "it gives each score the mean β over every batch in training")
        np.testing.assert_allclose(np.mean(one_class, axis=0), beta, rtol=0, atol=ROUNDING)
        np.testing.assert_allclose(one_class, another, rtol=0, atol=ROUNDING)


class TestSize:
    def test_of_outputs_in_training_mode_is_bounded_by_gamma_and_beta(self):
        far = np.zeros((10, 1))
        far[0] = 1e6
        y = batch_norm(far, np.array([-2.0]), np.array([5.0])).y

        assert said("questions", "Not in training mode, unless γ or β is")
        np.testing.assert_allclose(
            np.max(np.abs(y - 5)), 2 * math.sqrt(10 - 1), rtol=1e-9
        )  # ε beside a variance of 9e10

    def test_in_eval_mode_is_up_to_one_over_the_root_of_eps_for_each_unit(self):
        y = batch_norm_eval(np.array([[1.0]]), np.zeros(1), np.zeros(1))

        np.testing.assert_allclose(y, [[1 / math.sqrt(EPS)]], rtol=ROUNDING)


class TestNewStatistics:
    def convolved(self, images: np.ndarray, mode: str) -> np.ndarray:
        return np.array([np.convolve(image, [1.0, 2.0, -0.5], mode) for image in images])[:, None, :]

    @pytest.fixture
    def images(self, rng):
        return rng.uniform(size=(8, 10))

    def test_undo_one_change_of_contrast_and_brightness(self, images):
        changed = 0.3 * images + 0.35
        before, after = (batch_norm(self.convolved(each, "valid"), eps=1e-30).y for each in (images, changed))

        np.testing.assert_allclose(after, before, rtol=0, atol=ROUNDING)

    def test_do_so_only_nearly_where_a_convolution_pads_with_zeros(self, images):
        changed = 0.3 * images + 0.35
        before, after = (batch_norm(self.convolved(each, "same"), eps=1e-30).y for each in (images, changed))

        assert said(
            "where-it-is-used", "A convolution that pads with zeros feels the change of brightness at its borders"
        )
        assert np.max(np.abs(after - before)[:, 0, [0, -1]]) > 0.5

    def test_and_a_change_of_contrast_alone_is_undone_there_too(self, images):
        before, after = (batch_norm(self.convolved(each, "same"), eps=1e-30).y for each in (images, 0.3 * images))

        np.testing.assert_allclose(after, before, rtol=0, atol=ROUNDING)


class TestHalfPrecision:
    def test_holds_no_square_from_256_on(self):
        with np.errstate(over="ignore"):
            assert said("questions", "Squares of numbers from 256 on are too large for float16")
            assert np.isinf(np.float16(256) ** 2)
            assert np.isfinite(np.float16(255) ** 2)


class TestOtherStd:
    def test_of_32_values_is_1_6_percent_larger(self):
        assert said("two-worked-examples", "For 32 values the other one is 1.6 % larger")
        assert round(100 * (math.sqrt(32 / 31) - 1), 1) == 1.6
