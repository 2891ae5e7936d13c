"""What the pictures of two networks in training show: their tables, cut to the templates, and said in words."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from bnsim.charts.place import Place
from bnsim.charts.template import Template
from bnsim.experiment import Picture, picture
from bnsim.experiments.training.charts import curves_template, drift_template, sweep_template
from bnsim.experiments.training.params import AS_SET
from bnsim.experiments.training.parts import NETWORKS
from bnsim.experiments.training.tables import frame
from bnsim.text import number, words_of

WORDS = words_of(__package__)

LEAST_LOSS = 1e-8
"""A loss of 0 in float32 is drawn here."""

REACH = 0.1
"""A name is so wide: half of it, as a share of the picture; on a phone a long one is a little wider."""

HIGH = 0.5
"""Above a share like this there may be no room for a name."""

ROOM = 0.25
"""Curves that are so far apart, as a share of the picture, have room for both names between them."""

BESIDE = 0.12
"""A name and its distance from the curve take up this share of the height of a picture of shares."""


PLACES = {
    **{f"train_accuracy_{network}": Place("accuracy", "y") for network in NETWORKS},
    **{f"steps_to_{share}_{network}": Place("accuracy", "x") for share in (90, 95) for network in NETWORKS},
}
"""Numbers that lie on an axis of the curves."""

WORDS_IN_CURVES = {"network": list(NETWORKS), "kind": ["running", "precise"]}
"""As categories they take one byte in every row."""


class Readable(dict[str, pd.DataFrame]):
    """Tables as people read them, each made when first asked for: of closed pictures nobody asks."""

    def __init__(self, found: Mapping[str, pd.DataFrame]) -> None:
        super().__init__()
        self._found = found

    def __missing__(self, name: str) -> pd.DataFrame:
        frame = self[name] = readable(self._found[name])
        return frame


def figures(found: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield curves of accuracy and loss, outcomes over the values tried, eval mode over the steps, and drift.

    Where several values are tried, the outcomes at all of them come before the curves at one.
    """
    found = Readable(found)
    if len(found["axis"]) > 1:
        yield from outcomes(found)
        yield from curves_of(found)
    else:
        yield from curves_of(found)
        yield from reversed(tuple(outcomes(found)))
    yield in_eval_mode(found)
    yield said("drift", drift_template(), drift_data(found), drifts_of(found))


def curves_of(found: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield training accuracy and loss over the steps."""
    accuracy = curve_data(found, "train_accuracy")
    yield said("accuracy", curves_template("accuracy", "share"), accuracy, ends_of(found, "train_accuracy"))
    loss = curve_data(found, "loss", log=True)
    yield said("loss", curves_template("loss", "log"), loss, ends_of(found, "loss"))


def outcomes(found: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield test accuracy and steps to the level over the values tried."""
    accuracy = sweep_data(found, "test_accuracy", "precise_accuracy")
    yield said("outcome", sweep_template("outcome", "near"), accuracy, outcomes_of(found, "test_accuracy"))
    steps = sweep_data(found, "steps_to_level", log=True)
    yield said("speed", sweep_template("speed", "log"), steps, outcomes_of(found, "steps_to_level"))


def in_eval_mode(found: Mapping[str, pd.DataFrame]) -> Picture:
    """Return test accuracy over the steps, with the statistics kept and with better ones."""
    template = curves_template("eval", "share", by_kind=True)
    data = curve_data(found, "test_accuracy", "precise_accuracy")
    return said("eval", template, data, ends_of(found, "test_accuracy"))


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose value tried has a better name where nothing is varied."""
    if "value" not in table or not (table["value"] == AS_SET).any():
        return table
    return table.assign(value=table["value"].replace(AS_SET, say("as_set")))


def said(key: str, template: Template, data: Mapping[str, pd.DataFrame], ends: str) -> Picture:
    """Return a picture whose description says what has come out, or that nothing has."""
    return picture(key, template, data, "known", ends=ends) if ends else picture(key, template, data, "nothing")


def drift_data(found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the data of the picture of drift; what is 0 has no place on a logarithmic axis."""
    drift = found["drift"][found["drift"]["low"] > 0].reset_index(drop=True)
    by_layer = drift.rename(columns={"layer": "x", "mean": "y"})
    return {"drift": drift, "names": named(by_layer, names_of(found), log=True)}


def named(points: pd.DataFrame, names: Mapping[str, str], *, log: bool, levels: Sequence[float] = ()) -> pd.DataFrame:
    """Return where the names of the networks stand beside their curves, which have columns network, x, low, y, high.

    Where the curves are furthest apart, on the inner sides if there is room for both; alone, in the middle. A name
    keeps clear of the band from low to high, of levels and of the edges of the picture.
    """
    network_of = points["network"].to_numpy()
    by = {
        network: {name: points[name].to_numpy()[network_of == network] for name in ("x", "y", "low", "high")}
        for network in NETWORKS
    }
    curves = {
        network: dict(zip(rows["x"].tolist(), rows["y"].tolist(), strict=True))
        for network, rows in by.items()
        if rows["x"].size
    }
    low, high = points["x"].min(), points["x"].max()
    reach = REACH * (high - low)
    placed = []
    for network, (x, above) in name_places(curves, log=log).items():
        rows = by[network]
        near = np.abs(rows["x"] - x) <= reach
        edge = float(rows["high"][near].max() if above else rows["low"][near].min())
        y = off_the_level(edge, above=above, levels=levels)
        inside = min(max(x, low + reach), high - reach)
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


def curve_data(found: Mapping[str, pd.DataFrame], *quantities: str, log: bool = False) -> dict[str, pd.DataFrame]:
    """Return the data of a picture of curves; its guides are the level that is waited for, in that of training."""
    curves, lost = rows_of(found["curves"], *quantities), rows_of(found["lost"], quantities[0])
    if log:
        curves = curves.assign(**curves[["mean", "low", "high"]].clip(lower=LEAST_LOSS))
        lost = lost.assign(y=lost["y"].clip(lower=LEAST_LOSS))
    first = rows_of(curves, quantities[0]).rename(columns={"step": "x", "mean": "y"})
    settings = found["settings"]
    levels = settings["level"].iloc[:1].tolist() if quantities[0] == "train_accuracy" else []
    words = {name: pd.Categorical(curves[name], categories=known) for name, known in WORDS_IN_CURVES.items()}
    numbers = {name: curves[name].to_numpy(dtype=np.float32) for name in ("step", "mean", "low", "high")}
    return {
        "curves": pd.DataFrame({**words, **numbers}),
        "names": named(first, names_of(found), log=log, levels=levels),
        "lost": lost.drop(columns="quantity"),
        "guides": frame([(y, say("percent", percent=100 * y)) for y in levels], {"y": float, "text": str}),
    }


def rows_of(table: pd.DataFrame, *quantities: str) -> pd.DataFrame:
    """Return the rows of some quantities, all of them or a part of the table."""
    chosen = table["quantity"].isin(quantities).to_numpy()
    return table if chosen.all() else table[chosen].reset_index(drop=True)


def off_the_level(y: float, *, above: bool, levels: Sequence[float]) -> float:
    """Return where a name stands, above or below: beyond a level that would strike it through."""
    for level in levels:
        if 0 < (level - y if above else y - level) < BESIDE:
            y = level
    return y


def names_of(found: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return what the networks are called."""
    return dict(zip(found["settings"]["network"], found["settings"]["name"], strict=True))


def sweep_data(found: Mapping[str, pd.DataFrame], *quantities: str, log: bool = False) -> dict[str, pd.DataFrame]:
    """Return the data of a picture of outcomes: a mark a seed, lines through the middles of values that are numbers.

    What is not reached within the steps run is marked at these, and what is not known yet is left out.
    """
    runs, sweep = found["runs"], found["sweep"]
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
    return {"axis": found["axis"], "runs": drawn, "middles": lines, "names": signed(found)}


def signed(found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the names of the networks, each after the marks and the line that stand for it."""
    names = names_of(found)
    return frame(
        [(network, say(f"sign.{network}", name=names[network])) for network in NETWORKS],
        {"network": str, "name": str},
    )


def finite(points: pd.DataFrame, *, log: bool) -> pd.DataFrame:
    """Return the points with a finite y, at least 1 where the axis is logarithmic."""
    known = points[points["y"].notna() & (points["y"] != math.inf)].reset_index(drop=True)
    return known.assign(y=known["y"].clip(lower=1)) if log else known


def ends_of(found: Mapping[str, pd.DataFrame], quantity: str) -> str:
    """Return in words where the curves of a quantity end; nothing if there are none."""
    curves, names = found["curves"], names_of(found)
    network_of, quantity_of = curves["network"].to_numpy(), curves["quantity"].to_numpy()
    ends = []
    for network in NETWORKS:
        rows = np.flatnonzero((quantity_of == quantity) & (network_of == network))
        if rows.size:
            value, count = curves["mean"].iloc[rows[-1]], int(curves["step"].iloc[rows[-1]])
            steps = WORDS["label.steps.one"] if count == 1 else WORDS.say("label.steps.many", count=count)
            ends.append(say("end", name=names[network], value=value, steps=steps))
    return ", ".join(ends)


def outcomes_of(found: Mapping[str, pd.DataFrame], quantity: str) -> str:
    """Return in words the outcome at every value tried; nothing if there is none."""
    sweep, names = found["sweep"], names_of(found)
    networks = []
    for network in NETWORKS:
        rows = sweep[sweep["network"] == network]
        pairs = zip(rows["value"], rows[quantity], strict=True)
        outcomes = [say("at_value", value=value, outcome=in_words(number)) for value, number in pairs]
        if outcomes:
            networks.append(say("by_value", name=names[network], outcomes=", ".join(outcomes)))
    return "; ".join(networks)


def in_words(outcome: float) -> str:
    """Return a number, or that it was not reached or is not known."""
    if math.isinf(outcome):
        return say("never")
    return say("unknown") if math.isnan(outcome) else number(outcome, 3)


def drifts_of(found: Mapping[str, pd.DataFrame]) -> str:
    """Return in words the mean drift of each network; nothing if it is not known."""
    means, names = found["drift"].groupby("network")["mean"].mean(), names_of(found)
    known = [network for network in NETWORKS if network in means]
    return ", ".join(say("by_name", name=names[network], value=means[network]) for network in known)


def say(key: str, **numbers: object) -> str:
    """Return words that several pictures share."""
    return WORDS.say(f"label.picture.{key}", **numbers)
