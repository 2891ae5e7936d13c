"""What happens from layer to layer at initialization: forward moments, and gradients on their way back."""

import math
from dataclasses import dataclass

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.backward import back_through_hidden
from bnsim.engine.networks.forward import Trace, forward
from bnsim.engine.networks.initialization import Start, initial
from bnsim.engine.networks.structure import Activation, Layer, Mlp, layers_of
from bnsim.errors import ShapeError

FLAT_SLOPE = 0.1  # a bounded unit is saturated where its slope is below this share of the steepest
GOLDEN = (math.sqrt(5) - 1) / 2
SAMPLES = 4000  # numbers that are kept of each layer, for a density


@dataclass(frozen=True, eq=False, kw_only=True)
class Propagation:
    """One network at initialization, layer by layer; float64 arrays of shape (depth,) unless it says otherwise.

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
    samples : array, shape (depth, at most 4000)
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
        if not (np.isfinite(self.mean_square).all() and norms[-1] > 0):
            return np.full(norms.shape, math.nan)
        ratio: Array = norms / norms[-1]
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
    numbers = initial(net, start, rng)[None]
    layers, grads = layers_of(net, numbers), layers_of(net, np.empty_like(numbers))
    with quiet(), np.errstate(divide="ignore"):
        tape = forward(net, layers, x[None].astype(np.float64), rngs=[rng])
        found = [_described(net, layer, trace) for layer, trace in zip(layers[:-1], tape.traces, strict=True)]
        samples = _samples(tape.traces)  # before the way back, which uses h up
        arrived: list[Array] = []
        dout = rng.standard_normal(tape.traces[-1].out.shape)
        back_through_hidden(net, layers, tape, dout, grads, arrived=arrived)
    columns = {name: np.array([layer[name] for layer in found]) for name in found[0]}
    return Propagation(**columns, gradient_norm=np.concatenate(arrived[::-1]), samples=samples)


def _described(net: Mlp, layer: Layer, trace: Trace) -> dict[str, float]:
    h, flat = trace.h[0], _flat(net.activation, trace.a[0])
    branch = trace.branch if layer.alpha is None else trace.branch * layer.alpha
    square = np.mean(np.square(h))
    return {
        "mean": float(h.mean()),
        "std": float(h.std()),
        "mean_square": float(square),
        "branch_share": float(np.mean(np.square(branch)) / square),
        "flat": float(flat.mean()),
        "dead": float(flat.all(axis=0).mean()),
    }


def _flat(activation: Activation, a: Array) -> Array:
    """Return where the slope, a function of the output a, is almost 0."""
    share_of_steepest = {
        Activation.RELU: a > 0,
        Activation.TANH: 1 - a * a,
        Activation.SIGMOID: 4 * a * (1 - a),
        Activation.LINEAR: np.ones(a.shape),
    }
    flat: Array = share_of_steepest[activation] < FLAT_SLOPE
    return flat


def _samples(traces: list[Trace]) -> Array:
    """Return evenly spread values of h of each layer, as many as the smallest layer has, at most 4000."""
    count = min(SAMPLES, *(trace.h.size for trace in traces))
    # Steps of a golden ratio spread over all units and examples; even steps would keep to some of the units.
    places = np.arange(count) * GOLDEN % 1
    return np.stack([trace.h.reshape(-1)[(places * trace.h.size).astype(np.intp)] for trace in traces])
