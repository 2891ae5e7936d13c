"""Networks with and without norm, for notebooks: build, train, watch, measure, adapt; one place to import them from.

An `Mlp` is a structure and a `Run` is how it is trained; `train` yields records as it goes, and the last one of each
run holds the trained network.
"""

from bnsim.engine.networks.adaptation import adapted, batch_accuracy, eval_accuracy, norms_tuned
from bnsim.engine.networks.covariate_shift import GradientShift, gradient_shift, percentile_range, step_drift
from bnsim.engine.networks.initialization import Init, Start, initial
from bnsim.engine.networks.propagation import Propagation, propagate
from bnsim.engine.networks.rays import LandscapeRecord, Ray, along_gradient, landscape
from bnsim.engine.networks.settings import Decayed, Leftover, Record, Run, Split, Trained, Watch
from bnsim.engine.networks.structure import Activation, Mlp, Noise, Norm, Placement
from bnsim.engine.networks.training import memory_of, steps_to, train

__all__ = [
    "Activation",
    "Decayed",
    "GradientShift",
    "Init",
    "LandscapeRecord",
    "Leftover",
    "Mlp",
    "Noise",
    "Norm",
    "Placement",
    "Propagation",
    "Ray",
    "Record",
    "Run",
    "Split",
    "Start",
    "Trained",
    "Watch",
    "adapted",
    "along_gradient",
    "batch_accuracy",
    "eval_accuracy",
    "gradient_shift",
    "initial",
    "landscape",
    "memory_of",
    "norms_tuned",
    "percentile_range",
    "propagate",
    "step_drift",
    "steps_to",
    "train",
]
