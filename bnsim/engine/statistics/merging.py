"""Statistics of a whole from those of its parts."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import numpy as np

from bnsim.engine.arrays import Array, float64, quiet
from bnsim.engine.statistics.batch import BatchStats
from bnsim.errors import InputError, ShapeError


@runtime_checkable
class Statistics(Protocol):
    """Anything with the statistics of one batch: a `BatchStats`, or a forward pass that has them."""

    @property
    def mean(self) -> Array:
        """Batch mean per channel."""

    @property
    def var(self) -> Array:
        """Biased batch variance per channel."""

    @property
    def count(self) -> int:
        """Values per channel."""


def unbiased_var(stats: Statistics) -> Array:
    """Return the variance divided by count - 1 instead of count.

    Raises
    ------
    InputError
        If there is only one value per channel: 0 / 0.
    """
    if stats.count < 2:
        raise InputError("the unbiased variance needs at least 2 values per channel; got 1.")
    with quiet():
        unbiased: Array = float64(stats.var, "var") * (stats.count / (stats.count - 1))
    return unbiased


def merge(parts: Iterable[Statistics]) -> BatchStats:
    """Return the statistics of a batch from those of its parts, which may be unequal.

    What synchronized batch norm does over replicas: the variance of the whole is that within the parts plus
    that between their means, each weighted by its count.

    Parameters
    ----------
    parts : iterable of BatchStats or BatchNormForward
        At least one; all with the same channels.

    Raises
    ------
    InputError
        If there is no part.
    ShapeError
        If a part has other channels than the first.

    Notes
    -----
    Chan, Golub and LeVeque (1983).

    Examples
    --------
    >>> merge([BatchStats(np.array([1.0]), np.array([0.0]), 1), BatchStats(np.array([4.0]), np.array([1.5]), 2)])
    BatchStats(mean=array([3.]), var=array([3.]), count=3)
    """
    found = tuple(parts)
    if not found:
        raise InputError("merging needs at least 1 part; got 0.")
    for number, part in enumerate(found, start=1):
        # To ask what a class of ours has takes as long as to merge.
        if type(part) is not BatchStats and not isinstance(part, Statistics):
            raise InputError(f"part {number} must have mean, var and count; got a {type(part).__name__}.")
    shapes = [np.shape(part.mean) for part in found]
    for number, shape in enumerate(shapes, start=1):
        if shape != shapes[0]:
            raise ShapeError(f"part {number} must have the channels of part 1, shape {shapes[0]}; got shape {shape}.")
    counts = np.array([part.count for part in found], dtype=np.float64).reshape((-1,) + (1,) * len(shapes[0]))
    means = np.stack([float64(part.mean, "mean") for part in found])
    variances = np.stack([float64(part.var, "var") for part in found])
    total = counts.sum()
    with quiet():
        # Averaging differences from the first part loses nothing when all means lie far from 0.
        mean = means[0] + (counts * (means - means[0])).sum(axis=0) / total
        var = (counts * (variances + np.square(means - mean))).sum(axis=0) / total
    return BatchStats(mean, var, int(total))
