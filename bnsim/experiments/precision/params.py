"""The parameters of the precision page: a batch, and the format in which it is stored and added up."""

from typing import Literal

from bnsim.scenario.declare import choice, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of

LARGEST_BATCH = 2048

LARGEST_MEAN, LARGEST_STD = 30_000, 1000
"""So that every value itself fits into float16, whose largest number is 65504."""


class PrecisionParams(Params, words=words_of(__package__)):
    """A batch of normal values, and the format in which it is stored and added up."""

    form: Literal["float16", "bfloat16", "float32"] = choice("float16")
    mean: float = real(100.0, ge=-LARGEST_MEAN, le=LARGEST_MEAN, drag=(0, 300, 1))
    std: float = real(1.0, ge=0, le=LARGEST_STD, drag=(0, 10, 0.05))
    batch_size: int = whole(512, ge=2, le=LARGEST_BATCH, drag=(2, LARGEST_BATCH, 1))
    eps: float = real(1e-5, ge=1e-15, le=1, offered=(1e-5, 1e-3, 1e-12), quoted="eps")
    order: Literal["one-by-one", "pairwise"] = choice("one-by-one")
    seed: int = seed(group="draw")
