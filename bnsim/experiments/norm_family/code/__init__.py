"""The settings and the cells of the programs that do the same in code: a tensor of digits, and its norm."""

from bnsim.experiment import CodeSettings, of_params, several
from bnsim.experiments.norm_family.params import NormFamilyParams


def settings(p: NormFamilyParams) -> CodeSettings:
    """Return the settings of a tensor of digits and its norm; a set of one value has no spread."""
    names = ("norm", "batch_size", "channels", "side", "groups", "first_image", "eps", "seed")
    values_in_a_set = {
        "batch": p.batch_size * p.side**2,
        "layer": p.channels * p.side**2,
        "group": p.channels // p.groups * p.side**2,
        "instance": p.side**2,
        "rms": p.channels * p.side**2,
    }
    facts = {"set": several(values_in_a_set[p.norm]), "side": several(p.side)}
    return CodeSettings(of_params(p, *names), facts)
