"""Why does the same input give different outputs, and what do the running statistics do?"""  # noqa: D400 - a question

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from bnsim.charts.template import Figure
from bnsim.charts.train_eval import SIZES, companions_template, decisions_template, running_template
from bnsim.data.network import EPS, bn_network, pixels
from bnsim.engine import (
    BatchStats,
    Convention,
    RunningStats,
    batch_norm,
    batch_norm_eval,
    batch_stats,
    half_life,
    initial_weight,
    is_likely_of_the_old,
    precise_stats,
)
from bnsim.engine.arrays import Array
from bnsim.engine.theory.closed_forms import running_mean_lag
from bnsim.engine.theory.companions import CompanionMoments, companion_moments, companion_tail
from bnsim.errors import InputError
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.text import number, operands, to_error

TEST_IMAGES = 450
PRECISE_BATCHES = 100
"""Precise statistics are pooled over so many fresh batches."""

MOST_DRAWN, MOST_COMPANIONS, SLOW = 25_000_000, 4_000_000, 3_000_000
"""Values that training may draw; values that the companion sets may hold; from where on it takes a while."""

QUADRATURE = 1e-9
"""What numerical integration can leave of a probability; most have more digits."""

UNIT = 2.0**-53
"""What one rounding can be, relative to the number."""

BINS, STEPS_DRAWN = 41, 200
OWN: Literal["own"] = "own"
"""In place of a number: the one that the framework has by default."""

EXACT_LAW = "random companions, exact law"
REFUSAL = "ValueError: Expected more than 1 value per channel when training"


class TrainEvalParams(Params):
    """A stream of mini-batches, a convention to average them by, and one input that is tracked."""

    convention: Annotated[
        Literal["pytorch", "keras", "flax", "onnx", "paddle", "cumulative"],
        Control(
            "Convention",
            choices={
                "pytorch": "PyTorch · 0.1 of the new, unbiased",
                "keras": "Keras · 0.01 of the new, biased",
                "flax": "Flax · 0.01 of the new, biased",
                "onnx": "ONNX · 0.1 of the new, biased",
                "paddle": "Paddle · 0.1 of the new, biased",
                "cumulative": "PyTorch, momentum=None · plain average",
            },
            help="How a framework averages: weight of the new batch, biased or unbiased variance, and its ε.",
        ),
    ] = "pytorch"
    momentum: Annotated[
        Annotated[float, Field(ge=1e-6, le=1)] | Literal["own"],
        Control(
            "Momentum", symbol="m",
            choices={OWN: "the framework's own", 0.1: "0.1", 0.01: "0.01", 0.001: "0.001", 1.0: "1 · last batch only"},
            formerly={0.0: OWN},
            help="Weight of the new batch. Keras, Flax, ONNX, Paddle quote the weight of the old: their 0.99 is 0.01.",
        ),
    ] = OWN  # fmt: skip
    decision: Annotated[
        Literal["sign", "digits"],
        Control(
            "What is decided",
            choices={"sign": "The sign of y", "digits": "Which digit a real network reads"},
            help="What the last picture counts: signs of y that are those of eval mode, or real digits read right.",
        ),
    ] = "sign"
    mean: Annotated[
        float,
        Field(ge=-1e6, le=1e6),
        Control("Population mean", symbol="μ", slider=(-5, 5, 0.05), help="The mean of the population at the start."),
    ] = 3.0
    std: Annotated[
        float,
        Field(ge=1e-3, le=1e6),
        Control("Population std", symbol="σ", slider=(0.05, 5, 0.05), help="The population's standard deviation."),
    ] = 2.5
    drift: Annotated[
        float,
        Field(ge=-1e3, le=1e3),
        Control(
            "Drift a batch", symbol="v", slider=(-0.1, 0.1, 0.005),
            help="By how much the population mean moves with every batch, as it does while the layers below learn.",
        ),
    ] = 0.0  # fmt: skip
    batch_size: Annotated[
        int,
        Field(ge=1, le=1024),
        Control("Training batch", symbol="N", slider=(2, 256, 1), help="Examples in each mini-batch of training."),
    ] = 32
    steps: Annotated[
        int,
        Field(ge=1, le=10_000),
        Control(
            "Batches seen", symbol="t", slider=(1, 500, 1), help="How many mini-batches training has gone through."
        ),
    ] = 100
    frozen_after: Annotated[
        int,
        Field(ge=0, le=10_000),
        Control(
            "Frozen after", symbol="k", slider=(0, 500, 1),
            help="Stale statistics stop following after so many batches; 0 is eval mode left on from the start.",
        ),
    ] = 10  # fmt: skip
    x: Annotated[
        float,
        Field(ge=-1e9, le=1e9),
        Control("Tracked input", symbol="x", slider=(-15, 15, 0.05), help="The one input whose output is compared."),
    ] = 4.0
    inference_size: Annotated[
        int,
        Field(ge=1, le=1024),
        Control(
            "Batch at inference", symbol="M", slider=(1, 128, 1),
            help="In training mode x is normalized together with M − 1 random companions; 1 is x alone.",
        ),
    ] = 32  # fmt: skip
    gamma: Annotated[
        float,
        Field(ge=-1e6, le=1e6),
        Control("Scale", symbol="γ", slider=(-3, 3, 0.05), help="The learned scale."),
    ] = 1.0
    beta: Annotated[
        float,
        Field(ge=-1e6, le=1e6),
        Control("Shift", symbol="β", slider=(-5, 5, 0.05), help="The learned shift: all that is left of x alone."),
    ] = 0.0
    eps: Annotated[
        Annotated[float, Field(ge=1e-12, le=1)] | Literal["own"],
        Control(
            "Epsilon", symbol="ε",
            choices={OWN: "the framework's own", 1e-5: "1e-5 · PyTorch", 1e-3: "1e-3 · Keras", 1e-12: "1e-12"},
            formerly={0.0: OWN}, help="Added to the variance under the root. Any value from 1e-12 to 1 may be typed.",
        ),
    ] = OWN  # fmt: skip
    repeats: Annotated[
        int,
        Field(ge=10, le=2000),
        Control("Repeated trainings", help="How often the whole stream is drawn again, to hold the theory against."),
    ] = 100
    companion_sets: Annotated[
        int,
        Field(ge=10, le=20_000),
        Control("Companion sets", help="With how many sets of random companions x is normalized in training mode."),
    ] = 2000
    shufflings: Annotated[
        int,
        Field(ge=2, le=20),
        Control(
            "Shufflings", when=("decision", ("digits",)),
            help="How often the test images are shuffled into batches again.",
        ),
    ] = 5  # fmt: skip
    seed: Annotated[
        int, Field(ge=0, le=2**32 - 1), Control("Seed", help="The same seed always gives the same draws.")
    ] = 0

    @property
    def rule(self) -> Convention:
        """The convention as the engine knows it."""
        return Convention[self.convention.upper()]

    @property
    def new_weight(self) -> float | None:
        """Weight of the new batch; None averages all batches alike."""
        return self.rule.momentum if self.momentum == OWN else self.momentum

    @property
    def used_eps(self) -> float:
        """The constant under the root: the one set, else the framework's."""
        return self.rule.eps if self.eps == OWN else self.eps

    @property
    def unmoved(self) -> bool:
        """Whether nothing is averaged in: Paddle leaves its statistics alone when a batch holds one value."""
        return self.rule is Convention.PADDLE and self.batch_size == 1

    @property
    def drawn(self) -> int:
        """Values that training draws."""
        return self.steps * self.batch_size * (self.repeats + 1)

    @property
    def center(self) -> float:
        """The mean of the population at the last batch, and ever after."""
        return self.mean + self.drift * (self.steps - 1)

    @property
    def z(self) -> float:
        """The tracked input in standard deviations of the population."""
        return (self.x - self.center) / self.std

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what several parameters together must obey."""
        if self.batch_size == 1 and self.rule.unbiased:
            yield (
                ("batch_size", "convention"),
                f"batch_size must be at least 2 when convention is {self.convention}: PyTorch refuses to train on one "
                "value per channel; got 1. Choose keras, flax, onnx or paddle to see what they do.",
            )
        if self.drawn > MOST_DRAWN:
            yield (
                ("steps", "batch_size", "repeats"),
                f"steps × batch_size × (repeats + 1) must be at most {MOST_DRAWN} values; got {self.drawn}. "
                "Take fewer batches, smaller ones, or fewer repeats.",
            )
        held = self.inference_size * self.companion_sets
        if held > MOST_COMPANIONS:
            yield (
                ("inference_size", "companion_sets"),
                f"inference_size × companion_sets must be at most {MOST_COMPANIONS} values; got {held}. "
                "Take a smaller batch or fewer sets.",
            )
        if self.decision == "digits" and self.inference_size > TEST_IMAGES:
            yield (
                ("inference_size", "decision"),
                f"inference_size must be at most {TEST_IMAGES}, the test images, when decision is digits; "
                f"got {self.inference_size}.",
            )


@dataclass(frozen=True, eq=False)
class Stream:
    """Training: one stream step by step, and where it and its repeats ended.

    `batch_mean, batch_var` have shape (t,), `running_mean, running_var` shape (t + 1,), from the start 0 and 1;
    `ended` holds all streams, the one shown first: shape (1 + repeats,).
    """

    batch_mean: Array
    batch_var: Array
    running_mean: Array
    running_var: Array
    ended: RunningStats


@dataclass(frozen=True, eq=False)
class Theory:
    """Expectation and standard deviation of the running statistics after 0, 1, ... t batches; each shape (t + 1,)."""

    mean: Array
    mean_std: Array
    var: Array
    var_std: Array
    var_kurtosis: float


@dataclass(frozen=True, eq=False)
class Law:
    """The exact distribution of y = γ x̂ + β of one input in training mode, in batches of one size.

    Alone, and with a γ of 0, it is one point: `point`, NaN where the framework refuses.
    """

    z: float
    size: int
    eps: float
    gamma: float
    beta: float
    point: float | None

    @cached_property
    def moments(self) -> CompanionMoments:
        """Mean, standard deviation and kurtosis of y."""
        if self.point is not None:
            return CompanionMoments(self.point, 0.0 * self.point, 3.0)
        x_hat = companion_moments(self.z, self.size, eps=self.eps)
        return CompanionMoments(self.gamma * x_hat.mean + self.beta, abs(self.gamma) * x_hat.std, x_hat.kurtosis)

    @property
    def ends(self) -> tuple[float, float]:
        """Between which values y lies, whatever the companions."""
        if self.point is not None:
            return self.point, self.point
        reach = abs(self.gamma) * math.sqrt(self.size - 1)
        return self.beta - reach, self.beta + reach

    def above(self, y: Array) -> Array:
        """Return the probability of more than y, an array of shape (K,)."""
        if self.point is not None:
            return np.where(math.isnan(self.point), math.nan, self.point > y)
        with np.errstate(over="ignore"):  # a γ of almost nothing: no y but β is reached
            tail = companion_tail((y - self.beta) / self.gamma, self.z, self.size, eps=self.eps)
        return tail if self.gamma > 0 else 1 - tail

    @cached_property
    def positive(self) -> float:
        """The probability of y > 0; NaN where the framework refuses."""
        return float(self.above(np.zeros(1))[0])

    def positive_as(self, y: float) -> float:
        """Return the probability of the same side of 0 as `y`."""
        return self.positive if y > 0 else 1 - self.positive


@dataclass(frozen=True, eq=False)
class Share:
    """How often a decision is right in batches of one size: its mean, standard error, spread from trial to trial."""

    series: str
    batch_size: int
    share: float
    standard_error: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, eq=False)
class Outcome:
    """Training, what theory says of it, and one input at inference in every mode."""

    params: TrainEvalParams
    stream: Stream
    theory: Theory
    precise: RunningStats
    y: Array
    decisions: tuple[Share, ...]

    @property
    def running(self) -> tuple[float, float]:
        """Running mean and variance after the last batch."""
        return ended(self.stream)

    @property
    def stale(self) -> tuple[float, float]:
        """Running mean and variance as they were when they were frozen."""
        k = min(self.params.frozen_after, self.params.steps)
        return float(self.stream.running_mean[k]), float(self.stream.running_var[k])

    @property
    def population(self) -> tuple[float, float]:
        """Mean and variance of the population now."""
        return self.params.center, self.params.std**2

    @property
    def pooled(self) -> tuple[float, float]:
        """Precise mean and variance."""
        return float(self.precise.mean[0]), float(self.precise.var[0])

    @cached_property
    def law(self) -> Law:
        """The exact law of y in training mode."""
        return output_law(self.params, self.params.inference_size)

    @property
    def refused(self) -> bool:
        """Whether the framework refuses the batch at inference in training mode: PyTorch does, one example alone."""
        return self.params.inference_size == 1 and math.isnan(alone_y(self.params))

    @cached_property
    def y_moments(self) -> tuple[float, float]:
        """Mean and biased standard deviation of y over the companion sets; equal values have theirs exactly."""
        return (float(self.y.mean()), float(self.y.std())) if np.ptp(self.y) else (float(self.y[0]), 0.0)

    @property
    def flips(self) -> tuple[float, float]:
        """Share of companion sets with y on the other side of 0 than in eval mode: simulated, and by the law."""
        eval_y = output(self.params, self.running)
        return (
            math.nan if self.refused else float(np.mean((self.y > 0) != (eval_y > 0))),
            1 - self.law.positive_as(eval_y),
        )


def ended(s: Stream) -> tuple[float, float]:
    """Return running mean and variance after the last batch."""
    return float(s.running_mean[-1]), float(s.running_var[-1])


def output(p: TrainEvalParams, statistics: tuple[float, float]) -> float:
    """Return the output of the tracked input with given mean and variance."""
    return float(batch_norm_eval([p.x], *statistics, p.gamma, p.beta, eps=p.used_eps)[0])


def stream(p: TrainEvalParams, seen: np.random.Generator, others: np.random.Generator) -> Stream:
    """Train on `steps` mini-batches; the repeats are further channels, each with values of its own."""
    running = RunningStats.start(1 + p.repeats)
    batches, states = np.empty((2, p.steps)), np.empty((2, p.steps + 1))
    states[:, 0] = running.mean[0], running.var[0]
    for t in range(p.steps):
        z = np.hstack([seen.standard_normal((p.batch_size, 1)), others.standard_normal((p.batch_size, p.repeats))])
        batch = batch_stats(p.mean + p.drift * t + p.std * z)
        running = running.update(batch, convention=p.rule, momentum=None if p.momentum == OWN else p.momentum)
        batches[:, t] = batch.mean[0], batch.var[0]
        states[:, t + 1] = running.mean[0], running.var[0]
    return Stream(batches[0], batches[1], states[0], states[1], running)


def theory_of(p: TrainEvalParams) -> Theory:
    """Return what to expect of the running statistics of normal batches.

    A batch mean has the variance σ² / N. The biased batch variance has the mean σ² (N − 1) / N and the relative
    error √(2 / (N − 1)). A running value r + w (b − r) keeps (1 − w) of its own error and adds w of the batch's.
    """
    n = p.batch_size
    expected = p.std**2 * (1.0 if p.rule.unbiased else (n - 1) / n)
    mean, mean_std, var, var_std = np.zeros((4, p.steps + 1))
    var[0] = 1.0
    squares = fourths = 0.0  # sums over the weights that the batches have by now
    for t in range(p.steps):
        w = 0.0 if p.unmoved else p.new_weight or 1 / (t + 1)
        mean[t + 1] = (1 - w) * mean[t] + w * (p.mean + p.drift * t)
        var[t + 1] = (1 - w) * var[t] + w * expected
        squares, fourths = (1 - w) ** 2 * squares + w**2, (1 - w) ** 4 * fourths + w**4
        mean_std[t + 1] = p.std / math.sqrt(n) * math.sqrt(squares)
        var_std[t + 1] = expected * math.sqrt(2 / max(n - 1, 1) * squares)
    kurtosis = 3 + 12 / max(n - 1, 1) * fourths / squares**2 if squares else 3.0
    return Theory(mean, mean_std, var, var_std, kurtosis)


def output_law(p: TrainEvalParams, size: int, *, alike: bool = False) -> Law:
    """Return the exact law of y = γ x̂ + β of the tracked x in training mode, in batches of that size.

    `alike`: the companions are of its own class, spread as the population is, but about x.
    """
    point = alone_y(p) if size == 1 else None
    if size > 1 and p.gamma == 0:
        point = p.beta
    return Law(0.0 if alike else p.z, size, p.used_eps / p.std**2, p.gamma, p.beta, point)


def among_companions(p: TrainEvalParams, size: int, rng: np.random.Generator) -> Array:
    """Return y of the tracked x in training mode, shape (companion_sets,), each time with other companions."""
    batches = p.center + p.std * rng.standard_normal((size, p.companion_sets))
    if size == 1:
        return np.full(p.companion_sets, alone_y(p))
    batches[0] = p.x
    y: Array = batch_norm(batches, p.gamma, p.beta, eps=p.used_eps).y[0]
    return y


def signs(p: TrainEvalParams, eval_y: float, rng: np.random.Generator) -> tuple[Share, ...]:
    """Return how often y has the sign of eval mode, by the size of the batch: simulated, and by the exact laws.

    Batches of one that the framework refuses are left out.
    """
    known, simulated, alike, exactly = [], [], [], []
    for size in SIZES:
        known.append(Share("eval mode", size, 1.0))
        share, y = output_law(p, size).positive_as(eval_y), among_companions(p, size, rng)
        if math.isnan(share):
            continue
        spread = math.sqrt(share * (1 - share))
        found = float(np.mean((y > 0) == (eval_y > 0)))
        simulated.append(Share("random companions", size, found, spread / math.sqrt(p.companion_sets), spread))
        sorted_share = output_law(p, size, alike=True).positive_as(eval_y)
        alike.append(Share("class-sorted companions", size, sorted_share))
        exactly.append(Share(EXACT_LAW, size, share))
    return (*known, *simulated, *alike, *exactly)


def scores(first: Array, normalize: Callable[[Array, int], Array]) -> Array:
    """Return the ten scores of images from what the first layer makes of them; the last axis holds the units."""
    network = bn_network()
    hidden = np.maximum(normalize(first, 0), 0)
    for layer, weight in ((1, network.weight_2), (2, network.weight_3)):
        hidden = np.maximum(normalize(hidden @ weight.T, layer), 0)
    found: Array = hidden @ network.weight_out.T + network.bias_out
    return found


def with_own_statistics(z: Array, layer: int) -> Array:
    """Return batch norm in training mode of many batches at once, shape (size, batches, units)."""
    network, (size, batches, units) = bn_network(), z.shape
    gamma, beta = (np.tile(part[layer], batches) for part in (network.gamma, network.beta))
    return batch_norm(z.reshape(size, batches * units), gamma, beta, eps=EPS).y.reshape(z.shape)


def with_running_statistics(z: Array, layer: int) -> Array:
    """Return batch norm in eval mode, shape (images, units)."""
    n = bn_network()
    return batch_norm_eval(z, n.running_mean[layer], n.running_var[layer], n.gamma[layer], n.beta[layer], eps=EPS)


@lru_cache(maxsize=1)
def first_layer() -> tuple[Array, Array]:
    """Return what the first layer makes of the test images, shape (450, 100), and their labels."""
    network = bn_network()
    return pixels(network.test.images) @ network.weight_1.T, network.test.labels


@lru_cache(maxsize=1)
def accuracy_in_eval_mode() -> float:
    """Return the share of test images that the network reads right in eval mode."""
    z, labels = first_layer()
    return float(np.mean(scores(z, with_running_statistics).argmax(axis=1) == labels))


def as_it_is(z: Array, _: int) -> Array:
    """Return what Paddle makes of one image at a time in training mode: nothing, it hands the values through."""
    return z


@lru_cache(maxsize=1)
def one_by_one_unchanged() -> float:
    """Return the share of test images read right where batch norm hands every value through."""
    z, labels = first_layer()
    return float(np.mean(scores(z, as_it_is).argmax(axis=1) == labels))


@lru_cache(maxsize=1)
def one_by_one() -> tuple[float, float]:
    """Return the accuracy in training mode with one image at a time, and how much the scores of two images differ."""
    z, labels = first_layer()
    found = scores(z[None], with_own_statistics)[0]
    return float(np.mean(found.argmax(axis=1) == labels)), float(np.ptp(found, axis=0).max())


def cut(order: Array, size: int) -> Array:
    """Return the images of an order cut into batches, shape (size, batches).

    The last batch holds the last images of the order, some of them for the second time, so that all have one size.
    """
    starts = np.append(np.arange(0, order.size - size, size), order.size - size)
    found: Array = order[starts + np.arange(size)[:, None]]
    return found


@lru_cache(maxsize=256)
def accuracies(size: int, by_class: bool, shufflings: int, seed: int) -> tuple[float, ...]:
    """Return the accuracy in training mode, one number a shuffling of the test images into batches of `size`.

    Sorted by class, a batch holds images of one digit, or of neighbours. An image that is in two batches counts as
    it is read in the last.
    """
    z, labels = first_layer()
    rng = np.random.default_rng([seed, size, by_class])
    found = []
    for _ in range(shufflings):
        order = rng.permutation(labels.size)
        order = order[np.argsort(labels[order], kind="stable")] if by_class else order
        images = cut(order, size)
        right = np.empty(labels.size, dtype=bool)
        read = scores(z[images], with_own_statistics).argmax(axis=2)
        right[images.T] = (read == labels[images]).T
        found.append(float(right.mean()))
    return tuple(found)


def digits_read(p: TrainEvalParams, size: int, *, by_class: bool) -> Share:
    """Return how many of the test digits are read right in training mode."""
    series = "class-sorted companions" if by_class else "random companions"
    if size == 1:
        return Share(series, 1, read_alone(p.rule))
    found = np.array(accuracies(size, by_class, p.shufflings, p.seed))
    spread = float(found.std(ddof=1))
    return Share(series, size, float(found.mean()), spread / math.sqrt(p.shufflings), spread)


def read_alone(rule: Convention) -> float:
    """Return the share of test images read right one at a time in training mode; NaN where the framework refuses."""
    return {Alone.BETA: one_by_one()[0], Alone.X: one_by_one_unchanged(), Alone.REFUSED: math.nan}[treats_alone(rule)]


def digits(p: TrainEvalParams) -> tuple[Share, ...]:
    """Return how many of the test digits are read right: in eval mode, and among companions of two kinds.

    Batches of one that the framework refuses are left out.
    """
    known = [Share("eval mode", size, accuracy_in_eval_mode()) for size in SIZES]
    found = [digits_read(p, size, by_class=kind) for kind in (False, True) for size in SIZES]
    return (*known, *(each for each in found if not math.isnan(each.share)))


def precise(p: TrainEvalParams, rng: np.random.Generator) -> RunningStats:
    """Return the statistics pooled over fresh batches of the population as it is after training."""
    drawn = batch_stats(p.center + p.std * rng.standard_normal((p.batch_size, PRECISE_BATCHES)))
    return precise_stats(
        BatchStats(drawn.mean[at, None], drawn.var[at, None], drawn.count) for at in range(PRECISE_BATCHES)
    )


def run(p: TrainEvalParams) -> Outcome:
    """Train, then send the tracked input through in every mode."""
    seen, others, fresh, companions, by_size = np.random.default_rng(p.seed).spawn(5)
    trained = stream(p, seen, others)
    decisions = digits(p) if p.decision == "digits" else signs(p, output(p, ended(trained)), by_size)
    y = among_companions(p, p.inference_size, companions)
    return Outcome(p, trained, theory_of(p), precise(p, fresh), y, decisions)


def short(value: float) -> str:
    """Return a number with the digits that a sentence needs."""
    return number(value, 6)


def give_or_take(value: float, error: float, whose: str) -> str:
    """Return a simulated number with its standard error, and what that is the error of."""
    return f"{number(to_error(value, error))} ± {number(error, 2)} (standard error of {whose})"


def std_error(spread: float, kurtosis: float, count: int) -> float:
    """Return the standard error of a standard deviation estimated from n draws: std √((κ − 1) / n + 2 / n (n − 1)) / 2.

    The first order of the root of the unbiased variance.
    """
    return spread / 2 * math.sqrt(max(kurtosis - 1, 0.0) / count + 2 / (count * (count - 1)))


def share_error(share: float, count: int) -> float:
    """Return the standard error of a share estimated from `count` draws."""
    return math.sqrt(share * (1 - share) / count)


def kept_share(p: TrainEvalParams) -> float:
    """Return κ = σ² / (σ² + ε), the share of the variance of x̂ that ε leaves."""
    return p.std**2 / (p.std**2 + p.used_eps)


def first_order_std(p: TrainEvalParams) -> float:
    """Return the spread of y over companions to the first order in 1 / M, |γ| √(κ (1 + κ² z² / 2) / M); NaN alone.

    By the delta method: x̂ moves by −1 / √(σ² + ε) with the batch's mean, whose variance is σ² / M, and by
    −z σ / (2 (σ² + ε)^1.5) with its variance, whose variance is 2 σ⁴ / M.
    """
    if p.inference_size == 1:
        return math.nan
    kept = kept_share(p)
    return abs(p.gamma) * math.sqrt(kept * (1 + kept**2 * p.z**2 / 2) / p.inference_size)


LAG = "v ((1 − m) / m · (1 − (1 − m)^t) − t (1 − m)^t)"


def lag(p: TrainEvalParams) -> tuple[float, str] | None:
    """Return how far the running mean is behind for its batches' age, and the formula; None if nothing moves.

    The rest of its distance to the population is what the start still weighs.
    """
    if not p.drift or p.unmoved:
        return None
    if p.new_weight is None:
        return p.drift * (p.steps - 1) / 2, "v (t − 1) / 2"
    return running_mean_lag(p.drift, p.new_weight, p.steps), LAG


def memory(p: TrainEvalParams) -> tuple[tuple[float, str], tuple[float, str]]:
    """Return half-life and weight of the start, each with its statement."""
    m, t = p.new_weight, p.steps
    if p.unmoved:
        return (math.inf, "Paddle leaves its statistics alone when a batch holds one value"), (1.0, "nothing came in")
    if m is None:
        return (
            (float(t), f"a plain average: a batch weighs 1 / t, now 1 / {t}, half as much after {t} more"),
            (0.0, "the first batch replaces the start"),
        )
    whose = f"{p.rule.framework}'s own" if p.momentum == OWN else "the value you set"
    (weight,), (kept,) = operands(half_life, m), operands(lambda kept: kept**t, 1 - m)
    return (
        (half_life(m), f"ln ½ / ln(1 − m) batches with m = {weight}, {whose}"),
        (initial_weight(m, t), f"(1 − m)^t = {kept}^{t}, what the start, mean 0 and variance 1, still counts"),
    )


class Alone(Enum):
    """What a framework makes of one example alone in training mode."""

    BETA = "x̂ = 0, so y = β whatever x is; a variance of 0 is averaged in"
    X = "hands x through unchanged; running statistics stay"
    REFUSED = REFUSAL


def treats_alone(rule: Convention) -> Alone:
    """Return what a framework makes of one example alone, as the engine has it."""
    try:
        moved = RunningStats.start(1).update(BatchStats(np.zeros(1), np.zeros(1), 1), convention=rule)
    except InputError:
        return Alone.REFUSED
    return Alone.BETA if moved.batches else Alone.X


def alone_y(p: TrainEvalParams, rule: Convention | None = None) -> float:
    """Return y of x alone in training mode as a framework has it, by default the chosen one; NaN if it refuses."""
    match treats_alone(rule or p.rule):
        case Alone.REFUSED:
            return math.nan
        case Alone.X:
            return p.x
    return float(batch_norm([p.x], p.gamma, p.beta, eps=p.used_eps).y[0])


def running_readouts(o: Outcome, which: str, at: int) -> tuple[Readout, Readout]:
    """Return a running statistic and its bias, with what theory expects and what the repeats found."""
    p, value = o.params, o.running[at]
    others = getattr(o.stream.ended, which)[1:]
    expected, spread = float(getattr(o.theory, which)[-1]), float(getattr(o.theory, f"{which}_std")[-1])
    found = give_or_take(float(others.mean()), spread / math.sqrt(others.size), f"{others.size} repeats")
    behind = lag(p) if which == "mean" else None
    why = "" if behind is None else f", of which the drift makes −{behind[1]} = {short(-behind[0])}"
    difference = " − ".join(operands(operator.sub, value, o.population[at]))
    return (
        Readout(
            f"running_{which}", value,
            f"theory: {short(expected)}, from training to training ± {short(spread)}; "
            f"mean of repeated trainings {found}",
        ),
        Readout(
            f"running_{which}_bias", value - o.population[at],
            f"running − population = {difference}; expected {short(expected - o.population[at])}{why}",
        ),
    )  # fmt: skip


def output_readout(o: Outcome, key: str, which: str, statistics: tuple[float, float]) -> Readout:
    """Return an output with given statistics, and the formula with its numbers."""
    p = o.params

    def formula(gamma: float, x: float, mean: float, var: float, eps: float, beta: float) -> float:
        return gamma * (x - mean) / math.sqrt(var + eps) + beta

    lost = 2 * UNIT * (abs(p.x) + abs(statistics[0]))  # what rounding can take of x − mean
    gamma, x, mean, var, eps, beta = operands(formula, p.gamma, p.x, *statistics, p.used_eps, p.beta)
    return Readout(
        key, output(p, statistics),
        f"{which}: γ (x − mean) / √(var + ε) + β = {gamma} · ({x} − {mean}) / √({var} + {eps}) + {beta}",
        error=abs(p.gamma) * lost / math.sqrt(statistics[1] + p.used_eps) + 2 * UNIT * abs(p.beta),
    )  # fmt: skip


def refused_readouts(o: Outcome, *keys: str) -> tuple[Readout, ...]:
    """Return readouts of what the framework refuses to compute."""
    return tuple(Readout(key, "refused", f"{o.params.rule.framework}: {REFUSAL}") for key in keys)


def companion_readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return mean, spread and sign flips of the output in training mode."""
    if o.refused:
        return refused_readouts(o, "train_y_mean", "train_y_std", "sign_flips")
    p, law, count, whose = o.params, o.law.moments, o.params.companion_sets, f"{o.params.companion_sets} sets"
    (mean, std), (flips, exactly) = o.y_moments, o.flips
    errors = law.std / math.sqrt(count), std_error(law.std, law.kurtosis, count), share_error(exactly, count)
    first = (
        f"to first order |γ| √(κ (1 + κ² z² / 2) / M) = {short(first_order_std(p))} with z = {short(p.z)} and "
        f"κ = σ² / (σ² + ε) = {short(kept_share(p))}"
    )
    first = "there are none" if p.inference_size == 1 else first
    return (
        Readout(
            "train_y_mean", mean,
            f"with {p.inference_size - 1} companions; exact law {short(law.mean)}; "
            f"simulated {give_or_take(mean, errors[0], whose)}", error=errors[0],
        ),
        Readout(
            "train_y_std", std,
            f"exact law {short(law.std)}; {first}; simulated {give_or_take(std, errors[1], whose)}", error=errors[1],
        ),
        Readout(
            "sign_flips", flips,
            f"exact law {short(exactly)}; simulated {give_or_take(flips, errors[2], whose)}", error=errors[2],
        ),
    )  # fmt: skip


def decision_readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return the share of right decisions: among random companions, among those of one class, in eval mode."""
    if o.params.decision == "digits":
        return digits_readouts(o)
    p, eval_y, (flips, exactly) = o.params, output(o.params, o.running), o.flips
    in_eval = Readout("right_in_eval", 1.0, "the sign of eval mode is what training mode is held against")
    if o.refused:
        return (*refused_readouts(o, "right_in_training", "right_class_sorted"), in_eval)
    alike = output_law(p, p.inference_size, alike=True).positive_as(eval_y)
    return (
        Readout(
            "right_in_training", 1 - flips, "companion sets in which y has the sign of eval mode",
            error=share_error(exactly, p.companion_sets),
        ),
        Readout(
            "right_class_sorted", alike, "exact law: companions spread about x itself, as if of its own class",
            error=QUADRATURE,
        ),
        in_eval,
    )  # fmt: skip


def digits_readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return the share of digits read right: among random companions, among those of one class, in eval mode."""
    p = o.params
    of = f"of {TEST_IMAGES} digits the network was not trained on"
    in_eval = Readout("right_in_eval", accuracy_in_eval_mode(), of)
    if o.refused:
        return (*refused_readouts(o, "right_in_training", "right_class_sorted"), in_eval)
    found = []
    for key, by_class, whose in (
        ("right_in_training", False, "random companions"),
        ("right_class_sorted", True, "sorted by class"),
    ):
        read = digits_read(p, p.inference_size, by_class=by_class)
        said = give_or_take(read.share, read.standard_error, f"{p.shufflings} shufflings")
        batches = f"of {TEST_IMAGES} digits read right in batches of {p.inference_size}"
        found.append(Readout(key, read.share, f"{batches}, {whose}: {said}", error=read.standard_error))
    return (*found, in_eval)


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return the output in every mode, the running statistics, and how often training mode decides otherwise."""
    p = o.params
    mean, mean_bias = running_readouts(o, "mean", 0)
    var, var_bias = running_readouts(o, "var", 1)
    half, left = memory(p)
    lonely = alone_y(p)
    return (
        output_readout(o, "eval_y", "running statistics", o.running),
        *companion_readouts(o),
        mean,
        var,
        mean_bias,
        var_bias,
        Readout("half_life", *half),
        Readout("initial_weight", *left),
        output_readout(o, "population_y", "true mean and variance", o.population),
        output_readout(o, "stale_y", f"frozen after {p.frozen_after} batches", o.stale),
        output_readout(o, "precise_y", f"pooled over {PRECISE_BATCHES} fresh batches", o.pooled),
        Readout(
            "alone_y", "refused" if math.isnan(lonely) else lonely,
            f"{p.rule.framework}: {treats_alone(p.rule).value}",
        ),
        *decision_readouts(o),
    )  # fmt: skip


def drift_note(p: TrainEvalParams, behind: tuple[float, str]) -> str:
    """Return how far a running mean is behind a population that moves."""
    now, formula = behind
    said = (
        f"The population moves by {short(p.drift)} a batch; after {p.steps} batches the running mean is behind by "
        f"{formula} = {short(now)}"
    )
    if p.new_weight is None:
        return f"{said}, and ever more: all batches weigh the same."
    return f"{said}, in the long run by v (1 − m) / m = {short(p.drift * (1 - p.new_weight) / p.new_weight)}."


def alone_note(p: TrainEvalParams) -> str:
    """Return what the framework makes of one example alone in training mode, and what the others do."""
    beta, x = short(p.beta), short(p.x)
    return {
        Alone.BETA: f"One example alone in training mode: its batch mean is itself, so x̂ = 0 and y = β = {beta}, "
        "whatever x is. It collapses, it does not diverge; PyTorch refuses it, Paddle hands x through.",
        Alone.X: f"One example alone in training mode: Paddle hands it through, y = x = {x}, without γ and β. Keras, "
        f"Flax and ONNX return β = {beta}, whatever x is; PyTorch refuses.",
        Alone.REFUSED: "One example alone in training mode: PyTorch refuses it, so there is no output. Keras, Flax and "
        f"ONNX return β = {beta}, whatever x is: it collapses, it does not diverge. Paddle hands x through.",
    }[treats_alone(p.rule)]


def one_by_one_note() -> str:
    """Return what comes of reading the digits one at a time in training mode, in every framework."""
    accuracy, difference = one_by_one()
    return (
        f"One image at a time in training mode, in Keras, Flax and ONNX all {TEST_IMAGES} get the same ten scores but "
        f"for rounding (largest difference {number(difference, 2)}), so all are read as the same digit: accuracy "
        f"{number(accuracy, 3)}. Paddle hands every value through unnormalized: {number(one_by_one_unchanged(), 3)}. "
        "PyTorch refuses."
    )


def notes(o: Outcome) -> tuple[str, ...]:
    """Return what a reader must know about this very setting."""
    p, left, behind = o.params, memory(o.params)[1][0], lag(o.params)
    found = []
    if p.momentum != OWN and is_likely_of_the_old(p.momentum):
        found.append(
            f"Momentum here is the weight of the new batch: with m = {short(p.momentum)} half of the past is forgotten "
            f"in {number(half_life(p.momentum), 2)} batches. Keras, Flax, ONNX and Paddle quote the weight of the old: "
            f"their {short(p.momentum)} is m = {number(1 - p.momentum, 3)} here."
        )
    if left > 0.01:
        found.append(
            f"After {p.steps} batches the start, mean 0 and variance 1, still has {number(100 * left, 3)} % of the "
            "weight: eval mode is not to be trusted yet."
        )
    if behind is not None:
        found.append(drift_note(p, behind))
    if p.batch_size == 1:
        found.append(
            "Training on one value per channel: Paddle keeps its start; the others average in a variance of 0, so the "
            "running variance falls towards 0 and eval mode multiplies by up to 1 / √ε."
        )
    if p.inference_size == 1:
        found.append(alone_note(p))
    if p.inference_size == 2:
        found.append("A batch of two: x̂ is 1 or −1, but for ε. All that is left is which of the two is larger.")
    if p.decision == "digits":
        found += [
            one_by_one_note(),
            "One network and 450 test images: the upright lines show the luck of the companions only.",
        ]
    if p.drawn > SLOW:
        found.append(f"Training draws {number(p.drawn / 1e6, 3)} million values; that takes a moment.")
    return tuple(found)


def steps_table(o: Outcome) -> pd.DataFrame:
    """Return the running statistics after each batch, with what theory expects; step 0 is the start."""
    p, s, law = o.params, o.stream, o.theory
    step = np.arange(p.steps + 1)
    columns: dict[str, Array] = {"step": step}
    truths = {"mean": p.mean + p.drift * np.maximum(step - 1, 0), "var": np.full(step.size, p.std**2)}
    for which, truth in truths.items():
        expected, spread = getattr(law, which), getattr(law, f"{which}_std")
        columns |= {
            f"batch_{which}": np.append(math.nan, getattr(s, f"batch_{which}")),
            f"running_{which}": getattr(s, f"running_{which}"),
            f"expected_{which}": expected,
            f"{which}_low": expected - 2 * spread,
            f"{which}_high": expected + 2 * spread,
            f"population_{which}": truth,
        }
    return pd.DataFrame(columns)


def modes_table(o: Outcome) -> pd.DataFrame:
    """Return the output of x in every mode, with the statistics it was made with."""
    p = o.params
    known = {"eval mode": o.running, "population": o.population, "frozen": o.stale, "precise": o.pooled}
    rows = [(mode, *statistics, output(p, statistics), 0.0) for mode, statistics in known.items()]
    own = (p.x, 0.0) if treats_alone(p.rule) is Alone.BETA else (math.nan, math.nan)
    rows.append(("alone", *own, alone_y(p), 0.0 * alone_y(p)))
    rows.append(("training mode", math.nan, math.nan, *o.y_moments))
    return pd.DataFrame(rows, columns=["mode", "mean", "var", "y", "spread"])


def frameworks_table(o: Outcome) -> pd.DataFrame:
    """Return what every framework averages and does with x alone in training mode; y is NaN where it refuses."""
    return pd.DataFrame(
        [
            (
                rule.framework, quoted(rule), math.nan if rule.momentum is None else rule.momentum,
                "unbiased" if rule.unbiased else "biased", rule.eps, alone_y(o.params, rule), treats_alone(rule).value,
            )
            for rule in Convention
        ],
        columns=["framework", "default", "new_weight", "variance", "eps", "y_alone", "alone"],
    )  # fmt: skip


def quoted(rule: Convention) -> str:
    """Return the default momentum as the framework itself writes it."""
    if rule.momentum is None:
        return "momentum=None"
    return f"momentum={1 - rule.momentum if rule.quotes_old else rule.momentum:g}"


def checks_table(o: Outcome) -> pd.DataFrame:
    """Return closed forms beside the simulation: quantity, closed_form, simulated, standard_error, apart.

    The standard errors are those that theory gives; `apart` counts them. Running statistics are taken over the
    repeats without the stream shown, outputs over the companion sets.
    """
    p, theory = o.params, o.theory
    means, variances = o.stream.ended.mean[1:], o.stream.ended.var[1:]
    pooled, mean_std, var_std = PRECISE_BATCHES * p.batch_size, float(theory.mean_std[-1]), float(theory.var_std[-1])
    rows = [
        ("running_mean", theory.mean[-1], means.mean(), mean_std / math.sqrt(p.repeats)),
        ("running_mean_std", mean_std, means.std(ddof=1), std_error(mean_std, 3, p.repeats)),
        ("running_var", theory.var[-1], variances.mean(), var_std / math.sqrt(p.repeats)),
        ("running_var_std", var_std, variances.std(ddof=1), std_error(var_std, theory.var_kurtosis, p.repeats)),
        ("precise_mean", p.center, o.pooled[0], p.std / math.sqrt(pooled)),
        ("precise_var", p.std**2 * (pooled - 1) / pooled, o.pooled[1], p.std**2 * math.sqrt(2 / pooled)),
        *([] if o.refused else companion_checks(o)),
    ]
    frame = pd.DataFrame(rows, columns=["quantity", "closed_form", "simulated", "standard_error"])
    gap, error = frame["simulated"] - frame["closed_form"], frame["standard_error"]
    return frame.assign(apart=(gap / error.where(error > 0)).fillna(0.0))


def companion_checks(o: Outcome) -> list[tuple[str, float, float, float]]:
    """Return the rows of `checks_table` about the output among companions."""
    law, count, exactly = o.law.moments, o.params.companion_sets, o.flips[1]
    return [
        ("train_y_mean", law.mean, o.y_moments[0], law.std / math.sqrt(count)),
        (
            "train_y_std",
            law.std,
            o.y_moments[1] * math.sqrt(count / (count - 1)),
            std_error(law.std, law.kurtosis, count),
        ),
        ("sign_flips", exactly, o.flips[0], share_error(exactly, count)),
    ]


def decisions_table(o: Outcome) -> pd.DataFrame:
    """Return the share of right decisions by batch size, with two standard errors to either side: low, high."""
    frame = pd.DataFrame([vars(each) for each in o.decisions])
    reach = 2 * frame["standard_error"]
    return frame.assign(low=(frame["share"] - reach).clip(0, 1), high=(frame["share"] + reach).clip(0, 1))


def edges(o: Outcome) -> Array:
    """Return the edges of the bins for outputs: around all that were simulated, and four widths of the law."""
    law, reach, ends = o.law.moments, 4 * o.law.moments.std, o.law.ends
    low = min(o.y.min(), max(law.mean - reach, ends[0]))
    high = max(o.y.max(), min(law.mean + reach, ends[1]))
    room = max((high - low) / BINS, 1e-6 * max(abs(low), abs(high), 1.0))
    return np.linspace(low - room, high + room, BINS + 1)


def outputs_table(o: Outcome) -> pd.DataFrame:
    """Return the outputs in training mode, counted: left, right, share (simulated), law (exact); no rows if refused."""
    if o.refused:
        return pd.DataFrame({name: np.empty(0) for name in ("left", "right", "share", "law")})
    at = edges(o)
    counted, _ = np.histogram(o.y, at)
    law = -np.diff(o.law.above(at))
    return pd.DataFrame({"left": at[:-1], "right": at[1:], "share": counted / o.y.size, "law": law})


def curves_table(o: Outcome) -> pd.DataFrame:
    """Return what scenarios lay over each other: series, x, y."""
    outputs, step = outputs_table(o), np.arange(o.params.steps + 1)
    right = [each for each in o.decisions if each.series == "random companions"]
    curves = {
        "y": ((outputs["left"] + outputs["right"]) / 2, outputs["law"]),
        "mean": (step, o.stream.running_mean),
        "var": (step, o.stream.running_var),
        "right": ([each.batch_size for each in right], [each.share for each in right]),
    }
    frames = [
        pd.DataFrame({"series": name, "x": np.asarray(x, dtype=np.float64), "y": np.asarray(y)})
        for name, (x, y) in curves.items()
    ]
    return pd.concat(frames, ignore_index=True)


def settings_table(o: Outcome) -> pd.DataFrame:
    """Return the one row that pictures need besides: frozen_after, and the first-order width of y."""
    return pd.DataFrame({"frozen_after": [o.params.frozen_after], "first_order": [first_order_std(o.params)]})


TABLES = {
    "modes": modes_table,
    "frameworks": frameworks_table,
    "checks": checks_table,
    "decisions": decisions_table,
    "steps": steps_table,
    "outputs": outputs_table,
    "curves": curves_table,
    "settings": settings_table,
}


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: an x that every second set of companions turns over, x alone, real digits."""
    other = {"sign": ("Ask a real network", "digits"), "digits": ("Back to the sign of y", "sign")}[o.params.decision]
    return {
        "Put x on the population mean": {"x": o.params.center},
        "Leave x alone": {"inference_size": 1},
        other[0]: {"decision": other[1]},
    }


def running_figure(found: Mapping[str, pd.DataFrame], which: str, quantity: str, symbol: str) -> Figure:
    """Return the picture of one running statistic over the batches."""
    table, k = found["steps"], int(found["settings"]["frozen_after"][0])
    columns = {
        f"batch_{which}": "batch", f"running_{which}": "running", f"expected_{which}": "expected",
        f"{which}_low": "low", f"{which}_high": "high", f"population_{which}": "population",
    }  # fmt: skip
    rows = np.unique(np.linspace(0, len(table) - 1, STEPS_DRAWN + 1).round().astype(int))
    shown = table.iloc[rows][["step", *columns]].rename(columns=columns).reset_index(drop=True)
    last = shown.iloc[-1]
    frozen = pd.DataFrame({"step": [float(k) if k < len(table) - 1 else math.nan], "label": ["frozen here"]})
    return Figure(
        which,
        quantity.capitalize(),
        "Line: this training. Dashed: what theory expects, in a band of two standard deviations. Dotted: the "
        "population. Points: single batches. The upright line is where stale statistics were frozen.",
        f"The {quantity} after each batch, with the band that theory gives, the population and single batches.",
        f"After {int(last['step'])} batches the {quantity} is {short(last['running'])}; theory expects "
        f"{short(last['expected'])}, between {short(last['low'])} and {short(last['high'])}; the population has "
        f"{short(last['population'])}.",
        running_template(f"{quantity} {symbol}"),
        {"steps": shown, "frozen": frozen},
    )


def companions_figure(found: Mapping[str, pd.DataFrame]) -> Figure:
    """Return the picture of the outputs of x among many sets of companions."""
    outputs, modes = found["outputs"], found["modes"]
    y, spread = (dict(zip(modes["mode"], modes[column].tolist(), strict=True)) for column in ("y", "spread"))
    marks = modes.loc[modes["mode"] != "training mode", ["mode", "y"]].dropna().rename(columns={"mode": "what"})
    law = pd.DataFrame({"y": (outputs["left"] + outputs["right"]) / 2, "share": outputs["law"]})
    center, reach = y["population"], float(found["settings"]["first_order"][0])
    top = 1.06 * float(outputs[["share", "law"]].to_numpy().max(initial=0))
    width = pd.DataFrame({"low": [center - reach], "high": [center + reach], "share": [top]})
    said = "; ".join(f"{mode} {short(y[mode])}" for mode in marks["what"])
    trained = (
        f"In training mode y is {number(y['training mode'], 3)} on average, with a standard deviation of "
        f"{number(spread['training mode'], 3)} over companion sets."
    )
    if outputs.empty:
        trained = "In training mode the framework refuses one example alone: there is no output."
    return Figure(
        "companions",
        "One input, many companions",
        "Bars: y of the same x in training mode, each time among other companions; curve: the exact law; the thick "
        "bar above them: one standard deviation to either side, to first order. Upright lines: outputs that depend "
        "on no companion.",
        "A histogram of the output of one input in training mode over many sets of companions, with the outputs of "
        "eval mode, of frozen and precise statistics, and of x alone as upright lines.",
        f"{trained} Without companions: {said}.",
        companions_template(),
        {"bars": outputs[["left", "right", "share"]], "law": law, "marks": marks, "width": width},
    )


def decisions_figure(found: Mapping[str, pd.DataFrame]) -> Figure:
    """Return the picture of right decisions against the size of the batch."""
    table = found["decisions"]
    of_law = table["series"] == EXACT_LAW
    said = "; ".join(
        f"{name}: "
        + ", ".join(f"{number(s, 3)} at {n}" for n, s in zip(part["batch_size"], part["share"], strict=True))
        for name, part in table.groupby("series", sort=False)
    )
    return Figure(
        "decisions",
        "Right decisions against the size of the batch",
        "Training mode at inference, in batches of N; upright lines: two standard errors to either side; crosses: the "
        "exact law of the sign. What is decided, the sign of y or the digit that a real network reads, is a control.",
        "Share of right decisions in training mode against the number of examples in the batch, with eval mode as a "
        "line across.",
        f"Share of right decisions by batch size. {said}.",
        decisions_template(),
        {
            "shares": table.loc[~of_law, ["series", "batch_size", "share", "low", "high"]],
            "law": table.loc[of_law, ["batch_size", "share"]],
        },
    )


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return the pictures: the input among companions, the running statistics, the decisions."""
    return (
        companions_figure(found),
        running_figure(found, "mean", "running mean", "μ"),
        running_figure(found, "var", "running variance", "σ²"),
        decisions_figure(found),
    )


EXPERIMENT = Experiment(
    slug="train-eval",
    title="Training and inference",
    question=__doc__,
    order=20,
    params=TrainEvalParams,
    run=run,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "curves", "series", "x", "y",
        x_title={
            "y": "y, the output of the tracked x", "mean": "batches seen, t", "var": "batches seen, t",
            "right": "examples in the batch, N",
        },
        y_title={
            "y": "share of companion sets", "mean": "running mean", "var": "running variance",
            "right": "share of right decisions",
        },
        labels={
            "y": "Law of y in training mode", "mean": "Running mean over the batches",
            "var": "Running variance over the batches", "right": "Right decisions against N",
        },
    ),
    shown_tables=("modes", "frameworks", "checks", "decisions", "steps", "outputs"),
    first_set="train-mode-inference",
    headline=("eval_y", "train_y_mean", "train_y_std", "sign_flips", "running_mean", "running_var"),
    look_for="In eval mode x has one output; in training mode as many as there are sets of companions. Take fewer "
    "companions and watch the bars spread; take x alone and all that is left is β. Then give the population a drift.",
    actions=actions,
)  # fmt: skip
