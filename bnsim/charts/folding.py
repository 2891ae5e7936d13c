"""Folding in pictures: one layer against two, what it saves, where it fails, and what a bias does."""

from functools import cache

import altair as alt

from bnsim.charts.template import Template, freeze, hover, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS

VARIANTS = ("eval mode", "training mode", "ReLU between")
"""Where batch norm is folded away: rightly, and twice wrongly."""

MODES = ("training", "eval")
TIMES = ("before", "after")
BLUE, ORANGE, GREEN, PURPLE = SCENARIO_COLOURS[:4]
EXACT = ".6~g"


def legend() -> alt.Legend:
    """Return the legend of a figure, below it."""
    return alt.Legend(title=None, orient="bottom", columns=2, labelLimit=320, symbolSize=120, symbolOpacity=1)


@cache
def outputs_template() -> Template:
    """Return the template of outputs against outputs.

    Data: "points" (variant, two, one), "diagonal" (two, one: the ends of the line on which both agree).
    """
    axis = alt.Axis(tickCount=7)
    x = alt.X("two:Q", title="y of the layer and its batch norm", axis=axis).scale(zero=False)
    y = alt.Y("one:Q", title="y of the folded layer", axis=axis).scale(zero=False)
    diagonal = (
        alt.Chart(alt.NamedData("diagonal")).mark_line(strokeDash=[5, 4], strokeWidth=1.5, color=QUIET).encode(x=x, y=y)
    )
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, size=42, opacity=0.75)
        .encode(
            x=x,
            y=y,
            color=alt.Color("variant:N", sort=None, legend=legend()).scale(
                domain=list(VARIANTS), range=[GREEN, ORANGE, PURPLE]
            ),
            shape=alt.Shape("variant:N", sort=None, legend=legend()).scale(
                domain=list(VARIANTS), range=["circle", "square", "triangle-up"]
            ),
            tooltip=[
                word_line("variant", "how it is folded"), number_line("two", "y of layer and batch norm", EXACT),
                number_line("one", "y of the folded layer", EXACT),
            ],
        )
    )  # fmt: skip
    chart = alt.layer(diagonal, points).properties(width="container", height=440)
    return Template(freeze(chart), {"points": ("variant", "two", "one"), "diagonal": ("two", "one")})


@cache
def drift_template() -> Template:
    """Return the template of the failure in training mode; data "drift" and "now": shift, value, expected."""
    axis = alt.Axis(tickCount=7)
    x = alt.X("shift:Q", title="shift of the batch, in running stds", axis=axis)
    y = alt.Y("value:Q", title="root mean square difference of y")
    tooltip = [
        number_line("shift", "shift of the batch, in running stds", EXACT),
        number_line("value", "difference of y, measured (root mean square)", EXACT),
        number_line("expected", "difference of y, from the formula", EXACT),
    ]
    swept = alt.Chart(alt.NamedData("drift"))
    line = swept.mark_line(strokeWidth=2, strokeDash=[5, 4], color=QUIET).encode(x=x, y=alt.Y("expected:Q"))
    points = swept.mark_point(filled=True, shape="square", size=45, opacity=1, color=ORANGE)
    now = alt.Chart(alt.NamedData("now")).mark_point(shape="circle", size=260, strokeWidth=2.5, color=ORANGE)
    layers = (line, points.encode(x=x, y=y, tooltip=tooltip), now.encode(x=x, y=y, tooltip=tooltip))
    chart = alt.layer(*layers).properties(width="container", height=340)
    columns = ("shift", "value", "expected")
    return Template(freeze(chart), {"drift": columns, "now": columns})


@cache
def costs_template() -> Template:
    """Return the template of costs; data "costs": quantity, when (before, after), percent of before, text."""
    base = alt.Chart(alt.NamedData("costs")).encode(
        x=alt.X("percent:Q", title="percent of the cost of two layers", axis=alt.Axis(values=[0, 25, 50, 75, 100]))
        .scale(domain=[0, 135], nice=False),
        y=alt.Y("quantity:N", title=None, sort=None, axis=alt.Axis(labelLimit=140, ticks=False, domain=False)),
        yOffset=alt.YOffset("when:N", sort=list(TIMES)).scale(domain=list(TIMES), paddingInner=0.12),
    )  # fmt: skip
    bars = base.mark_bar().encode(
        color=alt.Color("when:N", sort=None, legend=legend()).scale(domain=list(TIMES), range=[BLUE, GREEN]),
        tooltip=[
            word_line("quantity", "cost"), word_line("when", "folding"), word_line("text", "amount"),
            number_line("percent", "percent of before", EXACT),
        ],
    )  # fmt: skip
    words = base.mark_text(align="left", dx=6, fontSize=13, color=QUIET).encode(text="text:N")
    chart = alt.layer(bars, words).properties(width="container", height=300)
    return Template(freeze(chart), {"costs": ("quantity", "when", "percent", "text")})


@cache
def bias_template() -> Template:
    """Return the template of a bias before batch norm.

    Data: "bias" (mode, bias, shown, change, and now: whether it is the one that is set), "guides" (mode, bias, guide).
    Both axes are logarithmic.
    """
    x = alt.X("bias:Q", title="size of the bias b", axis=alt.Axis(format="~e", tickCount=9)).scale(type="log")
    axis = alt.Axis(format="~e", tickCount=8)
    y = alt.Y("shown:Q", title="largest change of y", axis=axis).scale(type="log", nice=False, domainMin=1e-18)
    colour = alt.Color("mode:N", sort=None, legend=legend()).scale(domain=list(MODES), range=[ORANGE, GREEN])
    shape = alt.Shape("mode:N", sort=None, legend=legend()).scale(domain=list(MODES), range=["square", "circle"])
    tooltip = [
        word_line("mode", "mode"), number_line("bias", "size of the bias b", EXACT),
        number_line("change", "largest change of y", EXACT),
    ]  # fmt: skip
    lines = (
        alt.Chart(alt.NamedData("guides"))
        .mark_line(strokeWidth=2, strokeDash=[5, 4], color=QUIET)
        .encode(x=x, y=alt.Y("guide:Q"), detail="mode:N")
    )
    guide = hover(
        alt.Chart(alt.NamedData("guides")),
        *tooltip[:2],
        number_line("guide", "change of y, from the formula"),
        x=x,
        y="guide:Q",
    )
    # Rings of no opacity, not no rings: a layer without a point has an infinite extent.
    seen = alt.when("datum.now").then(alt.value(1)).otherwise(alt.value(0))
    points = alt.Chart(alt.NamedData("bias")).encode(x=x, y=y, color=colour, shape=shape, tooltip=tooltip)
    dots = points.mark_point(filled=True, size=60, opacity=1)
    rings = points.mark_point(size=260, strokeWidth=2.5).encode(opacity=seen)
    chart = alt.layer(lines, guide, dots, rings).properties(width="container", height=400)
    columns = ("mode", "bias", "shown", "change", "now")
    return Template(freeze(chart), {"bias": columns, "guides": ("mode", "bias", "guide")})
