"""The parameters of the batch size page: a population, batches of N drawn from it, and how often."""

from collections.abc import Iterable
from typing import Literal

from bnsim.scenario.declare import choice, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of

LARGEST_BATCH, MOST_VALUES = 1024, 4_000_000
"""Of one batch, and of all batches of the chosen N."""

Source = Literal["normal", "digits"]


class BatchSizeParams(Params, words=words_of(__package__)):
    """A population, batches of N drawn from it, and how often."""

    batch_size: int = whole(16, ge=1, le=LARGEST_BATCH, drag=(1, 256, 1))
    repeats: int = whole(2000, ge=100, le=20_000, drag=(100, 2500, 100), group="simulation")
    source: Source = choice("normal")
    unit: int = whole(0, ge=0, le=31, when=("source", ("digits",)))
    eps: float = real(1e-5, ge=1e-15, le=0.01, offered=(1e-5, 1e-3, 1e-12), group="simulation", quoted="eps")
    seed: int = seed(group="simulation")

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield how much may be drawn."""
        if self.batch_size * self.repeats > MOST_VALUES:
            yield (
                ("batch_size", "repeats"),
                f"batch_size times repeats must be at most {MOST_VALUES}; got {self.batch_size} times {self.repeats}. "
                f"repeats up to {MOST_VALUES // self.batch_size} will do.",
            )
