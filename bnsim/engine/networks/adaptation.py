"""A trained network in a new domain: its statistics there, its norms tuned there, and what they repair."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.backward import gradients
from bnsim.engine.networks.evaluation import accuracy
from bnsim.engine.networks.forward import Given, forward
from bnsim.engine.networks.settings import Trained
from bnsim.engine.networks.structure import in_one_batch, layers_of
from bnsim.errors import InputError, ShapeError


def eval_accuracy(network: Trained, x: Array, labels: NDArray[Any]) -> float:
    """Return the share of examples that are read correctly in eval mode; x has shape (n, inputs)."""
    layers = layers_of(network.net, network.flat[None])
    with quiet():
        return float(accuracy(network.net, layers, _checked(network, x), labels, _statistics(network))[0])


def batch_accuracy(network: Trained, x: Array, labels: NDArray[Any], size: int) -> float:
    """Return the accuracy in training mode: every `size` examples, as they come, are normalized together.

    What is left over after whole batches is not read.

    Raises
    ------
    InputError
        If size is not from 1 to n.
    """
    rows = _checked(network, x)
    if not 1 <= size <= len(rows):
        raise InputError(f"size must be from 1 to the {len(rows)} examples; got {size}.")
    net, layers = in_one_batch(network.net), layers_of(network.net, network.flat[None])
    whole = len(rows) - len(rows) % size
    with quiet():
        scores = [forward(net, layers, rows[None, at : at + size]).scores[0] for at in range(0, whole, size)]
    return float(np.mean(np.concatenate(scores).argmax(axis=1) == labels[:whole]))


def adapted(network: Trained, x: Array) -> Trained:
    """Return the network with the statistics of x, shape (n, inputs), as its running statistics: AdaBN.

    Weights stay, labels are not needed. The variance is the biased one of the n examples. A network without
    running statistics comes back as it is.

    Notes
    -----
    What it repairs exactly: x replaced by a * x + b with one a > 0 and one b for all features, if the first
    norm stands before the activation, because BN(W(ax + b)) = BN(Wx) up to eps.
    Li et al. (2016); Schneider et al. (2020).
    """
    layers = layers_of(network.net, network.flat[None])
    with quiet():
        found = forward(in_one_batch(network.net), layers, _checked(network, x)[None]).statistics
    if found is None:
        return network
    return replace(network, running_mean=found[0][0, 0], running_var=found[1][0, 0])


def norms_tuned(
    network: Trained, x: Array, labels: NDArray[Any], *, steps: int, batch: int, rate: float, rng: np.random.Generator
) -> Trained:
    """Return the network with gamma and beta trained on labelled examples of a new domain, and its statistics there.

    Raises
    ------
    InputError
        If the network has no norm, or batch is not from 1 to n.
    """
    rows, names = _checked(network, x), ("gamma", "beta")
    trained = np.concatenate([np.full(slot.size, slot.name in names) for slot in network.net.slots])
    if not trained.any():
        raise InputError("tuning norms needs a network with a norm; got none.")
    if not 1 <= batch <= len(rows):
        raise InputError(f"batch must be from 1 to the {len(rows)} examples; got {batch}.")
    flat = network.flat.copy()
    with quiet():
        for _ in range(steps):
            chosen = rng.choice(len(rows), batch, replace=False)
            gradient = gradients(in_one_batch(network.net), flat[None], rows[chosen], labels[chosen])[1][0]
            flat[trained] -= rate * gradient[trained]
    return adapted(replace(network, flat=flat), rows)


def _statistics(network: Trained) -> Given | None:
    if not network.net.pools_examples:
        return None
    return np.stack([network.running_mean, network.running_var])[:, None, None]


def _checked(network: Trained, x: Array) -> Array:
    if x.ndim != 2 or x.shape[1] != network.net.sizes[0] or len(x) == 0:
        raise ShapeError(f"x must have shape (n, {network.net.sizes[0]}); got {x.shape}.")
    return x.astype(network.flat.dtype, copy=False)
