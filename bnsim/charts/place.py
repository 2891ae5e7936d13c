"""Where a number lies in a picture, and marks of what was predicted and what is true at that place."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bnsim.charts.template import Template, by

COLUMNS = ("who", "value", "label", "is_larger")
"""Of the marks: whose each is, "you" or "true", where it stands, what is written beside it; the larger of the two?"""

DATA = "predicted"
"""What the marks are called among the data of a picture."""

COLOURS = {"you": "#a855c7", "true": "#b8860b"}
"""None is that of a stage: a mark is no curve."""

DASHES = {"you": (6, 3), "true": (1, 0)}
TYPE, LINE = 13, 16
"""Pixels of the letters, and from one line of words to the next."""


AT_X, AT_Y = "scale('x', datum.coordinate)", "scale('y', datum.coordinate)"
"""Where a mark lies in the picture, in pixels; less than 0 or more than its width or height where it is beyond it."""

ROOM_FOR_WORDS = 0.15
"""This share of the width the words of a mark need; where it is not there, they stand on the other side of the line."""


@dataclass(frozen=True)
class Place:
    """Where a readout lies in a picture of its experiment.

    Parameters
    ----------
    picture : str
        The key of the picture; where the main one has another key, the readout lies nowhere in it.
    axis : "x" or "y"
        The axis that it lies on.
    at : str
        The expression of its coordinate there, where that is not the number itself, ``datum.value``.
    across : (float, float), optional
        From where to where on the other axis it is meant; everywhere, if nothing is said.
    """

    picture: str
    axis: Literal["x", "y"]
    at: str = "datum.value"
    across: tuple[float, float] | None = None


def can_hold(template: Template, place: Place, *values: float) -> bool:
    """Return whether a picture can show these values at a place: finite ones, and on a log axis positive ones."""
    is_log = any(scale.get("type") == "log" for scale in _scales(template.spec, place.axis))
    return all(math.isfinite(value) and (value > 0 or not is_log) for value in values)


def marked(template: Template, place: Place, whose: Sequence[str] = tuple(COLOURS)) -> Template:
    """Return a picture with a line and words for each of the marks; data "predicted": see COLUMNS."""
    layers = [*(_rule(place, who) for who in whose), *(_words(place, who, line) for line, who in enumerate(whose))]
    spec = {**template.spec, "layer": [*template.spec["layer"], *layers]}
    return replace(template, spec=spec, columns={**template.columns, DATA: COLUMNS})


def _rule(place: Place, who: str) -> dict[str, Any]:
    """Return the line of one mark, dashed where it is a prediction."""
    other = "y" if place.axis == "x" else "x"
    across = {other: _number("low"), f"{other}2": {"field": "high"}} if place.across else {}
    mark = {"type": "rule", "strokeWidth": 2, "strokeDash": list(DASHES[who]), "tooltip": None, "clip": True}
    return _layer(place, who, mark, across)


def _words(place: Place, who: str, line: int) -> dict[str, Any]:
    """Return the words of one mark: beside a line down the picture, each on its own height, or along a line across.

    The larger one's are right of their line or above it, and the smaller one's left or below: no line strikes the
    other's words through.
    Where a mark lies beyond the picture, its words stand at the edge with an arrow: what is missing there is said.
    """
    mark = {"type": "text", "fontSize": TYPE, "fontWeight": "bold", "tooltip": None, "clip": True}
    if place.axis == "x":
        is_left = f"{AT_X} > (datum.is_larger ? {1 - ROOM_FOR_WORDS} : {ROOM_FOR_WORDS}) * width"
        mark |= {
            "align": by(f"{is_left} ? 'right' : 'left'"),
            "dx": by(f"{is_left} ? -5 : 5"),
            "dy": LINE * (line + 0.6),
        }
        end = _number("high") if place.across else {"value": 0}
        label = f"({AT_X} < 0 ? '← ' : '') + datum.label + ({AT_X} > width ? ' →' : '')"
        return _layer(place, who, mark, {"x": _value(f"clamp({AT_X}, 0, width)"), "y": end, "text": _value(label)})
    near_top, near_bottom = f"{AT_Y} < {LINE}", f"{AT_Y} > height - {LINE}"
    heights = f"{near_top} ? {_by_size(0.6, 1.6)} : {near_bottom} ? {_by_size(-1.6, -0.6)} : {_by_size(-0.6, 0.6)}"
    mark |= {"align": "center", "dy": by(heights)}
    label = f"({AT_Y} < 0 ? '↑ ' : {AT_Y} > height ? '↓ ' : '') + datum.label"
    channels = {"x": _value("0.55 * width"), "y": _value(f"clamp({AT_Y}, 0, height)"), "text": _value(label)}
    return _layer(place, who, mark, channels)


def _by_size(larger: float, smaller: float) -> str:
    """Return how far below their line, in lines, the words of the larger and of the smaller mark stand."""
    return f"(datum.is_larger ? {larger * LINE} : {smaller * LINE})"


def _value(expression: str) -> dict[str, Any]:
    return {"value": by(expression)}


def _layer(place: Place, who: str, mark: dict[str, Any], channels: dict[str, Any]) -> dict[str, Any]:
    """Return a layer with one of the marks."""
    low, high = place.across or (0, 0)
    computed = {"coordinate": place.at, "low": str(low), "high": str(high)}
    steps = [{"calculate": expression, "as": name} for name, expression in computed.items()]
    return {
        "data": {"name": DATA},
        "transform": [{"filter": f"datum.who == '{who}'"}, *steps],
        "mark": mark,
        "encoding": {place.axis: _number("coordinate"), "color": {"value": COLOURS[who]}, **channels},
    }


def _number(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative"}


def _scales(spec: Any, axis: str) -> Iterator[Mapping[str, Any]]:
    """Yield every scale of an axis that a specification declares."""
    found = spec.get("encoding", {}).get(axis, {}).get("scale")
    if found:
        yield found
    for layer in spec.get("layer", ()):
        yield from _scales(layer, axis)
