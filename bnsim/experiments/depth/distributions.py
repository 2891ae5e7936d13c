"""The picture of distributions: for some layers a smooth density of h in each network, on one grid."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.experiments.depth.networks import Network, Seen

ROWS, POINTS, OVERLAP = 8, 61, 1.25
"""Layers shown, points of each curve, and its height in rows."""

FEWEST_INSIDE, FAR = 0.02, 10.0
"""A curve of which less than this share is in the picture is not drawn; so many times as wide is far wider."""

FINER = 4  # bins for each step of the grid
LARGE = 1e16
"""float32 cannot hold the sum of the squares of thousands of larger values."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The density of h in one layer of one network.

    Attributes
    ----------
    row : int
        Place in the picture, 0 on top.
    layer : int
        From 0.
    std : float
        Of h, the mean over the seeds; not finite where the layer overflows.
    height : array, shape (points,)
        In rows, up to its own peak; empty where too little of it is in the picture.
    """

    network: Network
    row: int
    layer: int
    std: float
    height: Array


@dataclass(frozen=True, eq=False)
class Distributions:
    """Curves of all `layers` shown, from 0, row by row, over a grid of values of h, shape (points,)."""

    layers: Array
    grid: Array
    curves: tuple[Curve, ...]


def drawn_layers(depth: int) -> Array:
    """Return which layers are drawn, from 0: the first, the last, and some in between."""
    return np.unique(np.linspace(0, depth - 1, min(ROWS, depth)).round().astype(np.intp))


def distributions(seen: Mapping[Network, Seen], depth: int) -> Distributions:
    """Return a row for each of some layers, with a curve for each network."""
    layers = drawn_layers(depth)
    moments = {
        network: (each.layers["mean"][:, layers], each.layers["std"][:, layers]) for network, each in seen.items()
    }
    grid = np.linspace(-1, 1, POINTS) * window(*moments.values())
    curves = tuple(
        Curve(
            network,
            row,
            int(layer),
            float(moments[network][1][:, row].mean()),
            height_on(grid, each.samples[:, row].ravel()),
        )
        for row, layer in enumerate(layers)
        for network, each in seen.items()
    )
    return Distributions(layers, grid, curves)


def height_on(grid: Array, values: Array) -> Array:
    """Return the curve of values, shape (N,), in rows up to its own peak; empty if too few of them are inside."""
    if np.count_nonzero(np.abs(values) <= grid[-1]) < FEWEST_INSIDE * values.size:
        return np.empty(0)
    density = density_on(grid, values)
    height: Array = OVERLAP * density / density.max()
    return height


def window(*moments: tuple[Array, Array]) -> float:
    """Return how far the axis of the distributions reaches: to the ends of those with norm, or up to 3 times so far.

    `moments` are mean and std without norm, and with it.
    """
    reach = []
    for mean, std in moments:
        far = np.abs(mean) + 3 * std
        wide = far[np.isfinite(far)]
        reach.append(min(float(wide.max(initial=0.0)), 1e30))
    without, with_norm = reach
    # Far wider curves would leave the others a needle; they are said in words.
    wider = without if without < FAR * with_norm else 0.0
    return max(max(with_norm, min(wider, 3 * with_norm)) or without or 1.0, 1e-30)


def density_on(grid: Array, values: Array) -> Array:
    """Return the density of values, smoothed by a normal kernel.

    Parameters
    ----------
    grid : float64, shape (P,)
        Even steps, upwards.
    values : array, shape (N,)
        Infinity and NaN count in N; they are nowhere.

    Returns
    -------
    float64, shape (P,)
        All 0 if no value is inside.

    Notes
    -----
    The width of the kernel is 0.9 std N**(-1/5) of the values inside, Silverman's (1986) rule for one hill, and at
    least one step of the grid, so that a single value becomes a hill of one step's width.
    """
    step, count = grid[1] - grid[0], (len(grid) - 1) * FINER + 1
    if grid[-1] > LARGE:
        values = values.astype(np.float64)
    inside = values[(values >= grid[0]) & (values <= grid[-1])]
    if inside.size == 0:
        return np.zeros(len(grid))
    width = max(0.9 * float(inside.std()) * inside.size**-0.2, step) * FINER / step
    reach = math.ceil(4 * width)
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / width))
    # What lies a little outside is seen inside, too; without it a curve would sink towards the ends.
    near = values[np.abs(values - (grid[0] + grid[-1]) / 2) <= (grid[-1] - grid[0]) / 2 + (reach - 1) * step / FINER]
    bins = np.bincount(np.rint((near - grid[0]) * (FINER / step)).astype(np.intp) + reach, minlength=count + 2 * reach)
    smooth = np.convolve(bins, kernel / kernel.sum(), mode="valid")[::FINER]
    density: Array = smooth * FINER / (step * values.size)
    return density
