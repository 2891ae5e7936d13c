"""Long-form frames made from batches: what figures draw and people read."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import BatchNormForward
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.statistics.densities import histogram, normal_curve

TICKS_SHOWN = 256
"""Up to so many members are drawn as ticks; more would be a solid bar, and the histogram says it better."""


def members(batch: Array, forward: BatchNormForward) -> pd.DataFrame:
    """Return every member of a batch of shape (N,): its place, x, x_hat and y."""
    return pd.DataFrame({"member": np.arange(batch.size), "x": batch, "x_hat": forward.x_hat, "y": forward.y})


def densities(stages: Mapping[str, Array], *, normal: bool) -> pd.DataFrame:
    """Return one curve per stage: stage, value, density.

    Parameters
    ----------
    stages : mapping of str to array of shape (N,)
        The batch at each stage.
    normal : bool
        Draw the normal curve of the batch's own moments instead of the outline of its histogram. A batch without
        spread is a point mass: one value, twice, with density 0 and infinity.
    """
    frames = []
    for stage, values in stages.items():
        value, density = normal_outline(values) if normal else histogram_outline(values)
        frames.append(pd.DataFrame({"stage": stage, "value": value, "density": density}))
    return pd.concat(frames, ignore_index=True)


def normal_outline(values: Array) -> tuple[Array, Array]:
    """Return the normal curve of the moments of values, shape (N,)."""
    stats = batch_stats(values)
    value, density = normal_curve(float(stats.mean), float(np.sqrt(stats.var)))
    return (value, density) if value.size else (np.full(2, stats.mean), np.array([0.0, np.inf]))


def histogram_outline(values: Array) -> tuple[Array, Array]:
    """Return the outline of the histogram of values, shape (N,), from the ground and back; a point mass if constant."""
    if np.all(values == values[0]):
        return np.full(2, values[0]), np.array([0.0, np.inf])
    left, right, density = histogram(values)
    edges = np.append(left, right[-1])
    return np.repeat(edges, 2), np.concatenate(([0.0], np.repeat(density, 2), [0.0]))


def ticks(z: Array) -> pd.DataFrame:
    """Return the members to draw as ticks, z of shape (N,): all of a small batch, none of a large one."""
    shown = z if z.size <= TICKS_SHOWN else z[:0]
    return pd.DataFrame({"z": shown.astype(np.float32)})


def bars(z: Array) -> pd.DataFrame:
    """Return the histogram of z, shape (N,), scaled to its own peak; no bars for fewer than two members."""
    left, right, density = histogram(z) if z.size > 1 else (z[:0], z[:0], z[:0])
    height = density / density.max() if density.size else density
    return pd.DataFrame({"z_left": left, "z_right": right, "height": height}).astype(np.float32)
