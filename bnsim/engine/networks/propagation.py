"""What happens from layer to layer at initialization: forward moments, and gradients on their way back."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.backward import back_through_hidden
from bnsim.engine.networks.forward import Rngs, Trace, forward
from bnsim.engine.networks.initialization import Start, layers_with, normals_drawn, weights_of
from bnsim.engine.networks.kernels import Key, row_of
from bnsim.engine.networks.structure import UNUSED, Activation, Bools, Layer, Mlp, Placement
from bnsim.errors import ShapeError

FLAT_SLOPE = 0.1  # a bounded unit is saturated where its slope is below this share of the steepest
GOLDEN = (math.sqrt(5) - 1) / 2
FLOAT32 = np.dtype(np.float32)
SAMPLES = 4000  # numbers that are kept of each layer, for a density


@dataclass(frozen=True, eq=False, kw_only=True)
class Inside:
    """Forward moments of networks at initialization, layer by layer; float64 of shape (..., layers described).

    One network has arrays of shape (layers,), R networks (R, layers).

    Attributes
    ----------
    mean, std : array
        Of h, what enters the activation, over examples and units.
    mean_square : array, shape (..., depth)
        E[h**2]. In a residual network it doubles with every layer without norm; with batch norm it is 1, 2, 3, ...
    branch_share : array
        Share of E[h**2] that the layer's own branch has; 1 in a plain network.
    flat : array
        Share of activations that let almost no gradient through: for relu those that are 0; for sigmoid and tanh
        the saturated ones, whose slope is below a tenth of the steepest; 0 for linear.
    dead : array
        Share of units that are flat for every example.
    samples : array, shape (..., layers sampled, at most 4000)
        Values of h.
    """

    mean: Array
    std: Array
    mean_square: Array
    branch_share: Array
    flat: Array
    dead: Array
    samples: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Propagation(Inside):
    """Networks at initialization, on the way forward and on the way back.

    Attributes
    ----------
    gradient_norm : array, shape (..., depth)
        Norm of the gradient with respect to h, for a random gradient of the last hidden layer's output.
    """

    gradient_norm: Array

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
    turned : sequence of array, shape (R, fan_out, fan_in)
        Those of the hidden layers, as they then lie in memory (see `turned`).
    gradient : array, shape (R, N, units)
        Of the last hidden layer's output.
    """

    x: Array
    weights: Sequence[Array]
    turned: Sequence[Array]
    gradient: Array


def turned(weight: Array) -> Array:
    """Return weights of shape (R, fan_in, fan_out) as (R, fan_out, fan_in), read-only.

    On the way back a product with these is the quicker: in memory as they are on the way forward it takes half as long
    again.
    """
    found = np.ascontiguousarray(weight.swapaxes(1, 2))
    found.flags.writeable = False
    return found


def draw_networks(net: Mlp, start: Start, inputs: Sequence[Array], rngs: Rngs) -> Drawn:
    """Draw the weights of a network, and the gradient sent back through it, for each batch of inputs."""
    x = np.stack(inputs).astype(np.float64, copy=False)
    weights = weights_of(net.sizes, start, normals_drawn(net.sizes, rngs))
    gradient = np.stack([rng.standard_normal((x.shape[1], net.sizes[-2])) for rng in rngs])
    return Drawn(x, weights, [turned(weight) for weight in weights[:-1]], gradient)


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
    described: Sequence[int] | None = None,
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
    described : sequence of int, optional
        The layers, from 0 and in rising order, of which more is measured than the mean square of h and the gradient;
        all by default.
    sampled : sequence of int, optional
        Those among them of which samples are kept; all of them by default.
    samples : int
        How many are kept of each such layer of one network, at most.
    rngs : R generators, optional
        For dropout and noisy batch norm.
    """
    layers = layers_with(net, start, drawn.weights)
    seen = _Seen(net, layers, drawn.x, described, sampled, samples)
    arrived: list[Array] = []
    with quiet(), np.errstate(divide="ignore"):
        tape = forward(net, layers, drawn.x, rngs=rngs, empty=_InTurn(net), seen=seen)
        back_through_hidden(
            net, layers, tape, drawn.gradient.copy(), _unweighted(net, layers), arrived=arrived, turned=drawn.turned
        )
        return Propagation(**seen.inside(), gradient_norm=np.sqrt(np.stack(arrived[::-1], axis=-1)))


def look_inside(
    net: Mlp, start: Start, drawn: Drawn, *, sampled: Sequence[int] | None = None, samples: int = SAMPLES
) -> Inside:
    """Measure what `propagate_drawn` does on the way forward, without the way back; of all layers.

    Parameters
    ----------
    net, start, drawn, sampled, samples
        See there.
    """
    layers = layers_with(net, start, drawn.weights)
    seen = _Seen(net, layers, drawn.x, None, sampled, samples)
    with quiet(), np.errstate(divide="ignore"):
        forward(net, layers, drawn.x, empty=_InTurn(net), seen=seen)
        return Inside(**seen.inside())


def _unweighted(net: Mlp, layers: Sequence[Layer]) -> list[Layer]:
    """Return where the gradients of all parameters go, which nobody asks for: nowhere.

    The way back through a norm over examples is made of those of scale and shift: of all layers of a width they go to
    the same place.
    """
    if not net.pools_examples:
        return [Layer(weight=UNUSED, gamma=UNUSED, beta=UNUSED)] * len(layers)
    places = {
        shape: Layer(weight=UNUSED, gamma=np.empty(shape), beta=np.empty(shape))
        for shape in {layer.gamma.shape for layer in layers}
    }
    return [places[layer.gamma.shape] for layer in layers]


class _InTurn:
    """Where arrays come from if only the way back needs them later: two in turn for what it does not need.

    That is h, a half to a third of all: what is used again soon is still near the processor. On its way back a layer
    writes into the h of the layer below, so two are enough.
    """

    def __init__(self, net: Mlp) -> None:
        before = net.normed_at is Placement.BEFORE
        self._names = {"h", "y"} if before else {"h", "u", "y"}
        self._known: dict[tuple[str, int, tuple[int, ...]], Array] = {}

    def __call__(self, key: Key, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        index, name = key
        if name not in self._names:
            return np.empty(shape, dtype)
        which = name, index % 2, shape
        if which not in self._known:
            self._known[which] = np.empty(shape, dtype)
        return self._known[which]


class _Seen:
    """What is noted of each layer on the way forward; what is no sum is reckoned afterwards, for all layers at once."""

    def __init__(
        self,
        net: Mlp,
        layers: Sequence[Layer],
        x: Array,
        described: Sequence[int] | None,
        sampled: Sequence[int] | None,
        samples: int,
    ) -> None:
        self._net, self._layers = net, layers
        self._described = list(range(net.depth) if described is None else described)
        self._sampled = set(self._described if sampled is None else sampled)
        self._places = {index: place for place, index in enumerate(self._described)}
        self._examples, self._runs = x.shape[1], len(layers[0].weight)
        self._square = np.empty((net.depth, self._runs))
        self._mean, self._spread, self._branch = np.empty((3, len(self._described), self._runs))
        self._passing = list[Array]()
        count = min(samples, x.shape[1] * min(net.sizes[1:-1])) if self._sampled else 0
        # Steps of a golden ratio spread over all units and examples; even steps would keep to some of the units.
        self._shares = np.arange(count) * GOLDEN % 1
        self._samples = list[Array]()

    def __call__(self, index: int, trace: Trace) -> None:
        """Note the sums of one layer of R networks, and some of its values."""
        rows = trace.h.reshape(self._runs, -1)
        square = np.vecdot(rows, rows, out=self._square[index])
        place = self._places.get(index)
        if place is None:
            return
        mean = np.add.reduce(rows, axis=-1, out=self._mean[place])
        mean /= rows.shape[1]
        rest = rows - mean[:, None]
        np.vecdot(rest, rest, out=self._spread[place])
        branch = self._branch[place]
        if trace.branch is trace.h:
            branch[:] = square
        else:
            own = trace.branch.reshape(rest.shape)
            np.vecdot(own, own, out=branch)
            alpha = self._layers[index].alpha
            if alpha is not None:
                branch *= np.square(alpha[:, 0, 0])
        self._passing.append(_passing(self._net.activation, trace.a))
        if index in self._sampled:
            self._samples.append(rows.take((self._shares * rows.shape[1]).astype(np.intp), axis=1))

    def inside(self) -> dict[str, Array]:
        """Return the fields of an `Inside`."""
        sizes = np.array(self._net.sizes[1:-1], np.float64)
        described = sizes[self._described]
        values = described * self._examples
        first = np.cumsum(described, dtype=np.intp) - described.astype(np.intp)
        counts = np.concatenate(self._passing, axis=-1)
        passed, dead = (np.add.reduceat(each, first, axis=-1, dtype=np.float64) for each in (counts, counts == 0))
        none = np.empty((self._runs, 0, len(self._shares)))
        return {
            "mean": self._mean.T,
            "std": np.sqrt(self._spread.T / values),
            "mean_square": self._square.T / (sizes * self._examples),
            "branch_share": self._branch.T / self._square[self._described].T,
            "flat": (values - passed) / values,
            "dead": dead / described,
            "samples": np.stack(self._samples, axis=1) if self._samples else none,
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
