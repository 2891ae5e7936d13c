"""Batch norm in eval mode disappears into the layer before it."""

import numpy as np
import pytest
from cases import together
from sliding import slid

from bnsim.engine import batch_norm_eval, conv2d, fold_conv, fold_into_next_conv, fold_into_next_linear, fold_linear
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


class TestIntoNextLinear:
    @pytest.mark.parametrize("with_bias", [True, False])
    @pytest.mark.parametrize("eps", [1e-5, 1e-3])
    def test_one_layer_does_the_work_of_two(self, norm, with_bias, eps):
        rng = np.random.default_rng(8)
        x, weight = rng.standard_normal((9, 6)), rng.standard_normal((4, 6))
        bias = rng.standard_normal(4) if with_bias else None

        folded = fold_into_next_linear(weight, bias, **norm, eps=eps)

        two = evaluated(x, norm, eps) @ weight.T + (0 if bias is None else bias)
        np.testing.assert_allclose(x @ folded.weight.T + folded.bias, two, atol=10 * EXACT)

    def test_images_that_were_flattened_repeat_their_channels(self, norm):
        rng = np.random.default_rng(9)
        x, weight = rng.standard_normal((3, 6, 2, 2)), rng.standard_normal((4, 24))

        repeated = {name: np.repeat(values, 4) for name, values in norm.items()}
        folded = fold_into_next_linear(weight, None, **repeated)

        two = evaluated(x, norm, 1e-5).reshape(3, -1) @ weight.T
        np.testing.assert_allclose(x.reshape(3, -1) @ folded.weight.T + folded.bias, two, atol=10 * EXACT)

    def test_a_norm_between_two_layers_goes_into_either(self, norm):
        rng = np.random.default_rng(10)
        x, first, second = rng.standard_normal((9, 4)), rng.standard_normal((6, 4)), rng.standard_normal((3, 6))

        before, after = fold_linear(first, None, **norm), fold_into_next_linear(second, None, **norm)

        np.testing.assert_allclose(
            (x @ before.weight.T + before.bias) @ second.T, x @ first.T @ after.weight.T + after.bias, atol=10 * EXACT
        )

    def test_float32_stays_float32(self, norm):
        folded = fold_into_next_linear(np.ones((2, 6), np.float32), None, **norm)

        assert folded.weight.dtype == folded.bias.dtype == np.float32


class TestIntoNextConv:
    @pytest.mark.parametrize("groups", [1, 2, 3])
    @pytest.mark.parametrize("kernel", [(3,), (3, 2), (2, 1, 3)])
    def test_one_layer_does_the_work_of_two(self, norm, groups, kernel):
        rng = np.random.default_rng(11)
        x = rng.standard_normal((2, 6, 5, 4, 3)[: 2 + len(kernel)])
        weight, bias = rng.standard_normal((12, 6 // groups, *kernel)), rng.standard_normal(12)

        folded = fold_into_next_conv(weight, bias, **norm, groups=groups)

        two = slid(evaluated(x, norm, 1e-5), weight, bias, groups, transposed=False)
        one = slid(x, folded.weight, folded.bias, groups, transposed=False)
        np.testing.assert_allclose(one, two, atol=10 * EXACT)

    def test_with_padding_a_norm_that_maps_zero_to_zero_can_be_folded(self, norm):
        rng = np.random.default_rng(12)
        x, weight = rng.standard_normal((2, 6, 5, 4)), rng.standard_normal((3, 6, 3, 3))

        folded = fold_into_next_conv(weight, None, 0.0, norm["var"], norm["gamma"], 0.0, padding=1)

        two = conv2d(batch_norm_eval(x, 0.0, norm["var"], norm["gamma"]), weight, padding=1)
        np.testing.assert_allclose(conv2d(x, folded.weight, folded.bias, padding=1), two, atol=10 * EXACT)

    def test_with_padding_any_other_is_another_layer_and_refused(self, norm):
        weight = np.ones((3, 6, 3, 3))
        x = np.random.default_rng(13).standard_normal((2, 6, 5, 4))
        folded = fold_into_next_conv(weight, None, 0.0, 1.0, 1.0, 0.5)
        two = conv2d(batch_norm_eval(x, 0.0, 1.0, 1.0, 0.5), weight, padding=1)
        assert np.abs(conv2d(x, folded.weight, folded.bias, padding=1) - two).max() > 1

        with pytest.raises(InputError) as error:
            fold_into_next_conv(weight, None, 0.0, 1.0, 1.0, 0.5, padding=1)

        assert str(error.value) == (
            "the batch norm before a padded convolution must map 0 to 0; got 0.5. Pad the input of the batch norm "
            "instead, with what it maps to 0, and fold without padding."
        )

    def test_padding_the_input_with_what_is_mapped_to_zero_works(self, norm):
        rng = np.random.default_rng(14)
        x, weight = rng.standard_normal((2, 6, 5, 4)), rng.standard_normal((3, 6, 3, 3))
        blank = norm["mean"] - norm["beta"] * np.sqrt(norm["var"] + 1e-5) / norm["gamma"]
        padded = np.broadcast_to(blank[None, :, None, None], (2, 6, 7, 6)).copy()
        padded[:, :, 1:-1, 1:-1] = x

        folded = fold_into_next_conv(weight, None, **norm)

        two = conv2d(evaluated(x, norm, 1e-5), weight, padding=1)
        np.testing.assert_allclose(conv2d(padded, folded.weight, folded.bias), two, atol=100 * EXACT)


class TestRefusals:
    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (
                lambda: fold_into_next_linear(np.ones(3), None, 0, 1),
                "weight must have shape (out, in); got shape (3,).",
            ),
            (
                lambda: fold_into_next_linear(np.ones((2, 3)), None, np.zeros(2), 1),
                "mean must be one number or have shape (3,); got shape (2,).",
            ),
            (
                lambda: fold_into_next_linear(np.ones((2, 3)), np.zeros(3), 0, 1),
                "bias must be one number or have shape (2,); got shape (3,).",
            ),
            (
                lambda: fold_into_next_linear(np.ones((2, 3)), None, 0, [1, -2, 1]),
                "var must not be negative; got -2.",
            ),
            (
                lambda: fold_into_next_linear(np.ones((2, 3)), None, 0, 1, eps=0),
                "eps must be a number more than 0; got 0.",
            ),
            (
                lambda: fold_into_next_conv(np.ones((3, 2)), None, 0, 1),
                "weight must have shape (out, in / groups, *kernel) with a kernel of 1 to 3 axes; got shape (3, 2).",
            ),
            (
                lambda: fold_into_next_conv(np.ones((3, 2, 1)), None, 0, 1, groups=2),
                "groups must divide the first axis of weight, 3; got 2.",
            ),
            (
                lambda: fold_into_next_conv(np.ones((3, 2, 1)), None, 0, 1, padding=-1),
                "padding must be at least 0; got -1.",
            ),
        ],
    )
    def test_into_the_next_layer(self, call, message):
        with pytest.raises(InputError) as error:
            call()

        assert str(error.value) == message

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
