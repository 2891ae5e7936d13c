"""What happens from layer to layer?"""  # noqa: D400 - a question

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from bnsim.charts.depth import NETWORKS, SHARES, by_layer_template, ridge_template, shares_template
from bnsim.charts.template import Figure
from bnsim.data.digits import load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.networks.draws import Draws, draw, geometric_mean
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.settings import standardized
from bnsim.engine.networks.structure import Activation, Mlp, Norm, Placement
from bnsim.engine.statistics.kernel_density import density_on
from bnsim.engine.theory.closed_forms import RELU_GROWTH_LIMIT
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.text import number

MOST_VALUES, DEEPEST, MOST_SEEDS = 5_000_000, 100, 5
"""Values of h in all networks of one kind: a second of work; more layers or seeds than one can look at."""

ROWS, POINTS, OVERLAP = 8, 61, 1.25
"""The picture of distributions: layers shown, points of each curve, and its height in rows."""

LAW_POINTS = 16
ASTRAY = 1.05
"""A measured rate that differs from theory by this factor is remarked on."""


class DepthParams(Params):
    """A network, the numbers it starts with, and what is sent through it."""

    activation: Annotated[
        Literal["relu", "tanh", "sigmoid", "linear"],
        Control(
            "Activation", choices={"relu": "ReLU", "tanh": "tanh", "sigmoid": "Sigmoid", "linear": "None (linear)"},
            help="What each unit does with its input h.",
        ),
    ] = "relu"  # fmt: skip
    init: Annotated[
        Literal["he", "xavier", "fixed"],
        Control(
            "Initial weights", choices={"he": "He, 2 / fan-in", "xavier": "Xavier, 2 / (fan-in + fan-out)",
                                        "fixed": "σ² as it is"},
            help="The variance of the weights, which are normal with mean 0. Biases start at 0.",
        ),
    ] = "he"  # fmt: skip
    sigma: Annotated[
        float,
        Field(ge=0.001, le=10),
        Control(
            "Spread of the weights", symbol="σ", slider=(0.05, 5, 0.05),
            help="A factor on the spread of He and Xavier; otherwise the standard deviation itself.",
        ),
    ] = 1.0  # fmt: skip
    norm: Annotated[
        Literal["batch", "layer", "group"],
        Control(
            "Norm", choices={"batch": "Batch", "layer": "Layer", "group": "Group"},
            help="Of the second network. The first one has none; otherwise they are the same, weight for weight.",
        ),
    ] = "batch"  # fmt: skip
    groups: Annotated[
        int,
        Field(ge=1, le=300),
        Control("Groups", symbol="G", when=("norm", ("group",)), help="Of group norm; they must divide the width."),
    ] = 4
    placement: Annotated[
        Literal["before", "after"],
        Control(
            "Place of the norm", choices={"before": "Before the activation", "after": "After the activation"},
            help="Whether the norm is applied to what enters the activation or to what leaves it.",
        ),
    ] = "before"  # fmt: skip
    connections: Annotated[
        Literal["plain", "residual", "skip-init"],
        Control(
            "Connections", choices={"plain": "Plain", "residual": "Residual", "skip-init": "Residual, SkipInit"},
            help="Residual: from the second layer on, a layer is a branch that is added to the h before it. SkipInit "
            "puts a learned factor, at first 0, on each branch of both networks: every block starts as the identity.",
        ),
    ] = "plain"  # fmt: skip
    gamma: Annotated[
        float,
        Field(ge=-10, le=10),
        Control(
            "Scale", symbol="γ", slider=(0, 3, 0.05),
            help="Of every norm; with skip connections only of those in branches, where 0 makes a block the identity.",
        ),
    ] = 1.0  # fmt: skip
    beta: Annotated[
        float, Field(ge=-10, le=10), Control("Shift", symbol="β", slider=(-3, 3, 0.05), help="Of every norm.")
    ] = 0.0
    eps: Annotated[
        float,
        Field(ge=1e-15, le=100),
        Control(
            "Epsilon", symbol="ε", choices={1e-5: "1e-5 · PyTorch", 1e-3: "1e-3 · Keras", 1.0: "1"},
            help="Added to the variance under the root. Any value up to 100 may be typed.",
        ),
    ] = 1e-5  # fmt: skip
    depth: Annotated[
        int,
        Field(ge=3, le=DEEPEST),
        Control("Depth", symbol="L", slider=(3, 65, 1), help="Hidden layers."),
    ] = 20
    width: Annotated[
        int,
        Field(ge=2, le=300),
        Control(
            "Width", slider=(10, 300, 10),
            help="Units of each hidden layer. Theory is for wide layers; narrow ones stray from it.",
        ),
    ] = 80  # fmt: skip
    batch_size: Annotated[
        int,
        Field(ge=2, le=256),
        Control("Batch size", symbol="N", slider=(2, 256, 1), help="Examples that are sent through together."),
    ] = 100
    inputs: Annotated[
        Literal["noise", "digits"],
        Control(
            "Inputs", choices={"noise": "Normal noise", "digits": "Real digits"},
            help="Independent normal numbers, as many as the width; or images of 64 standardized pixels.",
        ),
    ] = "noise"  # fmt: skip
    seeds: Annotated[
        int,
        Field(ge=1, le=MOST_SEEDS),
        Control("Networks drawn", slider=(1, MOST_SEEDS, 1), help="From so many seeds, the first one and those after."),
    ] = 3
    seed: Annotated[
        int,
        Field(ge=0, le=2**32 - 1),
        Control("Seed", help="On one machine with one version of numpy the same seed gives the same numbers."),
    ] = 0

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what must fit together, and how much is too much."""
        if self.norm == "group" and self.width % self.groups:
            yield ("groups", "width"), f"groups must divide the width of {self.width}; got {self.groups}."
        one = self.width * self.batch_size
        if self.seeds * self.depth * one > MOST_VALUES:
            fits, deep = MOST_VALUES // (self.depth * one), MOST_VALUES // one
            yield (
                ("seeds", "depth", "width", "batch_size"),
                f"seeds times depth times width times batch_size must be at most {MOST_VALUES}; got {self.seeds} times "
                f"{self.depth} times {self.width} times {self.batch_size}. "
                + (f"seeds up to {fits} will do." if fits else f"depth up to {deep} will do with seeds=1."),
            )

    @property
    def residual(self) -> bool:
        """Whether there are skip connections."""
        return self.connections != "plain"

    @property
    def skip_init(self) -> bool:
        """Whether every block starts as the identity."""
        return self.connections == "skip-init"

    @property
    def start(self) -> Start:
        """How both networks start; with skip connections gamma is that of the branches."""
        gamma, branch = (1.0, self.gamma) if self.residual else (self.gamma, None)
        return Start(init=Init(self.init), sigma=self.sigma, gamma=gamma, beta=self.beta, branch_gamma=branch)

    def net(self, norm: Norm) -> Mlp:
        """Return the network with a norm."""
        features = 64 if self.inputs == "digits" else self.width
        return Mlp(
            sizes=(features, *[self.width] * self.depth, 1), activation=Activation(self.activation), norm=norm,
            placement=Placement(self.placement), residual=self.residual, skip_init=self.skip_init,
            groups=self.groups if norm is Norm.GROUP else 1, eps=self.eps,
        )  # fmt: skip

    def batch(self, rng: np.random.Generator) -> Array:
        """Return one batch of inputs, shape (batch_size, features)."""
        if self.inputs == "noise":
            return rng.standard_normal((self.batch_size, self.width))
        pixels = load_digits().images.reshape(-1, 64).astype(np.float64)
        return standardized(pixels, pixels)[rng.choice(len(pixels), self.batch_size, replace=False)]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Both networks, by their names in `NETWORKS`."""

    params: DepthParams
    networks: Mapping[str, Draws]

    @cached_property
    def ridges(self) -> dict[str, pd.DataFrame]:
        """The picture of distributions."""
        return ridges(self)


def drawn_layers(depth: int) -> Array:
    """Return which layers are drawn, from 0: the first, the last, and some in between."""
    return np.unique(np.linspace(0, depth - 1, min(ROWS, depth)).round().astype(np.intp))


def run(params: DepthParams) -> Outcome:
    """Send batches through new networks, without norm and with it, and random gradients back."""
    seeds, shown = range(params.seed, params.seed + params.seeds), drawn_layers(params.depth)
    inputs = [params.batch(np.random.default_rng((seed, 0))) for seed in seeds]
    square = 1.0 if params.inputs == "noise" else float(np.square(inputs).mean())
    networks = {}
    for name, norm in zip(NETWORKS, (Norm.NONE, Norm(params.norm)), strict=True):
        rngs = [np.random.default_rng((seed, 1)) for seed in seeds]  # the same again: the same weights
        networks[name] = draw(params.net(norm), params.start, inputs, rngs, shown, square)
    return Outcome(params, networks)


def short(value: float, digits: int = 3) -> str:
    """Return a number in a few characters, large ones with an exponent."""
    if math.isnan(value):
        return "none"
    if not 1e4 <= abs(value) < math.inf:
        return number(value, digits)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−")


def rounded(value: float, digits: int = 4) -> float:
    """Return a number with the digits that are worth reading: four of what was measured, six of theory."""
    return math.nan if math.isnan(value) else float(f"{value:.{digits}g}")


def in_words(values: Array) -> str:
    """Return the range of a measured number over the seeds."""
    if values.size == 1:
        return "one seed"
    if np.isnan(values).any():
        return f"none with {int(np.isnan(values).sum())} of {values.size} seeds"
    return f"{short(float(values.min()), 4)} to {short(float(values.max()), 4)} over {values.size} seeds"


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return rates, sizes and shares of both networks, each beside its theory."""
    pairs = [network_readouts(o, key, name) for key, name in zip(("without", "with"), NETWORKS, strict=True)]
    return tuple(readout for both in zip(*pairs, strict=True) for readout in both)


def network_readouts(o: Outcome, key: str, name: str) -> tuple[Readout, ...]:
    """Return the readouts of one network."""
    p, found, law = o.params, o.networks[name], o.networks[name].law
    last = {column: values[:, -1] for column, values in found.columns.items()}
    first = found.columns["gradient"][:, 0]
    square_law = float(law.mean_square[-1] / law.mean_square[0]) if law.mean_square[0] else math.nan
    end = f"in layer {p.depth}"
    off = FLAT[p.activation]

    def measured_as(quantity: str, mean: float, values: Array, words: str) -> Readout:
        return Readout(f"{quantity}_{key}", rounded(mean), f"{words}; {in_words(values)}")

    return (
        measured_as(
            "growth", float(geometric_mean(found.growth)), found.growth,
            f"factor a layer on the way back, layers {p.depth - 1} to 1, theory {short(law.gradient_growth, 5)}",
        ),
        Readout(f"growth_{key}_law", rounded(law.gradient_growth, 6), growth_words(o, name)),
        measured_as(
            "gradient", float(geometric_mean(first)), first,
            f"gradient norm of layer 1 over that of layer {p.depth}, theory {short(float(law.gradient_ratio[0]), 4)}",
        ),
        measured_as(
            "square", float(geometric_mean(found.square_ratio)), found.square_ratio,
            f"E[h²] of layer {p.depth} over that of layer 1, theory {short(square_law, 4)}",
        ),
        Readout(f"square_{key}_law", rounded(square_law, 6), square_words(o, name)),
        measured_as(
            "std", float(last["std"].mean()), last["std"],
            f"of h {end}, {short(float(found.columns['std'][:, 0].mean()), 4)} in layer 1",
        ),
        measured_as(
            "flat", float(last["flat"].mean()), last["flat"],
            f"activations {end} {off}, theory {short(float(law.flat[-1]), 4)}",
        ),
        measured_as("dead", float(last["dead"].mean()), last["dead"], f"units {end} {off} for all {p.batch_size}"),
        measured_as(
            "branch", float(last["branch_share"].mean()), last["branch_share"],
            f"of E[h²] {end}, theory {short(float(law.branch_share[-1]), 4)}",
        ),
        Readout(f"branch_{key}_law", rounded(float(law.branch_share[-1]), 6), branch_words(o, name)),
    )  # fmt: skip


FLAT = {
    "relu": "that are 0",
    "tanh": "whose slope is below a tenth of the steepest",
    "sigmoid": "whose slope is below a tenth of the steepest",
    "linear": "that are flat: none can be",
}


def growth_words(o: Outcome, name: str) -> str:
    """Return the formula of the theory of the gradient."""
    p = o.params
    if p.skip_init:
        return "1: every block starts as the identity"
    batch, before = p.norm == "batch", p.placement == "before"
    if name == NETWORKS[0]:
        rate = "s² E[φ′(h)²]"
    elif not before:
        rate = "γ² s² E[φ′(h)²] / (Var[φ(h)] + ε)"
    else:
        rate = f"γ² s² E[φ′(h)²] / (s² {'Var[φ(h)]' if batch else 'E[φ(h)²]'} + ε)"
    words = f"√({'1 + ' if p.residual else ''}{rate}), s² is fan-in times the variance of a weight"
    if name == NETWORKS[1] and not math.isfinite(o.networks[name].law.gradient_growth):
        return f"{words}: not for N, γ or β like these"
    if name == NETWORKS[1] and batch and not p.residual and p.beta == 0:
        limits = {"relu": ("√(π / (π − 1))", math.sqrt(RELU_GROWTH_LIMIT)), "linear": ("1", 1.0)}
        if p.activation in limits:
            formula, limit = limits[p.activation]
            equal = "" if limit == 1 else f" = {number(limit, 6)}"
            words += f"; {formula}{equal} for large N, ε neglected (Yang et al. 2019)"
    return words


def unit_blocks(p: DepthParams, name: str) -> bool:
    """Return whether every residual block adds a branch of mean square 1, up to ε."""
    plain = p.residual and not p.skip_init and abs(p.gamma) == 1 and p.beta == 0
    return plain and name == NETWORKS[1] and p.placement == "before"


def square_words(o: Outcome, name: str) -> str:
    """Return the law of E[h²]."""
    p = o.params
    if unit_blocks(p, name):
        return f"l + 1 after l blocks, here {p.depth - 1}, ε neglected (De and Smith 2020)"
    if p.residual and not p.skip_init and name == NETWORKS[0] and p.activation == "relu":
        twice = p.init == "he" and p.sigma == 1
        return (
            f"2^l after l blocks, here {p.depth - 1} (De and Smith 2020)" if twice else "(1 + s² / 2)^l after l blocks"
        )
    return "E[h²] of a wide net, from layer to layer; s² E[φ²] where there is neither norm nor skip"


def branch_words(o: Outcome, name: str) -> str:
    """Return the law of a branch's share."""
    p = o.params
    if unit_blocks(p, name):
        return f"1 / (l + 1) after l blocks, here {p.depth - 1} (De and Smith 2020)"
    return "E[branch²] / E[h²] of a wide net" if p.residual else "1: without skip connections all of h is its branch"


def notes(o: Outcome) -> tuple[str, ...]:
    """Return what was measured, and what a reader must not miss about it."""
    p, (without, with_norm) = o.params, o.networks.values()
    things = "examples of normal noise" if p.inputs == "noise" else "real digits"
    drawn = f"{p.seeds} draws of the weights" if p.seeds > 1 else "one draw of the weights"
    found = [
        f"{p.depth} hidden layers of {p.width} units, {p.batch_size} {things}; {drawn}, the same without norm and with "
        "it. Nothing is trained: this is how a network starts, and what training makes of it is another question."
    ]
    rates = [float(geometric_mean(each.growth)) for each in (without, with_norm)]
    if not p.residual and p.norm == "batch" and rates[1] > 1.02 and not rates[1] < rates[0] * 1.02:
        found.append(
            f"Here batch norm makes the gradient grow on its way back: each layer multiplies its norm by "
            f"{short(rates[1])}" + (f", without norm by {short(rates[0])}." if rates[0] > 0 else ".")
        )
    for name, each in o.networks.items():
        found += strange(o, name, each)
    return tuple(found)


def strange(o: Outcome, name: str, each: Draws) -> list[str]:
    """Return what is beyond numbers, or beyond theory, in one network."""
    said, who = [], f"The network {name}"
    lost = ~np.isfinite(each.columns["mean_square"]).all(axis=0)
    arrived = each.columns["gradient"][:, 0]
    if lost.any():
        said.append(
            f"{who} overflows in layer {int(lost.argmax()) + 1}: its numbers are larger than 1e308 and are not drawn "
            "from there on. There is no gradient either."
        )
    elif not (arrived > 0).all():
        said.append(f"{who}: no gradient reaches layer 1, or one too small for a float; 0 has no place on its axis.")
    rate, law = float(geometric_mean(each.growth)), each.law.gradient_growth
    if rate > 0 and law > 0 and max(rate / law, law / rate) > ASTRAY:
        said.append(
            f"{who}: {short(rate)} a layer was measured and {short(law)} is the theory of wide layers whose h is "
            "normal and whose examples are independent. That is not so here."
        )
    return said


def layers_table(o: Outcome) -> pd.DataFrame:
    """Return every layer of both networks: means over the seeds, the range of two of them, and theory."""
    frames = []
    for name, each in o.networks.items():
        found, law = each.columns, each.law
        columns: dict[str, Any] = {"network": name, "layer": np.arange(1, o.params.depth + 1)}
        columns |= {key: found[key].mean(axis=0) for key in ("mean", "std")}
        for key, theory in (("mean_square", law.mean_square), ("gradient", law.gradient_ratio)):
            columns |= {key: geometric_mean(found[key]), f"{key}_low": found[key].min(axis=0)}
            columns |= {f"{key}_high": found[key].max(axis=0), f"{key}_theory": theory}
        columns |= {"flat": found["flat"].mean(axis=0), "flat_theory": law.flat, "dead": found["dead"].mean(axis=0)}
        columns |= {"branch_share": found["branch_share"].mean(axis=0), "branch_share_theory": law.branch_share}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def seeds_table(o: Outcome) -> pd.DataFrame:
    """Return what every single draw gave: growth a layer, gradient of the first layer, mean square of the last."""
    frames = []
    for name, each in o.networks.items():
        seeds = np.arange(o.params.seed, o.params.seed + o.params.seeds)
        columns = {"growth": each.growth, "gradient": each.columns["gradient"][:, 0], "square": each.square_ratio}
        frames.append(pd.DataFrame({"network": name, "seed": seeds, **columns}))
    return pd.concat(frames, ignore_index=True)


def curves_table(o: Outcome) -> pd.DataFrame:
    """Return the curves that are compared: series, layer, value, a logarithm to base 10; what has none is left out."""
    found, frames = layers_table(o), []
    for series in CURVES:
        quantity, _, network = series.partition("_")
        rows = found[found["network"] == f"{network} norm"]
        value = rows["gradient" if quantity == "gradient" else "mean_square"]
        kept = drawable(value)
        frames.append(pd.DataFrame({"series": series, "layer": rows["layer"][kept], "value": np.log10(value[kept])}))
    return pd.concat(frames, ignore_index=True)


CURVES = {
    "gradient_with": "Gradient on its way back, with norm",
    "gradient_without": "Gradient on its way back, without norm",
    "square_with": "Mean square of h, with norm",
    "square_without": "Mean square of h, without norm",
}


def drawable(values: Any) -> Any:
    """Return which values have a place on a logarithmic axis."""
    return (values > 1e-300) & (values < 1e300)


def lines_of(found: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Return one quantity by layer with its range over the seeds: network, layer, value, low, high."""
    names = {quantity: "value", f"{quantity}_low": "low", f"{quantity}_high": "high"}
    frame = found[["network", "layer", *names]].rename(columns=names)
    return pd.DataFrame(frame[drawable(frame["low"]) & drawable(frame["high"])]).reset_index(drop=True)


def law_of(found: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Return the theory of one quantity in some layers: network, layer, value."""
    frame = found[["network", "layer", f"{quantity}_theory"]].rename(columns={f"{quantity}_theory": "value"})
    return thinned(frame[drawable(frame["value"])], int(found["layer"].max()))


def thinned(frame: pd.DataFrame, depth: int) -> pd.DataFrame:
    """Return the rows of the last layer and of some before it, at even steps."""
    return pd.DataFrame(frame[(depth - frame["layer"]) % math.ceil(depth / LAW_POINTS) == 0]).reset_index(drop=True)


def by_layer(found: pd.DataFrame, quantity: str, words: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Return the data of a picture by layer on a logarithmic axis."""
    lines, law = lines_of(found, quantity), law_of(found, quantity)
    powers = np.log10(np.concatenate((lines["low"], lines["high"], law["value"], [0.5, 2.0])))
    top = powers.max() + 0.2 * np.ptp(powers)  # room for the words
    ends = {"layer": [1, int(found["layer"].max())], "value": 10.0 ** np.array([powers.min(), min(top, 305.0)])}
    return {
        "lines": lines,
        "law": law,
        "frame": pd.DataFrame(ends),
        "words": pd.DataFrame({"network": list(words), "text": list(words.values())}),
        "guide": pd.DataFrame({"value": [1.0]}),
    }


def ridges(o: Outcome) -> dict[str, pd.DataFrame]:
    """Return the picture of distributions: a row for each of some layers, with a curve for each network."""
    shown = drawn_layers(o.params.depth)
    grid = np.linspace(-1, 1, POINTS) * window(o, shown)
    curves, spreads = [], []
    for row, layer in enumerate(shown):
        base = float(len(shown) - 1 - row)
        for name, each in o.networks.items():
            values = each.samples[:, row].ravel()
            std, inside = float(each.columns["std"][:, layer].mean()), int((np.abs(values) <= grid[-1]).sum())
            text = f"{name}: std {short(std)}" if math.isfinite(std) else f"{name}: overflow"
            if inside >= FEWEST_INSIDE * values.size:
                density = density_on(grid, values)
                columns = {"value": grid, "base": base, "top": base + OVERLAP * density / density.max()}
                curves.append(pd.DataFrame({"network": name, "layer": layer + 1, **columns}))
            elif math.isfinite(std):
                text += ", too wide"
            spreads.append((name, base, text))
    empty = pd.DataFrame({"network": ["x"], "layer": [1], "value": [0.0], "base": [0.0], "top": [0.0]})[:0]
    floats = dict.fromkeys(("value", "base", "top"), np.float32)
    rows = np.arange(len(shown))[::-1].astype(np.float64)
    return {
        "ridges": pd.concat(curves or [empty], ignore_index=True).astype(floats),
        "names": pd.DataFrame({"base": rows, "layer": shown + 1}),
        "spreads": pd.DataFrame(spreads, columns=["network", "base", "text"]),
    }


FEWEST_INSIDE, FAR = 0.02, 10.0
"""A curve of which less than this share is in the picture is not drawn; so many times as wide is far wider."""


def window(o: Outcome, shown: Array) -> float:
    """Return how far the axis of the distributions reaches: to the ends of those with norm, or up to 3 times so far."""
    reach = []
    for each in o.networks.values():
        mean, std = (np.abs(each.columns[key][:, shown]) for key in ("mean", "std"))
        wide = (mean + 3 * std)[np.isfinite(mean + 3 * std)]
        reach.append(min(float(wide.max(initial=0.0)), 1e30))
    without, with_norm = reach
    # Far wider curves would leave the others a needle; they are said in words.
    wider = without if without < FAR * with_norm else 0.0
    return max(max(with_norm, min(wider, 3 * with_norm)) or without or 1.0, 1e-30)


TABLES = {
    "layers": layers_table,
    "seeds": seeds_table,
    "curves": curves_table,
    "ridges": lambda o: o.ridges["ridges"],
    "names": lambda o: o.ridges["names"],
    "spreads": lambda o: o.ridges["spreads"],
}


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set."""
    p = o.params
    deeper = min(2 * p.depth, DEEPEST)
    found: dict[str, dict[str, object]] = {
        "With skip connections": {"connections": "residual"},
        "Without skip connections": {"connections": "plain"},
        "Sigmoid, Xavier": {"activation": "sigmoid", "init": "xavier"},
        "ReLU, He": {"activation": "relu", "init": "he"},
        "Other weights": {"seed": (p.seed + p.seeds) % 2**32},
    }
    if p.seeds * deeper * p.width * p.batch_size <= MOST_VALUES:
        found["Twice as deep"] = {"depth": deeper}
    return {label: changes for label, changes in found.items() if p.replace(**changes) != p}


def per_layer(found: pd.DataFrame) -> dict[str, float]:
    """Return for each network the factor a layer multiplies its gradient by."""
    return {name: float(geometric_mean(found.loc[found["network"] == name, "growth"].to_numpy())) for name in NETWORKS}


def along(frame: pd.DataFrame, column: str) -> dict[str, tuple[float, float]]:
    """Return for each network what a column is in the first layer and in the last."""
    ends = {name: frame.loc[frame["network"] == name, column] for name in NETWORKS}
    return {name: (float(values.iloc[0]), float(values.iloc[-1])) for name, values in ends.items()}


def shares(found: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return shares by layer, one after the other as in `SHARES`: share, layer, value."""
    kinds = [(column, name) for column in columns for name in NETWORKS]
    frames = []
    for words, (column, name) in zip(SHARES, kinds, strict=False):
        rows = found[found["network"] == name]
        frames.append(pd.DataFrame({"share": words, "layer": rows["layer"], "value": rows[column]}))
    return pd.concat(frames, ignore_index=True).dropna(ignore_index=True)


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return the way back, the way forward as distributions and as a mean square, and what is off."""
    layers, rates = found["layers"], per_layer(found["seeds"])
    depth = int(layers["layer"].max())
    squares, stds, off = along(layers, "mean_square"), along(layers, "std"), along(layers, "flat")
    said = {
        name: f"{name}: × {short(rate, 4)} a layer" if rate > 0 else f"{name}: no gradient"
        for name, rate in rates.items()
    }
    from_to = {
        name: f"{name}: {short(first)} → {short(last) if math.isfinite(last) else 'overflow'}"
        for name, (first, last) in squares.items()
    }
    return (
        Figure(
            "gradients", "The gradient on its way back",
            "From right to left: the norm of the gradient with respect to h of each layer, over that of the last. "
            "Lines are geometric means over the seeds, with the range of the seeds around them. Open points are "
            "theory: the mean field of wide networks (Schoenholz et al. 2017; with batch norm Yang et al. 2019).",
            "Two lines over the layers, without norm and with it, on a logarithmic axis.",
            "; ".join(said.values()) + ", going back.",
            by_layer_template("gradient norm / that of the last layer"), by_layer(layers, "gradient", said),
        ),
        Figure(
            "distributions", "What the units see, layer by layer",
            "The distribution of h, which enters the activation, over units, examples and seeds; the first layer is on "
            "top, and each curve is drawn to its own peak. What is wider than the picture is cut off.",
            "A row for each of some layers, with a curve for the network without norm and one for that with it.",
            "; ".join(
                f"{name}: std {short(first)} in the first layer, {short(last)} in the last"
                for name, (first, last) in stds.items()
            ) + ".",
            ridge_template(), {name: found[name] for name in ("ridges", "names", "spreads")},
        ),
        Figure(
            "squares", "The size of h on its way forward",
            "E[h²] of each layer, over units and examples. Lines are geometric means over the seeds, with their range. "
            "Open points are theory: the mean field of wide networks, in residual ones l + 1 after l blocks with batch "
            "norm and 2^l for He and ReLU without (De and Smith 2020).",
            "Two lines over the layers, without norm and with it, on a logarithmic axis.",
            "; ".join(from_to.values()) + ".",
            by_layer_template("mean square of h"), by_layer(layers, "mean_square", from_to),
        ),
        Figure(
            "shares", "Who lets no gradient through",
            "Off: activations that ReLU makes 0. Saturated: tanh and sigmoid where their slope is below a tenth of the "
            "steepest. Whole units are so for every example: no weight of theirs learns from this batch. "
            "Means over the seeds; open points are theory, for single activations.",
            "Four lines over the layers: the share of single activations and of whole units, without norm and with it.",
            "; ".join(f"{name}: {short(last)} off or saturated in the last layer" for name, (_, last) in off.items())
            + ".",
            shares_template(),
            {"shares": shares(layers, "flat", "dead"), "law": thinned(shares(layers, "flat_theory"), depth)},
        ),
    )  # fmt: skip


EXPERIMENT = Experiment(
    slug="depth",
    title="Depth",
    question=__doc__,
    order=60,
    params=DepthParams,
    run=run,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "curves", "series", "layer", "value", x_title="layer, from the inputs on", labels=CURVES,
        y_title={
            series: "log₁₀(gradient norm / that of the last layer)" if series.startswith("gradient")
            else "log₁₀(mean square of h)" for series in CURVES
        },
    ),
    shown_tables=("layers", "seeds"),
    first_set="gradient-explosion-at-init",
    headline=("growth_without", "growth_with", "growth_with_law", "gradient_with", "square_without", "square_with"),
    look_for="Watch the slope of the two lines in the first picture: with He and ReLU the gradient keeps its size "
    "without norm, and batch norm makes it explode. Then take sigmoid with Xavier, where it vanishes without norm and "
    "survives with it. With skip connections, look at the size of h: it doubles with every block without norm, and "
    "grows by one a block with it.",
    actions=actions,
)  # fmt: skip
