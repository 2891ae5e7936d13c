"""Does it train faster?"""  # noqa: D400 - a question

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from pydantic import Field

from bnsim.charts.training import NETWORKS
from bnsim.charts.training_figures import figures, frame
from bnsim.data.digits import BRIGHTEST, load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.seed_results import ACCURACIES, Curves, Spread, drift_seeds, mean, median, train_seeds
from bnsim.engine.networks.settings import Run, Split, Watch
from bnsim.engine.networks.structure import Activation, Mlp, Noise, Placement
from bnsim.engine.networks.structure import Norm as NormKind
from bnsim.engine.networks.sweeps import (
    Window,
    bytes_of,
    divisors,
    equal_ratios,
    equal_steps,
    seconds_of,
    settled,
    usable,
)
from bnsim.engine.statistics.momentum import half_life, is_likely_of_the_old
from bnsim.engine.theory.closed_forms import pair_gradient_median_ratio, pair_gradient_rms_ratio
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.text import number
from bnsim.work import MOST_OPEN, Found, Work

TRAINING, TESTED = 1347, 450
"""Digits that can train, and those that test: three quarters and one quarter of the 1797."""

MOST_RECORDS = 120
DRIFT_STEPS = 500
"""Drift is measured at each of the first steps, accuracy every so many."""

MOST_SECONDS, MOST_BYTES = 240, 600_000_000
"""Of computing on one core, and of memory, for one run of the experiment."""

USABLE = 0.8
"""A learning rate is usable if the training accuracy ends above it."""

Norm: TypeAlias = Literal["batch", "layer", "group", "ghost", "noisy", "none"]
Vary: TypeAlias = Literal[
    "nothing", "rate", "batch", "depth", "width", "gamma", "beta", "placement", "bias", "activation", "sigma",
    "momentum", "decay", "dropout", "running_momentum", "frozen", "examples", "ghost", "noise_shift",
]  # fmt: skip

NORMS = {
    "batch": "Batch norm", "layer": "Layer norm", "group": "Group norm", "ghost": "Ghost batch norm",
    "noisy": "Noisy batch norm", "none": "No norm",
}  # fmt: skip
VARIED = {
    "nothing": "Nothing", "rate": "Learning rate η", "batch": "Batch size N", "depth": "Hidden layers D",
    "width": "Units per layer", "gamma": "Starting scale γ", "beta": "Starting shift β",
    "placement": "Place of the norm", "bias": "Biases", "activation": "Activation",
    "sigma": "Spread of the weights σ", "momentum": "Momentum of SGD", "decay": "Weight decay λ",
    "dropout": "Dropout", "running_momentum": "Momentum of the running statistics m", "frozen": "Frozen tail",
    "examples": "Training examples n", "ghost": "Ghost batch", "noise_shift": "Noise: shift",
}  # fmt: skip
STANDARD: dict[str, tuple[Any, ...]] = {
    "rate": tuple(2.0**k for k in range(-8, 6)), "batch": (1, 2, 3, 4, 8, 16, 32, 64), "depth": (1, 2, 3, 4),
    "width": (16, 32, 64, 128), "gamma": (0.1, 0.5, 1.0, 2.0, 5.0), "beta": (-1.0, -0.5, 0.0, 0.5, 1.0, 2.0),
    "placement": ("before", "after"), "bias": ("with", "without"),
    "activation": ("sigmoid", "tanh", "relu", "linear"), "sigma": (1 / 16, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0),
    "momentum": (0.0, 0.5, 0.9), "decay": (0.0, 1e-4, 1e-3, 1e-2), "dropout": (0.0, 0.1, 0.3, 0.5),
    "running_momentum": (0.001, 0.01, 0.1), "frozen": (0.0, 0.1, 0.2, 0.4), "examples": (100, 300, 600, 1347),
    "noise_shift": (0.0, 0.5, 1.0, 2.0),
}  # fmt: skip
"""What is tried if nothing else is said; of ghost batches the divisors of the batch."""

WORDS = ("placement", "bias", "activation")
NUMBERED = tuple(name for name in VARIED if name not in ("nothing", *WORDS))
IN_RATIOS = ("rate", "batch", "width", "sigma", "decay", "running_momentum", "examples", "ghost")
"""What may be varied: by name, by number; by number in equal ratios rather than in equal steps."""


class TrainingParams(Params):
    """Two networks that differ in their norm only, how they are trained, and what is varied for both."""

    norm: Annotated[
        Norm,
        Control("Norm", choices=NORMS, group="Networks", help="The network that is looked at."),
    ] = "batch"
    against: Annotated[
        Norm,
        Control(
            "Against", choices=NORMS, group="Networks",
            help="The network it is held against: the same starting weights, the same batches, another norm.",
        ),
    ] = "none"  # fmt: skip
    vary: Annotated[
        Vary,
        Control(
            "Vary", choices=VARIED, group="Networks",
            help="One setting to try at several values, for both networks. Each value is trained anew, with every "
            "seed, so it takes that many times as long.",
        ),
    ] = "nothing"  # fmt: skip
    grid: Annotated[
        Literal["standard", "own"],
        Control(
            "Values to try", choices={"standard": "Standard", "own": "From, to, how many"}, group="Networks",
            when=("vary", NUMBERED), help="Which values of the varied setting are tried.",
        ),
    ] = "standard"  # fmt: skip
    low: Annotated[
        float, Field(ge=-10, le=2000),
        Control("From", group="Networks", when=("grid", ("own",)), help="The smallest value tried.",
                choices={2**-8: "1/256", 0.01: "0.01", 0.1: "0.1", 1.0: "1"}),
    ] = 2**-8  # fmt: skip
    high: Annotated[
        float, Field(ge=-10, le=2000),
        Control("To", group="Networks", when=("grid", ("own",)), help="The largest value tried.",
                choices={0.1: "0.1", 1.0: "1", 8.0: "8", 64.0: "64"}),
    ] = 8.0  # fmt: skip
    points: Annotated[
        int, Field(ge=1, le=16),
        Control(
            "How many", slider=(1, 16, 1), group="Networks", when=("grid", ("own",)),
            help="How many values are tried: in equal ratios for rates, sizes and the like, else in equal steps.",
        ),
    ] = 12  # fmt: skip
    activation: Annotated[
        Literal["sigmoid", "tanh", "relu", "linear"],
        Control(
            "Activation", choices={"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU", "linear": "None (linear)"},
            group="Network", help="What each hidden unit does with its input.",
        ),
    ] = "sigmoid"  # fmt: skip
    depth: Annotated[
        int,
        Field(ge=1, le=60),
        Control("Hidden layers", symbol="D", slider=(1, 20, 1), group="Network", help="How many hidden layers."),
    ] = 3
    width: Annotated[
        int,
        Field(ge=2, le=256),
        Control("Units per layer", slider=(8, 256, 4), group="Network", help="Hidden units of every layer."),
    ] = 100
    rate: Annotated[
        float, Field(gt=0, le=1024),
        Control(
            "Learning rate", symbol="η", group="Training",
            choices={0.01: "0.01", 0.05: "0.05", 0.1: "0.1", 0.25: "0.25", 0.5: "0.5", 1.0: "1", 2.0: "2", 4.0: "4"},
            help="How far a step follows the gradient. Any other rate may be typed.",
        ),
    ] = 2.0  # fmt: skip
    batch: Annotated[
        int,
        Field(ge=1, le=1347),
        Control("Batch size", symbol="N", slider=(1, 256, 1), group="Training", help="Examples in a mini-batch."),
    ] = 60
    steps: Annotated[
        int,
        Field(ge=1, le=20_000),
        Control("Steps", slider=(50, 3000, 50), group="Training", help="How many mini-batches each network sees."),
    ] = 800
    momentum: Annotated[
        float, Field(ge=0, le=0.99),
        Control("Momentum of SGD", slider=(0, 0.95, 0.05), group="Training",
                help="Share of the last step that is made again. Not the momentum of the running statistics."),
    ] = 0.0  # fmt: skip
    decay: Annotated[
        float, Field(ge=0, le=1),
        Control("Weight decay", symbol="λ", group="Training",
                choices={0.0: "none", 1e-4: "1e-4", 1e-3: "1e-3", 1e-2: "1e-2"},
                help="Pulls the weights towards 0, not biases, γ and β."),
    ] = 0.0  # fmt: skip
    dropout: Annotated[
        float, Field(ge=0, le=0.9),
        Control("Dropout", slider=(0, 0.8, 0.05), group="Training",
                help="Share of hidden units that is silenced at random in each step."),
    ] = 0.0  # fmt: skip
    init: Annotated[
        Literal["xavier", "he", "fixed"],
        Control("Starting weights", choices={"xavier": "Xavier", "he": "He", "fixed": "Fixed spread"}, group="Start",
                help="Their spread: √(2 / (fan in + fan out)), √(2 / fan in), or the same everywhere."),
    ] = "xavier"  # fmt: skip
    sigma: Annotated[
        float, Field(gt=0, le=100),
        Control("Spread of the weights", symbol="σ", group="Start",
                choices={0.01: "0.01", 0.1: "0.1", 0.25: "0.25", 1.0: "1", 4.0: "4", 8.0: "8"},
                help="The fixed spread itself; a factor on that of Xavier or He."),
    ] = 1.0  # fmt: skip
    gamma: Annotated[
        float,
        Field(ge=-10, le=10),
        Control("Starting scale", symbol="γ", slider=(0, 5, 0.1), group="Start", help="Of every norm; it is learned."),
    ] = 1.0
    beta: Annotated[
        float,
        Field(ge=-10, le=10),
        Control("Starting shift", symbol="β", slider=(-2, 2, 0.1), group="Start", help="Of every norm; it is learned."),
    ] = 0.0
    placement: Annotated[
        Literal["before", "after"],
        Control("Norm stands", choices={"before": "before the activation", "after": "after the activation"},
                group="Network", help="Where the norm of each hidden layer stands."),
    ] = "before"  # fmt: skip
    bias: Annotated[
        Literal["with", "without"],
        Control("Biases", choices={"with": "With", "without": "Without"}, group="Network",
                help="Of hidden layers. A norm right behind them makes them redundant."),
    ] = "with"  # fmt: skip
    residual: Annotated[
        Literal["none", "plain", "skip-init", "zero-gamma"],
        Control(
            "Skip connections",
            choices={"none": "None", "plain": "Residual", "skip-init": "Residual, SkipInit",
                     "zero-gamma": "Residual, γ = 0 in branches"},
            group="Network", help="Whether each hidden layer from the second on adds to what came before it; SkipInit "
            "multiplies what it adds by a learned factor that starts at 0.",
        ),
    ] = "none"  # fmt: skip
    groups: Annotated[
        int, Field(ge=1, le=256),
        Control("Groups", symbol="G", slider=(1, 32, 1), group="Network", when=("norm", ("group",)),
                help="Into how many groups group norm cuts the units; it must divide them."),
    ] = 4  # fmt: skip
    ghost: Annotated[
        int, Field(ge=1, le=1347),
        Control("Ghost batch", slider=(1, 128, 1), group="Network", when=("norm", ("ghost",)),
                help="Examples that ghost batch norm normalizes together; it must divide the batch."),
    ] = 15  # fmt: skip
    noise_shift: Annotated[
        float, Field(ge=0, le=10),
        Control("Noise: shift", slider=(0, 3, 0.25), group="Network", when=("norm", ("noisy",)),
                help="Each unit's output is shifted at random by up to so much, anew in every step."),
    ] = 0.5  # fmt: skip
    noise_scale: Annotated[
        float, Field(ge=1, le=10),
        Control("Noise: scale", slider=(1, 4, 0.25), group="Network", when=("norm", ("noisy",)),
                help="Each unit's output is scaled at random, the largest factor so many times the smallest."),
    ] = 1.25  # fmt: skip
    noise_jitter: Annotated[
        float, Field(ge=0, le=2),
        Control("Noise: jitter", slider=(0, 1, 0.05), group="Network", when=("norm", ("noisy",)),
                help="How far the shift and scale of one example stray from those of its unit."),
    ] = 0.1  # fmt: skip
    running_momentum: Annotated[
        float, Field(ge=0, le=1),
        Control("Momentum of the running statistics", symbol="m", group="Statistics",
                choices={0.1: "0.1 · PyTorch", 0.01: "0.01 · Keras", 0.001: "0.001"},
                help="Weight of the newest batch in the statistics that eval mode uses."),
    ] = 0.1  # fmt: skip
    frozen: Annotated[
        float, Field(ge=0, le=1),
        Control("Frozen tail", slider=(0, 0.8, 0.05), group="Statistics",
                help="The last share of the steps normalizes with statistics of the training set taken when it "
                "begins (PreciseBN), which then stay."),
    ] = 0.0  # fmt: skip
    precise: Annotated[
        Literal["no", "yes"],
        Control("PreciseBN beside", choices={"no": "No", "yes": "Yes"}, group="Statistics",
                help="Also measures test accuracy with statistics pooled from 20 batches of 64 under the present "
                "weights. It takes about half as long again."),
    ] = "no"  # fmt: skip
    examples: Annotated[
        int, Field(ge=20, le=1347),
        Control("Training examples", symbol="n", slider=(50, 1347, 1), group="Data",
                help="How many digits train. The 450 that test are always the same."),
    ] = 1347  # fmt: skip
    inputs: Annotated[
        Literal["pixels", "standardized"],
        Control("Inputs", choices={"pixels": "Pixels from 0 to 1", "standardized": "Standardized pixels"},
                group="Data", help="As they are, or each pixel centred and divided by its spread."),
    ] = "pixels"  # fmt: skip
    level: Annotated[
        float, Field(ge=0.1, le=1),
        Control("Level", slider=(0.5, 0.99, 0.01), group="Measured",
                help="The training accuracy that is waited for in the pictures; 90 and 95 % are always counted."),
    ] = 0.9  # fmt: skip
    every: Annotated[
        int, Field(ge=1, le=1000),
        Control("Accuracy every … steps", slider=(1, 50, 1), group="Measured",
                help="How often accuracy is measured, 120 times at most: steps to a level are known so finely."),
    ] = 10  # fmt: skip
    seeds: Annotated[
        int, Field(ge=1, le=8),
        Control("Seeds", slider=(1, 8, 1), group="Measured",
                help="How many times all is trained, from other weights and with other batches."),
    ] = 3  # fmt: skip
    seed: Annotated[
        int,
        Field(ge=0, le=2**32 - 9),
        Control(
            "First seed",
            group="Measured",
            help="It also decides which digits test. On one machine with one "
            "version of numpy the same seed gives the same numbers.",
        ),
    ] = 0
    eps: Annotated[
        float, Field(ge=1e-12, le=1),
        Control("Epsilon", symbol="ε", choices={1e-5: "1e-5 · PyTorch", 1e-3: "1e-3 · Keras"}, group="Statistics",
                help="Added to the variance under the root. Any value up to 1 may be typed."),
    ] = 1e-5  # fmt: skip

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what the settings together must obey, at every value that is tried."""
        found = [*self._networks(), *self._values()] or list(self._fits())
        yield from found or self._bounds()

    def _networks(self) -> Iterable[tuple[tuple[str, ...], str]]:
        if self.norm == self.against:
            yield ("norm", "against"), f"against must be another norm than norm; got {self.norm} for both."
        for name, kind in (("ghost", "ghost"), ("noise_shift", "noisy")):
            if self.vary == name and kind not in (self.norm, self.against):
                yield ("vary", "norm"), f"{name} can be varied only where norm or against is {kind}; got {self.norm}."

    def _values(self) -> Iterable[tuple[tuple[str, ...], str]]:
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

    def _fits(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield one sentence for each way in which a tried value does not fit the other settings."""
        each = [(value, at(self, value)) for value in tried(self)]
        kinds = (self.norm, self.against)
        for _, p in each:
            if p.batch > p.examples:
                yield (
                    ("batch", "examples", "vary"),
                    f"batch must be at most the {p.examples} training examples; got {p.batch}.",
                )
                break
        for _, p in each:
            if "ghost" in kinds and p.batch % p.ghost:
                fits = ", ".join(map(str, divisors(p.batch, 12)))
                yield (
                    ("ghost", "batch", "vary"),
                    f"ghost must divide the {p.batch} examples of a batch; got {p.ghost}. {fits} will do.",
                )
                break
        for _, p in each:
            if "group" in kinds and p.width % p.groups:
                fits = ", ".join(map(str, divisors(p.width, 12)))
                yield (
                    ("groups", "width", "vary"),
                    f"groups must divide the {p.width} units of a layer; got {p.groups}. {fits} will do.",
                )
                break

    def _bounds(self) -> Iterable[tuple[tuple[str, ...], str]]:
        jobs = parts(self)
        big = ("steps", "depth", "width", "batch", "seeds", "vary", "every", "precise")
        needed = sum(map(seconds, jobs))
        if needed > MOST_SECONDS:
            fewer = max(1, math.floor(self.steps * MOST_SECONDS / needed))
            yield (
                big,
                f"steps must be few enough for about {MOST_SECONDS} seconds of computing; these {self.steps} would "
                f"take {number(needed, 2)} in {len(jobs)} pieces. steps up to {number(fewer, 2)} will do, or fewer "
                "seeds or values.",
            )
        held = sum(sorted(bytes_of(job.run, job.seeds) for job in jobs)[-MOST_OPEN:])
        if held > MOST_BYTES:
            yield (
                big,
                f"width must be small enough for {MOST_BYTES // 10**6} MB at once; this would need "
                f"{held // 10**6} MB. Fewer layers, units or seeds will do.",
            )


def tried(p: TrainingParams) -> list[Any]:
    """Return the values that are tried of what is varied, in order; of nothing, None."""
    if p.vary == "nothing":
        return [None]
    if p.grid == "standard" or p.vary not in NUMBERED:
        return standard(p)
    values = (equal_ratios if p.vary in IN_RATIOS else equal_steps)(p.low, p.high, p.points)
    whole = p.controls()[p.vary].kind == "integer"
    return list(dict.fromkeys(round(value) if whole else value for value in values))


def standard(p: TrainingParams) -> list[Any]:
    """Return the values that are tried if nothing else is said: of sizes those that fit."""
    if p.vary == "ghost":
        return divisors(p.batch, 8)
    values = list(STANDARD[p.vary])
    if p.vary == "batch":
        part = p.ghost if "ghost" in (p.norm, p.against) else 1
        values = [size for size in values if size <= p.examples and size % part == 0]
    return values or [getattr(p, p.vary)]


def at(p: TrainingParams, value: Any) -> TrainingParams:
    """Return the parameters with a value of what is varied; they are not checked."""
    return p if value is None else p.model_copy(update={p.vary: value})


def drawn_of(p: TrainingParams) -> int:
    """Return which of the values tried is nearest to the one that is set: there the curves are drawn."""
    values = tried(p)
    own: Any = None if p.vary == "nothing" else getattr(p, p.vary)
    if p.vary not in NUMBERED:
        return values.index(own)
    ratios = p.vary in IN_RATIOS and own > 0 and min(values) > 0
    away = [abs(math.log(value / own)) if ratios else abs(value - own) for value in values]
    return away.index(min(away))


def labels_of(p: TrainingParams) -> list[str]:
    """Return the values tried as texts, as short as they can be and still differ."""
    values = tried(p)
    if p.vary not in NUMBERED:
        return ["as set" if value is None else str(value) for value in values]
    rounded = ([number(value, digits) for value in values] for digits in range(3, 17))
    return next((texts for texts in rounded if len(set(texts)) == len(texts)), list(map(repr, values)))


def run_of(p: TrainingParams, norm: str) -> Run:
    """Return one network's training run under the first seed."""
    net = Mlp(
        sizes=(64, *[p.width] * p.depth, 10), activation=Activation(p.activation), norm=NormKind(norm),
        placement=Placement(p.placement), residual=p.residual != "none", skip_init=p.residual == "skip-init",
        bias=p.bias == "with", groups=p.groups if norm == "group" else 1, ghost=p.ghost, eps=p.eps,
        dropout=p.dropout, noise=Noise(p.noise_shift, p.noise_scale, p.noise_jitter),
    )  # fmt: skip
    start = Start(
        init=Init(p.init), sigma=p.sigma, gamma=p.gamma, beta=p.beta,
        branch_gamma=0.0 if p.residual == "zero-gamma" else None,
    )  # fmt: skip
    return settled(
        Run(
            net=net, start=start, steps=p.steps, batch=p.batch, rate=p.rate, momentum=p.momentum, decay=p.decay,
            running_momentum=p.running_momentum, frozen=p.frozen, seed=p.seed,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One network at one tried value under all seeds: its curves, or the drift in its first steps."""

    run: Run
    seeds: int
    inputs: str
    split: int
    examples: int
    every: int
    precise: bool
    drift: bool = False


def job_of(p: TrainingParams, network: str, value: Any, *, drift: bool = False) -> Job:
    """Return the piece of work of one network at one value; equal ones are done once."""
    p = at(p, value)
    run = run_of(p, p.norm if network == "norm" else p.against)
    every = max(p.every, math.ceil(p.steps / MOST_RECORDS))
    precise = p.precise == "yes" and run.net.pools_examples
    return Job(run, p.seeds, p.inputs, p.seed, p.examples, 1 if drift else every, precise and not drift, drift)


def parts(p: TrainingParams) -> tuple[Job, ...]:
    """Return all pieces of work: first what the curves show, then value by value, both networks in turn."""
    values = tried(p)
    shown = values[drawn_of(p)]
    found = [job_of(p, network, shown) for network in NETWORKS]
    found += [job_of(p, network, shown, drift=True) for network in NETWORKS]
    found += [job_of(p, network, value) for value in values for network in NETWORKS]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4)
def digits(inputs: str, seed: int) -> Split:
    """Return the digits, 1347 to train on and 450 to test."""
    shown, standardize = load_digits(), inputs == "standardized"
    images, rng = shown.images / BRIGHTEST, np.random.default_rng(seed)
    return Split.shuffled(images, shown.labels, TRAINING, rng, standardize=standardize, dtype=np.float32)


def do(job: Job) -> Iterator[Found]:
    """Train, and yield the curves as they grow: `Curves`, or the share done and the drift so far by seed and layer."""
    data = digits(job.inputs, job.split).first(job.examples)
    if job.drift:
        found = drift_seeds(job.run, job.seeds, data, DRIFT_STEPS)
        yield from (Found(done, (done, drift)) for done, drift in found if done > 0)
        return
    for curves in train_seeds(job.run, job.seeds, data, Watch(every=job.every, precise=job.precise, moved=True)):
        if curves.step[-1] > 0:
            yield Found(curves.done, curves)


def seconds(job: Job) -> float:
    """Return about how long a piece of work takes on one core."""
    run, examples = job.run, job.examples
    if job.drift:
        steps = min(run.steps, DRIFT_STEPS)
        return job.seeds * seconds_of(replace(run, steps=steps, frozen=0.0), 0, 1, steps, precise=False)
    return job.seeds * seconds_of(run, examples, TESTED, run.steps // job.every + 2, precise=job.precise)


def join(p: TrainingParams, found: Sequence[Any]) -> "Outcome":
    """Return the outcome of what has been found so far."""
    return Outcome(p, dict(zip(parts(p), found, strict=True)))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What has been found so far: curves and drift by piece of work, None where there is nothing yet."""

    params: TrainingParams
    found: Mapping[Job, Any]

    @cached_property
    def labels(self) -> list[str]:
        """The values tried, as texts."""
        return labels_of(self.params)

    @cached_property
    def numbers(self) -> list[float]:
        """The values tried as numbers; NaN where they are words."""
        return [float(value) if self.params.vary in NUMBERED else math.nan for value in tried(self.params)]

    @cached_property
    def curves(self) -> dict[str, list[Curves | None]]:
        """The curves of each network at every value tried."""
        values = tried(self.params)
        return {name: [self.found[job_of(self.params, name, value)] for value in values] for name in NETWORKS}

    @cached_property
    def shown(self) -> dict[str, Curves | None]:
        """The curves of each network that are drawn."""
        at_ = drawn_of(self.params)
        return {name: curves[at_] for name, curves in self.curves.items()}

    @cached_property
    def drift(self) -> dict[str, tuple[float, Array]]:
        """By how much the inputs of activations move a step, by network: the share measured, and R x depth numbers."""
        shown = tried(self.params)[drawn_of(self.params)]
        unknown = 0.0, np.full((self.params.seeds, at(self.params, shown).depth), math.nan)
        jobs = {name: job_of(self.params, name, shown, drift=True) for name in NETWORKS}
        return {name: self.found[job] or unknown for name, job in jobs.items()}

    @cached_property
    def complete(self) -> dict[str, bool]:
        """Whether a network has been trained to the end at every value."""
        return {name: all(c is not None and c.complete for c in curves) for name, curves in self.curves.items()}

    def name(self, network: str) -> str:
        """Return what a network is called."""
        return NORMS[self.params.norm if network == "norm" else self.params.against]

    def middles(self, network: str, quantity: str) -> list[float]:
        """Return a quantity at every value tried: mean accuracy over the seeds, or median steps to the level."""
        of = self.params.level if quantity == "steps_to_level" else None
        return [
            math.nan if curves is None
            else median(curves.steps_to(of)).middle if of is not None else mean(curves.last(quantity)).middle
            for curves in self.curves[network]
        ]  # fmt: skip


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return how soon each network gets there, where it ends, and what the values tried have shown."""
    found = (
        *speed_readouts(o, 90),
        *speed_readouts(o, 95),
        *(last_readout(o, network, "loss") for network in NETWORKS),
        *(last_readout(o, network, "train_accuracy") for network in NETWORKS),
        *(last_readout(o, network, "test_accuracy") for network in NETWORKS),
        difference_readout(o),
        *(last_readout(o, network, "precise_accuracy") for network in NETWORKS),
        precise_readout(o),
        *drift_readouts(o),
        *(moved_readout(o, network) for network in NETWORKS),
        *(diverged_readout(o, network) for network in NETWORKS),
        *rate_readouts(o),
        *(best_readout(o, network) for network in NETWORKS),
        *(fastest_readout(o, network) for network in NETWORKS),
        *(gain_readout(o, network) for network in NETWORKS),
    )
    # One NaN for all: results that are equal are to compare equal, and NaN does so only with itself.
    return tuple(replace(each, value=math.nan) if each.value != each.value else each for each in found)


def speed_readouts(o: Outcome, percent: int) -> Iterator[Readout]:
    """Yield after how many steps each network has a training accuracy, and the ratio."""
    found = {}
    for network, curves in o.shown.items():
        reached = np.full(1, math.nan) if curves is None else curves.steps_to(percent / 100)
        found[network] = median(reached).middle
        yield Readout(f"steps_to_{percent}_{network}", found[network], reached_words(o, curves, percent / 100))
    norm, against = found["norm"], found["against"]
    if math.isnan(norm + against) or math.isinf(norm):
        ratio, words = math.nan, "needs both numbers of steps"
        if math.isinf(norm):
            words = f"{o.name('norm')} does not get there within the {o.params.steps} steps run"
    elif math.isinf(against):
        ratio = math.inf
        words = f"more than {o.params.steps} / {norm:g}: {o.name('against')} does not get there in the steps run"
    else:
        ratio, words = meant(against / norm) if norm else math.nan, f"{against:g} / {norm:g} steps"
    yield Readout(f"speedup_{percent}", ratio, words)


def reached_words(o: Outcome, curves: Curves | None, level: float) -> str:
    """Return which seeds have reached a training accuracy, and when."""
    if curves is None:
        return NOT_YET
    reached = curves.steps_to(level)
    there, count = reached[np.isfinite(reached)], len(reached)
    run = f"within the {curves.steps} steps run" if curves.complete else f"in the {curves.step[-1]} steps so far"
    if not there.size:
        best = np.nanmax(curves.train_accuracy)
        return f"{words_of_none(count)} {run}; the best training accuracy is {number(best, 3)}"
    every = f"measured every {job_of(o.params, 'norm', tried(o.params)[drawn_of(o.params)]).every} steps"
    if there.size < count:
        return f"{there.size} of {seeds_words(count)} {run}, from {there.min():g}; {every}"
    if count == 1:
        return f"1 seed, {every}"
    return f"median of {seeds_words(count)}, {there.min():g} to {there.max():g}; {every}"


def words_of_none(count: int) -> str:
    """Return "not reached" of one seed, "reached by none of 3 seeds" of several."""
    return "not reached" if count == 1 else f"reached by none of {seeds_words(count)}"


def seeds_words(count: int) -> str:
    """Return "1 seed", "3 seeds"."""
    return f"{count} seed{'s' if count > 1 else ''}"


NOT_YET = "not known yet"
LASTS = {"loss": "loss of the last mini-batch", "train_accuracy": "share of all training digits, eval mode",
         "test_accuracy": f"share of the {TESTED} test digits, eval mode",
         "precise_accuracy": f"share of the {TESTED} test digits with PreciseBN"}  # fmt: skip


def last_readout(o: Outcome, network: str, quantity: str) -> Readout:
    """Return what was recorded last of a network: the mean over the seeds, and their range."""
    key, curves = f"{quantity}_{network}", o.shown[network]
    if curves is None:
        return Readout(key, math.nan, NOT_YET)
    found = mean(curves.last(quantity))
    if quantity == "precise_accuracy" and math.isnan(found.middle):
        kept = "it keeps no statistics" if o.params.precise == "yes" else "not measured; set PreciseBN beside to yes"
        return Readout(key, math.nan, kept)
    lost = int(curves.diverged.sum())
    if lost and quantity == "loss":
        return Readout(key, math.nan, f"{lost} of {seeds_words(len(curves.diverged))} diverged")
    return Readout(key, meant(found.middle), f"{LASTS[quantity]}, {mean_words(found, o.params.seeds)}{so_far(curves)}")


def meant(value: float) -> float:
    """Return a number with the digits that are meant: four, the others depend on the seeds."""
    return float(f"{value:.4g}")


def mean_words(found: Spread, count: int) -> str:
    """Return the mean of some seeds with its range in words."""
    if count == 1:
        return "1 seed"
    return f"mean of {count} seeds, {number(found.low, 3)} to {number(found.high, 3)}"


def so_far(*curves: Curves) -> str:
    """Return after how many steps a number was taken if there are more to come."""
    short = [each for each in curves if not each.complete]
    return f"; after {short[0].step[-1]} of {short[0].steps} steps" if short else ""


def difference_readout(o: Outcome) -> Readout:
    """Return by how much the test accuracies differ, with the standard error that paired seeds give it."""
    norm, against = o.shown["norm"], o.shown["against"]
    if norm is None or against is None:
        return Readout("accuracy_gain", math.nan, NOT_YET)
    return paired("accuracy_gain", norm.last("test_accuracy") - against.last("test_accuracy"), so_far(norm, against))


def paired(key: str, differences: Array, more: str = "") -> Readout:
    """Return the mean of differences, one a seed, with its standard error."""
    found, count = meant(float(differences.mean())), len(differences)
    if count == 1:
        return Readout(key, found, f"1 seed: its spread is not known{more}")
    error = float(differences.std(ddof=1)) / math.sqrt(count)
    return Readout(key, found, f"± {number(error, 2)} (standard error of {count} seeds){more}")


def precise_readout(o: Outcome) -> Readout:
    """Return what PreciseBN adds to the test accuracy of the network."""
    curves = o.shown["norm"]
    if curves is None or np.isnan(curves.last("precise_accuracy")).any():
        return Readout("precise_gain", math.nan, last_readout(o, "norm", "precise_accuracy").statement)
    gain = curves.last("precise_accuracy") - curves.last("test_accuracy")
    return paired("precise_gain", gain, so_far(curves))


def drift_readouts(o: Outcome) -> Iterator[Readout]:
    """Yield how far the inputs of activations move in a step, and the ratio."""
    found = {}
    for network, (done, drift) in o.drift.items():
        seeds = drift.mean(axis=1)
        found[network] = meant(float(seeds.mean()))
        steps = round(done * min(DRIFT_STEPS, o.params.steps))
        words = f"mean |change| a step over the first {steps} steps, all layers; {mean_words(mean(seeds), len(seeds))}"
        if math.isnan(found[network]):
            words = "no two steps in a row with finite numbers to compare" if done else NOT_YET
        yield Readout(f"drift_{network}", found[network], words)
    ratio = found["norm"] / found["against"] if found["against"] else math.nan
    yield Readout("drift_ratio", meant(ratio), f"{number(found['norm'], 3)} / {number(found['against'], 3)}")


def moved_readout(o: Outcome, network: str) -> Readout:
    """Return how far the weights of the first layer have moved from where they started."""
    key, curves = f"moved_{network}", o.shown[network]
    if curves is None:
        return Readout(key, math.nan, NOT_YET)
    found = median(curves.last("moved"))
    if curves.diverged.any() or not math.isfinite(found.middle):
        return Readout(key, math.nan, f"{int(curves.diverged.sum())} of {seeds_words(o.params.seeds)} diverged")
    words = "norm of the change of the first layer's weights over their norm at the start"
    # The median: with batches of two a few steps decide how far, and the mean would be that of the luckiest seed.
    seeds = mean_words(found, o.params.seeds).replace("mean", "median")
    return Readout(key, meant(found.middle), f"{words}, {seeds}{so_far(curves)}")


def diverged_readout(o: Outcome, network: str) -> Readout:
    """Return how many seeds diverged."""
    curves = o.shown[network]
    if curves is None:
        return Readout(f"diverged_{network}", math.nan, NOT_YET)
    return Readout(f"diverged_{network}", int(curves.diverged.sum()), f"of {seeds_words(o.params.seeds)}")


def rate_readouts(o: Outcome) -> Iterator[Readout]:
    """Yield the largest usable learning rate of each network, their ratio, and how wide the windows are."""
    windows = {network: window_of(o, network) for network in NETWORKS}
    why = NOT_YET if o.params.vary == "rate" else "only where the learning rate is varied"
    for network, window in windows.items():
        words = why if window is None else window_words(o, window)
        yield Readout(f"largest_rate_{network}", math.nan if window is None else window.highest, words)
    norm, against = windows["norm"], windows["against"]
    if norm is None or against is None:
        yield Readout("rate_ratio", math.nan, why)
    else:
        yield Readout(
            "rate_ratio", ratio_of_rates(norm, against), f"{number(norm.highest, 4)} / {number(against.highest, 4)}"
        )
    for network, window in windows.items():
        words = why if window is None else f"{number(window.highest, 4)} / {number(window.lowest, 4)}"
        yield Readout(f"rate_window_{network}", math.nan if window is None else rate_digits(window.width), words)


def ratio_of_rates(norm: Window, against: Window) -> float:
    """Return the largest usable rate of one network over that of the other: NaN of none, infinity over none."""
    if not norm.highest:
        return math.nan
    return rate_digits(norm.highest / against.highest) if against.highest else math.inf


def rate_digits(ratio: float) -> float:
    """Return a ratio of two rates with six digits: those tried have twelve, their ratio loses the last few."""
    return float(f"{ratio:.6g}")


def window_of(o: Outcome, network: str) -> Window | None:
    """Return the usable learning rates of a network; None if they are not (all) tried."""
    if o.params.vary != "rate" or not o.complete[network]:
        return None
    return usable(o.numbers, o.middles(network, "train_accuracy"), USABLE)


def window_words(o: Outcome, window: Window) -> str:
    """Return what usable means, and whether the window ends within the rates tried."""
    rule = f"mean training accuracy above {USABLE} after {o.params.steps} steps"
    if not window.highest:
        return f"none of the {len(o.labels)} rates from {o.labels[0]} to {o.labels[-1]}: {rule}"
    ends = [end for end, open_ in (("smallest", window.open_below), ("largest", window.open_above)) if open_]
    beyond = f"; the {' and the '.join(ends)} rate tried is still usable" if ends else ""
    return f"usable from {number(window.lowest, 4)} to {number(window.highest, 4)}: {rule}{beyond}"


def unswept(o: Outcome, network: str) -> str:
    """Return why nothing can be said of the values tried; nothing if it can."""
    if len(o.labels) < 2:
        return "only where several values are tried"
    return "" if o.complete[network] else NOT_YET


def best_readout(o: Outcome, network: str) -> Readout:
    """Return at which value the mean test accuracy is the highest."""
    if why := unswept(o, network):
        return Readout(f"best_{network}", "–", why)
    found = o.middles(network, "test_accuracy")
    most, least = max(found), min(found)
    words = f"mean test accuracy {number(most, 3)}"
    if values_at(o, found, least) != ALL_THE_SAME:
        words += f"; the least, {number(least, 3)}, at {values_at(o, found, least)}"
    return Readout(f"best_{network}", values_at(o, found, most), words)


ALL_THE_SAME = "all the same"
SAME = 1e-9
"""Means of shares of a few hundred digits that differ by less differ only in how they were added up."""


def values_at(o: Outcome, found: Sequence[float], sought: float) -> str:
    """Return at which of the values tried a number was found: all of them where several are equal."""
    there = [label for label, each in zip(o.labels, found, strict=True) if each == sought or abs(each - sought) < SAME]
    return ALL_THE_SAME if len(there) == len(found) else ", ".join(there)


def fastest_readout(o: Outcome, network: str) -> Readout:
    """Return at which value the level is reached in the fewest steps."""
    why, level = unswept(o, network), number(o.params.level, 3)
    found = o.middles(network, "steps_to_level")
    if not why and np.isinf(found).all():
        why = f"training accuracy {level} is reached at none within the {o.params.steps} steps run"
    if why:
        return Readout(f"fastest_{network}", "–", why)
    fewest = min(found)
    return Readout(f"fastest_{network}", values_at(o, found, fewest), f"{fewest:g} steps to {level} (median)")


def gain_readout(o: Outcome, network: str) -> Readout:
    """Return what the last value tried gains in test accuracy over the first."""
    key = f"sweep_gain_{network}"
    if why := unswept(o, network):
        return Readout(key, math.nan, why)
    first, *_, last = (curves.last("test_accuracy") for curves in o.curves[network] if curves is not None)
    return paired(key, last - first, f"; {o.labels[-1]} − {o.labels[0]}")


def notes(o: Outcome) -> tuple[str, ...]:
    """Return how small the experiment is, what is drawn, and what has gone wrong."""
    p = at(o.params, tried(o.params)[drawn_of(o.params)])
    layers = f"{p.depth} hidden layer{'s' if p.depth > 1 else ''} of {p.width} {ACTIVATIONS[p.activation]} units"
    found = [
        f"8 × 8 digits, {p.examples} to train on and {TESTED} to test, {layers}, {seeds_words(p.seeds)}: a small "
        "experiment, run here and now. Both networks start from the same weights and see the same batches."
    ]
    if o.params.vary != "nothing":
        found.append(f"Curves and numbers without another word are of {VARIED[o.params.vary]} = {drawn_label(o)}.")
    found += filter(None, (batch_note(network, o, p) for network in NETWORKS))
    found += filter(None, (momentum_note(o.params),))
    for network, curves in o.shown.items():
        if curves is not None and curves.diverged.any():
            lost, by = int(curves.diverged.sum()), curves.lost_by().max()
            found.append(
                f"{o.name(network)}: {lost} of {seeds_words(p.seeds)} diverged by step {by} (×) and left the curves "
                "there. What is counted of them in the end is what they read by chance, about a tenth."
            )
    made, due = steps_made(o)
    if made < due:
        found.append(f"Not finished: {made} of {due} steps have been made, over all networks and values tried.")
    elif any(done < 1 for done, _ in o.drift.values()):
        found.append("Not finished: how far the inputs of activations move is still being measured.")
    return tuple(found)


ACTIVATIONS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU", "linear": "linear"}


def drawn_label(o: Outcome) -> str:
    """Return the value tried at which the curves are drawn."""
    return o.labels[drawn_of(o.params)]


def momentum_note(p: TrainingParams) -> str:
    """Return what a momentum of the running statistics does that was meant, it seems, as the weight of the old."""
    weights = [each.running_momentum for each in (at(p, value) for value in tried(p))]
    odd = next(filter(is_likely_of_the_old, weights), None)
    if odd is None or not {p.norm, p.against} & {"batch", "ghost", "noisy"}:
        return ""
    m, batches = number(odd, 6), number(half_life(odd), 2)
    return (
        f"Momentum of the running statistics is the weight of the new batch: with m = {m} half of the past is "
        f"forgotten in {batches} batches. Keras, Flax, ONNX and Paddle quote the weight of the old: their {m} is "
        f"m = {number(1 - odd, 3)} here."
    )


def batch_note(network: str, o: Outcome, p: TrainingParams) -> str:
    """Return what very small batches do to batch norm."""
    norm = p.norm if network == "norm" else p.against
    size = p.ghost if norm == "ghost" else p.batch
    if norm not in ("batch", "ghost", "noisy") or size > 2:
        return ""
    until = " until the statistics freeze" if p.frozen else ""
    if size == 1:
        return (
            f"{NORMS[norm]} with N = 1: x̂ = 0 and y = β whatever came in, and no gradient passes: the weights right "
            f"below it do not learn{until}."
        )
    pairs = f"{NORMS[norm]} with N = 2: x̂ = ±1 up to ε whatever came in{until}. {pair_words(p.eps)}"
    return pairs + moved_words(network, o)


def pair_words(eps: float) -> str:
    """Return what batches of two let through of a gradient: nearly nothing of most pairs, and kicks of a few."""
    typical, whole = pair_gradient_median_ratio(eps), pair_gradient_rms_ratio(eps)
    words = (
        f"Of the gradient half of all pairs pass less than {number(typical, 2)}, and rare pairs of nearly equal values "
        f"up to 1 / √ε = {number(1 / math.sqrt(eps), 3)} times: its root mean square is {number(whole, 3)} times what "
        "came (normal values of spread 1, γ = 1)."
    )
    if typical > NOTHING or whole < 1:
        return words
    return f"{words} Most steps teach the layers below nothing, and a few throw them about."


NOTHING = 0.01
"""A share of the gradient that is next to nothing."""


def moved_words(network: str, o: Outcome) -> str:
    """Return how far the first layer has been thrown; nothing while it is not known."""
    moved = float(moved_readout(o, network).value)
    return "" if math.isnan(moved) else f" Here the first layer's weights moved {number(moved, 2)} times their norm."


def steps_made(o: Outcome) -> tuple[int, int]:
    """Return how many steps have been made, and how many are to be, of all seeds and without those of drift."""
    curves = {job: found for job, found in o.found.items() if not job.drift}
    made = sum(int(found.step[-1]) * job.seeds for job, found in curves.items() if found is not None)
    return made, sum(job.run.steps * job.seeds for job in curves)


RUNS = {
    "network": str, "value": str, "number": float, "seed": float, "step": float, "steps_to_90": float,
    "steps_to_95": float, "steps_to_level": float, "loss": float, "train_accuracy": float, "test_accuracy": float,
    "precise_accuracy": float, "diverged": bool,
}  # fmt: skip
STEPS_TO = {"steps_to_90": 0.9, "steps_to_95": 0.95}


def runs_table(o: Outcome) -> pd.DataFrame:
    """Return a row for each network, value and seed: what was recorded last, and steps to 90 %, 95 % and the level."""
    rows = []
    for network, place, curves in there(o):
        reached = [curves.steps_to(level) for level in (*STEPS_TO.values(), o.params.level)]
        last = [curves.last(name) for name in ("loss", *ACCURACIES)]
        for at_, numbers in enumerate(zip(*reached, *last, curves.diverged, strict=True)):
            named = (network, o.labels[place], o.numbers[place])
            rows.append((*named, o.params.seed + at_, curves.step[-1], *numbers))
    return frame(rows, RUNS)


def there(o: Outcome) -> Iterator[tuple[str, int, Curves]]:
    """Yield network, place and curves of every value tried of which there are any."""
    for place in range(len(o.labels)):
        for network in NETWORKS:
            curves = o.curves[network][place]
            if curves is not None:
                yield network, place, curves


def sweep_table(o: Outcome) -> pd.DataFrame:
    """Return a row for each network and value: median of steps, mean of accuracies, least and largest seed."""
    named = {"network": str, "name": str, "value": str, "number": float, "seeds": float, "diverged": float}
    found = (*STEPS_TO, "steps_to_level", *ACCURACIES)
    columns = named | {f"{name}{part}": float for name in found for part in ("", "_low", "_high")}
    rows = []
    for network, place, curves in there(o):
        spreads = [median(curves.steps_to(level)) for level in (*STEPS_TO.values(), o.params.level)]
        spreads += [mean(curves.last(name)) for name in ACCURACIES]
        head = (network, o.name(network), o.labels[place], o.numbers[place], o.params.seeds, curves.diverged.sum())
        rows.append((*head, *(part for spread in spreads for part in spread)))
    return frame(rows, columns)


SERIES = {
    "train_accuracy.norm": "Training accuracy, the network with the norm",
    "train_accuracy.against": "Training accuracy, what it is held against",
    "loss.norm": "Loss, the network with the norm",
    "loss.against": "Loss, what it is held against",
    "test_accuracy.norm": "Test accuracy, the network with the norm",
    "test_accuracy.against": "Test accuracy, what it is held against",
    "precise_accuracy.norm": "Test accuracy with PreciseBN, the network with the norm",
    "precise_accuracy.against": "Test accuracy with PreciseBN, what it is held against",
}


def curves_table(o: Outcome) -> pd.DataFrame:
    """Return loss and accuracies over the steps at the value drawn: mean, least and largest of the seeds."""
    columns = {"network": str, "quantity": str, "kind": str, "series": str, "step": float}
    rows = []
    for series in SERIES:
        quantity, _, network = series.partition(".")
        curves = o.shown[network]
        if curves is not None:
            kind = "precise" if quantity == "precise_accuracy" else "running"
            points = zip(*curves.band(quantity), strict=True)
            rows += [(network, quantity, kind, series, *point) for point in points]
    return frame(rows, columns | dict.fromkeys(("mean", "low", "high"), float))


def drift_table(o: Outcome) -> pd.DataFrame:
    """Return the drift of the inputs of activations by layer, from 1: mean, least and largest of the seeds."""
    rows = [
        (network, layer, *mean(seeds))
        for network, (_, drift) in o.drift.items()
        for layer, seeds in enumerate(drift.T, start=1)
        if np.isfinite(seeds).all()
    ]
    return frame(rows, {"network": str, "layer": float, "mean": float, "low": float, "high": float})


def lost_table(o: Outcome) -> pd.DataFrame:
    """Return where seeds diverged: the last point of each before."""
    rows = [
        (network, quantity, *end)
        for network, curves in o.shown.items() if curves is not None
        for quantity in ("loss", *ACCURACIES)
        for end in curves.ends(quantity)
    ]  # fmt: skip
    return frame(rows, {"network": str, "quantity": str, "step": float, "y": float})


def axis_table(o: Outcome) -> pd.DataFrame:
    """Return every value tried in order, and beside the first what is varied."""
    heading = VARIED[o.params.vary] if o.params.vary != "nothing" else ""
    return frame([(label, "" if at_ else heading) for at_, label in enumerate(o.labels)], {"value": str, "text": str})


def settings_table(o: Outcome) -> pd.DataFrame:
    """Return what figures say besides: names, level, steps, whether the values tried are numbers."""
    p = o.params
    numbers = float(p.vary in NUMBERED)
    rows = [(network, o.name(network), p.level, p.steps, numbers) for network in NETWORKS]
    return frame(rows, {"network": str, "name": str, "level": float, "steps": float, "numbers": float})


TABLES = {
    "runs": runs_table,
    "sweep": sweep_table,
    "curves": curves_table,
    "drift": drift_table,
    "lost": lost_table,
    "axis": axis_table,
    "settings": settings_table,
}


def actions(o: Outcome) -> dict[str, dict[str, Any]]:
    """Return what one click can set: other seeds, more steps, the learning rate varied."""
    p = o.params
    found: dict[str, dict[str, Any]] = {
        "Other seeds": {"seed": (p.seed + p.seeds) % 2**31},
        "Twice the steps": {"steps": 2 * p.steps},
        "Vary the learning rate": {"vary": "rate", "grid": "standard"},
    }
    values = dict(p)
    return {label: changes for label, changes in found.items() if p.examine({**values, **changes})[0] not in (None, p)}


EXPERIMENT = Experiment.slow(
    Work(parts, do, join, seconds),
    slug="training",
    title="Training",
    question=__doc__,
    order=70,
    params=TrainingParams,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "curves", "series", "step", "mean", x_title="steps",
        y_title={series: f"{label.split(',')[0].lower().replace('precisebn', 'PreciseBN')}, mean of the seeds"
                 for series, label in SERIES.items()},
        labels=SERIES,
    ),
    shown_tables=("sweep", "runs", "curves", "drift"),
    first_set="faster-training",
    headline=(
        "steps_to_90_norm", "steps_to_90_against", "speedup_90", "test_accuracy_norm", "test_accuracy_against",
        "accuracy_gain",
    ),
    look_for="How many steps does each network need to the dotted line? Then take ReLU, or one layer, or another "
    "learning rate for both: the ratio is large where training without norm is hard, and small where it is not. "
    "A lead that is smaller than the band of the seeds is no lead.",
    actions=actions,
)  # fmt: skip
