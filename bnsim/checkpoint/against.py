"""One file against another: which running statistics differ, and which were only copied while the weights moved."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bnsim.checkpoint.contents import Guess
from bnsim.checkpoint.findings import SEVERITIES, Assumed, Finding, Sureness
from bnsim.checkpoint.layers import Layer, own_tensors, plain_name
from bnsim.checkpoint.tensors import Tensor
from bnsim.engine.arrays import quiet
from bnsim.errors import CheckpointError

SHIFTED = 0.1
"""A difference of means, in standard deviations of the other file."""

RATIO = 1.25
"""A ratio of variances, either way."""

MOST_SAMPLED = 50
MOST_NUMBERS = 100_000
"""So many weights are read, of tensors of at most so many numbers, to see whether the weights are the same."""


def pairs_of(layers: Sequence[Layer], others: Sequence[Layer]) -> list[tuple[Layer, Layer]]:
    """Return the layers of both files that have the same name, or the same without what wrappers put before it."""
    by_name = {plain_name(other.name): other for other in others} | {other.name: other for other in others}
    matched = ((layer, by_name.get(layer.name) or by_name.get(plain_name(layer.name))) for layer in layers)
    return [(layer, other) for layer, other in matched if other is not None and other.channels == layer.channels]


def weights_differ(tensors: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> bool:
    """Return whether tensors outside of batch norm layers differ, of those that are small enough to be read."""
    of_norms = own_tensors(tensors)
    by_name = {plain_name(name): tensor for name, tensor in others.items()}
    sampled = 0
    for name, tensor in tensors.items():
        other = others.get(name) or by_name.get(plain_name(name))
        if name in of_norms or other is None or other.shape != tensor.shape or tensor.count > MOST_NUMBERS:
            continue
        sampled += 1
        try:
            ours, theirs = tensor.values(name, MOST_NUMBERS), other.values(name, MOST_NUMBERS)
        except CheckpointError:  # of a kind of number that is not read
            continue
        if not np.array_equal(ours, theirs, equal_nan=True):
            return True
        if sampled == MOST_SAMPLED:
            break
    return False


def compare_layers(layer: Layer, other: Layer, assumed: Assumed, *, moved: bool) -> Iterator[Finding]:
    """Yield what differs between one layer of two files.

    Parameters
    ----------
    layer, other : Layer
        Of the file that is looked at, and of the one that it is held against.
    assumed : Assumed
        ε, for the size of a shift.
    moved : bool
        Whether other weights differ.
    """
    same = np.array_equal(layer.mean, other.mean) and np.array_equal(layer.var, other.var)
    if same:
        frozen = _same_affine(layer, other)
        if moved or not frozen:
            # Whoever freezes batch norm on purpose mostly freezes γ and β with it.
            sure = Sureness.POSSIBLE if frozen else Sureness.LIKELY
            everywhere = tuple(range(layer.channels))
            yield Finding("copied-statistics", layer.name, SEVERITIES["copied-statistics"], sure, everywhere)
        return
    with quiet():
        shift = np.abs(layer.mean - other.mean) / np.sqrt(other.var + assumed.eps_of(other))
        ratio = np.exp(np.abs(np.log((layer.var + assumed.eps_of(layer)) / (other.var + assumed.eps_of(other)))))
    differ = (shift > SHIFTED) | (ratio > RATIO)
    if differ.any():
        numbers = {"shift": float(np.fmax.reduce(shift)), "ratio": float(np.fmax.reduce(ratio))}
        channels = tuple(np.flatnonzero(differ).tolist())
        yield Finding(
            "statistics-differ", layer.name, SEVERITIES["statistics-differ"], Sureness.CERTAIN, channels, numbers
        )


def _same_affine(layer: Layer, other: Layer) -> bool:
    if Guess.ONE_MISSING in (layer.guess, other.guess):
        return True  # of one of them nobody knows which is γ
    pairs = ((layer.gamma, other.gamma), (layer.beta, other.beta))
    return all((ours is None and theirs is None) or _equal(ours, theirs) for ours, theirs in pairs)


def _equal(ours: object, theirs: object) -> bool:
    if ours is None or theirs is None:
        return False
    return bool(np.array_equal(np.asarray(ours), np.asarray(theirs), equal_nan=True))
