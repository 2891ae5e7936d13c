"""Pictures of a tensor of images: who shares statistics with whom, and what each member of the family makes of it."""

from typing import Any

import altair as alt

from bnsim.charts.following import following, sentence
from bnsim.charts.template import AS_SVG, Template, anchor, freeze, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.experiments.norm_family.filters import DIVISORS
from bnsim.experiments.norm_family.params import MOST_CHANNELS, MOST_VALUES, SIDE
from bnsim.experiments.norm_family.tables import HEAD
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure")
LABELS = words_of(__package__).group("label")

NORMS = ("batch", "layer", "group", "instance", "rms")
CELL = ("x", "x2", "y", "y2", "sample", "channel", "value")
TEXT = ("x", "y", "text")

WIDE = 0.18
"""The names of images take this share of the width of the tensor: enough on a phone."""


def cells(data: str | None, **channels: Any) -> alt.Chart:
    """Return the values of the tensor as rectangles, of the layer around them without `data`; y runs downwards."""
    scale = alt.Scale(nice=False, zero=False)
    chart: alt.Chart = (
        (alt.Chart(alt.NamedData(data)) if data else alt.Chart())
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


def sharing_parameters() -> list[dict[str, Any]]:
    """Return the parameters of who shares statistics, which follow the shape and the groups.

    `fits`: whether the settings go together. Where they do not, what is shown is what Python knows: `n, c, s, g`, of
    images, channels, positions on a side and groups. `per_image`: how many sets an image has if it shares with no
    other; `sets`, `members`: how many there are, and how many values each has.
    """
    names = {"n": "batch_size", "c": "channels", "s": "side", "g": "groups"}
    expressions = {
        "values": "batch_size * channels * side * side",
        "fits": f"channels % groups == 0 && values <= {MOST_VALUES}",
        **{short: f"fits ? {name} : state.{name}" for short, name in names.items()},
        "per_image": "state.norm == 'group' ? g : state.norm == 'instance' ? c : 1",
        "sets": "state.norm == 'batch' ? c : n * per_image",
        "members": "n * c * s * s / sets",
        "start": f"floor(({SIDE} - s) / 2)",
        "margin": f"{WIDE} * c",
    }
    return [*following(*names.values()), *({"name": name, "expr": each} for name, each in expressions.items())]


def placed(tensor: Any) -> alt.LayerChart:
    """Return layers over the values that are shown, each with its place, its set, and how strong it is.

    Numerators come one image after the other; sample, channel and set are counted from 1, rows and columns from 0.
    """
    of_channel, of_image = SIDE**2, MOST_CHANNELS * SIDE**2
    inside = " && ".join(f"datum.{at} >= start && datum.{at} < start + s" for at in ("row", "column"))
    chart: alt.LayerChart = (
        tensor.transform_window(place="row_number()")
        .transform_calculate(
            sample=f"ceil(datum.place / {of_image})",
            channel=f"floor((datum.place - 1) % {of_image} / {of_channel}) + 1",
            row=f"floor((datum.place - 1) % {of_channel} / {SIDE})",
            column=f"(datum.place - 1) % {SIDE}",
        )
        .transform_filter(f"datum.sample <= n && datum.channel <= c && {inside}")
        .transform_calculate(
            value=f"datum.numerator / {list(DIVISORS)}[datum.channel - 1]",
            first="datum.row == start && datum.column == start",
            x="datum.channel - 1 + (datum.column - start) * 0.94 / s",
            x2="datum.x + 0.94 / s",
            y=f"datum.sample - {1 - HEAD:g} + (datum.row - start) * 0.7 / s",
            y2="datum.y + 0.7 / s",
            set="state.norm == 'batch' ? datum.channel : "
            "(datum.sample - 1) * per_image + floor((datum.channel - 1) * per_image / c) + 1",
            hue=f"(datum.set - 1) % {len(SCENARIO_COLOURS)}",
            size="abs(datum.value)",
        )
        .transform_joinaggregate(strongest="max(size)")
        .transform_calculate(weight="datum.strongest ? datum.size / datum.strongest : 0")
    )
    return chart


def named(where: str, **fields: str) -> alt.Chart:
    """Return words beside some of the first values of blocks; their `x`, `y` and `text` are expressions."""
    chart = alt.Chart().transform_filter(f"datum.first && {where}").transform_calculate(**fields)
    words: alt.Chart = chart.mark_text(align="left", baseline="bottom", fontSize=12, color=QUIET)
    return words


@once
def sharing_template() -> Template:
    """Return the template of the tensor coloured by who shares statistics; it follows the shape and the groups.

    Data: "tensor" (numerator, see `placed`), "state" (epoch, batch_size, channels, side, groups, norm).
    """
    colour = alt.Color("hue:N", legend=None).scale(domain=list(range(8)), range=list(SCENARIO_COLOURS))
    blocks = cells(
        None,
        color=colour,
        tooltip=[number_line("set", WORDS["sharing.label.set"], "d")],
        opacity=alt.Opacity("weight:Q", legend=None).scale(domain=[0, 1], range=[0.2, 1]),
    )
    refused = (
        f"channels % groups ? {sentence(WORDS['sharing.label.uneven'], groups='groups', channels='channels')} : "
        f"{sentence(WORDS['sharing.label.many'], values='values', most=str(MOST_VALUES))}"
    )
    numbers = alt.Chart().transform_filter("datum.first")
    numbers = numbers.mark_text(align="left", baseline="bottom", fontSize=12, fontWeight="bold")
    image = sentence(LABELS["sample"], number="datum.sample")
    head = {"x": "-margin", "y": "-0.05", "text": f"fits ? {LABELS['channel']!r} : {refused}"}
    names = alt.layer(
        named("datum.channel == 1", x="-margin", y="datum.sample - 0.25", text=image),
        # Words of no letters, not no words: a layer without any has an infinite extent.
        named("datum.sample == 1", y="-0.05", text="fits ? datum.channel : ''"),
        named("datum.sample == 1 && datum.channel == 1", **head),
    )
    layers = [
        blocks,
        numbers.encode(x="x:Q", y="y:Q", text="set:N", color=colour),
        names.encode(x="x:Q", y="y:Q", text="text:N"),
    ]
    tensor = placed(alt.layer(*layers, data=alt.NamedData("tensor")))
    spec = freeze(alt.layer(anchor("x", "y"), tensor).properties(width="container", height=320))
    spec |= {"view": {"stroke": None}, "usermeta": AS_SVG, "params": sharing_parameters()}
    columns = ("epoch", "batch_size", "channels", "side", "groups", "norm")
    return Template(spec, {"tensor": ("numerator",), "state": columns})


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
