"""The settings and the cells of the programs that do the same in code: batches of N, and what they are drawn from."""

from bnsim.experiment import CodeSettings, of_params
from bnsim.experiments.batch_size.params import BatchSizeParams
from bnsim.experiments.batch_size.simulation import population

SIZES = {1: "one", 2: "two"}
"""Of batches that some closed forms do not have."""


def settings(p: BatchSizeParams) -> CodeSettings:
    """Return the settings of batches of N; of real digits the population, in standard units."""
    values = of_params(p, "batch_size", "repeats", "eps", "seed")
    if p.source == "digits":
        values["population"] = tuple(population(p.unit).tolist())
    return CodeSettings(values, {"source": p.source, "size": SIZES.get(p.batch_size, "more")})
