"""The parameters of the depth page: a network, the numbers it starts with, and what is sent through it."""

from collections.abc import Iterable
from typing import Literal

from bnsim.scenario.declare import choice, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of

MOST_VALUES, DEEPEST, MOST_SEEDS = 5_000_000, 100, 5
"""Values of h in all networks of one kind: a second of work; more layers or seeds than one can look at."""


Inputs = Literal["noise", "digits"]


class DepthParams(Params, words=words_of(__package__)):
    """A network, the numbers it starts with, and what is sent through it.

    The sliders reach as far as what is drawn at once; wider networks, larger batches and more of them may be typed.
    """

    activation: Literal["relu", "tanh", "sigmoid", "linear"] = choice("relu")
    init: Literal["he", "xavier", "fixed"] = choice("he")
    sigma: float = real(1.0, ge=0.001, le=10, drag=(0.05, 5, 0.05), group="network")
    norm: Literal["batch", "layer", "group"] = choice("batch")
    groups: int = whole(4, ge=1, le=300, when=("norm", ("group",)), group="norm")
    placement: Literal["before", "after"] = choice("before", group="norm")
    connections: Literal["plain", "residual", "skip-init"] = choice("plain")
    gamma: float = real(1.0, ge=-10, le=10, drag=(0, 3, 0.05), group="norm")
    beta: float = real(0.0, ge=-10, le=10, drag=(-3, 3, 0.05), group="norm")
    eps: float = real(1e-5, ge=1e-15, le=100, offered=(1e-5, 1e-3, 1.0), group="norm", quoted="eps")
    depth: int = whole(20, ge=3, le=DEEPEST, drag=(3, 65, 1))
    width: int = whole(60, ge=2, le=300, drag=(10, 80, 10), group="network")
    batch_size: int = whole(64, ge=2, le=256, drag=(2, 64, 1))
    inputs: Inputs = choice("noise", group="network")
    seeds: int = whole(3, ge=1, le=MOST_SEEDS, drag=(1, 3, 1), group="draws")
    seed: int = seed(group="draws")

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what must fit together, and how much is too much."""
        if self.norm == "group" and self.width % self.groups:
            yield ("groups", "width"), f"groups must divide the width of {self.width}; got {self.groups}."
        one = self.width * self.batch_size
        if self.seeds * self.depth * one > MOST_VALUES:
            fits, deep = MOST_VALUES // (self.depth * one), MOST_VALUES // one
            yield (
                ("seeds", "depth", "width", "batch_size"),
                f"seeds times depth times width times batch_size must be at most {MOST_VALUES}; got {self.seeds} times "
                f"{self.depth} times {self.width} times {self.batch_size}. "
                + (f"seeds up to {fits} will do." if fits else f"depth up to {deep} will do with seeds=1."),
            )

    @property
    def residual(self) -> bool:
        """Whether there are skip connections."""
        return self.connections != "plain"

    @property
    def skip_init(self) -> bool:
        """Whether every block starts as the identity."""
        return self.connections == "skip-init"
