"""How the batch mean, the batch variance and x_hat are distributed: as simulated, and for normal values."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.statistics.densities import histogram, normal_curve
from bnsim.engine.theory.batch_errors import var_density
from bnsim.engine.theory.closed_forms import mean_standard_error, var_relative_error, x_hat_bound, x_hat_density
from bnsim.experiments.batch_size.simulation import REACH, Spread, edges_of

NEEDLE = 0.02
"""Half the width of the bar that stands for batches that all gave the same number."""


class Bars(NamedTuple):
    """A histogram: where its bins begin and end, and their densities; each of shape (bins,)."""

    left: Array
    right: Array
    density: Array


class Curve(NamedTuple):
    """A density to draw as a line, each of shape (points,); where all mass is in one value it is infinite."""

    value: Array
    density: Array


def bars_of(quantity: str, batches: Spread, size: int) -> Bars:
    """Return the histogram of what was simulated: of the batch means or variances, or of x_hat."""
    if quantity == "x_hat":
        edges, counts = edges_of(size), batches.counts
        return Bars(edges[:-1], edges[1:], counts / counts.sum() / np.diff(edges))
    values = batches.mean if quantity == "mean" else batches.var
    if np.ptp(values) > 0:
        return Bars(*histogram(values))
    return Bars(values[:1] - NEEDLE, values[:1] + NEEDLE, np.array([1 / (2 * NEEDLE)]))


@lru_cache(maxsize=96)  # the same for every eps, seed and number of batches; 7 kB each
def normal_theory(quantity: str, size: int) -> Curve:
    """Return the density of the batch mean, the batch variance or x_hat for normal values, read-only."""
    curve = curve_of(quantity, size)
    for values in curve:
        values.flags.writeable = False
    return curve


def curve_of(quantity: str, size: int) -> Curve:
    """Return the same, made anew."""
    points = {("var", 1): [0.0], ("x_hat", 1): [0.0], ("x_hat", 2): [-1.0, 1.0]}.get((quantity, size))
    if points:
        return Curve(np.repeat(points, 3), np.tile([0.0, math.inf, 0.0], len(points)))
    if quantity == "mean":
        return Curve(*normal_curve(0.0, mean_standard_error(1, size)))
    if quantity == "var":
        reach = 6 * var_relative_error(size)
        v = np.linspace(max(0.0, 1 - reach), 1 + reach, 400)[1:] * (size - 1) / size
        return Curve(v, var_density(v, size))
    x = min(x_hat_bound(size), REACH) * np.sin(np.linspace(-math.pi / 2, math.pi / 2, 202)[1:-1])
    return Curve(np.pad(x, 1, "edge"), np.pad(x_hat_density(x, size), 1))
