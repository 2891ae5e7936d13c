"""One network with batch norm and its twin without read the images of a new domain, in four ways."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.adaptation import adapted, eval_accuracy, norms_tuned
from bnsim.engine.networks.forward import forward
from bnsim.engine.networks.settings import Trained
from bnsim.engine.networks.structure import layers_of

TUNING_BATCH = 32


@dataclass(frozen=True, eq=False)
class Domain:
    """The images of one domain: a pool to adapt to and others to be read, so that no accuracy is of images adapted to.

    Attributes
    ----------
    pool, test : array, shape (n, inputs)
    pool_labels, test_labels : array of int, shape (n,)
    """

    pool: Array
    pool_labels: NDArray[Any]
    test: Array
    test_labels: NDArray[Any]


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
    ) -> Mapping[str, Trained]:
        """Return the network of each method, made for `domain` with the first `samples` images of its pool.

        Parameters
        ----------
        domain : Domain
        samples : int
            Without their labels for new statistics, with them for tuned norms.
        tuning : Tuning, optional
            Without it there is no method "tuned norms".
        rng : Generator
            For the batches of tuning.
        """
        seen, labels = domain.pool[:samples], domain.pool_labels[:samples]
        made = {"no norm": self.plain, "source statistics": self.normed, "new statistics": adapted(self.normed, seen)}
        return made if tuning is None else made | {"tuned norms": tuned(self.normed, seen, labels, tuning, rng)}


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
        found: Array = forward(network.net, layers_of(network.net, network.flat[None]), x[None], given=given).scores[0]
    return found


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
