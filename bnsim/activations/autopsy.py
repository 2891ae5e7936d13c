"""Good in training mode, bad in eval mode: activations before a norm held against its running statistics."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from bnsim.activations.opening import Activations
from bnsim.engine.arrays import Array, quiet
from bnsim.engine.statistics.agreement import Agreement, agreement
from bnsim.engine.statistics.channels import ChannelProfile, ExampleSpread, channel_profile, example_spread
from bnsim.engine.statistics.momentum import effective_batches
from bnsim.errors import InputError

ENOUGH = 0.5
"""A batch is large enough if it would show a shift of half a standard deviation in most channels."""

EXPLAINED = 0.9
"""Of the differences that the start must explain for statistics to be young."""

FEWEST = 4
"""Channels that must agree on it: in fewer, one weight may fit by chance."""


class Origin(Enum):
    """Where the activations come from."""

    UNKNOWN = "unknown"
    NEW = "new"
    TRAINING = "training"


class Verdict(Enum):
    """What holding them against each other says."""

    CONSISTENT = "consistent"
    SMALL = "small"
    SHIFT = "shift"
    STALE = "stale"
    START = "start"
    DIFFER = "differ"
    UNUSABLE = "unusable"


@dataclass(frozen=True, eq=False)
class Running:
    """The running statistics of a norm; arrays of shape (C,).

    Attributes
    ----------
    mean, var : array
        Running mean and running variance.
    gamma, beta : array, or None
        Scale and shift, which the outputs have, too.
    eps, momentum : float
        Momentum is the weight of the new batch.
    batch_size : int
        Examples in each batch of the training.
    source : str
        Where they are from, fit to be shown.
    """

    mean: Array
    var: Array
    gamma: Array | None = None
    beta: Array | None = None
    eps: float = 1e-5
    momentum: float = 0.1
    batch_size: int = 32
    source: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.batch_size <= 10**9:
            raise InputError(f"batch-size must be a whole number of at least 1; got {self.batch_size}.")
        if not 0 < self.momentum <= 1:
            raise InputError(
                f"momentum must be a number more than 0 and at most 1, the weight of the new batch; got "
                f"{self.momentum:g}. Keras, Flax and ONNX quote the weight of the old one: their 0.99 is 0.01 here."
            )
        if not 0 < self.eps <= 1:
            raise InputError(f"eps must be a number more than 0 and at most 1; got {self.eps:g}.")
        if self.mean.shape != self.var.shape:
            raise InputError(
                "running mean and running variance must have as many numbers; got "
                f"{self.mean.size} and {self.var.size}."
            )

    @property
    def is_start(self) -> bool:
        """Whether they are what every layer starts with."""
        return bool((self.mean == 0).all() and (self.var == 1).all())

    @property
    def rests_on(self) -> float:
        """On how many examples they rest: a running average is as sure as so many."""
        return self.batch_size * effective_batches(self.momentum)


@dataclass(frozen=True, eq=False)
class Outputs:
    """What the norm gives of these activations in one mode; arrays of shape (C,).

    Attributes
    ----------
    mean, std : array
        Of the outputs.
    center, gain, beta : array
        What made them: output = (x - center) * gain + beta.
    """

    mean: Array
    std: Array
    center: Array
    gain: Array
    beta: Array

    def of(self, values: Array, channel: int) -> Array:
        """Return the outputs of some values of one channel."""
        with quiet():
            outputs: Array = (values - self.center[channel]) * self.gain[channel] + self.beta[channel]
        return outputs


@dataclass(frozen=True, eq=False)
class Autopsy:
    """What is found.

    Attributes
    ----------
    name : str
        The file of activations.
    labels : tuple of str
        What the channels are called.
    told : tuple of str
        What was guessed.
    running : Running
        What they were held against.
    found : ExampleSpread
        The batch.
    agreement : Agreement
        Shifts, ratios, and how sure they are.
    eval_mode, train_mode : Outputs
        With the running statistics, and with those of the batch, which new estimates from such data would give, too.
    origin : Origin
        Where the activations come from.
    verdict : Verdict
        What all of it says.
    left : float
        Weight of the start, mean 0 and variance 1, that would explain the differences best.
    """

    name: str
    labels: tuple[str, ...]
    told: tuple[str, ...]
    running: Running
    found: ExampleSpread
    agreement: Agreement
    eval_mode: Outputs
    train_mode: Outputs
    origin: Origin
    verdict: Verdict
    left: float

    @property
    def numbers(self) -> Mapping[str, float]:
        """What the sentences of the verdict ask for."""
        agreed, tested = self.agreement, self.agreement.tested
        with quiet():
            shifts, ratios = np.abs(agreed.shift[agreed.has_shifted]), agreed.ratio[agreed.has_spread]
            ratios = np.maximum(ratios, 1 / ratios)
        return {
            "examples": self.found.examples,
            "all": len(self.labels),
            "tested": int(np.count_nonzero(tested)),
            "differ": int(np.count_nonzero(agreed.differs)),
            "shift": float(shifts.max()) if shifts.size else 0.0,
            "ratio": float(ratios.max()) if ratios.size else 1.0,
            "seen_shift": float(np.median(agreed.seen_shift[tested])) if tested.any() else np.inf,
            "seen_ratio": float(np.median(agreed.seen_ratio[tested])) if tested.any() else np.inf,
            "left": self.left,
        }


@dataclass(frozen=True, eq=False)
class Batch:
    """What an autopsy needs of activations: read once, they can be held against any running statistics.

    Attributes
    ----------
    name : str
        The file.
    labels, told : tuple of str
        What the channels are called, and what was guessed.
    mean, var : array, shape (C,)
        Mean and biased variance.
    spread : ExampleSpread
        How much single examples differ.
    """

    name: str
    labels: tuple[str, ...]
    told: tuple[str, ...]
    mean: Array
    var: Array
    spread: ExampleSpread


def batch_of(activations: Activations, profile: ChannelProfile | None = None) -> Batch:
    """Return what an autopsy needs of activations, in two passes over the file; in one if its profile is known.

    Raises
    ------
    DataError
        If the file turns out to be damaged.
    """
    first = profile or channel_profile(activations.blocks(), eps=1.0, norms=())
    spread = example_spread(activations.blocks(), first.mean)
    return Batch(activations.name, activations.labels, activations.told, first.mean, first.var, spread)


def autopsy(batch: Batch, running: Running, origin: Origin = Origin.UNKNOWN) -> Autopsy:
    """Hold activations against running statistics.

    Parameters
    ----------
    batch : Batch
        The activations before the norm.
    running : Running
        Its running statistics, one for each channel.
    origin : Origin
        Whether the activations come from training data, which tells stale statistics from shifted data.

    Raises
    ------
    InputError
        If there are not as many running statistics as channels.
    """
    channels = len(batch.labels)
    if running.mean.size != channels:
        raise InputError(
            f"running statistics must be those of the {channels} channels of {batch.name}; got "
            f"{running.mean.size}. Choose another layer, or say which axis counts channels."
        )
    found = batch.spread
    agreed = agreement(found, running.mean, running.var, eps=running.eps, rests_on=running.rests_on)
    left, explained = start_in(found, running)
    is_start = explained >= EXPLAINED and int(np.count_nonzero(agreed.tested)) >= FEWEST
    verdict = verdict_of(agreed, origin, examples=found.examples, is_start=is_start or running.is_start)
    eval_mode = outputs_of(batch, running, running.mean, running.var)
    train_mode = outputs_of(batch, running, batch.mean, batch.var)
    read = batch.name, batch.labels, batch.told
    return Autopsy(*read, running, found, agreed, eval_mode, train_mode, origin, verdict, left)


def outputs_of(batch: Batch, running: Running, by_mean: Array, by_var: Array) -> Outputs:
    """Return what a norm makes of a batch that it normalizes by `by_mean` and `by_var`."""
    gamma = np.ones_like(by_mean) if running.gamma is None else running.gamma
    beta = np.zeros_like(by_mean) if running.beta is None else running.beta
    with quiet():
        gain = gamma / np.sqrt(by_var + running.eps)
        mean, std = (batch.mean - by_mean) * gain + beta, np.sqrt(batch.var) * np.abs(gain)
    return Outputs(mean, std, by_mean, gain, beta)


def verdict_of(agreed: Agreement, origin: Origin, *, examples: int, is_start: bool) -> Verdict:
    """Return what the tests say, and where the activations come from."""
    if not agreed.tested.any():
        return Verdict.UNUSABLE if examples > 1 else Verdict.SMALL
    if not agreed.differs.any():
        is_large = np.median(agreed.seen_shift[agreed.tested]) <= ENOUGH
        return Verdict.CONSISTENT if is_large else Verdict.SMALL
    if is_start:
        return Verdict.START
    return {Origin.TRAINING: Verdict.STALE, Origin.NEW: Verdict.SHIFT, Origin.UNKNOWN: Verdict.DIFFER}[origin]


def start_in(found: ExampleSpread, running: Running) -> tuple[float, float]:
    """Return how much of the start best explains running statistics, and which share of the differences it explains.

    Young statistics are w times the start, mean 0 and variance 1, and 1 - w times those of the data: then the
    differences of all channels are w times what lies between data and start. By least squares, each channel in units
    of its variance and its running variance together, so that none counts for all.
    """
    with quiet():
        unit = np.sqrt(found.var + np.abs(running.var) + running.eps)
        whole = np.concatenate([-found.mean / unit, (1 - found.var) / unit**2])
        seen = np.concatenate([(running.mean - found.mean) / unit, (running.var - found.var) / unit**2])
        known = np.isfinite(whole) & np.isfinite(seen)
        whole, seen = whole[known], seen[known]
        size = float(seen @ seen)
        if not size or not whole @ whole:
            return 0.0, 0.0
        weight = min(max(float(whole @ seen / (whole @ whole)), 0.0), 1.0)
        rest = seen - weight * whole
        return weight, 1 - float(rest @ rest) / size
