"""What a training run is: its data, its settings, what is watched of it, and what comes out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from bnsim.engine.arrays import Array, real_array
from bnsim.engine.networks.initialization import Start
from bnsim.engine.networks.structure import Mlp, Norm
from bnsim.engine.statistics.running import GhostRule
from bnsim.errors import InputError, ShapeError

Labels = NDArray[np.intp]

PERCENTILES = (15.0, 50.0, 85.0)


@dataclass(frozen=True, eq=False)
class Split:
    """Examples to train and to test on: inputs (n, features), labels (n,) from 0."""

    x: Array
    labels: Labels
    test_x: Array
    test_labels: Labels

    @classmethod
    def shuffled(
        cls,
        x: ArrayLike,
        labels: ArrayLike,
        train: int,
        rng: np.random.Generator,
        *,
        standardize: bool = True,
        dtype: DTypeLike = np.float64,
    ) -> Self:
        """Return a random split.

        Parameters
        ----------
        x : array, shape (n, ...)
            Examples; flattened.
        labels : array of int, shape (n,)
        train : int
            How many examples train; all others test.
        rng : Generator
        standardize : bool
            Whether each feature is centred and divided by its spread in the training part.
        dtype : float64 or float32
            In which training will compute; float32 takes a little more than half the time.

        Raises
        ------
        ShapeError
            If x and labels do not belong together.
        InputError
            If `train` does not leave at least one example on either side.
        """
        rows = real_array(x).astype(np.float64, copy=False)
        rows, classes = rows.reshape(len(rows), -1), np.asarray(labels).astype(np.intp)
        if classes.shape != (len(rows),):
            raise ShapeError(f"labels must have shape ({len(rows)},), one for each example; got {classes.shape}.")
        if not 1 <= train < len(rows):
            raise InputError(f"train must be from 1 to {len(rows) - 1}; got {train}.")
        order = rng.permutation(len(rows))
        seen, unseen = order[:train], order[train:]
        scaled = (standardized(rows, rows[seen]) if standardize else rows).astype(dtype)
        return cls(scaled[seen], classes[seen], scaled[unseen], classes[unseen])

    def first(self, count: int) -> Self:
        """Return the split with only the first `count` training examples, as they were scaled."""
        return type(self)(self.x[:count], self.labels[:count], self.test_x, self.test_labels)


def standardized(x: Array, reference: Array) -> Array:
    """Return (x - mean) / std with the mean and spread of each feature of `reference`; 0 where it is constant."""
    mean, std = reference.mean(axis=0), reference.std(axis=0)
    scaled: Array = (x - mean) * np.where(std > 0, 1 / np.where(std > 0, std, 1), 0.0)
    return scaled


class Decayed(StrEnum):
    """What weight decay acts on.

    WEIGHTS is what most recipes ask for: gamma, beta and biases are left alone. NORMS adds gamma and beta. EVERYTHING
    is what PyTorch does when its optimizer is given all parameters.
    """

    WEIGHTS = "weights"
    NORMS = "norms"
    EVERYTHING = "everything"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return DECAYED_NAMES[self]


DECAYED_NAMES = {
    Decayed.WEIGHTS: ("weight",),
    Decayed.NORMS: ("weight", "gamma", "beta"),
    Decayed.EVERYTHING: ("weight", "gamma", "beta", "bias", "alpha"),
}


class Leftover(StrEnum):
    """What becomes of the examples of an epoch that do not fill a batch: they WAIT, or make a SHORT last batch."""

    WAIT = "wait"
    SHORT = "short"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training run: stochastic gradient descent on the softmax cross-entropy.

    Attributes
    ----------
    net : Mlp
    start : Start
    steps, batch : int
        Every epoch is a new shuffle.
    leftover : Leftover
        Whether what is left over after whole batches waits for the next epoch, or makes a short last batch.
    micro : int, at least 0
        Gradient accumulation: every batch is taken in micro-batches of so many examples, the last of which may be
        short. Each is normalized by itself, and its gradient counts by its examples, so that without a norm over
        examples nothing changes. 0 takes the whole batch at once.
    micro_rule : GhostRule
        Whether each micro-batch moves the running statistics, as PyTorch's do, or their mean does once a step.
    rate, momentum, decay : float
        velocity = momentum * velocity + gradient + decay * weight; weight -= rate * velocity, as PyTorch does.
    decayed : Decayed
        What decay acts on: weights only, gamma and beta too, or everything.
    running_momentum : float from 0 to 1
        Weight of the new batch in the running statistics; their variance is unbiased, with N = 1 it is 0.
    frozen : float from 0 to 1
        The last share of the steps normalizes with statistics of the training set taken when it begins
        (PreciseBN), which then stay.
    frozen_affine : bool
        Whether gamma and beta stay with them: fine-tuning with frozen norms.
    precise_batches, precise_size : int
        How many batches of how many examples PreciseBN pools.
    seed : int
        Weights, the order of the batches and noise each have their own generator, so that runs of one seed
        share weights and batches whatever else differs.

    Raises
    ------
    InputError
        With every problem at once.
    """

    net: Mlp
    start: Start = field(default_factory=Start)
    steps: int = 500
    batch: int = 60
    rate: float = 0.1
    momentum: float = 0.0
    decay: float = 0.0
    decayed: Decayed = Decayed.WEIGHTS
    running_momentum: float = 0.1
    frozen: float = 0.0
    frozen_affine: bool = False
    micro: int = 0
    micro_rule: GhostRule = GhostRule.EACH
    leftover: Leftover = Leftover.WAIT
    precise_batches: int = 20
    precise_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise InputError(*problems)

    @property
    def frozen_from(self) -> int:
        """After how many steps the statistics freeze; `steps` if never."""
        return self.steps - round(self.frozen * self.steps)

    @property
    def stack_key(self) -> tuple[object, ...]:
        """What runs must share to be trained in one stack."""
        with_history = (self.momentum > 0, self.decay > 0, self.decayed)
        in_parts = (self.micro, self.micro_rule, self.leftover)
        at_the_end = (self.frozen_from, self.frozen_affine, self.precise_batches, self.precise_size)
        return self.net, self.steps, self.batch, in_parts, at_the_end, with_history


def _problems(run: Run) -> Iterator[str]:
    for name in ("steps", "batch", "precise_batches", "precise_size"):
        if getattr(run, name) < 1:
            yield f"{name} must be at least 1; got {getattr(run, name)}."
    for name in ("running_momentum", "frozen"):
        if not 0 <= getattr(run, name) <= 1:
            yield f"{name} must be a number from 0 to 1; got {getattr(run, name):g}."
    if not 0 < run.rate < math.inf:
        yield f"rate must be a number more than 0; got {run.rate:g}."
    if not 0 <= run.decay < math.inf:
        yield f"decay must be a number of at least 0; got {run.decay:g}."
    if run.micro < 0:
        yield f"micro must be at least 0; got {run.micro}."
    if run.micro and run.net.norm is Norm.GHOST:
        yield (
            f"micro must be 0 where the norm is ghost, which takes a batch in parts already; got {run.micro}. "
            "Take the norm batch."
        )
    if run.net.norm is Norm.GHOST and run.batch % run.net.ghost:
        yield f"ghost must divide the {run.batch} examples of a batch; got {run.net.ghost}."
    if not 0 <= run.momentum < 1:
        yield f"momentum must be at least 0 and less than 1; got {run.momentum:g}."
    if run.seed < 0:
        yield f"seed must be at least 0; got {run.seed}."


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is recorded; watching never changes a run.

    Attributes
    ----------
    every : int
        A record after every so many steps, and after step 0 and the last.
    accuracy : bool
        Share of all training and test examples that are read correctly in eval mode.
    precise : bool
        Test accuracy with statistics of the training set (PreciseBN) instead of the running ones.
    gradients : bool
        Norms of the gradient of each layer's weights.
    layers : tuple of int
        Hidden layers, from 0, of which h is described: its percentiles over the test set in eval mode,
        and its mean over the mini-batch.
    percentiles : tuple of float
        From 0 to 100.
    networks : bool
        Hand out the whole network with every record, not only with the last.
    moved : bool
        How far the weights of the first layer are from where they started.
    """

    every: int = 10
    accuracy: bool = True
    precise: bool = False
    gradients: bool = False
    layers: tuple[int, ...] = ()
    percentiles: tuple[float, ...] = PERCENTILES
    networks: bool = False
    moved: bool = False

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InputError(f"every must be at least 1; got {self.every}.")


@dataclass(frozen=True, eq=False)
class Trained:
    """One network: its numbers in one row (net.numbers,), and its running mean and variance, layer after layer."""

    net: Mlp
    flat: Array
    running_mean: Array
    running_var: Array


@dataclass(frozen=True, eq=False)
class HiddenRecord:
    """One hidden layer: percentiles of h, (percentiles, units), and its mini-batch mean, (units,)."""

    layer: int
    percentiles: Array
    batch_mean: Array


@dataclass(frozen=True, eq=False)
class Record:
    """One run after `step` steps.

    Attributes
    ----------
    run : int
        Which of the runs that were asked for, from 0.
    step : int
        How many steps have been made.
    loss : float
        Mean cross-entropy of the mini-batch that made this step, before it; NaN at step 0. A run that has
        diverged has a loss of NaN or infinity.
    train_accuracy, test_accuracy, precise_accuracy : float, optional
    gradient_norms : tuple of float
        Of each layer's weights, the last layer's too, decay included; of the same mini-batch as the loss.
    hidden : tuple of HiddenRecord
    network : Trained, optional
    moved : float, optional
        Of the first layer's weights: the norm of what they have changed by over the norm they started with.
    """

    run: int
    step: int
    loss: float
    train_accuracy: float | None = None
    test_accuracy: float | None = None
    precise_accuracy: float | None = None
    gradient_norms: tuple[float, ...] = ()
    hidden: tuple[HiddenRecord, ...] = ()
    network: Trained | None = None
    moved: float | None = None
