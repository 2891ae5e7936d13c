"""A quick experiment for tests, whose large batches claim to take seconds; somebody may hold them up."""

import threading
from dataclasses import replace

from bnsim.experiments import find
from bnsim.experiments.transform.params import TransformParams
from bnsim.text import words_of

TRANSFORM = find("transform")

GATE = threading.Event()
"""No large batch is done while it is cleared."""
GATE.set()

RUNS: list[TransformParams] = []
"""What was run, in order."""


class HeavyParams(TransformParams, words=words_of("bnsim.experiments.transform")):
    """Those of the transform page."""


def cost(params):
    """Two seconds for more than a hundred examples."""
    return 2.0 * (params.batch_size > 100)


def run(params):
    RUNS.append(params)
    if cost(params):
        GATE.wait(10)
    return TRANSFORM.run(params)


EXPERIMENT = replace(TRANSFORM, slug="heavy", order=1001, params=HeavyParams, run=run, cost=cost, first_set="")
