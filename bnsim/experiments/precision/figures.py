"""The pictures of the precision experiment: the outputs of each way, the ways of the sums, and both formulas."""

from collections.abc import Iterator

import numpy as np

from bnsim.experiment import Picture, Tables, picture
from bnsim.experiments.precision.charts import formulas_template, outputs_template, sums_template


def figures(tables: Tables) -> Iterator[Picture]:
    """Yield the outputs of each way, the ways of the sums, and the errors of both formulas."""
    outputs = tables.columns("outputs")
    said = dict(zip(tables.columns("ways")["way"], outputs["said"], strict=True))
    yield picture("outputs", outputs_template(), {"outputs": outputs}, **said)
    for name in ("sums", "squares"):
        found = tables[name]
        held = found[found["sum"] == "format"]
        last = held["total"].iloc[-1] if len(held) else 0.0
        count = held["count"].iloc[-1] if len(held) else 0
        exact = found["total"].iloc[-1]
        yield picture(name, sums_template(name), {"sums": found}, last=last, count=count, exact=exact)
    errors = tables["formulas"]
    finite = errors[np.isfinite(errors["error"])].assign(shown=lambda frame: frame["error"].clip(1e-8, 100))
    data = {"errors": finite, "chosen": tables["chosen"]}
    yield picture("formulas", formulas_template(), data, form=errors["form"].iloc[0])
