"""Tidy frames of the depth experiment: what figures draw and people read."""

import math
from typing import Any

import numpy as np
import pandas as pd

from bnsim.experiments.depth.distributions import Curve
from bnsim.experiments.depth.model import GEOMETRIC, Outcome
from bnsim.experiments.depth.networks import Network
from bnsim.experiments.depth.statements import short
from bnsim.text import words_of

WORDS = words_of(__package__)

CURVES = {
    "gradient_with": (Network.WITH, "gradient"),
    "gradient_without": (Network.WITHOUT, "gradient"),
    "square_with": (Network.WITH, "mean_square"),
    "square_without": (Network.WITHOUT, "mean_square"),
}
"""The curves that are compared: which quantity of which network."""


def layers(o: Outcome) -> pd.DataFrame:
    """Return every layer of both networks: means over the seeds, the range of two of them, and theory."""
    frames = []
    for network, measured in o.networks.items():
        typical, theory = measured.typical, measured.theory
        columns: dict[str, Any] = {"network": network.value, "layer": np.arange(1, o.params.depth + 1)}
        columns |= {key: typical[key] for key in ("mean", "std")}
        for key in GEOMETRIC:
            columns |= {key: typical[key], f"{key}_low": measured.low[key], f"{key}_high": measured.high[key]}
            columns |= {f"{key}_theory": getattr(theory, key)}
        columns |= {"flat": typical["flat"], "flat_theory": theory.flat, "dead": typical["dead"]}
        columns |= {"branch_share": typical["branch_share"], "branch_share_theory": theory.branch_share}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def seeds(o: Outcome) -> pd.DataFrame:
    """Return what every single draw gave: growth a layer, gradient of the first layer, mean square of the last."""
    numbers = np.arange(o.params.seed, o.params.seed + o.params.seeds)
    frames = [
        pd.DataFrame(
            {
                "network": network.value,
                "seed": numbers,
                "growth": measured.growth,
                "gradient": measured.gradient,
                "square": measured.square,
            }
        )
        for network, measured in o.networks.items()
    ]
    return pd.concat(frames, ignore_index=True)


def curves(o: Outcome) -> pd.DataFrame:
    """Return the curves that are compared: series, layer, value, a logarithm to base 10; what has none is left out."""
    frames = []
    for series, (network, quantity) in CURVES.items():
        value = o.networks[network].typical[quantity]
        kept = np.flatnonzero(drawable(value))
        frames.append(pd.DataFrame({"series": series, "layer": kept + 1, "value": np.log10(value[kept])}))
    return pd.concat(frames, ignore_index=True)


def drawable(values: Any) -> Any:
    """Return which values have a place on a logarithmic axis."""
    return (values > 1e-300) & (values < 1e300)


def ridges(o: Outcome) -> pd.DataFrame:
    """Return the curves of the distributions, each standing on its row: network, layer, value, base, top."""
    shown = o.distributions
    empty = pd.DataFrame({"network": ["x"], "layer": [1], "value": [0.0], "base": [0.0], "top": [0.0]})[:0]
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
    floats = dict.fromkeys(("value", "base", "top"), np.float32)
    return pd.concat(frames or [empty], ignore_index=True).astype(floats)


def base_of(o: Outcome, curve: Curve) -> float:
    """Return on what height the row of a curve stands."""
    return float(len(o.distributions.layers) - 1 - curve.row)


def names(o: Outcome) -> pd.DataFrame:
    """Return which layer a row of the distributions shows: base, layer."""
    shown = o.distributions.layers
    return pd.DataFrame({"base": np.arange(len(shown))[::-1].astype(np.float64), "layer": shown + 1})


def spreads(o: Outcome) -> pd.DataFrame:
    """Return what is said of the spread of each curve: network, base, text."""
    rows = [(curve.network.value, base_of(o, curve), spread_of(curve)) for curve in o.distributions.curves]
    return pd.DataFrame(rows, columns=["network", "base", "text"])


def spread_of(curve: Curve) -> str:
    """Return what is said of the spread of one curve."""
    name = WORDS[f"label.network.{curve.network.key}"]
    if not math.isfinite(curve.std):
        return WORDS.say("figure.distributions.label.overflow", network=name)
    case = "spread" if curve.height.size else "too-wide"
    return WORDS.say(f"figure.distributions.label.{case}", network=name, std=short(curve.std))


TABLES = {
    "layers": layers,
    "seeds": seeds,
    "curves": curves,
    "ridges": ridges,
    "names": names,
    "spreads": spreads,
}
