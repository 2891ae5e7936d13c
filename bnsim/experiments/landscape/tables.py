"""Tidy frames of the loss landscape: what figures draw and people read."""

from collections.abc import Iterable
from functools import partial

import numpy as np
import pandas as pd

from bnsim.experiments.landscape.comparison import Band, Measure
from bnsim.experiments.landscape.model import Network, Outcome

NAMES = {
    "none": "no norm",
    "batch": "batch norm",
    "layer": "layer norm",
    "group": "group norm",
    "noisy": "noisy batch norm",
}
"""What the tables call a network, by its norm."""

RAY_COLUMNS = {
    "start_loss": "start",
    "loss_range": "loss_range",
    "relative_change": "relative_change",
    "gradient_change": "change",
    "effective_smoothness": "smoothness",
}
"""Columns of the table of rays, and where their numbers are in the history of a network."""


def roles(o: Outcome) -> dict[str, Network]:
    """Return both networks by the part they play, the reference first."""
    return {"reference": o.reference, "norm": o.norm}


def summary(o: Outcome) -> pd.DataFrame:
    """Return every measure of both networks, mean and span over the seeds, and in how many it is smaller."""
    rows = []
    for measure in Measure:
        row: dict[str, object] = {"measure": measure.value}
        for role, network in roles(o).items():
            span = network.spans[measure]
            row |= {role: span.mean, f"{role}_low": span.low, f"{role}_high": span.high}
        contrast = o.contrasts[measure]
        rows.append(row | {"seeds_smaller": contrast.smaller, "seeds": contrast.seeds})
    return pd.DataFrame(rows)


def rays(o: Outcome) -> pd.DataFrame:
    """Return every measured ray: network, seed, step, and what it says."""
    frames = []
    for network in roles(o).values():
        history = network.history
        step, seed = np.meshgrid(history.steps, o.params.seed + np.arange(o.params.seeds), indexing="ij")
        values = {name: getattr(history, field).ravel() for name, field in RAY_COLUMNS.items()}
        frames.append(
            pd.DataFrame({"network": NAMES[network.norm], "seed": seed.ravel(), "step": step.ravel(), **values})
        )
    return pd.concat(frames, ignore_index=True).astype({"network": object, "seed": np.int64, "step": np.int64})


def bands(name: str, o: Outcome, *, positive: bool = False) -> pd.DataFrame:
    """Return what a picture draws: network, x, low, mid, high; only rows that are finite, or more than 0."""
    drawn = {NAMES[network.norm]: network.bands[name] for network in roles(o).values()}
    frame = pd.DataFrame({"network": np.repeat(list(drawn), [len(band.x) for band in drawn.values()])})
    with np.errstate(over="ignore"):  # what a float32 cannot hold is not drawn
        for place, column in enumerate(Band._fields):
            frame[column] = np.concatenate([band[place] for band in drawn.values()]).astype(np.float32)
    heights = frame[["low", "mid", "high"]].to_numpy()
    kept = np.isfinite(heights).all(axis=1) & (not positive or (heights > 0).all(axis=1))
    shown: pd.DataFrame = frame.loc[kept].reset_index(drop=True).astype({"network": object})
    return shown


def curves(o: Outcome) -> pd.DataFrame:
    """Return what Compare lays over each other: series, step, value."""
    frames = []
    for role, network in roles(o).items():
        for name in ("loss_range", "relative_change"):
            band = network.bands[name]
            frames.append(pd.DataFrame({"series": f"{name}_{role}", "step": band.x.astype(float), "value": band.mid}))
    frame = pd.concat(frames, ignore_index=True).astype({"series": object})
    shown: pd.DataFrame = frame.loc[np.isfinite(frame["value"].to_numpy())].reset_index(drop=True)
    return shown


def remarks(o: Outcome) -> pd.DataFrame:
    """Return what is said in the pictures over the steps: where a network was first seen to have diverged."""
    return remark_frame(
        (min(network.diverged_at), f"{NAMES[network.norm]}: {len(network.diverged_at)} of {o.params.seeds} diverged")
        for network in roles(o).values()
        if network.diverged_at
    )


def ray_remarks(o: Outcome) -> pd.DataFrame:
    """Return what is said in the picture of one ray: after which step it was measured."""
    return remark_frame([(0.0, f"after step {o.drawn_step}")] if o.common_steps else [])


def remark_frame(rows: Iterable[tuple[float, str]]) -> pd.DataFrame:
    """Return remarks as the pictures take them: x, text."""
    return pd.DataFrame(list(rows), columns=["x", "text"]).astype({"x": np.float32, "text": object})


TABLES = {
    "summary": summary,
    "rays": rays,
    "losses": partial(bands, "losses"),
    "loss_range": partial(bands, "loss_range", positive=True),
    "relative_change": partial(bands, "relative_change"),
    "ray": partial(bands, "ray"),
    "entering": partial(bands, "entering"),
    "shifts": partial(bands, "shifts"),
    "curves": curves,
    "remarks": remarks,
    "ray_remarks": ray_remarks,
}
