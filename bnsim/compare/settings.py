"""What went in, as people read it: parameters by their labels, choices by theirs, numbers with all their digits."""

from collections.abc import Sequence

from bnsim.compare.comparison import plain
from bnsim.scenario.fields import FieldSpec
from bnsim.scenario.params import Params
from bnsim.scenario.values import Values
from bnsim.text import number, short


def changed(params: Sequence[Params]) -> tuple[str, ...]:
    """Return the names of the parameters in which any differs from the first, in the order of their declaration."""
    first, *others = params
    differing = {name for other in others for name in first.changed(other)}
    return tuple(name for name in first.controls() if name in differing)


def name_of(spec: FieldSpec) -> tuple[str, str]:
    """Return what a parameter is called, and its symbol."""
    return spec.control.label, spec.control.symbol


def settings_of(spec: FieldSpec, params: Sequence[Params], *, every: bool = False) -> list[str]:
    """Return one parameter of several scenarios as people read it: a choice by its label.

    Numbers are short, or with `every` digit that is right; so they are where few would not tell all of them apart.
    """
    values = [getattr(each, spec.name) for each in params]
    texts = [setting(spec, value, every=every) for value in values]
    whole = [setting(spec, value, every=True) for value in values]
    return texts if len(set(texts)) == len(set(whole)) else whole


def setting(spec: FieldSpec, value: object, *, every: bool) -> str:
    """Return one value of a parameter."""
    if isinstance(value, Values):
        return str(plain(value))
    label = (spec.control.choices or {}).get(value)
    if label is not None:
        return label
    if isinstance(value, float):
        return number(value) if every else short(value)
    return spec.write(value)
