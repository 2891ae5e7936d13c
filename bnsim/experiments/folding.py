"""Can inference skip batch norm altogether?"""  # noqa: D400 - a question

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike
from pydantic import Field

from bnsim.charts.folding import (
    MODES,
    TIMES,
    VARIANTS,
    bias_template,
    costs_template,
    drift_template,
    outputs_template,
)
from bnsim.charts.template import Figure
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm, batch_norm_backward, batch_norm_eval
from bnsim.engine.normalization.folding import FoldedLayer, conv2d, fold_conv, fold_linear
from bnsim.engine.theory.closed_forms import relu_moments
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.text import number, operands

MOST_MULTIPLY_ADDS = 5_000_000
MOST_VALUES = 100_000
SLOW_MULTIPLY_ADDS = 1_000_000
POINTS = 150
"""So many outputs of each variant are drawn."""

BIASES = tuple(10.0**power for power in range(-3, 7))
FLOOR = 1e-18
"""A logarithmic axis has no 0: it is drawn here."""

TIMING_SECONDS, FEWEST_PAIRS, MOST_PAIRS = 0.15, 5, 51
CONV = ("layer", ("conv",))


class FoldingParams(Params):
    """A linear or convolutional layer, the batch norm after it, and a batch that may have drifted."""

    layer: Annotated[
        Literal["conv", "linear"],
        Control(
            "The layer", choices={"conv": "Convolution, then batch norm", "linear": "Linear, then batch norm"},
            help="What stands before batch norm. The convolution has stride 1 and no padding.",
        ),
    ] = "conv"  # fmt: skip
    inputs: Annotated[
        int,
        Field(ge=1, le=256),
        Control("Inputs", symbol="C_in", slider=(1, 64, 1), help="Features, or channels, that the layer receives."),
    ] = 8
    outputs: Annotated[
        int,
        Field(ge=1, le=256),
        Control("Outputs", symbol="C_out", slider=(1, 64, 1), help="Features, or channels, that it returns."),
    ] = 16
    groups: Annotated[
        int,
        Field(ge=1, le=256),
        Control(
            "Groups", symbol="G", slider=(1, 64, 1), when=CONV,
            help="Each group of outputs sees its own group of inputs. As many groups as inputs is depthwise.",
        ),
    ] = 1  # fmt: skip
    kernel: Annotated[
        int,
        Field(ge=1, le=7),
        Control("Kernel size", symbol="k", slider=(1, 7, 1), when=CONV, help="Height and width of the kernel."),
    ] = 3
    size: Annotated[
        int,
        Field(ge=1, le=32),
        Control("Image size", symbol="H", slider=(1, 32, 1), when=CONV, help="Height and width of the images."),
    ] = 8
    batch_size: Annotated[
        int,
        Field(ge=1, le=4096),
        Control("Batch size", symbol="N", slider=(1, 128, 1), help="How many examples go through the layer at once."),
    ] = 8
    shift: Annotated[
        float,
        Field(ge=-1000, le=1000),
        Control(
            "Batch shift", symbol="d", slider=(-3, 3, 0.05),
            help="By how many running stds the mean of what arrives lies above the running mean.",
        ),
    ] = 0.5  # fmt: skip
    spread: Annotated[
        float,
        Field(ge=0.01, le=100),
        Control(
            "Batch spread", symbol="r", slider=(0.05, 3, 0.05),
            help="The std of what arrives over the running std. 1 is no drift.",
        ),
    ] = 1.5  # fmt: skip
    bias: Annotated[
        float,
        Field(ge=-1e6, le=1e6),
        Control(
            "Bias before batch norm", symbol="b", slider=(-10, 10, 0.05),
            help="The bias of every output of the layer. 0 is a layer without one.",
        ),
    ] = 1.0  # fmt: skip
    gamma: Annotated[
        float,
        Field(ge=-1000, le=1000),
        Control("Scale", symbol="γ", slider=(-3, 3, 0.05), help="The scale of batch norm, for every output."),
    ] = 1.0
    beta: Annotated[
        float,
        Field(ge=-1000, le=1000),
        Control("Shift", symbol="β", slider=(-5, 5, 0.05), help="The shift of batch norm, for every output."),
    ] = 0.0
    eps: Annotated[
        float,
        Field(gt=0, le=1),
        Control(
            "Epsilon", symbol="ε", choices={1e-5: "1e-5 · PyTorch", 1e-3: "1e-3 · Keras", 1e-12: "1e-12"},
            help="Added to the variance under the root. Any value above 0 and up to 1 may be typed.",
        ),
    ] = 1e-5  # fmt: skip
    seed: Annotated[
        int,
        Field(ge=0, le=2**32 - 1),
        Control("Seed", help="Of the weights and of the batch. The same seed always gives the same draw."),
    ] = 0
    timing: Annotated[
        Literal["off", "on"],
        Control(
            "Time it", choices={"off": "No", "on": "Yes, on this machine"},
            help="Measure both ways on the machine that runs bnsim; takes a moment, and gives other times at each run.",
        ),
    ] = "off"  # fmt: skip

    @property
    def side(self) -> int:
        """Height and width of the output; a linear layer has one position."""
        return self.size - self.kernel + 1 if self.layer == "conv" else 1

    @property
    def fan_in(self) -> int:
        """How many products each output is a sum of."""
        return self.inputs // self.groups * self.kernel**2 if self.layer == "conv" else self.inputs

    @property
    def x_shape(self) -> tuple[int, ...]:
        """Shape of the batch that arrives."""
        images = (self.size, self.size) if self.layer == "conv" else ()
        return (self.batch_size, self.inputs, *images)

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weight, in PyTorch's layout."""
        kernel = (self.inputs // self.groups, self.kernel, self.kernel) if self.layer == "conv" else (self.inputs,)
        return (self.outputs, *kernel)

    @property
    def count(self) -> int:
        """How many values each output channel has: those that share one mean and variance."""
        return self.batch_size * self.side**2

    @property
    def independent(self) -> int:
        """How many of them are independent for certain: windows that do not overlap."""
        return self.batch_size * (max(self.side // self.kernel, 1) ** 2 if self.layer == "conv" else 1)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of the layer alone."""
        return self.count * self.outputs * self.fan_in

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what two parameters together must obey."""
        shape: tuple[str, ...] = ("inputs", "outputs", "batch_size")
        if self.layer == "conv":
            shape = (*shape, "kernel", "size")
            if self.kernel > self.size:
                yield ("kernel", "size"), f"kernel must be at most size, {self.size}; got {self.kernel}."
                return
            if self.inputs % self.groups or self.outputs % self.groups:
                common = math.gcd(self.inputs, self.outputs)
                fitting = ", ".join(str(each) for each in range(1, common + 1) if common % each == 0)
                yield (
                    ("groups", "inputs", "outputs"),
                    f"groups must divide the {self.inputs} inputs and the {self.outputs} outputs; got {self.groups}. "
                    f"Take one of {fitting}.",
                )
                return
        if self.count < 2:
            yield (
                ("batch_size", *shape[3:]),
                "batch_size must be at least 2 when an example has one value per output; got 1, which has no spread.",
            )
        if self.multiply_adds > MOST_MULTIPLY_ADDS:
            yield (
                shape,
                f"{', '.join(shape)} must ask for at most {MOST_MULTIPLY_ADDS} multiply-adds; "
                f"got {self.multiply_adds}. Take a smaller batch_size, or fewer inputs or outputs.",
            )
        values = max(math.prod(self.x_shape), self.count * self.outputs)
        if values > MOST_VALUES:
            yield (
                shape,
                f"{', '.join(shape)} must ask for at most {MOST_VALUES} values in and out; got {values}. "
                "Take a smaller batch_size, or fewer inputs or outputs.",
            )


@dataclass(frozen=True, eq=False)
class Norm:
    """Batch norm in eval mode: running statistics of shape (C_out,), scale, shift, eps."""

    mean: Array
    var: Array
    gamma: float
    beta: float
    eps: float

    @property
    def scale(self) -> Array:
        """The factor of each output, gamma / sqrt(var + eps), shape (C_out,)."""
        return np.asarray(self.gamma / np.sqrt(self.var + self.eps))

    def __call__(self, z: Array) -> Array:
        """Return the output in eval mode, the shape and dtype of z."""
        return batch_norm_eval(z, self.mean, self.var, self.gamma, self.beta, eps=self.eps)

    def fold(self, weight: Array, bias: Array) -> FoldedLayer:
        """Return the layer that does the work of both."""
        fold = fold_linear if weight.ndim == 2 else fold_conv
        return fold(weight, bias, self.mean, self.var, self.gamma, self.beta, eps=self.eps)


@dataclass(frozen=True, eq=False)
class Outcome:
    """A layer with batch norm as training left it, and a batch.

    `x` is independent standard normal and there is no padding, so that every output is normal with mean b and the std
    that `std`, shape (C_out,), says: the norm of its weights. `dy` is a gradient that arrives from above.
    """

    params: FoldingParams
    weight: Array
    bias: Array
    std: Array
    norm: Norm
    x: Array
    dy: Array

    def layer(self, weight: Array, bias: Array | None = None, x: Array | None = None) -> Array:
        """Return what the linear or convolutional layer makes of x, by default the batch."""
        return apply(self.params, self.x if x is None else x, weight, bias)

    @cached_property
    def plain(self) -> Array:
        """The layer's output without its bias."""
        return self.layer(self.weight)

    @cached_property
    def z(self) -> Array:
        """The layer's output: what batch norm receives."""
        return self.plain + self.params.bias

    @cached_property
    def unbiased(self) -> tuple[Array, Array]:
        """The output without the bias, in training and in eval mode."""
        return training(self.params, self.plain), self.norm(self.plain)

    @cached_property
    def trained(self) -> Array:
        """The output of batch norm in training mode."""
        return training(self.params, self.z)

    @cached_property
    def relu_norm(self) -> Norm:
        """Batch norm after a ReLU, with the exact statistics of the rectified outputs."""
        b = self.params.bias
        # Far above 0 the ReLU does nothing, and the difference of two moments would lose its digits.
        found = [(b, s**2) if b > 8 * s else (m.mean, max(m.var, 0)) for s in self.std for m in [relu_moments(b, s)]]
        mean, var = np.transpose(found)
        return replace(self.norm, mean=mean, var=var)

    @cached_property
    def pairs(self) -> dict[str, tuple[Array, Array]]:
        """What is right, and what the folded layer makes of it, by variant."""
        one = self.folded(self.norm)
        across = relu(self.folded(self.relu_norm))
        found = ((self.norm(self.z), one), (self.trained, one), (self.relu_norm(relu(self.z)), across))
        return dict(zip(VARIANTS, found, strict=True))

    @cached_property
    def single(self) -> tuple[Array, Array]:
        """Two layers and one in eval mode, all in float32."""
        x, weight, bias = (array.astype(np.float32) for array in (self.x, self.weight, self.bias))
        folded = self.norm.fold(weight, bias)
        return self.norm(self.layer(weight, bias, x)), self.layer(folded.weight, folded.bias, x)

    @cached_property
    def times(self) -> Array:
        """Seconds of two layers and of one, shape (pairs, 2), measured when first asked for; no pairs if not wanted."""
        return measure(*both_ways(self)) if self.params.timing == "on" else np.empty((0, 2))

    @cached_property
    def sizes(self) -> Array:
        """The sum of |weight| |x| for each value, which bounds what its rounding can be."""
        return self.layer(np.abs(self.weight), None, np.abs(self.x))

    def folded(self, norm: Norm) -> Array:
        """Return what the folded layer makes of the batch."""
        found = norm.fold(self.weight, self.bias)
        return self.layer(found.weight, found.bias)

    def rounding(self, norm: Norm, dtype: DTypeLike = np.float64) -> float:
        """Return by how much rounding alone can part the two: a bound, not an estimate.

        A sum of K products errs by at most K roundings of the sum of their sizes (Higham 2002, section 3.1), and each
        of the two ways rounds at most 8 times more. Numbers below the smallest normal one are rounded to a multiple of
        the smallest there is.
        """
        offset = abs(self.params.bias) + np.abs(norm.mean)
        distance = self.sizes + wide(offset, self.sizes)  # at least |z - mean|
        largest = np.max(wide(np.abs(norm.scale), self.sizes) * distance)
        roundings = 2 * (self.params.fan_in + 8)
        unit, step = np.finfo(dtype).eps / 2, np.finfo(dtype).smallest_subnormal
        # A step of the scale is multiplied by that distance, one of a folded weight by x.
        steps = 1 + np.max(np.abs(self.x)) + np.max(distance)
        return float(roundings * (unit * (largest + abs(norm.beta)) + float(step) * steps))


def apply(p: FoldingParams, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return the layer's output for x of shape (N, C_in) or (N, C_in, H, W)."""
    if p.layer == "conv":
        return conv2d(x, weight, bias, groups=p.groups)
    y: Array = x @ weight.T
    return y if bias is None else y + bias


def training(p: FoldingParams, z: Array) -> Array:
    """Return batch norm of z in training mode."""
    return batch_norm(z, p.gamma, p.beta, eps=p.eps).y


def relu(z: Array) -> Array:
    """Return max(z, 0)."""
    return np.maximum(z, 0)


def wide(per_output: Array, like: Array) -> Array:
    """Return one number per output, shape (C_out,), so that it stands beside values of shape (N, C_out, ...)."""
    return per_output.reshape((-1,) + (1,) * (like.ndim - 2))


def largest(difference: Array) -> float:
    """Return the largest absolute value."""
    return float(np.max(np.abs(difference)))


def rms(difference: Array) -> float:
    """Return the root mean square; squares are taken of fractions of the largest, so that none overflows."""
    most = largest(difference)
    return most * math.sqrt(float(np.mean((difference / most) ** 2))) if most else 0.0


def run(params: FoldingParams) -> Outcome:
    """Draw a layer and a batch; the running statistics lie where `shift` and `spread` say."""
    p, rng = params, np.random.default_rng(params.seed)
    weight = rng.standard_normal(p.weight_shape) / math.sqrt(p.fan_in)
    x = rng.standard_normal(p.x_shape)
    dy = rng.standard_normal((p.batch_size, p.outputs, *(p.side,) * (len(p.x_shape) - 2)))
    std = np.sqrt(np.sum(weight.reshape(p.outputs, -1) ** 2, axis=1))
    running = std / p.spread
    norm = Norm(p.bias - p.shift * running, running**2, p.gamma, p.beta, p.eps)
    return Outcome(p, weight, np.full(p.outputs, p.bias), std, norm, x, dy)


def both_ways(o: Outcome) -> tuple[Callable[[], Array], Callable[[], Array]]:
    """Return the two layers, and the one, as calls on the same float32 batch."""
    x, weight, bias = (array.astype(np.float32) for array in (o.x, o.weight, o.bias))
    before = bias if o.params.bias else None
    folded = o.norm.fold(weight, bias)
    return lambda: o.norm(o.layer(weight, before, x)), lambda: o.layer(folded.weight, folded.bias, x)


def measure(two: Callable[[], Array], one: Callable[[], Array]) -> Array:
    """Return seconds, shape (pairs, 2), of two calls that take turns, each first every other time.

    5 to 51 pairs, and after 0.15 s no more than are needed.
    """
    calls: tuple[Callable[[], Array], ...] = (two, one)
    found: list[list[float]] = []
    for call in calls:  # the first call finds cold caches
        call()
    end = time.perf_counter() + TIMING_SECONDS
    while len(found) < MOST_PAIRS and (len(found) < FEWEST_PAIRS or time.perf_counter() < end):
        pair = [0.0, 0.0]
        for which in (0, 1) if len(found) % 2 else (1, 0):
            start = time.perf_counter()
            calls[which]()
            pair[which] = time.perf_counter() - start
        found.append(pair)
    return np.array(found)


def expected_drift(o: Outcome, shift: float) -> float:
    """Return the root mean square difference in training mode to expect, for independent values.

    |gamma| sqrt(d**2 + r**2 + 1 - 2 r c) with c = E[s / sigma], s the std of n = N H W values, and what eps takes off
    at the two stds. Derivation: per output the mean square is gamma**2 ((s / running - 1)**2 + ((m - running mean) /
    running)**2), m and s independent, E[(m - mean)**2] = sigma**2 / n and E[s**2] = (1 - 1 / n) sigma**2.
    """
    p, n = o.params, o.params.count
    c = math.sqrt(2 / n) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))
    kept, own = (np.sqrt(var / (var + p.eps)) for var in (o.norm.var, o.std**2))
    square = kept**2 * (shift**2 + p.spread**2) + own**2 - 2 * kept * own * p.spread * c
    return abs(p.gamma) * math.sqrt(float(np.mean(square)))


def drift_error(o: Outcome) -> float:
    """Return the standard error of the mean square difference of one batch over gamma**2, to leading orders in 1 / n.

    Outputs of one group see the same inputs: with G the cosines between their weights, the variance is
    sum(4 d**2 r**2 G / n + 2 (r - 1)**2 r**2 G**2 / n + r**4 (2 G**2 + G**4 / 2) / n**2) / C_out**2, from the
    variances of the batch mean and std; n counts windows that do not overlap, so it is never too small.
    """
    p, n = o.params, o.params.independent
    groups = p.groups if p.layer == "conv" else 1
    unit = (o.weight.reshape(p.outputs, -1) / o.std[:, None]).reshape(groups, p.outputs // groups, -1)
    cosine = unit @ unit.transpose(0, 2, 1)
    one, two, four = (float(np.sum(cosine**power)) for power in (1, 2, 4))
    linear = 4 * p.shift**2 * p.spread**2 * one + 2 * (p.spread - 1) ** 2 * p.spread**2 * two
    return math.sqrt(linear / n + p.spread**4 * (2 * two + four / 2) / n**2) / p.outputs


def relu_share(o: Outcome) -> float:
    """Return the share of outputs that folding across a ReLU gets wrong, for outputs normal with mean b.

    Right is scale relu(z) + c, c = beta - scale mean; folded it is relu(scale z + c). Both are straight between z = 0
    and z = -c / scale: each of the three pieces is equal throughout or wrong almost everywhere.
    """
    scale, b = o.relu_norm.scale, o.params.bias
    c = o.params.beta - scale * o.relu_norm.mean
    with np.errstate(over="ignore"):  # a scale of almost nothing has its kink at infinity
        kinks = np.stack([np.zeros_like(c), np.divide(-c, scale, out=np.zeros_like(c), where=scale != 0)])
        # No normal variable is beyond 40 stds.
        low, high = np.sort(np.clip((kinks - b) / o.std, -40, 40), axis=0)
    below = np.vectorize(lambda t: 0.5 * math.erfc(-t / math.sqrt(2)))
    mass = (below(low), below(high) - below(low), 1 - below(high))
    room = o.rounding(o.relu_norm)
    wrong = 0.0
    for piece, share in zip((low - 1, (low + high) / 2, high + 1), mass, strict=True):
        z = b + o.std * piece
        wrong += float(np.mean(share * (np.abs(scale * relu(z) + c - relu(scale * z + c)) > room)))
    return wrong


@dataclass(frozen=True)
class Gap:
    """How far a folded layer is from what is right: measured, what rounding alone can leave, and what is expected."""

    variant: str
    largest: float
    rms: float
    wrong: float
    rounding: float
    expected_rms: float = math.nan
    rms_error: float = math.nan
    expected_wrong: float = math.nan
    wrong_error: float = math.nan


def gaps(o: Outcome) -> tuple[Gap, ...]:
    """Return the gap of each variant; `wrong` is the share of outputs that differ by more than rounding."""
    found = []
    for (variant, (right, folded)), norm in zip(o.pairs.items(), (o.norm, o.norm, o.relu_norm), strict=True):
        gap, room = np.abs(right - folded), o.rounding(norm)
        found.append(Gap(variant, largest(gap), rms(gap), float(np.mean(gap > room)), room))
    expected, share = expected_drift(o, o.params.shift), relu_share(o)
    error = o.params.gamma**2 * drift_error(o) / (2 * expected) if expected else 0.0
    # At most: as if all outputs went wrong together.
    share_error = math.sqrt(max(share * (1 - share), 0.0) / o.params.independent)
    return (
        replace(found[0], expected_rms=0.0, rms_error=0.0, expected_wrong=0.0, wrong_error=0.0),
        replace(found[1], expected_rms=expected, rms_error=error),
        replace(found[2], expected_wrong=share, wrong_error=share_error),
    )


@dataclass(frozen=True)
class Cost:
    """What one quantity is before and after folding, each with the formula and the numbers that make it."""

    quantity: str
    key: str
    before: int
    after: int
    formula_before: str
    formula_after: str


def costs(p: FoldingParams) -> tuple[Cost, ...]:
    """Return parameters, multiply-adds and bytes moved, before and after.

    A bias costs no multiply-add: it is where the sum starts. Batch norm is one per value, scale and offset at hand.
    Each layer reads its input and parameters once and writes its output once, in float32; no cache is counted.
    """
    weights, c, values, x = p.outputs * p.fan_in, p.outputs, p.count * p.outputs, math.prod(p.x_shape)
    bias = c if p.bias else 0
    before, after = weights + bias + 4 * c, weights + c
    with_bias = f" + {c}" if p.bias else ""
    sum_of = f"{values} · {p.fan_in}"
    return (
        Cost(
            "parameters", "parameters", before, after,
            f"weights{' + biases' if p.bias else ''} + γ, β, running mean and var = {weights}{with_bias} + 4 · {c}",
            f"weights + biases = {weights} + {c}",
        ),
        Cost(
            "multiply-adds", "multiply_adds", p.multiply_adds + values, p.multiply_adds,
            f"values · products + values = {sum_of} + {values}", f"values · products = {sum_of}",
        ),
        Cost(
            "bytes moved", "bytes", 4 * (x + before + 3 * values), 4 * (x + after + values),
            f"4 (x + parameters + 3 · values) = 4 ({x} + {before} + 3 · {values})",
            f"4 (x + parameters + values) = 4 ({x} + {after} + {values})",
        ),
    )  # fmt: skip


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return the folding errors, the two failures, the effect of a bias, the costs, the time ratio."""
    return (*fold_readouts(o), *failure_readouts(o), *bias_readouts(o), *cost_readouts(o), time_readout(o))


def fold_readouts(o: Outcome) -> Iterable[Readout]:
    """Yield the largest difference between two layers and one in eval mode."""
    for row in precision(o):
        yield Readout(
            f"fold_error_{row.dtype}", float(f"{row.difference:.2e}"),  # rounding has no more digits to tell
            f"over {o.z.size} outputs up to {number(row.largest_output, 3)}; "
            f"rounding alone can leave up to {number(row.rounding, 2)}",
        )  # fmt: skip


def failure_readouts(o: Outcome) -> Iterable[Readout]:
    """Yield what goes wrong in training mode and across a ReLU, beside what is expected."""
    _, training_mode, between = gaps(o)
    at_most = "" if o.params.independent == o.params.count else ", at most"
    yield Readout(
        "fold_train_error", training_mode.rms,
        f"expected |γ| √(d² + r² + 1 − 2 r E[s/σ]) = {number(training_mode.expected_rms, 4)} "
        f"± {number(training_mode.rms_error, 2)} (standard error of one batch{at_most})", error=training_mode.rms_error,
    )  # fmt: skip
    level = largest(o.params.beta - o.relu_norm.scale * o.relu_norm.mean)
    bound = f"; never above |β − γ μ / √(var + ε)|, up to {number(level, 4)}" if o.params.gamma > 0 else ""
    yield Readout("fold_relu_error", between.largest, f"layer, ReLU, batch norm against folded layer, ReLU{bound}")
    yield Readout(
        "fold_relu_share", between.wrong,
        f"expected {number(between.expected_wrong, 4)} ± {number(between.wrong_error, 2)} (standard error, at most)",
        error=between.wrong_error,
    )  # fmt: skip


@dataclass(frozen=True)
class BiasEffect:
    """What a bias before batch norm does: largest changes of y, largest gradients of the bias.

    `rounding` is what one rounding of the layer's largest output comes to in y, in training mode.
    """

    train: float
    rounding: float
    eval: float
    train_gradient: float
    eval_gradient: float


def bias_effect(o: Outcome, bias: float) -> BiasEffect:
    """Return what adding a bias to a layer without one does to the outputs, its running statistics left alone."""
    p = o.params
    forward = batch_norm(o.plain + bias, p.gamma, p.beta, eps=p.eps)
    dx = batch_norm_backward(o.dy, forward, p.gamma)[0]
    unit = np.finfo(np.float64).eps / 2
    return BiasEffect(
        largest(forward.y - o.unbiased[0]),
        float(unit * (abs(bias) + largest(o.plain)) * largest(p.gamma * forward.inv_std)),
        largest(o.norm(o.plain + bias) - o.unbiased[1]),
        largest(per_output_sum(dx)),
        largest(o.norm.scale * per_output_sum(o.dy)),
    )


def per_output_sum(values: Array) -> Array:
    """Return the sum over everything but the outputs, shape (C_out,): the gradient of a bias."""
    return np.asarray(values.sum(axis=(0, *range(2, values.ndim))))


def eval_effect(o: Outcome, bias: float) -> float:
    """Return the closed form of a bias in eval mode, |gamma b| / sqrt(var + eps), of the output that it moves most."""
    return abs(bias) * largest(o.norm.scale)


def bias_readouts(o: Outcome) -> Iterable[Readout]:
    """Yield the effect of the bias in training and in eval mode, and its gradient."""
    b, found = o.params.bias, bias_effect(o, o.params.bias)
    yield Readout("bias_train", found.train, f"exactly 0; rounding leaves {number(found.train, 2)}", 0.0)
    top, var, eps = operands(
        lambda top, var, eps: top / math.sqrt(var + eps), abs(o.params.gamma * b), float(o.norm.var.min()), o.params.eps
    )
    formula = f"|γ b| / √(var + ε) = {top} / √({var} + {eps}), where it is largest"
    yield Readout("bias_eval", found.eval, formula, eval_effect(o, b))
    yield Readout(
        "bias_gradient", found.train_gradient,
        f"exactly 0 in training mode; rounding leaves {number(found.train_gradient, 2)}. "
        f"In eval mode {number(found.eval_gradient, 4)}",
        0.0,
    )  # fmt: skip


def cost_readouts(o: Outcome) -> Iterable[Readout]:
    """Yield the costs before and after."""
    for cost in costs(o.params):
        yield Readout(f"{cost.key}_before", float(cost.before), cost.formula_before)
        yield Readout(f"{cost.key}_after", float(cost.after), cost.formula_after)


def time_readout(o: Outcome) -> Readout:
    """Return the measured ratio of times, if it was asked for."""
    if not o.times.size:
        return Readout(
            "time_ratio",
            "not measured",
            "choose “Time it” (timing = on): times differ from run to run, so they are asked for",
        )
    two, one, ratio = timing_table(o).to_dict(orient="records")
    return Readout(
        "time_ratio", ratio["median"],
        f"median of {len(o.times)} pairs in turns, the middle half {number(ratio['low'], 3)} to "
        f"{number(ratio['high'], 3)}; {number(two['median'], 3)} against {number(one['median'], 3)} ms; "
        "bnsim's own numpy, float32",
    )  # fmt: skip


def notes(o: Outcome) -> tuple[str, ...]:
    """Return what a reader must know about this very outcome."""
    p = o.params
    found: list[str] = []
    if p.shift == 0 and p.spread == 1:
        found.append(
            "The running statistics are those of the population. In training mode the folded layer is wrong all the "
            f"same, by the noise of one batch of n = {p.count} values per output: |γ| √(2 − 2 E[s/σ]) = "
            f"{number(expected_drift(o, 0.0), 4)}, which for large n is |γ| √(1.5 / n)."
        )
    if p.bias == 0:
        found.append("b = 0 is a layer without a bias; the folded layer has one all the same, β − γ μ / √(var + ε).")
    if not np.any(o.plain + p.bias > 0):
        found.append(
            f"With b = {number(p.bias)} nothing gets through the ReLU: what comes after it is constant, and so is what "
            "batch norm makes of it."
        )
    _, single = precision(o)
    if single.two_error > 100 * single.one_error:
        found.append(
            f"float32 cannot hold small differences on a bias of {number(p.bias)}: y of the two layers is off by up to "
            f"{number(single.two_error, 2)}, y of the folded one, whose biases cancel beforehand, by "
            f"{number(single.one_error, 2)}."
        )
    if p.timing == "on":
        found.append("Times are measured anew at each run: this one part of the page is not the same again.")
    if p.multiply_adds > SLOW_MULTIPLY_ADDS:
        found.append("A layer of this size takes a noticeable part of a second at each change.")
    return tuple(found)


def outputs_table(o: Outcome) -> pd.DataFrame:
    """Return some outputs of each variant, spread over the batch: right (two), and folded (one)."""
    frames = []
    for variant, (two, one) in o.pairs.items():
        chosen = np.unique(np.linspace(0, two.size - 1, min(two.size, POINTS)).astype(int))
        frames.append(
            pd.DataFrame({"variant": variant, "output": chosen, "two": two.flat[chosen], "one": one.flat[chosen]})
        )
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True)
class Precision:
    """The folding error in one dtype, its bound, and how far each way is from two layers in float64."""

    dtype: str
    difference: float
    rounding: float
    largest_output: float
    two_error: float
    one_error: float


def precision(o: Outcome) -> tuple[Precision, ...]:
    """Return what each dtype leaves."""
    double = o.pairs[VARIANTS[0]]
    right = double[0]
    return tuple(
        Precision(
            dtype, largest(two.astype(np.float64) - one), o.rounding(o.norm, dtype), largest(two),
            largest(two - right), largest(one - right),
        )
        for dtype, (two, one) in (("float64", double), ("float32", o.single))
    )  # fmt: skip


def costs_table(o: Outcome) -> pd.DataFrame:
    """Return parameters, multiply-adds and bytes before and after, and the percentage saved."""
    return pd.DataFrame(
        {
            "quantity": cost.quantity,
            "before": cost.before,
            "after": cost.after,
            "saved_percent": 100 * (1 - cost.after / cost.before),
            "formula_before": cost.formula_before,
            "formula_after": cost.formula_after,
        }
        for cost in costs(o.params)
    )


def moves_table(o: Outcome) -> pd.DataFrame:
    """Return what happens as outputs move away from the running mean: series, shift, value, expected, now.

    `difference`: batch norm in training mode against the folded layer, whose exact equal, eval mode, is computed.
    `bias_eval`, `bias_train`: the change of y when a bias of `shift` running stds is added. All root mean square;
    `now` marks the shift that is set.
    """
    p = o.params
    running = np.sqrt(o.norm.var)
    rows: list[tuple[str, float, float, float]] = []
    for shift in np.unique([*np.linspace(-1, 1, 25) * max(3.0, abs(p.shift)), p.shift]).tolist():
        folded = replace(o.norm, mean=p.bias - shift * running)(o.z)
        moved = o.z + wide(shift * running, o.z)
        rows += [
            ("difference", shift, rms(folded - o.trained), expected_drift(o, shift)),
            ("bias_eval", shift, rms(o.norm(moved) - o.norm(o.z)), abs(shift) * rms(o.norm.scale * running)),
            ("bias_train", shift, rms(training(p, moved) - o.trained), 0.0),
        ]
    columns = ["series", "shift", "value", "expected"]
    return pd.DataFrame(rows, columns=columns).assign(now=lambda frame: frame["shift"] == p.shift)


def bias_table(o: Outcome) -> pd.DataFrame:
    """Return what biases of all sizes do: mode, bias, change of y, closed form, rounding, gradient of the bias, now."""
    rows: list[tuple[str, float, float, float, float, float]] = []
    for bias in sorted({*BIASES, abs(o.params.bias)} - {0.0}):
        found = bias_effect(o, bias)
        rows += [
            (MODES[0], bias, found.train, 0.0, found.rounding, found.train_gradient),
            (MODES[1], bias, found.eval, eval_effect(o, bias), math.nan, found.eval_gradient),
        ]
    columns = ["mode", "bias", "change", "expected", "rounding", "gradient"]
    return pd.DataFrame(rows, columns=columns).assign(now=lambda frame: frame["bias"] == abs(o.params.bias))


def timing_table(o: Outcome) -> pd.DataFrame:
    """Return median and middle half of the times and of their ratio, pair by pair; no rows if not measured."""
    names = ["what", "median", "low", "high", "unit", "pairs"]
    if not o.times.size:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in names})
    two, one = o.times.T
    found = (("layer and batch norm", 1e3 * two, "ms"), ("folded layer", 1e3 * one, "ms"), ("ratio", two / one, ""))
    rows = [
        (what, *np.quantile(values, (0.5, 0.25, 0.75)).tolist(), unit, len(o.times)) for what, values, unit in found
    ]
    return pd.DataFrame(rows, columns=names)


TABLES = {
    "failures": lambda o: pd.DataFrame(gaps(o)),
    "precision": lambda o: pd.DataFrame(precision(o)),
    "costs": costs_table,
    "bias": bias_table,
    "timing": timing_table,
    "moves": moves_table,
    "outputs": outputs_table,
}


def actions(_: Outcome) -> dict[str, dict[str, float | str]]:
    """Return what one click can set."""
    return {
        "No drift: the running statistics are right": {"shift": 0.0, "spread": 1.0},
        "A layer without a bias": {"bias": 0.0},
        "Measure the time on this machine": {"timing": "on"},
    }


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return outputs against outputs, the failure in training mode, the costs, the effect of a bias."""
    return outputs_figure(found), drift_figure(found["moves"]), costs_figure(found["costs"]), bias_figure(found["bias"])


def outputs_figure(found: Mapping[str, pd.DataFrame]) -> Figure:
    """Return outputs of both ways against each other."""
    points, failures = found["outputs"], found["failures"].to_dict(orient="records")
    ends = points[["two", "one"]].to_numpy()
    said = (f"{row['variant']}: largest difference {number(row['largest'], 3)}" for row in failures)
    return Figure(
        "outputs",
        "One layer against two",
        "On the dashed diagonal both ways agree. In eval mode every output is on it. A layer folded with the running "
        "statistics is wrong in training mode, which uses the batch's own; and batch norm after a ReLU cannot be "
        "folded into the layer before the ReLU.",
        "Outputs of the folded layer against those of the layer with its batch norm, with the diagonal: on it in eval "
        "mode, off it in training mode and with a ReLU between.",
        f"{'; '.join(said)}.",
        outputs_template(),
        {
            "points": points[["variant", "two", "one"]],
            "diagonal": pd.DataFrame({way: [ends.min(), ends.max()] for way in ("two", "one")}),
        },
    )


def drift_figure(moves: pd.DataFrame) -> Figure:
    """Return the difference in training mode against the shift of the batch."""
    drift = moves[moves["series"] == "difference"]
    now = drift[drift["now"]]
    columns = ["shift", "value", "expected"]
    shift, value, expected = now[columns].to_numpy()[0].tolist()
    return Figure(
        "drift",
        "Folded, and run in training mode",
        "How wrong the folded layer is when the batch has moved away from the running statistics. Squares: this layer "
        "and batch; circle: the shift set now; dashed: |γ| √(d² + r² + 1 − 2 r E[s/σ]). Even without drift, d = 0 "
        "and r = 1, something is left: one batch is not the population.",
        "The root mean square difference in training mode against the shift of the batch: a valley about shift 0.",
        f"At a shift of {number(shift, 3)} running stds the difference is {number(value, 4)}, expected "
        f"{number(expected, 4)}. The least on the curve is {number(drift['value'].min(), 4)}.",
        drift_template(),
        {"drift": drift[columns], "now": now[columns]},
    )


def costs_figure(found: pd.DataFrame) -> Figure:
    """Return costs before and after."""
    shown = found.to_dict(orient="records")
    rows = [
        {
            "quantity": row["quantity"],
            "when": when,
            "percent": 100 * row[when] / row["before"],
            "text": f"{row[when]:,}",
        }
        for row in shown
        for when in TIMES
    ]
    said = (f"{row['quantity']} {row['before']} before, {row['after']} after" for row in shown)
    return Figure(
        "costs",
        "What folding saves",
        "Parameters held, and multiply-adds and bytes moved for one batch in float32, each layer reading and writing "
        "memory once. The formulas are in the table of costs.",
        "Bars: parameters, multiply-adds and bytes moved, before and after folding, in percent of before.",
        f"{'; '.join(said)}.",
        costs_template(),
        {"costs": pd.DataFrame(rows)},
    )


def bias_figure(found: pd.DataFrame) -> Figure:
    """Return the effect of biases of all sizes, in both modes."""
    points = found.assign(shown=found["change"].clip(lower=FLOOR))
    guides = found.assign(guide=found["rounding"].fillna(found["expected"]).clip(lower=FLOOR))
    last = found.to_dict(orient="records")[-2:]
    said = (f"{number(row['change'], 3)} in {row['mode']}" for row in last)
    columns = ["mode", "bias", "shown", "change", "now"]
    return Figure(
        "bias",
        "A bias before batch norm",
        "In training mode the batch's mean takes any bias away again; what is left is rounding. In eval mode the "
        "running mean stays where it was and every output moves by γ b / √(var + ε). Dashed: that closed form, and "
        "what one rounding of the layer's output comes to. Both axes are logarithmic, with 0 on the axis; ring and "
        "frame: the bias set now.",
        "The largest change of an output against the size of a bias before batch norm, logarithmic: rounding in "
        "training mode, proportional to the bias in eval mode.",
        f"A bias of {number(last[0]['bias'])} changes outputs by up to {' and '.join(said)} mode.",
        bias_template(),
        {"bias": points[columns], "guides": guides[["mode", "bias", "guide"]]},
    )


EXPERIMENT = Experiment(
    slug="folding",
    title="Folding",
    question=__doc__,
    order=50,
    params=FoldingParams,
    run=run,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "moves", "series", "shift", "value",
        x_title="how far outputs are moved, in running stds", y_title="root mean square change of y",
        labels={
            "difference": "Training mode: folded layer against batch norm",
            "bias_eval": "Eval mode: y with a bias against y without",
            "bias_train": "Training mode: y with a bias against y without",
        },
    ),
    shown_tables=("costs", "failures", "precision", "bias", "moves", "timing"),
    first_set="folding",
    headline=(
        "fold_error_float64", "fold_error_float32", "fold_train_error", "fold_relu_error", "bias_train", "bias_eval"
    ),
    look_for="In eval mode batch norm is one more affine map, and two affine maps in a row are one: all points are on "
    "the diagonal, whatever the shift. Move the batch away from the running statistics: training mode leaves the "
    "diagonal, eval mode stays. Then set the bias: training mode does not notice it, eval mode does.",
    actions=actions,
    measured=("timing", "time_ratio"),
)  # fmt: skip
