"""Batch norm in eval mode disappears into the layer before it."""

import numpy as np
import pytest

from bnsim.engine import batch_norm_eval, conv2d, fold_conv, fold_linear
from bnsim.errors import InputError, ShapeError

EXACT = 1e-12


@pytest.fixture
def norm():
    rng = np.random.default_rng(0)
    return {
        "mean": rng.normal(0, 2, 6),
        "var": rng.uniform(0.01, 4, 6),
        "gamma": rng.normal(1, 1, 6),
        "beta": rng.normal(0, 1, 6),
    }


def evaluated(y, norm, eps):
    return batch_norm_eval(y, norm["mean"], norm["var"], norm["gamma"], norm["beta"], eps=eps)


class TestLinear:
    @pytest.mark.parametrize("with_bias", [True, False])
    @pytest.mark.parametrize("eps", [1e-5, 1e-3])
    def test_one_layer_does_the_work_of_two(self, norm, with_bias, eps):
        rng = np.random.default_rng(1)
        x, weight = rng.standard_normal((9, 4)), rng.standard_normal((6, 4))
        bias = rng.standard_normal(6) if with_bias else None

        folded = fold_linear(weight, bias, **norm, eps=eps)

        y = x @ weight.T + (0 if bias is None else bias)
        np.testing.assert_allclose(x @ folded.weight.T + folded.bias, evaluated(y, norm, eps), atol=EXACT)

    def test_folding_the_identity_changes_nothing(self):
        weight, bias = np.eye(3), np.arange(3.0)

        folded = fold_linear(weight, bias, mean=0.0, var=1 - 1e-5)

        np.testing.assert_allclose(folded.weight, weight, rtol=1e-15)
        np.testing.assert_allclose(folded.bias, bias, rtol=1e-15)

    def test_float32_stays_float32(self, norm):
        folded = fold_linear(np.ones((6, 2), np.float32), None, **norm)

        assert folded.weight.dtype == folded.bias.dtype == np.float32


class TestConv:
    @pytest.mark.parametrize("groups", [1, 2])
    @pytest.mark.parametrize("with_bias", [True, False])
    @pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (2, 1)])
    def test_one_layer_does_the_work_of_two(self, norm, groups, with_bias, stride, padding):
        rng = np.random.default_rng(2)
        x, weight = rng.standard_normal((2, 4, 6, 5)), rng.standard_normal((6, 4 // groups, 3, 2))
        bias = rng.standard_normal(6) if with_bias else None
        how = {"stride": stride, "padding": padding, "groups": groups}

        folded = fold_conv(weight, bias, **norm)

        two = evaluated(conv2d(x, weight, bias, **how), norm, 1e-5)
        np.testing.assert_allclose(conv2d(x, folded.weight, folded.bias, **how), two, atol=EXACT)

    def test_convolution_is_a_sum_over_the_window(self):
        rng = np.random.default_rng(3)
        x, weight, bias = rng.standard_normal((2, 3, 5, 6)), rng.standard_normal((4, 3, 2, 3)), rng.standard_normal(4)

        y = conv2d(x, weight, bias, stride=2, padding=1)

        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        for n, o, i, j in np.ndindex(y.shape):
            window = padded[n, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 3]
            assert y[n, o, i, j] == pytest.approx((window * weight[o]).sum() + bias[o], abs=1e-13)
        assert y.shape == (2, 4, 3, 3)

    def test_a_kernel_of_one_is_a_linear_layer(self):
        rng = np.random.default_rng(4)
        x, weight = rng.standard_normal((2, 3, 4, 4)), rng.standard_normal((5, 3, 1, 1))

        linear = np.einsum("nchw,oc->nohw", x, weight[:, :, 0, 0])
        np.testing.assert_allclose(conv2d(x, weight), linear, atol=1e-14)


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "kind", "message"),
        [
            (
                lambda: fold_linear(np.ones(3), None, 0, 1),
                ShapeError,
                "weight must have shape (out, in); got shape (3,).",
            ),
            (
                lambda: fold_conv(np.ones((3, 2)), None, 0, 1),
                ShapeError,
                "weight must have shape (out, in / groups, H, W); got shape (3, 2).",
            ),
            (
                lambda: fold_linear(np.ones((3, 2)), np.ones(2), 0, 1),
                ShapeError,
                "bias must be one number or have shape (3,); got shape (2,).",
            ),
            (lambda: fold_linear(np.ones((3, 2)), None, 0, -1), InputError, "var must not be negative; got -1."),
            (
                lambda: fold_linear(np.ones((3, 2)), None, 0, 1, eps=0),
                InputError,
                "eps must be a number more than 0; got 0.",
            ),
            (
                lambda: conv2d(np.ones((1, 4, 3, 3)), np.ones((4, 2, 1, 1)), groups=3),
                ShapeError,
                "groups must divide the 4 channels of x and the 4 outputs; got 3.",
            ),
            (
                lambda: conv2d(np.ones((1, 4, 3, 3)), np.ones((4, 3, 1, 1))),
                ShapeError,
                "weight must have shape (out, 4, H, W); got shape (4, 3, 1, 1).",
            ),
            (
                lambda: conv2d(np.ones((1, 4, 3, 3)), np.ones((4, 4, 4, 1))),
                ShapeError,
                "weight must fit into images of 3 by 3; got shape (4, 4, 4, 1).",
            ),
            (
                lambda: conv2d(np.ones((4, 3, 3)), np.ones((4, 4, 1, 1))),
                ShapeError,
                "x must have shape (N, C, H, W); got shape (4, 3, 3).",
            ),
            (
                lambda: conv2d(np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1)), stride=0),
                InputError,
                "stride must be at least 1; got 0.",
            ),
            (
                lambda: conv2d(np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1)), padding=-1),
                InputError,
                "padding must be at least 0; got -1.",
            ),
        ],
    )
    def test_refusal(self, call, kind, message):
        with pytest.raises(kind) as error:
            call()

        assert str(error.value) == message
