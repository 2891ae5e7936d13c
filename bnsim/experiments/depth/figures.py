"""The pictures of the depth experiment: the way back, the way forward, and who lets no gradient through."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from bnsim.charts.place import Place
from bnsim.columns import Coded, Columns, Given, columns_of
from bnsim.engine.arrays import Array
from bnsim.experiment import Picture, Tables, picture
from bnsim.experiments.depth.charts import (
    NETWORKS,
    SHARES,
    gradients_template,
    ridge_template,
    shares_template,
    squares_template,
    way_back_of,
)
from bnsim.experiments.depth.networks import Network, geometric_mean
from bnsim.experiments.depth.statements import short
from bnsim.experiments.depth.sweeps import step_between
from bnsim.experiments.depth.tables import KINDS, drawable
from bnsim.text import words_of

WORDS = words_of(__package__)
PICTURED = tuple(NETWORKS)
"""The kinds of network as pictures name them, in the order of the tables' own."""

ALIKE = KINDS == PICTURED
"""Whether the tables' own names are those of the pictures."""

GUIDE = {"value": (1.0,)}
"""Where the quiet line is: at a gradient as large as in the last layer, and at a mean square of 1."""

LIVE = {
    **{f"growth_{network.key}": f"sweep('growth_{network.key}')" for network in Network},
    **{f"gradient_{network.key}": f"pow(10, sweep('gradient_{network.key}'))" for network in Network},
    **{f"way_{network.key}": way_back_of(f"pow(10, sweep('gradient_{network.key}'))") for network in Network},
    "depth": "depth",
}
"""Numbers and words that follow the thumb: those of theory, as nothing is drawn before it is let go."""


PLACES = {f"gradient_{network.key}": Place("gradients", "y") for network in Network}
"""What arrives in the first layer lies on the axis of the gradient's norm."""


def figures(tables: Tables) -> Iterator[Picture]:
    """Yield the way back, the way forward as distributions and as a mean square, and what is off."""
    ways = tables.columns("ways")
    rates = rates_of(tables.columns("seeds"))
    data = by_layer(ways, "gradient", rates)
    data |= {"law": named(tables.columns("law")), "sweep": tables.columns("sweep"), "state": tables.columns("state")}
    said = "; ".join(rates.values())
    yield picture("gradients", gradients_template(), data, depth=depth_of(ways), networks=said)
    stds = ends_of(tables.columns("layers"), "std", "distributions")
    data = {name: named(tables.columns(name)) for name in ("ridges", "names", "spreads")}
    yield picture("distributions", ridge_template(), data, networks="; ".join(stds.values()))
    squares = ends_of(ways, "mean_square", "squares")
    law = columns_of(theory_of(tables["ways"], "mean_square"))
    data = by_layer(ways, "mean_square", squares) | {"law": named(law)}
    yield picture("squares", squares_template(), data, networks="; ".join(squares.values()))
    frame = tables["layers"]
    law = columns_of(thinned(shares(frame, "flat_theory"), depth_of(ways)))
    data = {"shares": columns_of(shares(frame, "flat", "dead")), "law": law}
    off = "; ".join(ends_of(tables.columns("layers"), "flat", "shares").values())
    yield picture("shares", shares_template(), data, networks=off)


def named(columns: Columns) -> Columns:
    """Return columns in which networks have the names of the pictures."""
    if ALIKE or "network" not in columns:
        return columns
    return {**columns, "network": renamed(columns)}


def renamed(columns: Columns) -> Coded:
    """Return the column that names the network, as pictures name it."""
    kinds: Coded = columns["network"]
    return kinds if ALIKE else Coded(kinds.codes, PICTURED)


def depth_of(layers: Given) -> int:
    """Return how many layers there are."""
    return int(layers["layer"].max())


def rates_of(seeds: Columns) -> dict[str, str]:
    """Return what is said of the factor a layer of each network."""
    texts, words = {}, "figure.gradients.label"
    for name, growth in zip(NETWORKS, halves(seeds, "growth"), strict=True):
        rate = float(geometric_mean(growth))
        texts[name] = (
            WORDS.say(f"{words}.rate", network=name, rate=short(rate))
            if rate > 0
            else WORDS.say(f"{words}.no-gradient", network=name)
        )
    return texts


def halves(columns: Columns, name: str) -> Array:
    """Return a column of a table, a row for each network: tables have one network after the other."""
    values: Array = columns[name].reshape(len(Network), -1)
    return values


def ends_of(layers: Columns, column: str, figure: str) -> dict[str, str]:
    """Return what is said of a quantity of each network in the first layer and in the last."""
    texts = {}
    for name, values in zip(NETWORKS, halves(layers, column), strict=True):
        first, last = (
            short(float(value)) if math.isfinite(value) else WORDS["label.overflow"]
            for value in (values[0], values[-1])
        )
        texts[name] = WORDS.say(f"figure.{figure}.label.ends", network=name, first=first, last=last)
    return texts


def by_layer(layers: Columns, quantity: str, words: Mapping[str, str]) -> dict[str, Columns]:
    """Return the data of a picture by layer on a logarithmic axis, but for theory."""
    lines = lines_of(layers, quantity)
    theory = layers[f"{quantity}_theory"]
    reached = (lines["low"], lines["high"], theory[drawable(theory)], [0.5, 2.0])
    powers = np.log10(np.concatenate(reached))
    top = powers.max() + 0.2 * np.ptp(powers)  # room for the words
    return {
        "lines": lines,
        "frame": {"layer": [1, depth_of(layers)], "value": 10.0 ** np.array([powers.min(), min(top, 305.0)])},
        "words": {"network": list(words), "text": list(words.values())},
        "guide": GUIDE,
    }


def lines_of(layers: Columns, quantity: str) -> Columns:
    """Return one quantity by layer with its range over the seeds: network, layer, value, low, high."""
    low, high = (layers[f"{quantity}_{end}"] for end in ("low", "high"))
    kept = np.flatnonzero(drawable(low) & drawable(high))
    ends = {"value": layers[quantity], "low": low, "high": high}
    columns = {name: as_sent(values[kept]) for name, values in ends.items()}
    layer = layers["layer"].astype(np.uint8)
    return {"network": renamed(layers)[kept], "layer": layer[kept], **columns}


def as_sent(values: Array) -> Array:
    """Return numbers with seven digits, in half the room, where all of them are within reach of such numbers."""
    reach = np.finfo(np.float32)
    within = ((values > reach.tiny) & (values < reach.max)).all()
    return values.astype(np.float32) if within else values


def theory_of(layers: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Return the theory of one quantity in some layers: network, layer, value."""
    frame = layers[["network", "layer", f"{quantity}_theory"]].rename(columns={f"{quantity}_theory": "value"})
    return thinned(frame[drawable(frame["value"])], depth_of(layers))


def thinned(frame: pd.DataFrame, depth: int) -> pd.DataFrame:
    """Return the rows of the last layer and of some before it, at even steps."""
    kept = (depth - frame["layer"]) % step_between(depth) == 0
    return pd.DataFrame(frame[kept]).reset_index(drop=True)


def shares(layers: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return shares by layer, one after the other as in `SHARES`: share, layer, value."""
    kinds = [(column, network) for column in columns for network in Network]
    frames = []
    for words, (column, network) in zip(SHARES, kinds, strict=False):
        rows = layers[layers["network"] == network.value]
        frames.append(pd.DataFrame({"share": words, "layer": rows["layer"], "value": rows[column]}))
    return pd.concat(frames, ignore_index=True).dropna(ignore_index=True)
