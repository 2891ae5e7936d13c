"""How the values of each channel are spread: counted in bins of equal width, in one pass and constant memory."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bnsim.engine.arrays import Array, quiet


@dataclass(frozen=True, eq=False)
class ChannelCounts:
    """How many values of each channel lie in each bin.

    Attributes
    ----------
    low, high : array, shape (C,)
        Ends of the bins; NaN or infinite in a channel that is not counted, the same where all values are.
    counts : array of int32, shape (C, bins)
        A bin has its lower edge and not its upper one; the last has both.
    """

    low: Array
    high: Array
    counts: Array

    @property
    def bins(self) -> int:
        """How many bins a channel has."""
        return int(self.counts.shape[1])

    def edges(self, channel: int) -> Array:
        """Return the edges of a channel's bins, one more than bins."""
        edges: Array = _edges(self.low[channel : channel + 1], self.high[channel : channel + 1], self.bins)[0]
        return edges


def channel_counts(blocks: Iterable[Array], low: Array, high: Array, *, bins: int) -> ChannelCounts:
    """Return how many values of each channel lie in each of some bins between two ends.

    Parameters
    ----------
    blocks : iterable of float64 arrays, shape (n, C, L)
        The batch in blocks of whole examples.
    low, high : array, shape (C,)
        Ends of the bins of each channel. A channel whose ends are not finite is not counted.
    bins : int
        How many there are.

    Notes
    -----
    What affine maps make of the values has the same counts between the mapped edges, so that one count serves the
    outputs of a norm in every mode.
    """
    edges = _edges(low, high, bins)
    counts = np.zeros(len(low) * bins + 1, dtype=np.int64)
    for block in blocks:
        counts += np.bincount(_places(block, low, high, edges).ravel(), minlength=len(counts))
    return ChannelCounts(low, high, counts[:-1].reshape(-1, bins).astype(np.int32))


def _edges(low: Array, high: Array, bins: int) -> Array:
    with quiet():
        edges: Array = np.linspace(low, high, bins + 1, axis=1)
    return edges


def _places(block: Array, low: Array, high: Array, edges: Array) -> Array:
    """Return of every value the place of its bin among those of all channels, and one more for what is in none.

    As `numpy.histogram` reckons: an estimate, which the edges correct by one where rounding put it beside its bin.
    """
    channels, bins = len(low), edges.shape[1] - 1
    first, last, channel = low[:, np.newaxis], high[:, np.newaxis], np.arange(channels)[:, np.newaxis]
    inside = (block >= first) & (block <= last) & np.isfinite(first) & np.isfinite(last)
    with quiet():
        in_bins = np.where(last > first, bins / (last - first), 0.0)
        place = np.where(inside, (block - first) * in_bins, 0.0).astype(np.intp)
    np.clip(place, 0, bins - 1, out=place)
    edge = place + channel * (bins + 1)
    place -= block < edges.ravel().take(edge)
    place += (block >= edges.ravel().take(edge + 1)) & (place < bins - 1) & (in_bins > 0)
    counted: Array = np.where(inside, place + channel * bins, channels * bins)
    return counted
