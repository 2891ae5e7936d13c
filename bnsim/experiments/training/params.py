"""The parameters of the training page: two networks, how they are trained, and what is varied for both."""

import math
from collections.abc import Iterable, Iterator
from typing import Literal

from bnsim.engine.networks.structure import Norm
from bnsim.experiments.training.costs import bytes_of
from bnsim.experiments.training.parts import costliest, parts, seconds
from bnsim.experiments.training.sweeps import IN_RATIOS, NUMBERED, at, divisors, tried
from bnsim.scenario.declare import choice, real, whole
from bnsim.scenario.params import Params
from bnsim.text import number, words_of
from bnsim.work import MOST_OPEN

MOST_SECONDS, MOST_BYTES = 240, 600_000_000
"""Of computing on one core, and of memory, for one run of the experiment."""

SMALL = {
    "depth": 1,
    "width": 8,
    "steps": 6,
    "batch": 10,
    "examples": 60,
    "points": 2,
    "ghost": 5,
    "every": 2,
    "seeds": 2,
}
"""Sizes at which a run takes no time."""

AS_SET = "as set"
"""What stands in the tables for the value tried where nothing is varied."""

Kind = Literal[Norm.BATCH, Norm.LAYER, Norm.GROUP, Norm.GHOST, Norm.NOISY, Norm.NONE]
Vary = Literal[
    "nothing",
    "rate",
    "batch",
    "depth",
    "width",
    "gamma",
    "beta",
    "placement",
    "bias",
    "activation",
    "sigma",
    "momentum",
    "decay",
    "dropout",
    "running_momentum",
    "frozen",
    "examples",
    "ghost",
    "noise_shift",
]
OWN, GROUP, GHOST = ("grid", ("own",)), ("norm", (Norm.GROUP,)), ("norm", (Norm.GHOST,))
NOISY = ("norm", (Norm.NOISY,))
RATES = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
SIGMAS = (0.01, 0.1, 0.25, 1.0, 4.0, 8.0)
Broken = Iterator[tuple[tuple[str, ...], str]]


class TrainingParams(Params, words=words_of(__package__)):
    """Two networks that differ in their norm only, how they are trained, and what is varied for both."""

    norm: Kind = choice(Norm.BATCH)
    against: Kind = choice(Norm.NONE)
    vary: Vary = choice("nothing", group="sweep")
    grid: Literal["standard", "own"] = choice("standard", group="sweep", when=("vary", NUMBERED))
    low: float = real(2**-8, ge=-10, le=2000, offered=(2**-8, 0.01, 0.1, 1.0), group="sweep", when=OWN)
    high: float = real(8.0, ge=-10, le=2000, offered=(0.1, 1.0, 8.0, 64.0), group="sweep", when=OWN)
    points: int = whole(12, ge=1, le=16, drag=(1, 16, 1), group="sweep", when=OWN)
    activation: Literal["sigmoid", "tanh", "relu", "linear"] = choice("sigmoid")
    depth: int = whole(3, ge=1, le=60, drag=(1, 20, 1))
    width: int = whole(100, ge=2, le=256, drag=(8, 256, 4), group="network")
    rate: float = real(2.0, gt=0, le=1024, offered=RATES)
    batch: int = whole(60, ge=1, le=1347, drag=(1, 256, 1))
    steps: int = whole(800, ge=1, le=20_000, drag=(50, 3000, 50), group="training")
    momentum: float = real(0.0, ge=0, le=0.99, drag=(0, 0.95, 0.05), group="training")
    decay: float = real(0.0, ge=0, le=1, offered=(0.0, 1e-4, 1e-3, 1e-2), group="training")
    decayed: Literal["weights", "norms", "everything"] = choice("weights", group="training")
    dropout: float = real(0.0, ge=0, le=0.9, drag=(0, 0.8, 0.05), group="training")
    init: Literal["xavier", "he", "fixed"] = choice("xavier", group="network")
    sigma: float = real(1.0, gt=0, le=100, offered=SIGMAS, group="network")
    gamma: float = real(1.0, ge=-10, le=10, drag=(0, 5, 0.1), group="norm")
    beta: float = real(0.0, ge=-10, le=10, drag=(-2, 2, 0.1), group="norm")
    placement: Literal["before", "after"] = choice("before", group="norm")
    bias: Literal["with", "without"] = choice("with", group="network")
    residual: Literal["none", "plain", "skip-init", "zero-gamma"] = choice("none", group="network")
    groups: int = whole(4, ge=1, le=256, drag=(1, 32, 1), group="norm", when=GROUP)
    ghost: int = whole(15, ge=1, le=1347, drag=(1, 128, 1), group="norm", when=GHOST)
    noise_shift: float = real(0.5, ge=0, le=10, drag=(0, 3, 0.25), group="norm", when=NOISY)
    noise_scale: float = real(1.25, ge=1, le=10, drag=(1, 4, 0.25), group="norm", when=NOISY)
    noise_jitter: float = real(0.1, ge=0, le=2, drag=(0, 1, 0.05), group="norm", when=NOISY)
    running_momentum: float = real(0.1, ge=0, le=1, offered=(0.1, 0.01, 0.001), group="statistics", quoted="momentum")
    frozen: float = real(0.0, ge=0, le=1, drag=(0, 0.8, 0.05), group="statistics")
    frozen_affine: Literal["no", "yes"] = choice("no", group="statistics")
    precise: Literal["no", "yes"] = choice("no", group="statistics")
    examples: int = whole(1347, ge=20, le=1347, drag=(50, 1347, 1), group="data")
    inputs: Literal["pixels", "standardized"] = choice("pixels", group="data")
    level: float = real(0.9, ge=0.1, le=1, drag=(0.5, 0.99, 0.01), group="data")
    every: int = whole(10, ge=1, le=1000, drag=(1, 50, 1), group="data")
    seeds: int = whole(3, ge=1, le=8, drag=(1, 8, 1), group="data")
    seed: int = whole(0, ge=0, le=2**32 - 9, group="data")
    eps: float = real(1e-5, ge=1e-12, le=1, offered=(1e-5, 1e-3), group="statistics", quoted="eps")

    @property
    def value_texts(self) -> tuple[str, ...]:
        """The values tried as texts, as short as they can be and still differ."""
        values = tried(self)
        if self.vary not in NUMBERED:
            return tuple(AS_SET if value is None else str(value) for value in values)
        for digits in range(3, 17):
            texts = tuple(number(value, digits) for value in values)
            if len(set(texts)) == len(texts):
                return texts
        return tuple(map(repr, values))

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what the settings together must obey, at every value that is tried."""
        broken = [*self._networks(), *self._values()] or list(self._fits())
        yield from broken or self._bounds()

    def _networks(self) -> Broken:
        if self.norm == self.against:
            yield ("norm", "against"), f"against must be another norm than norm; got {self.norm} for both."
        for name, kind in (("ghost", Norm.GHOST), ("noise_shift", Norm.NOISY)):
            if self.vary == name and kind not in (self.norm, self.against):
                yield ("vary", "norm"), f"{name} can be varied only where norm or against is {kind}; got {self.norm}."

    def _values(self) -> Broken:
        if self.grid == "standard" or self.vary not in NUMBERED:
            return
        if self.points > 1 and self.low >= self.high:
            yield ("low", "high"), f"low must be less than high; got {self.low:g} and {self.high:g}."
        elif self.vary in IN_RATIOS and self.low <= 0:
            yield ("low", "vary"), f"low must be more than 0 where {self.vary} is varied; got {self.low:g}."
        else:
            spec = self.controls()[self.vary]
            wrong = [value for value in tried(self) if not spec.allows(value)]
            if wrong:
                sentence = f"{spec.refusal(wrong[0])} That is one of the {self.points} values from low to high."
                yield ("vary", "low", "high"), sentence

    def _fits(self) -> Broken:
        """Yield one sentence for each rule that a tried value breaks: of the first one that does."""
        settings = [at(self, value) for value in tried(self)]
        if wrong := [p for p in settings if p.batch > p.examples]:
            p = wrong[0]
            rule = f"batch must be at most the {p.examples} training examples; got {p.batch}."
            yield ("batch", "examples", "vary"), rule
        if Norm.GHOST in (self.norm, self.against) and (wrong := [p for p in settings if p.batch % p.ghost]):
            p = wrong[0]
            rule = f"ghost must divide the {p.batch} examples of a batch; got {p.ghost}. {fitting(p.batch)} will do."
            yield ("ghost", "batch", "vary"), rule
        if Norm.GROUP in (self.norm, self.against) and (wrong := [p for p in settings if p.width % p.groups]):
            p = wrong[0]
            rule = f"groups must divide the {p.width} units of a layer; got {p.groups}. {fitting(p.width)} will do."
            yield ("groups", "width", "vary"), rule

    def _bounds(self) -> Broken:
        if self._surely_fits():
            return
        pieces = parts(self)
        big = ("steps", "depth", "width", "batch", "seeds", "vary", "every", "precise")
        needed = sum(map(seconds, pieces))
        if needed > MOST_SECONDS:
            fewer = max(1, math.floor(self.steps * MOST_SECONDS / needed))
            yield (
                big,
                f"steps must be few enough for about {MOST_SECONDS} seconds of computing; these {self.steps} would "
                f"take {number(needed, 2)} in {len(pieces)} pieces. steps up to {number(fewer, 2)} will do, or fewer "
                "seeds or values.",
            )
        held = sum(sorted(bytes_of(part.run, part.seeds) for part in pieces)[-MOST_OPEN:])
        if held > MOST_BYTES:
            yield (
                big,
                f"width must be small enough for {MOST_BYTES // 10**6} MB at once; this would need "
                f"{held // 10**6} MB. Fewer layers, units or seeds will do.",
            )

    def _surely_fits(self) -> bool:
        """Return whether a run keeps the bounds even if each of its pieces were its costliest.

        Most do; to make all pieces of those for nothing took most of the time of reading a scenario.
        """
        curves, drift = costliest(self)
        longest = len(tried(self)) * sum(map(seconds, curves)) + sum(map(seconds, drift))
        largest = max(bytes_of(part.run, part.seeds) for part in curves)
        return longest <= MOST_SECONDS and MOST_OPEN * largest <= MOST_BYTES


def fitting(count: int) -> str:
    """Return numbers that divide a count, for a refusal."""
    return ", ".join(map(str, divisors(count, 12)))
