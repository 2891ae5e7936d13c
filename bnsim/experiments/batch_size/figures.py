"""The pictures of the batch size experiment: the errors against N, and the distributions at the chosen N."""

from collections.abc import Iterator

import numpy as np

from bnsim.columns import Columns, Given
from bnsim.engine.arrays import Array
from bnsim.experiment import Picture, Tables, picture
from bnsim.experiments.batch_size.curves import ERRORS, backward_template, carried, doubling_template, errors_template
from bnsim.experiments.batch_size.densities import estimates_template, members_template
from bnsim.experiments.batch_size.marks import MEAN_LAW, VAR_LAW

LIVE = {
    "batch_size": "batch_size",
    "mean_noise": MEAN_LAW,
    "var_noise": f"batch_size > 1 ? {VAR_LAW} : 1 / 0",
    "x_hat_noise": carried("sweep('x_hat')", "sweep('size')"),
    "x_hat_noise_exact": carried("sweep('exact')", "sweep('size')"),
    "doubling_gain": "sweep('gain')",
}
"""Numbers that follow the thumb, exact while it moves, in the parameters of the main picture and by its sweep."""


def figures(tables: Tables) -> Iterator[Picture]:
    """Yield the errors against N, what doubling buys, the distributions at the chosen N, and the gradient."""
    chosen, errors, state = (tables.columns(name) for name in ("chosen", "errors", "state"))
    now = {name: chosen[name][0] for name in ("batch_size", "mean", "var", "x_hat", "bound", "gradient")}
    n, mean, var, x_hat = (now[name] for name in ("batch_size", "mean", "var", "x_hat"))
    lines, points = curves(tables, *ERRORS), rows_of(errors, np.isfinite(errors["simulated"]))
    data: dict[str, Given] = {"curves": lines, "points": points, "sweep": tables.columns("sweep"), "state": state}
    if n == 1:
        yield picture("errors", errors_template(), data, "alone", mean=mean, x_hat=x_hat)
    else:
        yield picture("errors", errors_template(), data, "several", n=n, mean=mean, var=var, x_hat=x_hat)
    factors = tables["doubling"]
    gains = factors.loc[factors["quantity"] == "x_hat", "exact"]
    yield picture("doubling", doubling_template(), {"factors": factors}, first=gains.iloc[0], last=gains.iloc[-1])
    shown = {"bars": tables["simulated"], "laws": tables["distributions"]}
    data = {name: frame[frame["quantity"] != "x_hat"] for name, frame in shown.items()}
    if n == 1:
        yield picture("estimates", estimates_template(), data | {"state": state}, "alone", mean=mean)
    else:
        yield picture("estimates", estimates_template(), data | {"state": state}, "several", n=n, mean=mean, var=var)
    data = {name: frame[frame["quantity"] == "x_hat"] for name, frame in shown.items()}
    here = {"chosen": chosen, "state": state}
    yield picture("members", members_template(), data | here, n=n, bound=now["bound"])
    data = {"curves": curves(tables, "gradient"), "points": tables.columns("gradients"), "state": state}
    yield picture("backward", backward_template(), data, n=n, share=now["gradient"])


def curves(tables: Tables, *quantities: str) -> Columns:
    """Return the curves of some quantities."""
    found = tables.columns("curves")
    named = found["quantity"]
    asked = np.array([name in quantities for name in named.categories])
    return rows_of(found, asked[named.codes])


def rows_of(columns: Columns, kept: Array) -> Columns:
    """Return the rows that are kept."""
    return {name: column[kept] for name, column in columns.items()}
