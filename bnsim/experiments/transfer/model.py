"""The work: pairs of networks, each trained once on clean images, then let read the new domain step by step."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import partial
from typing import TypeAlias

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.networks.adaptation import eval_accuracy
from bnsim.experiments.transfer.images import POOL, STRENGTHS, digits_of
from bnsim.experiments.transfer.methods import Method, Pair, Tuning, accuracies_of_draws, logit_change, scores, tuned
from bnsim.experiments.transfer.params import TransferParams
from bnsim.experiments.transfer.training import Training, trained
from bnsim.work import Found

DRAWS, TUNING = 12, 13
"""What a generator of its own is made for, beside those of training and of the images."""

SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 450)
"""From how many samples new statistics are taken."""

NO_EPS = 1e-20
"""So small that only rounding is left of what eps does, unless a factor is tiny."""


class Images(StrEnum):
    """Which images are read."""

    NEW = "new domain"
    CLEAN = "clean images"


@dataclass(frozen=True)
class Part:
    """One pair of networks: train it, and let it read the new domain."""

    params: TransferParams
    seed: int

    @property
    def training(self) -> Training:
        """What the pair depends on."""
        settings = {setting.name: getattr(self.params, setting.name) for setting in fields(Training)}
        return Training(**settings | {"seed": self.seed})

    @property
    def tuning(self) -> Tuning:
        """How norms are tuned."""
        return Tuning(self.params.tuning_steps, self.params.tuning_rate)

    def tuning_rng(self) -> np.random.Generator:
        """Return the generator of the batches of tuning, always from its start."""
        return np.random.default_rng((self.seed, TUNING))


@dataclass(frozen=True, eq=False)
class PairRecord:
    """What one pair of networks has shown so far; what is not known yet is not in the mappings.

    Attributes
    ----------
    steps : int
        Of training.
    accuracy : mapping of method and images to float
    reads : mapping of method to array of int, shape (10,)
        What is read in the images shown.
    logit_changes : tuple of float, optional
        With the network's own eps, and without.
    samples : mapping of method and size to array
        Accuracy with so many samples: with new statistics of every draw, with tuned norms of the first samples.
    sweep : mapping of method and strength to float
        Accuracy at each strength of the change.
    diverged : bool
    """

    steps: int = 0
    accuracy: Mapping[tuple[Method, Images], float] = field(default_factory=dict)
    reads: Mapping[Method, Array] = field(default_factory=dict)
    logit_changes: tuple[float, float] | None = None
    samples: Mapping[tuple[Method, int], Array] = field(default_factory=dict)
    sweep: Mapping[tuple[Method, float], float] = field(default_factory=dict)
    diverged: bool = False


def parts(p: TransferParams) -> tuple[Part, ...]:
    """Return one part for each pair of networks."""
    return tuple(Part(p, p.seed + at) for at in range(p.seeds))


def do(part: Part) -> Iterator[Found]:
    """Train a pair of networks, then let it read."""
    p, record = part.params, PairRecord()
    training, rest = seconds_of(p)
    share = training / (training + rest)
    for made, pair in trained(part.training):
        record = replace(record, steps=made)
        yield Found(share * made / p.steps, record)
        if pair is not None:
            steps = reading(p)
            for at, step in enumerate(steps, start=1):
                record = step(part, pair, record)
                yield Found(1.0 if at == len(steps) else share + (1 - share) * at / len(steps), record)


def seconds_of(p: TransferParams) -> tuple[float, float]:
    """Return about how long one pair of networks takes to train, and to read the images, on one core."""
    weights = (64 + 10 + (p.depth - 1) * p.width) * p.width
    overhead, arithmetic = 6e-5 * (p.depth + 1), 1.1e-11 * weights
    reading = 1.3 * (overhead + 1800 * arithmetic)
    tuning = p.tuning_steps * (1.3 * overhead + 250 * arithmetic)
    rest = ((len(SIZES) - 1) * p.draws + 3 * len(STRENGTHS[p.change]) + 10) * reading + (len(SIZES) + 1) * tuning
    return p.steps * (overhead + 12 * p.batch * arithmetic), rest


def seconds(part: Part) -> float:
    """Return about how long a part takes on one core."""
    return sum(seconds_of(part.params))


Step: TypeAlias = Callable[[Part, Pair, PairRecord], PairRecord]


def reading(p: TransferParams) -> list[Step]:
    """Return what is read in what order: each step adds to the record."""
    sizes = [partial(with_size, size) for size in SIZES]
    return [with_methods, *sizes, *(partial(with_strength, strength) for strength in STRENGTHS[p.change])]


def with_methods(part: Part, pair: Pair, record: PairRecord) -> PairRecord:
    """Return the record with the accuracy of each method at the strength that is set, and what it reads."""
    p, digits = part.params, digits_of(part.seed)
    domains = {Images.NEW: digits.domain(p.change, p.strength, part.seed), Images.CLEAN: digits.domain()}
    networks = pair.methods(domains[Images.NEW], p.samples, part.tuning, part.tuning_rng())
    shown = domains[Images.NEW].test[digits.shown - POOL]
    exact = digits.domain(exact=True), digits.domain(p.change, p.strength, part.seed, exact=True)
    return replace(
        record,
        accuracy={
            (method, images): eval_accuracy(network, domain.test, domain.test_labels)
            for method, network in networks.items()
            for images, domain in domains.items()
        },
        reads={method: scores(network, shown).argmax(axis=1) for method, network in networks.items()},
        logit_changes=(
            logit_change(pair.normed, *exact, eps=p.eps),
            logit_change(pair.normed, *exact, eps=NO_EPS),
        ),
        diverged=pair.diverged,
    )


def with_size(size: int, part: Part, pair: Pair, record: PairRecord) -> PairRecord:
    """Return the record with the accuracy of statistics and of tuning from the samples of one size."""
    p = part.params
    new = digits_of(part.seed).domain(p.change, p.strength, part.seed)
    rng = np.random.default_rng((part.seed, DRAWS, size))
    draws = accuracies_of_draws(pair.normed, new, size, p.draws, rng)
    network = tuned(pair.normed, new.pool[:size], new.pool_labels[:size], part.tuning, part.tuning_rng())
    accuracy = np.array([eval_accuracy(network, new.test, new.test_labels)])
    return replace(record, samples={**record.samples, (Method.NEW, size): draws, (Method.TUNED, size): accuracy})


def with_strength(strength: float, part: Part, pair: Pair, record: PairRecord) -> PairRecord:
    """Return the record with the accuracy without tuning at one strength of the change."""
    p = part.params
    new = digits_of(part.seed).domain(p.change, strength, part.seed)
    networks = pair.methods(new, p.samples, None, part.tuning_rng())
    accuracy = {
        (method, strength): eval_accuracy(network, new.test, new.test_labels) for method, network in networks.items()
    }
    return replace(record, sweep={**record.sweep, **accuracy})
