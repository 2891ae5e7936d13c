"""Pictures that follow a thumb: by expressions of the controls, or by a sweep that came with the page.

A picture that follows holds one row of data, `state`: the epoch and the controls as Python knows them. While a control
is dragged, the page puts `{epoch, name: value, ...}` into `document.body.value` and fires an event; the parameter
`live` is bound to that. It counts only while its epoch is that of `state`: a preset or a link raises the epoch, so old
thumbs cannot overrule it. The body always exists, so it does not matter whether pictures or controls arrive first.

A sweep is a frame with one row for each of some positions of a slider: `control`, the span from `low` up to `high` of
the values nearest to that position, and the numbers there. The model makes them, at the positions that
`bnsim.scenario.sweep` chooses; the position that is set now is one of them.
"""

import re
from typing import Any

import altair as alt

ELEMENT, EVENT = "body", "bnsim-live"

SWEEP_COLUMNS = ("control", "low", "high")
"""What every sweep has, besides its numbers."""

NEAREST = "datum.control == thumb && at >= datum.low && at < datum.high"
"""The filter that leaves the rows of a sweep nearest to where the thumb is."""


def following(*controls: str, sweeps: bool = True) -> list[dict[str, Any]]:
    """Return the parameters of a picture that follows these controls, as they stand in a specification.

    `live`: what the page says; `state`: what Python knows; `on`: whether the page's word counts; each control by its
    name, as shown now; `moved`: whether any differs from what Python knows; `thumb`, `at`: the name of the one that
    differs, of the first if none does, and its value; where nothing `sweeps`, the last two are left out.
    """
    names = list(controls)
    others = "".join(f"{name} != state.{name} ? '{name}' : " for name in names[1:])
    values = "".join(f"thumb == '{name}' ? {name} : " for name in names[1:])
    expressions = {
        "state": "data('state')[0]",
        "on": "isObject(live) && live.epoch === state.epoch",
        **{name: f"on && isValid(live.{name}) ? live.{name} : state.{name}" for name in names},
        "moved": " || ".join(f"{name} != state.{name}" for name in names),
        "thumb": f"{others}'{names[0]}'",
        "at": f"{values}{names[0]}",
    }
    if not sweeps:
        del expressions["thumb"], expressions["at"]
    bound = {"name": "live", "bind": alt.BindDirect(element=ELEMENT, event=EVENT).to_dict()}
    return [bound, *({"name": name, "expr": expression} for name, expression in expressions.items())]


def faded(opacity: float) -> Any:
    """Return the opacity of what is simulated: it fades while a thumb moves, and is made anew on release."""
    return {"expr": f"moved ? {opacity / 4:g} : {opacity:g}"}


def sentence(template: str, **expressions: str) -> str:
    """Return the expression that writes a template of a text, with an expression for each {name} in it.

    Examples
    --------
    >>> sentence("{groups} groups of {size}", groups="groups", size="format(size, 'd')")
    "(groups) + ' groups of ' + (format(size, 'd'))"
    """
    parts = re.split(r"\{(\w+)\}", template)
    written = [f"({expressions[part]})" if at % 2 else repr(part) for at, part in enumerate(parts) if part]
    return " + ".join(written)
