"""A small trained network, so that real hidden units can be normalized without training one first."""

import operator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.data.archive import read_archive
from bnsim.data.digits import BRIGHTEST
from bnsim.errors import InputError, ShapeError
from bnsim.once import once

HIDDEN_FILE = Path(__file__).with_name("hidden_units.npz")
HIDDEN_SHA256 = "e54cfde17d453d07c7e45e5b2522386c14121bd59e9e2aad5fb89b35c833019e"


@dataclass(frozen=True, eq=False)
class HiddenLayer:
    """Weights of the 64-32-10 ReLU softmax classifier of the digits; float32, read-only.

    Attributes
    ----------
    weight : array, shape (32, 64)
        Pixels / 16 to hidden units, one row a unit.
    bias : array, shape (32,)
    weight_out : array, shape (10, 32)
        Hidden units after ReLU to the ten logits.
    bias_out : array, shape (10,)
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    weight_out: NDArray[np.float32]
    bias_out: NDArray[np.float32]


@once
def hidden_units() -> HiddenLayer:
    """Return the trained network; the file is read at the first call.

    Raises
    ------
    BnsimError
        If the shipped file is missing or damaged.

    Notes
    -----
    Trained by scripts/train_hidden_units.py; README.md beside this file gives its accuracy.
    """
    names = ("weight", "bias", "weight_out", "bias_out")
    return HiddenLayer(**read_archive(HIDDEN_FILE, names, HIDDEN_SHA256))


def pre_activations(unit: int, images: NDArray[Any]) -> NDArray[np.float64]:
    """Return what one hidden unit computes before its ReLU: weight . (pixels / 16) + bias.

    Parameters
    ----------
    unit : int
        0 to 31.
    images : array, shape (N, 8, 8)
        Pixels from 0 to 16.

    Returns
    -------
    array of float64, shape (N,)

    Raises
    ------
    InputError
        If there is no such unit.
    ShapeError
        If images are not N images of 8 x 8 pixels.
    """
    layer = hidden_units()
    units = len(layer.bias)
    if not 0 <= operator.index(unit) < units:
        raise InputError(f"unit must be a whole number from 0 to {units - 1}; got {unit}.")
    if images.ndim != 3 or images.shape[1:] != (8, 8):
        raise ShapeError(f"images must have shape (N, 8, 8); got {images.shape}.")
    pixels = images.reshape(-1, 64) / BRIGHTEST
    return np.asarray(pixels @ layer.weight[unit].astype(np.float64) + layer.bias[unit], dtype=np.float64)
