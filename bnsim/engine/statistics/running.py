"""Running statistics: what each framework keeps during training for use in eval mode."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bnsim.engine.arrays import Array, float64, quiet
from bnsim.engine.statistics.merging import Statistics, merge, unbiased_var
from bnsim.engine.statistics.momentum import initial_weight
from bnsim.engine.statistics.recursion import recursion
from bnsim.errors import InputError, ShapeError
from bnsim.frameworks.table import Framework


class Convention(Enum):
    """How a framework moves its running statistics.

    Attributes
    ----------
    framework : str
        Its name.
    momentum : float or None
        Default weight of the *new* batch, whichever weight the framework itself calls momentum;
        None averages all batches alike.
    unbiased : bool
        Whether the variance is multiplied by count / (count - 1) before it is averaged.
    eps : float
        Default constant under the root of the framework's layer.
    quotes_old : bool
        Whether the framework's own `momentum` is the weight of the old value, 1 - momentum.

    Notes
    -----
    The numbers are those of `bnsim.frameworks.table.Framework`, which names the versions. CUMULATIVE is PyTorch's
    `momentum=None`.
    """

    PYTORCH = (Framework.PYTORCH,)
    KERAS = (Framework.KERAS,)
    FLAX = (Framework.FLAX,)
    ONNX = (Framework.ONNX,)
    PADDLE = (Framework.PADDLE,)
    CUMULATIVE = (Framework.PYTORCH, "cumulative average")

    def __init__(self, said: Framework, average: str = "") -> None:
        self.framework = f"{said.title}, {average}" if average else said.title
        self.momentum = None if average else said.new_weight
        self.unbiased = said.value.unbiased
        self.eps = said.eps
        self.quotes_old = said.value.quotes_old


class GhostRule(Enum):
    """How the ghost batches of one large batch move the running statistics.

    EACH moves them once per ghost batch, in order: PyTorch when it is fed one micro-batch at a time, and Hoffer, Hubara
    and Soudry (2017), Algorithm 1. MEAN moves them once, with the mean of the ghost batches' means and variances: what
    the networks of `bnsim.engine.networks` do with a ghost norm. With k ghost batches and momentum m the initial values
    keep the weight (1 - m)**k with EACH, and 1 - m with MEAN. Of unequal ghost batches EACH counts a small one as much
    as a large one, and the last one most; MEAN counts every value alike. The variance of MEAN is that within the ghost
    batches: `merge(forward.batches)` adds that between them, as synchronized batch norm does.
    """

    EACH = "each"
    MEAN = "mean"


@runtime_checkable
class InBatches(Protocol):
    """A forward pass in several batches, each with statistics of its own: a `GhostForward`."""

    @property
    def batches(self) -> tuple[Statistics, ...]:
        """Statistics of each batch, in order."""


@dataclass(frozen=True, eq=False)
class RunningStats:
    """Averages kept during training and used in eval mode.

    Attributes
    ----------
    mean, var : float64, shape (C,), or scalars beside batches of shape (N,)
        Running mean and running variance.
    batches : int
        How many batches have been averaged in.

    Examples
    --------
    >>> running = RunningStats.start(1)
    >>> from bnsim.engine.statistics.batch import BatchStats
    >>> batch = BatchStats(mean=np.array([5.0]), var=np.array([8.0]), count=5)
    >>> running.update(batch)
    RunningStats(mean=array([0.5]), var=array([1.9]), batches=1)
    >>> running.update(batch, convention=Convention.KERAS, momentum=0.1)
    RunningStats(mean=array([0.5]), var=array([1.7]), batches=1)
    """

    mean: Array
    var: Array
    batches: int = 0

    @classmethod
    def start(cls, channels: int) -> Self:
        """Return the state every framework starts from: mean 0 and variance 1."""
        return cls(np.zeros(channels), np.ones(channels))

    def update(
        self,
        forward: Statistics | InBatches,
        *,
        convention: Convention = Convention.PYTORCH,
        momentum: float | None = None,
        ghosts: GhostRule = GhostRule.EACH,
    ) -> Self:
        """Return the statistics after one more batch: (1 - momentum) * old + momentum * new.

        Parameters
        ----------
        forward : BatchNormForward, MaskedForward, RenormForward, GhostForward or BatchStats
            The batch: anything with `.mean`, biased `.var` and `.count`, or with several such as `.batches`.
        convention : Convention
            Which variance is averaged, and the default momentum.
        momentum : float from 0 to 1, optional
            Weight of the new batch; the convention's own by default. Keras, Flax, ONNX and Paddle quote the weight
            of the old value: their 0.99 is 0.01 here, and 0.99 here forgets half of the past in 0.15 batches.
        ghosts : GhostRule
            For a GhostForward: whether each ghost batch moves the statistics, or their mean, every value of the large
            batch counting alike, does once.

        Raises
        ------
        InputError
            If momentum is out of range, if an unbiased variance is wanted of one value per channel, or if `forward`
            holds no statistics.
        ShapeError
            If the batch has another number of channels.

        Notes
        -----
        With one value per channel Paddle leaves its statistics as they are; so does this.
        Ioffe and Szegedy (2015), section 3.1 and Algorithm 2.
        """
        if isinstance(forward, Statistics):
            return self._moved((forward,), convention, momentum)
        if not isinstance(forward, InBatches) or not isinstance(forward.batches, tuple) or not forward.batches:
            raise InputError(
                f"forward must have mean, var and count, or batches that have; got a {type(forward).__name__}. "
                "Pass what batch_norm, batch_stats or ghost_batch_norm returned."
            )
        if ghosts is GhostRule.MEAN:
            return self._moved(forward.batches, convention, momentum)
        running = self
        for batch in forward.batches:
            running = running.update(batch, convention=convention, momentum=momentum)
        return running

    def _moved(self, parts: tuple[Statistics, ...], convention: Convention, momentum: float | None) -> Self:
        """Return the statistics after one step towards the mean of those of the parts."""
        for part in parts:
            if np.shape(part.mean) != np.shape(self.mean):
                raise ShapeError(
                    "the batch must have the channels of the running statistics, "
                    f"shape {np.shape(self.mean)}; got shape {np.shape(part.mean)}."
                )
        if convention is Convention.PADDLE and all(part.count == 1 for part in parts):
            return self
        new = _weight(convention.momentum if momentum is None else momentum, self.batches)
        with quiet():
            counts = [part.count for part in parts]
            mean = _mean([float64(part.mean, "mean") for part in parts], counts)
            spread = [unbiased_var(part) if convention.unbiased else float64(part.var, "var") for part in parts]
            return type(self)(
                (1 - new) * float64(self.mean, "mean") + new * mean,
                (1 - new) * float64(self.var, "var") + new * _mean(spread, counts),
                self.batches + 1,
            )


def running_history(
    batches: Statistics, *, convention: Convention = Convention.PYTORCH, momentum: float | None = None
) -> tuple[Array, Array]:
    """Return the running mean and variance of one channel after 0, 1, ... t batches, each of shape (t + 1,).

    Parameters
    ----------
    batches : BatchStats
        `mean` and `var` of shape (t,): those of one batch after the other, each of `count` values.
    convention, momentum
        As for `RunningStats.update`, which gives the same in t steps.

    Examples
    --------
    >>> from bnsim.engine.statistics.batch import BatchStats
    >>> running_history(BatchStats(np.array([5.0, 5.0]), np.array([8.0, 8.0]), 5))
    (array([0.  , 0.5 , 0.95]), array([1.  , 1.9 , 2.71]))
    """
    stays = convention is Convention.PADDLE and batches.count == 1
    var = unbiased_var(batches) if convention.unbiased else float64(batches.var, "var")
    default = convention.momentum if momentum is None else momentum
    weights = 0.0 if stays else _weight(default, np.arange(len(batches.mean)))
    with quiet():
        added = weights * np.stack((batches.mean, var))
    mean, var = recursion([0.0, 1.0], 1 - weights, added)
    return mean, var


def weights_after(weights: ArrayLike) -> Array:
    """Return how much the start and each of t batches count at last, shape (t + 1,), from each one's weight as it came.

    Examples
    --------
    >>> weights_after([0.5, 0.5])
    array([0.25, 0.25, 0.5 ])
    """
    each = np.asarray(weights, np.float64)
    kept = np.cumprod(np.append(1.0, 1 - each[::-1]))[::-1]  # of what there was before the first batch, the second, ...
    return np.append(kept[0], each * kept[1:])


def _mean(values: list[Array], counts: list[int]) -> Array:
    """Return the mean over parts, each weighted by the values that it holds."""
    if len(values) == 1:
        return values[0]
    mean: Array = np.average(values, axis=0, weights=counts)
    return mean


def _weight(momentum: float | None, batches: int | NDArray[np.intp]) -> float | Array:
    if momentum is None:
        return 1 / (batches + 1)
    if not 0 <= momentum <= 1:
        raise InputError(f"momentum must be a number from 0 to 1; got {momentum:g}.")
    return momentum


def bias_corrected(running: RunningStats, *, momentum: float, mean: float = 0.0, var: float = 1.0) -> RunningStats:
    """Return the running statistics without what is left of their initial values.

    After t batches the initial value still has the weight (1 - momentum)**t; it is subtracted, and the rest
    divided by 1 - (1 - momentum)**t.

    Parameters
    ----------
    running : RunningStats
        Averaged with a constant momentum.
    momentum : float, more than 0 and at most 1
        Weight of the new batch.
    mean, var : float
        The initial values; 0 and 1 in every framework.

    Raises
    ------
    InputError
        If no batch has been averaged yet, or momentum is out of range.

    Notes
    -----
    Kingma and Ba (2015), section 3, for an average that starts from 0.
    """
    if running.batches == 0:
        raise InputError("bias correction needs at least 1 batch; got 0.")
    left = initial_weight(momentum, running.batches)
    # 1 - left, which keeps its digits when little is gone.
    gone = 1.0 if left == 0 else -math.expm1(running.batches * math.log1p(-momentum))
    with quiet():
        return RunningStats(
            (float64(running.mean, "mean") - left * mean) / gone,
            (float64(running.var, "var") - left * var) / gone,
            running.batches,
        )


def precise_stats(batches: Iterable[Statistics]) -> RunningStats:
    """Return the statistics of many batches pooled as if they were one: PreciseBN.

    Every batch counts alike, the newest no more than the oldest, and none comes from older weights.
    The variance is the pooled one, biased.

    Notes
    -----
    Wu and Johnson (2021), section 3.1.
    """
    found = tuple(batches)
    pooled = merge(found)
    return RunningStats(pooled.mean, pooled.var, len(found))
