"""The parameters of the norm family page: a tensor of digits seen through filters, and how its values are grouped."""

import math
from collections.abc import Iterable
from typing import Literal

from bnsim.scenario.declare import choice, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of

IMAGES, SIDE, MOST_CHANNELS = 1797, 6, 12
"""How many digits there are, and positions on a side and channels once they are seen through the filters."""

MOST_IMAGES = 8

MOST_VALUES = 1152
"""A larger tensor could be normalized, but not looked at."""


class NormFamilyParams(Params, words=words_of(__package__)):
    """A tensor of digits seen through filters, and how its values are grouped."""

    norm: Literal["batch", "layer", "group", "instance", "rms"] = choice("batch")
    batch_size: int = whole(4, ge=1, le=MOST_IMAGES, drag=(1, MOST_IMAGES, 1))
    channels: int = whole(6, ge=1, le=MOST_CHANNELS, drag=(1, MOST_CHANNELS, 1))
    side: int = whole(4, ge=1, le=SIDE, drag=(1, SIDE, 1))
    groups: int = whole(3, ge=1, le=MOST_CHANNELS, drag=(1, MOST_CHANNELS, 1))
    first_image: int = whole(0, ge=0, le=IMAGES - 1, group="data")
    eps: float = real(1e-5, ge=1e-15, le=1, offered=(1e-5, 1e-3, 1e-12), group="data", quoted="eps")
    seed: int = seed(group="data")

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what shape and groups together must obey."""
        if self.channels % self.groups:
            yield (
                ("groups", "channels"),
                f"groups must divide the {self.channels} channels of x; got {self.groups}. {that_do(self.channels)}",
            )
        size = self.batch_size * self.channels * self.side**2
        if size > MOST_VALUES:
            fits = math.isqrt(MOST_VALUES // (self.batch_size * self.channels))
            yield (
                ("batch_size", "channels", "side"),
                f"batch_size times channels times side² must be at most {MOST_VALUES} values, or they could not be "
                f"told apart; got {self.batch_size} times {self.channels} times {self.side}² = {size}. "
                f"side up to {fits} will do.",
            )


def that_do(channels: int) -> str:
    """Return the sentence that names the numbers of groups that divide the channels: "1, 2, 3 and 6 do."."""
    *others, last = [str(groups) for groups in range(1, channels + 1) if channels % groups == 0]
    return f"{', '.join(others)} and {last} do." if others else f"{last} does."
