"""What a finding is, how bad and how sure, and what is assumed when it is looked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from bnsim.checkpoint.layers import Layer
from bnsim.errors import InputError


class Severity(Enum):
    """How bad it is for the model in eval mode."""

    BROKEN = "broken"
    SERIOUS = "serious"
    NOTE = "note"


SEVERITIES: Mapping[str, Severity] = {
    "not-finite": Severity.BROKEN,
    "negative-variance": Severity.BROKEN,
    "untouched": Severity.SERIOUS,
    "young": Severity.SERIOUS,
    "constant": Severity.SERIOUS,
    "large-gain": Severity.SERIOUS,
    "copied-statistics": Severity.SERIOUS,
    "statistics-differ": Severity.NOTE,
    "counter-zero": Severity.NOTE,
    "momentum-contradicted": Severity.NOTE,
    "tiny-variance": Severity.NOTE,
    "gamma-zero": Severity.NOTE,
}
"""Every finding there is, the worst first."""


class Sureness(Enum):
    """How sure a finding is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True)
class Finding:
    """Something found in one layer.

    Attributes
    ----------
    key : str
        Which finding: "untouched", "young" and so on.
    layer : str
        Name of the layer.
    severity, sure
        How bad, and how sure.
    channels : tuple of int
        The channels it is about, counted from 0.
    numbers : mapping
        What the sentence in text.toml asks for.
    """

    key: str
    layer: str
    severity: Severity
    sure: Sureness
    channels: tuple[int, ...]
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Assumed:
    """What a state dict does not say.

    Attributes
    ----------
    eps, momentum : float or None
        As somebody gave them; None for the defaults of the framework whose names the tensors have. `momentum` is the
        weight of the new batch.

    Raises
    ------
    InputError
        If one is out of range.
    """

    eps: float | None = None
    momentum: float | None = None

    def __post_init__(self) -> None:
        if self.eps is not None and not 0 < self.eps <= 1:
            raise InputError(f"eps must be a number more than 0 and at most 1; got {self.eps:g}.")
        if self.momentum is not None and not 0 < self.momentum <= 1:
            raise InputError(
                f"momentum must be a number more than 0 and at most 1, the weight of the new batch; got "
                f"{self.momentum:g}. Keras, Flax and ONNX quote the weight of the old one: their 0.99 is 0.01 here."
            )

    def eps_of(self, layer: Layer) -> float:
        """Return the ε of a layer."""
        if self.eps is not None:
            return self.eps
        # A negative one, or none at all, is no ε of any framework: the file is damaged.
        return layer.eps if layer.eps is not None and layer.eps > 0 else layer.convention.eps

    def momentum_of(self, layer: Layer) -> float:
        """Return the weight that a new batch had."""
        if self.momentum is not None:
            return self.momentum
        return layer.momentum if layer.momentum is not None else layer.convention.momentum or 1.0
