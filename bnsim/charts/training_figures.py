"""What the pictures of two networks in training show: their tables, cut to the templates, and said in words."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from bnsim.charts.template import Figure
from bnsim.charts.training import NETWORKS, curves_template, drift_template, sweep_template
from bnsim.text import number

LEAST_LOSS = 1e-8
"""A loss of 0 in float32 is drawn here."""

REACH = 0.05
"""A name is so wide: half of it, as a share of the picture."""

HIGH = 0.5
"""Above a share like this there may be no room for a name."""

ROOM = 0.25
"""Curves that are so far apart, as a share of the picture, have room for both names between them."""


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return curves of accuracy and loss, outcomes over the values tried, eval mode over the steps, and drift."""
    drift = found["drift"][found["drift"]["low"] > 0].reset_index(drop=True)
    by_layer = drift.rename(columns={"layer": "x", "mean": "y"})
    spoken = "A curve with a band for each of two networks, over the steps."
    return (
        Figure(
            "accuracy", "Training accuracy",
            "Share of all training digits read correctly in eval mode: mean of the seeds, in a band from the least to "
            "the largest. The dotted line is the level that is waited for; × marks where a seed diverged.",
            spoken, said_of(found, "train_accuracy", "training accuracy"),
            curves_template("training accuracy", "share"), curve_data(found, "train_accuracy"),
        ),
        Figure(
            "loss", "Loss",
            "Cross-entropy of the mini-batch of each step that was recorded: mean of the seeds, in a band from the "
            "least to the largest, on a logarithmic axis.",
            spoken, said_of(found, "loss", "loss"),
            curves_template("loss of the mini-batch", "log"), curve_data(found, "loss", log=True),
        ),
        Figure(
            "speed", "Steps to the level",
            "After how many steps the training accuracy first reaches the level: a mark a seed, a line through the "
            "medians. × at the top is a seed that did not get there within the steps run.",
            "For each value tried, a mark for each seed of each network at its number of steps.",
            said_of_sweep(found, "steps_to_level", "steps to the level"),
            sweep_template("steps to the level", "log", "reached/not within the steps run"),
            sweep_data(found, "steps_to_level", log=True),
        ),
        Figure(
            "outcome", "Test accuracy at the end",
            "Share of the 450 test digits read correctly in eval mode after the last step: a mark a seed, a line "
            "through the means. The axis does not start at 0. × is a seed that diverged.",
            "For each value tried, a mark for each seed of each network at its test accuracy.",
            said_of_sweep(found, "test_accuracy", "test accuracy"),
            sweep_template("test accuracy, eval mode", "near", "kept statistics/PreciseBN/diverged"),
            sweep_data(found, "test_accuracy", "precise_accuracy"),
        ),
        Figure(
            "eval", "Test accuracy along the way",
            "Solid with the statistics that training keeps, dashed with statistics of the training set under the "
            "weights of that moment (PreciseBN), where they are measured.",
            spoken, said_of(found, "test_accuracy", "test accuracy"),
            curves_template("test accuracy, eval mode", "share", by_kind=True),
            curve_data(found, "test_accuracy", "precise_accuracy"),
        ),
        Figure(
            "drift", "How far the input of each activation moves in a step",
            "Absolute change, from one step to the next, of the mini-batch mean of what enters the activations: mean "
            "over units and the first 500 steps, and over the seeds, in a bar from the least to the largest.",
            "A point for each hidden layer of each network, on a logarithmic axis.",
            said_of_drift(found),
            drift_template(), {"drift": drift, "names": named(by_layer, names_of(found), log=True)},
        ),
    )  # fmt: skip


def named(points: pd.DataFrame, names: Mapping[str, str], *, log: bool, clear: bool = True) -> pd.DataFrame:
    """Return where the names of the networks stand beside their curves, which have columns network, x, low, y, high.

    Where the curves are furthest apart, on the inner sides if there is room for both; alone, in the middle. A name
    keeps clear of the band from low to high, and if asked of the edges of the picture.
    """
    by = {network: points[points["network"] == network] for network in NETWORKS}
    curves = {network: dict(zip(rows["x"], rows["y"], strict=True)) for network, rows in by.items() if len(rows)}
    low, high = points["x"].min(), points["x"].max()
    reach = REACH * (high - low)
    placed = []
    for network, (x, above) in name_places(curves, log=log).items():
        near = by[network][(by[network]["x"] - x).abs() <= reach]
        y = near["high"].max() if above else near["low"].min()
        inside = min(max(x, low + 2 * reach), high - 2 * reach) if clear else x
        placed.append((network, inside, y, "above" if above else "below", names[network]))
    return frame(placed, {"network": str, "x": float, "y": float, "side": str, "name": str})


def name_places(curves: Mapping[str, Mapping[float, float]], *, log: bool) -> dict[str, tuple[float, bool]]:
    """Return at which x the name of each curve stands, and whether above it."""
    shared = sorted(set.intersection(*map(set, curves.values()))) if curves else []
    inner = shared[len(shared) // 4 : max(1, len(shared) - len(shared) // 4)]
    if len(curves) < len(NETWORKS) or len(shared) < max(map(len, curves.values())) / 2:
        middles = {network: list(curve)[len(curve) // 2] for network, curve in curves.items()}
        return {network: (x, log or curves[network][x] < HIGH) for network, x in middles.items()}
    norm, against = ({x: math.log(y) if log else y for x, y in curves[network].items()} for network in NETWORKS)
    x = max(inner, key=lambda each: abs(norm[each] - against[each]))
    both = [*norm.values(), *against.values()]
    far = abs(norm[x] - against[x]) > ROOM * (max(both) - min(both))
    norm_above = (norm[x] >= against[x]) != far
    return {"norm": (x, norm_above), "against": (x, not norm_above)}


def frame(rows: Iterable[Sequence[Any]], columns: Mapping[str, type]) -> pd.DataFrame:
    """Return rows as a table whose columns have the same types however many rows there are."""
    return pd.DataFrame(list(rows), columns=list(columns)).astype(columns)


def curve_data(found: Mapping[str, pd.DataFrame], *quantities: str, log: bool = False) -> dict[str, pd.DataFrame]:
    """Return the data of a picture of curves; its guides are the level that is waited for, in that of training."""
    curves = found["curves"][found["curves"]["quantity"].isin(quantities)].reset_index(drop=True)
    lost = found["lost"][found["lost"]["quantity"] == quantities[0]].reset_index(drop=True)
    if log:
        curves = curves.assign(**curves[["mean", "low", "high"]].clip(lower=LEAST_LOSS))
        lost = lost.assign(y=lost["y"].clip(lower=LEAST_LOSS))
    drawn = ["network", "kind", "step", "mean", "low", "high"]
    first = curves[curves["quantity"] == quantities[0]].rename(columns={"step": "x", "mean": "y"})
    settings = found["settings"]
    level = settings["level"].iloc[:1] if quantities[0] == "train_accuracy" else settings["level"].iloc[:0]
    guides = frame([(y, f"{number(100 * y, 3)} %") for y in level], {"y": float, "text": str})
    names = named(first, names_of(found), log=log)
    numbers = dict.fromkeys(("step", "mean", "low", "high"), "float32")
    return {"curves": curves[drawn].astype(numbers), "names": names, "lost": lost.drop(columns="quantity"),
            "guides": guides}  # fmt: skip


def names_of(found: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return what the networks are called."""
    return dict(zip(found["settings"]["network"], found["settings"]["name"], strict=True))


def sweep_data(found: Mapping[str, pd.DataFrame], *quantities: str, log: bool = False) -> dict[str, pd.DataFrame]:
    """Return the data of a picture of outcomes: a mark a seed, lines through the middles of values that are numbers.

    What is not reached within the steps run is marked at these, and what is not known yet is left out.
    """
    runs, sweep, order = found["runs"], found["sweep"], list(found["axis"]["value"])
    steps, joined = found["settings"]["steps"].iloc[0], bool(found["settings"]["numbers"].iloc[0])
    marks, middles = [], []
    for quantity, kind in zip(quantities, ("running", "precise"), strict=False):
        of_seeds = runs.assign(kind=kind, y=runs[quantity])
        missed = of_seeds["y"] == math.inf if log else of_seeds["diverged"]
        of_seeds["kind"] = of_seeds["kind"].mask(missed, "lost")
        of_seeds["y"] = of_seeds["y"].replace(math.inf, steps)
        marks.append(of_seeds)
        middle = sweep.assign(kind=kind, y=sweep[quantity], line=sweep["network"])
        middles.append(middle if joined else middle.assign(line=middle["network"] + middle["value"]))
    drawn = pd.concat(marks)[["network", "value", "kind", "y"]]
    lines = pd.concat(middles)[["network", "value", "kind", "line", "y"]]
    drawn, lines = (finite(each, log=log) for each in (drawn, lines))
    places = lines[lines["kind"] == "running"].assign(x=lambda each: each["value"].map(order.index).astype(float))
    places = places.assign(low=places["y"], high=places["y"])
    names = named(places, names_of(found), log=log, clear=False)
    value = names["x"].map(lambda x: order[int(x)]).astype(str)
    return {"axis": found["axis"], "runs": drawn, "middles": lines,
            "names": names.drop(columns="x").assign(value=value)}  # fmt: skip


def finite(points: pd.DataFrame, *, log: bool) -> pd.DataFrame:
    """Return the points with a finite y, at least 1 where the axis is logarithmic."""
    known = points[points["y"].notna() & (points["y"] != math.inf)].reset_index(drop=True)
    return known.assign(y=known["y"].clip(lower=1)) if log else known


def said_of(found: Mapping[str, pd.DataFrame], quantity: str, words: str) -> str:
    """Return in words where the curves of a quantity end."""
    curves, names = found["curves"], names_of(found)
    ends = [
        f"{names[network]} ends at {number(rows['mean'].iloc[-1], 3)} after {number(rows['step'].iloc[-1])} steps"
        for network in NETWORKS
        if len(rows := curves[(curves["quantity"] == quantity) & (curves["network"] == network)])
    ]
    return f"Mean {words}: {', '.join(ends)}." if ends else "Nothing has been recorded yet."


def said_of_sweep(found: Mapping[str, pd.DataFrame], quantity: str, words: str) -> str:
    """Return in words the outcome at every value tried."""
    sweep, names = found["sweep"], names_of(found)
    each = [
        f"{names[network]} " + ", ".join(map("{}: {}".format, rows["value"], rows[quantity].map(told)))
        for network in NETWORKS
        if len(rows := sweep[sweep["network"] == network])
    ]
    return f"{words.capitalize()}: {'; '.join(each)}." if each else "Nothing has been recorded yet."


def told(value: float) -> str:
    """Return a number, or that it was not reached or is not known."""
    return "not within the steps run" if math.isinf(value) else "unknown" if math.isnan(value) else number(value, 3)


def said_of_drift(found: Mapping[str, pd.DataFrame]) -> str:
    """Return in words the mean drift of each network."""
    means, names = found["drift"].groupby("network")["mean"].mean(), names_of(found)
    each = [f"{names[network]} {number(means[network], 3)}" for network in NETWORKS if network in means]
    return f"Mean over the layers: {', '.join(each)}." if each else "Nothing has been recorded yet."
