"""The pictures of the batch size experiment: the errors against N, and the distributions at the chosen N."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from bnsim.experiment import Picture, picture
from bnsim.experiments.batch_size.curves import backward_template, doubling_template, errors_template
from bnsim.experiments.batch_size.densities import estimates_template, members_template


def figures(frames: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the errors against N, what doubling buys, the distributions at the chosen N, and the gradient."""
    chosen, errors = frames["chosen"], frames["errors"]
    now = chosen.iloc[0]
    n, mean, var, x_hat = (now[name] for name in ("batch_size", "mean", "var", "x_hat"))
    simulated = errors[np.isfinite(errors["simulated"])]
    data = {"curves": frames["curves"], "points": simulated, "chosen": chosen}
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
        yield picture("estimates", estimates_template(), data, "alone", mean=mean)
    else:
        yield picture("estimates", estimates_template(), data, "several", n=n, mean=mean, var=var)
    data = {name: frame[frame["quantity"] == "x_hat"] for name, frame in (("bars", bars), ("laws", lines))}
    yield picture("members", members_template(), data | {"chosen": chosen}, n=n, bound=now["bound"])
    data = {"curves": frames["curves"], "points": frames["gradients"], "chosen": chosen}
    yield picture("backward", backward_template(), data, n=n, share=now["gradient"])
