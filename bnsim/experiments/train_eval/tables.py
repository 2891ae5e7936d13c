"""Tidy frames of training against inference: what figures draw and people read."""

import math
from dataclasses import asdict

import numpy as np
import pandas as pd

from bnsim.columns import Columns, one_row
from bnsim.experiments.train_eval.decisions import Series
from bnsim.experiments.train_eval.model import Complete, Outcome
from bnsim.experiments.train_eval.modes import Mode
from bnsim.text import words_of

WORDS = words_of(__package__)


def modes(o: Outcome) -> Columns:
    """Return the output of x in every mode, with the statistics it was made with."""
    numbers = {name: [getattr(each, name) for each in o.outputs.values()] for name in ("mean", "var", "y", "spread")}
    return {"mode": list(map(str, o.outputs)), **numbers}


def frameworks(o: Complete) -> pd.DataFrame:
    """Return what every framework averages and does with x alone in training mode; y is NaN where it refuses."""
    return pd.DataFrame(
        {
            "framework": each.rule.framework,
            "default": each.default,
            "new_weight": math.nan if each.rule.momentum is None else each.rule.momentum,
            "variance": "unbiased" if each.rule.unbiased else "biased",
            "eps": each.rule.eps,
            "y_alone": each.y,
            "alone": WORDS[f"label.alone.{each.alone}"],
        }
        for each in o.frameworks
    )


def checks(o: Complete) -> pd.DataFrame:
    """Return closed forms beside the simulation: quantity, closed_form, simulated, standard_error, apart.

    The standard errors are those that theory gives; `apart` counts them. Running statistics are taken over the
    repeats without the stream shown, outputs over the companion sets.
    """
    return pd.DataFrame(asdict(each) for each in o.checks)


def decisions(o: Complete) -> pd.DataFrame:
    """Return the share of right decisions by batch size, with two standard errors to either side: low, high."""
    return pd.DataFrame({**asdict(each), "series": str(each.series)} for each in o.by_size)


def steps(o: Outcome) -> pd.DataFrame:
    """Return the running statistics after each batch, with what theory expects; step 0 is the start."""
    frame = pd.DataFrame({"step": np.arange(o.params.steps + 1)})
    for which, each in o.running.items():
        frame[f"batch_{which}"] = np.append(math.nan, each.batch)
        frame[f"running_{which}"] = each.running
        frame[f"expected_{which}"] = each.expected
        frame[f"{which}_low"], frame[f"{which}_high"] = each.low, each.high
        frame[f"population_{which}"] = each.population
    return frame


def outputs(o: Outcome) -> Columns:
    """Return the outputs in training mode, counted: left, right, share (simulated), law (exact); no rows if refused."""
    return {name: getattr(o.companions, name) for name in ("left", "right", "share", "law")}


def curves(o: Complete) -> pd.DataFrame:
    """Return what scenarios lay over each other: series, x, y."""
    among, step = o.companions, np.arange(o.params.steps + 1)
    right = [each for each in o.by_size if each.series is Series.RANDOM]
    points = {
        "y": ((among.left + among.right) / 2, among.law),
        "mean": (step, o.running["mean"].running),
        "var": (step, o.running["var"].running),
        "right": ([each.batch_size for each in right], [each.share for each in right]),
    }
    frames = [
        pd.DataFrame({"series": name, "x": np.asarray(x, dtype=np.float64), "y": np.asarray(y)})
        for name, (x, y) in points.items()
    ]
    return pd.concat(frames, ignore_index=True)


def settings(o: Outcome) -> Columns:
    """Return the one row that pictures need besides: frozen_after, the first-order width of y, where y mostly is."""
    among = o.companions
    return one_row(frozen_after=o.params.frozen_after, first_order=among.first_order, low=among.low, high=among.high)


def marks(o: Outcome) -> Columns:
    """Return the outputs that depend on no companion: what, y, and slope, by how much y grows with x."""
    names = WORDS.group("figure.companions.label.mark")
    found = [(names[mode], o.outputs[Mode(mode)]) for mode in names]
    there = [(what, each.y, each.slope) for what, each in found if not math.isnan(each.y)]
    return dict(zip(("what", "y", "slope"), map(list, zip(*there, strict=True)), strict=True))


def state(o: Outcome) -> Columns:
    """Return the one row that pictures follow from: the two sliders, and how outputs grow with x; see `Sweep`."""
    p, found = o.params, o.sweep
    row = {
        "epoch": 0.0,
        "inference_size": float(p.inference_size),
        "x": p.x,
        "center": p.center,
        "eval_y": o.outputs[Mode.EVAL].y,
        "eval_slope": o.outputs[Mode.EVAL].slope,
        "true_y": o.outputs[Mode.POPULATION].y,
        "true_slope": o.outputs[Mode.POPULATION].slope,
        "right_in_eval": o.decisions.in_eval,
        "base_y": found.base_y,
        "base_slope": found.base_slope,
    }
    return one_row(**row)


SPANS = ("control", "low", "high")
"""Of a sweep, what is no number that is drawn."""


def sweep(o: Outcome) -> Columns:
    """Return the exact numbers at places of the sliders, ends and mean from the base; see `Sweep`."""
    names = ("control", "low", "high", "size", "x", "lower", "upper", "mean", "std", "right")
    slopes = zip(names[5:9], o.sweep.slopes, strict=True)
    columns = {name: getattr(o.sweep, name) for name in names} | {f"{name}_slope": slope for name, slope in slopes}
    return {name: values if name in SPANS else values.astype(np.float32) for name, values in columns.items()}


TABLES = {
    "modes": modes,
    "frameworks": frameworks,
    "checks": checks,
    "decisions": decisions,
    "steps": steps,
    "outputs": outputs,
    "curves": curves,
    "settings": settings,
    "marks": marks,
    "state": state,
    "sweep": sweep,
}
