"""Ghost batches, batch renormalization and masks."""

import numpy as np
import pytest

from bnsim.engine import (
    RunningStats,
    batch_norm,
    batch_norm_backward,
    batch_norm_eval,
    batch_renorm,
    batch_renorm_backward,
    batch_stats,
    ghost_batch_norm,
    ghost_batch_norm_backward,
    masked_batch_norm,
    masked_batch_norm_backward,
    merge,
)
from bnsim.errors import InputError, ShapeError

EXACT = 1e-13


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(3, 2, (12, 4))


@pytest.fixture
def running():
    return RunningStats(np.array([2.0, 3.0, 4.0, 3.0]), np.array([1.0, 4.0, 9.0, 3.0]), 10)


class TestGhost:
    def test_one_ghost_batch_is_batch_norm(self, x):
        np.testing.assert_allclose(ghost_batch_norm(x, 12, 2.0, 1.0).y, batch_norm(x, 2.0, 1.0).y, atol=EXACT)

    def test_each_ghost_batch_has_its_own_statistics(self, x):
        ghost = ghost_batch_norm(x, 4)

        assert len(ghost.batches) == 3
        for number, start in enumerate((0, 4, 8)):
            part = x[start : start + 4]
            np.testing.assert_allclose(ghost.y[start : start + 4], batch_norm(part).y, atol=EXACT)
            np.testing.assert_allclose(ghost.batches[number].var, batch_stats(part).var, atol=EXACT)

    @pytest.mark.parametrize("size", [0, 5, 24, -4, 2.5])
    def test_the_size_must_divide_the_batch(self, x, size):
        with pytest.raises(ShapeError) as error:
            ghost_batch_norm(x, size)

        assert str(error.value) == (
            f"size must divide the 12 examples of x; got size={size}. Or give the size of each part, such as (4, 4, 2)."
        )

    def test_unequal_parts_are_normalized_each_by_itself(self, x):
        ghost = ghost_batch_norm(x, (5, 5, 2), 2.0, 1.0)

        parts = [x[:5], x[5:10], x[10:]]
        np.testing.assert_allclose(
            ghost.y, np.concatenate([batch_norm(part, 2.0, 1.0).y for part in parts]), atol=EXACT
        )
        assert [batch.count for batch in ghost.batches] == [5, 5, 2]

    def test_equal_sizes_are_one_size(self, x):
        np.testing.assert_array_equal(ghost_batch_norm(x, [4, 4, 4]).y, ghost_batch_norm(x, 4).y)

    @pytest.mark.parametrize(
        ("size", "got"),
        [
            ((5, 5), "2 parts with 10"),
            ((12, 0), "2 parts with 12"),
            ((), "0 parts with 0"),
            ((13, -1), "2 parts with 12"),
        ],
    )
    def test_unequal_parts_must_make_the_batch(self, x, size, got):
        with pytest.raises(ShapeError) as error:
            ghost_batch_norm(x, size)

        assert str(error.value) == (
            f"size must give each part at least 1 example and all of them the 12 examples of x; got {got} in all."
        )

    def test_the_gradient_of_unequal_parts(self, x):
        dy, gamma = np.random.default_rng(1).standard_normal(x.shape), np.array([1.0, -2.0, 0.5, 3.0])

        found = ghost_batch_norm_backward(dy, ghost_batch_norm(x, (7, 5), gamma, 0.3))

        assert_gradient(lambda x, gamma, beta: (dy * ghost_batch_norm(x, (7, 5), gamma, beta).y).sum(), x, gamma, found)

    def test_the_parts_make_the_statistics_of_the_whole(self, x):
        merged = merge(ghost_batch_norm(x, 4).batches)

        np.testing.assert_allclose(merged.var, batch_stats(x).var, rtol=EXACT)

    def test_the_gradient_of_each_ghost_batch_is_its_own(self, x):
        gamma, dy = np.array([1.0, -2.0, 0.5, 3.0]), np.random.default_rng(4).standard_normal((12, 4))

        found = ghost_batch_norm_backward(dy, ghost_batch_norm(x, 4, gamma, 0.3))

        assert_gradient(lambda x, gamma, beta: (dy * ghost_batch_norm(x, 4, gamma, beta).y).sum(), x, gamma, found)

    def test_the_gradient_needs_the_shape_of_y(self, x):
        with pytest.raises(ShapeError) as error:
            ghost_batch_norm_backward(x[:4], ghost_batch_norm(x, 4))

        assert str(error.value) == "dy must have the shape of y, (12, 4); got shape (4, 4)."


def assert_gradient(loss, x, gamma, found):
    """Hold dx, dgamma and dbeta against differences of loss(x, gamma, beta) at beta = 0.3."""
    step, (dx, dgamma, dbeta) = 1e-5, found
    beta = np.full_like(gamma, 0.3)
    for given, gradient in ((x, dx), (gamma, dgamma), (beta, dbeta)):
        for place in np.ndindex(given.shape):
            at = given[place]
            given[place] = at + step
            up = loss(x, gamma, beta)
            given[place] = at - step
            slope = (up - loss(x, gamma, beta)) / (2 * step)
            given[place] = at
            # Error of the difference: step**2 and rounding of the loss over the step.
            assert gradient[place] == pytest.approx(slope, abs=2e-8)


class TestRenorm:
    def test_clipped_to_nothing_it_is_batch_norm(self, x, running):
        renorm = batch_renorm(x, running, 1.5, 0.5, r_max=1, d_max=0)

        np.testing.assert_allclose(renorm.y, batch_norm(x, 1.5, 0.5).y, atol=EXACT)

    def test_unclipped_it_is_eval_mode(self, x, running):
        renorm = batch_renorm(x, running, 1.5, 0.5, r_max=np.inf, d_max=np.inf)

        np.testing.assert_allclose(renorm.y, batch_norm_eval(x, running.mean, running.var, 1.5, 0.5), atol=10 * EXACT)

    def test_corrections_are_clipped(self, x, running):
        renorm = batch_renorm(x, running, r_max=1.1, d_max=0.05)

        assert np.all((renorm.r >= 1 / 1.1) & (renorm.r <= 1.1))
        assert np.all(np.abs(renorm.d) <= 0.05)

    def test_flat_batches(self):
        renorm = batch_renorm([1.0, 3.0], RunningStats(np.float64(0), np.float64(4)), r_max=9, d_max=9, eps=1e-12)

        np.testing.assert_allclose(renorm.y, [0.5, 1.5], rtol=1e-10)

    def test_the_gradient_holds_the_corrections_constant(self, x, running):
        gamma, dy = np.array([1.0, -2.0, 0.5, 3.0]), np.random.default_rng(1).standard_normal((12, 4))
        renorm = batch_renorm(x, running, gamma, 0.3, r_max=1.5, d_max=0.4)
        dx, dgamma, dbeta = batch_renorm_backward(dy, renorm)

        def loss(moved, scale):
            return (dy * batch_norm(moved, scale * renorm.r, 0.3 + scale * renorm.d).y).sum()

        step = 1e-5
        for place in [(0, 0), (3, 1), (11, 3)]:
            up, down = x.copy(), x.copy()
            up[place] += step
            down[place] -= step
            # Error of the difference: step**2 and rounding of the loss over the step.
            assert dx[place] == pytest.approx((loss(up, gamma) - loss(down, gamma)) / (2 * step), abs=1e-8)
        for channel in range(4):
            nudge = step * np.eye(4)[channel]
            slope = (loss(x, gamma + nudge) - loss(x, gamma - nudge)) / (2 * step)
            assert dgamma[channel] == pytest.approx(slope, abs=1e-8)
        np.testing.assert_allclose(dbeta, dy.sum(axis=0), rtol=1e-13)

    @pytest.mark.parametrize(
        ("limits", "message"),
        [
            ({"r_max": 0.9, "d_max": 0}, "r_max must be at least 1; got 0.9."),
            ({"r_max": 1, "d_max": -1}, "d_max must be at least 0; got -1."),
            ({"r_max": np.nan, "d_max": 0}, "r_max must be at least 1; got nan."),
        ],
    )
    def test_limits(self, x, running, limits, message):
        with pytest.raises(InputError) as error:
            batch_renorm(x, running, **limits)

        assert str(error.value) == message

    def test_running_statistics_of_other_channels_are_refused(self, x):
        with pytest.raises(ShapeError) as error:
            batch_renorm(x, RunningStats.start(3), r_max=3, d_max=5)

        assert str(error.value) == "running.mean must have shape (4,); got shape (3,)."

    def test_a_negative_running_variance_is_refused(self, x):
        with pytest.raises(InputError) as error:
            batch_renorm(x, RunningStats(np.zeros(4), np.array([1.0, -2.0, 1.0, 1.0])), r_max=3, d_max=5)

        assert str(error.value) == "running.var must not be negative; got -2."

    def test_it_has_the_statistics_of_its_batch(self, x, running):
        renorm = batch_renorm(x, running, r_max=3, d_max=5)

        np.testing.assert_allclose(running.update(renorm).var, running.update(batch_stats(x)).var, rtol=EXACT)


class TestMask:
    def test_only_selected_examples_count(self, x):
        mask = np.arange(12) < 7
        masked = masked_batch_norm(x, mask, 2.0, 1.0)

        np.testing.assert_allclose(masked.stats.var, batch_stats(x[:7]).var, atol=EXACT)
        np.testing.assert_allclose(masked.y[:7], batch_norm(x[:7], 2.0, 1.0).y, atol=EXACT)
        assert masked.y.shape == x.shape

    def test_positions_of_examples(self):
        x = np.random.default_rng(2).standard_normal((3, 2, 5))
        mask = np.random.default_rng(3).integers(0, 2, (3, 5))
        mask[0, 0] = 1

        stats = masked_batch_norm(x, mask).stats

        chosen = mask.astype(bool)
        for channel in range(2):
            assert stats.mean[channel] == pytest.approx(x[:, channel][chosen].mean(), rel=1e-13)
        assert stats.count == chosen.sum()

    @pytest.mark.parametrize("shape", [(6, 4, 4), (6, 4, 2, 2)])
    def test_selected_images_count_with_all_their_positions(self, shape):
        x = np.random.default_rng(8).standard_normal(shape)

        stats = masked_batch_norm(x, np.arange(6) < 2).stats

        np.testing.assert_allclose(stats.var, batch_stats(x[:2]).var, rtol=EXACT)
        assert stats.count == 2 * x[0, 0].size

    def test_a_mask_of_ones_is_batch_norm(self, x):
        np.testing.assert_allclose(masked_batch_norm(x, np.ones(12)).y, batch_norm(x).y, atol=EXACT)

    @pytest.mark.parametrize("padding", [0.0, 0.1, 1.0])
    def test_keras_literal(self, padding):
        # Keras 3, batch_normalization_test.py, padded sequences: moving mean and variance with momentum 0 of the old.
        sequence = [[1.0, 5.0], [2.0, 5.0], [padding, padding], [padding, padding]]
        x = np.array([sequence] * 10).transpose(0, 2, 1)

        stats = masked_batch_norm(x, [[1, 1, 0, 0]] * 10).stats

        assert (stats.mean.tolist(), stats.var.tolist()) == ([1.5, 5.0], [0.25, 0.0])

    @pytest.mark.parametrize(
        ("mask", "kind", "message"),
        [
            (np.ones(5), ShapeError, "mask must have shape (12,); got shape (5,)."),
            (np.zeros(12), ShapeError, "mask must select at least one member of the batch; got none."),
            (np.full(12, 0.5), InputError, "mask must hold only true and false, or 1 and 0."),
        ],
    )
    def test_refusals(self, x, mask, kind, message):
        with pytest.raises(kind) as error:
            masked_batch_norm(x, mask)

        assert str(error.value) == message

    @pytest.mark.parametrize("shape", [(7, 4), (5, 4, 3), (3, 4, 2, 2)])
    @pytest.mark.parametrize("positions", [False, True])
    def test_gradient(self, shape, positions):
        rng = np.random.default_rng(6)
        x, dy = rng.standard_normal((2, *shape))
        gamma, mask = np.array([1.0, -2.0, 0.5, 3.0]), np.arange(shape[0]) < shape[0] - 1
        if positions:
            mask = rng.integers(0, 2, (shape[0], *shape[2:]))
            mask.flat[:2] = 1

        found = masked_batch_norm_backward(dy, masked_batch_norm(x, mask, gamma, 0.3))

        assert_gradient(lambda x, gamma, beta: (dy * masked_batch_norm(x, mask, gamma, beta).y).sum(), x, gamma, found)

    def test_gradient_of_a_flat_batch(self):
        x, dy = np.array([1.0, 2.0, 4.0, 9.0]), np.array([1.0, -1.0, 0.5, 2.0])
        mask = [1, 1, 1, 0]

        dx, dgamma, dbeta = masked_batch_norm_backward(dy, masked_batch_norm(x, mask, 2.0, 0.3))

        beside = masked_batch_norm_backward(dy[:, None], masked_batch_norm(x[:, None], mask, 2.0, 0.3))
        np.testing.assert_allclose(dx, beside[0][:, 0], rtol=EXACT)
        assert (dgamma, dbeta) == (pytest.approx(beside[1].item()), 2.5)

    def test_with_a_mask_of_ones_the_gradient_is_that_of_batch_norm(self, x):
        dy = np.random.default_rng(7).standard_normal(x.shape)

        masked = masked_batch_norm_backward(dy, masked_batch_norm(x, np.ones(12), 1.5))

        for found, expected in zip(masked, batch_norm_backward(dy, batch_norm(x, 1.5)), strict=True):
            np.testing.assert_allclose(found, expected, atol=EXACT)

    @pytest.mark.parametrize(
        ("forward", "way_out"),
        [
            (masked_batch_norm([1.0, 2.0], [1, 1]), "a MaskedForward. Call masked_batch_norm_backward."),
            (ghost_batch_norm([1.0, 2.0], 2), "a GhostForward. Call ghost_batch_norm_backward."),
            (np.zeros(2), "a ndarray. Pass batch_norm(x, gamma, beta)."),
        ],
    )
    def test_the_gradient_of_another_pass_says_where_it_is(self, forward, way_out):
        with pytest.raises(InputError) as error:
            batch_norm_backward([1.0, 0.0], forward)

        assert str(error.value) == f"forward must be what batch_norm returned; got {way_out}"
