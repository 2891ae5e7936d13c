"""The settings and the cells of the programs that do the same in code: a batch whole and in parts."""

from bnsim.experiment import CodeSettings, of_params
from bnsim.experiments.micro_batches.params import MicroBatchesParams, kept_by, smallest_part


def settings(p: MicroBatchesParams) -> CodeSettings:
    """Return the settings of a batch in parts; a part of one value has no spread."""
    taken = "whole" if p.way == "synchronized" else "parts"
    facts = {"taken": taken, "kept": kept_by(p), "alone": "yes" if smallest_part(p) == 1 else "no"}
    return CodeSettings(of_params(p, "batch_size", "micro", "trend", "momentum", "eps", "seed"), facts)
