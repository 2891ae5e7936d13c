"""What does batch normalization do to one mini-batch, and to one sample in it?"""  # noqa: D400 - a question

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from bnsim import tables
from bnsim.charts.mapping import map_template
from bnsim.charts.stages import stages_template
from bnsim.charts.template import Figure
from bnsim.charts.theme import STAGES
from bnsim.data.digits import load_digits
from bnsim.data.hidden import pre_activations
from bnsim.engine.arrays import Array
from bnsim.engine.batchnorm import BatchNormForward, batch_norm
from bnsim.engine.closed_forms import mean_standard_error, std_standard_error
from bnsim.engine.stats import batch_stats
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.scenario.values import Values
from bnsim.terms import TERMS, number, operands

MADE = ("exact", "sample")
"""The sources whose batch is made from mean and std."""


UNIT = 2.0**-53
"""What one rounding can be, relative to the number."""

ROUNDING = 1e-12
"""By how many standard deviations an exact batch may miss its moments: a thousand times what float64 needs."""


class TransformParams(Params):
    """One mini-batch, one tracked sample, one scale and shift."""

    source: Annotated[
        Literal["exact", "sample", "digits", "own"],
        Control(
            "The batch",
            choices={
                "exact": "Exactly this mean and std",
                "sample": "A random sample",
                "digits": "Real digits, one hidden unit",
                "own": "My own numbers",
            },
            help="Where the mini-batch comes from. For real digits and for your own numbers, mean and std are theirs.",
        ),
    ] = "exact"
    mean: Annotated[
        float,
        Field(ge=-1e6, le=1e6),
        Control(
            "Batch mean", symbol="μ_B", slider=(-5, 5, 0.05), live=True, when=("source", MADE),
            help="The mean of the mini-batch; of the population, when the batch is a random sample.",
        ),
    ] = 3.0  # fmt: skip
    std: Annotated[
        float,
        Field(ge=0, le=1e6),
        Control(
            "Batch std", symbol="σ_B", slider=(0, 3, 0.05), live=True, when=("source", MADE),
            help="The biased standard deviation (divide by N); of the population, when the batch is a random sample.",
        ),
    ] = 2.5  # fmt: skip
    gamma: Annotated[
        float,
        Field(ge=-1e6, le=1e6),
        Control(
            "Scale", symbol="γ", slider=(-3, 3, 0.05), live=True,
            help="The learned scale: the output's standard deviation is |γ| times that of x̂. 0 and negative are legal.",
        ),
    ] = 1.0  # fmt: skip
    beta: Annotated[
        float,
        Field(ge=-1e6, le=1e6),
        Control(
            "Shift", symbol="β", slider=(-5, 5, 0.05), live=True,
            help="The learned shift: the output's mean is β, whatever came in.",
        ),
    ] = 0.0  # fmt: skip
    x: Annotated[
        float,
        Field(ge=-1e9, le=1e9),
        Control(
            "Tracked activation", symbol="x", slider=(-15, 15, 0.05), live=True,
            help="One activation followed through the layer. Unless it is a member of the batch it is a probe.",
        ),
    ] = 6.0  # fmt: skip
    batch_size: Annotated[
        int,
        Field(ge=1, le=1_000_000),
        Control(
            "Batch size", symbol="N", slider=(1, 512, 1), when=("source", (*MADE, "digits")),
            help="How many examples share one mean and one variance.",
        ),
    ] = 32  # fmt: skip
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
        Control("Seed", when=("source", MADE), help="The same seed always gives the same draw."),
    ] = 0
    unit: Annotated[
        int,
        Field(ge=0, le=31),
        Control(
            "Hidden unit", when=("source", ("digits",)),
            help="Which of the 32 hidden units of a small trained digit classifier to look at.",
        ),
    ] = 0  # fmt: skip
    digit: Annotated[
        Literal["all", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        Control(
            "Digits", when=("source", ("digits",)),
            help="Images of all digits, or of one class only: a sorted batch has other statistics.",
        ),
    ] = "all"  # fmt: skip
    first_image: Annotated[
        int,
        Field(ge=0, le=1796),
        Control(
            "First image", when=("source", ("digits",)),
            help="The batch is this image and those that follow it in the set of 1797, going round at the end.",
        ),
    ] = 0  # fmt: skip
    values: Annotated[
        Values,
        Control("Your numbers", when=("source", ("own",)), help="One column: paste numbers, or load CSV or NPY."),
    ] = Values(())

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what two parameters together must obey."""
        if self.source == "own" and len(self.values) == 0:
            yield (
                ("source", "values"),
                ("values must hold at least one number when source is own; got none. Paste numbers or load a file."),
            )
        if self.source == "digits" and self.batch_size > len(images_of(self.digit)):
            yield (
                ("batch_size", "digit"),
                (
                    f"batch_size must be at most {len(images_of(self.digit))}, the images of digit {self.digit}; "
                    f"got {self.batch_size}."
                ),
            )


@dataclass(frozen=True, eq=False)
class Outcome:
    """One batch, of shape (N,), before and after; the tracked sample; what the batch was drawn from.

    `mean` and `std` are the batch's. An exact batch has those that were set, and `as_set` is true; what float64 leaves
    of the difference (a few units in the last place) is in the batch itself and in what is made of it. Where float64
    cannot hold such a batch, or one example has no spread, they are measured.
    """

    params: TransformParams
    batch: Array
    z: Array
    forward: BatchNormForward
    mean: float
    std: float
    as_set: bool

    @property
    def root(self) -> float:
        """What x - mean is divided by: sqrt(var + eps)."""
        return root(self.std, self.params.eps)

    @property
    def x_hat(self) -> float:
        """The tracked activation, normalized."""
        return (self.params.x - self.mean) / self.root

    @property
    def y(self) -> float:
        """The tracked activation after scale and shift."""
        return self.params.gamma * self.x_hat + self.params.beta

    @property
    def stages(self) -> dict[str, Array]:
        """The batch at each stage."""
        return dict(zip(STAGES, (self.batch, self.forward.x_hat, self.forward.y), strict=True))

    @property
    def standardized(self) -> Array:
        """The members in standard deviations from their mean, shape (N,); 0 where there is no spread."""
        return (self.batch - self.mean) / self.std if self.std > 0 else np.zeros(self.batch.size)

    @property
    def is_member(self) -> bool:
        """Whether the tracked activation is one of the batch's own values."""
        return bool(np.any(self.batch == self.params.x))


def images_of(digit: str) -> Array:
    """Return the indices, shape (M,), of the images of one digit, or of all."""
    labels = load_digits().labels
    return np.arange(labels.size) if digit == "all" else np.flatnonzero(labels == int(digit))


def standard_draw(params: TransformParams) -> Array:
    """Return z, shape (N,), with batch = mean + std z; for `exact` it has mean 0 and biased std 1 (N = 1: it is 0)."""
    z = np.random.default_rng(params.seed).standard_normal(params.batch_size)
    if params.source == "sample":
        return z
    if params.batch_size == 1:
        return np.zeros(1)
    for _ in range(2):  # the second pass removes what rounding left of the first
        stats = batch_stats(z)
        z = (z - stats.mean) / np.sqrt(stats.var)
    return z


def digit_batch(params: TransformParams) -> Array:
    """Return the pre-activations, shape (N,), of one hidden unit on consecutive images of the chosen class."""
    pool = images_of(params.digit)
    start = int(np.searchsorted(pool, params.first_image))
    chosen = pool[(start + np.arange(params.batch_size)) % pool.size]
    return pre_activations(params.unit, load_digits().images[chosen])


def run(params: TransformParams) -> Outcome:
    """Normalize one mini-batch in training mode, and send the tracked activation through with its statistics."""
    if params.source in MADE:
        z = standard_draw(params)
        batch = params.mean + params.std * z
    else:
        z = np.empty(0)
        batch = digit_batch(params) if params.source == "digits" else params.values.array  # noqa: PD011 - not pandas
    forward = batch_norm(batch, params.gamma, params.beta, eps=params.eps)
    mean, std = float(forward.mean), math.sqrt(float(forward.var))
    room = ROUNDING * params.std
    as_set = params.source == "exact" and abs(mean - params.mean) <= room and abs(std - params.std) <= room
    return Outcome(params, batch, z, forward, *((params.mean, params.std) if as_set else (mean, std)), as_set)


def moments(values: Array) -> tuple[float, float]:
    """Return mean and biased standard deviation of an array of shape (N,)."""
    stats = batch_stats(values)
    return float(stats.mean), math.sqrt(float(stats.var))


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return the six classics, the batch's own moments, and identity recovery."""
    p, stages = o.params, stages_of(o)
    std, eps = operands(root, o.std, p.eps)
    (normalized_mean, normalized_std), (output_mean, output_std) = stages["normalized"], stages["output"]
    x, mean, x_std, x_eps = operands(lambda x, mean, std, eps: (x - mean) / root(std, eps), p.x, o.mean, o.std, p.eps)
    gamma, x_hat, beta = operands(lambda gamma, x_hat, beta: gamma * x_hat + beta, p.gamma, o.x_hat, p.beta)
    size, spread = operands(operator.mul, abs(p.gamma), normalized_std)
    lost = 2 * UNIT * (abs(p.x) + abs(o.mean)) / o.root  # what rounding can take of x - mean
    short, short_eps = operands(lambda std, eps: std / root(std, eps), o.std, p.eps)
    return (
        Readout(
            "x_hat", o.x_hat, f"(x − μ_B) / √(σ_B² + ε) = ({bare(x)} − {mean}) / √({x_std}² + {x_eps})", error=lost
        ),
        Readout(
            "y", o.y, f"γ x̂ + β = {bare(gamma)} · {x_hat} + {beta}", error=abs(p.gamma) * lost + 2 * UNIT * abs(p.beta)
        ),
        Readout("normalized_mean", normalized_mean, rounding("0", normalized_mean), 0.0),
        Readout("normalized_std", normalized_std, f"σ_B / √(σ_B² + ε) = {short} / √({short}² + {short_eps})"),
        Readout("output_mean", output_mean, rounding("β", output_mean - p.beta), p.beta),
        Readout("output_std", output_std, f"|γ| · std(x̂) = {size} · {spread}"),
        Readout("batch_mean", o.mean, source_statement(o, "mean")),
        Readout("batch_std", o.std, source_statement(o, "std")),
        Readout("identity_gamma", o.root, f"√(σ_B² + ε) = √({std}² + {eps})"),
        Readout("identity_beta", o.mean, "μ_B"),
        Readout(
            "identity_error", float(np.max(np.abs(o.forward.y - o.batch))), "over the batch, at the γ and β set now",
            error=4 * UNIT * float(np.max(np.abs(o.forward.y)) + np.max(np.abs(o.batch))),
        ),
    )  # fmt: skip


def root(std: float, eps: float) -> float:
    """Return what x - mean is divided by."""
    return math.sqrt(std**2 + eps)


def bare(text: str) -> str:
    """Return a negative number that stands first without its brackets."""
    return text.strip("()")


def stages_of(o: Outcome) -> dict[str, tuple[float, float]]:
    """Return mean and biased std of the batch at each stage.

    The std of y is |γ| times that of x̂: y itself has lost digits where β is large against γ.
    """
    found = {stage: moments(values) for stage, values in o.stages.items()}
    output_mean, _ = found["output"]
    return found | {"output": (output_mean, abs(o.params.gamma) * found["normalized"][1])}


def rounding(exactly: str, residue: float) -> str:
    """Return the exact statement of a mean, and what float64 leaves of it."""
    return f"exactly {exactly}" if residue == 0 else f"exactly {exactly}; rounding leaves {number(residue, 2)}"


def source_statement(o: Outcome, which: str) -> str:
    """Return what the batch's mean or std is to be held against."""
    p = o.params
    if p.source == "sample":
        expected, error = (p.mean, standard_errors(p)[0]) if which == "mean" else (p.std, standard_errors(p)[1])
        return f"population {number(expected)}, standard error {number(error, 3)}"
    if p.source == "exact" and not o.as_set and which == "std":
        return "one example has no spread" if p.batch_size == 1 else f"nearest to {number(p.std)} that was found"
    return {"exact": "as set", "digits": "of these images", "own": "of your numbers"}[p.source]


def standard_errors(p: TransformParams) -> tuple[float, float]:
    """Return the standard errors of the mean and of the biased std of the sample."""
    return mean_standard_error(p.std, p.batch_size), std_standard_error(p.std, p.batch_size)


def notes(o: Outcome) -> tuple[str, ...]:
    """Return what a reader must know about this very batch."""
    p, n = o.params, o.batch.size
    found: list[str] = []
    if n == 1:
        found.append("One example: its mean is itself and its std can only be 0, so x̂ = 0 and y = β, whatever it was.")
    if o.std == 0 and p.x != o.mean:
        found.append(
            f"The batch has no spread: every member lands on β = {number(p.beta)}. The probe x is not a member; its "
            f"distance to the mean is divided by √ε = {number(math.sqrt(p.eps))}, hence x̂ = {number(o.x_hat)}."
        )
    bound = math.sqrt(n - 1)
    if o.std == 0:
        return tuple(found)
    if o.is_member:
        found.append(f"x is a member of the batch: |x̂| ≤ √(N − 1) = {number(bound, 6)} holds for every member.")
    else:
        found.append(
            f"x is a probe, not a member of the batch. A member obeys |x̂| ≤ √(N − 1) = {number(bound, 6)}; "
            "a probe need not."
        )
    if p.source == "exact" and n > 1 and not o.as_set:
        found.append(
            "float64 cannot hold a batch with exactly this mean and std; the numbers are those of the batch shown."
        )
    return tuple(found)


def stages_table(o: Outcome) -> pd.DataFrame:
    """Return mean, std and tracked sample at each stage."""
    found = list(stages_of(o).values())
    return pd.DataFrame(
        {
            "stage": list(o.stages),
            "mean": [mean for mean, _ in found],
            "std": [std for _, std in found],
            "tracked": [o.params.x, o.x_hat, o.y],
        }
    )


def moments_table(o: Outcome) -> pd.DataFrame:
    """Return the batch's moments, and the population's with their standard errors where there is a population."""
    p = o.params
    drawn = p.source == "sample"
    frame = pd.DataFrame({"moment": ["mean", "std"], "batch": [o.mean, o.std]})
    frame["population"] = [p.mean, p.std] if drawn else math.nan
    frame["standard_error"] = list(standard_errors(p)) if drawn else math.nan
    return frame


def state_table(o: Outcome) -> pd.DataFrame:
    """Return the one row from which a chart computes what it shows (see `bnsim.charts.live`)."""
    p = o.params
    z_mean, z_std = moments(o.z) if p.source == "sample" else (0.0, float(o.batch.size > 1))
    row = {
        "epoch": -1.0, "mean": p.mean, "std": p.std, "gamma": p.gamma, "beta": p.beta, "x": p.x, "eps": p.eps,
        "follows": float(p.source in MADE), "z_mean": z_mean, "z_std": z_std,
        "batch_mean": o.mean, "batch_std": o.std,
        "curve": float(p.source == "exact"), "population": float(p.source == "sample"),
        "reach": float(np.clip(np.max(np.abs(o.standardized)), 4, 12)),
    }  # fmt: skip
    return pd.DataFrame(row, index=[0])


TABLES = {
    "stages": stages_table,
    "moments": moments_table,
    "members": lambda o: tables.members(o.batch, o.forward),
    "densities": lambda o: tables.densities(o.stages, normal=o.params.source == "exact"),
    "state": state_table,
    "ticks": lambda o: tables.ticks(o.standardized),
    "bars": lambda o: tables.bars(o.standardized if o.params.source != "exact" else np.empty(0)),
}


def actions(o: Outcome) -> dict[str, dict[str, float]]:
    """Return what one click can set: x to a member, or the scale and shift that undo the normalization."""
    return {
        "Track the smallest member": {"x": float(o.batch.min())},
        "Track the largest member": {"x": float(o.batch.max())},
        "Undo the normalization": {"gamma": o.root, "beta": o.mean},
    }


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return the stage figure and the map."""
    state = found["state"]
    rows = found["stages"].to_dict(orient="list")
    numbers = zip(*(rows[name] for name in ("stage", "mean", "std", "tracked")), strict=True)
    stages = [
        f"{stage}: mean {number(mean, 6)}, std {number(std, 6)}, tracked {number(tracked, 6)}"
        for stage, mean, std, tracked in numbers
    ]
    return (
        Figure(
            "stages",
            "Three stages",
            "Each curve is drawn to its own height. Short ticks are members of the batch; the dot is the tracked x.",
            "Three number lines, one below the other: the raw batch, the normalized batch and the output, each with "
            "the density of its values, and the way of the tracked sample through them.",
            "The batch now. " + "; ".join(stages) + ".",
            stages_template(),
            {"state": state, "ticks": found["ticks"], "bars": found["bars"]},
        ),
        Figure(
            "map",
            "The map itself",
            "Batch normalization of one batch is a straight line: μ_B lands on β, the slope is γ / √(σ_B² + ε).",
            "The output y against the input x: a straight line, with the identity as a dashed line.",
            f"The map now sends {number(rows['tracked'][0], 6)} to {number(rows['tracked'][2], 6)}.",
            map_template(),
            {"state": state},
        ),
    )


EXPERIMENT = Experiment(
    slug="transform",
    title="Transform",
    question=__doc__,
    order=10,
    params=TransformParams,
    run=run,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "densities", "stage", "value", "density", y_title="density / its peak",
        x_title={"output": "y, output", "normalized": "x̂, normalized", "raw": "x, raw"},
        labels={stage: TERMS[stage].label for stage in ("output", "normalized", "raw")}, to_peak=True,
    ),
    shown_tables=("stages", "moments", "members"),
    first_set="worked-examples",
    headline=("x_hat", "y", "normalized_mean", "normalized_std", "output_mean", "output_std"),
    look_for="Drag the mean: the raw batch moves, the other two curves stay. Drag σ_B towards 0 and watch ε take over.",
    actions=actions,
)  # fmt: skip
