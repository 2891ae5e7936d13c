"""A multilayer perceptron as a value: what it is made of, and how its numbers lie in one row."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array
from bnsim.errors import InputError
from bnsim.once import kept

Bools = NDArray[np.bool_]

MOST_NUMBERS = 20_000_000  # parameters of one network: 160 MB of float64
MOST_LAYERS = 1000
UNUSED: Array = np.empty(0)


class Activation(StrEnum):
    """What each unit does with its input."""

    RELU = "relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"
    LINEAR = "linear"


class Norm(StrEnum):
    """How a layer is normalized; NOISY and GHOST are batch norm with random scale and shift, and in parts."""

    NONE = "none"
    BATCH = "batch"
    LAYER = "layer"
    GROUP = "group"
    NOISY = "noisy"
    GHOST = "ghost"


class Placement(StrEnum):
    """Whether the norm stands before the activation or after it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Noise:
    """What noisy batch norm does to its output, anew at every step.

    Attributes
    ----------
    shift : float, at least 0
        A unit's shift is uniform between -shift and shift.
    scale : float, at least 1
        A unit's scale is uniform between 1 and `scale`, divided by its mean: on average 1, so that eval mode,
        which has no noise, fits. (Santurkar et al. leave the mean at (1 + scale) / 2.)
    jitter : float, at least 0
        Each example's own shift is uniform within +-jitter of the unit's, its scale normal around the unit's.

    Notes
    -----
    Santurkar et al. (2018), section 2 and appendix.
    """

    shift: float = 0.5
    scale: float = 1.25
    jitter: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Mlp:
    """The structure of a network; runs that share it can be trained in one stack.

    Hidden layer l is u = a @ weight + bias, normed if BEFORE; h = u, or h + u in a residual net (from the second
    layer on, u scaled by alpha with `skip_init`); a = activation(h), normed if AFTER. The scores are linear in
    the last a. A residual block is thus activation, linear, norm; all that the skip adds to a plain net is "+ h".

    Attributes
    ----------
    sizes : tuple of int
        Inputs, units of each hidden layer, classes.
    residual, skip_init : bool
        Skip connections, which need equal hidden widths; and a learned factor of each branch, 0 at the start.
    bias : bool
        In hidden layers; a norm BEFORE makes it redundant. The last layer always has one.
    groups : int
        For GROUP.
    ghost : int
        For GHOST: examples that are normalized together; it must divide the batch. The running statistics move once
        a step, with the mean of the ghost batches' statistics: `GhostRule.MEAN`. PyTorch, fed one micro-batch at a
        time, moves them once for each, which is `GhostRule.EACH`.
    eps : float, more than 0
    dropout : float, at least 0 and less than 1
        Share of a that is set to 0 in training; the rest is divided by 1 - dropout.
    noise : Noise
        For NOISY.

    Raises
    ------
    InputError
        With every problem at once.
    """

    sizes: tuple[int, ...] = (64, 100, 100, 100, 10)
    activation: Activation = Activation.RELU
    norm: Norm = Norm.NONE
    placement: Placement = Placement.BEFORE
    residual: bool = False
    skip_init: bool = False
    bias: bool = True
    groups: int = 4
    ghost: int = 16
    eps: float = 1e-5
    dropout: float = 0.0
    noise: Noise = Noise()

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise InputError(*problems)

    @property
    def depth(self) -> int:
        """How many hidden layers there are."""
        return len(self.sizes) - 2

    @kept
    def slots(self) -> "tuple[Slot, ...]":
        """The parameters in the order in which they lie in one row."""
        return tuple(_slots(self))

    @kept
    def numbers(self) -> int:
        """How many parameters the network has."""
        return sum(slot.size for slot in self.slots)

    @kept
    def hidden_units(self) -> tuple[slice, ...]:
        """Where the units of each hidden layer are if all lie end to end."""
        ends = list(accumulate(self.sizes[1:-1]))
        return tuple(slice(end - width, end) for end, width in zip(ends, self.sizes[1:-1], strict=True))

    @kept
    def normed_at(self) -> Placement | None:
        """Where the norm stands; None without."""
        return None if self.norm is Norm.NONE else self.placement

    @kept
    def pools_examples(self) -> bool:
        """Whether the norm normalizes over examples, so that training and eval mode differ."""
        return self.norm in (Norm.BATCH, Norm.NOISY, Norm.GHOST)


class Slot(NamedTuple):
    """One parameter array: layer 0, 1, ..., its name and its shape, two-dimensional."""

    layer: int
    name: str
    shape: tuple[int, int]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return self.shape[0] * self.shape[1]


class Layer(NamedTuple):
    """The parameters of one layer of R networks: weight (R, fan_in, fan_out), the others (R, 1, fan_out).

    alpha has shape (R, 1, 1); gamma and beta are empty in a layer without norm.
    """

    weight: Array
    bias: Array | None = None
    gamma: Array = UNUSED
    beta: Array = UNUSED
    alpha: Array | None = None


def _problems(net: Mlp) -> Iterator[str]:
    hidden = net.sizes[1:-1]
    if not hidden or len(hidden) > MOST_LAYERS or min(net.sizes) < 1:
        yield f"sizes must give inputs, 1 to {MOST_LAYERS} hidden layers and classes, each at least 1; got {net.sizes}."
    elif sum(wide * out for wide, out in zip(net.sizes, net.sizes[1:], strict=False)) > MOST_NUMBERS:
        yield f"a network must have at most {MOST_NUMBERS} weights; got sizes {net.sizes}."
    if net.residual and len(set(hidden)) > 1:
        yield f"a residual network must have equal hidden widths; got {hidden}."
    if net.skip_init and not net.residual:
        yield "skip_init must come with residual; got residual=False."
    if net.norm is Norm.GROUP and (net.groups < 1 or any(width % net.groups for width in hidden)):
        yield f"groups must divide the hidden widths {hidden}; got {net.groups}."
    if net.ghost < 1:
        yield f"ghost must be at least 1; got {net.ghost}."
    if not 0 < net.eps < math.inf:
        yield f"eps must be a number more than 0; got {net.eps:g}."
    if not 0 <= net.dropout < 1:
        yield f"dropout must be at least 0 and less than 1; got {net.dropout:g}."
    if not (net.noise.shift >= 0 and net.noise.scale >= 1 and net.noise.jitter >= 0):
        yield f"noise must have shift and jitter of at least 0 and a scale of at least 1; got {net.noise}."


def _slots(net: Mlp) -> Iterator[Slot]:
    for layer, (wide, out) in enumerate(pairwise(net.sizes)):
        yield Slot(layer, "weight", (wide, out))
        yield from slots_of_layer(net, layer, out)


def slots_of_layer(net: Mlp, layer: int, out: int) -> Iterator[Slot]:
    """Yield what a layer of so many units has besides its weights."""
    last = layer == net.depth
    if net.bias or last:
        yield Slot(layer, "bias", (1, out))
    if net.norm is not Norm.NONE and not last:
        yield from (Slot(layer, "gamma", (1, out)), Slot(layer, "beta", (1, out)))
    if net.skip_init and 0 < layer < net.depth:
        yield Slot(layer, "alpha", (1, 1))


def layers_of(net: Mlp, flat: Array) -> tuple[Layer, ...]:
    """Return the parameters of R networks, rows of `flat` of shape (R, net.numbers), as views layer by layer."""
    found: list[dict[str, Array]] = [{} for _ in range(net.depth + 1)]
    start = 0
    for slot in net.slots:
        found[slot.layer][slot.name] = flat[:, start : start + slot.size].reshape(-1, *slot.shape)
        start += slot.size
    return tuple(Layer(**arrays) for arrays in found)


def in_one_batch(net: Mlp) -> Mlp:
    """Return the network with ghost batches replaced by whole ones: the same numbers, statistics of all examples."""
    return replace(net, norm=Norm.BATCH) if net.norm is Norm.GHOST else net


def numbers_in(net: Mlp, names: Collection[str]) -> Bools:
    """Return which numbers of a row belong to parameters of these names; shape (net.numbers,)."""
    return np.concatenate([np.full(slot.size, slot.name in names) for slot in net.slots])
