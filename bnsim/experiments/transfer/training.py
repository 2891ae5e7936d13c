"""The pair of networks: trained once on clean images, and kept for every change of the images."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.settings import Run, Watch
from bnsim.engine.networks.structure import Activation, Mlp, Norm, Placement
from bnsim.engine.networks.training import train
from bnsim.experiments.transfer.images import digits_of
from bnsim.experiments.transfer.methods import Pair

MOST_REPORTS = 100
"""Training reports its progress at most so many times."""


@dataclass(frozen=True)
class Training:
    """All that two trained networks depend on."""

    activation: str
    placement: str
    depth: int
    width: int
    steps: int
    batch: int
    rate: float
    eps: float
    seed: int

    def run(self, norm: Norm) -> Run:
        """Return the training run of the network with this norm."""
        net = Mlp(
            sizes=(64, *[self.width] * self.depth, 10),
            activation=Activation(self.activation),
            norm=norm,
            placement=Placement(self.placement),
            eps=self.eps,
        )
        start = Start(init=Init.HE if self.activation == "relu" else Init.XAVIER)
        return Run(net=net, start=start, steps=self.steps, batch=self.batch, rate=self.rate, seed=self.seed)


@lru_cache(maxsize=16)
def kept(training: Training) -> list[Pair]:
    """Return a place for the trained pair, empty until it is trained; another change of the images will ask for it."""
    return []


def trained(training: Training) -> Iterator[tuple[int, Pair | None]]:
    """Yield how many steps are made, and the pair after the last."""
    place = kept(training)
    if not place:
        runs = [training.run(norm) for norm in (Norm.NONE, Norm.BATCH)]
        watch = Watch(every=max(10, math.ceil(training.steps / MOST_REPORTS)), accuracy=False)
        networks = []
        for record in train(runs, digits_of(training.seed).train, watch):
            if record.network is not None:
                networks.append(record.network)
            elif record.run == 0 and 0 < record.step < training.steps:
                yield record.step, None
        place[:] = [Pair(*networks)]
    yield training.steps, place[0]
