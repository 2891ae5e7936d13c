"""The gradients of layer, group, instance and RMS norm, and of batch norm with given statistics."""

import numpy as np
import pytest

from bnsim.engine import (
    batch_norm,
    batch_norm_backward,
    batch_norm_eval,
    batch_norm_eval_backward,
    group_norm,
    group_norm_backward,
    instance_norm,
    instance_norm_backward,
    layer_norm,
    layer_norm_backward,
    rms_norm,
    rms_norm_backward,
)
from bnsim.errors import InputError, ShapeError

EXACT = 1e-13
STEP = 1e-5


def slopes(loss, given):
    """Central differences of loss() in every number of an array that it reads."""
    found = np.empty_like(given)
    for place in np.ndindex(given.shape):
        at = given[place]
        given[place] = at + STEP
        up = loss()
        given[place] = at - STEP
        found[place] = (up - loss()) / (2 * STEP)
        given[place] = at
    return found


def assert_gradients(loss, arrays, found):
    for given, gradient in zip(arrays, found, strict=True):
        # Error of the difference: STEP**2 times a third derivative of some tens, and rounding of the loss over STEP.
        np.testing.assert_allclose(gradient, slopes(loss, given), atol=2e-8)


class TestAgainstDifferences:
    @pytest.mark.parametrize("shape", [(2, 4), (2, 4, 3), (2, 4, 2, 2)])
    @pytest.mark.parametrize("groups", [1, 2, 4])
    def test_group_norm(self, shape, groups):
        rng = np.random.default_rng(1)
        (x, dy), (weight, bias) = rng.standard_normal((2, *shape)), rng.standard_normal((2, 4))

        found = group_norm_backward(dy, x, groups, weight, eps=0.1)

        def loss():
            return (dy * group_norm(x, groups, weight, bias, eps=0.1)).sum()

        assert_gradients(loss, (x, weight, bias), found)

    def test_instance_norm(self):
        rng = np.random.default_rng(2)
        (x, dy), (weight, bias) = rng.standard_normal((2, 2, 3, 4)), rng.standard_normal((2, 3))

        found = instance_norm_backward(dy, x, weight, eps=0.1)

        assert_gradients(lambda: (dy * instance_norm(x, weight, bias, eps=0.1)).sum(), (x, weight, bias), found)

    @pytest.mark.parametrize("axes", [None, -1, (0, 2), (1,), (0, 1, 2)])
    def test_layer_norm(self, axes):
        rng = np.random.default_rng(3)
        x, dy = rng.standard_normal((2, 2, 3, 4))
        shape = {None: (3, 4), -1: (4,), (0, 2): (2, 4), (1,): (3,), (0, 1, 2): (2, 3, 4)}[axes]
        weight, bias = rng.standard_normal((2, *shape))

        found = layer_norm_backward(dy, x, weight, axes=axes, eps=0.1)

        assert_gradients(lambda: (dy * layer_norm(x, weight, bias, axes=axes, eps=0.1)).sum(), (x, weight, bias), found)

    @pytest.mark.parametrize("axes", [None, -1, (0, 2)])
    def test_rms_norm(self, axes):
        rng = np.random.default_rng(4)
        x, dy = rng.standard_normal((2, 2, 3, 4))
        weight = rng.standard_normal({None: (3, 4), -1: (4,), (0, 2): (2, 4)}[axes])

        found = rms_norm_backward(dy, x, weight, axes=axes, eps=0.1)

        assert_gradients(lambda: (dy * rms_norm(x, weight, axes=axes, eps=0.1)).sum(), (x, weight), found)

    @pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4), (2, 3, 2, 2), (1, 3, 2, 1, 2)])
    def test_given_statistics(self, shape):
        rng = np.random.default_rng(5)
        x, dy = rng.standard_normal((2, *shape))
        mean, (gamma, beta) = rng.standard_normal(3), rng.standard_normal((2, 3))
        var = rng.uniform(0.1, 2, 3)

        found = batch_norm_eval_backward(dy, x, mean, var, gamma)

        assert_gradients(lambda: (dy * batch_norm_eval(x, mean, var, gamma, beta)).sum(), (x, gamma, beta), found)


class TestIdentities:
    @pytest.fixture
    def x(self):
        return np.random.default_rng(6).normal(3, 2, (4, 6, 5))

    @pytest.fixture
    def dy(self):
        return np.random.default_rng(7).standard_normal((4, 6, 5))

    def test_one_group_is_layer_norm(self, x, dy):
        np.testing.assert_allclose(group_norm_backward(dy, x, 1)[0], layer_norm_backward(dy, x)[0], atol=EXACT)

    def test_a_group_per_channel_is_instance_norm(self, x, dy):
        for one, other in zip(group_norm_backward(dy, x, 6, 2.0), instance_norm_backward(dy, x, 2.0), strict=True):
            np.testing.assert_allclose(one, other, atol=EXACT)

    def test_layer_norm_of_features_is_batch_norm_of_the_transpose(self, x, dy):
        rows, flow = x.reshape(4, -1), dy.reshape(4, -1)

        dx = batch_norm_backward(flow.T, batch_norm(rows.T))[0].T

        np.testing.assert_allclose(layer_norm_backward(flow, rows)[0], dx, atol=EXACT)

    def test_over_examples_and_positions_it_is_batch_norm(self, x, dy):
        weight = np.random.default_rng(8).standard_normal(6)
        wide = np.broadcast_to(weight[None, :, None], (4, 6, 5))

        dx = np.stack(
            [layer_norm_backward(dy[:, [c]], x[:, [c]], wide[:, [c]], axes=(0, 1, 2))[0][:, 0] for c in range(6)], 1
        )

        np.testing.assert_allclose(dx, batch_norm_backward(dy, batch_norm(x, weight))[0], atol=EXACT)

    def test_what_is_averaged_gets_gradients_that_sum_to_zero(self, x, dy):
        weight = np.random.default_rng(9).standard_normal(6)

        sums = group_norm_backward(dy, x, 2, weight)[0].reshape(4, 2, -1).sum(axis=2)

        np.testing.assert_allclose(sums, 0, atol=EXACT)

    def test_at_eps_near_zero_they_are_orthogonal_to_the_input(self, x, dy):
        weight = np.random.default_rng(10).standard_normal((6, 5))

        layer = layer_norm_backward(dy, x, weight, eps=1e-300)[0]
        rms = rms_norm_backward(dy, x, weight, eps=1e-300)[0]

        # Scaling an example by a factor changes nothing, so there is no slope along it.
        np.testing.assert_allclose((layer * x).sum(axis=(1, 2)), 0, atol=100 * EXACT)
        np.testing.assert_allclose((rms * x).sum(axis=(1, 2)), 0, atol=100 * EXACT)

    def test_rms_norm_of_centred_values_lets_a_shift_pass_that_layer_norm_stops(self):
        x, dy = np.array([[-1.0, 1.0]]), np.ones((1, 2))

        np.testing.assert_allclose(layer_norm_backward(dy, x, eps=1e-300)[0], 0, atol=EXACT)
        np.testing.assert_allclose(rms_norm_backward(dy, x, eps=1e-300)[0], 1, atol=EXACT)

    def test_given_statistics_pass_what_training_mode_stops(self):
        x, dy = np.array([0.0, 2.0]), np.ones(2)

        trained = batch_norm_backward(dy, batch_norm(x, eps=1e-300))[0]
        frozen = batch_norm_eval_backward(dy, x, 1.0, 1.0, eps=1e-300)[0]

        np.testing.assert_allclose(trained, 0, atol=EXACT)
        np.testing.assert_allclose(frozen, 1, atol=EXACT)

    def test_given_the_statistics_of_the_batch_gamma_and_beta_learn_as_in_training_mode(self, x, dy):
        forward = batch_norm(x, 2.0)

        found = batch_norm_eval_backward(dy, x, forward.mean, forward.var, 2.0)

        np.testing.assert_allclose(found[1], batch_norm_backward(dy, forward)[1], atol=EXACT)
        np.testing.assert_allclose(found[2], batch_norm_backward(dy, forward)[2], atol=EXACT)


class TestForms:
    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_the_gradient_of_x_has_its_dtype_and_those_of_weight_and_bias_are_float64(self, dtype):
        x, dy = np.random.default_rng(11).standard_normal((2, 3, 4, 5)).astype(dtype)

        for call in (
            lambda: group_norm_backward(dy, x, 2),
            lambda: instance_norm_backward(dy, x),
            lambda: layer_norm_backward(dy, x),
            lambda: rms_norm_backward(dy, x),
            lambda: batch_norm_eval_backward(dy, x, 0.0, 1.0),
        ):
            dx, *others = call()
            assert dx.dtype == dtype
            assert {other.dtype for other in others} == {np.dtype(np.float64)}

    def test_a_float32_batch_far_from_zero_loses_nothing_but_its_own_rounding(self):
        x = (1e4 + np.random.default_rng(12).standard_normal((2, 4, 5))).astype(np.float32)
        dy = np.random.default_rng(13).standard_normal((2, 4, 5)).astype(np.float32)

        narrow = layer_norm_backward(dy, x)[0]
        wide = layer_norm_backward(dy.astype(np.float64), x.astype(np.float64))[0]

        np.testing.assert_array_equal(narrow, wide.astype(np.float32))

    def test_a_flat_batch_is_one_channel(self):
        dx, dgamma, dbeta = batch_norm_eval_backward([1.0, 2.0], [3.0, 5.0], 4.0, 1.0, eps=1e-300)

        assert (dx.tolist(), float(dgamma), float(dbeta)) == ([1.0, 2.0], 1.0, 3.0)

    def test_one_feature_learns_through_its_bias_alone(self):
        dx, dweight, dbias = layer_norm_backward([[3.0], [4.0]], [[1.0], [2.0]], axes=1)

        assert (dx.tolist(), dweight.tolist(), dbias.tolist()) == ([[0.0], [0.0]], [0.0], [7.0])

    def test_nan_spoils_its_own_example_only(self):
        x = np.random.default_rng(14).standard_normal((3, 4))
        x[1, 2] = np.nan

        spoiled = np.isnan(layer_norm_backward(np.ones((3, 4)), x)[0])

        assert spoiled.any(axis=1).tolist() == [False, True, False]


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "kind", "message"),
        [
            (
                lambda: layer_norm_backward(np.ones(3), np.ones((2, 3))),
                ShapeError,
                "dy must have the shape of x, (2, 3); got shape (3,).",
            ),
            (
                lambda: layer_norm_backward(np.ones((2, 3)), np.ones((2, 3)), np.ones(2)),
                ShapeError,
                "weight must be one number or have shape (3,); got shape (2,).",
            ),
            (
                lambda: layer_norm_backward(np.ones((2, 3)), np.ones((2, 3)), axes=2),
                ShapeError,
                "axes must be axes of x, from -2 to 1; got 2.",
            ),
            (
                lambda: rms_norm_backward(np.ones((2, 3)), np.ones((2, 3)), eps=0.0),
                InputError,
                "eps must be a number more than 0; got 0.",
            ),
            (
                lambda: group_norm_backward(np.ones((2, 3)), np.ones((2, 3)), 2),
                ShapeError,
                "groups must divide the 3 channels of x; got groups=2.",
            ),
            (
                lambda: instance_norm_backward(np.ones(3), np.ones(3)),
                ShapeError,
                "x must have a channel axis; got shape (3,).",
            ),
            (
                lambda: batch_norm_eval_backward(np.ones((2, 3)), np.ones((2, 3)), 0.0, -1.0),
                InputError,
                "running_var must not be negative; got -1.",
            ),
            (
                lambda: batch_norm_eval_backward(np.ones((2, 3)), np.ones((2, 3)), np.zeros(2), 1.0),
                ShapeError,
                "running_mean must be one number or have shape (3,); got shape (2,).",
            ),
        ],
    )
    def test_say_what_is_allowed(self, call, kind, message):
        with pytest.raises(kind) as error:
            call()

        assert str(error.value) == message
