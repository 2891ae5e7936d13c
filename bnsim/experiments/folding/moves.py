"""What happens as the outputs move away from the running mean: closed forms of this very batch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm
from bnsim.engine.theory.folded import training_mode_gap
from bnsim.experiments.folding.layer import Layer, per_output, rms

SOME = 1000
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
    """Return the root mean square difference of this batch in training mode, at shifts or spreads or at both.

    Both ways are straight lines in an output z of the layer, so that the mean square of their difference is made of
    the batch's own mean m and variance v: with s = gamma / sqrt(var + eps), of the running statistics and of the
    batch's, it is (s - s_batch)**2 v + s**2 (m - running mean)**2 for each output.
    """
    p, batch = layer.params, layer.forward
    shift, spread = (np.expand_dims(each, -1) for each in (shift, p.spread if spread is None else spread))
    running = layer.std / spread
    kept, own = (p.gamma / np.sqrt(var + p.eps) for var in (running**2, batch.var))
    squares = (kept - own) ** 2 * batch.var + (kept * (batch.mean + shift * running)) ** 2
    return np.asarray(np.sqrt(squares.mean(axis=-1)))


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
    return np.array([rms(change) for change in (y.reshape(biased.shape) - without[:, None]).swapaxes(0, 1)])
