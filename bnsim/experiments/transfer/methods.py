"""One network with batch norm and its twin without read the images of a new domain, in four ways."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.adaptation import adapted, eval_accuracy, norms_tuned
from bnsim.engine.networks.forward import forward
from bnsim.engine.networks.settings import Trained
from bnsim.engine.networks.structure import layers_of
from bnsim.experiments.transfer.images import Domain

TUNING_BATCH = 32


class Method(StrEnum):
    """What is done about a new domain."""

    NO_NORM = "no norm"
    SOURCE = "source statistics"
    NEW = "new statistics"
    TUNED = "tuned norms"


WITHOUT_LABELS = (Method.NO_NORM, Method.SOURCE, Method.NEW)
"""The methods that need no labels of the new domain."""


@dataclass(frozen=True)
class Tuning:
    """How gamma and beta are trained in the new domain: steps of batches of up to 32, and their rate."""

    steps: int
    rate: float


@dataclass(frozen=True, eq=False)
class Pair:
    """Two networks that started with the same weights and saw the same batches, without norm and with batch norm."""

    plain: Trained
    normed: Trained

    @property
    def diverged(self) -> bool:
        """Whether a number of either network is not finite any more."""
        return not all(np.isfinite(network.flat).all() for network in (self.plain, self.normed))

    def methods(
        self, domain: Domain, samples: int, tuning: Tuning | None, rng: np.random.Generator
    ) -> dict[Method, Trained]:
        """Return the network of each method, made for `domain` with the first `samples` images of its pool.

        Parameters
        ----------
        domain : Domain
        samples : int
            Without their labels for new statistics, with them for tuned norms.
        tuning : Tuning, optional
            Without it there is no method TUNED.
        rng : Generator
            For the batches of tuning.
        """
        seen, labels = domain.pool[:samples], domain.pool_labels[:samples]
        made = {Method.NO_NORM: self.plain, Method.SOURCE: self.normed, Method.NEW: adapted(self.normed, seen)}
        return made if tuning is None else made | {Method.TUNED: tuned(self.normed, seen, labels, tuning, rng)}


def tuned(network: Trained, seen: Array, labels: NDArray[Any], tuning: Tuning, rng: np.random.Generator) -> Trained:
    """Return the network with gamma, beta and the statistics of labelled images, shape (n, inputs)."""
    batch = min(TUNING_BATCH, len(seen))
    return norms_tuned(network, seen, labels, steps=tuning.steps, batch=batch, rate=tuning.rate, rng=rng)


def accuracies_of_draws(network: Trained, domain: Domain, samples: int, draws: int, rng: np.random.Generator) -> Array:
    """Return the accuracy with statistics of `samples` images drawn from the pool, shape (draws,).

    Where the pool holds no more, all draws are the same, and it is read once.
    """
    count = len(domain.pool)
    if samples >= count:
        whole = eval_accuracy(adapted(network, domain.pool), domain.test, domain.test_labels)
        return np.full(draws, whole)
    drawn = (domain.pool[rng.choice(count, samples, replace=False)] for _ in range(draws))
    return np.array([eval_accuracy(adapted(network, seen), domain.test, domain.test_labels) for seen in drawn])


def scores(network: Trained, x: Array) -> Array:
    """Return the scores in eval mode, shape (n, classes), of x with shape (n, inputs)."""
    given = np.stack([network.running_mean, network.running_var])[:, None, None]
    with quiet():
        record = forward(network.net, layers_of(network.net, network.flat[None]), x[None], given=given)
    scored: Array = record.scores[0]
    return scored


def logit_change(network: Trained, old: Domain, new: Domain, *, eps: float) -> float:
    """Return the largest change of a score, in float64, when images and statistics both move to the new domain.

    Notes
    -----
    With eps = 0 and the norm before the activation it is 0 if x became a * x + b with one a > 0 and one b, because
    BN(W(ax + b)) = BN(Wx). In the first layer eps then counts 1 / a**2 as much against the variance; in the other
    layers nothing differs.
    """
    wide = {name: getattr(network, name).astype(np.float64) for name in ("flat", "running_mean", "running_var")}
    exact = replace(network, net=replace(network.net, eps=eps), **wide)
    before, after = (scores(adapted(exact, domain.pool), domain.test) for domain in (old, new))
    with quiet():
        return float(np.abs(after - before).max())
