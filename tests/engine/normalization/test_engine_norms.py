"""The family differs only in the axes that are pooled."""

import numpy as np
import pytest

from bnsim.engine import (
    POOLED_AXES,
    NormKind,
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    normalize,
    rms_norm,
)
from bnsim.errors import InputError, ShapeError

EXACT = 1e-13


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(3, 2, (4, 6, 5, 3))


class TestTable:
    @pytest.mark.parametrize("kind", [kind for kind in NormKind if kind is not NormKind.RMS])
    def test_mean_zero_and_variance_one_over_the_axes_of_the_table(self, x, kind):
        groups = {NormKind.INSTANCE: 6, NormKind.GROUP: 3}.get(kind, 1)
        y = normalize(x, kind, groups=groups, eps=1e-12).reshape(4, groups, 6 // groups, 15)

        axes = POOLED_AXES[kind]
        np.testing.assert_allclose(y.mean(axis=axes), 0, atol=EXACT)
        np.testing.assert_allclose(y.var(axis=axes), 1, atol=1e-11)

    def test_rms_has_mean_square_one_and_keeps_the_mean(self, x):
        y = normalize(x, NormKind.RMS, eps=1e-12)

        np.testing.assert_allclose(np.square(y).mean(axis=(1, 2, 3)), 1, rtol=1e-11)
        assert np.all(y.mean(axis=(1, 2, 3)) > 0.5)


class TestIdentities:
    def test_one_group_is_layer_norm(self, x):
        np.testing.assert_allclose(group_norm(x, 1), layer_norm(x), atol=EXACT)
        np.testing.assert_allclose(normalize(x, NormKind.GROUP, groups=1), normalize(x, NormKind.LAYER), atol=EXACT)

    def test_a_group_per_channel_is_instance_norm(self, x):
        np.testing.assert_allclose(group_norm(x, 6), instance_norm(x), atol=EXACT)

    def test_batch_norm_of_one_image_is_instance_norm(self, x):
        np.testing.assert_allclose(batch_norm(x[:1]).y, instance_norm(x[:1]), atol=EXACT)

    def test_batch_is_batch_norm(self, x):
        np.testing.assert_allclose(normalize(x, NormKind.BATCH), batch_norm(x).x_hat, atol=EXACT)

    def test_layer_norm_of_features_is_batch_norm_of_the_transpose(self, x):
        flat = x.reshape(4, -1)

        np.testing.assert_allclose(layer_norm(flat), batch_norm(flat.T).y.T, atol=EXACT)

    def test_rms_norm_of_centred_features_is_layer_norm(self, x):
        centred = x - x.mean(axis=(1, 2, 3), keepdims=True)

        np.testing.assert_allclose(rms_norm(centred), layer_norm(x), atol=EXACT)

    def test_layer_norm_with_one_feature_is_the_bias(self):
        assert layer_norm([[7.3], [-2.1]], bias=0.25).tolist() == [[0.25], [0.25]]

    def test_instance_norm_without_positions_is_the_bias(self):
        assert instance_norm([[7.3, 0.1]], bias=[0.25, 4.0]).tolist() == [[0.25, 4.0]]

    @pytest.mark.parametrize("call", [layer_norm, rms_norm, instance_norm, lambda x: group_norm(x, 2)])
    def test_no_example_depends_on_its_companions(self, x, call):
        np.testing.assert_allclose(call(x)[:2], call(x[:2]), atol=EXACT)

    def test_a_constant_example_is_exactly_zero(self):
        assert not layer_norm(np.full((2, 7), 0.1)).any()


class TestAxesAndScale:
    @pytest.mark.parametrize("axes", [-1, (1,), (2, 3), (1, 3), (0, 2), (-1, 1)])
    def test_any_axes(self, x, axes):
        where = axes if isinstance(axes, int) else tuple(axes)
        mean, var = x.mean(axis=where, keepdims=True), x.var(axis=where, keepdims=True)

        np.testing.assert_allclose(layer_norm(x, axes=axes), (x - mean) / np.sqrt(var + 1e-5), atol=EXACT)
        rms = np.sqrt(np.square(x).mean(axis=where, keepdims=True) + 1e-5)
        np.testing.assert_allclose(rms_norm(x, axes=axes), x / rms, atol=EXACT)

    def test_a_sequence_of_tokens(self):
        x = np.random.default_rng(1).standard_normal((2, 7, 16))
        weight, bias = np.random.default_rng(2).standard_normal((2, 16))

        y = layer_norm(x, weight, bias, axes=-1)

        np.testing.assert_allclose(y, layer_norm(x, axes=2) * weight + bias, atol=EXACT)

    def test_weights_lie_along_the_axes(self, x):
        weight = np.random.default_rng(3).standard_normal((6, 3))

        y = layer_norm(x, weight, axes=(1, 3))

        np.testing.assert_allclose(y, layer_norm(x, axes=(1, 3)) * weight[:, None, :], atol=EXACT)

    def test_weights_of_groups_are_per_channel(self, x):
        weight, bias = np.random.default_rng(4).standard_normal((2, 6))

        y = group_norm(x, 2, weight, bias)

        np.testing.assert_allclose(y, group_norm(x, 2) * weight[:, None, None] + bias[:, None, None], atol=EXACT)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_the_dtype_stays(self, x, dtype):
        narrow = x.astype(dtype)

        for y in (layer_norm(narrow, 2.0), rms_norm(narrow), group_norm(narrow, 3, np.ones(6)), instance_norm(narrow)):
            assert y.dtype == dtype


class TestRefusals:
    @pytest.mark.parametrize("groups", [0, 4, 7, -1])
    def test_groups_must_divide_the_channels(self, x, groups):
        with pytest.raises(ShapeError) as error:
            group_norm(x, groups)

        assert str(error.value) == f"groups must divide the 6 channels of x; got groups={groups}."

    def test_a_flat_batch_has_no_channels_to_group(self):
        with pytest.raises(ShapeError) as error:
            group_norm([1.0, 2.0], 1)

        assert str(error.value) == "x must have a channel axis; got shape (2,)."

    @pytest.mark.parametrize(
        ("axes", "message"),
        [
            (4, "axes must be axes of x, from -4 to 3; got 4."),
            ((), "axes must be axes of x, from -4 to 3; got ()."),
            ((1, -3), "axes must be different axes of x; got (1, -3)."),
        ],
    )
    def test_axes_that_are_not_there(self, x, axes, message):
        with pytest.raises(ShapeError) as error:
            layer_norm(x, axes=axes)

        assert str(error.value) == message

    def test_a_weight_of_another_shape(self, x):
        with pytest.raises(ShapeError) as error:
            layer_norm(x, np.ones(6))

        assert str(error.value) == "weight must be one number or have shape (6, 5, 3); got shape (6,)."

    def test_nothing_to_normalize(self):
        with pytest.raises(ShapeError) as error:
            rms_norm(np.ones((2, 0)))

        assert str(error.value) == "x must have at least one axis and one value; got shape (2, 0)."

    @pytest.mark.parametrize("call", [layer_norm, rms_norm, instance_norm])
    def test_eps_must_be_positive(self, x, call):
        with pytest.raises(InputError) as error:
            call(x, eps=0.0)

        assert str(error.value) == "eps must be a number more than 0; got 0."
