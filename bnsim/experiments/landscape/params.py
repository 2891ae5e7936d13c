"""The parameters of the loss landscape: two networks, how they train, how the loss around them is measured."""

import math
from collections.abc import Iterable
from typing import Literal, TypeAlias

from bnsim.scenario.declare import choice, real, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of

INPUTS, CLASSES = 64, 10
MOST_MEASURED = 60
MOST_SECONDS = 300

RATE_OF_WORK = 3e10
"""Floating-point operations in a second on one core, about, in the products of matrices."""

COST = {"none": 1.0, "batch": 1.3, "layer": 1.5, "group": 1.8, "noisy": 1.3}
"""How long a gradient takes, by norm, relative to one without norm."""

NOISE_COST = 2e-8
"""Seconds to draw the noise of one unit for one example in one step."""

IS_NOISY = ("norm", ("noisy",))
Inputs: TypeAlias = Literal["standardized", "pixels"]
Broken: TypeAlias = tuple[tuple[str, ...], str]


class LandscapeParams(Params, words=words_of(__package__)):
    """Two networks with the same weights and batches, how they train, and how the loss around them is measured."""

    activation: Literal["relu", "tanh", "sigmoid", "linear"] = choice("relu")
    depth: int = whole(10, ge=1, le=20, drag=(1, 20, 1))
    width: int = whole(64, ge=4, le=128, drag=(4, 128, 4), group="network")
    norm: Literal["batch", "layer", "group", "noisy"] = choice("batch")
    against: Literal["none", "batch", "layer"] = choice("none")
    groups: int = whole(4, ge=1, le=64, drag=(1, 20, 1), when=("norm", ("group",)), group="norm")
    noise_shift: float = real(0.5, ge=0, le=5, drag=(0, 3, 0.25), when=IS_NOISY, group="norm")
    noise_scale: float = real(1.25, ge=1, le=5, drag=(1, 3, 0.25), when=IS_NOISY, group="norm")
    noise_jitter: float = real(0.1, ge=0, le=1, drag=(0, 0.5, 0.05), when=IS_NOISY, group="norm")
    init: Literal["he", "xavier", "fixed"] = choice("he", group="network")
    sigma: float = real(0.1, ge=1e-4, le=10, offered=(0.01, 0.1, 1.0), when=("init", ("fixed",)), group="network")
    inputs: Inputs = choice("standardized", group="network")
    batch: int = whole(128, ge=2, le=256, drag=(4, 256, 4), group="chance")
    rate: float = real(0.1, ge=1e-4, le=10, offered=(0.01, 0.1, 0.5, 2.0))
    steps: int = whole(100, ge=1, le=2000, drag=(20, 500, 20))
    every: int = whole(10, ge=1, le=200, drag=(1, 50, 1), group="rays")
    shortest: float = real(0.05, ge=1e-4, le=10, offered=(0.05, 0.25), group="rays")
    longest: float = real(0.4, ge=1e-4, le=10, offered=(0.4, 2.0), group="rays")
    points: int = whole(8, ge=2, le=16, drag=(2, 16, 1), group="rays")
    seeds: int = whole(3, ge=1, le=5, drag=(1, 5, 1), group="chance")
    seed: int = whole(0, ge=0, le=2**32 - 100, group="chance")

    def rules(self) -> Iterable[Broken]:
        """Yield what several parameters together must obey."""
        if self.norm == self.against:
            yield ("norm", "against"), f"norm and against must differ; got {self.norm} twice. against=none will do."
        if self.shortest >= self.longest:
            yield (
                ("shortest", "longest"),
                f"shortest must be less than longest; got {self.shortest:g} and {self.longest:g}.",
            )
        if self.norm == "group" and self.width % self.groups:
            yield (
                ("groups", "width"),
                f"groups must divide the {self.width} units of a layer; got {self.groups}. 1, 2 and 4 do if width is "
                "a multiple of 4.",
            )
        yield from self._too_much()

    def _too_much(self) -> Iterable[Broken]:
        if self.measured_steps > MOST_MEASURED:
            fits = math.ceil(self.steps / (MOST_MEASURED - 1))
            yield (
                ("steps", "every"),
                f"steps by every must be at most {MOST_MEASURED} measurements; got {self.measured_steps}. every of "
                f"{fits} or more will do.",
            )
        elif (needed := self.seconds(self.against) + self.seconds(self.norm)) > MOST_SECONDS:
            yield (
                ("steps", "every", "seeds", "depth", "width", "batch", "points"),
                f"a run must take at most about {MOST_SECONDS} seconds on one core; this one would take about "
                f"{needed:.0f}. Fewer seeds, or a larger every, will do.",
            )

    @property
    def measured_steps(self) -> int:
        """How many steps are measured, both ends included."""
        return 1 + math.ceil(self.steps / self.every)

    @property
    def gradients_measured(self) -> int:
        """How many gradients one measurement takes: at both its starts, on the ray, one for each layer that shifts."""
        return self.points + self.depth + 2

    def seconds(self, norm: str) -> float:
        """Return about how long a network with this norm takes on one core, all seeds together."""
        weights = self.width * (INPUTS + self.width * (self.depth - 1) + CLASSES)
        units = self.batch * self.width * self.depth
        gradient = COST[norm] * (6 * self.batch * weights / RATE_OF_WORK + 5e-9 * units + 3e-5 * self.depth)
        a_step = gradient + NOISE_COST * units * (norm == "noisy")
        return self.seeds * (self.steps * a_step + self.measured_steps * self.gradients_measured * gradient)
