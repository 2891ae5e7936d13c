"""The fast paths equal the formula, in every layout they distinguish, and ask for little memory."""

import tracemalloc

import numpy as np
import pytest

from bnsim.engine import batch_norm, batch_norm_eval
from bnsim.engine.blocks import BLOCK, FEW, LONG_RUN, SHORT_SUM, affine, sums
from bnsim.engine.stats import batch_stats

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


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


@pytest.fixture(params=[np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


class TestSums:
    @pytest.mark.parametrize("with_pivot", [False, True])
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
    @pytest.mark.parametrize("with_pivot", [False, True])
    @pytest.mark.parametrize("in_place", [False, True])
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


class TestMemory:
    @pytest.mark.parametrize("shape", [(4096, 256), (1_000_000,), (32, 64, 28, 28), (1, 64, 128, 128)])
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("offset", [0.0, 100.0])
    def test_the_forward_pass_asks_for_little_more_than_it_returns(self, shape, dtype, offset):
        x = (offset + np.random.default_rng(2).standard_normal(shape)).astype(dtype)
        batch_norm(x[:2])

        tracemalloc.start()
        forward = batch_norm(x, 1.5, 0.5)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        # Blocks have one size whatever the batch; they count for more beside the smallest of these outputs.
        assert peak <= 1.2 * forward.y.nbytes + 5 * 8 * BLOCK * (forward.y.nbytes < 8_000_000)

    def test_a_batch_that_is_not_contiguous_is_copied_once(self):
        x = np.random.default_rng(3).standard_normal((256, 4096)).T

        tracemalloc.start()
        forward = batch_norm(x)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert peak <= 1.2 * forward.y.nbytes


class TestLayouts:
    @pytest.mark.parametrize(
        "view",
        [
            lambda x: np.asfortranarray(x),
            lambda x: x[::-1],
            lambda x: np.repeat(x, 2, axis=1)[:, ::2],
            lambda x: np.broadcast_to(x[:1], x.shape),
            lambda x: x.astype(x.dtype.newbyteorder()),
        ],
        ids=["fortran", "reversed", "strided", "broadcast", "byte order"],
    )
    @pytest.mark.parametrize("shape", [(9, 4), (3000, 20), (40, 6, 10, 10), (5, 4, 400)])
    def test_any_view_gives_what_its_copy_gives(self, view, shape):
        x = view(np.random.default_rng(4).standard_normal(shape))
        copy = np.ascontiguousarray(x).astype(np.float64)

        assert np.array_equal(batch_norm(x, 2.0).y, batch_norm(copy, 2.0).y)
        assert np.array_equal(batch_norm(x, 2.0).x_hat, batch_norm(copy, 2.0).x_hat)
        assert np.array_equal(batch_norm_eval(x, 1.0, 2.0), batch_norm_eval(copy, 1.0, 2.0))
        assert np.array_equal(batch_stats(x).var, batch_stats(copy).var)
