"""One pass over chunks gives the statistics of the whole."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnsim.engine import batch_stats, stream_stats
from bnsim.errors import InputError, ShapeError


class TestStream:
    @given(
        hnp.arrays(np.float64, st.tuples(st.integers(1, 40), st.just(3)), elements=st.floats(-1e3, 1e3)),
        st.lists(st.integers(0, 40), max_size=6),
        st.sampled_from([0.0, 1e8]),
    )
    @settings(deadline=None)
    def test_however_the_batch_is_cut(self, x, cuts, offset):
        x = np.round(x, 3) + offset

        streamed, whole = stream_stats(np.split(x, sorted(cuts))), batch_stats(x)

        np.testing.assert_allclose(streamed.mean, whole.mean, rtol=1e-15, atol=1e-12)
        np.testing.assert_allclose(streamed.var, whole.var, rtol=1e-12, atol=1e-18)
        assert streamed.count == whole.count

    @pytest.mark.parametrize("shape", [(50,), (50, 3), (50, 3, 4), (50, 3, 4, 2), (50, 3, 2, 2, 2)])
    def test_every_shape(self, shape):
        x = np.random.default_rng(0).normal(5, 2, shape)

        streamed, whole = stream_stats([x[:7], x[7:8], x[8:]]), batch_stats(x)

        np.testing.assert_allclose(streamed.var, whole.var, rtol=1e-13)
        assert np.shape(streamed.mean) == np.shape(whole.mean)

    def test_a_constant_stream_has_no_variance(self):
        stats = stream_stats(np.full(n, 0.1) for n in (3, 7, 11))

        assert (stats.mean, stats.var, stats.count) == (0.1, 0.0, 21)

    def test_a_drifting_stream(self):
        x = 1e6 + np.arange(100_000.0)

        stats = stream_stats(np.split(x, 100))

        assert stats.var == pytest.approx((1e10 - 1) / 12, rel=1e-14)

    def test_memory_does_not_grow_with_the_stream(self):
        chunk = np.random.default_rng(1).standard_normal((1000, 8))

        def peak(chunks):
            tracemalloc.start()
            stream_stats(chunk for _ in range(chunks))
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return found

        peak(3)
        assert peak(300) < 1.1 * peak(30)

    def test_narrow_chunks(self):
        x = np.random.default_rng(2).normal(300, 5, 5000).astype(np.float16)

        assert stream_stats(np.split(x, 10)).var == pytest.approx(batch_stats(x).var, rel=1e-12)

    def test_a_bad_channel_stays_alone(self):
        x = np.ones((4, 2))
        x[3, 1] = np.inf

        assert np.isnan(stream_stats([x[:2], x[2:]]).var).tolist() == [False, True]


class TestRefusals:
    @pytest.mark.parametrize("chunks", [[], [[], []]])
    def test_nothing_at_all(self, chunks):
        with pytest.raises(InputError) as error:
            stream_stats(chunks)

        assert str(error.value) == "chunks must hold at least one value; got none."

    def test_other_channels(self):
        with pytest.raises(ShapeError) as error:
            stream_stats([np.ones((2, 3)), np.ones((2, 4))])

        assert (
            str(error.value) == "chunk 2 must have the channels and dimensions of the first, (1, 3); got shape (2, 4)."
        )
