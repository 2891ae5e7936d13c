"""Many batches of N values sent through the engine, forward and backward, and what is estimated from them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.data.hidden import pre_activations
from bnsim.engine.arrays import Array
from bnsim.engine.networks.kernels import mean_over_examples
from bnsim.engine.normalization.batchnorm import BatchNormForward, batch_norm, batch_norm_backward
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.theory.closed_forms import x_hat_bound
from bnsim.experiments.batch_size.params import BatchSizeParams
from bnsim.once import once

AT_ONCE = 2**15
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
class Errors:
    """How far batch norm was off with some batches of N values of a population with mean 0 and std 1.

    Attributes
    ----------
    mean, var : array, shape (R,)
        The engine's statistics of each batch.
    squared_error : array, shape (R,)
        Mean over the members of (x_hat - x)^2: x is what x_hat would be with the population's statistics.
    share : array, shape (of the first piece,)
        How much of |dy / sqrt(var + eps)|^2 is left in |dx|^2, for a random dy.
    """

    mean: Array
    var: Array
    squared_error: Array
    share: Array


@dataclass(frozen=True, eq=False)
class Batches(Errors):
    """What else batch norm did to them.

    Attributes
    ----------
    inv_std : array, shape (R,)
        The engine's, of each batch.
    fourth : array, shape (R,)
        Mean over the members of x_hat^4.
    first : array, shape (R,)
        x_hat of the first member, in units of the batch's own spread of x_hat.
    largest : array, shape (blocks,)
        The largest |x_hat| of all members of the batches measured at once.
    counts : array, shape (blocks, 60)
        Histogram of the x_hat of the first piece over `edges_of(N)`; 0 for the others.
    """

    inv_std: Array
    fourth: Array
    first: Array
    largest: Array
    counts: Array


def edges_of(size: int) -> Array:
    """Return the edges, shape (61,), of the bins in which x_hat is counted: none reaches over the bound."""
    reach = min(x_hat_bound(size), REACH) if size > 1 else REACH
    return np.linspace(-reach, reach, BINS + 1)


def simulate(p: BatchSizeParams, size: int, repeats: int) -> Batches:
    """Send `repeats` batches of `size` values, and random gradients, through the engine, piece by piece."""
    pieces = [measured(x, dy, p.eps, counted) for x, dy, counted in drawn_pieces(p, size, repeats)]
    return Batches(**joined(pieces, Batches))


def simulate_errors(p: BatchSizeParams, size: int, repeats: int) -> Errors:
    """Do as `simulate`, and measure nothing but the errors and the gradients; the same batches are drawn."""
    pieces = [errors_of(batch_norm(x, eps=p.eps), x, dy) for x, dy, _ in drawn_pieces(p, size, repeats)]
    return Errors(**joined(pieces, Errors))


def joined(pieces: Sequence[Errors], kind: type[Errors]) -> dict[str, Array]:
    """Return the fields of several pieces, one after the other."""
    names = [field.name for field in fields(kind)]
    return {name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names}


def drawn_pieces(p: BatchSizeParams, size: int, repeats: int) -> Iterator[tuple[Array, Array | None, bool]]:
    """Yield batches as columns, no more at once than fit into the cache of a processor.

    With those of the first piece come random gradients, and that their x_hat are to be counted.
    """
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
            yield np.ascontiguousarray(x[:, block]), back, not start


def measured(x: Array, dy: Array | None, eps: float, counted: bool) -> Batches:
    """Return what the engine makes of x, and of dy if there is one, of shape (N, R): each column is a batch."""
    forward = batch_norm(x, eps=eps)
    x_hat = forward.y  # without a scale and a shift
    squares, spread = np.square(x_hat), np.sqrt(forward.var) * forward.inv_std
    return Batches(
        **vars(errors_of(forward, x, dy)),
        inv_std=forward.inv_std,
        fourth=mean_square(squares),
        first=np.divide(x_hat[0], spread, out=np.zeros_like(spread), where=spread > 0),
        largest=np.array([math.sqrt(float(squares.max()))]),
        counts=(counts_of(x_hat) if counted else np.zeros(BINS, dtype=np.intp))[np.newaxis],
    )


def errors_of(forward: BatchNormForward, x: Array, dy: Array | None) -> Errors:
    """Return how far the engine is off with x, shape (N, R), and what it leaves of dy if there is one."""
    return Errors(
        mean=forward.mean,
        var=forward.var,
        squared_error=mean_square(forward.y - x),
        share=np.empty(0) if dy is None else share_left(dy, forward),
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
    squares: Array = mean_over_examples(np.square(values))[0]
    return squares


@once
def population(unit: int) -> Array:
    """Return the pre-activations of one hidden unit on all digits, shape (1797,), with mean 0 and biased std 1."""
    values = pre_activations(unit, load_digits().images)
    stats = batch_stats(values)
    return np.asarray((values - stats.mean) / math.sqrt(float(stats.var)))


def estimates(batches: Batches, size: int) -> Mapping[str, Estimate]:
    """Return every quantity for which there is theory, by the names of `BatchErrors`."""
    scale, var_mean, kurtosis = averages(batches.inv_std, batches.var, batches.fourth)
    errors = dict(error_estimates(batches, size))
    gradient = errors.pop("gradient")
    return {**errors, "scale": scale, "gradient": gradient, "var_mean": var_mean, "kurtosis": kurtosis}


def error_estimates(found: Errors, size: int) -> Mapping[str, Estimate]:
    """Return the errors, and how much of a gradient is left."""
    relative = found.var * size / (size - 1) - 1 if size > 1 else found.var
    rows = np.square(found.mean), np.square(relative), found.squared_error
    if found.share.size == relative.size:
        mean, var, x_hat, share = averages(*rows, found.share)
    else:  # gradients were sent back through some of the batches
        (mean, var, x_hat), (share,) = averages(*rows), averages(found.share)
    return {
        "mean": root_mean(mean),
        "var": root_mean(var) if size > 1 else Estimate(math.inf, 0.0, len(found.var)),
        "x_hat": root_mean(x_hat),
        "gradient": root_mean(share),
    }


def averages(*rows: Array) -> list[Estimate]:
    """Return the means of independent values, each of shape (R,), with their standard errors."""
    values, count = np.array(rows), len(rows[0])
    mean = values.mean(axis=1)
    apart = values - mean[:, np.newaxis]
    error = np.sqrt(np.einsum("ij,ij->i", apart, apart) / (count - 1) / count)
    told = np.where(error > ROUNDING * np.abs(mean), error, 0.0)
    return [Estimate(*both, count) for both in zip(mean.tolist(), told.tolist(), strict=True)]


def root_mean(mean: Estimate) -> Estimate:
    """Return the root of a mean of squares; its standard error by the delta method."""
    root = math.sqrt(mean.value)
    return Estimate(root, mean.error / (2 * root) if root else 0.0, mean.repeats)
