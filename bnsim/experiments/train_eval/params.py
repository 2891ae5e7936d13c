"""The parameters of training against inference: a stream of batches, how they are averaged, and one input."""

import math
from collections.abc import Iterable
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from bnsim.engine.arrays import Array
from bnsim.engine.statistics.running import Convention
from bnsim.scenario.declare import choice, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of

TEST_IMAGES = 450

MOST_COMPANIONS, SLOW = 4_000_000, 3_000_000
"""Values that the companion sets may hold; from how many numbers that training draws on it takes a while."""

UNIT = 2.0**-53
"""What one rounding can be, relative to the number."""

LEAST = 1e-4
"""What a batch weighs at least, of the last one, that is drawn for the repeats: those that weigh less make a hundred
millionth of the variance of a running statistic, and its mean lacks nothing."""

OWN: Literal["own"] = "own"
"""In place of a number: the one that the framework has by default."""

EARLIER = {0.0: OWN}
MOMENTA = (OWN, 0.1, 0.01, 0.001, 1.0)
EPSILONS = (OWN, 1e-5, 1e-3, 1e-12)


def weights_of(new_weight: float | None, steps: int) -> Array:
    """Return the weight of each new batch as it comes, shape (steps,); None averages all batches alike."""
    return 1 / np.arange(1, steps + 1) if new_weight is None else np.full(steps, new_weight)


class TrainEvalParams(Params, words=words_of(__package__)):
    """A stream of mini-batches, a convention to average them by, and one input that is tracked."""

    convention: Literal["pytorch", "keras", "flax", "onnx", "paddle", "cumulative"] = choice("pytorch")
    momentum: Annotated[float, Field(ge=1e-6, le=1)] | Literal["own"] = choice(
        OWN, offered=MOMENTA, formerly=EARLIER, group="averages", quoted="momentum"
    )
    decision: Literal["sign", "digits"] = choice("sign")
    mean: float = real(3.0, ge=-1e6, le=1e6, drag=(-5, 5, 0.05), group="stream")
    std: float = real(2.5, ge=1e-3, le=1e6, drag=(0.05, 5, 0.05), group="stream")
    drift: float = real(0.0, ge=-1e3, le=1e3, drag=(-0.1, 0.1, 0.005), group="stream")
    batch_size: int = whole(32, ge=1, le=1024, drag=(2, 256, 1), group="stream")
    steps: int = whole(100, ge=1, le=10_000, drag=(1, 500, 1), group="stream")
    frozen_after: int = whole(10, ge=0, le=10_000, drag=(0, 500, 1), group="averages")
    x: float = real(4.0, ge=-1e9, le=1e9, drag=(-15, 15, 0.05))
    inference_size: int = whole(32, ge=1, le=1024, drag=(1, 128, 1))
    gamma: float = real(1.0, ge=-1e6, le=1e6, drag=(-3, 3, 0.05), group="layer")
    beta: float = real(0.0, ge=-1e6, le=1e6, drag=(-5, 5, 0.05), group="layer")
    eps: Annotated[float, Field(ge=1e-12, le=1)] | Literal["own"] = choice(
        OWN, offered=EPSILONS, formerly=EARLIER, group="layer", quoted="eps"
    )
    repeats: int = whole(100, ge=10, le=2000, group="simulation")
    companion_sets: int = whole(2000, ge=10, le=20_000, group="simulation")
    shufflings: int = whole(5, ge=2, le=20, when=("decision", ("digits",)), group="simulation")
    seed: int = seed(group="simulation")

    @property
    def rule(self) -> Convention:
        """The convention as the engine knows it."""
        return Convention[self.convention.upper()]

    @property
    def new_weight(self) -> float | None:
        """Weight of the new batch; None averages all batches alike."""
        return self.rule.momentum if self.momentum == OWN else self.momentum

    @property
    def used_eps(self) -> float:
        """The constant under the root: the one set, else the framework's."""
        return self.rule.eps if self.eps == OWN else self.eps

    @property
    def unmoved(self) -> bool:
        """Whether nothing is averaged in: Paddle leaves its statistics alone when a batch holds one value."""
        return self.rule is Convention.PADDLE and self.batch_size == 1

    @property
    def weights(self) -> Array:
        """The weight of each new batch of training as it comes, shape (steps,)."""
        return weights_of(0.0 if self.unmoved else self.new_weight, self.steps)

    @property
    def remembered(self) -> int:
        """Batches of each repeat that are drawn: the last ones, see `LEAST`."""
        if self.unmoved:
            return 0
        m = self.new_weight
        if m is None or m == 1:
            return 1 if m else self.steps
        return min(self.steps, 1 + math.floor(math.log(LEAST) / math.log1p(-m)))

    @property
    def drawn(self) -> int:
        """Numbers that training draws: values of the stream shown, mean and variance of each batch of the repeats."""
        return self.steps * self.batch_size + 2 * self.remembered * self.repeats

    @property
    def center(self) -> float:
        """The mean of the population at the last batch, and ever after."""
        return self.mean + self.drift * (self.steps - 1)

    @property
    def z(self) -> float:
        """The tracked input in standard deviations of the population."""
        return (self.x - self.center) / self.std

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what several parameters together must obey."""
        if self.batch_size == 1 and self.rule.unbiased:
            yield (
                ("batch_size", "convention"),
                f"batch_size must be at least 2 when convention is {self.convention}: PyTorch refuses to train on one "
                "value per channel; got 1. Choose keras, flax, onnx or paddle to see what they do.",
            )
        held = self.inference_size * self.companion_sets
        if held > MOST_COMPANIONS:
            yield (
                ("inference_size", "companion_sets"),
                f"inference_size × companion_sets must be at most {MOST_COMPANIONS} values; got {held}. "
                "Take a smaller batch or fewer sets.",
            )
        if self.decision == "digits" and self.inference_size > TEST_IMAGES:
            yield (
                ("inference_size", "decision"),
                f"inference_size must be at most {TEST_IMAGES}, the test images, when decision is digits; "
                f"got {self.inference_size}.",
            )
