"""The numbers that a check hands to the engine itself, and the same arithmetic done by hand, without the engine."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

Values = tuple[float, ...]


@dataclass(frozen=True)
class Numbers:
    """What a check gives the engine; each measurement and each closed form takes what it needs.

    Parameters
    ----------
    values : tuple of float
        One batch of one feature, unless the measurement says otherwise.
    others : tuple of float
        A second batch: other companions, or the values on another device.
    batches : tuple of tuple of float
        The batches of a short training.
    dy : tuple of float
        The gradient that arrives, one number for each of `values`.
    x : float
        The value that is looked at; a member of `values` where there are any.
    mean, std : float
        Running statistics, where there are no `values`.
    weight, bias : float
        Of a linear layer with one input and one output.
    """

    values: Values = ()
    others: Values = ()
    batches: tuple[Values, ...] = ()
    dy: Values = ()
    x: float = 0.0
    mean: float = 0.0
    std: float = 1.0
    weight: float = 1.0
    bias: float = 0.0
    gamma: float = 1.0
    beta: float = 0.0
    eps: float = 1e-5
    convention: str = "pytorch"

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Self:
        """Return numbers as a file has them; TypeError for a name that is none of these."""
        frozen: dict[str, Any] = {name: _frozen(value) for name, value in given.items()}
        return cls(**frozen)

    @property
    def place(self) -> int:
        """Where in the batch x stands."""
        return self.values.index(self.x)


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def mean_of(values: Sequence[float]) -> float:
    """Return the mean, its sum rounded once."""
    return math.fsum(values) / len(values)


def var_of(values: Sequence[float], less: int = 0) -> float:
    """Return the sum of squares about the mean over N - `less`."""
    mean = mean_of(values)
    return math.fsum((v - mean) ** 2 for v in values) / (len(values) - less)


def normalized(values: Sequence[float], x: float, eps: float) -> float:
    """Return x normalized with the mean and the biased variance of some values."""
    return (x - mean_of(values)) / math.sqrt(var_of(values) + eps)


def loss(p: Numbers) -> float:
    """Return the sum of dy * y over the batch, whose gradients dy brings."""
    outputs = (p.gamma * normalized(p.values, v, p.eps) + p.beta for v in p.values)
    return math.fsum(dy * y for dy, y in zip(p.dy, outputs, strict=True))


def slope(p: Numbers, moved: Callable[[float], Numbers], step: float = 1e-5) -> float:
    """Return the central difference of the loss; `moved` says what is changed by a step."""
    return (loss(moved(step)) - loss(moved(-step))) / (2 * step)


def slope_of_gamma(p: Numbers) -> float:
    """Return the central difference of the loss in gamma."""
    return slope(p, lambda step: replace(p, gamma=p.gamma + step))


def slope_of_beta(p: Numbers) -> float:
    """Return the central difference of the loss in beta."""
    return slope(p, lambda step: replace(p, beta=p.beta + step))


def slope_of_x(p: Numbers) -> float:
    """Return the central difference of the loss in the value that is looked at."""

    def moved(step: float) -> Numbers:
        return replace(p, values=(*p.values[: p.place], p.x + step, *p.values[p.place + 1 :]))

    return slope(p, moved)


def running(p: Numbers, start: float, new: float, statistic: Callable[[Values], float]) -> float:
    """Return the running average of a statistic of the batches, in which each new one weighs `new`."""
    count = len(p.batches)
    past = math.fsum(new * (1 - new) ** (count - 1 - k) * statistic(batch) for k, batch in enumerate(p.batches))
    return (1 - new) ** count * start + past


def skewness(values: Sequence[float], eps: float = 0.0) -> float:
    """Return the mean cube of the normalized values."""
    return mean_of([normalized(values, v, eps) ** 3 for v in values])


def channel_of(p: Numbers) -> Values:
    """Return the first channel of two images with two channels of 2 x 2 positions."""
    return (*p.values[:4], *p.values[8:12])


def example_of(p: Numbers) -> Values:
    """Return the first of two examples."""
    return p.values[: len(p.values) // 2]
