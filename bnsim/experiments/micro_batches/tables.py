"""Tidy frames of the micro-batches experiment: parts, rules, outputs, and what the main picture is computed from."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from bnsim.columns import Columns, one_row
from bnsim.experiments.micro_batches.model import Outcome


def parts(o: Outcome) -> Columns:
    """Return the statistics of each part; places of parts are counted from 1."""
    return {"part": np.arange(1, len(o.sizes) + 1), "size": o.sizes, "mean": o.means, "var": o.variances}


def rules(o: Outcome) -> pd.DataFrame:
    """Return what each rule keeps, and how far it will be from the whole batch."""
    mean, std = float(o.whole.mean), np.sqrt(float(o.whole.var))
    rows = []
    for name, kept in o.rules.items():
        shift, ratio = (kept.settled_mean - mean) / std, kept.settled_var / std**2
        rows.append({"rule": name, **asdict(kept), "mean_shift": shift, "var_ratio": ratio})
    return pd.DataFrame(rows)


def outputs(o: Outcome) -> pd.DataFrame:
    """Return every value after normalizing with the statistics of its part, and of the whole; places from 1."""
    place = np.arange(1, len(o.x) + 1)
    part = np.repeat(np.arange(1, len(o.sizes) + 1), o.sizes)
    frames = [
        pd.DataFrame({"taken": taken, "place": place, "part": part, "x": o.x, "x_hat": x_hat})
        for taken, x_hat in o.x_hat.items()
    ]
    return pd.concat(frames, ignore_index=True)


def drawn(o: Outcome) -> Columns:
    """Return the normal values that every size of the batch begins with, in their order."""
    return {"z": o.drawn.astype(np.float32)}


def state(o: Outcome) -> Columns:
    """Return the one row from which the main picture knows what is set."""
    p = o.params
    row = {name: float(getattr(p, name)) for name in ("batch_size", "micro", "trend", "momentum")}
    return one_row(epoch=-1.0, **row, way=p.way, rule=o.rule)


TABLES = {"parts": parts, "rules": rules, "outputs": outputs, "drawn": drawn, "state": state}
