"""Both outputs of a norm over each other: one count of a channel's values gives the density of either."""

from dataclasses import dataclass

import numpy as np

from bnsim.activations.autopsy import Autopsy, Outputs
from bnsim.activations.opening import Activations
from bnsim.engine.arrays import Array, quiet
from bnsim.engine.statistics.channels import ChannelProfile
from bnsim.engine.statistics.histograms import ChannelCounts, channel_counts

BINS, FEWEST_BINS = 64, 8
"""Powers of two, so that bins can be joined. A picture shows no more; ten thousand channels take 2.6 MB."""

REACH = 5.0
"""Standard deviations to each side of the mean that are counted: at most a twenty-fifth of the values lies beyond."""

SPIKE = 0.02
"""Half the width that is drawn of an output that is one number, for each unit between both outputs."""


@dataclass(frozen=True, eq=False)
class Density:
    """How the output of one channel is spread in one mode.

    Attributes
    ----------
    mean, std : float
        Of the output.
    edges : array, shape (bins + 1,)
        Of the bins, rising; two around an output that is one number.
    counts : array, shape (bins,)
        Values in each bin.
    density : array, shape (bins,)
        Share of all values for each unit of the output.
    """

    mean: float
    std: float
    edges: Array
    counts: Array
    density: Array


@dataclass(frozen=True, eq=False)
class Densities:
    """Both outputs of a channel.

    Attributes
    ----------
    channel : int
        Counted from 0.
    eval_mode, train_mode : Density
        By the running statistics, and by those of the batch.
    count, outside : int
        Values of the channel, and how many of them lie beyond all bins.
    difference : float
        Root mean square of what eval mode and training mode make of the same value, one less the other.
    """

    channel: int
    eval_mode: Density
    train_mode: Density
    count: int
    outside: int
    difference: float


def counts_of(activations: Activations, profile: ChannelProfile) -> ChannelCounts:
    """Return how the values of each channel are spread, in one pass over the file.

    Raises
    ------
    DataError
        If the file turns out to be damaged.
    """
    with quiet():
        reach = REACH * np.sqrt(profile.var)
        low, high = np.maximum(profile.low, profile.mean - reach), np.minimum(profile.high, profile.mean + reach)
    is_constant = profile.low == profile.high
    low, high = np.where(is_constant, profile.low, low), np.where(is_constant, profile.high, high)
    return channel_counts(activations.blocks(), low, high, bins=BINS)


def differences(found: Autopsy) -> Array:
    """Return of each channel by how much both outputs of the same value differ: the root of the mean square.

    Both are affine in the value and rise or fall together, so that it is √((μ_eval − μ_train)² + (σ_eval − σ_train)²).
    """
    with quiet():
        apart: Array = np.hypot(
            found.eval_mode.mean - found.train_mode.mean, found.eval_mode.std - found.train_mode.std
        )
    return apart


def most_different(found: Autopsy) -> tuple[int, ...]:
    """Return the channels in the order in which they are worth a look.

    First those that differ beyond sampling error and vary, the largest difference first; then those that differ and are
    constant, whose outputs are single numbers; then the others.
    """
    apart = np.nan_to_num(differences(found), nan=-1.0, posinf=np.inf)
    differs = found.agreement.differs
    order = np.lexsort((np.arange(len(apart)), -apart, found.train_mode.std <= 0, ~differs))
    return tuple(int(place) for place in order)


def densities_of(found: Autopsy, counts: ChannelCounts, count: int, channel: int) -> Densities | None:
    """Return how both outputs of a channel are spread; None if one of them is not finite.

    Parameters
    ----------
    found : Autopsy
        What the activations were held against.
    counts : ChannelCounts
        Of the same activations.
    count : int
        Values of a channel.
    channel : int
        Counted from 0.
    """
    modes = found.eval_mode, found.train_mode
    edges, inside = joined(counts.edges(channel), counts.counts[channel], bins_for(count))
    mapped = [mode.of(edges, channel) for mode in modes]
    if not np.isfinite(mapped).all() or not inside.any():
        return None
    apart = float(differences(found)[channel])
    if any((np.diff(outputs) == 0).any() for outputs in mapped):
        width = SPIKE * (apart or 1.0)
        inside = np.array([inside.sum()])
        mapped = [np.array([-width, width]) + mode.mean[channel] for mode in modes]
    eval_mode, train_mode = (
        _density(mode, channel, outputs, inside, count) for mode, outputs in zip(modes, mapped, strict=True)
    )
    return Densities(channel, eval_mode, train_mode, count, count - int(inside.sum()), apart)


def bins_for(count: int) -> int:
    """Return in how many bins so many values are drawn: about twice the cube root of their number, by Rice's rule.

    >>> [bins_for(count) for count in (10, 720, 2_304, 1_000_000)]
    [8, 16, 32, 64]
    """
    return int(np.clip(2 ** round(np.log2(2 * count ** (1 / 3))), FEWEST_BINS, BINS))


def joined(edges: Array, counts: Array, bins: int) -> tuple[Array, Array]:
    """Return the edges and the counts of fewer bins, each made of as many."""
    together = len(counts) // bins
    return edges[::together], counts.reshape(bins, together).sum(axis=1)


def _density(output: Outputs, channel: int, edges: Array, counts: Array, count: int) -> Density:
    if edges[-1] < edges[0]:  # γ is negative
        edges, counts = edges[::-1], counts[::-1]
    density = counts / (count * np.diff(edges))
    return Density(float(output.mean[channel]), float(output.std[channel]), edges, counts, density)
