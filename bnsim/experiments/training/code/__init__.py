"""The settings and the cells of the programs that do the same in code: two networks, trained on the same digits."""

from bnsim.engine.networks.structure import Norm
from bnsim.experiment import CodeSettings, of_params, several
from bnsim.experiments.training.params import TrainingParams
from bnsim.experiments.training.parts import every_of
from bnsim.experiments.training.sweeps import at, drawn_of, tried

TOLD = ("depth", "width", "activation", "init", "sigma", "gamma", "beta", "rate", "momentum", "decay", "batch", "steps")
DATA = ("examples", "seeds", "seed")
STATISTICS = ("running_momentum", "eps", "groups")
KNOWN = (Norm.NONE, Norm.BATCH, Norm.LAYER, Norm.GROUP)
"""The norms that the programs have; ghost and noisy batch norm they do without their parts and their noise."""

LEFT_OUT = {"residual": "none", "dropout": 0.0, "frozen": 0.0, "precise": "no"}
"""What the programs do not have, and its value where they need not."""


def settings(p: TrainingParams) -> CodeSettings:
    """Return the settings of both networks at the value that is drawn, of what is varied."""
    p = at(p, tried(p)[drawn_of(p)])
    norms = {name: norm if norm in KNOWN else Norm.BATCH for name, norm in (("norm", p.norm), ("against", p.against))}
    values = {name: str(norm) for name, norm in norms.items()} | of_params(p, *TOLD, *STATISTICS, *DATA)
    left_out = [f"{name}={getattr(p, name)}" for name, usual in LEFT_OUT.items() if getattr(p, name) != usual]
    left_out += [f"norm={norm}" for norm in (p.norm, p.against) if norm not in KNOWN]
    values |= {"every": every_of(p)} | ({"left_out": ", ".join(left_out)} if left_out else {})
    facts = {
        "inputs": p.inputs,
        "placement": p.placement,
        "bias": p.bias,
        "init": p.init,
        "activation": p.activation,
        "all": "no" if left_out else "yes",
        "alone": "yes" if p.batch == 1 and Norm.BATCH in norms.values() else "no",
        "batch": several(p.batch),
    }
    return CodeSettings(values, facts, {"left_out": "settings that this program does without"})
