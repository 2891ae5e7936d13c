"""Is the loss smoother with batch norm? The loss along the gradient, and how the gradient itself changes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bnsim.engine.arrays import Array, positive, quiet
from bnsim.engine.networks.backward import gradients, norm_of_runs
from bnsim.engine.networks.covariate_shift import GradientShift, gradient_shift
from bnsim.engine.networks.settings import Record, Run, Split, Watch
from bnsim.engine.networks.structure import Mlp
from bnsim.engine.networks.training import train
from bnsim.errors import InputError

MOST_STEPS = 64  # step sizes on one ray
BATCH_USE = 4  # the generator of the batches that rays are measured on; see `training`


@dataclass(frozen=True, eq=False)
class Ray:
    """The loss in a straight line from a network against its gradient.

    Attributes
    ----------
    steps : array, shape (E,)
        Step sizes: the weights are weights - step * gradient.
    loss : array, shape (E,)
    start_loss, gradient_norm : float
        At step 0.
    change : array, shape (E,)
        Norm of the difference between the gradient there and at step 0.
    """

    steps: Array
    loss: Array
    start_loss: float
    gradient_norm: float
    change: Array

    @property
    def loss_range(self) -> float:
        """Largest minus smallest loss on the ray: Santurkar et al. (2018), figure 4 (a)."""
        return float(self.loss.max() - self.loss.min())

    @property
    def largest_change(self) -> float:
        """Largest change of the gradient: figure 4 (b)."""
        return float(self.change.max())

    @property
    def relative_change(self) -> float:
        """Largest change of the gradient over its norm at step 0: 0 where the loss is linear, NaN without a slope."""
        return self.largest_change / (self.gradient_norm or math.nan)

    @property
    def effective_smoothness(self) -> float:
        """Largest change over the distance moved, step * norm: figure 4 (c), an estimate of the Lipschitz constant."""
        return float((self.change / (self.steps * (self.gradient_norm or math.nan))).max())


def along_gradient(net: Mlp, flat: Array, x: Array, labels: NDArray[Any], steps: ArrayLike) -> Ray:
    """Return the loss and the gradient on the ray against the gradient of one network.

    Parameters
    ----------
    net : Mlp
    flat : array, shape (net.numbers,)
        As in `Trained`.
    x, labels : arrays, shapes (N, inputs) and (N,)
        One mini-batch; statistics are its own, as in training.
    steps : numbers, from 1 to 64 of them, each more than 0

    Raises
    ------
    InputError
        If there are no or too many steps, or one is not more than 0.

    Notes
    -----
    Santurkar et al. (2018), section 3.2 and figure 4.
    """
    sizes = np.array([positive(float(step), "step") for step in np.atleast_1d(np.asarray(steps))])
    if not 1 <= len(sizes) <= MOST_STEPS:
        raise InputError(f"steps must be from 1 to {MOST_STEPS} numbers; got {len(sizes)}.")
    with quiet():
        start_loss, gradient = gradients(net, flat[None], x, labels)
        loss, there = gradients(net, flat - sizes[:, None].astype(flat.dtype) * gradient, x, labels)
        change = norm_of_runs(there - gradient)
    return Ray(sizes, loss, float(start_loss[0]), float(norm_of_runs(gradient)[0]), change)


@dataclass(frozen=True, eq=False)
class LandscapeRecord:
    """What training looked like around one step: the record, and the ray and shift measured after it."""

    record: Record
    ray: Ray
    shift: GradientShift | None


def landscape(
    runs: Sequence[Run], data: Split, steps: ArrayLike, *, every: int = 10, shift: bool = False
) -> Iterator[LandscapeRecord]:
    """Train `runs` and measure a ray, and with `shift` the shift of gradients, every so many steps.

    Each measurement is on a mini-batch of its own; runs of one seed have the same ones. Shifts use the run's rate.
    Measuring does not change the runs. Yields in the order of `train`, step 0 included.

    Raises
    ------
    InputError
        As `train`, `along_gradient`.
    """
    for record in train(runs, data, Watch(every=every, accuracy=False, networks=True)):
        if record.network is not None:
            ray, found = measured(runs[record.run], record.network.flat, record.step, data, steps, shift=shift)
            yield LandscapeRecord(replace(record, network=None), ray, found)


def measured(
    run: Run, flat: Array, step: int, data: Split, steps: ArrayLike, *, shift: bool = False
) -> tuple[Ray, GradientShift | None]:
    """Return the ray of a run's network after `step` steps, and with `shift` the shift of its gradients.

    Raises
    ------
    InputError
        As `along_gradient`.
    """
    rng = np.random.default_rng((run.seed, BATCH_USE, step))
    chosen = rng.choice(len(data.x), run.batch, replace=False)
    x, labels = data.x[chosen], data.labels[chosen]
    ray = along_gradient(run.net, flat, x, labels, steps)
    return ray, gradient_shift(run.net, flat, x, labels, run.rate) if shift else None
