"""What happens to a trained network when the images change, and can new statistics repair it?"""  # noqa: D400 - a question

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache, partial
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from pydantic import Field

from bnsim.charts.template import Figure
from bnsim.charts.transfer import (
    CHANGED,
    DIGIT,
    DOMAINS,
    LEFT,
    METHODS,
    PIXEL,
    SIZES,
    images_template,
    lines_template,
    methods_template,
)
from bnsim.data import corruptions
from bnsim.data.digits import BRIGHTEST, load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.networks.adaptation import eval_accuracy
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.new_domain import Domain, Pair, Tuning, accuracies_of_draws, logit_change, scores, tuned
from bnsim.engine.networks.settings import Run, Split, Watch
from bnsim.engine.networks.structure import Activation, Mlp, Norm, Placement
from bnsim.engine.networks.training import train
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.scenario.wording import counted
from bnsim.text import number
from bnsim.work import Found, Work

Change: TypeAlias = Literal["contrast", "brightness", "scale", "blur", "noise", "inversion"]

TRAIN, POOL, TEST = 897, 450, 450
"""The 1,797 digits fall apart at random: to train on, to adapt to, and to be read."""

SPLIT, NOISE, DRAWS, TUNING = 10, 11, 12, 13
"""What a generator of its own is made for, beside those of training."""

NO_EPS = 1e-20
TOLD_TICKS = 100
"""Training tells of itself so many times at most."""

DIGITS_SHOWN = 10
SWEPT = METHODS[:3]
WITHIN = 0.02
NAN = math.nan

STRENGTHS: dict[str, tuple[float, ...]] = {
    "contrast": (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.25, 1.5, 2),
    "brightness": (-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1),
    "scale": (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5),
    "blur": (0, 1, 2, 3, 4, 5, 6),
    "noise": (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1),
    "inversion": (0, 0.1, 0.2, 0.3, 0.4, 0.45, 0.55, 0.6, 0.7, 0.8, 0.9, 1),
}


class TransferParams(Params):
    """A change of the images, what is done about it, and how the networks were trained before."""

    change: Annotated[
        Change,
        Control(
            "Change of the images",
            choices={"contrast": "Contrast", "brightness": "Brightness", "scale": "Scale", "blur": "Blur",
                     "noise": "Noise", "inversion": "Inversion"},
            help="What differs in the new domain. Pixels run from 0 (paper) to 1 (ink) and are not clipped.",
        ),
    ] = "contrast"  # fmt: skip
    contrast: Annotated[
        float,
        Field(ge=0, le=3),
        Control(
            "Contrast factor", slider=(0, 2, 0.05), when=("change", ("contrast",)),
            help="Every distance from mid-grey is multiplied by it: x becomes 0.5 + factor · (x − 0.5).",
        ),
    ] = 0.3  # fmt: skip
    brightness: Annotated[
        float,
        Field(ge=-2, le=2),
        Control(
            "Brightness shift", slider=(-1, 1, 0.05), when=("change", ("brightness",)),
            help="It is added to every pixel.",
        ),
    ] = 0.5  # fmt: skip
    scale: Annotated[
        float,
        Field(ge=0, le=10),
        Control(
            "Scale factor", slider=(0, 5, 0.1), when=("change", ("scale",)), help="Every pixel is multiplied by it.",
        ),
    ] = 3.0  # fmt: skip
    blur: Annotated[
        int,
        Field(ge=0, le=10),
        Control(
            "Blur", slider=(0, 6, 1), when=("change", ("blur",)),
            help="How many times each pixel is averaged with its neighbours, 1/4, 1/2, 1/4 down and across.",
        ),
    ] = 1  # fmt: skip
    noise: Annotated[
        float,
        Field(ge=0, le=2),
        Control(
            "Noise", symbol="σ", slider=(0, 1, 0.05), when=("change", ("noise",)),
            help="The spread of normal noise, drawn for each pixel of each image.",
        ),
    ] = 0.3  # fmt: skip
    inversion: Annotated[
        float,
        Field(ge=0, le=1),
        Control(
            "Inversion", symbol="t", slider=(0, 1, 0.05), when=("change", ("inversion",)),
            help="x becomes (1 − t) · x + t · (1 − x): 1 is the negative, 0.5 a plain grey, 0 changes nothing.",
        ),
    ] = 1.0  # fmt: skip
    samples: Annotated[
        int,
        Field(ge=2, le=POOL),
        Control(
            "Samples of the new domain", symbol="n", slider=(2, POOL, 1),
            help="New statistics are taken from so many images without labels; norms are tuned on the same images "
            "with labels. None of them is among those that are read.",
        ),
    ] = POOL  # fmt: skip
    draws: Annotated[
        int,
        Field(ge=1, le=20),
        Control(
            "Draws", slider=(1, 20, 1),
            help="How many times samples are drawn anew for each size in the picture of accuracy against samples.",
        ),
    ] = 5  # fmt: skip
    tuning_steps: Annotated[
        int,
        Field(ge=1, le=300),
        Control(
            "Tuning steps", slider=(1, 100, 1),
            help="Steps in which only γ and β are trained in the new domain, in batches of up to 32.",
        ),
    ] = 30  # fmt: skip
    tuning_rate: Annotated[
        float,
        Field(ge=1e-4, le=10),
        Control(
            "Tuning rate", choices={0.1: "0.1", 0.5: "0.5", 2.0: "2"},
            help="Learning rate of the tuning. Any value up to 10 may be typed.",
        ),
    ] = 0.5  # fmt: skip
    activation: Annotated[
        Literal["relu", "tanh", "sigmoid"],
        Control(
            "Activation", choices={"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"},
            help="Of every hidden unit. Weights start as of He for ReLU, as of Xavier for the others.",
        ),
    ] = "relu"  # fmt: skip
    placement: Annotated[
        Literal["before", "after"],
        Control(
            "Place of the norm", choices={"before": "before the activation", "after": "after the activation"},
            help="Only a norm before the activation takes a · x + b out exactly.",
        ),
    ] = "before"  # fmt: skip
    depth: Annotated[
        int,
        Field(ge=1, le=10),
        Control("Hidden layers", slider=(1, 10, 1), help="How many hidden layers the networks have."),
    ] = 3
    width: Annotated[
        int,
        Field(ge=4, le=200),
        Control("Units in a layer", slider=(4, 200, 1), help="How many units each hidden layer has."),
    ] = 100
    steps: Annotated[
        int,
        Field(ge=1, le=2000),
        Control("Training steps", slider=(50, 2000, 50), help="Steps of plain gradient descent on clean images."),
    ] = 400
    batch: Annotated[
        int,
        Field(ge=2, le=200),
        Control("Training batch", symbol="N", slider=(2, 200, 1), help="Images in a mini-batch of training."),
    ] = 60
    rate: Annotated[
        float,
        Field(ge=1e-4, le=10),
        Control(
            "Learning rate", symbol="η", choices={0.05: "0.05", 0.1: "0.1", 0.2: "0.2", 0.5: "0.5"},
            help="Of training, the same for both networks. Any value up to 10 may be typed.",
        ),
    ] = 0.2  # fmt: skip
    eps: Annotated[
        float,
        Field(ge=1e-10, le=1),
        Control(
            "Epsilon", symbol="ε", choices={1e-5: "1e-5 · PyTorch", 1e-3: "1e-3 · Keras", 1e-10: "1e-10"},
            help="Added to the variance under the root. Any value up to 1 may be typed.",
        ),
    ] = 1e-5  # fmt: skip
    seeds: Annotated[
        int,
        Field(ge=1, le=10),
        Control("Pairs of networks", slider=(1, 10, 1), help="With seeds that follow each other. All pictures show "
                "their mean, and the range from the lowest to the highest."),
    ] = 3  # fmt: skip
    seed: Annotated[
        int,
        Field(ge=0, le=2**32 - 1),
        Control(
            "Seed",
            help="Of the first pair: its images, weights, batches, noise and draws. On one machine with "
            "one version of numpy the same seed gives the same numbers.",
        ),
    ] = 0

    @property
    def strength(self) -> float:
        """The strength of the chosen change."""
        return float(getattr(self, self.change))

    @property
    def tuning(self) -> Tuning:
        """How norms are tuned."""
        return Tuning(self.tuning_steps, self.tuning_rate)


def seconds_of(p: TransferParams) -> tuple[float, float]:
    """Return about how long one pair of networks takes to train, and to read the images, on one core."""
    weights = (64 + 10 + (p.depth - 1) * p.width) * p.width
    overhead, arithmetic = 6e-5 * (p.depth + 1), 1.1e-11 * weights
    reading = 1.3 * (overhead + 1800 * arithmetic)
    tuning = p.tuning_steps * (1.3 * overhead + 250 * arithmetic)
    rest = ((len(SIZES) - 1) * p.draws + 3 * len(STRENGTHS[p.change]) + 10) * reading + (len(SIZES) + 1) * tuning
    return p.steps * (overhead + 12 * p.batch * arithmetic), rest


def affine(change: str, strength: float) -> tuple[float, float] | None:
    """Return a and b if the change makes a · x + b of every pixel x, else None."""
    of = {
        "contrast": (strength, 0.5 * (1 - strength)),
        "brightness": (1.0, strength),
        "scale": (strength, 0.0),
        "inversion": (1 - 2 * strength, strength),
    }
    return of.get(change)


def changed(images: Array, change: str, strength: float, seed: int) -> Array:
    """Return images, shape (n, 8, 8) with pixels from 0 to 1, as they are in the new domain."""
    if change == "blur":
        return corruptions.blur(images, round(strength))
    if change == "noise":
        return corruptions.noise(images, strength, np.random.default_rng((seed, NOISE)))
    a, b = affine(change, strength) or (1.0, 0.0)
    return a * images + b


@dataclass(frozen=True, eq=False)
class Parts:
    """The digits of one seed: what trains, and images (n, 8, 8) with labels to adapt to and to be read."""

    train: Split
    images: Array
    labels: Array

    def domain(self, change: str = "scale", strength: float = 1.0, seed: int = 0, *, exact: bool = False) -> Domain:
        """Return the images as rows, changed; clean ones by default; in float64 if `exact`, else in float32."""
        rows = changed(self.images, change, strength, seed).reshape(len(self.images), -1)
        x = rows.astype(np.float64 if exact else np.float32)
        return Domain(x[:POOL], self.labels[:POOL], x[POOL:], self.labels[POOL:])

    @property
    def shown(self) -> Array:
        """The first image of each digit among those that are read, as places in `images`."""
        return np.array([POOL + int(np.argmax(self.labels[POOL:] == digit)) for digit in range(DIGITS_SHOWN)])


@lru_cache(maxsize=16)
def parts_of(seed: int) -> Parts:
    """Return the digits of one seed, split at random."""
    digits, rng = load_digits(), np.random.default_rng((seed, SPLIT))
    split = Split.shuffled(digits.images / BRIGHTEST, digits.labels, TRAIN, rng, standardize=False)
    narrow = Split(split.x.astype(np.float32), split.labels, split.test_x[:1].astype(np.float32), split.test_labels[:1])
    return Parts(narrow, split.test_x.reshape(-1, 8, 8), split.test_labels)


@dataclass(frozen=True)
class Training:
    """All that two trained networks depend on."""

    activation: str
    placement: str
    depth: int
    width: int
    steps: int
    batch: int
    rate: float
    eps: float
    seed: int

    def run(self, norm: Norm) -> Run:
        """Return the training run of the network with this norm."""
        net = Mlp(
            sizes=(64, *[self.width] * self.depth, 10), activation=Activation(self.activation), norm=norm,
            placement=Placement(self.placement), eps=self.eps,
        )  # fmt: skip
        start = Start(init=Init.HE if self.activation == "relu" else Init.XAVIER)
        return Run(net=net, start=start, steps=self.steps, batch=self.batch, rate=self.rate, seed=self.seed)


@lru_cache(maxsize=16)
def kept(training: Training) -> list[Pair]:
    """Return a place for the trained pair, empty until it is trained; another change of the images will ask for it."""
    return []


def trained(training: Training) -> Iterator[tuple[int, Pair | None]]:
    """Yield how many steps are made, and the pair after the last."""
    place = kept(training)
    if not place:
        runs = [training.run(norm) for norm in (Norm.NONE, Norm.BATCH)]
        watch = Watch(every=max(10, math.ceil(training.steps / TOLD_TICKS)), accuracy=False)
        networks = []
        for record in train(runs, parts_of(training.seed).train, watch):
            if record.network is not None:
                networks.append(record.network)
            elif record.run == 0 and 0 < record.step < training.steps:
                yield record.step, None
        place[:] = [Pair(*networks)]
    yield training.steps, place[0]


@dataclass(frozen=True)
class Part:
    """One pair of networks: train it, and let it read the new domain."""

    params: TransferParams
    seed: int

    @property
    def training(self) -> Training:
        """What the pair depends on."""
        settings = {field.name: getattr(self.params, field.name) for field in fields(Training)}
        return Training(**settings | {"seed": self.seed})


@dataclass(frozen=True, eq=False)
class Repeat:
    """What one pair of networks has shown so far; NaN, and -1 for a digit, where nothing is known yet.

    Attributes
    ----------
    steps : int
        Of training.
    accuracy : array, shape (methods, domains)
    reads : array of int, shape (methods, 10)
        What is read in the images shown.
    logit_changes : tuple of float
        With the network's own eps, and without.
    draws : array, shape (sizes, draws)
    tuned : array, shape (sizes,)
    sweep : array, shape (3 methods, strengths)
    diverged : bool
    """

    steps: int
    accuracy: Array
    reads: Array
    logit_changes: tuple[float, float]
    draws: Array
    tuned: Array
    sweep: Array
    diverged: bool = False

    @classmethod
    def nothing(cls, p: TransferParams) -> "Repeat":
        """Return what is known before the first step."""
        shapes = (len(METHODS), 2), (len(SIZES), p.draws), (len(SIZES),), (len(SWEPT), len(STRENGTHS[p.change]))
        accuracy, draws, tuned_at, sweep = (np.full(shape, NAN) for shape in shapes)
        reads = np.full((len(METHODS), DIGITS_SHOWN), -1)
        return cls(0, accuracy, reads, (NAN, NAN), draws, tuned_at, sweep)


def work_parts(p: TransferParams) -> tuple[Part, ...]:
    """Return one part for each pair of networks."""
    return tuple(Part(p, p.seed + at) for at in range(p.seeds))


def do(part: Part) -> Iterator[Found]:
    """Train a pair of networks, then let it read."""
    p, found = part.params, Repeat.nothing(part.params)
    training, rest = seconds_of(p)
    share = training / (training + rest)
    for made, pair in trained(part.training):
        found = replace(found, steps=made)
        yield Found(share * made / p.steps, found)
        if pair is not None:
            steps = reading(p)
            for at, step in enumerate(steps, start=1):
                found = step(part, pair, found)
                yield Found(1.0 if at == len(steps) else share + (1 - share) * at / len(steps), found)


def seconds(part: Part) -> float:
    """Return about how long a part takes on one core."""
    return sum(seconds_of(part.params))


Step: TypeAlias = Callable[[Part, Pair, Repeat], Repeat]


def reading(p: TransferParams) -> list[Step]:
    """Return what is read in what order: each step adds to what was found."""
    sizes = [partial(with_size, at) for at in range(len(SIZES))]
    return [with_methods, *sizes, *(partial(with_strength, at) for at in range(len(STRENGTHS[p.change])))]


def with_methods(part: Part, pair: Pair, found: Repeat) -> Repeat:
    """Return what was found, and the accuracy of each method at the strength that is set."""
    p, digits = part.params, parts_of(part.seed)
    old, new = digits.domain(), digits.domain(p.change, p.strength, part.seed)
    networks = pair.methods(new, p.samples, p.tuning, np.random.default_rng((part.seed, TUNING))).values()
    accuracy = [[eval_accuracy(each, at.test, at.test_labels) for at in (new, old)] for each in networks]
    shown = new.test[digits.shown - POOL]
    exact = digits.domain(exact=True), digits.domain(p.change, p.strength, part.seed, exact=True)
    return replace(
        found, accuracy=np.array(accuracy), diverged=pair.diverged,
        reads=np.array([scores(each, shown).argmax(axis=1) for each in networks]),
        logit_changes=(logit_change(pair.normed, *exact, eps=p.eps), logit_change(pair.normed, *exact, eps=NO_EPS)),
    )  # fmt: skip


def with_size(at: int, part: Part, pair: Pair, found: Repeat) -> Repeat:
    """Return what was found, and the accuracy with statistics and tuning from the samples of one size."""
    p, size = part.params, SIZES[at]
    new = parts_of(part.seed).domain(p.change, p.strength, part.seed)
    rng = np.random.default_rng((part.seed, DRAWS, size))
    draws, tuned_at = found.draws.copy(), found.tuned.copy()
    draws[at] = accuracies_of_draws(pair.normed, new, size, p.draws, rng)
    again = np.random.default_rng((part.seed, TUNING))
    network = tuned(pair.normed, new.pool[:size], new.pool_labels[:size], p.tuning, again)
    tuned_at[at] = eval_accuracy(network, new.test, new.test_labels)
    return replace(found, draws=draws, tuned=tuned_at)


def with_strength(at: int, part: Part, pair: Pair, found: Repeat) -> Repeat:
    """Return what was found, and the accuracy without tuning at one strength of the change."""
    p = part.params
    new = parts_of(part.seed).domain(p.change, STRENGTHS[p.change][at], part.seed)
    networks = pair.methods(new, p.samples, None, np.random.default_rng((part.seed, TUNING))).values()
    sweep = found.sweep.copy()
    sweep[:, at] = [eval_accuracy(each, new.test, new.test_labels) for each in networks]
    return replace(found, sweep=sweep)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What all pairs have shown so far, in order of their seeds."""

    params: TransferParams
    repeats: tuple[Repeat, ...]

    @cached_property
    def accuracy(self) -> Array:
        """Shape (pairs, methods, domains)."""
        return np.array([repeat.accuracy for repeat in self.repeats])

    @cached_property
    def curve(self) -> Array:
        """Accuracy of new statistics, shape (pairs, draws, sizes)."""
        return np.array([repeat.draws.T for repeat in self.repeats])

    @property
    def affine(self) -> tuple[float, float] | None:
        """The factor and the shift of every pixel, if that is all that changes."""
        return affine(self.params.change, self.params.strength)

    @property
    def exactly_repaired(self) -> bool:
        """Whether algebra says that new statistics undo the change, up to eps."""
        return self.affine is not None and self.affine[0] > 0 and self.params.placement == "before"


def join(p: TransferParams, found: Sequence[Any]) -> Outcome:
    """Return the outcome of what the pairs have shown so far."""
    return Outcome(p, tuple(Repeat.nothing(p) if repeat is None else repeat for repeat in found))


def spread(values: Array) -> tuple[float, float, float]:
    """Return mean, lowest and highest of the known shares of the images read; NaN without any."""
    # Whole images: differences of shares of one and the same count would not add up to 0 exactly.
    images = np.rint(values[np.isfinite(values)] * TEST)
    if not images.size:
        return NAN, NAN, NAN
    return float(images.sum() / (images.size * TEST)), float(images.min() / TEST), float(images.max() / TEST)


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return accuracy by method and domain, what new statistics gain and cost, and how exact the repair is."""
    new, old = o.accuracy[..., 0], o.accuracy[..., 1]
    plain, source, fresh, with_tuning = range(len(METHODS))
    images = f"{TEST} images each"
    n = o.params.samples
    return (
        over_pairs("changed_source", new[:, source], f"{images}; the new domain, statistics of training"),
        over_pairs("changed_adapted", new[:, fresh], f"{images}; statistics of {n} images of the new domain"),
        over_pairs("changed_tuned", new[:, with_tuning], f"{images}; γ and β trained on {n} labelled images"),
        over_pairs("changed_plain", new[:, plain], f"{images}; nothing to adapt"),
        over_pairs("clean_source", old[:, source], f"{images}; as trained"),
        over_pairs("clean_plain", old[:, plain], f"{images}; as trained"),
        over_pairs("adaptation_gain", new[:, fresh] - new[:, source], "each pair against itself"),
        over_pairs("adaptation_gap", old[:, source] - new[:, fresh], "each pair against itself"),
        over_pairs(
            "adaptation_cost", old[:, source] - old[:, fresh], "the same clean images, each pair against itself"
        ),
        over_pairs(
            "tuning_gain",
            new[:, with_tuning] - new[:, fresh],
            f"{counted(o.params.tuning_steps, 'step', 'steps')}, each pair against itself",
        ),
        over_pairs("brittleness", new[:, plain] - new[:, source], "each pair against itself"),
        samples_readout(o),
        *logit_readouts(o),
    )


def over_pairs(key: str, values: Array, words: str) -> Readout:
    """Return the mean over pairs of networks, with its range."""
    mean, low, high = spread(values)
    known = int(np.isfinite(values).sum())
    if not known:
        return Readout(key, NAN, "not known yet")
    pairs = f"mean of {known} pairs of networks, {number(low, 3)} to {number(high, 3)}" if known > 1 else "one pair"
    return Readout(key, mean, f"{pairs}; {words}")


def samples_readout(o: Outcome) -> Readout:
    """Return from how many samples on new statistics are nearly as good as those of the whole pool."""
    means = [spread(o.curve[..., at])[0] for at in range(len(SIZES))]
    if not np.isfinite(o.curve).all():
        return Readout("samples_needed", NAN, "not known yet")
    enough = len(SIZES) - 1
    while enough and abs(means[enough - 1] - means[-1]) <= WITHIN:
        enough -= 1
    return Readout(
        "samples_needed", float(SIZES[enough]),
        f"of {', '.join(map(str, SIZES))}: mean of {counted(o.params.draws, 'draw', 'draws')} for "
        f"{counted(o.params.seeds, 'pair', 'pairs')} {number(means[enough], 3)}, with all {POOL} "
        f"{number(means[-1], 3)}",
    )  # fmt: skip


def logit_readouts(o: Outcome) -> tuple[Readout, Readout]:
    """Return how much the scores change when images and statistics both move, with eps and without."""
    found = np.array([repeat.logit_changes for repeat in o.repeats])
    known = found[np.isfinite(found).all(axis=1)]
    with_eps, without = (float(largest) for largest in known.max(axis=0)) if known.size else (NAN, NAN)
    where = f"largest of {TEST} images × 10 scores × {counted(o.params.seeds, 'pair', 'pairs')}, float64"
    if math.isnan(with_eps):
        return Readout("logit_change", NAN, "not known yet"), Readout("logit_change_no_eps", NAN, "not known yet")
    if not o.exactly_repaired or o.affine is None:
        why = "not a · x + b with a > 0" if o.params.placement == "before" else "the activation comes before the norm"
        asked = f"not asked: {why}, so not ε alone changes the scores"
        return Readout("logit_change", with_eps, where), Readout("logit_change_no_eps", NAN, asked)
    a = o.affine[0]
    words = f"{where}; all due to ε, which counts 1/a² = {number(a**-2, 3)} times as much in the first layer"
    if a == 1:
        words = f"exactly 0 with a = 1; rounding leaves {number(with_eps, 2)}"
    left = f"exactly 0, BN(W(ax + b)) = BN(Wx); with ε = {number(NO_EPS)} rounding leaves {number(without, 2)}"
    return (
        Readout("logit_change", with_eps, words, 0.0 if a == 1 else None),
        Readout("logit_change_no_eps", without, left, 0.0),
    )


def notes(o: Outcome) -> tuple[str, ...]:
    """Return what was compared, what the change can and cannot leave to repair, and what is not finished."""
    p = o.params
    pairs = "One pair" if p.seeds == 1 else f"{p.seeds} pairs"
    found = [
        f"{pairs} of networks, {p.depth} × {p.width}, without norm and with batch norm: same starting weights, same "
        f"batches. Of 1797 handwritten digits, 8 × 8 pixels, {TRAIN} train, {POOL} others are there to adapt to, and "
        f"{TEST} more are read; no image is in two of these.",
        what_it_is(o),
        *unfinished(o),
    ]
    diverged = sum(repeat.diverged for repeat in o.repeats)
    if diverged:
        found.append(f"Training diverged in {diverged} of {p.seeds} pairs: their numbers mean nothing; lower the rate.")
    gain = o.accuracy[:, 2, 0] - o.accuracy[:, 1, 0]
    if np.isfinite(gain).all() and (gain < 0).all():
        found.append(f"Here new statistics read worse than those of training, by {number(-gain.mean(), 2)} on average.")
    return tuple(found)


def what_it_is(o: Outcome) -> str:
    """Return the sentence about the chosen change."""
    p = o.params
    if p.change == "blur" and p.strength:
        return (
            "Blur mixes neighbouring pixels: it is not a · x + b of each. New statistics undo what it does to the mean "
            "and the spread of each unit; the detail that is lost stays lost."
        )
    if p.change == "noise" and p.strength:
        return (
            "Noise adds spread that tells nothing about the digit. New statistics give each unit its mean and spread "
            "back, signal and noise together; they cannot take the noise out."
        )
    a, b = o.affine or (1.0, 0.0)
    if (a, b) == (1.0, 0.0):
        return "This strength changes nothing: the new domain is the clean one."
    if a == 0:
        return f"Every pixel becomes {number(b, 4)}: nothing is left to read."
    formula = f"Every pixel x becomes {line(a, b)}"
    if a < 0:
        if p.placement == "after":
            return f"{formula}. The factor is negative: no mean and no variance undo it."
        return (
            f"{formula}. The factor is negative: it flips the sign of every x̂ of the first layer, which no mean and no "
            "variance undo."
        )
    if p.placement == "after":
        return f"{formula}. The activation comes before the norm here, so new statistics need not undo it exactly."
    return (
        f"{formula}. New statistics take out one a > 0 and one b for all pixels exactly, up to ε: "
        "BN(W(ax + b)) = BN(Wx), so the network reads as with new statistics from clean images. "
        "Clipped pixels would not be a · x + b."
    )


def line(a: float, b: float) -> str:
    """Return a · x + b as it is written: "0.3 · x + 0.35", "x − 0.5", "−x + 1"."""
    slope = {1.0: "x", -1.0: "−x"}.get(a, f"{number(a, 4)} · x")
    return slope if b == 0 else f"{slope} {'+' if b > 0 else '−'} {number(abs(b), 4)}"


def unfinished(o: Outcome) -> tuple[str, ...]:
    """Return a sentence about what is not finished."""
    p = o.params
    untrained = [repeat.steps for repeat in o.repeats if repeat.steps < p.steps]
    if untrained:
        few, many = min(untrained), max(untrained)
        made = f"{few}" if few == many else f"{few} to {many}"
        return (f"Not finished: {len(untrained)} of {p.seeds} pairs made {made} of {p.steps} training steps.",)
    if not all(np.isfinite(repeat.sweep).all() for repeat in o.repeats):
        return ("Not finished: the networks are trained and have not read everything yet.",)
    return ()


def rows_of(columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """Return a frame with the columns and types given, even without rows."""
    frame = pd.DataFrame.from_records(list(rows), columns=list(columns))
    return frame.astype({name: kind for name, kind in columns.items() if kind != "text"} | {
        name: "str" for name, kind in columns.items() if kind == "text"
    })  # fmt: skip


def accuracies_table(o: Outcome) -> pd.DataFrame:
    """Return the accuracy of every pair, by method and domain."""
    rows = (
        (method, domain, o.params.seed + at, float(o.accuracy[at, row, column]))
        for row, method in enumerate(METHODS)
        for column, domain in enumerate(DOMAINS)
        for at in range(len(o.repeats))
        if np.isfinite(o.accuracy[at, row, column])
    )
    return rows_of({"method": "text", "domain": "text", "seed": "int64", "accuracy": "float64"}, rows)


SPREAD = {"mean": "float64", "low": "float64", "high": "float64"}


def methods_table(o: Outcome) -> pd.DataFrame:
    """Return the accuracy by method and domain: mean and range over the pairs."""
    rows = (
        (method, domain, *spread(o.accuracy[:, row, column]))
        for row, method in enumerate(METHODS)
        for column, domain in enumerate(DOMAINS)
    )
    known = (row for row in rows if math.isfinite(row[2]))
    return rows_of({"method": "text", "domain": "text", **SPREAD}, known)


def samples_table(o: Outcome) -> pd.DataFrame:
    """Return the accuracy in the new domain against the samples it is adapted to: mean and range."""
    unchanging = np.repeat(o.accuracy[:, :2, 0, None], len(SIZES), axis=2)
    tuned_at = np.array([repeat.tuned for repeat in o.repeats])
    by_size = (unchanging[:, 0], unchanging[:, 1], o.curve, tuned_at)
    rows = (
        (method, size, math.log2(size), *spread(values[..., at]))
        for method, values in zip(METHODS, by_size, strict=True)
        for at, size in enumerate(SIZES)
    )
    known = (row for row in rows if math.isfinite(row[3]))
    return rows_of({"method": "text", "samples": "int64", "log2_samples": "float64", **SPREAD}, known)


def strengths_table(o: Outcome) -> pd.DataFrame:
    """Return the accuracy without tuning against the strength of the chosen change: mean and range."""
    sweep = np.array([repeat.sweep for repeat in o.repeats])
    rows = (
        (method, strength, *spread(sweep[:, row, at]))
        for row, method in enumerate(SWEPT)
        for at, strength in enumerate(STRENGTHS[o.params.change])
    )
    known = (row for row in rows if math.isfinite(row[2]))
    return rows_of({"method": "text", "strength": "float64", **SPREAD}, known)


WORDS_BELOW = {"no norm": 2.2, "source": 2.52, "new": 2.84, "tuned": 3.16}
"""Where the names begin, and how far the changed images are below the clean ones."""


def shown_images(o: Outcome) -> tuple[Array, Array]:
    """Return the images shown, clean and in the new domain, each of shape (10, 8, 8)."""
    p, digits = o.params, parts_of(o.params.seed)
    new = changed(digits.images, p.change, p.strength, p.seed)
    return digits.images[digits.shown], new[digits.shown]


def pixels_table(o: Outcome) -> pd.DataFrame:
    """Return the pixels of some images, clean above and changed below, with one scale of greys for all."""
    both = np.stack(shown_images(o))
    low, high = min(float(both.min()), 0.0), max(float(both.max()), 1.0)
    row, image, down, across = np.indices(both.shape).reshape(4, -1)
    columns = {
        "x": image + PIXEL * across,
        "y": CHANGED * row + PIXEL * down,
        "shade": (both.ravel() - low) / (high - low),
    }
    return pd.DataFrame(columns).astype(np.float32)


def frames_table(_: Outcome) -> pd.DataFrame:
    """Return where the images are."""
    rows = [(at, row * CHANGED) for row in range(2) for at in range(DIGITS_SHOWN)]
    return pd.DataFrame(rows, columns=["x", "y"]).astype(np.float32)


def reads_table(o: Outcome) -> pd.DataFrame:
    """Return what the first pair of networks reads in the changed images, a cross beside what is wrong."""
    rows = (
        (at + DIGIT / 2, y, f"{read}" if read == at else f"{read} ×", int(read == at))
        for y, reads in zip(WORDS_BELOW.values(), o.repeats[0].reads, strict=True)
        for at, read in enumerate(reads)
        if read >= 0
    )
    return rows_of({"x": "float32", "y": "float32", "text": "text", "right": "int8"}, rows)


def names_table(o: Outcome) -> pd.DataFrame:
    """Return the names of the rows of images and of what is read in them."""
    places = {"clean": DIGIT / 2, "changed": CHANGED + DIGIT / 2} | WORDS_BELOW
    return rows_of({"x": "float32", "y": "float32", "text": "text"}, ((LEFT, y, text) for text, y in places.items()))


def set_table(o: Outcome) -> pd.DataFrame:
    """Return what is set now, to be marked on the axes."""
    p = o.params
    rows = [(p.samples, p.strength, f"n = {p.samples}", f"{p.change} {number(p.strength, 4)}")]
    return rows_of({"samples": "int64", "strength": "float64", "samples_words": "text", "words": "text"}, rows)


TABLES = {
    "methods": methods_table,
    "accuracies": accuracies_table,
    "samples": samples_table,
    "strengths": strengths_table,
    "pixels": pixels_table,
    "frames": frames_table,
    "reads": reads_table,
    "names": names_table,
    "set": set_table,
}


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: few samples, a change that is not repaired, other networks."""
    found: dict[str, dict[str, object]] = {
        "Only 8 samples": {"samples": 8},
        "All samples": {"samples": POOL},
        "The negative": {"change": "inversion", "inversion": 1.0},
        "Other networks": {"seed": (o.params.seed + o.params.seeds) % 2**32},
    }
    return {label: changes for label, changes in found.items() if o.params.replace(**changes) != o.params}


def told(frame: pd.DataFrame) -> str:
    """Return the mean of every method in words."""
    means = ", ".join(f"{name} {number(mean, 3)}" for name, mean in zip(frame["method"], frame["mean"], strict=True))
    return f"{means}." if means else "Nothing is known yet."


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return the images, accuracy by method, against samples and against the strength of the change."""
    methods, now = found["methods"], found["set"]
    most, wrong = found["samples"].query(f"samples == {POOL}"), found["reads"].query("right == 0")
    mark = now[["samples", "samples_words"]].rename(columns={"samples_words": "words"})
    return (
        Figure(
            "images", "The images, and what is read in them",
            "One image of each digit from 0 to 9, clean and in the new domain, all on one scale of greys. Below, what "
            "the first pair of networks reads in the changed ones; a cross and bold print mark what is wrong.",
            "Ten digits in two rows, clean and changed, and four rows of what each method reads in the changed ones.",
            f"{len(wrong)} of {len(found['reads'])} readings of the changed images are wrong.",
            images_template(), {name: found[name] for name in ("pixels", "frames", "reads", "names")},
        ),
        Figure(
            "methods", "Accuracy by method",
            "Circles: images of the new domain; diamonds: clean images. Mean over the pairs of networks, a tick for "
            "each, a line from the lowest to the highest. A network without norm has no statistics to renew; what new "
            "statistics read on clean images shows what adapting costs.",
            "A row per method with its accuracy in the new domain and on clean images, and its spread.",
            f"In the new domain: {told(methods[methods['domain'] == DOMAINS[0]])}",
            methods_template(), {"each": found["accuracies"], "means": methods},
        ),
        Figure(
            "samples", "How many samples it takes",
            "Accuracy in the new domain. New statistics need images only; tuned norms need their labels too. Lines are "
            "means, bands run from the lowest to the highest over pairs of networks and, for new statistics, draws.",
            "A line per method of accuracy against the number of samples, on a logarithmic axis, with bands.",
            f"With {POOL} samples: {told(most)}",
            lines_template("samples", "samples of the new domain, n", doublings=True),
            {"lines": found["samples"], "mark": mark},
        ),
        Figure(
            "strengths", "The stronger the change",
            "Accuracy against the strength of the chosen change, in its own unit, with new statistics from n samples. "
            "Bands run from the lowest to the highest pair of networks; the dashed rule is the strength that is set.",
            "A line per method of accuracy against the strength of the change, with bands.",
            f"The change that is set: {now['words'].iloc[0]}.",
            lines_template("strength", "strength of the chosen change", SWEPT),
            {"lines": found["strengths"], "mark": now[["strength", "words"]]},
        ),
    )  # fmt: skip


EXPERIMENT = Experiment.slow(
    Work(work_parts, do, join, seconds),
    slug="transfer",
    title="A new domain",
    question=__doc__,
    order=90,
    params=TransferParams,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "samples", "method", "log2_samples", "mean", x_title="samples of the new domain, log₂ n",
        y_title="share of images read correctly",
        labels={METHODS[2]: "New statistics", METHODS[3]: "Tuned norms", METHODS[1]: "Source statistics",
                METHODS[0]: "No norm"},
    ),
    shown_tables=("methods", "accuracies", "samples", "strengths"),
    first_set="adabn",
    headline=("changed_source", "changed_adapted", "changed_tuned", "changed_plain", "clean_source", "logit_change"),
    look_for="Compare contrast, brightness and scale with blur, noise and inversion: which come back to the clean "
    "accuracy, and which cannot? Watch the network without norm too: it often suffers less before anything is "
    "repaired. Then lower n until new statistics fail.",
    actions=actions,
)  # fmt: skip
