"""The parameters of the transform page: one mini-batch, one tracked sample, one scale and shift."""

from collections.abc import Iterable
from typing import Literal

import numpy as np

from bnsim.data.digits import load_digits
from bnsim.engine.arrays import Array
from bnsim.scenario.declare import choice, eps, own_numbers, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.scenario.values import Values
from bnsim.text import words_of

MADE = ("exact", "sample")
"""The sources whose batch is made from mean and std."""

IS_MADE, IS_DIGITS = ("source", MADE), ("source", ("digits",))
Digit = Literal["all", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]


class TransformParams(Params, words=words_of(__package__)):
    """One mini-batch, one tracked sample, one scale and shift."""

    source: Literal["exact", "sample", "digits", "own"] = choice("exact")
    mean: float = real(3.0, ge=-1e6, le=1e6, drag=(-5, 5, 0.05), live=True, when=IS_MADE)
    std: float = real(2.5, ge=0, le=1e6, drag=(0, 3, 0.05), live=True, when=IS_MADE)
    gamma: float = real(1.0, ge=-1e6, le=1e6, drag=(-3, 3, 0.05), live=True)
    beta: float = real(0.0, ge=-1e6, le=1e6, drag=(-5, 5, 0.05), live=True)
    x: float = real(6.0, ge=-1e9, le=1e9, drag=(-15, 15, 0.05), live=True)
    batch_size: int = whole(32, ge=1, le=1_000_000, drag=(1, 512, 1), when=("source", (*MADE, "digits")), group="batch")
    eps: float = eps(group="batch")
    seed: int = seed(when=IS_MADE, group="batch")
    unit: int = whole(0, ge=0, le=31, when=IS_DIGITS)
    digit: Digit = choice("all", when=IS_DIGITS)
    first_image: int = whole(0, ge=0, le=1796, when=IS_DIGITS, group="batch")
    values: Values = own_numbers(when=("source", ("own",)))

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what two parameters together must obey."""
        if self.source == "own" and len(self.values) == 0:
            yield (
                ("source", "values"),
                "values must hold at least one number when source is own; got none. Paste numbers or load a file.",
            )
        if self.source == "digits" and self.batch_size > (there := len(images_of(self.digit))):
            yield (
                ("batch_size", "digit"),
                f"batch_size must be at most {there}, the images of digit {self.digit}; got {self.batch_size}.",
            )


def images_of(digit: str) -> Array:
    """Return the indices, shape (M,), of the images of one digit, or of all."""
    labels = load_digits().labels
    return np.arange(labels.size) if digit == "all" else np.flatnonzero(labels == int(digit))
