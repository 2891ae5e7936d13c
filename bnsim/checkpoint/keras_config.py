"""Which layers of a Keras model are batch norm, as the JSON says that describes the model; nothing in it is ever run.

A layer is a table of a "class_name" and a "config"; what holds other layers has them in its config. In a file of
weights Keras 3 keeps the variables of a layer under the names of attributes and classes on the way to it, such as
layers/sequential/layers/batch_normalization_1.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BATCH_NORM = {
    "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization",
}  # fmt: skip
LONGEST_NAME = 300
CLASS, CONFIG, NAME = "class_name", "config", "name"


@dataclass(frozen=True)
class Described:
    """A batch norm layer as the description of its model has it.

    Attributes
    ----------
    names : tuple of str
        Of what it is in, from the outside, and its own.
    place : str
        Where Keras 3 keeps its variables.
    eps, momentum : float or None
        As they are written there: `momentum` is the weight of the old value.
    scale, center : bool
        Whether it has γ and β.
    """

    names: tuple[str, ...]
    place: str
    eps: float | None
    momentum: float | None
    scale: bool
    center: bool


@dataclass(frozen=True)
class _Inside:
    """Something in the description that is still to be looked at."""

    value: Any
    names: tuple[str, ...]
    place: str


def described_layers(text: str) -> tuple[Described, ...]:
    """Return the batch norm layers of a description in its order; none if it is no JSON, or says nothing of layers."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):  # brackets a thousand deep exhaust the reader
        return ()
    found: list[Described] = []
    # What is inside is looked at one after the other: a million tables at once would take all memory.
    left = [iter([_Inside(whole, (), "")])]
    while left:
        each = next(left[-1], None)
        if each is None:
            left.pop()
        elif _is_layer(each.value) and each.value[CLASS] in BATCH_NORM:
            found.append(_described(each))
        else:
            left.append(_within(each))
    return tuple(found)


def _is_layer(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get(CLASS), str) and isinstance(value.get(CONFIG), dict | list)


def _within(outer: _Inside) -> Iterator[_Inside]:
    """Yield what a layer, a table or a list has in it."""
    value = outer.value
    if _is_layer(value):
        config = value[CONFIG]
        # Keras 2.2 wrote a Sequential as the bare list of its layers.
        yield from _items({"layers": config} if isinstance(config, list) else config, outer)
    elif isinstance(value, dict):
        yield from _items(value, outer)
    elif isinstance(value, list):
        used: dict[str, int] = {}
        for inner in value:
            kind = snake_case(inner[CLASS][:LONGEST_NAME]) if _is_layer(inner) else "container"
            used[kind] = used.get(kind, -1) + 1
            name = kind if not used[kind] else f"{kind}_{used[kind]}"
            yield _Inside(inner, (*outer.names, *_own_name(inner)), _place(outer, name))


def _items(table: Mapping[str, Any], outer: _Inside) -> Iterator[_Inside]:
    for key, value in table.items():
        if isinstance(value, dict | list):
            yield _Inside(value, (*outer.names, *_own_name(value)), _place(outer, key))


def _place(outer: _Inside, step: str) -> str:
    """Return where something is; what lies deeper than any name of a tensor is not looked for."""
    return f"{outer.place}/{step}".lstrip("/") if len(outer.place) + len(step) < LONGEST_NAME else outer.place


def _own_name(value: Any) -> tuple[str, ...]:
    if not _is_layer(value):
        return ()
    inner = value[CONFIG].get(NAME) if isinstance(value[CONFIG], dict) else None
    name = inner if isinstance(inner, str) else value.get(NAME)
    return (name,) if isinstance(name, str) else ()


def _described(each: _Inside) -> Described:
    config = each.value[CONFIG] if isinstance(each.value[CONFIG], dict) else {}
    return Described(
        each.names, each.place, _number(config.get("epsilon")), _number(config.get("momentum")),
        config.get("scale") is not False, config.get("center") is not False,
    )  # fmt: skip


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1 else None


def snake_case(name: str) -> str:
    """Return the name of a class as Keras writes it in files.

    >>> snake_case("BatchNormalization"), snake_case("Conv2D")
    ('batch_normalization', 'conv2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
