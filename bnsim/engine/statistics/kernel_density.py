"""Smooth densities of sampled values, on a grid that is given."""

import math

import numpy as np

from bnsim.engine.arrays import Array

FINER = 4  # bins for each step of the grid


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
    found: Array = smooth * FINER / (step * values.size)
    return found
