"""What is known of each channel of activations that come in blocks of whole examples: one pass, constant memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.normalization.family import NormKind, normalize
from bnsim.engine.statistics.streaming import Stream
from bnsim.errors import InputError

OTHERS = (NormKind.LAYER, NormKind.GROUP, NormKind.INSTANCE, NormKind.RMS)
"""Norms that need one example only, so that blocks of examples can be normalized one by one."""


@dataclass(frozen=True, eq=False)
class ChannelProfile:
    """The channels of a batch; each array float64 of shape (C,).

    Attributes
    ----------
    examples, count : int
        How many examples there are, and how many values of each channel.
    mean, var : array
        Mean and biased variance; NaN in a channel with a value that is not finite.
    zeros : array
        Share of values that are exactly 0.
    low, high : array
        Smallest and largest value.
    odd : array
        How many values are NaN or infinite.
    family : mapping of NormKind to (mean, std)
        What each norm makes of the channels: mean and standard deviation of its output, each of shape (C,).
    """

    examples: int
    count: int
    mean: Array
    var: Array
    zeros: Array
    low: Array
    high: Array
    odd: Array
    family: dict[NormKind, tuple[Array, Array]] = field(default_factory=dict)

    def largest(self, eps: float) -> Array:
        """Return the largest |x_hat| of each channel."""
        with quiet():
            off: Array = np.maximum(self.high - self.mean, self.mean - self.low)
            return off / np.sqrt(self.var + eps)


def channel_profile(
    blocks: Iterable[Array], *, eps: float, groups: int = 1, norms: Sequence[NormKind] = OTHERS
) -> ChannelProfile:
    """Return what is known of each channel, and what the norms of the family make of it.

    Parameters
    ----------
    blocks : iterable of float64 arrays, shape (n, C, L)
        The batch in blocks of whole examples: channels second, all positions last. Each is looked at once.
    eps : float, more than 0
        Added to variances under the root.
    groups : int
        Of group norm; it must divide C.
    norms : sequence of NormKind
        Those that are tried beside batch norm.

    Raises
    ------
    InputError
        If there is no block.

    Notes
    -----
    Batch norm makes the mean 0 and the variance var / (var + eps); for that nothing need be normalized.
    """
    total: _Totals | None = None
    for block in blocks:
        total = total or _Totals(block.shape[1], norms)
        total.add(block, eps, groups)
    if total is None:
        raise InputError("activations must hold at least one example; got none.")
    return total.profile(eps)


class _Totals:
    """Sums over the blocks so far."""

    def __init__(self, channels: int, norms: Sequence[NormKind]) -> None:
        self.examples = self.count = 0
        self.raw = Stream.start(channels)
        self.zeros, self.odd = np.zeros(channels), np.zeros(channels)
        self.low, self.high = np.full(channels, np.inf), np.full(channels, -np.inf)
        self.outputs = {kind: Stream.start(channels) for kind in norms}

    def add(self, block: Array, eps: float, groups: int) -> None:
        self.examples += len(block)
        self.count += block.shape[0] * block.shape[2]
        self.raw = self.raw.add(block)
        self.zeros += np.count_nonzero(block == 0, axis=(0, 2))
        self.odd += np.count_nonzero(~np.isfinite(block), axis=(0, 2))
        self.low = np.minimum(self.low, block.min(axis=(0, 2)))
        self.high = np.maximum(self.high, block.max(axis=(0, 2)))
        with quiet():
            for kind in self.outputs:
                self.outputs[kind] = self.outputs[kind].add(normalize(block, kind, groups=groups, eps=eps))

    def profile(self, eps: float) -> ChannelProfile:
        with quiet():
            mean, var = self.raw.pivot + self.raw.residual, self.raw.var
            family = {NormKind.BATCH: (mean * 0.0, np.sqrt(var / (var + eps)))}
            for kind, stream in self.outputs.items():
                family[kind] = stream.pivot + stream.residual, np.sqrt(stream.var)
        shares = self.zeros / self.count
        return ChannelProfile(self.examples, self.count, mean, var, shares, self.low, self.high, self.odd, family)


@dataclass(frozen=True, eq=False)
class ExampleSpread:
    """How much single examples differ, which is what says how sure statistics of a batch are; arrays of shape (C,).

    Attributes
    ----------
    examples : int
        N.
    mean : array
        Mean of all values.
    var : array
        Unbiased variance: the mean square about `mean`, and what the error of that mean takes from it.
    mean_var : array
        Variance between the examples' means, divided by N - 1.
    square, square_var : array
        Mean of the examples' mean squares about `mean`, and the variance between them, divided by N - 1.
    largest_square : array
        The largest of them.
    """

    examples: int
    mean: Array
    var: Array
    mean_var: Array
    square: Array
    square_var: Array
    largest_square: Array


def example_spread(blocks: Iterable[Array], mean: Array) -> ExampleSpread:
    """Return how much single examples differ about the mean of all, which a first pass has found.

    Parameters
    ----------
    blocks : iterable of float64 arrays, shape (n, C, L)
        The batch in blocks of whole examples.
    mean : array, shape (C,)
        Mean of all values of each channel.

    Raises
    ------
    InputError
        If there is no block.
    """
    means, squares = Stream.start(len(mean)), Stream.start(len(mean))
    largest = np.zeros(len(mean))
    for block in blocks:
        with quiet():
            apart = block - mean[:, np.newaxis]
            mean_squares = np.square(apart).mean(axis=2)
            means, squares = means.add(apart.mean(axis=2)), squares.add(mean_squares)
            largest = np.maximum(largest, mean_squares.max(axis=0))
    examples = means.count
    if not examples:
        raise InputError("activations must hold at least one example; got none.")
    with quiet():
        unbiased = examples / np.float64(examples - 1)
        mean_var, square = means.var * unbiased, squares.pivot + squares.residual
        var, square_var = square + mean_var / examples, squares.var * unbiased
    return ExampleSpread(examples, mean, var, mean_var, square, square_var, largest)
