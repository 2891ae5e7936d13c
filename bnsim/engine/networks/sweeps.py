"""Sweeps: which values are tried, which runs come out alike, what they cost, what is usable of a range of rates."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bnsim.engine.networks.settings import Run
from bnsim.engine.networks.structure import Mlp, Noise, Norm, Placement

NUMBER_BYTES = 4  # float32
EVALUATED = 600  # examples for which the arrays of an evaluation are kept


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
    found = [number for number in range(2, count + 1) if count % number == 0] or [count]
    return found[-most:]


def settled(run: Run) -> Run:
    """Return the run with every setting that its network does not use at a fixed value; its numbers are the same.

    Two runs that come out alike can so be told by comparing them.
    """
    net, start = run.net, run.start
    usual = Mlp()
    net = replace(
        net,
        groups=net.groups if net.norm is Norm.GROUP else 1,
        ghost=net.ghost if net.norm is Norm.GHOST else usual.ghost,
        noise=net.noise if net.norm is Norm.NOISY else Noise(),
    )
    if not net.pools_examples:
        run = replace(run, running_momentum=0.1, frozen=0.0)
    if net.norm is Norm.NONE:
        net = replace(net, placement=Placement.BEFORE, eps=usual.eps)
        start = replace(start, gamma=1.0, beta=0.0, branch_gamma=None)
    return replace(run, net=net, start=start)


class Window(NamedTuple):
    """The usable ones among the rates tried: 0 if there is none; whether they reach the ends of what was tried."""

    lowest: float
    highest: float
    open_below: bool
    open_above: bool

    @property
    def width(self) -> float:
        """The largest usable rate over the smallest; NaN if there is none."""
        return self.highest / self.lowest if self.lowest else np.nan


def usable(rates: Sequence[float], accuracies: Sequence[float], floor: float) -> Window:
    """Return the window of the rates, in ascending order, with an accuracy above `floor`.

    Rates between two usable ones count as usable.
    """
    good = [rate for rate, accuracy in zip(rates, accuracies, strict=True) if accuracy > floor]
    if not good:
        return Window(0.0, 0.0, open_below=False, open_above=False)
    return Window(good[0], good[-1], open_below=good[0] == rates[0], open_above=good[-1] == rates[-1])


def seconds_of(run: Run, examples: int, tested: int, records: int, *, precise: bool) -> float:
    """Return about how many seconds one seed takes on one core, in a stack of three.

    Parameters
    ----------
    run : Run
    examples, tested : int
        Training and test examples, all of which are read at each of the `records`.
    precise : bool
        Whether each record has PreciseBN as well.

    Notes
    -----
    Fitted to times of networks of 1 to 60 layers and batches of 1 to 1347 on one core at 2.5 GHz: right to a
    factor of about 1.5.
    """
    net = run.net
    weights, units = _weights(net), sum(net.sizes[1:])
    random = 20e-9 * (net.norm is Norm.NOISY) + 5e-9 * (net.dropout > 0)
    step = 14e-6 * net.depth + 2e-9 * weights + run.batch * (0.08e-9 * weights + (4e-9 + random) * units)
    read = 0.027e-9 * weights + 2.2e-9 * units
    pooled = 1.3 * (run.precise_batches * min(run.precise_size, examples) + tested) if precise else 0
    return run.steps * step + records * (20e-6 * net.depth + (examples + tested + pooled) * read)


def bytes_of(run: Run, seeds: int) -> int:
    """Return about how much memory the runs of some seeds need at once: parameters, and the arrays of a step."""
    kept = _weights(run.net) * (3 + (run.momentum > 0) + (run.decay > 0))
    return int(NUMBER_BYTES * seeds * (kept + 3.5 * sum(run.net.sizes[1:]) * (run.batch + EVALUATED)))


def _weights(net: Mlp) -> int:
    return sum(wide * out for wide, out in zip(net.sizes, net.sizes[1:], strict=False))
