"""Pictures of a network at initialization: from layer to layer and back, without norm and with it."""

import json
from typing import Any

import altair as alt

from bnsim.charts.template import AS_SVG, Template, freeze, hover, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__)
NETWORKS = tuple(WORDS.group("label.network").values())
"""What the networks are called in a picture."""

SHARES = tuple(WORDS.group("figure.shares.label.share").values())
"""What lines of shares are called, of both networks: single activations first, then whole units."""

COLOURS = [STAGE_COLOURS["raw"], STAGE_COLOURS["normalized"]]
DASHES = [[1, 0], [7, 3]]

EXACT = ".4~g"
HEIGHT = 320
"""Of a picture by layer, on the page with its axis: it fits under the answer on a projector."""

DIGIT = "round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)))"
POWERS = f"indexof([1, 2, 5], {DIGIT}) < 0 ? '' : format(datum.value, abs(log(datum.value)) < 9.3 ? '~g' : '~e')"
"""The labels of a logarithmic axis: 1, 2 and 5, so that 9 does not take the place of 10; exponents from 10000 on."""

READABLE: dict[str, Any] = {"labelFontSize": 12, "titleFontSize": 13}
"""The type of an axis: small type is lost on a projector."""

LAYER = alt.X("layer:Q", title=WORDS["label.layer"], axis=alt.Axis(tickMinStep=1, format="d", **READABLE)).scale(
    nice=False, zero=False
)
SAMPLES = dict(zip(NETWORKS, ("━━ ", "╍╍ "), strict=True))
"""How the line of a network looks, before the words about it: they take the place of a legend."""


def legend(columns: int) -> alt.Legend:
    """Return the legend of lines, below the picture."""
    return alt.Legend(
        title=None,
        orient="bottom",
        columns=columns,
        symbolType="stroke",
        symbolSize=500,
        symbolStrokeWidth=2.2,
        symbolOpacity=1,
        labelLimit=320,
        labelFontSize=12,
    )


def one_look_each(shown: alt.Legend | None = None) -> dict[str, Any]:
    """Return the channels in which the networks differ: colour and dash, with one legend or none."""
    return {
        "color": alt.Color("network:N", legend=shown).scale(domain=list(NETWORKS), range=COLOURS),
        "strokeDash": alt.StrokeDash("network:N", legend=shown).scale(domain=list(NETWORKS), range=DASHES),
    }


def theory(field: str, names: tuple[str, ...], **channels: Any) -> list[alt.Chart]:
    """Return the open points of data "law", a circle for the first name of a field and a diamond for the second."""
    layers = []
    # Not one layer with a shape channel: it would put shapes into the legend of the lines.
    for name, shape in zip(names, ("circle", "diamond"), strict=False):
        points = alt.Chart(alt.NamedData("law")).transform_filter(f"datum.{field} === {json.dumps(name)}")
        layers.append(
            points.mark_point(shape=shape, size=46, strokeWidth=1.6, opacity=1, filled=False).encode(
                x=LAYER, **channels
            )
        )
    return layers


def said_of(network: str, data: str, words: str, **look: Any) -> alt.Chart:
    """Return words about one network, an expression, at the right edge and in its colour."""
    said = alt.Chart(alt.NamedData(data)).transform_filter(f"datum.network === {json.dumps(network)}")
    chart: alt.Chart = (
        said.transform_calculate(words=words)
        .mark_text(**look)
        .encode(x=alt.value("width"), text="words:N", color=alt.Color("network:N"))
    )
    return chart


def with_sample(network: str) -> str:
    """Return the expression of a text after a sample of the line of its network."""
    return f"{json.dumps(SAMPLES[network])} + datum.text"


def tip(**titles: str) -> list[alt.Tooltip]:
    """Return the lines of a tooltip: network, layer, and each field by its title."""
    numbers = [number_line(name, title, EXACT) for name, title in titles.items()]
    return [word_line("network", WORDS["label.line.network"]), LAYER_LINE, *numbers]


LAYER_LINE = number_line("layer", WORDS["label.line.layer"], "d")


@once
def by_layer_template(key: str) -> Template:
    """Return the template of a positive quantity by layer, on a logarithmic axis, with theory as open points.

    The key is that of the figure, whose text says what the quantity is.
    Data: "lines" (network, layer, value, low, high), "law" (network, layer, value), "frame" (layer, value: what the
    axes must reach at least), "words" (network, text: one line for each network), "guide" (value: a quiet line).
    """
    axis = alt.Axis(tickCount=7, labelExpr=POWERS, **READABLE)
    words = WORDS.group(f"figure.{key}")
    lines_say = tip(value=words["axis.y"], low=WORDS["label.line.low"], high=WORDS["label.line.high"])
    y = alt.Y("value:Q", title=words["axis.y"], axis=axis).scale(type="log", nice=False)
    lines = alt.Chart(alt.NamedData("lines"))
    color = alt.Color("network:N")
    look: dict[str, Any] = {"align": "right", "dx": -4, "baseline": "top", "fontSize": 13, "fontWeight": 600}
    layers = [
        alt.Chart(alt.NamedData("frame")).mark_point(opacity=0, size=0).encode(x=LAYER, y=y),
        alt.Chart(alt.NamedData("guide")).mark_rule(color=QUIET, strokeDash=[2, 3]).encode(y=alt.Y("value:Q")),
        lines.mark_area(fillOpacity=0.18).encode(x=LAYER, y=alt.Y("low:Q"), y2="high:Q", color=color),
        lines.mark_line(strokeWidth=2.4).encode(x=LAYER, y=y, **one_look_each()),
        hover(lines, *lines_say, x=LAYER, y=y),
        *theory("network", NETWORKS, y=y, color=color, tooltip=tip(value=words["label.theory"])),
        *(
            said_of(network, "words", with_sample(network), dy=2 + 18 * place, **look).encode(y=alt.value(0))
            for place, network in enumerate(NETWORKS)
        ),
    ]
    chart = alt.layer(*layers).properties(width="container", height=HEIGHT)
    columns = {
        "lines": ("network", "layer", "value", "low", "high"),
        "law": ("network", "layer", "value"),
        "frame": ("layer", "value"),
        "words": ("network", "text"),
        "guide": ("value",),
    }
    return Template(freeze(chart) | {"usermeta": AS_SVG}, columns)


@once
def ridge_template() -> Template:
    """Return the template of one density a layer, the first layer on top.

    Data: "ridges" (network, layer, value, base, top), "names" (base, layer: the name of a row), "spreads" (network,
    base, text: what is said of the spread of a row).
    """
    scale, axis = alt.Scale(nice=False, zero=False), alt.Axis(tickCount=9, **READABLE)
    words = WORDS.group("figure.distributions")
    x = alt.X("value:Q", title=words["axis.x"], axis=axis, scale=scale)
    y = alt.Y("base:Q", axis=None, scale=scale)
    ridges = alt.Chart(alt.NamedData("ridges")).encode(x=x, detail="layer:N")
    look = one_look_each(legend(2))
    # What is said of a row stands beside it, where no curve is; the legend tells whose it is, so the name is left out.
    spread = "slice(datum.text, indexof(datum.text, ':') + 2)"
    beside: dict[str, Any] = {"align": "left", "dx": 6, "baseline": "bottom", "fontSize": 12}
    names = alt.Chart(alt.NamedData("names")).mark_text(align="right", baseline="bottom", dx=-6, dy=-3, fontSize=12)
    layers = [
        ridges.mark_area(opacity=0.3).encode(y=y, y2="top:Q", color=look["color"]),
        ridges.mark_line(strokeWidth=1.8).encode(y=alt.Y("top:Q", axis=None), **look),
        hover(
            ridges,
            *tip(value=words["axis.x"]),
            size=40,
            y=alt.Y("top:Q", axis=None),
            color=look["color"],
        ),
        names.encode(x=alt.value(0), y=y, text="text:N", color=alt.value(QUIET)).transform_calculate(
            text=f"{json.dumps(words['label.row'])} + datum.layer"
        ),
        *(
            said_of(network, "spreads", spread, dy=14 * place - 19, **beside).encode(y=y)
            for place, network in enumerate(NETWORKS)
        ),
    ]
    spec = freeze(alt.layer(*layers).properties(width="container", height=520)) | {
        "view": {"stroke": None},
        "usermeta": AS_SVG,
    }
    columns = {
        "ridges": ("network", "layer", "value", "base", "top"),
        "names": ("base", "layer"),
        "spreads": ("network", "base", "text"),
    }
    return Template(spec, columns)


@once
def shares_template() -> Template:
    """Return the template of shares by layer; data "shares" and "law": share (of `SHARES`), layer, value."""
    words = WORDS.group("figure.shares")
    domain, colours = list(SHARES), [*COLOURS, SCENARIO_COLOURS[3], SCENARIO_COLOURS[4]]
    dashes = [*DASHES, [2, 2], [8, 3, 2, 3]]
    color = alt.Color("share:N", legend=legend(1)).scale(domain=domain, range=colours)
    dash = alt.StrokeDash("share:N", legend=legend(1)).scale(domain=domain, range=dashes)
    y = alt.Y("value:Q", title=words["axis.y"], axis=alt.Axis(**READABLE)).scale(domain=[0, 1], nice=False)
    shares = alt.Chart(alt.NamedData("shares"))
    says = [word_line("share", words["label.line"]), LAYER_LINE, number_line("value", words["label.value"], EXACT)]
    law = [*says[:2], number_line("value", words["label.theory"], EXACT)]
    layers = [
        shares.mark_line(strokeWidth=2.2).encode(x=LAYER, y=y, color=color, strokeDash=dash),
        hover(shares, *says, x=LAYER, y=y),
        *theory("share", SHARES[:2], y=y, color=color, tooltip=law),
    ]
    chart = alt.layer(*layers).properties(width="container", height=400)
    columns = ("share", "layer", "value")
    return Template(freeze(chart) | {"usermeta": AS_SVG}, {"shares": columns, "law": columns})
