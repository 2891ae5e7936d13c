"""Two networks with the same weights and mini-batches: how they are trained and measured, and all that comes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, nan
from typing import TypeAlias

import numpy as np

from bnsim.data.digits import BRIGHTEST, TRAIN_COUNT, load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.settings import Run, Split
from bnsim.engine.networks.structure import Activation, Mlp, Noise, Norm
from bnsim.experiments.landscape.comparison import (
    Band,
    Contrast,
    Measure,
    Opinions,
    Span,
    bands_of,
    by_seed,
    contrast,
    opinions,
    ratio,
    rays_compared,
    span,
    widest,
)
from bnsim.experiments.landscape.history import History, comparable, diverged_at, mean
from bnsim.experiments.landscape.measurement import Measurement, train_and_measure
from bnsim.experiments.landscape.params import CLASSES, INPUTS, Inputs, LandscapeParams
from bnsim.work import Found

Rows: TypeAlias = tuple[tuple[Measurement, ...], ...]
"""What a part finds: a row for each measured step, a measurement for each seed."""

MOST_SEED = 2**31
REPORTS = 50
"""So many times at most a part reports between its measurements."""


@dataclass(frozen=True)
class Part:
    """One network, with all its seeds."""

    params: LandscapeParams
    norm: str

    @property
    def runs(self) -> list[Run]:
        """One a seed."""
        p = self.params
        net = Mlp(
            sizes=(INPUTS, *[p.width] * p.depth, CLASSES),
            activation=Activation(p.activation),
            norm=Norm(self.norm),
            groups=p.groups if self.norm == "group" else 1,
            noise=Noise(p.noise_shift, p.noise_scale, p.noise_jitter),
        )
        start = Start(init=Init(p.init), sigma=p.sigma if p.init == "fixed" else 1.0)
        return [
            Run(net=net, start=start, steps=p.steps, batch=p.batch, rate=p.rate, seed=p.seed + place)
            for place in range(p.seeds)
        ]


@dataclass(frozen=True, eq=False)
class Network:
    """What is known of one of the two networks.

    `norm`: of the parameter. `history`: all that was measured. `by_seed`: one number a seed of every measure, shape
    (S,), of the rays that are compared; `spans`: these over the seeds. `bands`: what the pictures draw, by name.
    `diverged_at`: for each seed that diverged, the first measured step at which it was seen to have.
    """

    norm: str
    history: History
    by_seed: Mapping[Measure, Array]
    spans: Mapping[Measure, Span]
    bands: Mapping[str, Band]
    diverged_at: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Both networks so far, and how they compare: over the steps measured in both, on the rays that are sound in both.

    `common_steps`: how many these steps are; `last_step` the last of them, `drawn_step` that of the ray in the
    picture; 0 without any. `rays`: how many could be compared; `smaller_rays`: those on which the loss range is smaller
    with the norm, `smoother_share` their share. `ratio`: mean loss range of the reference over that with the norm;
    `ratio_span`: the same by seed. `next_seed`: the first one that has not been used.
    """

    params: LandscapeParams
    reference: Network
    norm: Network
    common_steps: int
    last_step: int
    drawn_step: int
    contrasts: Mapping[Measure, Contrast]
    opinions: Opinions
    rays: int
    smaller_rays: int
    smoother_share: float
    ratio: float
    ratio_span: Span
    next_seed: int


def parts(p: LandscapeParams) -> tuple[Part, Part]:
    """Return the two networks, the reference first."""
    return Part(p, p.against), Part(p, p.norm)


def seconds(part: Part) -> float:
    """Return about how long a part takes on one core."""
    return part.params.seconds(part.norm)


@lru_cache(maxsize=4)
def split(inputs: Inputs, seed: int) -> Split:
    """Return the digits, three quarters of them to train on."""
    digits, rng = load_digits(), np.random.default_rng(seed)
    scaled = inputs == "standardized"
    images = digits.images if scaled else digits.images / BRIGHTEST
    return Split.shuffled(images, digits.labels, TRAIN_COUNT, rng, standardize=scaled, dtype=np.float32)


def ray_sizes(p: LandscapeParams) -> Array:
    """Return the step sizes of the rays, shape (points,)."""
    return np.linspace(p.shortest, p.longest, p.points)


def do(part: Part) -> Iterator[Found]:
    """Train one network, seeds side by side, and measure it every so many steps."""
    p = part.params
    total = p.seeds * (p.steps + 1 + p.gradients_measured * p.measured_steps)
    rows: Rows = ()
    row: tuple[Measurement, ...] = ()
    done, stride = 0, ceil(p.steps / REPORTS)
    for trained in train_and_measure(part.runs, split(p.inputs, p.seed), ray_sizes(p), every=p.every):
        done += 1
        if trained.measurement is not None:
            done, row = done + p.gradients_measured, (*row, trained.measurement)
        if len(row) == p.seeds:
            rows, row = (*rows, row), ()
        if trained.measurement is not None or trained.step % stride == 0:
            yield Found(done / total, rows)


def join(p: LandscapeParams, found: Sequence[Rows | None]) -> Outcome:
    """Return the outcome of what has been found so far."""
    nothing = History.nothing(p.seeds, ray_sizes(p), p.depth, p.width)
    histories = [History.of(rows) if rows else nothing for rows in found]
    compared = comparable(*histories)
    steps, at = compared[0].steps, widest(*compared)
    reference, norm = map(network, (p.against, p.norm), histories, compared, (at, at))
    rays, smaller = rays_compared(*compared)
    contrasts = {each: contrast(norm.by_seed[each], reference.by_seed[each]) for each in Measure}
    seed_reference, seed_norm = (each.by_seed[Measure.LOSS_RANGE] for each in (reference, norm))
    return Outcome(
        params=p,
        reference=reference,
        norm=norm,
        common_steps=len(steps),
        last_step=int(steps[-1]) if len(steps) else 0,
        drawn_step=int(steps[at]) if len(steps) else 0,
        contrasts=contrasts,
        opinions=opinions(contrasts),
        rays=rays,
        smaller_rays=smaller,
        smoother_share=smaller / rays if rays else nan,
        ratio=span(ratio(mean(seed_reference), mean(seed_norm))).mean,
        ratio_span=span(ratio(seed_reference, seed_norm)),
        next_seed=(p.seed + p.seeds) % MOST_SEED,
    )


def network(norm: str, history: History, compared: History, at: int) -> Network:
    """Return what is known of one network; `compared` is its history on the rays that count, `at` the one drawn."""
    values = by_seed(history, compared)
    return Network(
        norm=norm,
        history=history,
        by_seed=values,
        spans={measure: span(values[measure]) for measure in Measure},
        bands=bands_of(history, compared, at),
        diverged_at=diverged_at(history),
    )
