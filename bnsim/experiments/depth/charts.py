"""Pictures of a network at initialization: from layer to layer and back, without norm and with it."""

import json
from string import Formatter
from typing import Any

import altair as alt

from bnsim.charts.following import NEAREST, SWEEP_COLUMNS, faded, following
from bnsim.charts.template import AS_SVG, Template, anchor, freeze, hover, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.experiments.depth.model import NEAR
from bnsim.experiments.depth.networks import Network
from bnsim.experiments.depth.sweeps import THEORY_POINTS
from bnsim.experiments.depth.tables import LARGEST, SMALLEST
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__)
KEYS = tuple(network.key for network in Network)
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
PLACE, VALUE = alt.X("layer:Q"), alt.Y("value:Q")
"""The same axes in further layers: what they look like is said once, in the first layer."""

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


LINES = ("network", "layer", "value", "low", "high")
"""Columns of the data of measured lines."""

BESIDE: dict[str, Any] = {"align": "right", "dx": -4, "baseline": "top", "fontSize": 13, "fontWeight": 600}
"""Words at the right edge of a picture, one line below the other."""


def value_axis(key: str) -> alt.Y:
    """Return the logarithmic axis of a positive quantity."""
    # Room for the longest labels, so that the title stays where it is while a thumb moves.
    axis = alt.Axis(tickCount=7, labelExpr=POWERS, minExtent=48, **READABLE)
    return alt.Y("value:Q", title=WORDS[f"figure.{key}.axis.y"], axis=axis).scale(type="log", nice=False)


def measured(key: str, *, line: Any = 1.0, band: Any = 0.18) -> list[alt.Chart]:
    """Return measured lines and bands of some opacity, what they say, and the words on them."""
    lines = alt.Chart(alt.NamedData("lines"))
    says = tip(value=WORDS[f"figure.{key}.axis.y"], low=WORDS["label.line.low"], high=WORDS["label.line.high"])
    return [
        alt.Chart(alt.NamedData("frame")).mark_point(opacity=0, size=0).encode(x=LAYER, y=value_axis(key)),
        alt.Chart(alt.NamedData("guide")).mark_rule(color=QUIET, strokeDash=[2, 3]).encode(y=VALUE),
        lines.mark_area(fillOpacity=band).encode(x=PLACE, y=alt.Y("low:Q"), y2="high:Q", color=alt.Color("network:N")),
        lines.mark_line(strokeWidth=2.4, opacity=line).encode(x=PLACE, y=VALUE, **one_look_each()),
        hover(lines, *says, x=PLACE, y=VALUE),
        *(
            said_of(network, "words", with_sample(network), dy=2 + 18 * place, opacity=line, **BESIDE).encode(
                y=alt.value(0)
            )
            for place, network in enumerate(NETWORKS)
        ),
    ]


COLUMNS = {"frame": ("layer", "value"), "words": ("network", "text"), "guide": ("value",)}
"""Of the other data of a picture by layer."""


@once
def squares_template() -> Template:
    """Return the template of the mean square by layer, on a logarithmic axis, with theory as open points.

    Data: "lines" (network, layer, value, low, high), "law" (network, layer, value), "frame" (layer, value: what the
    axes must reach at least), "words" (network, text: one line for each network), "guide" (value: a quiet line).
    """
    channels = {"y": VALUE, "color": alt.Color("network:N")}
    points = theory("network", NETWORKS, **channels, tooltip=tip(value=WORDS["figure.squares.label.theory"]))
    chart = alt.layer(*measured("squares"), *points).properties(width="container", height=HEIGHT)
    columns = {"lines": LINES, "law": ("network", "layer", "value"), **COLUMNS}
    return Template(freeze(chart) | {"usermeta": AS_SVG}, columns)


@once
def gradients_template() -> Template:
    """Return the template of the gradient by layer; while depth or spread of the weights is dragged, theory follows.

    Data: as for the mean square, but "law" (control, low, high, network, layer, power), and besides it "sweep"
    (control, low, high, at, growth_with, growth_without) and "state" (epoch, depth, sigma).
    """
    layers = [*measured("gradients", line=faded(1.0), band=faded(0.18)), law_followed(), rates_followed()]
    spec = freeze(alt.layer(anchor("layer"), *layers).properties(width="container", height=HEIGHT))
    columns = {
        "lines": LINES,
        "law": (*SWEEP_COLUMNS, "network", "layer", "power"),
        "sweep": (*SWEEP_COLUMNS, "at", *(f"growth_{key}" for key in KEYS)),
        "state": ("epoch", "depth", "sigma"),
        **COLUMNS,
    }
    return Template(spec | {"params": following("depth", "sigma"), "usermeta": AS_SVG}, columns)


def law_followed() -> alt.Chart:
    """Return the open points of theory where the thumb is, of the layers that are shown at that depth."""
    said = WORDS.group("figure.gradients.label")
    law = alt.Chart(alt.NamedData("law")).transform_filter(f"{NEAREST} && datum.layer <= depth")
    law = law.transform_calculate(end="datum.layer == depth ? datum.power : 0")
    law = law.transform_joinaggregate(last="sum(end)", deepest="max(layer)", groupby=["network"])
    law = law.transform_calculate(value="pow(10, datum.last - datum.power)")
    shown = f"(depth - datum.layer) % ceil(depth / {THEORY_POINTS}) == 0"
    drawable = f"datum.value > {SMALLEST} && datum.value < {LARGEST}"
    law = law.transform_filter(f"datum.deepest == depth && {shown} && {drawable}")
    shapes = alt.Shape("network:N", legend=None).scale(domain=list(NETWORKS), range=["circle", "diamond"])
    points: alt.Chart = law.mark_point(size=46, strokeWidth=1.6, opacity=1, filled=False).encode(
        x=PLACE,
        y=VALUE,
        color=alt.Color("network:N"),
        shape=shapes,
        tooltip=tip(value=said["theory"]),
    )
    return points


def rates_followed() -> alt.Chart:
    """Return the words on theory where the thumb is; none while no thumb moves."""
    rates = {
        f"growth_{key}": f"(isFinite(datum.growth_{key}) ? format(datum.growth_{key}, '.3~g') : '?')" for key in KEYS
    }
    sigma = "format(thumb == 'sigma' ? datum.at : sigma, '~g')"  # that of the row, which is near the thumb's
    words = spoken(WORDS["figure.gradients.label.live"], depth="depth", sigma=sigma, **rates)
    rows = alt.Chart(alt.NamedData("sweep")).transform_filter(f"moved && {NEAREST}").transform_calculate(words=words)
    said: alt.Chart = rows.mark_text(dy=2 + 18 * len(NETWORKS), **BESIDE).encode(
        x=alt.value("width"), y=alt.value(0), text="words:N"
    )
    return said


def spoken(words: str, **expressions: str) -> str:
    """Return the expression of a text in which a name in braces stands for an expression."""
    parts = []
    for literal, name, _, _ in Formatter().parse(words):
        parts += [json.dumps(literal, ensure_ascii=False)] if literal else []
        parts += [expressions[name]] if name else []
    return " + ".join(parts)


def way_back_of(gradient: str) -> str:
    """Return the expression of what becomes of a gradient in theory, in words."""
    words = {key: json.dumps(text, ensure_ascii=False) for key, text in WORDS.group("label.way").items()}
    way = f"{gradient} > {NEAR} ? {words['grows']} : {gradient} < {1 / NEAR} ? {words['shrinks']}"
    return f"{way} : {gradient} >= 0 ? {words['keeps']} : NaN"


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
