"""Pictures of a tensor of images: who shares statistics with whom, and what each member of the family makes of it."""

from typing import Any

import altair as alt

from bnsim.charts.template import AS_SVG, Template, freeze, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure")
LABELS = words_of(__package__).group("label")

NORMS = ("batch", "layer", "group", "instance", "rms")
CELL = ("x", "x2", "y", "y2", "sample", "channel", "value")
TEXT = ("x", "y", "text")


def cells(data: str, **channels: Any) -> alt.Chart:
    """Return the values of the tensor as rectangles; y runs downwards."""
    scale = alt.Scale(nice=False, zero=False)
    chart: alt.Chart = (
        alt.Chart(alt.NamedData(data))
        .mark_rect()
        .encode(
            x=alt.X("x:Q", axis=None, scale=scale),
            x2="x2:Q",
            y=alt.Y("y:Q", axis=None, scale=alt.Scale(nice=False, zero=False, reverse=True)),
            y2="y2:Q",
            tooltip=[
                number_line("sample", LABELS["of_sample"], "d"),
                number_line("channel", LABELS["of_channel"], "d"),
                number_line("value", LABELS["value"]),
                *channels.pop("tooltip", []),
            ],
            **channels,
        )
    )
    return chart


def written(data: str, **look: Any) -> alt.Chart:
    """Return words at their places."""
    chart: alt.Chart = alt.Chart(alt.NamedData(data)).mark_text(**look).encode(x="x:Q", y="y:Q", text="text:N")
    return chart


@once
def sharing_template() -> Template:
    """Return the template of the tensor coloured by who shares statistics.

    Data: "cells" (x, x2, y, y2, sample, channel, value, set, weight), "sets" (x, y, text, set: the number of the set
    above each block), "names" (x, y, text: samples and channels).
    """
    colour = alt.Color("hue:N", legend=None).scale(domain=list(range(8)), range=list(SCENARIO_COLOURS))
    hue = f"(datum.set - 1) % {len(SCENARIO_COLOURS)}"
    values = cells(
        "cells",
        color=colour,
        tooltip=[number_line("set", WORDS["sharing.label.set"], "d")],
        opacity=alt.Opacity("weight:Q", legend=None).scale(domain=[0, 1], range=[0.2, 1]),
    ).transform_calculate(hue=hue)
    numbers = written("sets", align="left", baseline="bottom", fontSize=12, fontWeight="bold")
    layers = [
        values,
        numbers.transform_calculate(hue=hue).encode(color=colour),
        written("names", align="left", baseline="bottom", fontSize=12, color=QUIET),
    ]
    spec = freeze(alt.layer(*layers).properties(width="container", height=320))
    spec |= {"view": {"stroke": None}, "usermeta": AS_SVG}
    return Template(spec, {"cells": (*CELL, "set", "weight"), "sets": (*TEXT, "set"), "names": TEXT})


@once
def family_template() -> Template:
    """Return the template of the tensor before and after each norm, six small pictures in one.

    Data: "cells" (x, x2, y, y2, sample, channel, value, shade: the value from -1 to 1), "names" (x, y, text).
    """
    below, above = WORDS["family.label.below"], WORDS["family.label.above"]
    sign = alt.Color("sign:N", legend=alt.Legend(title=None, orient="bottom", symbolOpacity=1)).scale(
        domain=[below, above], range=[STAGE_COLOURS["raw"], STAGE_COLOURS["normalized"]]
    )
    values = cells(
        "cells", color=sign, opacity=alt.Opacity("size:Q", legend=None).scale(domain=[0, 1], range=[0, 1])
    ).transform_calculate(sign=f"datum.shade < 0 ? {below!r} : {above!r}", size="abs(datum.shade)")
    layers = [values, written("names", align="left", baseline="bottom", fontSize=13, fontWeight=600, color=QUIET)]
    spec = freeze(alt.layer(*layers).properties(width="container", height=430))
    spec |= {"view": {"stroke": None}, "usermeta": AS_SVG}
    return Template(spec, {"cells": (*CELL, "shade"), "names": TEXT})


@once
def changes_template() -> Template:
    """Return the template of how much one sample changes with its companions; data "changes": norm, set, change."""
    colour = alt.Color("norm:N", legend=None).scale(domain=list(NORMS), range=list(SCENARIO_COLOURS[:5]))
    base = alt.Chart(alt.NamedData("changes")).encode(
        y=alt.Y("norm:N", title=None, scale=alt.Scale(domain=list(NORMS))), color=colour
    )
    ticks = base.mark_tick(thickness=2, opacity=0.7, size=18).encode(
        x=alt.X("change:Q", title=WORDS["changes.axis.x"]),
        tooltip=[
            word_line("norm", WORDS["changes.label.norm"]),
            number_line("set", WORDS["changes.label.set"], "d"),
            number_line("change", WORDS["changes.label.change"]),
        ],
    )
    largest = (
        base.transform_aggregate(largest="max(change)", groupby=["norm"])
        .transform_calculate(
            words="datum.largest > 1e-12 ? format(datum.largest, '.2~g') : "
            f"datum.largest ? {WORDS['changes.label.rounding']!r} : '0'"
        )
        .mark_text(align="left", dx=8, fontSize=12, fontWeight="bold")
    )
    layers = [ticks, largest.encode(x="largest:Q", text="words:N")]
    return Template(
        freeze(alt.layer(*layers).properties(width="container", height=250)), {"changes": ("norm", "set", "change")}
    )
