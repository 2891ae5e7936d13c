"""Tidy frames of the transform experiment: what figures draw and people read."""

import numpy as np
import pandas as pd

from bnsim.columns import Columns, one_row
from bnsim.experiments.transform.model import Outcome
from bnsim.experiments.transform.params import MADE

TICKS_SHOWN = 256
"""Up to so many members are drawn as ticks; more would be a solid bar, and the histogram says it better."""


def stages(o: Outcome) -> Columns:
    """Return mean, std and tracked sample at each stage."""
    numbers = {name: [getattr(each, name) for each in o.stages.values()] for name in ("mean", "std", "tracked")}
    return {"stage": list(o.stages), **numbers}


def moments(o: Outcome) -> pd.DataFrame:
    """Return the batch's moments, and the population's with their standard errors where there is a population."""
    frame = pd.DataFrame({"moment": ["mean", "std"], "batch": [o.mean, o.std]})
    frame["population"] = [o.params.mean, o.params.std] if o.params.source == "sample" else np.nan
    frame["standard_error"] = list(o.errors)
    return frame


def members(o: Outcome) -> pd.DataFrame:
    """Return every member of the batch: its place, x, x_hat and y."""
    raw, normalized, output = (each.members for each in o.stages.values())
    return pd.DataFrame({"member": np.arange(o.size), "x": raw, "x_hat": normalized, "y": output})


def densities(o: Outcome) -> pd.DataFrame:
    """Return one curve per stage: stage, value, density; a batch without spread is one value, up to infinity."""
    frames = [
        pd.DataFrame({"stage": name, "value": each.value, "density": each.density}) for name, each in o.stages.items()
    ]
    return pd.concat(frames, ignore_index=True)


def state(o: Outcome) -> Columns:
    """Return the one row from which a chart computes what it shows (see `bnsim.charts.live`)."""
    p = o.params
    row = {name: getattr(p, name) for name in ("mean", "std", "gamma", "beta", "x", "eps")}
    row |= {"follows": float(p.source in MADE), "z_mean": o.z_mean, "z_std": o.z_std}
    row |= {"batch_mean": o.mean, "batch_std": o.std}
    row |= {"curve": float(p.source == "exact"), "population": float(p.source == "sample")}
    row |= {"reach": float(np.clip(np.max(np.abs(o.standardized)), 4, 12))}
    return one_row(epoch=-1.0, **row)


def ticks(o: Outcome) -> Columns:
    """Return the members to draw as ticks: all of a small batch, none of a large one."""
    shown = o.standardized if o.size <= TICKS_SHOWN else o.standardized[:0]
    return {"z": shown.astype(np.float32)}


def bars(o: Outcome) -> Columns:
    """Return the histogram of the batch, scaled to its own peak; no bars where a curve is drawn."""
    left, right, density = o.bars
    height = density / density.max() if density.size else density
    columns = {"z_left": left, "z_right": right, "height": height}
    return {name: values.astype(np.float32) for name, values in columns.items()}


TABLES = {
    "stages": stages,
    "moments": moments,
    "members": members,
    "densities": densities,
    "state": state,
    "ticks": ticks,
    "bars": bars,
}
