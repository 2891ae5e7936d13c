"""The settings and the cells of the programs that do the same in code: a batch normalized in a narrow format."""

from bnsim.experiment import CodeSettings, of_params
from bnsim.experiments.precision.params import PrecisionParams


def settings(p: PrecisionParams) -> CodeSettings:
    """Return the settings of a batch in a narrow format; numpy knows all of them but bfloat16."""
    values = of_params(p, "form", "mean", "std", "batch_size", "eps", "seed")
    return CodeSettings(values, {"order": p.order, "known": "no" if p.form == "bfloat16" else "yes"})
