"""The settings and the cells of the programs that do the same in code: a layer, and what is folded into it."""

from bnsim.experiment import CodeSettings, of_params
from bnsim.experiments.folding.params import FoldingParams


def settings(p: FoldingParams) -> CodeSettings:
    """Return the settings of a layer and the batch norm that is folded into it."""
    shape = ("inputs", "outputs", "groups", "kernel", "size") if p.layer == "conv" else ("inputs", "outputs")
    values = of_params(p, *shape, "batch_size", "shift", "spread", "bias", "gamma", "beta", "eps", "seed")
    return CodeSettings(values, {"layer": p.layer})
