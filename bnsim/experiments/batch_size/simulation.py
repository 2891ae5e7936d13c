"""Many batches of N values sent through the engine, forward and backward, and what is estimated from them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.data.hidden import pre_activations
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm, batch_norm_backward
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.theory.closed_forms import x_hat_bound
from bnsim.experiments.batch_size.params import BatchSizeParams
from bnsim.once import once

AT_ONCE = 2**16
"""Values simulated in one piece."""

ROUNDING = 1e-12
"""A relative standard error below this is not one: all batches gave the same but for rounding."""

BINS, REACH = 60, 5.0
"""x_hat is counted in so many bins, up to its bound or so far."""


@dataclass(frozen=True)
class Estimate:
    """A number from a simulation, and the standard error that the simulation itself gives it."""

    value: float
    error: float


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
    share : array, shape (R,)
        How much of |dy / sqrt(var + eps)|^2 is left in |dx|^2, for a random dy.
    first : array, shape (R,)
        x_hat of the first member, in units of the batch's own spread of x_hat.
    largest : array, shape (pieces,)
        The largest |x_hat| of all members of the batches simulated at once.
    counts : array, shape (pieces, 60)
        Histogram of their x_hat over `edges_of(N)`.
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


def simulate(p: BatchSizeParams, size: int, repeats: int) -> Batches:
    """Send `repeats` batches of `size` values, and a random gradient for each, through the engine, piece by piece."""
    pieces = list(simulated_pieces(p, size, repeats))
    names = [field.name for field in fields(Batches)]
    return Batches(**{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names})


def simulated_pieces(p: BatchSizeParams, size: int, repeats: int) -> Iterator[Batches]:
    """Yield the batches of a simulation, no more at once than fit into the cache of a processor."""
    rng, most = np.random.default_rng((p.seed, size)), max(1, AT_ONCE // size)
    for start in range(0, repeats, most):
        shape = (size, min(most, repeats - start))
        if p.source == "normal":
            x = rng.standard_normal(shape)
        else:
            values = population(p.unit)
            x = values[rng.integers(0, values.size, shape)]
        yield measured(x, rng.standard_normal(shape), p.eps)


def measured(x: Array, dy: Array, eps: float) -> Batches:
    """Return what the engine makes of x and dy of shape (N, R): each column is a batch."""
    forward = batch_norm(x, eps=eps)
    dx, _, _ = batch_norm_backward(dy, forward)
    x_hat, squares = forward.x_hat, np.square(forward.x_hat)
    spread, edges = np.sqrt(forward.var) * forward.inv_std, edges_of(len(x))
    received = np.square(forward.inv_std) * np.einsum("nr,nr->r", dy, dy)
    return Batches(
        mean=forward.mean,
        var=forward.var,
        inv_std=forward.inv_std,
        squared_error=np.square(x_hat - x).mean(axis=0),
        fourth=np.square(squares).mean(axis=0),
        share=np.einsum("nr,nr->r", dx, dx) / received,
        first=np.divide(x_hat[0], spread, out=np.zeros_like(spread), where=spread > 0),
        largest=np.array([math.sqrt(float(squares.max()))]),
        counts=np.histogram(np.clip(x_hat, edges[0], edges[-1]), edges)[0][np.newaxis],
    )


@once
def population(unit: int) -> Array:
    """Return the pre-activations of one hidden unit on all digits, shape (1797,), with mean 0 and biased std 1."""
    values = pre_activations(unit, load_digits().images)
    stats = batch_stats(values)
    return np.asarray((values - stats.mean) / math.sqrt(float(stats.var)))


def estimates(batches: Batches, size: int) -> Mapping[str, Estimate]:
    """Return every quantity for which there is theory, by the names of `BatchErrors`."""
    of_var = Estimate(math.inf, 0.0)
    if size > 1:
        of_var = root_mean(np.square(batches.var * size / (size - 1) - 1))
    return {
        "mean": root_mean(np.square(batches.mean)),
        "var": of_var,
        "x_hat": root_mean(batches.squared_error),
        "scale": average(batches.inv_std),
        "gradient": root_mean(batches.share),
        "var_mean": average(batches.var),
        "kurtosis": average(batches.fourth),
    }


def average(values: Array) -> Estimate:
    """Return the mean of independent values, shape (R,), with its standard error."""
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size)
    return Estimate(mean, error if error > ROUNDING * abs(mean) else 0.0)


def root_mean(squares: Array) -> Estimate:
    """Return the root of the mean of independent squares, shape (R,); its standard error by the delta method."""
    mean = average(squares)
    root = math.sqrt(mean.value)
    return Estimate(root, mean.error / (2 * root) if root else 0.0)
