"""The fast paths equal the formula, in every layout they distinguish, and ask for little memory."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rounding import CLOSE as ROUNDED

from bnsim.engine import batch_norm, batch_norm_eval
from bnsim.engine.arrays import CACHE_LINE, aligned, quiet, quietly
from bnsim.engine.normalization.batchnorm import _forward_of_any, _forward_of_few
from bnsim.engine.statistics._fast_sums import BLOCK, FEW, LONG_RUN, SHORT_SUM, affine, sums
from bnsim.engine.statistics.batch import batch_stats

# (N, C, L): few values; narrow, wide and very wide rows; whole and ragged short sums and blocks; short and long runs.
SHAPES = [
    (60, 100, 1),
    (FEW, 1, 1),
    (FEW + 1, 1, 1),
    (4096, 8, 1),
    (SHORT_SUM * 300 + 17, 3, 1),
    (101, 256, 1),
    (3, BLOCK + 5, 1),
    (70, 64, 49),
    (9, 40, LONG_RUN - 1),
    (9, 40, LONG_RUN),
    (3, 2, BLOCK + 7),
    (1, 1, 3 * BLOCK + 1),
]
# float64 rounds at 1e-16 a value; the others are summed in float32 up to 64 values.
CLOSE = {np.float64: 1e-13, np.float32: 3e-7, np.float16: 3e-7}


DTYPES = (np.float16, np.float32, np.float64)


class TestSums:
    @together("shape", SHAPES)
    @together("dtype", DTYPES)
    @together("with_pivot", [False, True])
    def test_equal_to_the_formula(self, shape, dtype, with_pivot):
        rng = np.random.default_rng(0)
        x = (1 + rng.standard_normal(shape)).astype(dtype)
        pivot = rng.standard_normal(shape[1]).astype(dtype).astype(np.float64) if with_pivot else None
        apart = x.astype(np.float64) - (pivot[:, None] if with_pivot else 0)

        total, squares = sums(x, pivot)

        assert total.dtype == squares.dtype == np.float64
        size = np.abs(apart).sum(axis=(0, 2))
        assert np.all(np.abs(total - apart.sum(axis=(0, 2))) <= CLOSE[dtype] * size)
        np.testing.assert_allclose(squares, np.square(apart).sum(axis=(0, 2)), rtol=CLOSE[dtype])


class TestAffine:
    @together("shape", SHAPES)
    @together("dtype", DTYPES)
    @together("with_pivot", [False, True])
    @together("in_place", [False, True])
    def test_equal_to_the_formula(self, shape, dtype, with_pivot, in_place):
        rng = np.random.default_rng(1)
        x = rng.standard_normal(shape).astype(dtype)
        narrow = np.result_type(dtype, np.float32)
        scale, shift, pivot = rng.standard_normal((3, shape[1])).astype(narrow)
        pivot = pivot if with_pivot else None
        expected = x - (pivot[:, None] if with_pivot else narrow.type(0))
        expected = (expected * scale[:, None] + shift[:, None]).astype(dtype)
        out = x if in_place else np.empty_like(x)

        affine(x, pivot, scale, shift, out)

        # The very same operations in the same order.
        assert np.array_equal(out, expected)


class TestFew:
    """A few rows have a path of their own, which returns what the other returns."""

    @given(
        hnp.arrays(
            st.sampled_from([np.float32, np.float64]),
            hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
            elements=st.floats(-1e6, 1e6, width=32),
        ),
        st.sampled_from([None, 0.0, -1.5, 1e30]),
        st.sampled_from([None, 0.25]),
    )
    @settings(deadline=None, max_examples=100)
    def test_it_agrees_with_the_path_for_any_batch(self, x, gamma, beta):
        gamma, beta = (None if v is None else np.full(x.shape[1], v) for v in (gamma, beta))
        with quiet():
            few = _forward_of_few(x, gamma, beta, 1e-5)
            expected = _forward_of_any(x, gamma, beta, 1e-5)

        if few is not None:
            for name in ("y", "mean", "var", "inv_std", "count"):
                assert np.array_equal(getattr(few, name), getattr(expected, name))
            assert np.array_equal(few.x_hat, expected.x_hat, equal_nan=True)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_common_batch_takes_it(self, dtype):
        x = (1 + np.random.default_rng(5).standard_normal((60, 100))).astype(dtype)

        assert _forward_of_few(x, None, None, 1e-5) is not None

    @pytest.mark.parametrize(
        "x",
        [
            np.full((5, 2), 3.3),
            1e8 + np.random.default_rng(6).standard_normal((60, 3)),
            np.array([[1.0, np.nan], [2.0, 1.0]]),
            np.array([[1.0, np.inf], [2.0, 1.0]]),
            np.full((4, 2), 1e-170),
            np.full((4, 2), 1e200),
            np.zeros((4, 2)),
            np.ones((1, 2)),
        ],
        ids=["constant", "offset", "NaN", "infinity", "denormal squares", "overflowing squares", "zeros", "one row"],
    )
    def test_a_hostile_batch_does_not(self, x):
        with quiet():
            assert _forward_of_few(x, None, None, 1e-5) is None

    def test_a_scale_beyond_float32_does_not(self):
        x = np.array([[1.0], [-1.0]], np.float32)

        with quiet():
            assert _forward_of_few(x, np.array([1e39]), None, 1e-5) is None


class TestMemory:
    # From a megabyte of output on: 512 rows of float64 are one, and 2048 rows of float16.
    @together(
        "shape",
        [(512, 256), (2048, 256), (4096, 256), (1_000_000,), (130, 40, 7, 7), (32, 64, 28, 28), (1, 64, 128, 128)],
    )
    @together("dtype", DTYPES)
    @together("offset", [0.0, 100.0])
    def test_the_forward_pass_asks_for_little_more_than_it_returns(self, shape, dtype, offset):
        x = (offset + np.random.default_rng(2).standard_normal(shape)).astype(dtype)
        batch_norm(x[:2])

        tracemalloc.start()
        forward = batch_norm(x, 1.5, 0.5)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        # Below a megabyte of output the blocks of the sums, which are freed before y is made, weigh more.
        assert peak <= 1.2 * max(forward.y.nbytes, 1_000_000)

    def test_a_batch_that_is_not_contiguous_is_copied_once(self):
        x = np.random.default_rng(3).standard_normal((256, 4096)).T

        tracemalloc.start()
        forward = batch_norm(x)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert peak <= 1.2 * forward.y.nbytes


class TestLayouts:
    @together(
        "view",
        [
            lambda x: np.asfortranarray(x),
            lambda x: x[::-1],
            lambda x: np.repeat(x, 2, axis=1)[:, ::2],
            lambda x: np.broadcast_to(x[:1], x.shape),
            lambda x: x.astype(x.dtype.newbyteorder()),
        ],
    )
    @together("shape", [(9, 4), (3000, 20), (40, 6, 10, 10), (5, 4, 400)])
    def test_any_view_gives_what_its_copy_gives(self, view, shape):
        x = view(np.random.default_rng(4).standard_normal(shape))
        copy = np.ascontiguousarray(x).astype(np.float64)

        np.testing.assert_allclose(batch_norm(x, 2.0).y, batch_norm(copy, 2.0).y, **ROUNDED)
        np.testing.assert_allclose(batch_norm(x, 2.0).x_hat, batch_norm(copy, 2.0).x_hat, **ROUNDED)
        assert np.array_equal(batch_norm_eval(x, 1.0, 2.0), batch_norm_eval(copy, 1.0, 2.0))
        np.testing.assert_allclose(batch_stats(x).var, batch_stats(copy).var, **ROUNDED)


class TestAligned:
    @together("dtype", DTYPES)
    @together("shape", [(1,), (7, 3), (60, 100), (4096, 256)])
    def test_it_starts_a_cache_line(self, shape, dtype):
        array = aligned(shape, np.dtype(dtype))

        assert array.ctypes.data % CACHE_LINE == 0
        assert (array.shape, array.dtype) == (shape, dtype)
        assert array.flags.c_contiguous


class TestQuietly:
    def test_nothing_warns_inside_and_everything_as_before_outside(self):
        before = np.geterr()

        # A warning would be an error here; one call stands inside another.
        found = quietly(lambda: quietly(np.divide, np.array([0.0, 1.0, 1e300]), np.array([0.0, 0.0, 1e-300])))

        assert np.array_equal(found, [np.nan, np.inf, np.inf], equal_nan=True)
        assert np.geterr() == before

    def test_from_many_threads_at_once(self):
        x = np.array([[1.0, np.nan], [3.0, 1.0]])

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: batch_norm(x).y, range(200)))

        np.testing.assert_allclose(np.stack(found), np.broadcast_to(batch_norm(x).y, (200, 2, 2)), **ROUNDED)
