"""A batch of digits through fixed filters, what each norm makes of it, and who depends on whom."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.family import NormKind, normalize
from bnsim.engine.statistics.densities import histogram_outline
from bnsim.experiments.norm_family.filters import DIVISORS, features
from bnsim.experiments.norm_family.params import IMAGES, MOST_IMAGES, SIDE, NormFamilyParams

COMPANION_SETS = 50
"""So often all samples but the first are replaced by others."""

MEANS = {"of_channels": (0, 2, 3), "of_samples": (1, 2, 3), "of_both": (2, 3)}
"""Over which axes means are taken, by what they are the means of."""


@dataclass(frozen=True, eq=False)
class Sharing:
    """Which set, with one mean and one variance, each block belongs to, shape (N, C), from 0; how many, how large."""

    sets: Array
    count: int
    size: int


@dataclass(frozen=True, eq=False)
class Effect:
    """How the first sample's outputs change with its companions.

    `largest`: the largest change of an output. `rms`: root mean square over the outputs, shape (sets of companions,);
    `mean` and `standard_error` are those of it over the sets.
    """

    largest: float
    rms: Array
    mean: float
    standard_error: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """The tensor, and what each norm makes of it; arrays of shape (N, C, side, side).

    `images`: which digits; `digits`: what they show. `after`, `sharing`, `effects`: by norm. `identities`: the largest
    difference between members of the family that are the same. `zeros`: the largest |mean| over a channel, a sample,
    and a channel of a sample, by norm and before any ("none"). `densities`: of all values, "normalized" by the shown
    norm and "raw", each as value and density. `numerators`: of the values that larger settings of shape would show,
    too, as whole numbers (see `DIVISORS`), shape (8, 12, 6, 6).
    """

    params: NormFamilyParams
    images: Array
    digits: tuple[int, ...]
    x: Array
    after: Mapping[str, Array]
    sharing: Mapping[str, Sharing]
    effects: Mapping[str, Effect]
    identities: Mapping[str, float]
    zeros: Mapping[str, Mapping[str, float]]
    densities: Mapping[str, tuple[Array, Array]]
    numerators: Array


def run(params: NormFamilyParams) -> Outcome:
    """Send a batch of digits through fixed filters, and what comes out through each norm."""
    images = (params.first_image + np.arange(params.batch_size)) % IMAGES
    x = seen(params, images)
    after = {kind.value: normed(x, kind.value, params) for kind in NormKind}
    return Outcome(
        params=params,
        images=images,
        digits=tuple(int(label) for label in load_digits().labels[images]),
        x=x,
        after=after,
        sharing={norm: sharing(params, norm) for norm in after},
        effects={norm: effect(changes) for norm, changes in changes_of(params, x, after).items()},
        identities=identities(x, after, params.eps),
        zeros={norm: largest_means(values) for norm, values in {"none": x, **after}.items()},
        densities={"normalized": histogram_outline(after[params.norm]), "raw": histogram_outline(x)},
        numerators=numerators(params.first_image),
    )


def seen(p: NormFamilyParams, images: Array) -> Array:
    """Return the tensor of images, shape (..., C, side, side): the central positions of the first C channels."""
    start = (SIDE - p.side) // 2
    inside = slice(start, start + p.side)
    return np.asarray(features()[:, : p.channels, inside, inside][images])


def numerators(first_image: int) -> Array:
    """Return as many images as there can be through all filters, as whole numbers, shape (8, 12, 6, 6)."""
    images = (first_image + np.arange(MOST_IMAGES)) % IMAGES
    return np.asarray(np.rint(features()[images] * np.reshape(DIVISORS, (-1, 1, 1))), dtype=np.int16)


def normed(x: Array, norm: str, p: NormFamilyParams) -> Array:
    """Return x after one member of the family."""
    return normalize(x, NormKind(norm), groups=p.groups, eps=p.eps)


def sharing(p: NormFamilyParams, norm: str) -> Sharing:
    """Return which values share statistics under one norm."""
    sample, channel = np.indices((p.batch_size, p.channels))
    sets_by_norm = {
        "batch": channel,
        "layer": sample,
        "group": sample * p.groups + channel // (p.channels // p.groups),
        "instance": sample * p.channels + channel,
        "rms": sample,
    }
    sets = np.asarray(sets_by_norm[norm])
    count = int(sets.max()) + 1
    return Sharing(sets, count, sets.size * p.side**2 // count)


def changes_of(p: NormFamilyParams, x: Array, after: Mapping[str, Array]) -> dict[str, Array]:
    """Return how the first sample's outputs change with its companions, by norm; shape (sets, C, side, side)."""
    others = np.random.default_rng(p.seed).integers(0, IMAGES, (COMPANION_SETS, p.batch_size - 1))
    batches = np.empty((COMPANION_SETS, *x.shape))
    batches[:, 0], batches[:, 1:] = x[0], seen(p, others)
    return {norm: first_of_each(batches, norm, p) - y[0] for norm, y in after.items()}


def first_of_each(batches: Array, norm: str, p: NormFamilyParams) -> Array:
    """Return the first sample of each batch after a norm; batches of shape (sets, N, C, side, side).

    All are normalized at once. Batch norm pools no two channels, so those of all batches stand beside each other; the
    others pool no two samples, so those of all batches stand below each other.
    """
    sets, samples, channels, *sides = batches.shape
    if norm == "batch":
        beside = batches.swapaxes(0, 1).reshape(samples, sets * channels, *sides)
        return np.reshape(normed(beside, norm, p)[0], (sets, channels, *sides))
    return normed(batches.reshape(-1, channels, *sides), norm, p)[::samples]


def effect(changes: Array) -> Effect:
    """Return the size of changes, shape (sets, C, side, side)."""
    rms = np.sqrt(np.square(changes).mean(axis=(1, 2, 3)))
    error = float(rms.std(ddof=1)) / math.sqrt(rms.size)
    return Effect(float(np.abs(changes).max()), rms, float(rms.mean()), error)


def identities(x: Array, after: Mapping[str, Array], eps: float) -> dict[str, float]:
    """Return the largest differences between members of the family that are the same."""
    layer, instance = after["layer"], after["instance"]
    alone = np.concatenate([normalize(sample[None], NormKind.BATCH, eps=eps) for sample in x])
    centred = x - x.mean(axis=(1, 2, 3), keepdims=True)
    pairs = {
        "group_layer": (normalize(x, NormKind.GROUP, groups=1, eps=eps), layer),
        "group_instance": (normalize(x, NormKind.GROUP, groups=x.shape[1], eps=eps), instance),
        "batch_instance": (alone, instance),
        "rms_layer": (normalize(centred, NormKind.RMS, eps=eps), layer),
    }
    return {name: float(np.abs(one - two).max()) for name, (one, two) in pairs.items()}


def largest_means(values: Array) -> dict[str, float]:
    """Return the largest |mean| over a channel, over a sample, and over a channel of a sample."""
    return {name: float(np.abs(values.mean(axis=axes)).max()) for name, axes in MEANS.items()}
