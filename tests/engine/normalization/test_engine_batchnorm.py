"""Forward, eval mode and backward of batch normalization."""

import copy

import numpy as np
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rounding import CLOSE

from bnsim.engine import batch_norm, batch_norm_backward, batch_norm_eval
from bnsim.errors import InputError, ShapeError

SHAPES = [(7,), (7, 3), (4, 3, 5), (4, 3, 5, 2), (3, 2, 4, 2, 3), (1, 3, 4, 4)]
EXACT = 1e-13  # a few roundings of float64 in values of order one


def axes_of(x):
    return None if x.ndim == 1 else tuple(a for a in range(x.ndim) if a != 1)


def by_channel(values, x):
    return values if x.ndim == 1 else np.reshape(values, (-1,) + (1,) * (x.ndim - 2))


def some_batch(shape, seed=0, mean=3.0):
    rng = np.random.default_rng(seed)
    channels = () if len(shape) == 1 else shape[1]
    return rng.normal(mean, 2.5, shape), rng.normal(1, 1, channels), rng.normal(0, 2, channels)


@pytest.fixture(params=SHAPES, ids=str)
def case(request):
    return some_batch(request.param)


class TestForward:
    def test_it_is_the_formula(self, case):
        x, gamma, beta = case
        mean, var = x.mean(axis=axes_of(x), keepdims=True), x.var(axis=axes_of(x), keepdims=True)
        x_hat = (x - mean) / np.sqrt(var + 1e-3)

        forward = batch_norm(x, gamma, beta, eps=1e-3)

        np.testing.assert_allclose(forward.x_hat, x_hat, atol=EXACT)
        np.testing.assert_allclose(forward.y, by_channel(gamma, x) * x_hat + by_channel(beta, x), atol=10 * EXACT)
        np.testing.assert_allclose(forward.inv_std, 1 / np.sqrt(forward.var + 1e-3), rtol=1e-15)
        assert forward.count == x.size // max(np.size(gamma), 1)

    def test_the_golden_example(self):
        signs = np.array([1.0, -1.0] * 16)

        forward = batch_norm(3.0 + 2.5 * signs)

        # (6 - 3) / sqrt(6.25 + 1e-5) = 1.2 - 9.6e-7
        assert (6.0 - forward.mean) * forward.inv_std == pytest.approx(1.199999040001152, abs=1e-15)

    def test_without_gamma_and_beta_y_is_x_hat(self, case):
        forward = batch_norm(case[0])

        np.testing.assert_allclose(forward.y, forward.x_hat, **CLOSE)

    def test_numbers_serve_every_channel(self, case):
        x = case[0]
        channels = np.shape(batch_norm(x).mean)

        by_number = batch_norm(x, -2, 3).y

        np.testing.assert_allclose(by_number, batch_norm(x, np.full(channels, -2.0), np.full(channels, 3.0)).y, **CLOSE)

    def test_a_flat_batch_is_one_channel(self):
        x = some_batch((9,))[0]

        np.testing.assert_allclose(batch_norm(x, 2, 1).y, batch_norm(x[:, None], [2], [1]).y[:, 0], atol=EXACT)

    def test_results_are_values(self):
        forward = batch_norm([1.0, 2.0])

        with pytest.raises(ValueError, match="read-only"):
            forward.y[0] = 3.0
        with pytest.raises(AttributeError):
            forward.y = forward.x_hat

    @pytest.mark.parametrize("gamma", [None, 2.0])
    def test_x_hat_of_a_copy_cannot_be_written_to_either(self, gamma):
        forward = copy.deepcopy(batch_norm(np.arange(6.0), gamma))
        before = forward.y.copy()
        with pytest.raises(ValueError, match="read-only"):
            forward.x_hat[0] = 1.0

        assert forward.y.tolist() == before.tolist()

    def test_x_changed_before_x_hat_is_asked_for_where_it_is_y(self):
        x = np.array([1.0, 2.0, 4.0])
        forward, unchanged = batch_norm(x), batch_norm(x.copy())
        x[0] = 9.0

        assert forward.x_hat.tolist() == unchanged.x_hat.tolist()
        assert batch_norm_backward(x, forward)[0].tolist() == batch_norm_backward(x, unchanged)[0].tolist()

    @pytest.mark.parametrize(("gamma", "beta", "dtype"), [(2.0, None, "d"), (None, 1.0, "d"), (None, None, "f")])
    def test_x_changed_before_x_hat_is_asked_for(self, gamma, beta, dtype):
        x = np.array([1.0, 2.0, 4.0], dtype)
        forward = batch_norm(x, gamma, beta)
        x[0] = 9.0

        with pytest.raises(InputError) as error:
            _ = forward.x_hat

        assert str(error.value) == "x must not be changed between the forward pass and x_hat; pass a copy of x."


class TestIdentities:
    @given(
        hnp.arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.floats(-1e3, 1e3)),
        st.sampled_from([1e-8, 1e-5, 1e-3, 1.0]),
    )
    @settings(deadline=None)
    def test_sums_and_samuelsons_bound(self, x, eps):
        forward = batch_norm(x, eps=eps)
        count = forward.count

        np.testing.assert_allclose(forward.x_hat.sum(axis=0), 0, atol=1e-13 * count)
        np.testing.assert_allclose(
            np.square(forward.x_hat).sum(axis=0), count * forward.var / (forward.var + eps), rtol=1e-11, atol=1e-20
        )
        assert np.all(np.abs(forward.x_hat) <= np.sqrt(count - 1) * (1 + 1e-12))

    @pytest.mark.parametrize("offset", [0.0, 1e4, -1e8, 1e12])
    def test_x_hat_sums_to_zero_whatever_the_offset(self, offset):
        x = offset + np.random.default_rng(1).standard_normal(1000)

        # 1000 roundings of numbers of order one.
        assert abs(batch_norm(x).x_hat.sum()) < 1000 * 2.3e-16

    def test_a_shift_of_the_batch_is_removed(self, case):
        x = np.round(case[0], 3)

        np.testing.assert_allclose(batch_norm(x + 1024.0).x_hat, batch_norm(x).x_hat, atol=1e-12)

    def test_a_factor_is_removed_when_eps_scales_with_its_square(self, case):
        x = case[0]

        np.testing.assert_allclose(batch_norm(4 * x, eps=16e-5).x_hat, batch_norm(x, eps=1e-5).x_hat, **CLOSE)

    def test_order_of_examples_does_not_matter(self, case):
        x = case[0]
        order = np.random.default_rng(2).permutation(len(x))

        np.testing.assert_allclose(batch_norm(x[order]).x_hat, batch_norm(x).x_hat[order], atol=EXACT)

    def test_identity_recovery(self, case):
        x = case[0]
        first = batch_norm(x)

        y = batch_norm(x, 1 / first.inv_std, first.mean).y

        np.testing.assert_allclose(y, x, rtol=0, atol=1e-14 * np.abs(x).max())

    def test_two_values_become_plus_and_minus_one(self):
        x_hat = batch_norm([[5.0], [9.0]], eps=1e-12).x_hat

        np.testing.assert_allclose(x_hat[:, 0], [-1, 1], rtol=1e-12)

    @pytest.mark.parametrize(("sigma", "spread"), [(1, 0.999995), (0.1, 0.99950), (0.01, 0.95346), (0.001, 0.30151)])
    def test_the_spread_is_less_than_one(self, sigma, spread):
        x_hat = batch_norm(sigma * np.array([1.0, -1.0])).x_hat

        assert x_hat.std() == pytest.approx(spread, abs=6e-6)


class TestCollapse:
    @together("dtype", [np.float16, np.float32, np.float64])
    @together("value", [0.1, 3.3, -1e4, 0.0])
    def test_a_constant_channel_gives_exactly_beta(self, dtype, value):
        x = np.full((7, 2), value, dtype)

        forward = batch_norm(x, [1.5, -2.0], [0.25, 8.0])

        assert np.all(forward.x_hat == 0)
        assert np.all(forward.y == np.array([0.25, 8.0], dtype))

    @given(st.floats(-1e100, 1e100), st.floats(-10, 10), st.floats(-10, 10))
    @settings(deadline=None)
    def test_one_value_gives_exactly_beta(self, value, gamma, beta):
        forward = batch_norm([value], gamma, beta)

        assert forward.x_hat.tolist() == [0.0]
        assert forward.y.tolist() == [beta]

    def test_gamma_zero_gives_exactly_beta(self, case):
        assert np.all(batch_norm(case[0], 0.0, 0.3).y == 0.3)

    def test_a_convolution_with_one_image_does_not_collapse(self):
        x = some_batch((1, 3, 4, 4))[0]

        assert batch_norm(x).x_hat.std() == pytest.approx(1.0, abs=1e-5)

    def test_a_tiny_eps_does_not_overflow_narrow_floats(self):
        forward = batch_norm(np.full(4, 3.3, np.float16), eps=1e-30)

        assert forward.y.tolist() == [0.0] * 4


class TestDtypes:
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_it_comes_back_in_its_own(self, dtype):
        x = some_batch((8, 3))[0].astype(dtype)
        forward = batch_norm(x, np.ones(3), np.zeros(3))
        dx, dgamma, _ = batch_norm_backward(x, forward)

        assert forward.y.dtype == forward.x_hat.dtype == dx.dtype == dtype
        assert batch_norm_eval(x, 0, 1).dtype == dtype
        assert forward.mean.dtype == forward.var.dtype == dgamma.dtype == np.float64

    @pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_])
    def test_whole_numbers_become_float64(self, dtype):
        assert batch_norm(np.array([0, 1, 1], dtype)).y.dtype == np.float64

    @pytest.mark.parametrize(("dtype", "offset"), [(np.float16, 3), (np.float32, 3), (np.float32, 1e4)])
    def test_narrow_floats_are_right_to_a_few_last_places(self, dtype, offset):
        x = some_batch((4096, 3), mean=offset)[0].astype(dtype)

        y = batch_norm(x, 1.5, 0.25).y.astype(np.float64)

        exact = batch_norm(x.astype(np.float64), 1.5, 0.25).y
        assert np.max(np.abs(y - exact) / np.maximum(np.abs(exact), 1)) < 4 * np.finfo(dtype).eps

    @together("shape", [(60, 100), (500, 60), (4096, 256)])
    @together("deviations", [0, 1, 2, 3, 4, 7, 9, 30])
    def test_wherever_the_mean_is(self, shape, deviations):
        x = deviations + np.random.default_rng(9).standard_normal(shape)
        narrow = x.astype(np.float32)

        def exact(x):
            wide = x.astype(np.longdouble)
            apart = wide - wide.mean(axis=0)
            return apart / np.sqrt(np.square(apart).mean(axis=0) + np.longdouble(1e-5))

        np.testing.assert_allclose(batch_norm(x).y, exact(x), rtol=1e-12, atol=1e-12)
        # Eight units in the last place of 1; PyTorch 2.13 is off by 90 at 3 deviations, by 380 at 30.
        np.testing.assert_allclose(batch_norm(narrow).y, exact(narrow), rtol=1e-6, atol=1e-6)

    def test_float16_does_not_overflow_in_its_sums(self):
        x = np.full(1024, 300, np.float16)
        x[::2] = 200

        assert batch_norm(x).mean == 250.0
        assert batch_norm(x).var == 2500.0


class TestNonFinite:
    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_it_spoils_its_own_channel_only(self, bad):
        x = np.array([[1.0, bad], [3.0, 1.0]])
        forward = batch_norm(x)

        assert np.isnan(forward.y[:, 1]).all()
        np.testing.assert_allclose(forward.y[:, 0], [-1, 1], atol=1e-5)
        assert np.isnan(forward.x_hat[:, 1]).all()


class TestRefusals:
    @pytest.mark.parametrize("eps", [0.0, -1e-5, np.nan, np.inf])
    def test_eps_must_be_positive(self, eps):
        for call in (lambda: batch_norm([1.0], eps=eps), lambda: batch_norm_eval([1.0], 0, 1, eps=eps)):
            with pytest.raises(InputError) as error:
                call()
            assert str(error.value) == f"eps must be a number more than 0; got {eps:g}."

    def test_an_empty_batch(self):
        with pytest.raises(ShapeError) as error:
            batch_norm(np.zeros((0, 4)))

        assert str(error.value) == "x must hold at least one value per channel; got shape (0, 4)."

    @pytest.mark.parametrize("name", ["gamma", "beta"])
    def test_one_number_per_channel(self, name):
        with pytest.raises(ShapeError) as error:
            batch_norm(np.zeros((4, 3)), **{name: [1.0, 2.0]})

        assert str(error.value) == f"{name} must be one number or have shape (3,); got shape (2,)."

    def test_one_number_for_a_flat_batch(self):
        with pytest.raises(ShapeError) as error:
            batch_norm(np.zeros(4), [1.0, 2.0])

        assert str(error.value) == "gamma must be one number; got shape (2,)."

    def test_a_negative_running_variance(self):
        with pytest.raises(InputError) as error:
            batch_norm_eval(np.zeros((4, 2)), 0, [1.0, -0.5])

        assert str(error.value) == "running_var must not be negative; got -0.5."

    def test_a_gradient_of_another_shape(self):
        with pytest.raises(ShapeError) as error:
            batch_norm_backward(np.zeros((4, 1)), batch_norm(np.zeros((4, 2))))

        assert str(error.value) == "dy must have the shape of y, (4, 2); got shape (4, 1)."


class TestEval:
    def test_with_the_batchs_own_statistics_it_is_training_mode(self, case):
        x, gamma, beta = case
        forward = batch_norm(x, gamma, beta)

        np.testing.assert_allclose(batch_norm_eval(x, forward.mean, forward.var, gamma, beta), forward.y, atol=1e-12)

    def test_no_example_depends_on_its_companions(self, case):
        x, gamma, beta = case
        together = batch_norm_eval(x, 1.0, 2.0, gamma, beta)

        assert np.array_equal(batch_norm_eval(x[:1], 1.0, 2.0, gamma, beta), together[:1])

    def test_a_running_variance_of_zero_amplifies_by_the_root_of_eps(self):
        assert batch_norm_eval([1.0], 0.0, 0.0).tolist() == pytest.approx([316.2277660168379])


def numeric_gradient(loss, at, step=1e-4):
    """Central differences of fourth order, one coordinate at a time."""
    flat = np.array(at, dtype=float)
    gradient = np.empty(flat.size)
    for i in range(flat.size):
        values = []
        for move in (-2, -1, 1, 2):
            moved = flat.copy()
            moved.flat[i] += move * step
            values.append(loss(moved))
        gradient[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    return gradient.reshape(flat.shape)


class TestBackward:
    @pytest.mark.parametrize("eps", [1e-5, 0.5])
    def test_it_agrees_with_finite_differences(self, case, eps):
        x, gamma, beta = case
        dy = np.random.default_rng(3).standard_normal(x.shape)

        dx, dgamma, dbeta = batch_norm_backward(dy, batch_norm(x, gamma, beta, eps=eps), gamma)

        def loss(x, gamma, beta):
            return float((dy * batch_norm(x, gamma, beta, eps=eps).y).sum())

        # Rounding of the loss over the step, 1e-15 * 1e2 / 1e-4.
        np.testing.assert_allclose(dx, numeric_gradient(lambda v: loss(v, gamma, beta), x), atol=2e-9)
        np.testing.assert_allclose(dgamma, numeric_gradient(lambda v: loss(x, v, beta), gamma), atol=2e-9)
        np.testing.assert_allclose(dbeta, numeric_gradient(lambda v: loss(x, gamma, v), beta), atol=2e-9)

    def test_the_forward_pass_remembers_its_gamma(self, case):
        x, gamma, beta = case
        forward = batch_norm(x, gamma, beta)

        one, other = batch_norm_backward(x, forward)[0], batch_norm_backward(x, forward, gamma)[0]
        np.testing.assert_allclose(one, other, **CLOSE)

    def test_dx_sums_to_zero_over_each_channel(self, case):
        x, gamma, _ = case
        dy = np.random.default_rng(4).standard_normal(x.shape)

        dx, _, _ = batch_norm_backward(dy, batch_norm(x, gamma), gamma)

        np.testing.assert_allclose(dx.sum(axis=axes_of(x)), 0, atol=1e-13)

    def test_dx_is_orthogonal_to_x_hat_up_to_eps(self, case):
        x = case[0]
        dy = np.random.default_rng(5).standard_normal(x.shape)

        dx, _, _ = batch_norm_backward(dy, forward := batch_norm(x, eps=1e-14))

        np.testing.assert_allclose((dx * forward.x_hat).sum(axis=axes_of(x)), 0, atol=1e-12)

    def test_with_two_examples_almost_nothing_is_left(self):
        eps, var = 1e-5, 0.25
        dx, _, _ = batch_norm_backward([[1.0], [0.0]], batch_norm([[0.0], [1.0]], eps=eps))

        expected = eps / (2 * (var + eps) ** 1.5)  # 3.99976e-5
        np.testing.assert_allclose(np.abs(dx), expected, rtol=1e-10)

    def test_a_bias_before_it_gets_no_gradient(self):
        x, gamma, _ = some_batch((16, 3))
        dx, _, _ = batch_norm_backward(np.ones_like(x) * x**2, batch_norm(x, gamma), gamma)

        np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)

    def test_weights_before_it_are_orthogonal_to_their_gradient(self):
        rng = np.random.default_rng(6)
        inputs, weight, dy = rng.normal(size=(32, 5)), rng.normal(size=(5, 3)), rng.normal(size=(32, 3))

        dx, _, _ = batch_norm_backward(dy, batch_norm(inputs @ weight, eps=1e-14))

        np.testing.assert_allclose((weight * (inputs.T @ dx)).sum(axis=0), 0, atol=1e-11)
