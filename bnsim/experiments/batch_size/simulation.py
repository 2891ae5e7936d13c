"""Many batches of N values sent through the engine, forward and backward, and what is estimated from them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import zip_longest

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.data.hidden import pre_activations
from bnsim.engine.arrays import Array
from bnsim.engine.networks.kernels import mean_over_examples
from bnsim.engine.normalization.batchnorm import BatchNormForward, batch_norm, batch_norm_backward
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.statistics.draws import Draws
from bnsim.engine.theory.closed_forms import x_hat_bound
from bnsim.experiments.batch_size.params import BatchSizeParams, Source
from bnsim.once import once

BLOCK = 2**14
"""Values that are measured at once: each array of them stays in the cache, and is not asked of the system anew, which
takes four times as long as the arithmetic."""

LOOKED_INTO = 2
"""Gradients are sent back through so many blocks, and the x_hat in them counted, which is enough of them."""

MOST_KEPT = 640_000
"""Values of the chosen N that are kept of a seed, which is what the sliders reach."""

CHOSEN, GRADIENTS = 0, 1
"""Which random numbers of a seed: those for batches of the chosen N, whatever it is, in place of a size; and those sent
back, behind it. The sizes beside the chosen one each have their own, so that what is simulated at two is independent.

Results of one seed with different N share draws, as those with different ε do: what differs between them differs by
less chance than if they were independent, which is what comparisons allow for.
"""

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
    """How far batch norm was off with R batches of N values of a population with mean 0 and std 1.

    Attributes
    ----------
    mean, var : array, shape (R,)
        The engine's statistics of each batch.
    squared_error : array, shape (R,)
        Mean over the members of (x_hat - x)^2: x is what x_hat would be with the population's statistics.
    """

    mean: Array
    var: Array
    squared_error: Array


@dataclass(frozen=True, eq=False)
class Batches(Errors):
    """What else batch norm did to them.

    Attributes
    ----------
    share : array, shape (of the first blocks,)
        How much of |dy / sqrt(var + eps)|^2 is left in |dx|^2, for a random dy.
    inv_std : array, shape (R,)
        The engine's, of each batch.
    fourth : array, shape (R,)
        Mean over the members of x_hat^4.
    first : array, shape (R,)
        x_hat of the first member, in units of the batch's own spread of x_hat.
    largest : array, shape (blocks,)
        The largest |x_hat| of all members of the batches measured at once.
    """

    share: Array
    inv_std: Array
    fourth: Array
    first: Array
    largest: Array


@dataclass(frozen=True, eq=False)
class Spread:
    """How the statistics and the members of batches are spread.

    Attributes
    ----------
    mean, var : array, shape (R,)
        The engine's statistics of each batch.
    counts : array, shape (60,)
        Histogram of the x_hat of the first blocks over `edges_of(N)`.
    """

    mean: Array
    var: Array
    counts: Array


def edges_of(size: int) -> Array:
    """Return the edges, shape (61,), of the bins in which x_hat is counted: none reaches over the bound."""
    reach = min(x_hat_bound(size), REACH) if size > 1 else REACH
    return np.linspace(-reach, reach, BINS + 1)


def simulate(p: BatchSizeParams, size: int, repeats: int) -> Batches:
    """Send `repeats` batches of `size` values, and random gradients, through the engine, block by block."""
    sent_back = gradients_for(p, CHOSEN, size, repeats)
    pairs = zip_longest(drawn(p, CHOSEN, size, repeats), sent_back)
    return Batches(**joined([measured(x, dy, p.eps) for x, dy in pairs]))


def simulate_spread(p: BatchSizeParams, size: int, repeats: int) -> Spread:
    """Send the same batches through the engine once more, and see how they are spread."""
    mean, var, counts = list[Array](), list[Array](), np.zeros(BINS, dtype=np.intp)
    for index, x in enumerate(drawn(p, CHOSEN, size, repeats)):
        forward = batch_norm(x, eps=p.eps)
        mean.append(forward.mean)
        var.append(forward.var)
        if index < LOOKED_INTO:
            counts += counts_of(forward.y)
    return Spread(np.concatenate(mean), np.concatenate(var), counts)


def simulate_errors(p: BatchSizeParams, size: int, repeats: int) -> Errors:
    """Send batches of a size beside the chosen one through the engine, and measure nothing but the errors."""
    blocks = drawn(p, size, size, repeats)
    return Errors(**joined([errors_of(batch_norm(x, eps=p.eps), x) for x in blocks]))


def simulate_shares(p: BatchSizeParams, size: int, repeats: int) -> Array:
    """Return how much of random gradients is left behind the first of these batches, shape (batches,)."""
    pairs = zip(drawn(p, size, size, repeats), gradients_for(p, size, size, repeats), strict=False)
    return np.concatenate([share_left(dy, batch_norm(x, eps=p.eps)) for x, dy in pairs])


def joined(blocks: Sequence[Errors]) -> dict[str, Array]:
    """Return the fields of several blocks, one after the other."""
    names = [field.name for field in fields(blocks[0])]
    return {name: np.concatenate([getattr(block, name) for block in blocks]) for name in names}


def lengths_of(size: int, repeats: int) -> list[int]:
    """Return how many values there are in each block of batches."""
    width = max(1, BLOCK // size)
    return [size * min(width, repeats - start) for start in range(0, repeats, width)]


def drawn(p: BatchSizeParams, stream: int, size: int, repeats: int) -> Iterator[Array]:
    """Yield batches as columns, no more at once than are measured at once."""
    known = values_of_chosen(p.source, p.seed) if stream == CHOSEN else values_beside(p.source, p.seed, stream)
    for values in known.parts(lengths_of(size, repeats)):
        x = values if p.source == "normal" else population(p.unit)[values]
        yield x.reshape(size, -1)


def gradients_for(p: BatchSizeParams, stream: int, size: int, repeats: int) -> Iterator[Array]:
    """Yield a random gradient for each batch of the first blocks, as columns."""
    known = gradients_of_chosen(p.seed) if stream == CHOSEN else gradients_from(p.seed, stream, 0)
    for dy in known.parts(lengths_of(size, repeats)[:LOOKED_INTO]):
        yield dy.reshape(size, -1)


@lru_cache(maxsize=2)
def values_of_chosen(source: Source, seed: int) -> Draws:
    """Return the values for batches of the chosen N; they serve every N, ε and unit."""
    return values_from(source, seed, CHOSEN, MOST_KEPT)


@lru_cache(maxsize=24)  # of two seeds, as there are twelve such sizes
def values_beside(source: Source, seed: int, size: int) -> Draws:
    """Return the values for batches of a size beside the chosen one; they serve every ε and unit."""
    return values_from(source, seed, size, BLOCK)


def values_from(source: Source, seed: int, stream: int, most: int) -> Draws:
    """Return standard normal values, or which of the digits are drawn."""
    rng = np.random.default_rng((seed, stream))
    if source == "normal":
        return Draws(rng, standard_normal, most)
    images = population(0).size
    return Draws(rng, lambda rng, shape: rng.integers(0, images, shape), most)


@lru_cache(maxsize=2)
def gradients_of_chosen(seed: int) -> Draws:
    """Return what is sent back through batches of the chosen N."""
    return gradients_from(seed, CHOSEN, LOOKED_INTO * BLOCK)


def gradients_from(seed: int, stream: int, most: int) -> Draws:
    """Return standard normal gradients."""
    return Draws(np.random.default_rng((seed, stream, GRADIENTS)), standard_normal, most)


def standard_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return standard normal values."""
    return rng.standard_normal(shape)


def measured(x: Array, dy: Array | None, eps: float) -> Batches:
    """Return what the engine makes of x, and of dy if there is one, of shape (N, R): each column is a batch."""
    forward = batch_norm(x, eps=eps)
    x_hat = forward.y  # without a scale and a shift
    squares, spread = np.square(x_hat), np.sqrt(forward.var) * forward.inv_std
    return Batches(
        **vars(errors_of(forward, x)),
        share=np.empty(0) if dy is None else share_left(dy, forward),
        inv_std=forward.inv_std,
        fourth=mean_square(squares),
        first=np.divide(x_hat[0], spread, out=np.zeros_like(spread), where=spread > 0),
        largest=np.array([math.sqrt(float(squares.max()))]),
    )


def errors_of(forward: BatchNormForward, x: Array) -> Errors:
    """Return how far the engine is off with x, shape (N, R)."""
    return Errors(mean=forward.mean, var=forward.var, squared_error=mean_square(forward.y - x))


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
    gradient = share_estimate(batches.share)
    errors = error_estimates(batches, size)
    return {**errors, "scale": scale, "gradient": gradient, "var_mean": var_mean, "kurtosis": kurtosis}


def error_estimates(found: Errors, size: int) -> Mapping[str, Estimate]:
    """Return the errors."""
    relative = found.var * size / (size - 1) - 1 if size > 1 else found.var
    mean, var, x_hat = averages(np.square(found.mean), np.square(relative), found.squared_error)
    return {
        "mean": root_mean(mean),
        "var": root_mean(var) if size > 1 else Estimate(math.inf, 0.0, len(found.var)),
        "x_hat": root_mean(x_hat),
    }


def share_estimate(share: Array) -> Estimate:
    """Return how much of a gradient is left."""
    (mean,) = averages(share)
    return root_mean(mean)


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
