"""What happens as the outputs move away from the running mean: closed forms of this very batch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm
from bnsim.engine.theory.folded import training_mode_gap
from bnsim.experiments.folding.layer import Layer, per_output, rms, rms_of_each

SOME = 200
"""That training mode takes a bias away is tried on so many outputs at each shift: what is left is rounding."""


@dataclass(frozen=True, eq=False)
class Moves:
    """What happens as outputs move away from the running mean; root mean squares, each of shape (M,), and theory's.

    `shift`: by how many running stds. `difference`: batch norm in training mode against the folded layer.
    `bias_eval`, `bias_train`: the change of y when a bias of `shift` running stds is added.
    """

    shift: Array
    difference: Array
    expected_difference: Array
    bias_eval: Array
    expected_bias_eval: Array
    bias_train: Array


def moves_of(layer: Layer) -> Moves:
    """Return what happens at 25 shifts and the one that is set."""
    p, norm = layer.params, layer.running
    shifts = np.unique([*np.linspace(-1, 1, 25) * max(3.0, abs(p.shift)), p.shift])
    moved = np.abs(shifts) * rms(norm.scale * np.sqrt(norm.var))
    return Moves(
        shift=shifts,
        difference=training_differences(layer, shifts),
        expected_difference=expected_differences(layer, shifts),
        bias_eval=moved,
        expected_bias_eval=moved,
        bias_train=rounding_left(layer, shifts),
    )


def training_differences(layer: Layer, shift: ArrayLike, spread: ArrayLike | None = None) -> Array:
    """Return the root mean square difference of this batch in training mode, at shifts, or at spreads."""
    still, tilt, bend = training_squares(layer, layer.params.spread if spread is None else spread)
    d = np.asarray(shift)
    return np.asarray(abs(layer.params.gamma) * np.sqrt(still + d * (tilt + d * bend)))


def training_squares(layer: Layer, spread: ArrayLike) -> tuple[Array, Array, Array]:
    """Return a, b, c: the mean square difference in training mode is gamma**2 (a + b shift + c shift**2).

    Both ways are straight lines in an output z of the layer, so it is made of the batch's own mean m and variance v,
    here without the bias: with s = 1 / sqrt(var + eps), of the running statistics and of the batch's, it is
    (s - s_batch)**2 v + s**2 (m + shift running_std)**2 for each output.
    """
    batch, eps = layer.forward, layer.params.eps
    running = layer.std / np.expand_dims(spread, -1)
    kept, own = (1 / np.sqrt(var + eps) for var in (running**2, batch.var))
    still = (kept - own) ** 2 * batch.var + (kept * batch.mean) ** 2
    tilt, bend = 2 * kept**2 * batch.mean * running, (kept * running) ** 2
    return still.mean(axis=-1), tilt.mean(axis=-1), bend.mean(axis=-1)


def expected_differences(layer: Layer, shifts: Array) -> Array:
    """Return the root mean square differences in training mode to expect: the mean square is a + b shift**2."""
    p = layer.params
    still, moved = (
        training_mode_gap(layer.std, shift=shift, spread=p.spread, count=p.count, gamma=p.gamma, eps=p.eps)
        for shift in (0.0, 1.0)
    )
    return np.asarray(np.sqrt(still**2 + (moved**2 - still**2) * shifts**2))


def rounding_left(layer: Layer, shifts: Array) -> Array:
    """Return the change of y in training mode when a bias of `shifts` running stds is added: rounding."""
    p, plain = layer.params, per_output(layer.plain, SOME)
    biased = plain[:, None] + shifts[:, None] * np.sqrt(layer.running.var)
    y, without = (batch_norm(z.reshape(len(z), -1), p.gamma, p.beta, eps=p.eps).y for z in (biased, plain))
    return rms_of_each((y.reshape(biased.shape) - without[:, None]).swapaxes(0, 1))
