"""The 1,797 handwritten digits, 8 x 8 pixels each; where they come from is told in README.md beside this file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bnsim.data.archive import read_archive
from bnsim.once import once

DIGITS_FILE = Path(__file__).with_name("digits.npz")
DIGITS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"

# The first 1,347 images train, the last 450 test. The images seem to be grouped by writer, so
# this split asks mostly about handwriting never seen; a shuffled one would be easier.
TRAIN_COUNT = 1347

# Pixels count the inked dots of a 4 x 4 block, so they run from 0 to 16.
BRIGHTEST = 16


@dataclass(frozen=True, eq=False)
class Digits:
    """Handwritten digits and what they show; all arrays are read-only.

    Attributes
    ----------
    images : array of uint8, shape (N, 8, 8)
        Pixels from 0 (paper) to 16 (ink).
    labels : array of uint8, shape (N,)
        The digit, 0 to 9.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    @property
    def train(self) -> "Digits":
        """The first 1,347 digits."""
        return Digits(self.images[:TRAIN_COUNT], self.labels[:TRAIN_COUNT])

    @property
    def test(self) -> "Digits":
        """The other 450 digits, mostly by writers the training part has not seen."""
        return Digits(self.images[TRAIN_COUNT:], self.labels[TRAIN_COUNT:])


@once
def load_digits() -> Digits:
    """Return all 1,797 digits; the file is read at the first call.

    Raises
    ------
    BnsimError
        If the shipped file is missing or damaged.

    Notes
    -----
    E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits,
    UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0.
    """
    arrays = read_archive(DIGITS_FILE, ("images", "labels"), DIGITS_SHA256)
    return Digits(arrays["images"], arrays["labels"])
