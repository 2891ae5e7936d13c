"""What each framework calls the settings of batch norm, what it means by them, and what it takes by default."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from bnsim.errors import InputError, nearest


@dataclass(frozen=True)
class Facts:
    """One framework's batch norm.

    Attributes
    ----------
    title : str
        The framework's name.
    momentum, eps : float
        Its defaults, as it writes them.
    quotes_old : bool
        Whether its momentum is the weight of the old value; else it is that of the new batch.
    unbiased : bool
        Whether the variance that goes into the running one is divided by N - 1.
    channels_last : bool
        Whether images are (N, H, W, C) by default, else (N, C, H, W).
    tensors : tuple of str
        What it calls scale, shift, running mean and running variance.
    layer : str
        How the layer is written, with {momentum} and {eps}.
    nicknames : tuple of str
        Other words for it, in small letters.
    """

    title: str
    momentum: float
    eps: float
    quotes_old: bool
    unbiased: bool
    channels_last: bool
    tensors: tuple[str, str, str, str]
    layer: str
    nicknames: tuple[str, ...] = ()


class Framework(Enum):
    """The frameworks whose conventions are known.

    Notes
    -----
    PyTorch 2.13 `BatchNorm2d`; Keras 3.15 `BatchNormalization`; TensorFlow 2.21 `FusedBatchNormV3`, which
    `tf.compat.v1.layers` and the Keras 2 of TensorFlow call for images; Flax 0.12 `linen.BatchNorm`; ONNX
    BatchNormalization-15; Paddle 3.3 `BatchNorm2D`.
    """

    PYTORCH = Facts(
        title="PyTorch",
        momentum=0.1,
        eps=1e-5,
        quotes_old=False,
        unbiased=True,
        channels_last=False,
        tensors=("weight", "bias", "running_mean", "running_var"),
        layer="torch.nn.BatchNorm2d(C, eps={eps}, momentum={momentum})",
        nicknames=("torch",),
    )
    KERAS = Facts(
        title="Keras",
        momentum=0.99,
        eps=1e-3,
        quotes_old=True,
        unbiased=False,
        channels_last=True,
        tensors=("gamma", "beta", "moving_mean", "moving_variance"),
        layer="keras.layers.BatchNormalization(axis=-1, momentum={momentum}, epsilon={eps})",
        nicknames=("keras 3", "keras3"),
    )
    TENSORFLOW = Facts(
        title="TensorFlow",
        momentum=0.99,
        eps=1e-3,
        quotes_old=True,
        unbiased=True,
        channels_last=True,
        tensors=("gamma", "beta", "moving_mean", "moving_variance"),
        layer="tf.compat.v1.layers.batch_normalization(x, axis=-1, momentum={momentum}, epsilon={eps})",
        nicknames=("tf", "tf.keras", "keras 2", "keras2"),
    )
    FLAX = Facts(
        title="Flax",
        momentum=0.99,
        eps=1e-5,
        quotes_old=True,
        unbiased=False,
        channels_last=True,
        tensors=("scale", "bias", "mean", "var"),
        layer="flax.linen.BatchNorm(axis=-1, momentum={momentum}, epsilon={eps})",
        nicknames=("linen", "nnx"),
    )
    ONNX = Facts(
        title="ONNX",
        momentum=0.9,
        eps=1e-5,
        quotes_old=True,
        unbiased=False,
        channels_last=False,
        tensors=("scale", "B", "input_mean", "input_var"),
        layer="BatchNormalization(epsilon={eps}, momentum={momentum})",
    )
    PADDLE = Facts(
        title="Paddle",
        momentum=0.9,
        eps=1e-5,
        quotes_old=True,
        unbiased=False,
        channels_last=False,
        tensors=("weight", "bias", "_mean", "_variance"),
        layer="paddle.nn.BatchNorm2D(C, momentum={momentum}, epsilon={eps})",
        nicknames=("paddlepaddle",),
    )

    @property
    def title(self) -> str:
        """The framework's name."""
        return self.value.title

    @property
    def eps(self) -> float:
        """Its default constant under the root."""
        return self.value.eps

    @property
    def new_weight(self) -> float:
        """Its default weight of the new batch."""
        return new_weight(self.value.momentum, self)


LONGEST_SHOWN = 40  # characters of a name
TITLES = tuple(framework.title for framework in Framework)
BY_NAME = {name: each for each in Framework for name in (each.title.lower(), *each.value.nicknames)}


def find(name: str) -> Framework | None:
    """Return the framework of that name, capitals aside; None if there is none."""
    return BY_NAME.get(" ".join(name.lower().split()))


def framework_of(name: str) -> Framework:
    """Return the framework of that name, capitals aside.

    Raises
    ------
    InputError
        If there is none, with the nearest, or all.

    Examples
    --------
    >>> framework_of("tf").title
    'TensorFlow'
    """
    found = find(name)
    if found is None:
        raise InputError(unknown_framework(name))
    return found


def unknown_framework(name: str) -> str:
    """Return the sentence for a framework that is not known."""
    near = nearest(name, TITLES)
    way_out = f"Did you mean {near}?" if near else f"Known are {', '.join(TITLES)}."
    written = name if name.isalnum() and len(name) <= LONGEST_SHOWN else repr(name[:LONGEST_SHOWN])
    return f"{written} is not a framework. {way_out}"


def new_weight(momentum: float, framework: Framework) -> float:
    """Return the weight of the new batch that a framework means by its momentum.

    Worked out in decimals, so that 0.99 gives 0.01 and not 0.010000000000000009.

    Examples
    --------
    >>> [new_weight(0.99, Framework.KERAS), new_weight(0.1, Framework.PYTORCH)]
    [0.01, 0.1]
    """
    return float(1 - Decimal(repr(float(momentum)))) if framework.value.quotes_old else float(momentum)


def quoted(weight: float, framework: Framework) -> float:
    """Return the momentum by which a framework means that weight of the new batch: `new_weight` the other way.

    Examples
    --------
    >>> [quoted(0.01, Framework.KERAS), quoted(0.1, Framework.PYTORCH)]
    [0.99, 0.1]
    """
    return new_weight(weight, framework)
