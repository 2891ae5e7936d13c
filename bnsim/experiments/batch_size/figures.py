"""The pictures of the batch size experiment: the errors against N, and the distributions at the chosen N."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from bnsim.experiment import Picture, picture
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


def figures(frames: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the errors against N, what doubling buys, the distributions at the chosen N, and the gradient."""
    chosen, errors, state = frames["chosen"], frames["errors"], frames["state"]
    now = {name: chosen[name].item() for name in ("batch_size", "mean", "var", "x_hat", "bound", "gradient")}
    n, mean, var, x_hat = (now[name] for name in ("batch_size", "mean", "var", "x_hat"))
    simulated = errors[np.isfinite(errors["simulated"].to_numpy())]
    data = {"curves": curves(frames, *ERRORS), "points": simulated, "sweep": frames["sweep"], "state": state}
    if n == 1:
        yield picture("errors", errors_template(), data, "alone", mean=mean, x_hat=x_hat)
    else:
        yield picture("errors", errors_template(), data, "several", n=n, mean=mean, var=var, x_hat=x_hat)
    factors = frames["doubling"]
    gains = factors.loc[factors["quantity"] == "x_hat", "exact"]
    yield picture("doubling", doubling_template(), {"factors": factors}, first=gains.iloc[0], last=gains.iloc[-1])
    bars, lines = frames["simulated"], frames["distributions"]
    data = {name: frame[frame["quantity"] != "x_hat"] for name, frame in (("bars", bars), ("laws", lines))}
    if n == 1:
        yield picture("estimates", estimates_template(), data | {"state": state}, "alone", mean=mean)
    else:
        yield picture("estimates", estimates_template(), data | {"state": state}, "several", n=n, mean=mean, var=var)
    data = {name: frame[frame["quantity"] == "x_hat"] for name, frame in (("bars", bars), ("laws", lines))}
    here = {"chosen": chosen, "state": state}
    yield picture("members", members_template(), data | here, n=n, bound=now["bound"])
    data = {"curves": curves(frames, "gradient"), "points": frames["gradients"], "state": state}
    yield picture("backward", backward_template(), data, n=n, share=now["gradient"])


def curves(frames: Mapping[str, pd.DataFrame], *quantities: str) -> pd.DataFrame:
    """Return the curves of some quantities."""
    frame = frames["curves"]
    return frame[frame["quantity"].isin(quantities).to_numpy()]
