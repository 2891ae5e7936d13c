"""Batch norm in eval mode disappears into the layer before it."""

import numpy as np
import pytest
from cases import together

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


def slid(x, weight, bias, groups, *, transposed):
    """A convolution of stride 1 with a kernel of any number of axes, or its transpose, written out."""
    sides, kernel = np.array(x.shape[2:]), np.array(weight.shape[2:])
    y = []
    for part, own in zip(np.split(x, groups, axis=1), np.split(weight, groups), strict=True):
        room = sides + kernel - 1 if transposed else sides - kernel + 1
        out = np.zeros((len(x), own.shape[1] if transposed else len(own), *room))
        for at in np.ndindex(*kernel):
            if transposed:
                window = tuple(slice(i, i + side) for i, side in zip(at, sides, strict=True))
                out[:, :, *window] += np.einsum("ni...,io->no...", part, own[:, :, *at])
            else:
                window = tuple(slice(i, i + side) for i, side in zip(at, room, strict=True))
                out += np.einsum("ni...,oi->no...", part[:, :, *window], own[:, :, *at])
        y.append(out)
    return np.concatenate(y, axis=1) + bias.reshape(-1, *[1] * len(kernel))


class TestAnyConv:
    @pytest.mark.parametrize("transposed", [False, True])
    @pytest.mark.parametrize("groups", [1, 2, 3])
    @pytest.mark.parametrize("kernel", [(3,), (3, 2), (2, 1, 3)])
    def test_one_layer_does_the_work_of_two(self, norm, transposed, groups, kernel):
        rng = np.random.default_rng(5)
        # Square, 6 channels in and 6 out: nothing but the keyword shows the layout.
        x, weight = (
            rng.standard_normal((2, 6, 5, 4, 3)[: 2 + len(kernel)]),
            rng.standard_normal((6, 6 // groups, *kernel)),
        )
        bias = rng.standard_normal(6)

        folded = fold_conv(weight, bias, **norm, transposed=transposed, groups=groups)

        two = evaluated(slid(x, weight, bias, groups, transposed=transposed), norm, 1e-5)
        one = slid(x, folded.weight, folded.bias, groups, transposed=transposed)
        np.testing.assert_allclose(one, two, atol=10 * EXACT)
        assert folded.weight.shape == weight.shape

    def test_a_transposed_one_may_have_other_numbers_of_channels(self, norm):
        rng = np.random.default_rng(6)
        x, weight = rng.standard_normal((2, 4, 5)), rng.standard_normal((4, 3, 2))

        folded = fold_conv(weight, None, **norm, transposed=True, groups=2)

        two = evaluated(slid(x, weight, np.zeros(6), 2, transposed=True), norm, 1e-5)
        np.testing.assert_allclose(slid(x, folded.weight, folded.bias, 2, transposed=True), two, atol=EXACT)

    def test_a_square_weight_folded_along_the_wrong_axis_is_another_layer(self, norm):
        weight = np.random.default_rng(7).standard_normal((6, 6, 1))

        plain, transposed = fold_conv(weight, None, **norm), fold_conv(weight, None, **norm, transposed=True)

        assert np.abs(plain.weight - transposed.weight).max() > 1
        np.testing.assert_allclose(
            transposed.weight, fold_conv(weight.swapaxes(0, 1), None, **norm).weight.swapaxes(0, 1)
        )


class TestRefusals:
    @together(
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
                "weight must have shape (out, in / groups, *kernel) with a kernel of 1 to 3 axes; got shape (3, 2).",
            ),
            (
                lambda: fold_conv(np.ones((3, 2, 1, 1, 1, 1)), None, 0, 1, transposed=True),
                ShapeError,
                "weight must have shape (in, out / groups, *kernel) with a kernel of 1 to 3 axes; "
                "got shape (3, 2, 1, 1, 1, 1).",
            ),
            (
                lambda: fold_conv(np.ones((4, 2, 3, 3)), None, np.zeros(2), 1),
                ShapeError,
                "mean must be one number or have shape (4,); got shape (2,). "
                "If it is a transposed convolution, pass transposed=True.",
            ),
            (
                lambda: fold_conv(np.ones((4, 2, 3, 3)), None, np.zeros(4), 1, transposed=True),
                ShapeError,
                "mean must be one number or have shape (2,); got shape (4,). Leave transposed away.",
            ),
            (
                lambda: fold_conv(np.ones((4, 2, 3, 3)), None, 0, 1, transposed=True, groups=3),
                ShapeError,
                "groups must divide the first axis of weight, 4; got 3.",
            ),
            (
                lambda: fold_linear(np.ones((3, 0)), None, 0, 1),
                ShapeError,
                "weight must have shape (out, in); got shape (3, 0).",
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
