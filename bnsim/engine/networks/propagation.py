"""What happens from layer to layer at initialization: forward moments, and gradients on their way back."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.backward import back_through_hidden
from bnsim.engine.networks.forward import Rngs, Trace, forward
from bnsim.engine.networks.initialization import Start, layers_with, normals_drawn, weights_of
from bnsim.engine.networks.kernels import row_of
from bnsim.engine.networks.structure import UNUSED, Activation, Bools, Layer, Mlp
from bnsim.errors import ShapeError

FLAT_SLOPE = 0.1  # a bounded unit is saturated where its slope is below this share of the steepest
GOLDEN = (math.sqrt(5) - 1) / 2
FLOAT32 = np.dtype(np.float32)
SAMPLES = 4000  # numbers that are kept of each layer, for a density


@dataclass(frozen=True, eq=False, kw_only=True)
class Propagation:
    """Networks at initialization, layer by layer; float64 arrays of shape (..., depth) unless it says otherwise.

    One network has arrays of shape (depth,), R networks (R, depth).

    Attributes
    ----------
    mean, std : array
        Of h, what enters the activation, over examples and units.
    mean_square : array
        E[h**2]. In a residual network it doubles with every layer without norm; with batch norm it is 1, 2, 3, ...
    branch_share : array
        Share of E[h**2] that the layer's own branch has; 1 in a plain network.
    flat : array
        Share of activations that let almost no gradient through: for relu those that are 0; for sigmoid and tanh
        the saturated ones, whose slope is below a tenth of the steepest; 0 for linear.
    dead : array
        Share of units that are flat for every example.
    gradient_norm : array
        Norm of the gradient with respect to h, for a random gradient of the last hidden layer's output.
    samples : array, shape (..., layers sampled, at most 4000)
        Values of h.
    """

    mean: Array
    std: Array
    mean_square: Array
    branch_share: Array
    flat: Array
    dead: Array
    gradient_norm: Array
    samples: Array

    @property
    def gradient_ratio(self) -> Array:
        """Gradient norm of each layer over that of the last: how it has grown or shrunk on its way back.

        NaN if nothing sensible comes back: where h overflows in any layer, or the last layer passes no gradient.
        """
        norms = self.gradient_norm
        arrives = np.isfinite(self.mean_square).all(axis=-1) & (norms[..., -1] > 0)
        with quiet(), np.errstate(divide="ignore"):
            ratio: Array = np.where(arrives[..., None], norms / norms[..., -1:], math.nan)
        return ratio

    @property
    def gradient_growth(self) -> float:
        """By how much a layer multiplies the norm on its way back: see `growth_per_layer`."""
        return float(growth_per_layer(self.gradient_ratio))


def growth_per_layer(gradient: Array) -> Array:
    """Return by how much a layer multiplies the gradient on its way back, in the geometric mean.

    `gradient` has shape (..., depth); the last layer does not count, where the random gradient that is sent back
    still has parts that no loss would send. NaN where nothing arrives, and below three layers.
    """
    steps = gradient.shape[-1] - 2
    if steps < 1:
        return np.full(gradient.shape[:-1], math.nan)
    with quiet(), np.errstate(divide="ignore"):
        growth: Array = np.power(gradient[..., 0] / gradient[..., -2], 1 / steps)
    return growth


@dataclass(frozen=True, eq=False)
class Drawn:
    """What R networks start with and are sent; networks that differ in their norm only can share it.

    Attributes
    ----------
    x : array, shape (R, N, inputs)
    weights : sequence of array, shape (R, fan_in, fan_out)
        Of each layer.
    gradient : array, shape (R, N, units)
        Of the last hidden layer's output.
    """

    x: Array
    weights: Sequence[Array]
    gradient: Array


def draw_networks(net: Mlp, start: Start, inputs: Sequence[Array], rngs: Rngs) -> Drawn:
    """Draw the weights of a network, and the gradient sent back through it, for each batch of inputs."""
    x = np.stack(inputs).astype(np.float64, copy=False)
    weights = weights_of(net, start, normals_drawn(net.sizes, rngs))
    gradient = np.stack([rng.standard_normal((x.shape[1], net.sizes[-2])) for rng in rngs])
    return Drawn(x, weights, gradient)


def propagate(net: Mlp, start: Start, x: Array, rng: np.random.Generator) -> Propagation:
    """Send one batch through a new network in training mode, and a random gradient back.

    Parameters
    ----------
    net : Mlp
        Its last size, the number of classes, plays no part.
    start : Start
    x : array, shape (N, inputs)
        At least two examples.
    rng : Generator
        For the weights, the gradient, and dropout and noise if there are.

    Returns
    -------
    Propagation
        Numbers that overflow are infinite or NaN.

    Raises
    ------
    ShapeError
        If x has other features than the network has inputs, or fewer than two examples.

    Examples
    --------
    >>> from bnsim.engine.networks.structure import Norm
    >>> rng = np.random.default_rng(0)
    >>> net = Mlp(sizes=(300, *[300] * 20, 1), norm=Norm.BATCH)
    >>> round(propagate(net, Start(), rng.standard_normal((128, 300)), rng).gradient_growth, 1)
    1.2
    """
    if x.ndim != 2 or x.shape[1] != net.sizes[0] or len(x) < 2:
        raise ShapeError(f"x must have shape (N, {net.sizes[0]}) with N of at least 2; got {x.shape}.")
    found = propagate_drawn(net, start, draw_networks(net, start, [x], [rng]), rngs=[rng])
    return Propagation(**{name: values[0] for name, values in vars(found).items()})


def propagate_drawn(
    net: Mlp,
    start: Start,
    drawn: Drawn,
    *,
    sampled: Sequence[int] | None = None,
    samples: int = SAMPLES,
    rngs: Rngs | None = None,
) -> Propagation:
    """Do as `propagate` does with R networks that are drawn already, each with a batch of its own.

    Parameters
    ----------
    net, start
        As they were drawn, but for the norm, its scale and its shift.
    drawn : Drawn
    sampled : sequence of int, optional
        The layers, from 0, of which samples are kept; all by default.
    samples : int
        How many are kept of each such layer of one network, at most.
    rngs : R generators, optional
        For dropout and noisy batch norm.
    """
    layers = layers_with(net, start, drawn.weights)
    with quiet(), np.errstate(divide="ignore"):
        tape = forward(net, layers, drawn.x, rngs=rngs)
        # Before the way back, which uses h up.
        columns = _described(net, layers, tape.traces)
        kept = _samples(tape.traces, range(net.depth) if sampled is None else sampled, samples)
        arrived: list[Array] = []
        back_through_hidden(net, layers, tape, drawn.gradient.copy(), _unweighted(layers), arrived=arrived)
    return Propagation(**columns, gradient_norm=np.stack(arrived[::-1], axis=-1), samples=kept)


def _unweighted(layers: Sequence[Layer]) -> list[Layer]:
    """Return where gradients of scale, shift and alpha go; those of weights, which nobody asks for, go nowhere."""
    return [
        Layer(
            weight=UNUSED,
            gamma=np.empty(layer.gamma.shape),
            beta=np.empty(layer.beta.shape),
            alpha=None if layer.alpha is None else np.empty(layer.alpha.shape),
        )
        for layer in layers
    ]


def _described(net: Mlp, layers: Sequence[Layer], traces: Sequence[Trace]) -> dict[str, Array]:
    """Return the moments and shares of the layers of R networks, each of shape (R, depth)."""
    runs = len(traces[0].h)
    # What is summed up layer by layer; all else is done with the sums of all layers at once.
    total, square, spread, branch = np.empty((4, net.depth, runs))
    passing = []
    for index, (layer, trace) in enumerate(zip(layers, traces, strict=False)):
        rows = trace.h.reshape(runs, -1)
        mean = np.add.reduce(rows, axis=-1, out=total[index])
        mean /= rows.shape[1]
        np.vecdot(rows, rows, out=square[index])
        rest = rows - mean[:, None]
        np.vecdot(rest, rest, out=spread[index])
        if trace.branch is trace.h:
            branch[index] = square[index]
        else:
            rows = trace.branch.reshape(rest.shape)
            np.vecdot(rows, rows, out=branch[index])
            if layer.alpha is not None:
                branch[index] *= np.square(layer.alpha[:, 0, 0])
        passing.append(_passing(net.activation, trace.a))
    counts = np.concatenate(passing, axis=-1)
    first = [units.start for units in net.hidden_units]
    sizes = np.array(net.sizes[1:-1], np.float64)
    values = sizes * traces[0].h.shape[1]
    passed, dead = (np.add.reduceat(each, first, axis=-1, dtype=np.float64) for each in (counts, counts == 0))
    return {
        "mean": total.T,
        "std": np.sqrt(spread.T / values),
        "mean_square": square.T / values,
        "branch_share": branch.T / square.T,
        "flat": (values - passed) / values,
        "dead": dead / sizes,
    }


def _passing(activation: Activation, a: Array) -> Array:
    """Return for how many examples each unit lets the gradient pass, shape (R, units)."""
    passes = _passes(activation, a)
    # A product with ones: twice as quick as to count, and exact up to 16 million examples.
    counts: Array = np.matmul(row_of(1.0, passes.shape[1], FLOAT32), passes.astype(FLOAT32))[:, 0]
    return counts


def _passes(activation: Activation, a: Array) -> Bools:
    """Return where the slope, a function of the output a, is not almost 0."""
    if activation is Activation.LINEAR:
        return np.ones(a.shape, np.bool_)
    if activation is Activation.RELU:
        return a > 0
    share_of_steepest = 1 - a * a if activation is Activation.TANH else 4 * a * (1 - a)
    passes: Bools = share_of_steepest >= FLAT_SLOPE
    return passes


def _samples(traces: Sequence[Trace], layers: Sequence[int], most: int) -> Array:
    """Return evenly spread values of h of some layers, as many as the smallest layer has, or at most so many."""
    values = [trace.h.reshape(len(trace.h), -1) for trace in traces]
    count = min(most, *(of_layer.shape[1] for of_layer in values))
    # Steps of a golden ratio spread over all units and examples; even steps would keep to some of the units.
    shares = np.arange(count) * GOLDEN % 1
    taken = [values[layer].take((shares * values[layer].shape[1]).astype(np.intp), axis=1) for layer in layers]
    return np.stack(taken, axis=1)
