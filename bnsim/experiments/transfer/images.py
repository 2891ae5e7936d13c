"""The images: which digits train, which are adapted to and which are read, and how a new domain changes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.data import corruptions
from bnsim.data.digits import BRIGHTEST, load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.networks.settings import Split

TRAIN, POOL, TEST = 897, 450, 450
"""The 1,797 digits fall apart at random: to train on, to adapt to, and to be read."""

SPLIT, NOISE = 10, 11
"""What a generator of its own is made for, beside those of training."""

DIGITS_SHOWN = 10


class Change(StrEnum):
    """What differs in the new domain."""

    CONTRAST = "contrast"
    BRIGHTNESS = "brightness"
    SCALE = "scale"
    BLUR = "blur"
    NOISE = "noise"
    INVERSION = "inversion"


STRENGTHS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        Change.CONTRAST: (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.25, 1.5, 2),
        Change.BRIGHTNESS: (-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1),
        Change.SCALE: (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5),
        Change.BLUR: (0, 1, 2, 3, 4, 5, 6),
        Change.NOISE: (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1),
        Change.INVERSION: (0, 0.1, 0.2, 0.3, 0.4, 0.45, 0.55, 0.6, 0.7, 0.8, 0.9, 1),
    }
)
"""The strengths of each change at which the networks read the images, from low to high."""


@dataclass(frozen=True, eq=False)
class Domain:
    """The images of one domain: a pool to adapt to and others to be read, so that no accuracy is of images adapted to.

    Attributes
    ----------
    pool, test : array, shape (n, inputs)
    pool_labels, test_labels : array of int, shape (n,)
    """

    pool: Array
    pool_labels: NDArray[Any]
    test: Array
    test_labels: NDArray[Any]


def affine(change: str, strength: float) -> tuple[float, float] | None:
    """Return a and b if the change makes a · x + b of every pixel x, else None."""
    lines = {
        Change.CONTRAST: (strength, 0.5 * (1 - strength)),
        Change.BRIGHTNESS: (1.0, strength),
        Change.SCALE: (strength, 0.0),
        Change.INVERSION: (1 - 2 * strength, strength),
    }
    return lines.get(Change(change))


def changed(images: Array, change: str, strength: float, seed: int) -> Array:
    """Return images, shape (n, 8, 8) with pixels from 0 to 1, as they are in the new domain."""
    if change == Change.BLUR:
        return corruptions.blur(images, round(strength))
    if change == Change.NOISE:
        return corruptions.noise(images, strength, np.random.default_rng((seed, NOISE)))
    a, b = affine(change, strength) or (1.0, 0.0)
    return a * images + b


@dataclass(frozen=True, eq=False)
class Digits:
    """The digits of one seed: what trains, and images (n, 8, 8) with labels to adapt to and to be read."""

    train: Split
    images: Array
    labels: Array

    def domain(self, change: str = "scale", strength: float = 1.0, seed: int = 0, *, exact: bool = False) -> Domain:
        """Return the images as rows, changed; clean ones by default; in float64 if `exact`, else in float32."""
        rows = changed(self.images, change, strength, seed).reshape(len(self.images), -1)
        x = rows.astype(np.float64 if exact else np.float32)
        return Domain(x[:POOL], self.labels[:POOL], x[POOL:], self.labels[POOL:])

    @property
    def shown(self) -> Array:
        """The first image of each digit among those that are read, as places in `images`."""
        return np.array([POOL + int(np.argmax(self.labels[POOL:] == digit)) for digit in range(DIGITS_SHOWN)])


@lru_cache(maxsize=16)
def digits_of(seed: int) -> Digits:
    """Return the digits of one seed, split at random."""
    digits, rng = load_digits(), np.random.default_rng((seed, SPLIT))
    split = Split.shuffled(digits.images / BRIGHTEST, digits.labels, TRAIN, rng, standardize=False)
    narrow = Split(split.x.astype(np.float32), split.labels, split.test_x[:1].astype(np.float32), split.test_labels[:1])
    return Digits(narrow, split.test_x.reshape(-1, 8, 8), split.test_labels)


def images_shown(change: str, strength: float, seed: int) -> tuple[Array, Array]:
    """Return one image of each digit, clean and in the new domain, each of shape (10, 8, 8)."""
    digits = digits_of(seed)
    new = changed(digits.images, change, strength, seed)
    return digits.images[digits.shown], new[digits.shown]
