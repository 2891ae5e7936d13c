"""Training that is measured as it goes: the loss around a network, how its gradients shift, what enters its layers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.covariate_shift import GradientShift, step_drift
from bnsim.engine.networks.forward import forward
from bnsim.engine.networks.rays import Ray, measured
from bnsim.engine.networks.settings import PERCENTILES, HiddenRecord, Run, Split, Watch
from bnsim.engine.networks.structure import Mlp, in_one_batch, layers_of
from bnsim.engine.networks.training import train


@dataclass(frozen=True, eq=False)
class Measurement:
    """One network after so many steps.

    Attributes
    ----------
    step : int
    ray : Ray
    shift : GradientShift
    percentiles : array, shape (3, units)
        15th, 50th and 85th of what enters each unit of the last hidden layer.
    drift : float
        `step_drift` of that layer over all steps so far; NaN before there are two.
    """

    step: int
    ray: Ray
    shift: GradientShift
    percentiles: Array
    drift: float


class TrainedStep(NamedTuple):
    """One run after one step more, and its measurement, if one was due."""

    run: int
    step: int
    measurement: Measurement | None


def train_and_measure(runs: Sequence[Run], data: Split, sizes: ArrayLike, *, every: int) -> Iterator[TrainedStep]:
    """Train `runs` of one structure and measure each every so many steps, at step 0 and at the last.

    Yields in the order of steps, and of `runs` within a step; closing the generator stops the training.

    Parameters
    ----------
    runs, data
        As in `train`; runs of one seed are measured on the same mini-batches.
    sizes : array
        Step sizes of the rays.
    every : int

    Raises
    ------
    InputError
        As `train`, `along_gradient`.

    Notes
    -----
    Percentiles are those of the test examples normalized together, as a mini-batch of training would be: running
    statistics lag behind and would add a movement of their own. Noise acts in training only, and so in the drift.
    """
    watch = Watch(every=1, accuracy=False, layers=(runs[0].net.depth - 1,), percentiles=(), networks=True)
    # What is wanted of every single step is its mini-batch mean; of the test examples that come with it one is enough.
    slim = replace(data, test_x=data.test_x[:1], test_labels=data.test_labels[:1])
    means: list[list[HiddenRecord]] = [[] for _ in runs]
    for record in train(runs, slim, watch):
        run, step, measurement = runs[record.run], record.step, None
        if step:
            means[record.run].append(record.hidden[0])
        if record.network is not None and (step % every == 0 or step == run.steps):
            flat = record.network.flat
            ray, shift = measured(run, flat, step, data, sizes, shift=True)
            if shift is not None:
                percentiles = entering(run.net, flat, data.test_x)
                measurement = Measurement(step, ray, shift, percentiles, drift(means[record.run]))
        yield TrainedStep(record.run, step, measurement)


def drift(hidden: Sequence[HiddenRecord]) -> float:
    """Return `step_drift` of one layer over all steps so far; NaN before there are two, and after divergence."""
    if len(hidden) < 2 or not np.isfinite(hidden[1].batch_mean).all():
        return np.nan
    with quiet():
        return step_drift(hidden)


def entering(net: Mlp, flat: Array, x: Array) -> Array:
    """Return percentiles of what enters each unit of the last hidden layer, x (n, inputs) normalized as one batch.

    flat has shape (net.numbers,), the result (3, units).
    """
    with quiet():
        h = forward(in_one_batch(net), layers_of(net, flat[None]), x[None]).traces[-1].h[0]
        return np.asarray(np.percentile(h, PERCENTILES, axis=0))
