"""The batch norm layers among the tensors of a file, found by what their tensors are called, whatever stands before."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bnsim.checkpoint.contents import Contents, Guess, Stated
from bnsim.checkpoint.tensors import Tensor
from bnsim.engine.arrays import Array
from bnsim.engine.statistics.running import Convention
from bnsim.errors import CheckpointError

MOST_OF_A_NAME = 120
MOST_PROBLEMS = 20
OF_ONNX = "BatchNormalization_"
"""What the reader of ONNX puts before the parts of a node: there, tensors may be called anything."""

WRAPPERS = {"module", "model", "_orig_mod", "state_dict", "model_state_dict", "ema", "model_ema", "ema_model"}
"""What other tools put before the names of a network when they wrap it."""


@dataclass(frozen=True)
class Naming:
    """How a framework calls the tensors of one batch norm layer; "" where it has none."""

    mean: str
    var: str
    gamma: str
    beta: str
    batches: str
    eps: str
    convention: Convention


NAMINGS = (
    Naming("running_mean", "running_var", "weight", "bias", "num_batches_tracked", "", Convention.PYTORCH),
    Naming("moving_mean", "moving_variance", "gamma", "beta", "", "", Convention.KERAS),
    Naming("_mean", "_variance", "weight", "bias", "", "", Convention.PADDLE),
    Naming(
        f"{OF_ONNX}mean", f"{OF_ONNX}var", f"{OF_ONNX}scale", f"{OF_ONNX}B", "", f"{OF_ONNX}epsilon", Convention.ONNX
    ),
)


@dataclass(frozen=True, eq=False)
class Layer:
    """One batch norm layer as it is in a file.

    Attributes
    ----------
    name : str
        Where it is, fit to be shown; "" if the file holds this layer alone.
    mean, var : float64, shape (C,)
        Running mean and running variance.
    gamma, beta : float64, shape (C,), or None
        Scale and shift; None in a layer without.
    batches : int or None
        The counter of batches; None where the file has none.
    convention : Convention
        Of the framework whose names the tensors have.
    eps, momentum : float or None
        As they stand in the file; None where they do not. `momentum` is the weight of the new batch.
    guess : Guess or None
        What the file does not say, and was guessed.
    """

    name: str
    mean: Array
    var: Array
    gamma: Array | None
    beta: Array | None
    batches: int | None
    convention: Convention
    eps: float | None = None
    momentum: float | None = None
    guess: Guess | None = None

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return len(self.var)


@dataclass
class Reader:
    """Reads tensors as long as what it may read lasts, also of layers that are refused at last.

    Attributes
    ----------
    tensors : mapping
        Every tensor by its path.
    left : int
        How many numbers it may still read.
    """

    tensors: Mapping[str, Tensor]
    left: int

    def values(self, name: str) -> Array:
        """Return the numbers of a tensor; a CheckpointError if they cannot be read or are too many."""
        tensor = self.tensors[name]
        most, self.left = self.left, max(self.left - tensor.span, 0)
        return tensor.values(name, most)

    def values_if_any(self, name: str) -> Array | None:
        """Return the numbers of a tensor; None if there is none of that name, as of a part that a naming has not."""
        return self.values(name) if name in self.tensors else None


def find_layers(contents: Contents, most: int) -> tuple[tuple[Layer, ...], tuple[str, ...]]:
    """Return the layers in the order of the file, and a sentence for each that cannot be read.

    Parameters
    ----------
    contents : Contents
        What is in the file.
    most : int
        How many numbers are read from all layers together.
    """
    reader = Reader(contents.tensors, most)
    layers: dict[str, Layer] = {}
    problems = list(contents.problems)
    for prefix, naming in _prefixes(contents.tensors):
        name = _unlike(shown_layer(prefix.rstrip("./")), layers)
        try:
            layers[name] = _layer(reader, name, prefix, naming, contents.stated.get(prefix[:-1], Stated()))
        except CheckpointError as error:
            problems += error.problems
    more = len(problems) - MOST_PROBLEMS
    rest = (f"{more} more layers cannot be read.",) if more > 0 else ()
    return tuple(layers.values()), (*problems[:MOST_PROBLEMS], *rest)


def own_tensors(tensors: Mapping[str, Tensor]) -> set[str]:
    """Return the names of the tensors that belong to batch norm layers."""
    owned: set[str] = set()
    for prefix, naming in _prefixes(tensors):
        parts = (naming.mean, naming.var, naming.gamma, naming.beta, naming.batches, naming.eps)
        owned |= {prefix + part for part in parts if part and prefix + part in tensors}
    return owned


def plain_name(name: str) -> str:
    """Return a name without what wrappers put before it.

    >>> plain_name("state_dict.module.layer1.0.bn1")
    'layer1.0.bn1'
    """
    parts = name.split(".")
    while len(parts) > 1 and parts[0] in WRAPPERS:
        parts = parts[1:]
    return ".".join(parts)


def shown_layer(name: str) -> str:
    """Return a name on one printable line; of a long one its end, which tells layers apart."""
    line = name if name.isprintable() else re.sub(r"[^ -~]", "?", name)
    return line if len(line) <= MOST_OF_A_NAME else f"…{line[1 - MOST_OF_A_NAME :]}"


def _prefixes(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Naming]]:
    for name in tensors:
        for naming in NAMINGS:
            prefix = name.removesuffix(naming.var)
            if _ends(name, naming.var) and prefix + naming.mean in tensors:
                yield prefix, naming


def _ends(name: str, part: str) -> bool:
    """Return whether the last part of a path, after a point or a slash, is exactly this."""
    return name == part or name.endswith((f".{part}", f"/{part}"))


def _unlike(name: str, taken: Mapping[str, Layer]) -> str:
    """Return a name that no other layer has: cut, or with signs that cannot be shown, two may look the same."""
    if name not in taken:
        return name
    return next(each for each in (f"{name} ({at})" for at in range(2, len(taken) + 3)) if each not in taken)


def _layer(reader: Reader, name: str, prefix: str, naming: Naming, stated: Stated) -> Layer:
    mean, var = reader.values(prefix + naming.mean), reader.values(prefix + naming.var)
    gamma, beta = (reader.values_if_any(prefix + part) for part in (naming.gamma, naming.beta))
    if var.ndim != 1 or any(each is not None and each.shape != var.shape for each in (mean, gamma, beta)):
        raise CheckpointError(f"{name or 'the layer'} must have one number a channel in each tensor; it has not.")
    if not var.size:
        raise CheckpointError(f"{name or 'the layer'} must have at least one channel; it has none.")
    batches, eps = (_single(reader.values_if_any(prefix + part)) for part in (naming.batches, naming.eps))
    eps = stated.eps if eps is None else eps
    count = None if batches is None else int(batches)
    return Layer(name, mean, var, gamma, beta, count, naming.convention, eps, stated.momentum, stated.guess)


def _single(values: Array | None) -> float | None:
    if values is None or values.size != 1:
        return None
    value = float(values.reshape(-1)[0])
    return value if math.isfinite(value) else None
