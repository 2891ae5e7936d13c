"""The settings and the cells of the programs that do the same in code: what makes the batch, or its numbers."""

from bnsim.experiment import CodeSettings, of_params, several
from bnsim.experiments.transform.model import given_batch
from bnsim.experiments.transform.params import MADE, TransformParams

MOST_LITERALS = 2000
"""Numbers that a program carries; more would hide it in its data."""


def settings(p: TransformParams) -> CodeSettings:
    """Return the settings of one mini-batch: what makes it, or its numbers."""
    values = of_params(p, "gamma", "beta", "x", "eps")
    size, facts = p.batch_size, {"source": p.source, "carried": "yes"}
    if p.source in MADE:
        values = {**of_params(p, "mean", "std", "batch_size", "seed"), **values}
    else:
        numbers = given_batch(p)
        size = numbers.size
        if size <= MOST_LITERALS:
            values["values"] = tuple(numbers.tolist())
        else:
            facts["carried"] = "no"
    return CodeSettings(values, {**facts, "size": several(size)})
