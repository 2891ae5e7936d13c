"""Tidy frames of the depth experiment: what figures draw and people read."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnsim.columns import Coded, Columns, coded, one_row
from bnsim.experiments.depth.distributions import Curve
from bnsim.experiments.depth.model import GEOMETRIC, Complete, Measured, Outcome
from bnsim.experiments.depth.networks import Network
from bnsim.experiments.depth.statements import short
from bnsim.experiments.depth.sweeps import Sweep
from bnsim.text import words_of

WORDS = words_of(__package__)
Array: TypeAlias = NDArray[Any]
KINDS = tuple(network.value for network in Network)
OF_KINDS = pd.CategoricalDtype(list(KINDS))
CONTROLS = ("depth", "sigma")
"""The controls of an outcome's sweeps, in their order."""

SMALLEST, LARGEST = 1e-300, 1e300
"""What lies between has a place on a logarithmic axis."""

CURVES = {
    "gradient_with": (Network.WITH, "gradient"),
    "gradient_without": (Network.WITHOUT, "gradient"),
    "square_with": (Network.WITH, "mean_square"),
    "square_without": (Network.WITHOUT, "mean_square"),
}
"""The curves that are compared: which quantity of which network."""


def layers(o: Complete) -> Columns:
    """Return every layer of both networks: means over the seeds, the range of two of them, and theory."""
    return joined(o, [of_seen(o, network) for network in Network])


def ways(o: Outcome) -> Columns:
    """Return what of `layers` is measured on the way forward and back: mean square and gradient."""
    return joined(o, [of_ways(o.networks[network]) for network in Network])


def joined(o: Outcome, columns: list[dict[str, Array]]) -> Columns:
    """Return the columns of both networks as those of one table, with the network and the layer."""
    numbers = np.tile(np.arange(1, o.params.depth + 1), len(columns))
    both = {name: np.concatenate([of_one[name] for of_one in columns]) for name in columns[0]}
    return {"network": by_network(o.params.depth), "layer": numbers, **both}


def of_ways(measured: Measured) -> dict[str, Array]:
    """Return mean square and gradient of one network with their ranges and theory, each of shape (depth,)."""
    columns = dict[str, Array]()
    for key in GEOMETRIC:
        columns |= {key: measured.typical[key], f"{key}_low": measured.low[key], f"{key}_high": measured.high[key]}
        columns |= {f"{key}_theory": getattr(measured.theory, key)}
    return columns


def of_seen(o: Complete, network: Network) -> dict[str, Array]:
    """Return all columns of one network, each of shape (depth,)."""
    measured = o.networks[network]
    typical = {name: values.mean(axis=0) for name, values in o.seen[network].layers.items()}
    theory = measured.theory
    columns = {key: typical[key] for key in ("mean", "std")} | of_ways(measured)
    columns |= {"flat": typical["flat"], "flat_theory": theory.flat, "dead": typical["dead"]}
    return columns | {"branch_share": typical["branch_share"], "branch_share_theory": theory.branch_share}


def by_network(rows: int) -> Coded:
    """Return the column that names the network: so many rows of each, one network after the other."""
    return coded(KINDS, [rows] * len(KINDS))


def seeds(o: Outcome) -> Columns:
    """Return what every single draw gave: growth a layer, gradient of the first layer, mean square of the last."""
    count = o.params.seeds
    numbers = np.tile(np.arange(o.params.seed, o.params.seed + count), len(Network))
    columns = {
        name: np.concatenate([getattr(measured, name) for measured in o.networks.values()])
        for name in ("growth", "gradient", "square")
    }
    return {"network": by_network(count), "seed": numbers, **columns}


def curves(o: Outcome) -> pd.DataFrame:
    """Return the curves that are compared: series, layer, value, a logarithm to base 10; what has none is left out."""
    frames = []
    for series, (network, quantity) in CURVES.items():
        value = o.networks[network].typical[quantity]
        kept = np.flatnonzero(drawable(value))
        frames.append(pd.DataFrame({"series": series, "layer": kept + 1, "value": np.log10(value[kept])}))
    return pd.concat(frames, ignore_index=True)


def state(o: Outcome) -> Columns:
    """Return the one row of what Python knows of the controls that the picture follows (see `charts.following`)."""
    return one_row(epoch=-1.0, depth=o.params.depth, sigma=o.params.sigma)


def sweep(o: Outcome) -> Columns:
    """Return theory by position of a thumb: control, low, high, the position, and the numbers of a `Sweep`."""
    numbers: dict[str, list[Array]] = {}
    for network in reversed(Network):
        for name in ("growth", "gradient"):
            numbers[f"{name}_{network.key}"] = [getattr(each, name)[network] for each in o.sweeps.values()]
    low, high = np.concatenate([each.spans for each in o.sweeps.values()]).T.astype(np.float32)
    control = coded(CONTROLS, [len(each.positions) for each in o.sweeps.values()])
    columns = {name: np.concatenate(values).astype(np.float32) for name, values in numbers.items()}
    at = np.concatenate([each.positions for each in o.sweeps.values()]).astype(np.float32)
    return {"control": control, "low": low, "high": high, "at": at, **columns}


def law(o: Outcome) -> Columns:
    """Return the powers of ten by which the gradient grows: control, low, high, network, layer, power.

    Wherever the thumb of a control is between low and high, the gradient of a layer over that of another is ten to
    the difference of their powers. No rows from the layer on that overflows.
    """
    edges, parts = list[tuple[float, float]](), list[tuple[Array, ...]]()
    for code, each in enumerate(o.sweeps.values()):
        parts += law_of(each, code, len(edges))
        edges += edges_of(each)
    control, span, network, layer, power = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    kept = ~np.isnan(power)
    low, high = (Coded(codes[span[kept]], different) for different, codes in different_ends(tuple(edges)))
    return {
        "control": Coded(control[kept], CONTROLS),
        "low": low,
        "high": high,
        "network": Coded(network[kept], KINDS),
        "layer": layer[kept].astype(np.uint8),
        "power": power[kept].astype(np.float32),
    }


def edges_of(sweep: Sweep) -> list[tuple[float, float]]:
    """Return from where on up to where each row of its powers holds."""
    edges = [(low, high) for low, high in sweep.spans.tolist()]
    return edges if len(sweep.powers[Network.WITH]) > 1 else [(edges[0][0], edges[-1][1])]


def law_of(sweep: Sweep, code: int, start: int) -> Iterator[tuple[Array, ...]]:
    """Yield the columns of a sweep, network by network; its spans are counted from `start` on."""
    for number, powers in enumerate(sweep.powers.values()):
        rows, layers = powers.shape
        codes = [np.full(powers.size, each, np.int8) for each in (code, number)]
        spans = np.repeat(np.arange(start, start + rows, dtype=np.int8), layers)
        yield codes[0], spans, codes[1], np.tile(sweep.layers, rows), powers.ravel()


@lru_cache(maxsize=64)  # most moves of a slider leave them as they are
def different_ends(edges: tuple[tuple[float, float], ...]) -> tuple[tuple[Array, Array], ...]:
    """Return the different lower ends, with the place of each edge's among them, and the upper ones.

    Of each row that has such an end a byte is kept and sent.
    """
    ends = (np.unique(each, return_inverse=True) for each in np.array(edges, np.float32).T)
    return tuple((different, codes.astype(np.int8)) for different, codes in ends)


def drawable(values: Any) -> Any:
    """Return which values have a place on a logarithmic axis."""
    return (values > SMALLEST) & (values < LARGEST)


def ridges(o: Complete) -> pd.DataFrame:
    """Return the curves of the distributions, each standing on its row: network, layer, value, base, top."""
    shown = o.distributions
    empty = pd.DataFrame({"network": [KINDS[0]], "layer": 1, "value": 0.0, "base": 0.0, "top": 0.0})[:0]
    frames = [
        pd.DataFrame(
            {
                "network": curve.network.value,
                "layer": curve.layer + 1,
                "value": shown.grid,
                "base": base_of(o, curve),
                "top": base_of(o, curve) + curve.height,
            }
        )
        for curve in shown.curves
        if curve.height.size
    ]
    sent: dict[str, Any] = {"network": OF_KINDS, **dict.fromkeys(("value", "base", "top"), np.float32)}
    return pd.concat(frames or [empty], ignore_index=True).astype(sent)


def base_of(o: Complete, curve: Curve) -> float:
    """Return on what height the row of a curve stands."""
    return float(len(o.distributions.layers) - 1 - curve.row)


def names(o: Complete) -> pd.DataFrame:
    """Return which layer a row of the distributions shows: base, layer."""
    shown = o.distributions.layers
    return pd.DataFrame({"base": np.arange(len(shown))[::-1].astype(np.float64), "layer": shown + 1})


def spreads(o: Complete) -> pd.DataFrame:
    """Return what is said of the spread of each curve: network, base, text."""
    rows = [(curve.network.value, base_of(o, curve), spread_of(curve)) for curve in o.distributions.curves]
    return pd.DataFrame(rows, columns=["network", "base", "text"]).astype({"network": OF_KINDS})


def spread_of(curve: Curve) -> str:
    """Return what is said of the spread of one curve."""
    name = WORDS[f"label.network.{curve.network.key}"]
    if not math.isfinite(curve.std):
        return WORDS.say("figure.distributions.label.overflow", network=name)
    case = "spread" if curve.height.size else "too-wide"
    return WORDS.say(f"figure.distributions.label.{case}", network=name, std=short(curve.std))


TABLES = {
    "layers": layers,
    "ways": ways,
    "seeds": seeds,
    "curves": curves,
    "ridges": ridges,
    "names": names,
    "spreads": spreads,
    "state": state,
    "sweep": sweep,
    "law": law,
}
