"""The parameters of the micro-batches page: a batch, the parts in which it is taken, and what is kept of them."""

from typing import Literal

from bnsim.scenario.declare import choice, eps, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of

LARGEST_BATCH = 64

ORDERED = ("accumulation", "ghost")
"""The ways in which a rule says how the parts move the running statistics."""


class MicroBatchesParams(Params, words=words_of(__package__)):
    """A batch, the parts in which it is taken, and what is kept of them."""

    way: Literal["accumulation", "ghost", "devices", "synchronized"] = choice("accumulation")
    rule: Literal["each", "mean"] = choice("each", when=("way", ORDERED))
    batch_size: int = whole(32, ge=4, le=LARGEST_BATCH, drag=(4, LARGEST_BATCH, 1))
    micro: int = whole(8, ge=1, le=LARGEST_BATCH, drag=(1, LARGEST_BATCH, 1))
    trend: float = real(0.0, ge=-100, le=100, drag=(0, 6, 0.1))
    momentum: float = real(0.1, ge=1e-6, le=1, drag=(0.01, 1, 0.01), quoted="momentum")
    eps: float = eps(group="other")
    seed: int = seed(group="other")


def sizes_of(p: MicroBatchesParams) -> tuple[int, ...]:
    """Return how many values each part has; the last one gets what is left."""
    full, left = divmod(p.batch_size, p.micro)
    return (p.micro,) * full + ((left,) if left else ())


def smallest_part(p: MicroBatchesParams) -> int:
    """Return how many values the smallest part has that is normalized by itself."""
    return p.batch_size if p.way == "synchronized" else sizes_of(p)[-1]


def kept_by(p: MicroBatchesParams) -> str:
    """Return which rule moves the running statistics: "each", "mean", "first" or "whole"."""
    return {"devices": "first", "synchronized": "whole"}.get(p.way, p.rule)
