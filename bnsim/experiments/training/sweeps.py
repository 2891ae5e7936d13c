"""Sweeps: which values are tried of what is varied, and what is usable of a range of learning rates."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bnsim.engine.networks.structure import Norm

if TYPE_CHECKING:
    from bnsim.experiments.training.params import TrainingParams

STANDARD: dict[str, tuple[Any, ...]] = {
    "rate": tuple(2.0**k for k in range(-8, 6)),
    "batch": (1, 2, 3, 4, 8, 16, 32, 64),
    "depth": (1, 2, 3, 4),
    "width": (16, 32, 64, 128),
    "gamma": (0.1, 0.5, 1.0, 2.0, 5.0),
    "beta": (-1.0, -0.5, 0.0, 0.5, 1.0, 2.0),
    "placement": ("before", "after"),
    "bias": ("with", "without"),
    "activation": ("sigmoid", "tanh", "relu", "linear"),
    "sigma": (1 / 16, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0),
    "momentum": (0.0, 0.5, 0.9),
    "decay": (0.0, 1e-4, 1e-3, 1e-2),
    "dropout": (0.0, 0.1, 0.3, 0.5),
    "running_momentum": (0.001, 0.01, 0.1),
    "frozen": (0.0, 0.1, 0.2, 0.4),
    "examples": (100, 300, 600, 1347),
    "noise_shift": (0.0, 0.5, 1.0, 2.0),
}
"""What is tried if nothing else is said; of ghost batches the divisors of the batch."""

NUMBERED = (
    "rate",
    "batch",
    "depth",
    "width",
    "gamma",
    "beta",
    "sigma",
    "momentum",
    "decay",
    "dropout",
    "running_momentum",
    "frozen",
    "examples",
    "ghost",
    "noise_shift",
)
IN_RATIOS = ("rate", "batch", "width", "sigma", "decay", "running_momentum", "examples", "ghost")
"""What may be varied by number; by number in equal ratios rather than in equal steps. The rest goes by name."""


def tried(p: "TrainingParams") -> list[Any]:
    """Return the values that are tried of what is varied, in order; of nothing, None."""
    if p.vary == "nothing":
        return [None]
    if p.grid == "standard" or p.vary not in NUMBERED:
        return standard(p)
    values = (equal_ratios if p.vary in IN_RATIOS else equal_steps)(p.low, p.high, p.points)
    whole = p.controls()[p.vary].kind == "integer"
    return list(dict.fromkeys(round(value) if whole else value for value in values))


def standard(p: "TrainingParams") -> list[Any]:
    """Return the values that are tried if nothing else is said: of sizes those that fit."""
    if p.vary == "ghost":
        return divisors(p.batch, 8)
    values = list(STANDARD[p.vary])
    if p.vary == "batch":
        part = p.ghost if Norm.GHOST in (p.norm, p.against) else 1
        values = [size for size in values if size <= p.examples and size % part == 0]
    return values or [getattr(p, p.vary)]


def at(p: "TrainingParams", value: Any) -> "TrainingParams":
    """Return the parameters with a value of what is varied; they are not checked."""
    return p if value is None else p.model_copy(update={p.vary: value})


def drawn_of(p: "TrainingParams") -> int:
    """Return the place of the value nearest to the one that is set: there the curves are drawn."""
    values = tried(p)
    own: Any = None if p.vary == "nothing" else getattr(p, p.vary)
    if p.vary not in NUMBERED:
        return values.index(own)
    ratios = p.vary in IN_RATIOS and own > 0 and min(values) > 0
    away = [abs(math.log(value / own)) if ratios else abs(value - own) for value in values]
    return away.index(min(away))


def equal_ratios(low: float, high: float, points: int) -> list[float]:
    """Return `points` numbers from low to high, each the same multiple of the one before; both must be more than 0.

    They have 12 digits: 0.30000000000000004 is no value that anybody would ask for.
    """
    return [low] if points == 1 else [float(f"{value:.12g}") for value in np.geomspace(low, high, points)]


def equal_steps(low: float, high: float, points: int) -> list[float]:
    """Return `points` numbers of 12 digits from low to high, equally far apart."""
    return [low] if points == 1 else [float(f"{value:.12g}") for value in np.linspace(low, high, points)]


def divisors(count: int, most: int) -> list[int]:
    """Return the divisors of `count` that are more than 1, `most` of them at most: the largest, and the count last."""
    fitting = [number for number in range(2, count + 1) if count % number == 0] or [count]
    return fitting[-most:]


class Window(NamedTuple):
    """The usable ones among the rates tried: 0 if there is none; whether they reach the ends of what was tried.

    `width` is the largest usable rate over the smallest; NaN if there is none.
    """

    lowest: float = 0.0
    highest: float = 0.0
    open_below: bool = False
    open_above: bool = False
    width: float = math.nan


def usable(rates: Sequence[float], accuracies: Sequence[float], floor: float) -> Window:
    """Return the window of the rates, in ascending order, with an accuracy above `floor`.

    Rates between two usable ones count as usable.
    """
    good = [rate for rate, accuracy in zip(rates, accuracies, strict=True) if accuracy > floor]
    if not good:
        return Window()
    return Window(good[0], good[-1], good[0] == rates[0], good[-1] == rates[-1], good[-1] / good[0])
