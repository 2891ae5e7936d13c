"""Pictures of two networks in training: curves over steps, outcomes over a sweep, drift from layer to layer."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from bnsim.charts.template import AS_SVG, Template, freeze, hover, number_line, word_line
from bnsim.charts.theme import QUIET, STAGE_COLOURS
from bnsim.experiments.training.parts import NETWORKS
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__)
SHARED = WORDS.group("label.picture")
CURVES = ("network", "kind", "step", "mean", "low", "high")
NAMES = ("network", "x", "y", "side", "name")
LOST = ("network", "step", "y")
LOG = alt.Scale(type="log", nice=False, padding=12)
FEW = alt.Axis(tickCount=6)
CROSS = "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z"
"""A mark like a multiplication sign, which stands for what went wrong."""
MARKS = {"running": "circle", "precise": "triangle-up", "lost": CROSS}
COLOURS = [STAGE_COLOURS["normalized"], STAGE_COLOURS["raw"]]
SHARE = alt.Scale(domain=[0, 1.02], nice=False)
NEAR = alt.Scale(zero=False, padding=8)


def colour() -> alt.Color:
    """Return the colours of the two networks; their names stand beside their curves."""
    return alt.Color("network:N", legend=None).scale(domain=list(NETWORKS), range=COLOURS)


FILL = alt.Fill("network:N", legend=None).scale(domain=list(NETWORKS), range=COLOURS)


def dash(field: str, domain: tuple[str, str]) -> alt.StrokeDash:
    """Return solid for the first of two, dashed for the second."""
    return alt.StrokeDash(f"{field}:N", legend=None).scale(domain=list(domain), range=[[1, 0], [6, 3]])


def layered(layers: list[alt.Chart], height: int = 320) -> dict[str, Any]:
    """Return layers as a frozen specification as wide as the page."""
    return freeze(alt.layer(*layers).properties(width="container", height=height)) | {"usermeta": AS_SVG}


NETWORK = word_line("name", SHARED["network"])


def spread_lines(what: str) -> list[alt.Tooltip]:
    """Return the lines of a tooltip that say mean, least and largest of the seeds; `what` is the mean."""
    return [
        number_line("mean", what, ".3~g"),
        number_line("low", SHARED["low"], ".3~g"),
        number_line("high", SHARED["high"], ".3~g"),
    ]


def called(chart: alt.Chart) -> alt.Chart:
    """Return a chart whose rows also say what their network is called, as data "names" does."""
    names = alt.LookupData(data=alt.NamedData("names"), key="network", fields=["name"])
    looked_up: alt.Chart = chart.transform_lookup(lookup="network", from_=names)
    return looked_up


def signs() -> list[alt.Chart]:
    """Return the names of the networks above the picture, left and right as their marks are; data "names".

    Beside its marks a name would stand across those of the other network.
    """
    base = alt.Chart(alt.NamedData("names")).encode(y=alt.value(-10), color=colour(), text="name:N")
    look: dict[str, Any] = {"fontSize": 12, "fontWeight": 600}
    left = base.transform_filter("datum.network == 'norm'").mark_text(align="left", **look)
    right = base.transform_filter("datum.network != 'norm'").mark_text(align="right", **look)
    return [left.encode(x=alt.value(2)), right.encode(x=alt.value("width"))]


def named(x: Any) -> list[alt.Chart]:
    """Return the names of the networks beside their curves, above or below as `side` says; data "names"."""
    base = alt.Chart(alt.NamedData("names")).encode(x=x, y="y:Q", color=colour(), text="name:N")
    look: dict[str, Any] = {"fontSize": 13, "fontWeight": 600}
    return [
        base.transform_filter("datum.side == 'above'").mark_text(dy=-14, **look),
        base.transform_filter("datum.side == 'below'").mark_text(dy=16, **look),
    ]


@once
def curves_template(figure: str, y_scale: str, by_kind: bool = False) -> Template:
    """Return the template of a quantity over steps: the mean over the seeds in a band from least to largest.

    Data: "curves" (network, kind, step, mean, low, high), "names" (network, x, y, side, name), "lost" (network, step,
    y: where a seed diverged), "guides" (y, text: levels that are waited for).

    Parameters
    ----------
    figure : str
        Key of the picture, under which its words stand.
    y_scale : "log" or "share"
    by_kind : bool
        Dash by kind ("running" solid, "precise" dashed) instead of by network.
    """
    scale, y_title = LOG if y_scale == "log" else SHARE, WORDS[f"figure.{figure}.axis.y"]
    low = alt.Y("low:Q", title=y_title, scale=scale, axis=FEW)
    dashes = dash("kind", ("running", "precise")) if by_kind else dash("network", NETWORKS)
    base = alt.Chart(alt.NamedData("curves")).encode(
        x=alt.X("step:Q", title=SHARED["steps"], scale=alt.Scale(nice=False)), color=colour(), detail="kind:N"
    )
    middle = WORDS.say("label.picture.mean", what=y_title)
    lines = [NETWORK, number_line("step", SHARED["steps"], "d"), *spread_lines(middle)]
    guides = alt.Chart(alt.NamedData("guides")).encode(y="y:Q")
    lost = alt.Chart(alt.NamedData("lost")).mark_point(shape=CROSS, size=110, filled=True, opacity=1)
    layers = [
        base.mark_area(opacity=0.2).encode(y=low, y2="high:Q"),
        guides.mark_rule(color=QUIET, strokeDash=[2, 3]),
        guides.mark_text(align="left", color=QUIET, dx=4, fontSize=12).encode(x=alt.value("width"), text="text:N"),
        base.mark_line(strokeWidth=2.2).encode(y="mean:Q", strokeDash=dashes),
        hover(called(base), *lines, y="mean:Q"),
        called(lost).encode(
            x="step:Q", y="y:Q", color=colour(), tooltip=[NETWORK, number_line("step", SHARED["lost"], "d")]
        ),
        *named("x:Q"),
    ]
    columns = {"curves": CURVES, "names": NAMES, "lost": LOST, "guides": ("y", "text")}
    return Template(layered(layers), columns)


@once
def sweep_template(figure: str, y_scale: str) -> Template:
    """Return the template of an outcome over the values tried: a mark per seed, a line through the middles.

    Data: "axis" (value, text: every value in order, and a heading beside the first), "runs" (network, value, kind, y),
    "middles" (network, value, kind, line, y), "names" (network, name).

    Parameters
    ----------
    figure : str
        Key of the picture, under which its words stand; its labels are those of the kinds of marks, in their order.
    y_scale : "log" or "near"
    """
    scale, y_title = LOG if y_scale == "log" else NEAR, WORDS[f"figure.{figure}.axis.y"]
    kinds = WORDS.group(f"figure.{figure}.label")
    x = alt.X("value:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    offset = alt.XOffset("network:N").scale(domain=list(NETWORKS), paddingOuter=0.9)
    legend = alt.Legend(
        symbolFillColor=QUIET,
        symbolStrokeWidth=0,
        title=None,
        orient="bottom",
        columns=3,
        symbolOpacity=1,
        labelLimit=320,
        labelExpr=in_words(kinds, "datum.value"),
    )
    shape = alt.Shape("kind:N", legend=legend).scale(domain=list(kinds), range=[MARKS[kind] for kind in kinds])
    axis = alt.Chart(alt.NamedData("axis")).encode(x=x)
    tooltip = [
        NETWORK,
        word_line("value", SHARED["value"]),
        word_line("how", SHARED["outcome"]),
        number_line("y", y_title),
    ]
    layers = [
        axis.mark_text(align="left", color=QUIET, fontSize=12, fontWeight=600).encode(
            x=alt.value(2), y=alt.value(-28), text="text:N"
        ),
        axis.mark_point(opacity=0),
        alt.Chart(alt.NamedData("middles"))
        .mark_line(strokeWidth=1.8, opacity=0.8)
        .encode(
            x=x,
            xOffset=offset,
            y="y:Q",
            color=colour(),
            detail=["line:N", "kind:N"],
            strokeDash=dash("network", NETWORKS),
        ),
        called(alt.Chart(alt.NamedData("runs")))
        .transform_calculate(how=in_words(kinds, "datum.kind"))
        .mark_point(size=48, strokeWidth=1.6, opacity=0.8)
        .encode(
            x=x,
            xOffset=offset,
            y=alt.Y("y:Q", title=y_title, scale=scale, axis=FEW),
            color=colour(),
            fill=FILL,
            fillOpacity=alt.FillOpacity("network:O", legend=None).scale(domain=list(NETWORKS), range=[1, 0]),
            shape=shape,
            tooltip=tooltip,
        ),
        *signs(),
    ]
    columns = {
        "axis": ("value", "text"),
        "runs": ("network", "value", "kind", "y"),
        "middles": ("network", "value", "kind", "line", "y"),
        "names": ("network", "name"),
    }
    return Template(layered(layers), columns)


def in_words(words: Mapping[str, str], kind: str) -> str:
    """Return the expression that puts a kind, itself an expression, into words."""
    return "{" + ", ".join(f"{name}: '{word}'" for name, word in words.items()) + f"}}[{kind}]"


@once
def drift_template() -> Template:
    """Return the template of drift by layer; data "drift" (network, layer, mean, low, high), "names" (..., x, ...)."""
    layer, change = (WORDS[f"figure.drift.axis.{axis}"] for axis in ("x", "y"))
    base = alt.Chart(alt.NamedData("drift")).encode(
        x=alt.X("layer:Q", title=layer, axis=alt.Axis(tickMinStep=1, format="d"), scale=NEAR), color=colour()
    )
    y = alt.Y("mean:Q", title=change, scale=LOG, axis=FEW)
    tooltip = [NETWORK, number_line("layer", layer, "d"), *spread_lines(change)]
    layers = [
        base.mark_rule(strokeWidth=5, opacity=0.3).encode(y=alt.Y("low:Q", scale=LOG), y2="high:Q"),
        base.mark_line(strokeWidth=1.8).encode(y=y, strokeDash=dash("network", NETWORKS)),
        called(base)
        .mark_point(size=60, filled=True, opacity=1)
        .encode(
            y=y,
            tooltip=tooltip,
            shape=alt.Shape("network:N", legend=None).scale(domain=list(NETWORKS), range=["circle", "square"]),
        ),
        *named("x:Q"),
    ]
    return Template(layered(layers, 240), {"drift": ("network", "layer", "mean", "low", "high"), "names": NAMES})
