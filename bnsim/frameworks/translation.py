"""The settings of a batch norm layer in one framework, as another one wants them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bnsim.errors import InputError
from bnsim.frameworks.table import Facts, Framework, framework_of, new_weight, quoted
from bnsim.text import words_of

WORDS = words_of(__package__)

FEWEST_AXES, MOST_AXES = 2, 5  # (N, C) to (N, C, D, H, W)
LARGEST_SIDE = 2**53


@dataclass(frozen=True)
class Translation:
    """One layer in two frameworks.

    Attributes
    ----------
    source, target : Framework
    momentum, eps : tuple of float
        As the source writes them and as the target does.
    new_weight : float
        The weight of the new batch that both mean.
    shape : tuple of tuple of int, optional
        A shape in the layout of either; None if none was given.
    axes : tuple of int
        What transposes a batch of images, or of that shape, from one layout to the other; in order if they agree.
    var : tuple of float, optional
        What stands in the running variance of either after a batch with that variance; None if none was given.
    notes : tuple of str
        What to know of it.
    """

    source: Framework
    target: Framework
    momentum: tuple[float, float]
    eps: tuple[float, float]
    new_weight: float
    shape: tuple[tuple[int, ...], tuple[int, ...]] | None
    axes: tuple[int, ...]
    var: tuple[float, float] | None
    notes: tuple[str, ...]

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield what a table shows: the quantity, and how either framework writes it."""
        one, other = (dict(_column(*side)) for side in self._sides())
        for what, text in one.items():
            yield WORDS[f"label.what.{what}"], text, other[what]

    def _sides(self) -> Iterator[tuple[Facts, float, float, tuple[int, ...] | None, float | None]]:
        shapes, variances = self.shape or (None, None), self.var or (None, None)
        facts = (self.source.value, self.target.value)
        yield from zip(facts, self.momentum, self.eps, shapes, variances, strict=True)


def _column(
    facts: Facts, momentum: float, eps: float, shape: tuple[int, ...] | None, var: float | None
) -> Iterator[tuple[str, str]]:
    """Yield what one framework writes, by the name of the quantity."""
    yield "momentum", written(momentum)
    yield "eps", written(eps)
    yield "variance", WORDS["label.variance.unbiased" if facts.unbiased else "label.variance.biased"]
    yield "images", WORDS["label.images.last" if facts.channels_last else "label.images.first"]
    if shape is not None:
        yield "shape", str(shape)
    if var is not None:
        yield "var", written(var)
    yield "tensors", ", ".join(facts.tensors)
    yield "layer", facts.layer.format(momentum=written(momentum), eps=written(eps))


def translate(
    source: str | Framework,
    target: str | Framework,
    *,
    momentum: float | None = None,
    eps: float | None = None,
    shape: Sequence[int] | None = None,
    var: float | None = None,
    count: int | None = None,
) -> Translation:
    """Return the settings of a batch norm layer in one framework as another one wants them.

    Parameters
    ----------
    source, target : str or Framework
        "PyTorch", "Keras", "TensorFlow", "Flax", "ONNX" or "Paddle", capitals aside.
    momentum : float from 0 to 1, optional
        As the source writes it; its default if not given.
    eps : float, more than 0, optional
        The default of the source if not given.
    shape : sequence of int, optional
        Of a batch in the layout of the source, with 2 to 5 axes.
    var : float, at least 0, optional
        What the source would put into its running variance for a batch.
    count : int, at least 2, optional
        Values of a channel in that batch, N * H * W: it makes a biased variance of an unbiased one, or the other way.

    Raises
    ------
    InputError
        With every problem at once.

    Examples
    --------
    >>> found = translate("Keras", "PyTorch", momentum=0.99, shape=(32, 28, 28, 64), var=2.0, count=5)
    >>> found.momentum, found.eps, found.shape[1], found.axes, found.var
    ((0.99, 0.01), (0.001, 0.001), (32, 64, 28, 28), (0, 3, 1, 2), (2.0, 2.5))
    """
    old, new = (name if isinstance(name, Framework) else framework_of(name) for name in (source, target))
    momentum = old.value.momentum if momentum is None else momentum
    eps = old.eps if eps is None else eps
    if problems := tuple(_problems(momentum, eps, shape, var, count)):
        raise InputError(*problems)
    weight = new_weight(momentum, old)
    axes = _axes(old, new, 4 if shape is None else len(shape))
    sides = None if shape is None else (tuple(shape), tuple(shape[axis] for axis in axes))
    return Translation(
        source=old,
        target=new,
        momentum=(float(momentum), quoted(weight, new)),
        eps=(float(eps), float(eps)),
        new_weight=weight,
        shape=sides,
        axes=axes,
        var=None if var is None or count is None else (float(var), _variance(var, count, old, new)),
        notes=tuple(_notes(old, new, eps, axes)),
    )


def written(number: float) -> str:
    """Return a number as all these frameworks read it in code, as short as it can be."""
    return repr(float(number))


def _problems(
    momentum: float, eps: float, shape: Sequence[int] | None, var: float | None, count: int | None
) -> Iterator[str]:
    if not 0 <= momentum <= 1:
        yield f"momentum must be a number from 0 to 1; got {momentum:g}."
    if not 0 < eps < math.inf:
        yield f"eps must be a number more than 0; got {eps:g}."
    if shape is not None and not FEWEST_AXES <= len(shape) <= MOST_AXES:
        yield f"shape must have from {FEWEST_AXES} to {MOST_AXES} axes; got {len(shape)}."
    elif shape is not None and not all(1 <= side <= LARGEST_SIDE for side in shape):
        yield f"shape must have whole numbers from 1 to {LARGEST_SIDE}; got {min(shape)} to {max(shape)}."
    if var is not None and not 0 <= var < math.inf:
        yield f"var must be a number of at least 0; got {var:g}."
    if count is not None and not 2 <= count <= LARGEST_SIDE:
        yield f"count must be a whole number from 2 to {LARGEST_SIDE}; got {count}."
    if (var is None) != (count is None):
        yield "var and count must be given together; got one of them. An unbiased variance depends on the count."


def _axes(source: Framework, target: Framework, axes: int) -> tuple[int, ...]:
    """Return the order of the source's axes in the target's layout."""
    inner = range(1, axes)
    if source.value.channels_last == target.value.channels_last:
        return tuple(range(axes))
    return (0, *inner[-1:], *inner[:-1]) if source.value.channels_last else (0, *inner[1:], *inner[:1])


def _variance(var: float, count: int, source: Framework, target: Framework) -> float:
    """Return a batch's variance as the target puts it into its running variance."""
    if source.value.unbiased == target.value.unbiased:
        return float(var)
    return float(var) * count / (count - 1) if target.value.unbiased else float(var) * (count - 1) / count


def _notes(source: Framework, target: Framework, eps: float, axes: tuple[int, ...]) -> Iterator[str]:
    sides = (source, target)
    if source.value.quotes_old == target.value.quotes_old:
        yield WORDS.say("note.momentum_same", which=WORDS[f"note.which.{'old' if source.value.quotes_old else 'new'}"])
    else:
        old, new = sorted(sides, key=lambda side: not side.value.quotes_old)
        yield WORDS.say("note.momentum_turned", old=old.title, new=new.title)
    if eps != target.eps:
        yield WORDS.say("note.eps_say", target=target.title, own=written(target.eps))
    if source.value.unbiased != target.value.unbiased:
        unbiased, biased = sorted(sides, key=lambda side: not side.value.unbiased)
        yield WORDS.say("note.variance", unbiased=unbiased.title, biased=biased.title)
    if axes != tuple(range(len(axes))):
        yield WORDS.say("note.images_moved", source=source.title, target=target.title, axes=str(axes))
    if Framework.TENSORFLOW in sides:
        yield WORDS["note.tensorflow"]
