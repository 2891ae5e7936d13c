"""Train the 64-32-10 classifier of the digits and write bnsim/data/hidden_units.npz.

Plain numpy: ReLU, softmax cross-entropy, SGD with momentum, one seed. Takes about a second.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnsim.data.archive import checksum, write_archive
from bnsim.data.digits import BRIGHTEST, Digits, load_digits
from bnsim.data.hidden import HIDDEN_FILE, HIDDEN_SHA256

Array = NDArray[np.float64]

SEED = 0
HIDDEN, CLASSES = 32, 10
EPOCHS, BATCH = 150, 32
RATE, MOMENTUM, DECAY = 0.05, 0.9, 2e-4
# Most test images are other people's handwriting. Without moved and noisy copies
# the network learns the training writers by heart and reads only 92 to 93 % of the test part.
MOVED_SHARE, NOISE = 0.2, 0.25


class Network(NamedTuple):
    """Weights in the layout (out, in), as the package stores them."""

    weight: Array
    bias: Array
    weight_out: Array
    bias_out: Array

    def logits(self, x: Array) -> Array:
        """Return the class scores, shape (N, 10), of pixels x, shape (N, 64)."""
        hidden = np.maximum(x @ self.weight.T + self.bias, 0)
        return hidden @ self.weight_out.T + self.bias_out

    def accuracy(self, digits: Digits) -> float:
        """Return the share of digits that are read correctly."""
        return float(np.mean(self.logits(pixels(digits)).argmax(axis=1) == digits.labels))


def pixels(digits: Digits) -> Array:
    """Return the images as rows of 64 numbers from 0 to 1."""
    return digits.images.reshape(-1, 64) / BRIGHTEST


def start(x: Array, rng: np.random.Generator) -> Network:
    """Return He weights, with biases that centre every unit on the training images so that none starts dead."""
    weight = rng.normal(0, np.sqrt(2 / 64), (HIDDEN, 64))
    weight_out = rng.normal(0, np.sqrt(1 / HIDDEN), (CLASSES, HIDDEN))
    return Network(weight, -weight @ x.mean(axis=0), weight_out, np.zeros(CLASSES))


def disturbed(x: Array, rng: np.random.Generator) -> Array:
    """Return the images with noise, and some of them moved by up to one pixel."""
    count = len(x)
    padded = np.pad(x.reshape(count, 8, 8), ((0, 0), (1, 1), (1, 1)))
    moves = rng.integers(0, 3, (count, 2))
    moves[rng.random(count) >= MOVED_SHARE] = 1
    rows, columns = (moves[:, axis, None] + np.arange(8) for axis in (0, 1))
    moved: Array = padded[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved.reshape(count, 64) + rng.normal(0, NOISE, (count, 64))


def gradient(network: Network, x: Array, target: Array) -> Network:
    """Return the gradient of mean cross-entropy plus weight decay; target is one-hot, shape (N, 10)."""
    z = x @ network.weight.T + network.bias
    hidden = np.maximum(z, 0)
    scores = hidden @ network.weight_out.T + network.bias_out
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    d_scores = (odds / odds.sum(axis=1, keepdims=True) - target) / len(x)
    dz = (d_scores @ network.weight_out) * (z > 0)
    return Network(
        weight=dz.T @ x + DECAY * network.weight,
        bias=dz.sum(axis=0),
        weight_out=d_scores.T @ hidden + DECAY * network.weight_out,
        bias_out=d_scores.sum(axis=0),
    )


def batches(count: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield the indices of one epoch's mini-batches."""
    order = rng.permutation(count)
    for first in range(0, count, BATCH):
        yield order[first : first + BATCH]


def train(digits: Digits, *, seed: int = SEED) -> Network:
    """Return the network after EPOCHS passes, the learning rate falling in a line to zero."""
    rng = np.random.default_rng(seed)
    x, target = pixels(digits), np.eye(CLASSES)[digits.labels]
    network = start(x, rng)
    speed = Network(*(np.zeros_like(part) for part in network))
    for epoch in range(EPOCHS):
        rate = RATE * (1 - epoch / EPOCHS)
        for batch in batches(len(x), rng):
            slope = gradient(network, disturbed(x[batch], rng), target[batch])
            speed = Network(*(MOMENTUM * v - rate * g for v, g in zip(speed, slope, strict=True)))
            network = Network(*(part + v for part, v in zip(network, speed, strict=True)))
    return network


def main() -> None:
    """Train, write the file and print what README.md records."""
    digits = load_digits()
    network = train(digits.train)
    arrays = {name: part.astype(np.float32) for name, part in network._asdict().items()}
    write_archive(HIDDEN_FILE, arrays)
    print(f"accuracy: train {network.accuracy(digits.train):.4f}, test {network.accuracy(digits.test):.4f}")
    print(f"{HIDDEN_FILE.name}: {HIDDEN_FILE.stat().st_size} bytes")
    print(f"sha256 {checksum(arrays)}")
    print("as expected" if checksum(arrays) == HIDDEN_SHA256 else "NOT the sha256 in bnsim/data/hidden.py")


if __name__ == "__main__":
    main()
