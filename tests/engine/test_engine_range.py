"""What the engine takes and gives: results that fit their dtype or are refused, and a sentence for what it cannot read.

Warnings are errors in these tests, so every call here also says that numpy warned of nothing.
"""

import numpy as np
import pytest

from bnsim import engine
from bnsim.engine import (
    BatchStats,
    RunningStats,
    batch_norm,
    batch_norm_backward,
    batch_norm_eval,
    batch_renorm,
    batch_stats,
    bias_corrected,
    conv2d,
    fold_conv,
    fold_linear,
    ghost_batch_norm,
    group_norm,
    histogram,
    instance_norm,
    layer_norm,
    masked_batch_norm,
    merge,
    rms_norm,
    stream_stats,
)
from bnsim.errors import InputError

HALF, SINGLE = np.float16, np.float32


def refusal(call, kind=InputError):
    with pytest.raises(kind) as error:
        call()
    return str(error.value)


class TestTooLargeForTheDtype:
    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (
                lambda: fold_conv(np.ones((1, 1, 1, 1), HALF), None, 0.0, 1e-12, eps=1e-12),
                "the folded weight must fit into float16, up to 65504; got 707106.78. "
                "Pass weight as float32 or float64.",
            ),
            (
                lambda: fold_linear(np.ones((1, 1), HALF), 1e3, 0.0, 0.0, 1e-3, 7e4, eps=1.0),
                "the folded bias must fit into float16, up to 65504; got 70001. Pass weight as float32 or float64.",
            ),
            (
                lambda: batch_norm(np.array([1, 3], HALF), gamma=1e5),
                "y must fit into float16, up to 65504; got -99999.5. Pass x as float64, or a smaller gamma or beta.",
            ),
            (
                lambda: batch_norm(np.array([[1], [3]], SINGLE), beta=1e39),
                "y must fit into float32, up to 3.40282e+38; got 1e+39. Pass x as float64, or a smaller gamma or beta.",
            ),
            (
                lambda: batch_norm_eval(np.array([1e4], HALF), 0.0, 0.0),
                "y must fit into float16, up to 65504; got 3162277.7. Pass x as float64, or a smaller gamma or beta.",
            ),
            (
                lambda: batch_norm_backward([1e4, -1e4], batch_norm(np.ones(2, HALF))),
                "dx must fit into float16, up to 65504; got 3162277.7. Pass x as float64.",
            ),
            (
                lambda: layer_norm(np.array([[1, 3]], HALF), np.array([6e4, 6e4], HALF), np.array([6e4, 6e4], HALF)),
                "y must fit into float16, up to 65504; got 119999.7. Pass x as float64, or a smaller weight or bias.",
            ),
            (
                lambda: rms_norm(np.array([[1, 1]], HALF), 1e6, eps=1e-12),
                "y must fit into float16, up to 65504; got 1000000. Pass x as float64, or a smaller weight or bias.",
            ),
            (
                lambda: instance_norm(np.array([[[1, 1]]], HALF), bias=1e6),
                "y must fit into float16, up to 65504; got 1000000. Pass x as float64, or a smaller weight or bias.",
            ),
            (
                lambda: conv2d(np.full((1, 1, 2, 2), 200, HALF), np.full((1, 1, 2, 2), 100, HALF)),
                "y must fit into float16, up to 65504; got 80000. Pass x as float64.",
            ),
            (
                lambda: conv2d(np.full((1, 1, 1, 1), 1e30, SINGLE), np.full((1, 1, 1, 1), 1e30, SINGLE)),
                "y must fit into float32, up to 3.40282e+38; got 1e+60. Pass x as float64.",
            ),
        ],
    )
    def test_it_is_refused_with_the_number_and_the_way_out(self, call, message):
        assert refusal(call) == message

    @pytest.mark.skipif(np.finfo(np.longdouble).max <= np.finfo(np.float64).max, reason="longdouble is float64 here")
    def test_long_doubles_beyond_float64_are_refused(self):
        x = np.array([1, np.finfo(np.longdouble).max / 2])

        assert refusal(lambda: batch_norm(x)).startswith("x must fit into float64, up to 1.79769e+308; got ")

    def test_infinity_itself_passes(self):
        y = batch_norm_eval(np.array([1, np.inf], HALF), 0.0, 1.0)

        assert y[1] == np.inf


class TestNothingOverflowsOnTheWay:
    """Where the result fits, large numbers in between do not hurt."""

    def test_differences_of_the_largest_floats(self):
        x = np.array([[3e38], [-3e38]], SINGLE)

        np.testing.assert_allclose(batch_norm(x).y[:, 0], [1, -1], rtol=1e-6)
        np.testing.assert_allclose(layer_norm(x.T)[0], [1, -1], rtol=1e-6)

    def test_of_many_rows(self):
        x = np.random.default_rng(0).choice([3e38, -3e38], (3000, 8)).astype(SINGLE)

        np.testing.assert_allclose(batch_norm(x).y, batch_norm(x.astype(float)).y, rtol=1e-6)
        np.testing.assert_allclose(batch_norm(x).x_hat, batch_norm(x.astype(float)).x_hat, rtol=1e-6)

    @pytest.mark.parametrize("value", [1e25, 1e-25])
    def test_squares_that_float32_does_not_hold(self, value):
        x = (value * np.random.default_rng(3).standard_normal((3000, 8))).astype(SINGLE)
        x[:, 1] = 0.0
        x[:, 2] = value

        stats, exact = batch_stats(x), batch_stats(x.astype(float))

        np.testing.assert_allclose(stats.var, exact.var, rtol=1e-12)
        assert stats.var[1:3].tolist() == [0.0, 0.0]

    @pytest.mark.parametrize("value", [1e25, 1e-25])
    def test_mean_squares_that_float32_does_not_hold(self, value):
        x = (value * np.random.default_rng(4).standard_normal((3000, 8))).astype(SINGLE)

        np.testing.assert_allclose(rms_norm(x, eps=1e-60), rms_norm(x.astype(float), eps=1e-60), rtol=1e-6)

    def test_statistics_that_no_narrow_float_holds(self):
        y = batch_norm_eval(np.array([3e38], SINGLE), running_mean=1e39, running_var=1e78)

        np.testing.assert_allclose(y, [(float(SINGLE(3e38)) - 1e39) / 1e39], rtol=1e-6)

    def test_scale_and_shift_that_cancel(self):
        y = batch_norm_eval(np.array([3e38], SINGLE), 0.0, 1.0, gamma=2.0, beta=-5e38)

        np.testing.assert_allclose(y, [2 * float(SINGLE(3e38)) / np.sqrt(1 + 1e-5) - 5e38], rtol=1e-6)

    def test_a_small_float16_weight_on_a_large_bias(self):
        # The product 6e4 * 2 does not fit float16, the sum does.
        y = layer_norm(np.array([[1, 3]], HALF), np.array(6e4, HALF) * SINGLE(2), [6e4, -6e4])

        np.testing.assert_allclose(y.astype(float), [[-6e4, 6e4]], rtol=1e-3)

    @pytest.mark.parametrize("dtype", [HALF, SINGLE])
    def test_the_gradient_of_a_pair_keeps_its_digits(self, dtype):
        x = np.array([0, 1], dtype)

        dx, dgamma, _ = batch_norm_backward([1.0, 0.0], batch_norm(x))

        # Of 1 - x_hat**2 = 4e-5 the rounding of a float16 x_hat, 5e-4, would leave nothing. 6e-8 is its smallest step.
        assert float(dx[0]) == pytest.approx(3.99976e-05, rel=1e-5, abs=3.1e-8 if dtype is HALF else 0)
        assert float(dgamma) == pytest.approx(-1 / (2 * np.sqrt(0.25 + 1e-5)), rel=1e-14)

    def test_weights_are_rounded_once(self):
        x = np.random.default_rng(1).standard_normal((50, 40)).astype(HALF)
        weight, bias = np.random.default_rng(2).standard_normal((2, 40))

        exact = layer_norm(x.astype(float), weight, bias)

        # Half a unit in the last place, and nothing more.
        apart = np.abs(layer_norm(x, weight, bias).astype(float) - exact)
        assert np.all(apart <= np.spacing(np.abs(exact).astype(HALF)).astype(float) / 2 + 1e-12)

    def test_float16_convolutions_are_summed_in_float64(self):
        x, kernel = np.ones((1, 1, 64, 64), HALF), np.full((1, 1, 64, 64), 0.1, HALF)

        # In float16 the sum stands still at 256.
        assert conv2d(x, kernel).item() == HALF(4096 * float(HALF(0.1)))

    def test_running_statistics_of_narrow_floats(self):
        running = RunningStats(np.array([6e4], HALF), np.array([6e4], HALF))
        moved = running.update(BatchStats(np.array([6e4], HALF), np.array([6e4], HALF), 2), momentum=0.5)

        assert (moved.mean.item(), moved.var.item()) == (6e4, 9e4)

    def test_merging_narrow_floats(self):
        parts = [BatchStats(np.array([mean], HALF), np.array([0], HALF), 1) for mean in (6e4, -6e4)]

        # 6e4 in float16 is 60000 exactly.
        assert (merge(parts).mean.item(), merge(parts).var.item()) == (0.0, 3.6e9)

    def test_bias_correction_of_a_slow_average(self):
        running = RunningStats(np.array([0.0]), np.array([1.0])).update(
            BatchStats(np.array([4.0]), np.array([1.0]), 2), momentum=1e-18
        )

        assert bias_corrected(running, momentum=1e-18).mean.item() == pytest.approx(4.0, rel=1e-14)


class Tensor:
    """Like a PyTorch tensor: whether it becomes an array is its own decision."""

    def __init__(self, error, dtype="torch.float32"):
        self.error, self.dtype = error, dtype

    def __array__(self, *arguments, **named):
        raise self.error

    def detach(self):
        return self


NEEDS_GRADIENT = RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
ON_A_GPU = TypeError("can't convert cuda:0 device type tensor to numpy.")
NO_SUCH_TYPE = TypeError("Got unsupported ScalarType BFloat16")


class Traced:
    """Like an array that JAX is tracing."""

    def __array__(self, *arguments, **named):
        raise TypeError("The numpy.ndarray conversion method __array__() was called on traced array.")


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (
                Tensor(NEEDS_GRADIENT),
                "x must be numbers that numpy can read; got a Tensor that numpy cannot. Pass x.detach().cpu().numpy().",
            ),
            (
                Tensor(ON_A_GPU),
                "x must be numbers that numpy can read; got a Tensor that numpy cannot. Pass x.detach().cpu().numpy().",
            ),
            (
                Tensor(NO_SUCH_TYPE, "torch.bfloat16"),
                "x must be numbers that numpy can read; got a Tensor that numpy cannot. "
                "Pass x.detach().cpu().float().numpy().",
            ),
            (
                [Tensor(NEEDS_GRADIENT), Tensor(NEEDS_GRADIENT)],
                "x must be numbers that numpy can read; got a list of Tensors that numpy cannot. "
                "Pass each as .detach().cpu().numpy().",
            ),
            (Traced(), "x must be numbers that numpy can read as one array; got a Traced."),
            ([[1.0, 2.0], [3.0]], "x must be numbers that numpy can read as one array; got a list of unequal parts."),
            (["a", "b"], "x must hold real numbers; got dtype <U1."),
            ([1j], "x must hold real numbers; got dtype complex128."),
            ([None, 1.0], "x must hold real numbers; got dtype object."),
            (
                np.ma.array([1.0, 2.0, 99.0], mask=[0, 0, 1]),
                "x must not hold masked values; got 1. Leave them out with x.compressed(), or call masked_batch_norm "
                "with a mask that is true where values count.",
            ),
        ],
    )
    def test_a_sentence_says_what_to_pass(self, x, message):
        assert refusal(lambda: batch_norm(x)) == message
        assert refusal(lambda: batch_stats(x)) == message
        assert refusal(lambda: layer_norm(x)) == message

    @pytest.mark.parametrize("name", ["gamma", "beta"])
    def test_the_parameters_have_their_names_in_it(self, name):
        message = refusal(lambda: batch_norm([[1.0, 2.0]], **{name: Tensor(NEEDS_GRADIENT)}))

        assert message == (
            f"{name} must be numbers that numpy can read; got a Tensor that numpy cannot. "
            f"Pass {name}.detach().cpu().numpy()."
        )

    def test_a_masked_array_that_hides_nothing_is_an_array(self):
        assert batch_stats(np.ma.array([1.0, 2.0, 3.0], mask=[0, 0, 0])).mean == 2.0

    def test_a_tensor_that_numpy_can_read_is_read(self):
        class Readable(Tensor):
            def __array__(self, *arguments, **named):
                return np.array([1.0, 3.0])

        assert batch_stats(Readable(None)).mean == 2.0

    @pytest.mark.parametrize(
        ("eps", "message"),
        [
            ("1", "eps must hold real numbers; got dtype <U1."),
            (None, "eps must hold real numbers; got dtype object."),
            ([1e-5, 1e-5], "eps must be one number; got shape (2,)."),
            (np.float32(0), "eps must be a number more than 0; got 0."),
        ],
    )
    def test_eps(self, eps, message):
        assert refusal(lambda: batch_norm([1.0, 2.0], eps=eps)) == message

    def test_eps_may_be_any_real_number(self):
        expected = batch_norm([1.0, 2.0], eps=1.0).y

        for eps in (1, np.float32(1), np.int8(1), np.array(1.0)):
            assert np.array_equal(batch_norm([1.0, 2.0], eps=eps).y, expected)


def running_beside(x):
    return RunningStats(np.float64(0), np.float64(1)) if x.ndim < 2 else RunningStats.start(x.shape[1])


class TestAnyArray:
    """Every function of one batch answers with arrays or one of the engine's own sentences, and never a warning."""

    CALLS = (
        batch_stats,
        lambda x: batch_norm(x).x_hat,
        lambda x: batch_norm(x, 2.0, 1.0).y,
        lambda x: batch_norm_backward(np.ones_like(x), batch_norm(x, 2.0)),
        lambda x: batch_norm_eval(x, 0.0, 1.0),
        lambda x: layer_norm(x, 2.0, 1.0),
        lambda x: rms_norm(x, 2.0),
        lambda x: group_norm(x, 1, 2.0, 1.0),
        lambda x: instance_norm(x, 2.0, 1.0),
        lambda x: ghost_batch_norm(x, 1).y,
        lambda x: masked_batch_norm(x, np.ones(x.shape[:1])).y,
        lambda x: engine.masked_batch_norm_backward(np.ones_like(x), masked_batch_norm(x, np.ones(x.shape[:1]))),
        lambda x: engine.ghost_batch_norm_backward(np.ones_like(x), ghost_batch_norm(x, 1)),
        lambda x: batch_renorm(x, running_beside(x), r_max=3, d_max=5).y,
        lambda x: running_beside(x).update(batch_norm(x)),
        lambda x: stream_stats([x, x]),
        lambda x: merge([batch_stats(x), batch_stats(x)]),
        histogram,
        lambda x: fold_linear(x, None, 0.0, 1.0),
        lambda x: fold_conv(x, None, 0.0, 1.0),
        lambda x: fold_conv(x, None, 0.0, 1.0, transposed=True),
        lambda x: conv2d(x, np.ones((1, 1, 1, 1))),
    )
    VALUES = (0.0, 1.0, -3.5, 6e4, 1e-7, 3e38, 1e-42, 1e154, -1e300, 1e-320, np.nan, np.inf, -np.inf)
    DTYPES = ("f2", "f4", "f8", ">f4", "g", "i1", "i8", "u8", "?", "c8", "O", "U3", "M8[s]")

    @pytest.mark.parametrize("shape", [(0,), (), (1,), (2,), (0, 3), (1, 1), (2, 3), (40, 2), (3, 2, 2), (2, 2, 3, 3)])
    def test_is_answered(self, shape):
        rng = np.random.default_rng(len(shape))
        arrays = [np.full(shape, self.VALUES[0])]
        arrays += [rng.choice(self.VALUES, shape) for _ in range(3)]
        arrays += [np.asarray(value * rng.standard_normal(shape)) for value in (6e4, 3e38, 1e-42, 1e200)]
        answered, refusals = 0, []
        for array in arrays:
            for dtype in self.DTYPES:
                with np.errstate(all="ignore"):
                    x = np.nan_to_num(array).astype(dtype) if dtype[-1] in "18s?" else array.astype(dtype)
                view = np.asarray((x, x[::-1] if x.ndim else x, x.T)[len(dtype) % 3])
                view.flags.writeable = False
                for call in self.CALLS:
                    try:
                        call(view)
                        answered += 1
                    except InputError as error:
                        refusals.append(str(error))
        assert all(refusal.endswith(".") for refusal in refusals)
        assert answered or 0 in shape or shape == ()
