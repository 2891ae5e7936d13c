"""Mean and variance of one batch: exact where exactness is possible."""

from fractions import Fraction

import numpy as np
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnsim.engine import batch_stats
from bnsim.errors import InputError, ShapeError

SHAPES = [(7,), (7, 3), (4, 3, 5), (4, 3, 5, 2), (3, 2, 4, 2, 3), (1, 3, 4, 4), (1, 3), (1,)]
EXACT = 1e-14  # a few roundings of float64
finite = st.floats(-1e6, 1e6, allow_subnormal=True)


def exact_stats(values):
    """Mean and biased variance in rational arithmetic, rounded once."""
    numbers = [Fraction(float(v)) for v in values]
    mean = sum(numbers) / len(numbers)
    return float(mean), float(sum((v - mean) ** 2 for v in numbers) / len(numbers))


class TestShapes:
    @pytest.mark.parametrize("shape", SHAPES)
    def test_every_axis_but_the_channels_is_averaged(self, shape):
        x = np.random.default_rng(0).normal(3, 2, shape)
        axes = None if x.ndim == 1 else tuple(a for a in range(x.ndim) if a != 1)

        stats = batch_stats(x)

        np.testing.assert_allclose(stats.mean, x.mean(axis=axes), rtol=EXACT)
        np.testing.assert_allclose(stats.var, x.var(axis=axes), rtol=1e-13, atol=1e-30)
        assert np.shape(stats.mean) == np.shape(stats.var) == (() if x.ndim == 1 else (shape[1],))

    @pytest.mark.parametrize("shape", SHAPES)
    def test_the_count_is_what_one_channel_averages_over(self, shape):
        channels = shape[1] if len(shape) > 1 else 1

        assert batch_stats(np.zeros(shape)).count == np.prod(shape) // channels

    def test_a_flat_batch_has_scalar_statistics(self):
        stats = batch_stats([1, 2, 3, 4])

        assert isinstance(stats.mean, np.float64)
        assert (stats.mean, stats.var, stats.count) == (2.5, 1.25, 4)

    @pytest.mark.parametrize(
        "layout", [np.asfortranarray, lambda x: np.repeat(x, 2, axis=0)[::2], lambda x: x[::-1][::-1]]
    )
    def test_the_memory_layout_does_not_matter(self, layout):
        x = np.random.default_rng(1).normal(5, 1, (6, 4, 3, 2))

        np.testing.assert_allclose(batch_stats(layout(x)).var, batch_stats(x).var, rtol=EXACT)

    def test_results_are_frozen(self):
        with pytest.raises(AttributeError):
            batch_stats([1.0]).mean = 2.0


class TestConstantBatch:
    @given(value=st.floats(-1e300, 1e300), count=st.integers(1, 3000))
    @settings(deadline=None)
    def test_mean_is_the_value_and_variance_is_zero(self, value, count):
        stats = batch_stats(np.full(count, value))

        assert stats.mean == value
        assert stats.var == 0.0

    @together("dtype", [np.float16, np.float32, np.float64])
    @together(("value", "count"), [(0.1, 3), (2.3, 7), (3.3, 32), (1 / 3, 100_003)])
    def test_in_every_dtype_and_layout(self, dtype, value, count):
        x = np.full((count, 2), value, dtype)

        for batch in (x, x.T.copy()[None], x[:, :, None]):
            stats = batch_stats(batch)
            assert np.all(stats.mean == np.float64(dtype(value)))
            assert np.all(stats.var == 0.0)

    def test_beside_a_channel_that_varies(self):
        stats = batch_stats(np.column_stack([np.full(7, 2.3), np.arange(7.0)]))

        assert stats.mean.tolist() == [2.3, 3.0]
        assert stats.var.tolist() == [0.0, 4.0]

    def test_one_value_has_no_variance(self):
        assert (batch_stats([0.1]).mean, batch_stats([0.1]).var) == (0.1, 0.0)


class TestExactness:
    @given(hnp.arrays(np.float64, st.integers(1, 40), elements=finite))
    @settings(deadline=None, max_examples=100)
    def test_any_batch_agrees_with_rational_arithmetic(self, x):
        mean, var = exact_stats(x)
        stats = batch_stats(x)

        assert stats.mean == pytest.approx(mean, rel=1e-12, abs=2e-16 * np.abs(x).max())
        # A spread of a few last places cannot be centred better than to one of them, nor a denormal to less than its.
        assert stats.var == pytest.approx(var, rel=1e-12, abs=(2e-16 * np.abs(x).max()) ** 2 + 5e-322)

    @pytest.mark.parametrize("offset", [1e2, 1e5, 1e8, -1e8, 1e12])
    def test_an_offset_costs_nothing(self, offset):
        x = offset + np.random.default_rng(2).standard_normal(1000)
        mean, var = exact_stats(x)

        assert batch_stats(x).mean == mean
        assert batch_stats(x).var == pytest.approx(var, rel=1e-13)

    @pytest.mark.parametrize(
        "x",
        [
            1.0 + 1e-7 * np.random.default_rng(3).standard_normal(500),
            np.random.default_rng(4).standard_normal(500) * 1e-160,
            np.concatenate([[1e16], np.ones(99)]),
            np.concatenate([np.ones(99), [-1e16]]),
            10.0 ** np.random.default_rng(5).uniform(-20, 20, 500),
            np.nextafter(1.0, [0, 1, 2, 2, 1, 1, 0]),
            np.arange(1000.0),
        ],
        ids=["variance 1e-14", "tiny", "outlier first", "outlier last", "mixed magnitudes", "neighbours", "sorted"],
    )
    def test_hostile_batches(self, x):
        mean, var = exact_stats(x)

        assert batch_stats(x).mean == pytest.approx(mean, rel=1e-13)
        assert batch_stats(x).var == pytest.approx(var, rel=1e-12)

    def test_denormals(self):
        x = np.array([5e-324, 1e-310, 3e-310])

        assert batch_stats(x).mean == pytest.approx(4e-310 / 3, rel=1e-9)
        assert batch_stats(x).var == 0.0

    def test_a_million_values(self):
        x = 1e4 + np.random.default_rng(6).standard_normal(1_000_000)
        wide = x.astype(np.longdouble)

        assert batch_stats(x).mean == pytest.approx(float(wide.mean()), rel=1e-15)
        assert batch_stats(x).var == pytest.approx(float(wide.var()), rel=1e-12)

    @pytest.mark.parametrize("shape", [(8000, 2), (5, 3, 1000), (40, 4, 5)])
    @pytest.mark.parametrize("offset", [0.0, 1e4])
    def test_small_batches_and_long_runs_of_float32_are_summed_in_float64(self, shape, offset):
        x = (offset + np.random.default_rng(7).standard_normal(shape)).astype(np.float32)
        stats, wide = batch_stats(x), batch_stats(x.astype(np.float64))

        assert stats.mean.dtype == np.float64
        np.testing.assert_allclose(stats.mean, wide.mean, rtol=1e-15, atol=1e-15)
        np.testing.assert_allclose(stats.var, wide.var, rtol=1e-13)

    @together("shape", [(50_000, 2), (4096, 64), (999, 3, 7, 7)])
    @together("offset", [0.0, 1.5, 1e4])
    @together("dtype", [np.float16, np.float32])
    def test_large_batches_of_narrow_rows_keep_seven_digits(self, dtype, shape, offset):
        x = (offset + np.random.default_rng(8).standard_normal(shape)).astype(dtype)
        stats, wide = batch_stats(x), batch_stats(x.astype(np.float64))

        assert np.all(np.abs(stats.mean - wide.mean) <= 1e-7 * np.sqrt(wide.var))
        np.testing.assert_allclose(stats.var, wide.var, rtol=2e-7)


class TestRefusals:
    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (3.0, "x must have from 1 to 5 dimensions; got shape ()."),
            (np.zeros((1,) * 6), "x must have from 1 to 5 dimensions; got shape (1, 1, 1, 1, 1, 1)."),
            ([], "x must hold at least one value per channel; got shape (0,)."),
            (np.zeros((0, 3)), "x must hold at least one value per channel; got shape (0, 3)."),
            (np.zeros((3, 0)), "x must hold at least one value per channel; got shape (3, 0)."),
        ],
    )
    def test_shapes_that_are_no_batch(self, x, message):
        with pytest.raises(ShapeError) as error:
            batch_stats(x)

        assert str(error.value) == message

    @pytest.mark.parametrize(("x", "dtype"), [(["a"], "<U1"), ([1j], "complex128"), ([None], "object")])
    def test_what_is_no_real_number(self, x, dtype):
        with pytest.raises(InputError) as error:
            batch_stats(x)

        assert str(error.value) == f"x must hold real numbers; got dtype {dtype}."


class TestNonFinite:
    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_it_spoils_its_own_channel_only(self, bad):
        x = np.array([[1.0, bad, 3.0], [3.0, 1.0, 3.0]])
        stats = batch_stats(x)

        assert np.isnan(stats.var).tolist() == [False, True, False]
        assert not np.isfinite(stats.mean[1])
        assert stats.mean[[0, 2]].tolist() == [2.0, 3.0]
        assert stats.var[[0, 2]].tolist() == [1.0, 0.0]
