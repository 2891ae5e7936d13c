"""The pictures of the precision experiment: the outputs of each way, the ways of the sums, and both formulas."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from bnsim.experiment import Picture, picture
from bnsim.experiments.precision.charts import formulas_template, outputs_template, sums_template


def figures(frames: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the outputs of each way, the ways of the sums, and the errors of both formulas."""
    outputs = frames["outputs"]
    said = dict(zip(frames["ways"]["way"], outputs["said"], strict=True))
    yield picture("outputs", outputs_template(), {"outputs": outputs}, **said)
    for name in ("sums", "squares"):
        found = frames[name]
        held = found[found["sum"] == "format"]
        last = held["total"].iloc[-1] if len(held) else 0.0
        count = held["count"].iloc[-1] if len(held) else 0
        exact = found["total"].iloc[-1]
        yield picture(name, sums_template(name), {"sums": found}, last=last, count=count, exact=exact)
    errors = frames["formulas"]
    finite = errors[np.isfinite(errors["error"])].assign(shown=lambda frame: frame["error"].clip(1e-8, 100))
    data = {"errors": finite, "chosen": frames["chosen"]}
    yield picture("formulas", formulas_template(), data, form=errors["form"].iloc[0])
