"""Why does the same input give different outputs, and what do the running statistics do?"""  # noqa: D400 - a question

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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
    ema_lag,
    half_life,
    initial_weight,
    precise_stats,
)
from bnsim.engine.arrays import Array
from bnsim.engine.closed_forms import companion_noise, x_hat_std
from bnsim.errors import InputError
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.terms import number

TEST_IMAGES = 450
PRECISE_BATCHES = 100
"""Precise statistics are pooled over so many fresh batches."""

MOST_DRAWN, MOST_COMPANIONS, SLOW = 25_000_000, 4_000_000, 3_000_000
"""Values that training may draw; values that the companion sets may hold; from where on it takes a while."""

BINS, STEPS_DRAWN = 41, 200
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
        float,
        Field(ge=0, le=1),
        Control(
            "Momentum", symbol="m",
            choices={0.0: "the framework's own", 0.1: "0.1", 0.01: "0.01", 0.001: "0.001", 1.0: "1 · last batch only"},
            help="Weight of the new batch. Keras, Flax, ONNX, Paddle quote the weight of the old: their 0.99 is 0.01.",
        ),
    ] = 0.0  # fmt: skip
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
        float,
        Field(ge=0, le=1),
        Control(
            "Epsilon", symbol="ε",
            choices={0.0: "the framework's own", 1e-5: "1e-5 · PyTorch", 1e-3: "1e-3 · Keras", 1e-12: "1e-12"},
            help="Added to the variance under the root.",
        ),
    ] = 0.0  # fmt: skip
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
        return self.momentum or self.rule.momentum

    @property
    def used_eps(self) -> float:
        """The constant under the root: the one set, else the framework's."""
        return self.eps or self.rule.eps

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
        """Yield what several parameters together must obey, and what is special about 0."""
        if 0 < self.momentum < 1e-6:
            yield ("momentum",), f"momentum must be 0 (the framework's own) or at least 1e-06; got {self.momentum:g}."
        if 0 < self.eps < 1e-12:
            yield ("eps",), f"eps must be 0 (the framework's own) or at least 1e-12; got {self.eps:g}."
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
    """A distribution as points with probabilities; both shape (K, L), the points rising along the first axis."""

    points: Array
    shares: Array

    @cached_property
    def mean(self) -> float:
        """Its mean."""
        return float(np.sum(self.shares * self.points))

    @cached_property
    def std(self) -> float:
        """Its standard deviation."""
        return math.sqrt(float(np.sum(self.shares * np.square(self.points - self.mean))))

    @cached_property
    def kurtosis(self) -> float:
        """Its fourth moment over the squared variance; 3 for a normal distribution, and for no spread at all."""
        if self.std == 0:
            return 3.0
        return float(np.sum(self.shares * np.square(np.square((self.points - self.mean) / self.std))))

    def share(self, chosen: Array) -> float:
        """Return the probability of the chosen points, a mask of shape (K, L)."""
        return min(float(np.sum(self.shares, where=chosen)), 1.0)

    def counted(self, edges: Array) -> Array:
        """Return the probability of each bin, shape (len(edges) - 1,), interpolated between neighbouring points."""
        until = np.cumsum(self.shares, axis=0) - self.shares / 2
        columns = zip(self.points.T, until.T, self.shares.sum(axis=0), strict=True)
        below = sum(np.interp(edges, points, shares, left=0.0, right=total) for points, shares, total in columns)
        return np.diff(below)


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
    def flips(self) -> tuple[float, float]:
        """Share of companion sets with y on the other side of 0 than in eval mode: simulated, and by the law."""
        on = output(self.params, self.running) > 0
        return float(np.mean((self.y > 0) != on)), self.law.share((self.law.points > 0) != on)


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
        running = running.update(batch, convention=p.rule, momentum=p.momentum or None)
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


def cells(low: float, high: float, count: int) -> tuple[Array, Array]:
    """Return middles and widths of cells from low to high, each shape (count,); they crowd about 0 if it is there."""
    if low > 9 or high < -9:
        width = (high - low) / count
        return low + width * (np.arange(count) + 0.5), np.full(count, width)
    left, right = (math.copysign(math.sqrt(abs(end)), end) for end in (low, high))
    width = (right - left) / count
    root = left + width * (np.arange(count) + 0.5)
    return root * np.abs(root), 2 * width * np.abs(root)


def companion_law(z: float, size: int, eps: float) -> Law:
    """Return the law of x_hat of a value z among size - 1 standard normal companions, by numerical integration.

    With n companions of mean m and biased variance s², independent of each other (m is normal with variance 1 / n,
    n s² is chi-squared with n - 1 degrees of freedom), the batch of n + 1 has

        x - mean = (z - m) n / (n + 1)    and    var = s² n / (n + 1) + (z - m)² n / (n + 1)².

    Midpoint rule over z - m and over the root of n s², 8 and 6 standard deviations to either side. For few companions
    x_hat all but jumps where both are near 0; the cells are small there.
    """
    n = size - 1
    if n == 0:
        return Law(np.zeros((1, 1)), np.ones((1, 1)))
    u = z * math.sqrt(n)
    # Far out, z - m would swallow the digits of m.
    gap, width = cells(u - 8, u + 8, 400) if abs(u) < 1e6 else (np.full(1, u), np.ones(1))
    near = width * np.exp(-((gap - u) ** 2) / 2)
    chi, of_chi = np.zeros(1), np.ones(1)
    if n > 1:
        middle = math.sqrt(n - 1)
        chi, width = cells(max(middle - 6, 0.0), middle + 6, 80)
        exponent = (n - 2) * np.log(chi) - chi**2 / 2
        of_chi = width * np.exp(exponent - exponent.max())
    distance = gap[:, None] / math.sqrt(n)
    var = chi**2 / size + distance**2 * (n / size**2)
    x_hat = distance * (n / size) / np.sqrt(var + eps)
    shares = near[:, None] * of_chi
    return Law(x_hat, shares / shares.sum())


def output_law(p: TrainEvalParams, size: int, *, alike: bool = False) -> Law:
    """Return the exact law of y = γ x̂ + β of the tracked x in training mode, in batches of that size.

    `alike`: the companions are of its own class, spread as the population is, but about x.
    """
    law = companion_law(0.0 if alike else p.z, size, p.used_eps / p.std**2)
    rising = slice(None, None, -1 if p.gamma < 0 else 1)
    return Law((p.gamma * law.points + p.beta)[rising], law.shares[rising])


def among_companions(p: TrainEvalParams, size: int, rng: np.random.Generator) -> Array:
    """Return y of the tracked x in training mode, shape (companion_sets,), each time with other companions."""
    batches = p.center + p.std * rng.standard_normal((size, p.companion_sets))
    batches[0] = p.x
    y: Array = batch_norm(batches, p.gamma, p.beta, eps=p.used_eps).y[0]
    return y


def signs(p: TrainEvalParams, eval_y: float, rng: np.random.Generator) -> tuple[Share, ...]:
    """Return how often y has the sign of eval mode, by the size of the batch: simulated, and by the exact laws."""
    on = eval_y > 0
    known = [Share("eval mode", size, 1.0) for size in SIZES]
    simulated = []
    for size in SIZES:
        share = kept(output_law(p, size), eval_y)
        found = float(np.mean((among_companions(p, size, rng) > 0) == on))
        spread = math.sqrt(share * (1 - share))
        simulated.append(Share("random companions", size, found, spread / math.sqrt(p.companion_sets), spread))
    alike = [Share("class-sorted companions", size, kept(output_law(p, size, alike=True), eval_y)) for size in SIZES]
    exactly = [Share(EXACT_LAW, size, kept(output_law(p, size), eval_y)) for size in SIZES]
    return (*known, *simulated, *alike, *exactly)


def kept(law: Law, eval_y: float) -> float:
    """Return the share of outputs that are on the same side of 0 as in eval mode."""
    return law.share((law.points > 0) == (eval_y > 0))


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
        return Share(series, 1, one_by_one()[0])
    found = np.array(accuracies(size, by_class, p.shufflings, p.seed))
    spread = float(found.std(ddof=1))
    return Share(series, size, float(found.mean()), spread / math.sqrt(p.shufflings), spread)


def digits(p: TrainEvalParams) -> tuple[Share, ...]:
    """Return how many of the test digits are read right: in eval mode, and among companions of two kinds."""
    known = [Share("eval mode", size, accuracy_in_eval_mode()) for size in SIZES]
    return (*known, *(digits_read(p, size, by_class=kind) for kind in (False, True) for size in SIZES))


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


def operand(value: float) -> str:
    """Return a number as it stands inside a formula: negative ones in brackets."""
    return f"({short(value)})" if value < 0 else short(value)


def give_or_take(value: float, error: float, whose: str) -> str:
    """Return a simulated number with its standard error, and what that is the error of."""
    return f"{short(value)} ± {number(error, 2)} (standard error of {whose})"


def std_error(spread: float, kurtosis: float, count: int) -> float:
    """Return the standard error of a standard deviation estimated from n draws: std √((κ − 1) / n + 2 / n (n − 1)) / 2.

    The first order of the root of the unbiased variance.
    """
    return spread / 2 * math.sqrt(max(kurtosis - 1, 0.0) / count + 2 / (count * (count - 1)))


def share_error(share: float, count: int) -> float:
    """Return the standard error of a share estimated from `count` draws."""
    return math.sqrt(share * (1 - share) / count)


def first_order_std(p: TrainEvalParams) -> float:
    """Return the spread of y over companions to the first order in 1 / M, |γ| √((1 + z² / 2) / M); NaN without any."""
    if p.inference_size == 1:
        return math.nan
    return abs(p.gamma) * x_hat_std(p.std**2, p.used_eps) * companion_noise(p.z, p.inference_size)


def lag(p: TrainEvalParams) -> float | None:
    """Return how far the running mean stays behind a population that moves; None if it does not come to that."""
    return ema_lag(p.new_weight, p.drift) if p.drift and p.new_weight and not p.unmoved else None


def memory(p: TrainEvalParams) -> tuple[tuple[float, str], tuple[float, str]]:
    """Return half-life and weight of the start, each with its statement."""
    m, t = p.new_weight, p.steps
    if p.unmoved:
        return (math.inf, "Paddle leaves its statistics alone when a batch holds one value"), (1.0, "nothing came in")
    if m is None:
        return (
            (float(t), f"a plain average: a batch weighs 1 / t = 1 / {t}, half as much after {t} more"),
            (0.0, "the first batch replaces the start"),
        )
    whose = "as set" if p.momentum else f"{p.rule.framework}'s own"
    return (
        (half_life(m), f"ln ½ / ln(1 − m) batches with m = {short(m)}, {whose}"),
        (initial_weight(m, t), f"(1 − m)^t = {short(1 - m)}^{t}, what the start, mean 0 and variance 1, still counts"),
    )


def alone(rule: Convention, p: TrainEvalParams) -> tuple[float, str]:
    """Return y of x alone in training mode as a framework has it, NaN if it refuses; and what it does."""
    try:
        moved = RunningStats.start(1).update(BatchStats(np.array([p.x]), np.zeros(1), 1), convention=rule)
    except InputError:
        return math.nan, REFUSAL
    if moved.batches == 0:
        return p.x, "hands x through unchanged; running statistics stay"
    y = float(batch_norm([p.x], p.gamma, p.beta, eps=p.used_eps).y[0])
    return y, "x̂ = 0, so y = β whatever x is; a variance of 0 is averaged in"


def running_readouts(o: Outcome, which: str, at: int) -> tuple[Readout, Readout]:
    """Return a running statistic and its bias, with what theory expects and what the repeats found."""
    p, value = o.params, o.running[at]
    others = getattr(o.stream.ended, which)[1:]
    expected, spread = float(getattr(o.theory, which)[-1]), float(getattr(o.theory, f"{which}_std")[-1])
    found = give_or_take(float(others.mean()), spread / math.sqrt(others.size), f"{others.size} repeats")
    behind = lag(p) if which == "mean" else None
    why = "" if behind is None else f", of which lag −v (1 − m) / m = {short(-behind)}"
    difference = f"{short(value)} − {operand(o.population[at])}"
    return (
        Readout(
            f"running_{which}", value,
            f"theory: {short(expected)}, give or take {short(spread)}; mean of repeated trainings {found}",
        ),
        Readout(
            f"running_{which}_bias", value - o.population[at],
            f"running − population = {difference}; expected {short(expected - o.population[at])}{why}",
        ),
    )  # fmt: skip


def output_readout(o: Outcome, key: str, which: str, statistics: tuple[float, float]) -> Readout:
    """Return an output with given statistics, and the formula with its numbers."""
    p, (mean, var) = o.params, statistics
    return Readout(
        key, output(p, statistics),
        f"{which}: γ (x − mean) / √(var + ε) + β = {short(p.gamma)} · ({short(p.x)} − {operand(mean)}) / "
        f"√({short(var)} + {short(p.used_eps)}) + {operand(p.beta)}",
    )  # fmt: skip


def companion_readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return mean, spread and sign flips of the output in training mode."""
    p, count, whose = o.params, o.params.companion_sets, f"{o.params.companion_sets} sets"
    mean, std, (flips, exactly) = float(o.y.mean()), float(o.y.std()), o.flips
    first = f"to first order |γ| √((1 + z² / 2) / M) = {short(first_order_std(p))} with z = {short(p.z)}"
    first = "there are none" if p.inference_size == 1 else first
    return (
        Readout(
            "train_y_mean", mean,
            f"with {p.inference_size - 1} companions; exact law {short(o.law.mean)}; "
            f"simulated {give_or_take(mean, o.law.std / math.sqrt(count), whose)}",
        ),
        Readout(
            "train_y_std", std,
            f"exact law {short(o.law.std)}; {first}; "
            f"simulated {give_or_take(std, std_error(o.law.std, o.law.kurtosis, count), whose)}",
        ),
        Readout(
            "sign_flips", flips,
            f"exact law {short(exactly)}; simulated {give_or_take(flips, share_error(exactly, count), whose)}",
        ),
    )  # fmt: skip


def decision_readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return the share of right decisions: among random companions, among those of one class, in eval mode."""
    p, eval_y = o.params, output(o.params, o.running)
    if p.decision == "sign":
        alike = kept(output_law(p, p.inference_size, alike=True), eval_y)
        return (
            Readout("right_in_training", 1 - o.flips[0], "companion sets in which y has the sign of eval mode"),
            Readout("right_class_sorted", alike, "exact law: companions spread about x itself, as if of its own class"),
            Readout("right_in_eval", 1.0, "the sign of eval mode is what training mode is held against"),
        )
    kinds = [digits_read(p, p.inference_size, by_class=kind) for kind in (False, True)]
    said = [give_or_take(each.share, each.standard_error, f"{p.shufflings} shufflings") for each in kinds]
    of = f"of {TEST_IMAGES} digits read right in batches of {p.inference_size}"
    return (
        Readout("right_in_training", kinds[0].share, f"{of}, random companions: {said[0]}"),
        Readout("right_class_sorted", kinds[1].share, f"{of}, sorted by class: {said[1]}"),
        Readout("right_in_eval", accuracy_in_eval_mode(), f"of {TEST_IMAGES} digits the network was not trained on"),
    )


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return the output in every mode, the running statistics, and how often training mode decides otherwise."""
    p = o.params
    mean, mean_bias = running_readouts(o, "mean", 0)
    var, var_bias = running_readouts(o, "var", 1)
    half, left = memory(p)
    lonely, what = alone(p.rule, p)
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
        Readout("alone_y", "refused" if math.isnan(lonely) else lonely, f"{p.rule.framework}: {what}"),
        *decision_readouts(o),
    )


def notes(o: Outcome) -> tuple[str, ...]:
    """Return what a reader must know about this very setting."""
    p, left, behind = o.params, memory(o.params)[1][0], lag(o.params)
    found = []
    if left > 0.01:
        found.append(
            f"After {p.steps} batches the start, mean 0 and variance 1, still has {number(100 * left, 3)} % of the "
            "weight: eval mode is not to be trusted yet."
        )
    if behind is not None:
        found.append(
            f"The population moves by {short(p.drift)} a batch; in the long run the running mean is behind by "
            f"v (1 − m) / m = {short(behind)}."
        )
    if p.batch_size == 1:
        found.append(
            "Training on one value per channel: Paddle keeps its start; the others average in a variance of 0, so the "
            "running variance falls towards 0 and eval mode multiplies by up to 1 / √ε."
        )
    if p.inference_size == 1:
        found.append(
            f"One example alone in training mode: its batch mean is itself, so x̂ = 0 and y = β = {short(p.beta)}, "
            "whatever x is. It collapses, it does not diverge; PyTorch refuses it, Paddle hands x through."
        )
    if p.inference_size == 2:
        found.append("A batch of two: x̂ is 1 or −1, but for ε. All that is left is which of the two is larger.")
    if p.decision == "digits":
        accuracy, difference = one_by_one()
        found.append(
            f"One image at a time in training mode, all {TEST_IMAGES} get the same ten scores, but for rounding "
            f"({short(difference)}), so all are read as the same digit: accuracy {short(accuracy)}."
        )
        found.append("One network and 450 test images: the upright lines show the luck of the companions only.")
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
    rows.append(("alone", p.x, 0.0, float(batch_norm([p.x], p.gamma, p.beta, eps=p.used_eps).y[0]), 0.0))
    rows.append(("training mode", math.nan, math.nan, float(o.y.mean()), float(o.y.std())))
    return pd.DataFrame(rows, columns=["mode", "mean", "var", "y", "spread"])


def frameworks_table(o: Outcome) -> pd.DataFrame:
    """Return what every framework averages and does with x alone in training mode; y is NaN where it refuses."""
    return pd.DataFrame(
        [
            (
                rule.framework, quoted(rule), math.nan if rule.momentum is None else rule.momentum,
                "unbiased" if rule.unbiased else "biased", rule.eps, *alone(rule, o.params),
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
    p, law, theory, exactly = o.params, o.law, o.theory, o.flips[1]
    means, variances = o.stream.ended.mean[1:], o.stream.ended.var[1:]
    pooled, mean_std, var_std = PRECISE_BATCHES * p.batch_size, float(theory.mean_std[-1]), float(theory.var_std[-1])
    rows = [
        ("running_mean", theory.mean[-1], means.mean(), mean_std / math.sqrt(p.repeats)),
        ("running_mean_std", mean_std, means.std(ddof=1), std_error(mean_std, 3, p.repeats)),
        ("running_var", theory.var[-1], variances.mean(), var_std / math.sqrt(p.repeats)),
        ("running_var_std", var_std, variances.std(ddof=1), std_error(var_std, theory.var_kurtosis, p.repeats)),
        ("precise_mean", p.center, o.pooled[0], p.std / math.sqrt(pooled)),
        ("precise_var", p.std**2 * (pooled - 1) / pooled, o.pooled[1], p.std**2 * math.sqrt(2 / pooled)),
        ("train_y_mean", law.mean, o.y.mean(), law.std / math.sqrt(p.companion_sets)),
        ("train_y_std", law.std, o.y.std(ddof=1), std_error(law.std, law.kurtosis, p.companion_sets)),
        ("sign_flips", exactly, o.flips[0], share_error(exactly, p.companion_sets)),
    ]
    frame = pd.DataFrame(rows, columns=["quantity", "closed_form", "simulated", "standard_error"])
    gap, error = frame["simulated"] - frame["closed_form"], frame["standard_error"]
    return frame.assign(apart=(gap / error.where(error > 0)).fillna(0.0))


def decisions_table(o: Outcome) -> pd.DataFrame:
    """Return the share of right decisions by batch size, with two standard errors to either side: low, high."""
    frame = pd.DataFrame([vars(each) for each in o.decisions])
    reach = 2 * frame["standard_error"]
    return frame.assign(low=(frame["share"] - reach).clip(0, 1), high=(frame["share"] + reach).clip(0, 1))


def edges(o: Outcome) -> Array:
    """Return the edges of the bins for outputs: around all that were simulated, and four widths of the law."""
    law, reach = o.law, 4 * o.law.std
    low = min(o.y.min(), max(law.mean - reach, law.points.min()))
    high = max(o.y.max(), min(law.mean + reach, law.points.max()))
    room = max((high - low) / BINS, 1e-6 * max(abs(low), abs(high), 1.0))
    return np.linspace(low - room, high + room, BINS + 1)


def outputs_table(o: Outcome) -> pd.DataFrame:
    """Return the outputs in training mode, counted: left, right, share (simulated), law (exact)."""
    at = edges(o)
    counted, _ = np.histogram(o.y, at)
    return pd.DataFrame({"left": at[:-1], "right": at[1:], "share": counted / o.y.size, "law": o.law.counted(at)})


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
    marks = modes.loc[modes["mode"] != "training mode", ["mode", "y"]].rename(columns={"mode": "what"})
    law = pd.DataFrame({"y": (outputs["left"] + outputs["right"]) / 2, "share": outputs["law"]})
    center, reach = y["population"], float(found["settings"]["first_order"][0])
    top = 1.06 * max(outputs["share"].max(), outputs["law"].max())
    width = pd.DataFrame({"low": [center - reach], "high": [center + reach], "share": [top]})
    said = "; ".join(f"{mode} {short(y[mode])}" for mode in marks["what"])
    return Figure(
        "companions",
        "One input, many companions",
        "Bars: y of the same x in training mode, each time among other companions; curve: the exact law; the thick "
        "bar above them: one standard deviation to either side, to first order. Upright lines: outputs that depend "
        "on no companion.",
        "A histogram of the output of one input in training mode over many sets of companions, with the outputs of "
        "eval mode, of frozen and precise statistics, and of x alone as upright lines.",
        f"In training mode y is {short(y['training mode'])} on average, with a standard deviation of "
        f"{short(spread['training mode'])} over companion sets. Without companions: {said}.",
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
        "curves", "series", "x", "y", x_title="y, batches seen, or size of the batch", y_title="as chosen above",
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
