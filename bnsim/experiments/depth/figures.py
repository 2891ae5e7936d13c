"""The pictures of the depth experiment: the way back, the way forward, and who lets no gradient through."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from bnsim.experiment import Picture, picture
from bnsim.experiments.depth.charts import NETWORKS, SHARES, by_layer_template, ridge_template, shares_template
from bnsim.experiments.depth.networks import Network, geometric_mean
from bnsim.experiments.depth.statements import short
from bnsim.experiments.depth.tables import drawable
from bnsim.text import words_of

WORDS = words_of(__package__)
NAMES = dict(zip(map(str, Network), NETWORKS, strict=True))
"""What a picture calls a network, by its name in the tables."""

THEORY_POINTS = 16


def figures(tables: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the way back, the way forward as distributions and as a mean square, and what is off."""
    layers = tables["layers"]
    rates = rates_of(tables["seeds"])
    data = by_layer(layers, "gradient", rates)
    yield picture(
        "gradients", by_layer_template("gradients"), data, depth=depth_of(layers), networks="; ".join(rates.values())
    )
    stds = ends_of(layers, "std", "distributions")
    data = {name: named(tables[name]) for name in ("ridges", "names", "spreads")}
    yield picture("distributions", ridge_template(), data, networks="; ".join(stds.values()))
    squares = ends_of(layers, "mean_square", "squares")
    data = by_layer(layers, "mean_square", squares)
    yield picture("squares", by_layer_template("squares"), data, networks="; ".join(squares.values()))
    data = {"shares": shares(layers, "flat", "dead"), "law": thinned(shares(layers, "flat_theory"), depth_of(layers))}
    off = "; ".join(ends_of(layers, "flat", "shares").values())
    yield picture("shares", shares_template(), data, networks=off)


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which networks have the names of the pictures."""
    return frame.replace({"network": NAMES}) if "network" in frame else frame


def depth_of(layers: pd.DataFrame) -> int:
    """Return how many layers there are."""
    return int(layers["layer"].max())


def rates_of(seeds: pd.DataFrame) -> dict[str, str]:
    """Return what is said of the factor a layer of each network."""
    texts = {}
    for network, name in NAMES.items():
        rate = float(geometric_mean(seeds.loc[seeds["network"] == network, "growth"].to_numpy()))
        words = "figure.gradients.label"
        texts[name] = (
            WORDS.say(f"{words}.rate", network=name, rate=short(rate))
            if rate > 0
            else WORDS.say(f"{words}.no-gradient", network=name)
        )
    return texts


def ends_of(layers: pd.DataFrame, column: str, figure: str) -> dict[str, str]:
    """Return what is said of a quantity of each network in the first layer and in the last."""
    texts = {}
    for network, name in NAMES.items():
        values = layers.loc[layers["network"] == network, column]
        first, last = (
            short(float(value)) if math.isfinite(value) else WORDS["label.overflow"]
            for value in (values.iloc[0], values.iloc[-1])
        )
        texts[name] = WORDS.say(f"figure.{figure}.label.ends", network=name, first=first, last=last)
    return texts


def by_layer(layers: pd.DataFrame, quantity: str, words: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Return the data of a picture by layer on a logarithmic axis."""
    lines, theory = lines_of(layers, quantity), theory_of(layers, quantity)
    powers = np.log10(np.concatenate((lines["low"], lines["high"], theory["value"], [0.5, 2.0])))
    top = powers.max() + 0.2 * np.ptp(powers)  # room for the words
    ends = {"layer": [1, depth_of(layers)], "value": 10.0 ** np.array([powers.min(), min(top, 305.0)])}
    return {
        "lines": named(lines),
        "law": named(theory),
        "frame": pd.DataFrame(ends),
        "words": pd.DataFrame({"network": list(words), "text": list(words.values())}),
        "guide": pd.DataFrame({"value": [1.0]}),
    }


def lines_of(layers: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Return one quantity by layer with its range over the seeds: network, layer, value, low, high."""
    columns = {quantity: "value", f"{quantity}_low": "low", f"{quantity}_high": "high"}
    frame = layers[["network", "layer", *columns]].rename(columns=columns)
    return pd.DataFrame(frame[drawable(frame["low"]) & drawable(frame["high"])]).reset_index(drop=True)


def theory_of(layers: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Return the theory of one quantity in some layers: network, layer, value."""
    frame = layers[["network", "layer", f"{quantity}_theory"]].rename(columns={f"{quantity}_theory": "value"})
    return thinned(frame[drawable(frame["value"])], depth_of(layers))


def thinned(frame: pd.DataFrame, depth: int) -> pd.DataFrame:
    """Return the rows of the last layer and of some before it, at even steps."""
    kept = (depth - frame["layer"]) % math.ceil(depth / THEORY_POINTS) == 0
    return pd.DataFrame(frame[kept]).reset_index(drop=True)


def shares(layers: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return shares by layer, one after the other as in `SHARES`: share, layer, value."""
    kinds = [(column, network) for column in columns for network in Network]
    frames = []
    for words, (column, network) in zip(SHARES, kinds, strict=False):
        rows = layers[layers["network"] == network.value]
        frames.append(pd.DataFrame({"share": words, "layer": rows["layer"], "value": rows[column]}))
    return pd.concat(frames, ignore_index=True).dropna(ignore_index=True)
