"""The pieces of work: one network at one value under all seeds, its curves or its drift; which come out alike."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from bnsim.data.digits import BRIGHTEST, load_digits
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.settings import Decayed, Run, Split, Watch
from bnsim.engine.networks.structure import Activation, Mlp, Noise, Norm, Placement
from bnsim.experiments.training.costs import seconds_of
from bnsim.experiments.training.seed_curves import drift_seeds, train_seeds
from bnsim.experiments.training.sweeps import NUMBERED, at, drawn_of, tried
from bnsim.work import Found

if TYPE_CHECKING:
    from bnsim.experiments.training.params import TrainingParams

NETWORKS = ("norm", "against")
"""The network that is looked at, and the one it is compared with."""

TRAINING, TESTED = 1347, 450
"""Digits that can train, and those that test: three quarters and one quarter of the 1797."""

MOST_RECORDS = 120
DRIFT_STEPS = 500
"""Drift is measured at each of the first steps, accuracy every so many."""


def run_of(p: "TrainingParams", norm: Norm | str) -> Run:
    """Return one network's training run under the first seed."""
    norm = Norm(norm)
    net = Mlp(
        sizes=(64, *[p.width] * p.depth, 10),
        activation=Activation(p.activation),
        norm=norm,
        placement=Placement(p.placement),
        residual=p.residual != "none",
        skip_init=p.residual == "skip-init",
        bias=p.bias == "with",
        groups=p.groups if norm is Norm.GROUP else 1,
        ghost=p.ghost,
        eps=p.eps,
        dropout=p.dropout,
        noise=Noise(p.noise_shift, p.noise_scale, p.noise_jitter),
    )
    start = Start(
        init=Init(p.init),
        sigma=p.sigma,
        gamma=p.gamma,
        beta=p.beta,
        branch_gamma=0.0 if p.residual == "zero-gamma" else None,
    )
    return settled(
        Run(
            net=net,
            start=start,
            steps=p.steps,
            batch=p.batch,
            rate=p.rate,
            momentum=p.momentum,
            decay=p.decay,
            decayed=Decayed(p.decayed),
            running_momentum=p.running_momentum,
            frozen=p.frozen,
            frozen_affine=p.frozen_affine == "yes",
            seed=p.seed,
        )
    )


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
    if run.frozen == 0:
        run = replace(run, frozen_affine=False)
    if run.decay == 0 or (net.norm is Norm.NONE and run.decayed is Decayed.NORMS):
        run = replace(run, decayed=Decayed.WEIGHTS)
    if net.norm is Norm.NONE:
        net = replace(net, placement=Placement.BEFORE, eps=usual.eps)
        start = replace(start, gamma=1.0, beta=0.0, branch_gamma=None)
    return replace(run, net=net, start=start)


@dataclass(frozen=True)
class Part:
    """One network at one tried value under all seeds: its curves, or the drift in its first steps."""

    run: Run
    seeds: int
    inputs: str
    split: int
    examples: int
    every: int
    precise: bool
    drift: bool = False


def norm_of(p: "TrainingParams", network: str) -> Norm:
    """Return the norm of one of the two networks."""
    return p.norm if network == "norm" else p.against


def every_of(p: "TrainingParams") -> int:
    """Return after how many steps accuracy is measured again: more than was set where there would be too many."""
    return max(p.every, math.ceil(p.steps / MOST_RECORDS))


def part_of(p: "TrainingParams", network: str, value: Any, *, drift: bool = False) -> Part:
    """Return the piece of work of one network at one value; equal ones are done once."""
    p = at(p, value)
    run = run_of(p, norm_of(p, network))
    precise = p.precise == "yes" and run.net.pools_examples
    return Part(run, p.seeds, p.inputs, p.seed, p.examples, 1 if drift else every_of(p), precise and not drift, drift)


def parts(p: "TrainingParams") -> tuple[Part, ...]:
    """Return all pieces of work: first what the curves show, then value by value, both networks in turn."""
    values = tried(p)
    shown = values[drawn_of(p)]
    pieces = [part_of(p, network, shown) for network in NETWORKS]
    pieces += [part_of(p, network, shown, drift=True) for network in NETWORKS]
    pieces += [part_of(p, network, value) for value in values for network in NETWORKS]
    return tuple(dict.fromkeys(pieces))


def costliest(p: "TrainingParams") -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the curves and the drift of both networks at the value that costs most; no piece of `parts` costs more.

    What is varied by number costs the more the larger it is, or the same; what is varied by name costs the same.
    """
    largest = max(tried(p)) if p.vary in NUMBERED else None
    curves = tuple(part_of(p, network, largest) for network in NETWORKS)
    return curves, tuple(replace(part, every=1, precise=False, drift=True) for part in curves)


@lru_cache(maxsize=4)
def digits(inputs: str, seed: int) -> Split:
    """Return the digits, 1347 to train on and 450 to test."""
    shown, standardize = load_digits(), inputs == "standardized"
    images, rng = shown.images / BRIGHTEST, np.random.default_rng(seed)
    return Split.shuffled(images, shown.labels, TRAINING, rng, standardize=standardize, dtype=np.float32)


def do(part: Part) -> Iterator[Found]:
    """Train, and yield what there is: `SeedCurves`, or the share done and the drift so far by seed and layer."""
    data = digits(part.inputs, part.split).first(part.examples)
    if part.drift:
        drifts = drift_seeds(part.run, part.seeds, data, DRIFT_STEPS)
        yield from (Found(done, (done, drift)) for done, drift in drifts if done > 0)
        return
    for curves in train_seeds(part.run, part.seeds, data, Watch(every=part.every, precise=part.precise, moved=True)):
        if curves.step[-1] > 0:
            yield Found(curves.done, curves)


def seconds(part: Part) -> float:
    """Return about how long a piece of work takes on one core."""
    run, examples = part.run, part.examples
    if part.drift:
        steps = min(run.steps, DRIFT_STEPS)
        return part.seeds * seconds_of(replace(run, steps=steps, frozen=0.0), 0, 1, steps, precise=False)
    return part.seeds * seconds_of(run, examples, TESTED, run.steps // part.every + 2, precise=part.precise)
