"""Values of channels counted in bins; the oracle is numpy.histogram, of them and of what affine maps make of them."""

import numpy as np
import pytest

from bnsim.engine.statistics.histograms import channel_counts

BINS = 16


@pytest.fixture(scope="module")
def x():
    x = np.random.default_rng(5).normal(2, 3, size=(60, 5, 7))
    x[:, 1] = np.round(x[:, 1])  # many values on edges
    x[:, 2] = 4.25
    x[:, 3] *= 1e-200
    return x


def blocks(x):
    return [x[:7], x[7:8], x[8:]]


def ends(x):
    return x.min(axis=(0, 2)), x.max(axis=(0, 2))


class TestCounts:
    @pytest.mark.parametrize("channel", [0, 1, 3, 4])
    def test_are_those_of_numpy(self, x, channel):
        found = channel_counts(blocks(x), *ends(x), bins=BINS)
        counts, edges = np.histogram(x[:, channel], BINS)

        assert found.counts[channel].tolist() == counts.tolist()
        assert found.edges(channel).tolist() == edges.tolist()

    def test_whole_numbers_lie_where_they_should(self):
        x = np.arange(5.0).reshape(-1, 1, 1)
        found = channel_counts([x], np.array([0.0]), np.array([4.0]), bins=4)

        assert found.edges(0).tolist() == [0, 1, 2, 3, 4]
        assert found.counts.tolist() == [[1, 1, 1, 2]]  # the last bin has both its edges

    def test_values_beyond_the_ends_are_not_counted(self, x):
        low, high = np.full(5, 0.0), np.full(5, 4.0)
        found = channel_counts(blocks(x), low, high, bins=BINS)

        assert found.counts[0].tolist() == np.histogram(x[:, 0], BINS, range=(0, 4))[0].tolist()
        assert found.counts[2].sum() == 0

    def test_where_all_values_are_the_same_they_lie_in_the_first_bin(self, x):
        found = channel_counts(blocks(x), *ends(x), bins=BINS)

        assert found.counts[2].tolist() == [60 * 7] + [0] * (BINS - 1)
        assert set(found.edges(2)) == {4.25}

    def test_a_channel_without_finite_ends_is_not_counted(self, x):
        low, high = ends(x)
        low[0], high[4] = np.nan, np.inf
        with_nan = x.copy()
        with_nan[3, 1, 2] = np.nan
        found = channel_counts(blocks(with_nan), low, high, bins=BINS)

        assert found.counts.sum(axis=1).tolist() == [0, 419, 420, 420, 0]

    def test_take_the_same_room_however_many_values_there_are(self, x):
        few, many = (channel_counts([x] * times, *ends(x), bins=BINS) for times in (1, 9))

        assert few.counts.nbytes == many.counts.nbytes == 5 * BINS * 4
        assert (9 * few.counts).tolist() == many.counts.tolist()


class TestOutputs:
    @pytest.mark.parametrize("gain", [0.3, 40.0, -1.7])
    def test_of_an_affine_map_have_the_same_counts_between_the_mapped_edges(self, x, gain):
        found = channel_counts(blocks(x), *ends(x), bins=BINS)
        edges, counts = (found.edges(0) - 2.0) * gain + 0.5, found.counts[0]
        order = slice(None, None, 1 if gain > 0 else -1)
        direct, _ = np.histogram((x[:, 0] - 2.0) * gain + 0.5, edges[order])

        assert direct.tolist() == counts[order].tolist()
