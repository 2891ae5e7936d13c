"""Batches sent through new networks, without norm and with it, and random gradients sent back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.experiments.depth.distributions import Distributions, distributions
from bnsim.experiments.depth.networks import Draws, Network, Seen, geometric_mean
from bnsim.experiments.depth.params import DepthParams
from bnsim.experiments.depth.sent import draw_both, see_both
from bnsim.experiments.depth.sweeps import Sweep, deep_fields, of_depth, of_sigma
from bnsim.experiments.depth.theory import Theory, theory_of

AT_LEAST, A_LAYER = 0.003, 1.5e-4
"""Seconds of a run without draws, and of each layer of both networks however small it is."""

DRAWN, SEEN, MULTIPLIED = 9e-9, 3e-8, 1.6e-10
"""Seconds of each weight, of each value of h, and of each of its products, in both networks together."""

GEOMETRIC = ("mean_square", "gradient")
"""What is multiplied from layer to layer: its mean over the seeds is the geometric one, and its range is shown."""

LAST = {"std": "std", "flat": "flat", "dead": "dead", "branch": "branch_share"}
"""What is said of the last layer: which readouts, and what is seen there."""

ASTRAY = 1.05
"""A measured rate that differs from theory by this factor is remarked on."""


NEAR, WITHIN, BY_CHANCE = 1.25, 2.0, 4.0
"""A gradient keeps its size if the first layer has about that of the last: so near on average, so near in each seed.

If it is larger with some seeds and smaller with others, and so near with each, it keeps its size but for chance.
"""

EXACT = 1e-6
"""What rounding can make of a gradient that every layer hands on as it is."""


class WayBack(StrEnum):
    """What becomes of the gradient between the last layer and the first."""

    GROWS = "grows"
    SHRINKS = "shrinks"
    KEEPS = "keeps"
    UNCHANGED = "unchanged"
    CHANCE = "chance"  # kept, but for what differs from seed to seed
    VARIES = "varies"  # the seeds disagree widely
    UNEVEN = "uneven"  # larger in the first layer, and yet the typical layer makes it smaller, or the other way round
    SOME = "some"  # it arrives with some of the seeds only
    NONE = "none"
    OVERFLOWS = "overflows"


@dataclass(frozen=True)
class OverSeeds:
    """One number measured with several seeds: its mean, its range, and how many seeds have none."""

    mean: float
    low: float
    high: float
    missing: int
    seeds: int


@dataclass(frozen=True, eq=False)
class Measured:
    """One of the two networks, drawn with R seeds, and theory.

    Attributes
    ----------
    theory : Theory
    typical : mapping of str to array, shape (depth,)
        Geometric means over the seeds of what is `GEOMETRIC`.
    low, high : mapping of str to array, shape (depth,)
        Range of the seeds.
    ends : mapping of str to array, shape (2,)
        Means over the seeds of what is seen of the first layer and of the last (see `Draws`).
    growth, gradient, square : array, shape (R,)
        Of each seed: the factor a layer, the gradient of layer 1 over that of the last layer, and E[h²] of the last
        layer over that of the first.
    over_seeds : mapping of str to OverSeeds
        These three, and "std", "flat", "dead" and "branch" of the last layer: by the first part of a readout's key.
    overflow : int
        First layer, from 1, that overflows with any seed; 0 if none does.
    gradient_arrives : bool
        Whether a gradient reaches layer 1, with every seed.
    lost : int
        With how many seeds none does.
    way_back : WayBack
    strays : bool
        Whether the factor a layer is far from theory.
    """

    theory: Theory
    typical: Mapping[str, Array]
    low: Mapping[str, Array]
    high: Mapping[str, Array]
    ends: Mapping[str, Array]
    growth: Array
    gradient: Array
    square: Array
    over_seeds: Mapping[str, OverSeeds]
    overflow: int
    gradient_arrives: bool
    lost: int
    way_back: WayBack
    strays: bool


@dataclass(frozen=True, eq=False)
class Outcome:
    """Both networks, and theory where a thumb may go."""

    params: DepthParams
    networks: Mapping[Network, Measured]
    sweeps: Mapping[str, Sweep]


@dataclass(frozen=True, eq=False)
class Complete(Outcome):
    """With what else there is to see in each layer of both networks, and the distributions of h in some of them."""

    seen: Mapping[Network, Seen]
    distributions: Distributions


def run(params: DepthParams) -> Outcome:
    """Send batches through new networks, without norm and with it, and random gradients back."""
    drawn, draws = draw_both(params)
    square = 1.0 if params.inputs == "noise" else float(np.square(drawn.x).mean())
    fields = deep_fields(params, square)
    networks = {
        network: measured(found, theory_of(params, network, fields[network].first(params.depth)))
        for network, found in draws.items()
    }
    sweeps = {"depth": of_depth(params, fields), "sigma": of_sigma(params, square, fields)}
    return Outcome(params, networks, sweeps)


def complete(outcome: Outcome) -> Complete:
    """Send the same batches forward once more, and look at all there is to see."""
    seen = see_both(outcome.params)
    distributed = distributions(seen, outcome.params.depth)
    return Complete(outcome.params, outcome.networks, outcome.sweeps, seen, distributed)


def cost(params: DepthParams) -> float:
    """Return about how many seconds of one core a run takes."""
    numbers = params.seeds * params.depth * params.width
    drawn = numbers * (params.width * DRAWN + params.batch_size * (SEEN + params.width * MULTIPLIED))
    return AT_LEAST + params.depth * A_LAYER + drawn


def measured(draws: Draws, theory: Theory) -> Measured:
    """Return what the draws of one network have in common."""
    layers, gradient = draws.layers, draws.layers["gradient"][:, 0]
    too_large = ~np.isfinite(layers["mean_square"]).all(axis=0)
    overflow = int(too_large.argmax()) + 1 if too_large.any() else 0
    lost = int((~(gradient > 0)).sum())
    multiplied = {"growth": draws.growth, "gradient": gradient, "square": draws.square_ratio}
    ends = {name: values.mean(axis=0) for name, values in draws.ends.items()}
    numbers = over_seeds(multiplied, geometric_mean(np.stack(list(multiplied.values()), axis=1)))
    last = {readout: draws.ends[name][:, -1] for readout, name in LAST.items()}
    numbers |= over_seeds(last, [ends[name][-1] for name in LAST.values()])
    return Measured(
        theory=theory,
        typical={name: geometric_mean(layers[name]) for name in GEOMETRIC},
        low={name: layers[name].min(axis=0) for name in GEOMETRIC},
        high={name: layers[name].max(axis=0) for name in GEOMETRIC},
        ends=ends,
        **multiplied,
        over_seeds=numbers,
        overflow=overflow,
        gradient_arrives=lost == 0,
        lost=lost,
        way_back=way_back(numbers["gradient"], numbers["growth"].mean, lost, overflow),
        strays=far_apart(numbers["growth"].mean, theory.growth),
    )


def way_back(gradient: OverSeeds, rate: float, lost: int, overflow: int) -> WayBack:
    """Return what becomes of the gradient.

    Parameters
    ----------
    gradient : OverSeeds
        That of the first layer over that of the last.
    rate : float
        The factor of a typical layer.
    lost : int
        With how many seeds nothing arrives.
    overflow : int
        First layer that overflows; 0 if none does.
    """
    if lost == gradient.seeds:
        return WayBack.OVERFLOWS if overflow else WayBack.NONE
    if lost:
        return WayBack.SOME
    low, mean, high = gradient.low, gradient.mean, gradient.high
    if low >= 1 - EXACT and high <= 1 + EXACT:
        return WayBack.UNCHANGED
    if 1 / NEAR <= mean <= NEAR and low >= 1 / WITHIN and high <= WITHIN:
        return WayBack.KEEPS
    if low < 1 < high and low >= 1 / BY_CHANCE and high <= BY_CHANCE:
        return WayBack.CHANCE
    if low > 1 and mean > NEAR:
        return WayBack.GROWS if rate > 1 else WayBack.UNEVEN
    if high < 1 and mean < 1 / NEAR:
        return WayBack.SHRINKS if rate < 1 else WayBack.UNEVEN
    return WayBack.VARIES


def over_seeds(numbers: Mapping[str, Array], means: Iterable[float]) -> dict[str, OverSeeds]:
    """Return mean and range of numbers, each of shape (R,); there is no range if one is missing."""
    values = np.stack(list(numbers.values()))
    columns = [np.isnan(values).sum(axis=1), values.min(axis=1), values.max(axis=1)]
    return {
        name: OverSeeds(float(mean), low, high, missing, values.shape[1])
        for name, mean, missing, low, high in zip(numbers, means, *(each.tolist() for each in columns), strict=True)
    }


def far_apart(rate: float, expected: float) -> bool:
    """Return whether a measured rate is so far from theory that it must be said; not where either is none or 0."""
    return rate > 0 and expected > 0 and max(rate / expected, expected / rate) > ASTRAY
