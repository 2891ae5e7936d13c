"""A small trained network with batch norm, so that training and eval mode can be compared on real images."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.data.archive import read_archive
from bnsim.data.digits import BRIGHTEST, Digits, load_digits
from bnsim.errors import ShapeError
from bnsim.once import once

NETWORK_FILE = Path(__file__).with_name("bn_network.npz")
NETWORK_SHA256 = "b79bd11418bae95314e33546d591d325e6de734787ca07b90b74d8a7c3657cde"
EPS = 1e-5
"""What the network was trained with under the root of its batch norms."""


@dataclass(frozen=True, eq=False)
class BatchNormNetwork:
    """The 64-100-100-100-10 classifier of the digits, batch norm before each ReLU; float32, read-only.

    A linear layer before a batch norm has no bias: the batch norm would take it out again.

    Attributes
    ----------
    weight_1 : array, shape (100, 64)
        Pixels / 16 to the first hidden layer, one row a unit.
    weight_2, weight_3 : array, shape (100, 100)
    gamma, beta : array, shape (3, 100)
        Scale and shift, one row a hidden layer.
    running_mean, running_var : array, shape (3, 100)
        What training kept for eval mode.
    weight_out : array, shape (10, 100)
    bias_out : array, shape (10,)
    test_images : array of uint16, shape (450,)
        Which of the 1,797 digits it was not trained on.
    """

    weight_1: NDArray[np.float32]
    weight_2: NDArray[np.float32]
    weight_3: NDArray[np.float32]
    gamma: NDArray[np.float32]
    beta: NDArray[np.float32]
    running_mean: NDArray[np.float32]
    running_var: NDArray[np.float32]
    weight_out: NDArray[np.float32]
    bias_out: NDArray[np.float32]
    test_images: NDArray[np.uint16]

    @property
    def weights(self) -> tuple[NDArray[np.float32], ...]:
        """The weights of the three hidden layers, in order."""
        return self.weight_1, self.weight_2, self.weight_3

    @property
    def test(self) -> Digits:
        """The 450 digits it has not seen, in the order of the whole set."""
        digits = load_digits()
        return Digits(digits.images[self.test_images], digits.labels[self.test_images])

    @property
    def train(self) -> Digits:
        """The 1,347 digits it was trained on, in the order of the whole set."""
        digits, seen = load_digits(), np.ones(len(load_digits().labels), dtype=bool)
        seen[self.test_images] = False
        return Digits(digits.images[seen], digits.labels[seen])


@once
def bn_network() -> BatchNormNetwork:
    """Return the trained network; the file is read at the first call.

    Raises
    ------
    BnsimError
        If the shipped file is missing or damaged.

    Notes
    -----
    Trained by scripts/train_bn_network.py; README.md beside this file gives its accuracy.
    """
    names = tuple(BatchNormNetwork.__dataclass_fields__)
    return BatchNormNetwork(**read_archive(NETWORK_FILE, names, NETWORK_SHA256))


def pixels(images: NDArray[Any]) -> NDArray[np.float32]:
    """Return images of shape (N, 8, 8), pixels from 0 to 16, as rows of 64 numbers from 0 to 1, float32.

    Raises
    ------
    ShapeError
        If images are not N images of 8 x 8 pixels.
    """
    if images.ndim != 3 or images.shape[1:] != (8, 8):
        raise ShapeError(f"images must have shape (N, 8, 8); got {images.shape}.")
    return (images.reshape(-1, 64) / BRIGHTEST).astype(np.float32)
