"""Tidy frames of the batch size experiment: what figures draw and people read."""

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd

from bnsim.columns import Coded, Columns, coded, one_row
from bnsim.experiments.batch_size.model import ERRORS, Comparison, Complete, Outcome, PairRow, Point

TALLEST = 1.15
"""In units of the highest bar: what is higher would leave the picture."""


VALUES = ("exact", "simulated", "standard_error")
"""Of a point."""

SWEPT = ("size", "x_hat", "exact", "gain")
"""What is known at a place of the slider."""

QUANTITIES = (*ERRORS, "first_order", "gradient")


def frame_of(kind: type, rows: Iterable[Any]) -> pd.DataFrame:
    """Return a frame of values of one dataclass, column by column: row by row pandas takes ten times as long."""
    listed = list(rows)
    return pd.DataFrame({field.name: [getattr(row, field.name) for row in listed] for field in fields(kind)})


def points_of(points: Iterable[Point]) -> Columns:
    """Return columns of points: quantity, batch_size, exact, simulated, standard_error."""
    quantity, size, *values = zip(*map(attrgetter("quantity", "batch_size", *VALUES), points), strict=True)
    columns = dict(zip(VALUES, np.array(values), strict=True))
    return {"quantity": quantities(quantity), "batch_size": np.array(size), **columns}


def quantities(names: Iterable[str]) -> Coded:
    """Return a column of names of quantities."""
    codes = {name: code for code, name in enumerate(QUANTITIES)}
    return Coded(np.array([codes[name] for name in names], dtype=np.int8), QUANTITIES)


def laws(o: Outcome) -> pd.DataFrame:
    """Return every quantity at N: closed form, exact and simulated value, and how many standard errors are between."""
    return frame_of(Comparison, o.compared.values())


def errors(o: Outcome) -> Columns:
    """Return the errors over batch sizes: exact for normal values, and simulated."""
    return points_of(o.sizes)


def gradients(o: Complete) -> Columns:
    """Return the share of a gradient that is let through, over batch sizes."""
    return points_of(o.gradients)


def doubling(o: Complete) -> Columns:
    """Return by what factor each error falls from N to 2 N: exact for normal values, and simulated."""
    return points_of(o.doublings)


def pairs(o: Outcome) -> pd.DataFrame:
    """Return batches of two, ever closer to each other: x_hat, and the gradient from the engine and in closed form."""
    return frame_of(PairRow, o.pairs.rows)


def simulated(o: Complete) -> pd.DataFrame:
    """Return the histograms of what was simulated: quantity, left, right, density, and height over the peak."""
    frames = [
        pd.DataFrame({"quantity": name, **bars._asdict(), "height": bars.density / bars.density.max()})
        for name, bars in o.bars.items()
    ]
    return pd.concat(frames, ignore_index=True)


def distributions(o: Complete) -> pd.DataFrame:
    """Return theory for normal values, or the outlines of what was simulated: quantity, value, density, height.

    `height` is in units of the peak of what was simulated; a point mass goes up to 1.
    """
    frames = []
    for name, curve in o.curves.items():
        over_peak = np.minimum(curve.density / o.bars[name].density.max(), TALLEST)
        height = np.where(np.isinf(curve.density), 1.0, over_peak)
        frames.append(pd.DataFrame({"quantity": name, **curve._asdict(), "height": height}))
    return pd.concat(frames, ignore_index=True)


def curves(o: Outcome) -> Columns:
    """Return the exact errors and their first order on a fine grid of N."""
    quantity, size, value = zip(*o.theory, strict=True)
    return {"quantity": quantities(quantity), "batch_size": np.array(size), "value": np.array(value)}


def chosen(o: Outcome) -> Columns:
    """Return the chosen N with its label, the bound on x_hat, and the errors simulated there."""
    row = {"batch_size": o.params.batch_size, "label": f"N = {o.params.batch_size}", "bound": o.bound}
    return one_row(**row, **{name: o.compared[name].simulated for name in (*ERRORS, "gradient")})


def state(o: Outcome) -> Columns:
    """Return the one row that pictures follow from: N, the errors simulated there, and the population's kurtosis."""
    row = {"epoch": 0.0, "batch_size": float(o.params.batch_size), "kurtosis": o.kurtosis}
    errors = {name: o.compared[name].simulated for name in ERRORS}
    return one_row(**row, **errors)


def sweep(o: Outcome) -> Columns:
    """Return the exact errors of x_hat at places of the slider: control, low, high, size, x_hat, exact, gain."""
    low, high, *errors = zip(*map(attrgetter("low", "high", *SWEPT), o.sweep), strict=True)
    columns = dict(zip(SWEPT, np.array(errors, dtype=np.float32), strict=True))
    return {"control": coded(["batch_size"], [len(low)]), "low": np.array(low), "high": np.array(high), **columns}


TABLES = {
    "laws": laws,
    "errors": errors,
    "doubling": doubling,
    "gradients": gradients,
    "pairs": pairs,
    "simulated": simulated,
    "distributions": distributions,
    "curves": curves,
    "chosen": chosen,
    "state": state,
    "sweep": sweep,
}
