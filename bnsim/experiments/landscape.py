"""Is the loss smoother?"""  # noqa: D400 - a question

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Annotated, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from pydantic import Field

from bnsim.charts.landscape import bands_template
from bnsim.charts.template import Figure
from bnsim.data.digits import BRIGHTEST, TRAIN_COUNT, load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.networks import smoothness
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.settings import Run, Split
from bnsim.engine.networks.smoothness import Curves, Look
from bnsim.engine.networks.structure import Activation, Mlp, Noise, Norm
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.text import number
from bnsim.work import Found, Work

INPUTS, CLASSES = 64, 10
MOST_LOOKS = 60
MOST_SECONDS = 300
RATE_OF_WORK = 3e10
"""Floating-point operations in a second on one core, about, in the products of matrices."""

COST = {"none": 1.0, "batch": 1.3, "layer": 1.5, "group": 1.8, "noisy": 1.3}
NOISE_COST = 2e-8
"""Seconds to draw the noise of one unit for one example in one step."""

NAMES = {
    "none": "no norm",
    "batch": "batch norm",
    "layer": "layer norm",
    "group": "group norm",
    "noisy": "noisy batch norm",
}
ACTIVATIONS = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "linear"}

Inputs: TypeAlias = Literal["standardized", "pixels"]


class LandscapeParams(Params):
    """Two networks with the same weights and batches, how they train, and how the loss around them is measured."""

    activation: Annotated[
        Literal["relu", "tanh", "sigmoid", "linear"],
        Control("Activation", choices=ACTIVATIONS, help="What every hidden unit does with its input."),
    ] = "relu"
    depth: Annotated[
        int,
        Field(ge=1, le=20),
        Control(
            "Hidden layers", symbol="L", slider=(1, 20, 1),
            help="How deep both networks are. What is said of batch norm holds for some depths and not for others.",
        ),
    ] = 10  # fmt: skip
    width: Annotated[
        int,
        Field(ge=4, le=128),
        Control("Units in a layer", slider=(4, 128, 4), help="The same in every hidden layer."),
    ] = 64
    norm: Annotated[
        Literal["batch", "layer", "group", "noisy"],
        Control(
            "Norm", choices={"batch": "Batch", "layer": "Layer", "group": "Group", "noisy": "Batch, with noise"},
            help="How the network in question is normalized, before each activation.",
        ),
    ] = "batch"  # fmt: skip
    against: Annotated[
        Literal["none", "batch", "layer"],
        Control(
            "Against", choices={"none": "No norm", "batch": "Batch norm", "layer": "Layer norm"},
            help="The network it is held against: the same starting weights, the same mini-batches.",
        ),
    ] = "none"  # fmt: skip
    groups: Annotated[
        int,
        Field(ge=1, le=64),
        Control(
            "Groups", symbol="G", slider=(1, 20, 1), when=("norm", ("group",)),
            help="Into how many groups group norm cuts the units; it must divide them.",
        ),
    ] = 4  # fmt: skip
    noise_shift: Annotated[
        float,
        Field(ge=0, le=5),
        Control(
            "Noise, shift", slider=(0, 3, 0.25), when=("norm", ("noisy",)),
            help="At every step each unit is shifted by a new random amount of up to so much to either side.",
        ),
    ] = 0.5  # fmt: skip
    noise_scale: Annotated[
        float,
        Field(ge=1, le=5),
        Control(
            "Noise, scale", slider=(1, 3, 0.25), when=("norm", ("noisy",)),
            help="At every step each unit is scaled by a new random factor from 1 to so much, divided by its mean.",
        ),
    ] = 1.25  # fmt: skip
    noise_jitter: Annotated[
        float,
        Field(ge=0, le=1),
        Control(
            "Noise, per example", slider=(0, 0.5, 0.05), when=("norm", ("noisy",)),
            help="How far the shift and scale of each example stray from those of its unit.",
        ),
    ] = 0.1  # fmt: skip
    init: Annotated[
        Literal["he", "xavier", "fixed"],
        Control(
            "Starting weights", choices={"he": "He", "xavier": "Xavier", "fixed": "A fixed spread"},
            help="Spread of the starting weights: √(2 / inputs), √(2 / (inputs + outputs)), or a number.",
        ),
    ] = "he"  # fmt: skip
    sigma: Annotated[
        float,
        Field(ge=1e-4, le=10),
        Control(
            "Spread of the weights", symbol="σ", choices={0.01: "0.01", 0.1: "0.1", 1.0: "1"},
            when=("init", ("fixed",)), help="Standard deviation of every starting weight.",
        ),
    ] = 0.1  # fmt: skip
    inputs: Annotated[
        Inputs,
        Control(
            "Inputs", choices={"standardized": "Standardized", "pixels": "Pixels from 0 to 1"},
            help="Whether each pixel is centred and divided by its spread over the training images.",
        ),
    ] = "standardized"  # fmt: skip
    batch: Annotated[
        int,
        Field(ge=2, le=256),
        Control("Batch size", symbol="N", slider=(4, 256, 4), help="Images in a mini-batch, in training and on a ray."),
    ] = 128
    rate: Annotated[
        float,
        Field(ge=1e-4, le=10),
        Control(
            "Learning rate", choices={0.01: "0.01", 0.1: "0.1", 0.5: "0.5", 2.0: "2"},
            help="Of plain gradient descent, for both networks. Other values from 0.0001 to 10 may be typed.",
        ),
    ] = 0.1  # fmt: skip
    steps: Annotated[
        int, Field(ge=1, le=2000), Control("Training steps", slider=(20, 500, 20), help="Mini-batches to train on.")
    ] = 100
    every: Annotated[
        int,
        Field(ge=1, le=200),
        Control("Measure every", slider=(1, 50, 1), help="A measurement after every so many steps, and at both ends."),
    ] = 10
    shortest: Annotated[
        float,
        Field(ge=1e-4, le=10),
        Control(
            "Shortest step on the ray", symbol="η", choices={0.05: "0.05", 0.25: "0.25"},
            help="Where the ray is first looked at: the weights minus η times the gradient.",
        ),
    ] = 0.05  # fmt: skip
    longest: Annotated[
        float,
        Field(ge=1e-4, le=10),
        Control(
            "Longest step on the ray", symbol="η", choices={0.4: "0.4", 2.0: "2"},
            help="Where the ray ends. It does not train the network; the learning rate does.",
        ),
    ] = 0.4  # fmt: skip
    points: Annotated[
        int, Field(ge=2, le=16), Control("Step sizes on a ray", slider=(2, 16, 1), help="Spread evenly over the ray.")
    ] = 8
    seeds: Annotated[
        int,
        Field(ge=1, le=5),
        Control("Seeds", slider=(1, 5, 1), help="How many times all is repeated with other weights and mini-batches."),
    ] = 3
    seed: Annotated[
        int,
        Field(ge=0, le=2**32 - 100),
        Control("First seed", help="It decides which images train, weights and mini-batches. On one machine with one "
                "version of numpy the same seed gives the same numbers."),
    ] = 0  # fmt: skip

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what several parameters together must obey."""
        if self.norm == self.against:
            yield ("norm", "against"), f"norm and against must differ; got {self.norm} twice. against=none will do."
        if self.shortest >= self.longest:
            yield (
                ("shortest", "longest"),
                f"shortest must be less than longest; got {self.shortest:g} and {self.longest:g}.",
            )
        if self.norm == "group" and self.width % self.groups:
            yield (
                ("groups", "width"),
                f"groups must divide the {self.width} units of a layer; got {self.groups}. 1, 2 and 4 do if width is "
                "a multiple of 4.",
            )
        if looks_in(self) > MOST_LOOKS:
            fits = math.ceil(self.steps / (MOST_LOOKS - 1))
            yield (
                ("steps", "every"),
                f"steps by every must be at most {MOST_LOOKS} measurements; got {looks_in(self)}. every of {fits} or "
                "more will do.",
            )
        elif (needed := sum(map(seconds, parts(self)))) > MOST_SECONDS:
            yield (
                ("steps", "every", "seeds", "depth", "width", "batch", "points"),
                f"a run must take at most about {MOST_SECONDS} seconds on one core; this one would take about "
                f"{needed:.0f}. Fewer seeds, or a larger every, will do.",
            )


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
            sizes=(INPUTS, *[p.width] * p.depth, CLASSES), activation=Activation(p.activation), norm=Norm(self.norm),
            groups=p.groups if self.norm == "group" else 1, noise=Noise(p.noise_shift, p.noise_scale, p.noise_jitter),
        )  # fmt: skip
        start = Start(init=Init(p.init), sigma=p.sigma if p.init == "fixed" else 1.0)
        return [
            Run(net=net, start=start, steps=p.steps, batch=p.batch, rate=p.rate, seed=p.seed + number_of)
            for number_of in range(p.seeds)
        ]


Rows: TypeAlias = tuple[tuple[Look, ...], ...]
"""What a part finds: a row for each measured step, a look for each seed."""


def looks_in(p: LandscapeParams) -> int:
    """Return how many steps are measured."""
    return 1 + math.ceil(p.steps / p.every)


def gradients_in_a_look(p: LandscapeParams) -> int:
    """Return how many gradients one look takes: at both its starts, on the ray, and one for each layer that shifts."""
    return p.points + p.depth + 2


def parts(p: LandscapeParams) -> tuple[Part, Part]:
    """Return the two networks, the reference first."""
    return Part(p, p.against), Part(p, p.norm)


def seconds(part: Part) -> float:
    """Return about how long a part takes on one core."""
    p = part.params
    weights = p.width * (INPUTS + p.width * (p.depth - 1) + CLASSES)
    units = p.batch * p.width * p.depth
    gradient = COST[part.norm] * (6 * p.batch * weights / RATE_OF_WORK + 5e-9 * units + 3e-5 * p.depth)
    a_step = gradient + NOISE_COST * units * (part.norm == "noisy")
    return p.seeds * (p.steps * a_step + looks_in(p) * gradients_in_a_look(p) * gradient)


@cache
def split(inputs: Inputs, seed: int) -> Split:
    """Return the digits, three quarters of them to train on."""
    digits, rng = load_digits(), np.random.default_rng(seed)
    scaled = inputs == "standardized"
    return Split.shuffled(
        digits.images if scaled else digits.images / BRIGHTEST, digits.labels, TRAIN_COUNT, rng,
        standardize=scaled, dtype=np.float32,
    )  # fmt: skip


def do(part: Part) -> Iterator[Found]:
    """Train one network, seeds side by side, and look around it every so many steps."""
    p, look_costs = part.params, gradients_in_a_look(part.params)
    total = p.seeds * (p.steps + 1 + look_costs * looks_in(p))
    rows: Rows = ()
    row: tuple[Look, ...] = ()
    done, stride = 0, math.ceil(p.steps / 50)
    sizes = np.linspace(p.shortest, p.longest, p.points)
    for seen in smoothness.looks(part.runs, split(p.inputs, p.seed), sizes, every=p.every):
        done += 1
        if seen.look is not None:
            done, row = done + look_costs, (*row, seen.look)
        if len(row) == p.seeds:
            rows, row = (*rows, row), ()
        if seen.look is not None or seen.step % stride == 0:
            yield Found(done / total, rows)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What has been found of both networks, by role: "reference" and "norm"; None where there is nothing yet."""

    params: LandscapeParams
    found: Mapping[str, Curves | None]

    @property
    def names(self) -> dict[str, str]:
        """What the networks are called, by role."""
        return {"reference": NAMES[self.params.against], "norm": NAMES[self.params.norm]}

    @cached_property
    def common(self) -> int:
        """How many steps have been measured in both networks; everything is compared over these."""
        return min(0 if curves is None else len(curves.steps) for curves in self.found.values())

    @cached_property
    def compared(self) -> dict[str, Curves]:
        """Both networks on the rays that are sound in both; empty if no step has been measured in both."""
        both = {role: curves.first(self.common) for role, curves in self.found.items() if curves and self.common}
        kept = np.logical_and.reduce([curves.sound for curves in both.values()]) if both else None
        return {role: curves.where(kept) for role, curves in both.items() if kept is not None}

    @cached_property
    def by_seed(self) -> dict[str, Mapping[str, Array]]:
        """One number a seed of every measure, by role."""
        nothing = {key: np.full(self.params.seeds, math.nan) for key in MEASURES}
        if not self.compared:
            return dict.fromkeys(self.found, nothing)
        ends = {role: curves.start[self.common - 1] for role, curves in self.found.items() if curves}
        return {role: {**curves.by_run, "end_loss": ends[role]} for role, curves in self.compared.items()}


def join(params: LandscapeParams, found: Sequence[Rows | None]) -> Outcome:
    """Return the outcome of what has been found so far."""
    curves = [Curves.of(rows) if rows else None for rows in found]
    return Outcome(params, dict(zip(("reference", "norm"), curves, strict=True)))


class Measure(NamedTuple):
    """One way to say how smooth training is; in all but one less is smoother or stiller."""

    name: str
    how: str


MEASURES = {
    "end_loss": Measure("loss at the end", "loss where the last of {looks} starts"),
    "loss_range": Measure("loss range, mean", "largest minus smallest loss on a ray, mean over {looks}"),
    "loss_range_median": Measure("loss range, median", "largest minus smallest loss on a ray, median over {looks}"),
    "relative_change": Measure(
        "gradient change, relative", "largest change of the gradient on a ray over its norm, mean over {looks}"
    ),
    "gradient_change": Measure(
        "gradient change, absolute", "largest change of the gradient on a ray, mean over {looks}"
    ),
    "smoothness_median": Measure(
        "effective smoothness, median", "largest change of the gradient over the distance moved, median over {looks}"
    ),
    "smoothness_largest": Measure("effective smoothness, largest", "the same, the largest of {looks}"),
    "percentile_range": Measure(
        "movement of the median", "largest minus smallest median of what enters a last hidden unit, mean over {units}"
    ),
    "gradient_shift": Measure(
        "gradient shift", "relative change of a layer's gradient when the layers below step, mean over {layers}"
    ),
    "gradient_cosine": Measure("cosine of the gradient shift", "of the angle between the two, mean over {layers}"),
    "step_drift": Measure(
        "drift in a step", "change of the mini-batch mean of what enters a last hidden unit, mean over {units}"
    ),
}  # fmt: skip


def known(value: float) -> float:
    """Return a number, or always the same NaN."""
    return float(value) if math.isfinite(value) else math.nan


def few(value: float) -> str:
    """Return a number to three digits: seeds differ in the second."""
    return number(value, 3) if math.isfinite(value) else "no number"


def counted(count: int, one: str) -> str:
    """Return "1 seed", "2 seeds"."""
    return f"{count} {one}{'' if count == 1 else 's'}"


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return every measure for both networks: the mean over the seeds."""
    p, found = o.params, []
    looks = counted(o.common, "measured step")
    words = {"looks": looks, "units": counted(p.width, "unit"), "layers": f"layers and {looks}"}
    for key, measure in MEASURES.items():
        for role, name in o.names.items():
            values = o.by_seed[role][key]
            how = measure.how.format(**words)
            text = f"{name}: {how}; {spread(values)}" if np.isfinite(values).any() else f"{name}: {missing(o, key)}"
            suffix = "_reference" if role == "reference" else ""
            found.append(Readout(f"{key}{suffix}", known(smoothness.mean(values).item()), text))
    return (*found[2:4], *ratio_readouts(o), *found[4:], *found[:2])


def spread(values: Array) -> str:
    """Return what the seeds span."""
    kept = values[np.isfinite(values)]
    if kept.size == 1:
        return "1 seed"
    return f"{kept.size} seeds, from {few(kept.min())} to {few(kept.max())}"


def missing(o: Outcome, key: str) -> str:
    """Return why there is no number."""
    if o.params.depth == 1 and key in ("gradient_shift", "gradient_cosine"):
        return "a single hidden layer has none below it"
    return "nothing measured so far" if o.common < 2 else "no finite number: it has diverged"


def ratio_readouts(o: Outcome) -> tuple[Readout, Readout]:
    """Return by how much the loss range is smaller with the norm, and how often."""
    reference, norm = (o.by_seed[role]["loss_range"] for role in ("reference", "norm"))
    whole, each = ratio(smoothness.mean(reference), smoothness.mean(norm)), ratio(reference, norm)
    smaller, count = smaller_ranges(o)
    share = smaller / count if count else math.nan
    return (
        Readout(
            "loss_range_ratio", known(whole.item()),
            f"mean loss range, {o.names['reference']} over {o.names['norm']}; more than 1: smoother with the norm"
            + (f"; {spread(each)}" if np.isfinite(each).any() else ""),
        ),
        Readout(
            "smoother_share", share,
            f"{smaller} of {counted(count, 'ray')}: {o.names['norm']} has the smaller loss range "
            f"({counted(o.common, 'step')}, {counted(o.params.seeds, 'seed')})",
        ),
    )  # fmt: skip


def ratio(one: Array, two: Array) -> Array:
    """Return one / two, NaN where two is 0."""
    found: Array = np.divide(one, two, out=np.full(np.shape(two), np.nan), where=np.asarray(two) > 0)
    return found


def smaller_ranges(o: Outcome) -> tuple[int, int]:
    """Return on how many rays the loss range is smaller with the norm, and of how many that could be compared."""
    if not o.compared:
        return 0, 0
    reference, norm = (o.compared[role].loss_range for role in ("reference", "norm"))
    return int((norm < reference).sum()), int(np.isfinite(norm - reference).sum())


def seeds_smaller(o: Outcome, key: str) -> tuple[int, int, int]:
    """Return in how many seeds a measure is smaller with the norm, in how many larger, and of how many."""
    change = o.by_seed["norm"][key] - o.by_seed["reference"][key]
    return int((change < 0).sum()), int((change > 0).sum()), int(np.isfinite(change).sum())


def verdict(o: Outcome, key: str) -> str:
    """Return "smaller", "larger" or how the seeds disagree, with the means over the seeds."""
    smaller, larger, count = seeds_smaller(o, key)
    values = [few(smoothness.mean(o.by_seed[role][key]).item()) for role in ("norm", "reference")]
    if smaller == larger == 0:
        word = "there is no difference"
    else:
        word = {smaller: "it is", larger: "it is not"}.get(count, f"it is in {smaller} of {count} seeds")
    return f"{word} ({values[0]} against {values[1]})"


SMOOTH = {
    "loss_range": "the mean loss range",
    "loss_range_median": "the median loss range",
    "relative_change": "the relative change of the gradient",
    "gradient_change": "its absolute change",
    "smoothness_median": "effective smoothness",
}
STILL = {
    "percentile_range": "the median of what enters the last hidden units",
    "step_drift": "its mini-batch mean from step to step",
    "gradient_shift": "the gradients when lower layers move",
}


def notes(o: Outcome) -> tuple[str, ...]:
    """Return where the claim holds and where not, for these very networks, and what is unfinished or diverged."""
    p = o.params
    found = [
        f"Handwritten digits of 8 × 8 pixels, {counted(p.depth, 'hidden layer')} of {counted(p.width, 'unit')}, "
        f"{ACTIVATIONS[p.activation]}, {counted(p.seeds, 'seed')}: a small experiment.",
    ]
    if o.common < looks_in(p):
        step = int(o.compared["norm"].steps[-1]) if o.compared else 0
        found.append(f"Not finished: {step} of {p.steps} steps are measured in both networks so far.")
    found += [*verdicts(o), *diverged(o)]
    if p.norm == "noisy":
        found.append("Rays, shifts and percentiles are measured without the noise, the drift in a step with it.")
    return tuple(found)


def verdicts(o: Outcome) -> Iterator[str]:
    """Yield which measures say that the loss is smoother with the norm, and which say that less moves."""
    name = o.names["norm"]
    said = [f"by {words} {verdict(o, key)}" for key, words in SMOOTH.items() if seeds_smaller(o, key)[2]]
    if said:
        yield f"Is the loss smoother with {name} than with {o.names['reference']} here? {sentence(', '.join(said))}."
    smaller, count = smaller_ranges(o)
    if count:
        ends = [few(smoothness.mean(o.by_seed[role]["end_loss"]).item()) for role in ("norm", "reference")]
        yield (
            f"{sentence(name)} has the smaller loss range on {smaller} of {counted(count, 'ray')}: a mean is made by "
            f"the few rays on which the loss varies most, a median by all. The last loss is {ends[0]} against "
            f"{ends[1]}; a network that has learnt everything, or nothing, is on flat ground."
        )
    said = [f"{words}: {verdict(o, key)}" for key, words in STILL.items() if seeds_smaller(o, key)[2]]
    if said:
        yield f"Is what a layer meets stiller with it? {sentence('; '.join(said))}."


def sentence(text: str) -> str:
    """Return text with a capital."""
    return text[:1].upper() + text[1:]


def diverged(o: Outcome) -> Iterator[str]:
    """Yield which networks have diverged."""
    for role, curves in o.found.items():
        lost = [step for step in (curves.lost_at if curves else []) if step is not None]
        if lost:
            yield (
                f"{sentence(o.names[role])}: {len(lost)} of {counted(o.params.seeds, 'seed')} diverged, first seen at "
                f"step {min(lost)}. Their rays from there on are left out, and those of the other network with them."
            )


def summary_table(o: Outcome) -> pd.DataFrame:
    """Return every measure of both networks, mean and span over the seeds, and in how many it is smaller."""
    rows = []
    for key, measure in MEASURES.items():
        ends = [each(o.by_seed[role][key]) for role in o.found
                for each in (smoothness.mean, smoothness.smallest, smoothness.largest)]  # fmt: skip
        smaller, _, count = seeds_smaller(o, key)
        rows.append((measure.name, *map(float, ends), smaller, count))
    names = [f"{role}{end}" for role in o.found for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["measure", *names, "seeds_smaller", "seeds"])


def looks_table(o: Outcome) -> pd.DataFrame:
    """Return every measured ray: network, seed, step, and what it says."""
    columns = {
        "start_loss": "start", "loss_range": "loss_range", "relative_change": "relative_change",
        "gradient_change": "change", "effective_smoothness": "smoothness",
    }  # fmt: skip
    frames = [pd.DataFrame({"network": pd.Series(dtype=str), "seed": 0, "step": 0, **dict.fromkeys(columns, 0.0)})]
    for role, curves in o.found.items():
        if curves is not None:
            step, seed = (each.ravel() for each in np.meshgrid(curves.steps, range(o.params.seeds), indexing="ij"))
            values = {name: getattr(curves, field).ravel() for name, field in columns.items()}
            frames.append(
                pd.DataFrame({"network": o.names[role], "seed": o.params.seed + seed, "step": step, **values})
            )
    return pd.concat(frames, ignore_index=True).astype({"seed": np.int64, "step": np.int64, "network": object})


def bands(rows: Iterable[tuple[str, Array, Array, Array, Array]], *, positive: bool = False) -> pd.DataFrame:
    """Return what the pictures draw: network, x, low, mid, high; only rows that are finite, or more than 0."""
    empty = pd.DataFrame({"network": pd.Series(dtype=object), **dict.fromkeys(("x", "low", "mid", "high"), 0.0)})
    frames = [pd.DataFrame(dict(zip(("network", "x", "low", "mid", "high"), row, strict=True))) for row in rows]
    frame = pd.concat([empty, *frames], ignore_index=True) if frames else empty
    with np.errstate(over="ignore"):  # what a float32 cannot hold is not drawn
        frame = frame.astype({"network": object} | dict.fromkeys(("x", "low", "mid", "high"), np.float32))
    drawn = frame[["low", "mid", "high"]].to_numpy()
    kept = np.isfinite(drawn).all(axis=1) & (not positive or (drawn > 0).all(axis=1))
    shown: pd.DataFrame = frame.loc[kept].reset_index(drop=True)
    return shown


def of_seeds(x: Array, values: Array) -> tuple[Array, Array, Array, Array]:
    """Return x, and smallest, mean and largest over the seeds of values, shape (len(x), S)."""
    return x, smoothness.smallest(values, 1), smoothness.mean(values, 1), smoothness.largest(values, 1)


def there(o: Outcome) -> list[tuple[str, Curves]]:
    """Return name and curves of the networks of which something is known."""
    return [(o.names[role], curves) for role, curves in o.found.items() if curves is not None]


def losses_table(o: Outcome) -> pd.DataFrame:
    """Return the loss along the gradient by step, seeds averaged: smallest on the ray, where it starts, largest."""
    return bands(
        (name, c.steps, smoothness.mean(smoothness.smallest(c.loss, 2), 1), smoothness.mean(c.start, 1),
         smoothness.mean(smoothness.largest(c.loss, 2), 1))
        for name, c in there(o)
    )  # fmt: skip


def by_step(field: str, o: Outcome) -> pd.DataFrame:
    """Return one measure by step, mean and span over the seeds."""
    return bands(
        ((name, *of_seeds(c.steps, getattr(c, field))) for name, c in there(o)), positive=field == "loss_range"
    )


def shifts_table(o: Outcome) -> pd.DataFrame:
    """Return the gradient shift of each hidden layer that has one below, mean over the steps, span over the seeds."""
    layers = np.arange(2, o.params.depth + 1)
    return bands((name, *of_seeds(layers, smoothness.mean(c.shift[..., 1:]).T)) for name, c in there(o))


def entering_table(o: Outcome) -> pd.DataFrame:
    """Return the percentiles of what enters a typical unit of the last hidden layer by step, for the first seed."""
    return bands((name, c.steps, *c.percentiles[:, 0, :, c.typical_unit].T) for name, c in there(o))


def widest(o: Outcome) -> int:
    """Return which of the measured steps has the rays that differ most, in the mean over the seeds."""
    ranges = [smoothness.mean(curves.loss_range, 1) for curves in o.compared.values()]
    return int(np.argmax(np.nan_to_num(np.abs(ranges[0] - ranges[1])))) if ranges else 0


def ray_table(o: Outcome) -> pd.DataFrame:
    """Return the loss on the rays of one step, from where they start, mean and span over the seeds."""
    at = widest(o)
    return bands(
        (o.names[role], *of_seeds(np.append(0.0, c.sizes), np.vstack([c.start[at], c.loss[at].T])))
        for role, c in o.compared.items()
    )


def curves_table(o: Outcome) -> pd.DataFrame:
    """Return what Compare lays over each other: series, step, value."""
    frames = [pd.DataFrame({"series": pd.Series(dtype=object), "step": 0.0, "value": 0.0})]
    for role, curves in o.found.items():
        if curves is None:
            continue
        for field in ("loss_range", "relative_change"):
            values = smoothness.mean(getattr(curves, field), 1)
            frames.append(
                pd.DataFrame({"series": f"{field}_{role}", "step": curves.steps.astype(float), "value": values})
            )
    frame = pd.concat(frames, ignore_index=True).astype({"series": object})
    shown: pd.DataFrame = frame.loc[np.isfinite(frame["value"].to_numpy())].reset_index(drop=True)
    return shown


def remarks_table(o: Outcome) -> pd.DataFrame:
    """Return what is said in the pictures over the steps: where a network was first seen to have diverged."""
    rows = []
    for role, curves in o.found.items():
        lost = [step for step in (curves.lost_at if curves else []) if step is not None]
        if lost:
            rows.append((float(min(lost)), f"{o.names[role]}: {len(lost)} of {o.params.seeds} diverged"))
    return remarks(rows)


def remarks(rows: Iterable[tuple[float, str]]) -> pd.DataFrame:
    """Return remarks as the pictures take them: x, text."""
    return pd.DataFrame(list(rows), columns=["x", "text"]).astype({"x": np.float32, "text": object})


TABLES = {
    "summary": summary_table,
    "rays": looks_table,
    "losses": losses_table,
    "loss_range": partial(by_step, "loss_range"),
    "relative_change": partial(by_step, "relative_change"),
    "ray": ray_table,
    "entering": entering_table,
    "shifts": shifts_table,
    "curves": curves_table,
    "remarks": remarks_table,
    "ray_remarks": lambda o: remarks(
        [(0.0, f"after step {o.compared['norm'].steps[widest(o)]}")] if o.compared else []
    ),
}


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: three layers, where the claim is shaky, another norm, other seeds."""
    p = o.params
    found: dict[str, dict[str, object]] = {"Other seeds": {"seed": (p.seed + p.seeds) % 2**31}}
    if p.depth != 3:
        found["Only 3 layers"] = {"depth": 3}
    if p.norm == "batch" and p.against == "none":
        found["Layer norm instead"] = {"norm": "layer"}
    return found


def told(frame: pd.DataFrame, what: str) -> str:
    """Return what a picture shows, in words: where each network ends and how far it goes."""
    each = [
        f"{name}: {what} from {few(rows['low'].min())} to {few(rows['high'].max())}, "
        f"at the end {few(rows['mid'].iloc[-1])}"
        for name, rows in frame.groupby("network", sort=False)
    ]
    return f"{sentence('; '.join(each))}." if each else "Nothing measured so far."


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return the loss along the gradient, how the gradient changes there, one ray, and both covariate shifts."""
    steps, by_layer = partial(bands_template, "training steps"), "change of the gradient / its norm"
    spread_of = "Lines: mean over the seeds; bands: from the smallest to the largest seed."
    remarked, unremarked = found["remarks"], remarks([])
    return (
        Figure(
            "losses", "Loss along the gradient",
            "Every so often the loss is measured at several step sizes against the gradient, as if one were to try "
            "them. Bands: from the smallest to the largest loss on that ray; lines: the loss where it starts; seeds "
            "averaged. The height of a band is the loss range: Santurkar et al. (2018), figure 4a.",
            "Two bands over the training steps, one a network: between the smallest and the largest loss on the ray.",
            told(found["losses"], "loss on the ray"),
            steps("loss on the ray"), {"bands": found["losses"], "said": remarked},
        ),
        Figure(
            "ranges", "Loss range",
            f"The height of the bands above, on a logarithmic axis. {spread_of} The range counts descent as much as "
            "ascent, and where the loss is near 0 it is small whatever the shape.",
            "Two curves on a logarithmic axis over the training steps: the loss range of each network, and its span.",
            told(found["loss_range"], "loss range"),
            steps("loss range on the ray", log=True), {"bands": found["loss_range"], "said": remarked},
        ),
        Figure(
            "changes", "Change of the gradient",
            "The largest change of the gradient on the ray, over its norm where the ray starts: 0 if it stays as it "
            f"is. {spread_of}",
            "Two curves over the training steps: the relative change of the gradient of each network, and its span.",
            told(found["relative_change"], "relative change"),
            steps("gradient change / its norm"), {"bands": found["relative_change"], "said": remarked},
        ),
        Figure(
            "ray", "One ray",
            "The loss against the step size, after the measured step at which the loss ranges differ most. "
            f"{spread_of}",
            "Two curves: the loss of each network against the step size along its gradient, and its span.",
            told(found["ray"], "loss"),
            bands_template("step size η against the gradient", "loss"),
            {"bands": found["ray"], "said": found["ray_remarks"]},
        ),
        Figure(
            "entering", "Covariate shift as a moving distribution",
            "Ioffe and Szegedy (2015), figure 1b, c: what enters one unit of the last hidden layer. Lines: its median "
            "over the test images; bands: from the 15th to the 85th percentile. The unit is one whose median moves as "
            "far as that of half of the units; first seed.",
            "Two bands over the training steps: the middle 70 percent of what enters one unit of each network.",
            told(found["entering"], "percentiles"),
            steps("what enters the unit"), {"bands": found["entering"], "said": remarked},
        ),
        Figure(
            "shifts", "Covariate shift as a change of gradients",
            "Santurkar et al. (2018), definition 2.1: by how much the gradient of a layer's weights changes, relative "
            f"to its norm, once all layers below have made their step. Mean over the measured steps. {spread_of}",
            "Two curves over the hidden layers: how much each layer's gradient changes when the layers below step.",
            told(found["shifts"], "gradient shift"),
            bands_template("hidden layer", by_layer, whole=True), {"bands": found["shifts"], "said": unremarked},
        ),
    )  # fmt: skip


EXPERIMENT = Experiment.slow(
    Work(parts, do, join, seconds),
    slug="landscape",
    title="Loss landscape",
    question=__doc__,
    order=80,
    params=LandscapeParams,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "curves", "series", "step", "value", x_title="training steps",
        y_title={
            "loss_range_norm": "loss range on the ray", "loss_range_reference": "loss range on the ray",
            "relative_change_norm": "gradient change on the ray / its norm",
            "relative_change_reference": "gradient change on the ray / its norm",
        },
        labels={
            "loss_range_norm": "Loss range with the norm", "loss_range_reference": "Loss range of the reference",
            "relative_change_norm": "Gradient change with the norm",
            "relative_change_reference": "Gradient change of the reference",
        },
    ),
    shown_tables=("summary", "rays", "losses", "shifts"),
    first_set="smooth-landscape",
    headline=(
        "loss_range", "loss_range_reference", "loss_range_ratio", "smoother_share", "relative_change",
        "relative_change_reference",
    ),
    look_for="With ten layers of ReLU the band of the network without norm towers over the other, in the first steps. "
    "Then try three layers, tanh, or the median instead of the mean: by some measures the loss is smoother with batch "
    "norm, by others it is not, and the sentences above say which. Covariate shift has two definitions, and they "
    "do not agree either.",
    actions=actions,
)  # fmt: skip
