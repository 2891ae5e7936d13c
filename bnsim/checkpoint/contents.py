"""What a file holds, whatever its format: its tensors, and what it says itself of its batch norm layers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from bnsim.checkpoint.tensors import Tensor


class Guess(Enum):
    """What the file does not say of a layer."""

    ORDER = "order"
    """That it is batch norm, and which tensor is which: taken by its name, and by the order of its tensors."""

    ONE_MISSING = "one-missing"
    """The same, and there are three tensors: γ or β, nobody can tell which, and the statistics."""


@dataclass(frozen=True)
class Stated:
    """What a file says of a layer, beside its tensors.

    Attributes
    ----------
    eps : float or None
        ε; None if the file does not say it.
    momentum : float or None
        The weight of the new batch.
    guess : Guess or None
        What it does not say, and was guessed.
    """

    eps: float | None = None
    momentum: float | None = None
    guess: Guess | None = None


@dataclass(frozen=True, eq=False)
class Contents:
    """What is in a file.

    Attributes
    ----------
    form : str
        Its format: "safetensors", "torch", "onnx", "keras" or "hdf5".
    tensors : mapping
        Every tensor by its name, none of them read yet.
    stated : mapping
        What the file says of layers, by the name of the layer.
    problems : tuple of str
        A sentence for each batch norm layer of which nothing can be read.
    """

    form: str
    tensors: Mapping[str, Tensor]
    stated: Mapping[str, Stated] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
