"""Train the 64-100-100-100-10 classifier with batch norm and write bnsim/data/bn_network.npz.

Plain numpy: batch norm before each ReLU, softmax cross-entropy, SGD, one seed. Takes about a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bnsim.data.archive import checksum, write_archive
from bnsim.data.digits import BRIGHTEST, TRAIN_COUNT, load_digits
from bnsim.data.network import EPS, NETWORK_FILE, NETWORK_SHA256, BatchNormNetwork

Array = NDArray[np.float64]

SEED = 0
SIZES, CLASSES = (64, 100, 100, 100), 10
EPOCHS, BATCH = 40, 64
RATE = 0.2
MOMENTUM = 0.1  # weight of the new batch in the running statistics


@dataclass(eq=False)
class Layer:
    """One hidden layer: linear without bias, batch norm, ReLU; and what its last training-mode pass left behind."""

    weight: Array
    gamma: Array
    beta: Array
    mean: Array
    var: Array

    def forward(self, x: Array) -> Array:
        """Return the output for a batch of shape (N, C) in training mode, and move the running statistics."""
        z = x @ self.weight.T
        count, mean, var = len(z), z.mean(axis=0), z.var(axis=0)
        self.mean = (1 - MOMENTUM) * self.mean + MOMENTUM * mean
        self.var = (1 - MOMENTUM) * self.var + MOMENTUM * var * count / (count - 1)
        self.x, self.inv_std = x, 1 / np.sqrt(var + EPS)
        self.x_hat = (z - mean) * self.inv_std
        self.open = self.gamma * self.x_hat + self.beta > 0
        return np.where(self.open, self.gamma * self.x_hat + self.beta, 0.0)

    def backward(self, grad: Array, rate: float) -> Array:
        """Take one step against the gradient with respect to the output; return that with respect to the input."""
        dy = grad * self.open
        dbeta, dgamma, count = dy.sum(axis=0), (dy * self.x_hat).sum(axis=0), len(dy)
        dz = self.gamma * self.inv_std * (dy - dbeta / count - self.x_hat * dgamma / count)
        dx: Array = dz @ self.weight
        self.weight = self.weight - rate * dz.T @ self.x
        self.gamma, self.beta = self.gamma - rate * dgamma, self.beta - rate * dbeta
        return dx

    def in_eval_mode(self, x: Array) -> Array:
        """Return the output for a batch of shape (N, C) with the running statistics."""
        scale = self.gamma / np.sqrt(self.var + EPS)
        return np.maximum(scale * (x @ self.weight.T - self.mean) + self.beta, 0.0)


@dataclass(eq=False)
class Network:
    """Three hidden layers and a linear one for the ten scores."""

    layers: list[Layer]
    weight_out: Array
    bias_out: Array

    def step(self, x: Array, target: Array, rate: float) -> None:
        """Take one step of SGD on a mini-batch; target is one-hot, shape (N, 10)."""
        hidden = x
        for layer in self.layers:
            hidden = layer.forward(hidden)
        scores = hidden @ self.weight_out.T + self.bias_out
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        d_scores = (odds / odds.sum(axis=1, keepdims=True) - target) / len(x)
        grad = d_scores @ self.weight_out
        self.weight_out = self.weight_out - rate * d_scores.T @ hidden
        self.bias_out = self.bias_out - rate * d_scores.sum(axis=0)
        for layer in reversed(self.layers):
            grad = layer.backward(grad, rate)

    def accuracy(self, x: Array, labels: NDArray[np.uint8]) -> float:
        """Return the share of digits that are read correctly in eval mode."""
        for layer in self.layers:
            x = layer.in_eval_mode(x)
        return float(np.mean((x @ self.weight_out.T + self.bias_out).argmax(axis=1) == labels))


def split(rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the images to train and to test on, 1,347 and 450, shuffled: both parts have all writers."""
    order = rng.permutation(len(load_digits().labels))
    return np.sort(order[:TRAIN_COUNT]), np.sort(order[TRAIN_COUNT:])


def start(rng: np.random.Generator) -> Network:
    """Return He weights, gamma 1, beta 0, running statistics 0 and 1."""
    layers = [
        Layer(rng.normal(0, np.sqrt(2 / width), (units, width)), *map(np.full, [units] * 4, (1.0, 0.0, 0.0, 1.0)))
        for width, units in pairwise(SIZES)
    ]
    return Network(layers, rng.normal(0, np.sqrt(1 / SIZES[-1]), (CLASSES, SIZES[-1])), np.zeros(CLASSES))


def batches(count: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Yield the indices of one epoch's mini-batches, all of the same size."""
    order = rng.permutation(count)
    for first in range(0, count - BATCH + 1, BATCH):
        yield order[first : first + BATCH]


def train(seed: int = SEED) -> tuple[Network, NDArray[np.intp], NDArray[np.intp]]:
    """Return the network after EPOCHS passes, the learning rate falling in a line to zero, and the two parts."""
    rng = np.random.default_rng(seed)
    seen, unseen = split(rng)
    digits = load_digits()
    x, target = digits.images[seen].reshape(-1, SIZES[0]) / BRIGHTEST, np.eye(CLASSES)[digits.labels[seen]]
    network = start(rng)
    for epoch in range(EPOCHS):
        for batch in batches(len(x), rng):
            network.step(x[batch], target[batch], RATE * (1 - epoch / EPOCHS))
    return network, seen, unseen


def packed(network: Network, unseen: NDArray[np.intp]) -> BatchNormNetwork:
    """Return the network as the package stores it."""
    stacked = {
        name: np.stack([getattr(layer, source) for layer in network.layers]).astype(np.float32)
        for name, source in (("gamma", "gamma"), ("beta", "beta"), ("running_mean", "mean"), ("running_var", "var"))
    }
    weights = {f"weight_{at}": layer.weight.astype(np.float32) for at, layer in enumerate(network.layers, start=1)}
    return BatchNormNetwork(
        **weights,
        **stacked,
        weight_out=network.weight_out.astype(np.float32),
        bias_out=network.bias_out.astype(np.float32),
        test_images=unseen.astype(np.uint16),
    )


def main() -> None:
    """Train, write the file and print what README.md records."""
    network, seen, unseen = train()
    shipped = packed(network, unseen)
    arrays = {field.name: getattr(shipped, field.name) for field in fields(shipped)}
    write_archive(NETWORK_FILE, arrays)
    digits = load_digits()
    for part, images in (("train", seen), ("test", unseen)):
        pixels = digits.images[images].reshape(-1, SIZES[0]) / BRIGHTEST
        print(f"accuracy in eval mode: {part} {network.accuracy(pixels, digits.labels[images]):.4f}")
    print(f"{NETWORK_FILE.name}: {NETWORK_FILE.stat().st_size} bytes")
    print(f"sha256 {checksum(arrays)}")
    print("as expected" if checksum(arrays) == NETWORK_SHA256 else "NOT the sha256 in bnsim/data/network.py")


if __name__ == "__main__":
    main()
