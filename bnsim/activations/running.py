"""The running statistics for an autopsy: of a layer in a checkpoint, or typed in."""

from collections.abc import Sequence
from dataclasses import replace

from bnsim.activations.autopsy import Running
from bnsim.activations.wording import WORDS
from bnsim.checkpoint import Assumed, Inspection, Layer
from bnsim.checkpoint.wording import shown_name
from bnsim.data.pasted import read_text
from bnsim.engine.arrays import Array
from bnsim.errors import DataError, InputError, nearest

MOST_NAMES = 8
BATCH_SIZE = 32
"""Assumed where nobody says it; it is said aloud."""


def fitting(inspection: Inspection, channels: int) -> tuple[Layer, ...]:
    """Return the layers of a checkpoint that have so many channels."""
    return tuple(layer for layer in inspection.layers if layer.channels == channels)


def layer_of(inspection: Inspection, channels: int, name: str = "") -> Layer:
    """Return the layer that is meant: by its name, or the only one with as many channels.

    Raises
    ------
    InputError
        If there is none, or several.
    """
    if name:
        if name in inspection.by_name:
            return inspection.by_name[name]
        near = nearest(name, tuple(inspection.by_name))
        way_out = f"Did you mean {near}?" if near else f"It has {_listed(inspection.layers)}."
        raise InputError(f"{name[:60]} is not a batch norm layer of {inspection.name}. {way_out}")
    layers = fitting(inspection, channels)
    if len(layers) == 1:
        return layers[0]
    if layers:
        raise InputError(
            f"{inspection.name} must say which layer is meant; {len(layers)} have {channels} channels: "
            f"{_listed(layers)}. Say which: --layer NAME."
        )
    raise InputError(
        f"{inspection.name} must have a batch norm layer of {channels} channels, as the activations have; it has "
        f"{_listed(inspection.layers) if inspection.layers else 'none'}. Say which axis counts channels: --axis."
    )


def running_of(layer: Layer, assumed: Assumed, batch_size: int = BATCH_SIZE, file: str = "") -> Running:
    """Return the running statistics of a layer; ε and momentum as given, else the defaults of its framework."""
    source = WORDS.say("label.of_layer", layer=shown_name(layer.name), file=file)
    eps, momentum = assumed.eps_of(layer), assumed.momentum_of(layer)
    return Running(layer.mean, layer.var, layer.gamma, layer.beta, eps, momentum, batch_size, source)


def typed_running(mean: str, var: str, channels: int, assumed: Assumed, batch_size: int = BATCH_SIZE) -> Running:
    """Return running statistics that somebody typed in; one number serves every channel.

    Raises
    ------
    DataError
        If a text holds no numbers, or neither one nor as many as there are channels.
    """
    means, variances = (_numbers(text, name, channels) for text, name in ((mean, "mean"), (var, "var")))
    usual = Running(means, variances, batch_size=batch_size)
    eps = usual.eps if assumed.eps is None else assumed.eps
    momentum = usual.momentum if assumed.momentum is None else assumed.momentum
    return replace(usual, eps=eps, momentum=momentum)


def _numbers(text: str, name: str, channels: int) -> Array:
    try:
        values = read_text(text).values
    except DataError as error:
        raise DataError(*(f"{name}: {problem}" for problem in error.problems)) from None
    if values.size == 1:
        return values.repeat(channels)
    if values.size != channels:
        raise DataError(f"{name} must hold one number or {channels}, as there are channels; got {values.size}.")
    return values


def _listed(layers: Sequence[Layer]) -> str:
    names = [f"{shown_name(layer.name)} ({layer.channels})" for layer in layers]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
