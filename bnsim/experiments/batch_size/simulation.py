"""Many batches of N values sent through the engine, forward and backward, and what is estimated from them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.data.hidden import pre_activations
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import BatchNormForward, batch_norm, batch_norm_backward
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.theory.closed_forms import x_hat_bound
from bnsim.experiments.batch_size.params import BatchSizeParams
from bnsim.once import once

AT_ONCE = 2**16
"""Values drawn in one piece; gradients are sent back through the first piece, and the x_hat in it counted, which is
enough of them."""

BLOCK = 2**14
"""Values of a piece that are measured at once: each array of them stays in the cache, and is not asked of the system
anew, which takes four times as long as the arithmetic."""

ROUNDING = 1e-12
"""A relative standard error below this is not one: all batches gave the same but for rounding."""

BINS, REACH = 60, 5.0
"""x_hat is counted in so many bins, up to its bound or so far."""


@dataclass(frozen=True)
class Estimate:
    """A number from a simulation, the standard error that the simulation itself gives it, and its number of batches."""

    value: float
    error: float
    repeats: int


@dataclass(frozen=True, eq=False)
class Batches:
    """What batch norm did to some batches of N values of a population with mean 0 and std 1.

    Attributes
    ----------
    mean, var, inv_std : array, shape (R,)
        The engine's statistics of each batch.
    squared_error : array, shape (R,)
        Mean over the members of (x_hat - x)^2: x is what x_hat would be with the population's statistics.
    fourth : array, shape (R,)
        Mean over the members of x_hat^4.
    share : array, shape (of the first piece,)
        How much of |dy / sqrt(var + eps)|^2 is left in |dx|^2, for a random dy.
    first : array, shape (R,)
        x_hat of the first member, in units of the batch's own spread of x_hat.
    largest : array, shape (blocks,)
        The largest |x_hat| of all members of the batches measured at once.
    counts : array, shape (blocks, 60)
        Histogram of the x_hat of the first piece over `edges_of(N)`; 0 for the others.
    """

    mean: Array
    var: Array
    inv_std: Array
    squared_error: Array
    fourth: Array
    share: Array
    first: Array
    largest: Array
    counts: Array


def edges_of(size: int) -> Array:
    """Return the edges, shape (61,), of the bins in which x_hat is counted: none reaches over the bound."""
    reach = min(x_hat_bound(size), REACH) if size > 1 else REACH
    return np.linspace(-reach, reach, BINS + 1)


def simulate(p: BatchSizeParams, size: int, repeats: int, *, counted: bool = True) -> Batches:
    """Send `repeats` batches of `size` values, and random gradients, through the engine, piece by piece.

    `counted`: whether the histogram of x_hat is wanted; without it all counts are 0.
    """
    pieces = list(simulated_pieces(p, size, repeats, counted))
    names = [field.name for field in fields(Batches)]
    return Batches(**{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names})


def simulated_pieces(p: BatchSizeParams, size: int, repeats: int, counted: bool) -> Iterator[Batches]:
    """Yield the batches of a simulation, no more at once than fit into the cache of a processor."""
    rng, most, width = np.random.default_rng((p.seed, size)), max(1, AT_ONCE // size), max(1, BLOCK // size)
    for start in range(0, repeats, most):
        shape = (size, min(most, repeats - start))
        if p.source == "normal":
            x = rng.standard_normal(shape)
        else:
            values = population(p.unit)
            x = values[rng.integers(0, values.size, shape)]
        dy = None if start else rng.standard_normal(shape)
        for left in range(0, shape[1], width):
            block = slice(left, left + width)
            back = None if dy is None else np.ascontiguousarray(dy[:, block])
            yield measured(np.ascontiguousarray(x[:, block]), back, p.eps, counted and not start)


def measured(x: Array, dy: Array | None, eps: float, counted: bool) -> Batches:
    """Return what the engine makes of x, and of dy if there is one, of shape (N, R): each column is a batch."""
    forward = batch_norm(x, eps=eps)
    x_hat = forward.y  # without a scale and a shift
    squares, spread = np.square(x_hat), np.sqrt(forward.var) * forward.inv_std
    return Batches(
        mean=forward.mean,
        var=forward.var,
        inv_std=forward.inv_std,
        squared_error=mean_square(x_hat - x),
        fourth=mean_square(squares),
        share=np.empty(0) if dy is None else share_left(dy, forward),
        first=np.divide(x_hat[0], spread, out=np.zeros_like(spread), where=spread > 0),
        largest=np.array([math.sqrt(float(squares.max()))]),
        counts=(counts_of(x_hat) if counted else np.zeros(BINS, dtype=np.intp))[np.newaxis],
    )


def counts_of(x_hat: Array) -> Array:
    """Return how many x_hat of batches, shape (N, R), are in each bin; what is further out is in the last one."""
    reach = edges_of(len(x_hat))[-1]
    at = np.clip((x_hat.ravel() + reach) * (BINS / (2 * reach)), 0, BINS - 1)
    return np.bincount(at.astype(np.intp), minlength=BINS)


def share_left(dy: Array, forward: BatchNormForward) -> Array:
    """Return how much of each dy is left in dx, squared and apart from the scale, shape (R,)."""
    dx, _, _ = batch_norm_backward(dy, forward)
    share: Array = mean_square(dx) / (np.square(forward.inv_std) * mean_square(dy))
    return share


def mean_square(values: Array) -> Array:
    """Return the mean square of each column of values, shape (N, R)."""
    squares: Array = np.einsum("nr,nr->r", values, values) / len(values)
    return squares


@once
def population(unit: int) -> Array:
    """Return the pre-activations of one hidden unit on all digits, shape (1797,), with mean 0 and biased std 1."""
    values = pre_activations(unit, load_digits().images)
    stats = batch_stats(values)
    return np.asarray((values - stats.mean) / math.sqrt(float(stats.var)))


def estimates(batches: Batches, size: int) -> Mapping[str, Estimate]:
    """Return every quantity for which there is theory, by the names of `BatchErrors`."""
    relative = batches.var * size / (size - 1) - 1 if size > 1 else batches.var
    rows = [np.square(batches.mean), np.square(relative), batches.squared_error]
    mean, var, x_hat, scale, var_mean, kurtosis = averages(*rows, batches.inv_std, batches.var, batches.fourth)
    return {
        "mean": root_mean(mean),
        "var": root_mean(var) if size > 1 else Estimate(math.inf, 0.0, len(batches.var)),
        "x_hat": root_mean(x_hat),
        "scale": scale,
        "gradient": root_mean(*averages(batches.share)),
        "var_mean": var_mean,
        "kurtosis": kurtosis,
    }


def averages(*rows: Array) -> list[Estimate]:
    """Return the means of independent values, each of shape (R,), with their standard errors."""
    values = np.array(rows)
    mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / math.sqrt(values.shape[1])
    told = np.where(error > ROUNDING * np.abs(mean), error, 0.0)
    return [Estimate(*both, values.shape[1]) for both in zip(mean.tolist(), told.tolist(), strict=True)]


def root_mean(mean: Estimate) -> Estimate:
    """Return the root of a mean of squares; its standard error by the delta method."""
    root = math.sqrt(mean.value)
    return Estimate(root, mean.error / (2 * root) if root else 0.0, mean.repeats)
