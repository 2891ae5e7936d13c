"""The outcome: every number that is shown, made of what the pairs of networks have found so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.networks.structure import Placement
from bnsim.experiments.transfer.images import STRENGTHS, TEST, affine, images_shown
from bnsim.experiments.transfer.methods import WITHOUT_LABELS, Method
from bnsim.experiments.transfer.model import SIZES, Images, PairRecord
from bnsim.experiments.transfer.params import TransferParams

Key = TypeVar("Key")

WITHIN = 0.02
"""How near the mean accuracy must be to that with all samples for fewer samples to suffice."""

SHARES: Mapping[str, tuple[Method, Images]] = MappingProxyType(
    {
        "changed_source": (Method.SOURCE, Images.NEW),
        "changed_adapted": (Method.NEW, Images.NEW),
        "changed_tuned": (Method.TUNED, Images.NEW),
        "changed_plain": (Method.NO_NORM, Images.NEW),
        "clean_source": (Method.SOURCE, Images.CLEAN),
        "clean_plain": (Method.NO_NORM, Images.CLEAN),
    }
)
"""The accuracies that are readouts."""

DIFFERENCES: Mapping[str, tuple[tuple[Method, Images], tuple[Method, Images]]] = MappingProxyType(
    {
        "adaptation_gain": ((Method.NEW, Images.NEW), (Method.SOURCE, Images.NEW)),
        "adaptation_gap": ((Method.SOURCE, Images.CLEAN), (Method.NEW, Images.NEW)),
        "adaptation_cost": ((Method.SOURCE, Images.CLEAN), (Method.NEW, Images.CLEAN)),
        "tuning_gain": ((Method.TUNED, Images.NEW), (Method.NEW, Images.NEW)),
        "brittleness": ((Method.NO_NORM, Images.NEW), (Method.SOURCE, Images.NEW)),
    }
)
"""The readouts that are a first accuracy less a second, of one and the same pair of networks."""

HARM = (Method.SOURCE, Images.CLEAN), (Method.SOURCE, Images.NEW)
"""What the change costs before anything is done about it: the first accuracy less the second."""


@dataclass(frozen=True)
class Spread:
    """Mean, lowest and highest of `count` values: of so many pairs of networks, or of their draws."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Enough:
    """From how many samples on the mean accuracy is near that with all: at that size `here`, with all `whole`."""

    size: int
    here: float
    whole: float


@dataclass(frozen=True)
class ScoreChange:
    """The largest change of a score over `pairs` pairs, with the eps of the networks and nearly without.

    `weight`: how many times as much eps counts in the first layer, 1 / a**2; NaN where no line is taken out exactly.
    """

    with_eps: float
    without_eps: float
    pairs: int
    weight: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """What all pairs have shown so far; what is not known yet is None or not in the mappings.

    Attributes
    ----------
    params : TransferParams
    pairs : tuple of PairRecord
        In order of their seeds.
    methods, samples, strengths : mapping to Spread
        Accuracy by method and images; by method and size, and by method and strength, in the new domain.
    readouts : mapping of str to Spread
        Accuracies and their differences by key of the readout.
    harm : Spread, optional
        Accuracy with the statistics of training: on clean images less that in the new domain, in the same network.
    enough : Enough, optional
    scores : ScoreChange, optional
        None also where no pair that is trained has finite scores.
    line : (a, b), optional
        Of every pixel, a · x + b, if that is all that changes.
    is_repaired : bool
        Whether algebra says that new statistics undo the change, up to eps.
    images : pair of arrays, shape (10, 8, 8)
        The images shown, clean and in the new domain.
    diverged : int
        How many pairs.
    waiting : tuple of int
        Training steps made by each pair that is still in training.
    is_finished : bool
    """

    params: TransferParams
    pairs: tuple[PairRecord, ...]
    methods: Mapping[tuple[Method, Images], Spread]
    samples: Mapping[tuple[Method, int], Spread]
    strengths: Mapping[tuple[Method, float], Spread]
    readouts: Mapping[str, Spread]
    harm: Spread | None
    enough: Enough | None
    scores: ScoreChange | None
    line: tuple[float, float] | None
    is_repaired: bool
    images: tuple[Array, Array]
    diverged: int
    waiting: tuple[int, ...]
    is_finished: bool


def join(p: TransferParams, values: Sequence[PairRecord | None]) -> Outcome:
    """Return the outcome of what the pairs have shown so far."""
    pairs = tuple(value or PairRecord() for value in values)
    line = affine(p.change, p.strength)
    is_repaired = line is not None and line[0] > 0 and Placement(p.placement) is Placement.BEFORE
    places, samples = list(product(Method, Images)), of_samples(pairs)
    swept = list(product(WITHOUT_LABELS, STRENGTHS[p.change]))
    return Outcome(
        params=p,
        pairs=pairs,
        methods=known({place: accuracies(pairs, *place) for place in places}),
        samples=samples,
        strengths=known({place: [pair.sweep[place] for pair in pairs if place in pair.sweep] for place in swept}),
        readouts=known({key: accuracies(pairs, *place) for key, place in SHARES.items()} | differences(pairs)),
        harm=known({"harm": less(pairs, *HARM)}).get("harm"),
        enough=enough_of(pairs, samples),
        scores=score_change(pairs, line[0] if is_repaired and line else np.nan),
        line=line,
        is_repaired=is_repaired,
        images=images_shown(p.change, p.strength, p.seed),
        diverged=sum(pair.diverged for pair in pairs),
        waiting=tuple(pair.steps for pair in pairs if pair.steps < p.steps),
        is_finished=all(swept[-1] in pair.sweep for pair in pairs),
    )


def known(values: Mapping[Key, Sequence[float]]) -> dict[Key, Spread]:
    """Return the spread of whatever any pair has shown."""
    return {key: spread(shares) for key, shares in values.items() if len(shares)}


def spread(shares: Sequence[float]) -> Spread:
    """Return mean, lowest and highest of shares of the images read, or of their differences."""
    # Whole images: differences of shares of one and the same count would not add up to 0 exactly.
    images = np.rint(np.asarray(shares) * TEST)
    mean, low, high = images.sum() / (images.size * TEST), images.min() / TEST, images.max() / TEST
    return Spread(float(mean), float(low), float(high), images.size)


def accuracies(pairs: Sequence[PairRecord], method: Method, images: Images) -> list[float]:
    """Return the accuracy of every pair that has read."""
    return [pair.accuracy[method, images] for pair in pairs if pair.accuracy]


def differences(pairs: Sequence[PairRecord]) -> dict[str, list[float]]:
    """Return the differences of two accuracies, of every pair that has read, by key of the readout."""
    return {key: less(pairs, *places) for key, places in DIFFERENCES.items()}


def less(pairs: Sequence[PairRecord], first: tuple[Method, Images], second: tuple[Method, Images]) -> list[float]:
    """Return a first accuracy less a second, of every pair that has read."""
    return [pair.accuracy[first] - pair.accuracy[second] for pair in pairs if pair.accuracy]


def of_samples(pairs: Sequence[PairRecord]) -> dict[tuple[Method, int], Spread]:
    """Return the accuracy in the new domain by method and size; two methods have the same for every size."""
    shares: dict[tuple[Method, int], Sequence[float]] = {}
    for method, size in product(Method, SIZES):
        if method in (Method.NEW, Method.TUNED):
            shares[method, size] = [share for pair in pairs for share in pair.samples.get((method, size), ())]
        else:
            shares[method, size] = accuracies(pairs, method, Images.NEW)
    return known(shares)


def enough_of(pairs: Sequence[PairRecord], samples: Mapping[tuple[Method, int], Spread]) -> Enough | None:
    """Return from how many samples on new statistics are nearly as good as those of the whole pool."""
    if any((Method.NEW, size) not in pair.samples for pair in pairs for size in SIZES):
        return None
    means = [samples[Method.NEW, size].mean for size in SIZES]
    first = len(SIZES) - 1
    while first and abs(means[first - 1] - means[-1]) <= WITHIN:
        first -= 1
    return Enough(SIZES[first], means[first], means[-1])


def score_change(pairs: Sequence[PairRecord], a: float) -> ScoreChange | None:
    """Return the largest change of a score, where scores are finite; a is NaN or the factor of the line."""
    changes = [pair.logit_changes for pair in pairs if pair.logit_changes and np.isfinite(pair.logit_changes).all()]
    if not changes:
        return None
    with_eps, without_eps = (float(largest) for largest in np.max(changes, axis=0))
    with np.errstate(over="ignore"):
        weight = float(np.float64(a) ** -2)
    return ScoreChange(with_eps, without_eps, len(changes), weight)
