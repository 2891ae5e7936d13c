"""How parameters are declared: one line a field, its words in the experiment's `text.toml`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from bnsim.frameworks.quoting import Quantity
from bnsim.scenario.fields import Control
from bnsim.scenario.values import Values

Drag = tuple[float, float, float]
When = tuple[str, tuple[object, ...]]


def real(
    default: float,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    **control: Any,
) -> Any:
    """Declare a number and its valid range; how it is shown is told as in `shown`."""
    return shown(Field(default, ge=ge, gt=gt, le=le, lt=lt), **control)


def whole(default: int, *, ge: int, le: int, **control: Any) -> Any:
    """Declare a whole number and its valid range; how it is shown is told as in `shown`."""
    return shown(Field(default, ge=ge, le=le), **control)


def choice(default: object, **control: Any) -> Any:
    """Declare one of the values of its type: a Literal or an Enum, or a number or a word, such as ``float | OWN``."""
    return shown(Field(default), **control)


def flag(default: bool, **control: Any) -> Any:
    """Declare yes or no."""
    return shown(Field(default), **control)


def own_numbers(**control: Any) -> Any:
    """Declare a column of the user's own numbers; none at first."""
    return shown(Field(Values(())), **control)


def shown(
    info: Any,
    *,
    drag: Drag | None = None,
    live: bool = False,
    offered: tuple[object, ...] = (),
    when: When | None = None,
    group: str = "",
    formerly: Mapping[Any, str] | None = None,
    quoted: Quantity | None = None,
) -> Any:
    """Attach to a field how the page shows it.

    Parameters
    ----------
    info : FieldInfo
        The field.
    drag : (low, high, step), optional
        Range of the slider; the valid range may be wider.
    live : bool
        Whether the pictures follow the thumb.
    offered : tuple
        Values of a number that are offered beside typing; their words are the field's `choices`.
    when : (name of another field, values of it), optional
        The control matters only while the other field has one of these values.
    group : str
        The closed group in which the control stands, by its key in the text, under ``group``; "" is always in sight.
    formerly : mapping of number to word, optional
        What a number meant in links and files of earlier versions.
    quoted : "momentum" or "eps", optional
        What of batch norm the number is, so that it may be given as a framework quotes it.
    """
    choices = dict.fromkeys(offered, "") or None
    found = Control("", slider=drag, live=live, choices=choices, when=when, group=group, quoted=quoted)
    info.metadata.append(found if formerly is None else replace(found, formerly=formerly))
    return info


def eps(default: float = 1e-5, **control: Any) -> Any:
    """Declare the epsilon under the root: more than 0, up to 1."""
    return real(default, gt=0, le=1, offered=(1e-5, 1e-3, 1e-12), quoted="eps", **control)


def seed(**control: Any) -> Any:
    """Declare the seed from which all randomness comes."""
    return whole(0, ge=0, le=2**32 - 1, **control)
