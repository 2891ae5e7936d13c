"""A real network reads digits in training mode: what its companions in the batch do to an image."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import numpy as np

from bnsim.data.network import EPS, bn_network, pixels
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import batch_norm, batch_norm_eval
from bnsim.once import once

WIDE = 16
"""From this size on several shufflings are read at once; smaller batches are too many for that to be quicker."""


def scores(first: Array, normalize: Callable[[Array, int], Array]) -> Array:
    """Return the ten scores of images from what the first layer makes of them; the last axis holds the units."""
    network = bn_network()
    hidden = np.maximum(normalize(first, 0), 0)
    for layer, weight in ((1, network.weight_2), (2, network.weight_3)):
        hidden = np.maximum(normalize(hidden @ weight.T, layer), 0)
    of_images: Array = hidden @ network.weight_out.T + network.bias_out
    return of_images


def with_own_statistics(z: Array, layer: int) -> Array:
    """Return batch norm in training mode of many batches at once, shape (size, batches, units)."""
    network, (size, batches, units) = bn_network(), z.shape
    gamma, beta = (np.tile(part[layer], batches) for part in (network.gamma, network.beta))
    return batch_norm(z.reshape(size, batches * units), gamma, beta, eps=EPS).y.reshape(z.shape)


def with_running_statistics(z: Array, layer: int) -> Array:
    """Return batch norm in eval mode, shape (images, units)."""
    n = bn_network()
    return batch_norm_eval(z, n.running_mean[layer], n.running_var[layer], n.gamma[layer], n.beta[layer], eps=EPS)


def as_it_is(z: Array, _: int) -> Array:
    """Return what Paddle makes of one image at a time in training mode: nothing, it hands the values through."""
    return z


@once
def first_layer() -> tuple[Array, Array]:
    """Return what the first layer makes of the test images, shape (450, 100), and their labels."""
    network = bn_network()
    return pixels(network.test.images) @ network.weight_1.T, network.test.labels


@once
def accuracy_in_eval_mode() -> float:
    """Return the share of test images that the network reads right in eval mode."""
    z, labels = first_layer()
    return float(np.mean(scores(z, with_running_statistics).argmax(axis=1) == labels))


@once
def one_by_one_unchanged() -> float:
    """Return the share of test images read right where batch norm hands every value through."""
    z, labels = first_layer()
    return float(np.mean(scores(z, as_it_is).argmax(axis=1) == labels))


@once
def one_by_one() -> tuple[float, float]:
    """Return the accuracy in training mode with one image at a time, and how much the scores of two images differ."""
    z, labels = first_layer()
    of_images = scores(z[None], with_own_statistics)[0]
    return float(np.mean(of_images.argmax(axis=1) == labels)), float(np.ptp(of_images, axis=0).max())


def cut(order: Array, size: int) -> Array:
    """Return the images of an order cut into batches, shape (size, batches).

    The last batch holds the last images of the order, some of them for the second time, so that all have one size.
    """
    starts = np.append(np.arange(0, order.size - size, size), order.size - size)
    images: Array = order[starts + np.arange(size)[:, None]]
    return images


class Reading:
    """The test images read in training mode, in shufflings cut into batches of one size: as many as anybody asked for.

    Sorted by class, a batch holds images of one digit, or of neighbours. An image that is in two batches counts as
    it is read in the last.
    """

    def __init__(self, size: int, by_class: bool, seed: int) -> None:
        self._size, self._by_class, self._seed = size, by_class, seed
        self._found = list[float]()
        self._lock = Lock()

    def missing(self, shufflings: int) -> int:
        """Return how many of the first shufflings have not been read yet."""
        return max(shufflings - len(self._found), 0)

    def first(self, shufflings: int) -> tuple[float, ...]:
        """Return the accuracy with each of the first shufflings."""
        with self._lock:
            orders = self._orders(shufflings)[len(self._found) :]
            at_once = max(len(orders), 1) if self._size >= WIDE else 1
            for start in range(0, len(orders), at_once):
                self._found += accuracies_of(orders[start : start + at_once], self._size)
            return tuple(self._found[:shufflings])

    def _orders(self, shufflings: int) -> list[Array]:
        """Return the images in the orders of the first shufflings."""
        (_, labels), rng = first_layer(), np.random.default_rng([self._seed, self._size, self._by_class])
        orders = [rng.permutation(labels.size) for _ in range(shufflings)]
        return [order[np.argsort(labels[order], kind="stable")] for order in orders] if self._by_class else orders


class Readings:
    """The images read in batches of each kind, the same for all who ask; what was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known = OrderedDict[tuple[int, bool, int], Reading]()
        self._guard = Lock()

    def __call__(self, size: int, by_class: bool, seed: int) -> Reading:
        """Return the images read in batches of one kind."""
        kind = size, by_class, seed
        with self._guard:
            found = self._known.setdefault(kind, Reading(*kind))
            self._known.move_to_end(kind)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            return found

    def missing(self, size: int, by_class: bool, seed: int, shufflings: int) -> int:
        """Return how many of the first shufflings have not been read yet; asking makes nobody forget what was read."""
        with self._guard:
            known = self._known.get((size, by_class, seed))
        return shufflings if known is None else known.missing(shufflings)

    def cache_clear(self) -> None:
        """Forget everything, as `functools.lru_cache` does."""
        self._known.clear()


reading = Readings(256)


def accuracies_of(orders: list[Array], size: int) -> list[float]:
    """Return the accuracy in training mode of each order of the images, cut into batches; all are read at once."""
    z, labels = first_layer()
    cuts = [cut(order, size) for order in orders]
    read = scores(z[np.hstack(cuts)], with_own_statistics).argmax(axis=2)
    found = []
    for images, answers in zip(cuts, np.split(read, len(cuts), axis=1), strict=True):
        right = np.empty(labels.size, dtype=bool)
        right[images.T] = (answers == labels[images]).T
        found.append(float(right.mean()))
    return found
