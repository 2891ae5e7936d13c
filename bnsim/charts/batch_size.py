"""Pictures of what batches of N say about where they were drawn from, and of how that depends on N."""

from functools import cache
from typing import Any

import altair as alt

from bnsim.charts.template import Template, freeze, hover, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS

STYLES = {
    "mean": ("batch mean", SCENARIO_COLOURS[3], [6, 3], "square"),
    "var": ("batch variance", SCENARIO_COLOURS[4], [10, 2, 2, 2], "triangle-up"),
    "x_hat": ("x̂ of a member", STAGE_COLOURS["normalized"], [1, 0], "circle"),
    "first_order": ("x̂, first order √(1.5 / N)", QUIET, [2, 2], "stroke"),
    "gradient": ("gradient", SCENARIO_COLOURS[5], [1, 0], "diamond"),
}
"""How each quantity is told apart: its words, colour, dash and shape."""

SIZES = [2**k for k in range(11)]


def styled(*names: str, points: bool = True) -> dict[str, Any]:
    """Return the channels that tell quantities apart: colour, dash and shape, with one legend in words if several.

    It shows the shapes where there are points, and else the dashes.
    """
    words, colours, dashes, shapes = zip(*(STYLES[name] for name in names), strict=True)
    labels = ", ".join(f"{name}: '{word}'" for name, word in zip(names, words, strict=True))
    legend: Any = None
    if len(names) > 1:
        legend = alt.Legend(
            title=None, orient="bottom", columns=2, labelLimit=220, labelExpr=f"({{{labels}}})[datum.label]",
            symbolType="stroke", symbolSize=110 if points else 600, symbolStrokeWidth=2, symbolOpacity=1,
        )  # fmt: skip
    shapes_legend = legend if points else None
    domain = list(names)
    return {
        "color": alt.Color("quantity:N", legend=legend).scale(domain=domain, range=list(colours)),
        "strokeDash": alt.StrokeDash("quantity:N", legend=legend).scale(domain=domain, range=list(dashes)),
        "shape": alt.Shape("quantity:N", legend=shapes_legend).scale(domain=domain, range=list(shapes)),
    }


def size_axis(first: int, last: int) -> alt.X:
    """Return the axis of batch sizes, every doubling as wide as every other."""
    axis = alt.Axis(values=[size for size in SIZES if first <= size <= last], format="d")
    scale = alt.Scale(type="log", base=2, domain=[first * 0.9, last * 1.1], nice=False)
    return alt.X("batch_size:Q", title="batch size N", axis=axis, scale=scale)


def with_error(chart: alt.Chart) -> alt.Chart:
    """Return the chart with low and high: two standard errors of the simulation to either side."""
    return chart.transform_calculate(
        low="max(datum.simulated - 2 * datum.standard_error, datum.simulated / 4)",
        high="datum.simulated + 2 * datum.standard_error",
    )


SIZE = number_line("batch_size", "batch size N", "d")
QUANTITY = word_line("words", "quantity")


def worded(chart: alt.Chart) -> alt.Chart:
    """Return the chart with words: what the quantity of a row is called."""
    names = ", ".join(f"{name}: '{style[0]}'" for name, style in STYLES.items())
    return chart.transform_calculate(words=f"({{{names}}})[datum.quantity]")


def tooltips(what: str) -> list[alt.Tooltip]:
    """Return what a simulated point says."""
    return [
        SIZE, number_line("simulated", f"{what}, simulated"),
        number_line("standard_error", "its standard error", ".2~g"), number_line("exact", f"{what}, exact law"),
    ]  # fmt: skip


def chosen_size() -> list[alt.Chart]:
    """Return the mark of the chosen N: a line with its label; data "chosen"."""
    chart = alt.Chart(alt.NamedData("chosen")).encode(x="batch_size:Q", color=alt.value(QUIET))
    side = "datum.batch_size > 100 ? 'right' : 'left'"
    text = chart.mark_text(
        align={"expr": side}, dx={"expr": "datum.batch_size > 100 ? -5 : 5"}, fontSize=13, fontWeight="bold"
    )
    return [chart.mark_rule(strokeWidth=1.5), text.encode(y=alt.value(12), text="label:N")]


def finished(*layers: alt.Chart, height: int) -> dict[str, Any]:
    """Return the frozen layers, as wide as there is room."""
    return freeze(alt.layer(*layers).properties(width="container", height=height))


@cache
def errors_template() -> Template:
    """Return the template of the errors against N, on logarithmic axes.

    Data: "curves" (quantity, batch_size, value), "points" (quantity, batch_size, simulated, standard_error, exact),
    "chosen" (batch_size, label, and the errors simulated there: mean, var, x_hat).
    """
    names = ("mean", "var", "x_hat", "first_order")
    style = styled(*names)
    y = alt.Y(
        "value:Q", title="relative error",
        scale=alt.Scale(type="log", domain=[0.02, 2.2], nice=False), axis=alt.Axis(tickCount=6, format="~g"),
    )  # fmt: skip
    curves = (
        alt.Chart(alt.NamedData("curves"))
        .transform_filter("datum.quantity != 'gradient'")
        .mark_line(strokeWidth=2, clip=True)
        .encode(x=size_axis(1, 1024), y=y, color=style["color"], strokeDash=style["strokeDash"])
    )
    points = worded(with_error(alt.Chart(alt.NamedData("points")))).encode(x="batch_size:Q", color="quantity:N")
    along = worded(alt.Chart(alt.NamedData("curves"))).transform_filter("datum.quantity != 'gradient'")
    now = (
        alt.Chart(alt.NamedData("chosen"))
        .transform_fold(["mean", "var", "x_hat"], as_=["quantity", "simulated"])
        .transform_filter("isFinite(datum.simulated) && datum.simulated != null")
        .mark_point(size=170, strokeWidth=2.2, filled=False, opacity=1)
        .encode(
            x="batch_size:Q", y="simulated:Q", shape=style["shape"], color="quantity:N",
            tooltip=[QUANTITY, SIZE, number_line("simulated", "relative error, simulated")],
        )
    )  # fmt: skip
    now = worded(now)
    layers = [
        curves,
        hover(along, QUANTITY, SIZE, number_line("value", "relative error, exact law"), x="batch_size:Q", y="value:Q"),
        points.mark_rule(clip=True).encode(y="low:Q", y2="high:Q"),
        points.mark_point(filled=True, size=42, opacity=1, clip=True).encode(
            y="simulated:Q", shape=style["shape"], tooltip=[QUANTITY, *tooltips("relative error")]
        ),
        now,
        *chosen_size(),
    ]
    columns = ("quantity", "batch_size", "simulated", "standard_error", "exact")
    data = {"curves": ("quantity", "batch_size", "value"), "points": columns}
    return Template(finished(*layers, height=430), {**data, "chosen": ("batch_size", "label", "mean", "var", "x_hat")})


@cache
def doubling_template() -> Template:
    """Return the template of what doubling buys; data "factors": quantity, batch_size, exact, simulated, ..."""
    style = styled("mean", "var", "x_hat")
    y = alt.Y("exact:Q", title="error at N / error at 2 N", scale=alt.Scale(domain=[1, 2], nice=False, zero=False))
    factors = worded(with_error(alt.Chart(alt.NamedData("factors"))))
    # Side by side, so that no point hides another.
    points = factors.transform_calculate(
        place="datum.batch_size * pow(2, {mean: -0.09, var: 0.09, x_hat: 0}[datum.quantity])"
    ).encode(x="place:Q", color="quantity:N")
    guide = alt.Chart(alt.sequence(0, 1, as_="i")).encode(color=alt.value(QUIET))
    layers = [
        guide.mark_rule(strokeDash=[2, 2]).encode(y=alt.datum(2**0.5)),
        guide.mark_rule(strokeWidth=1.5).encode(x=alt.datum(16)),
        guide.mark_text(align="left", dx=5, fontSize=12, baseline="top").encode(
            x=alt.datum(16), y=alt.value(4), text=alt.value("16")
        ),
        factors.mark_line(strokeWidth=2).encode(
            x=size_axis(2, 64), y=y, color=style["color"], strokeDash=style["strokeDash"]
        ),
        points.mark_rule(clip=True).encode(y="low:Q", y2="high:Q"),
        points.mark_point(filled=True, size=50, opacity=1, clip=True).encode(
            y="simulated:Q", shape=style["shape"], tooltip=[QUANTITY, *tooltips("error at N / error at 2 N")]
        ),
    ]
    columns = ("quantity", "batch_size", "exact", "simulated", "standard_error")
    return Template(finished(*layers, height=350), {"factors": columns})


def histogram_layers(x: alt.X, names: tuple[str, ...]) -> list[alt.Chart]:
    """Return bars of what was simulated and lines of the laws, both over the peak of the bars."""
    style = styled(*names, points=False)
    bare = alt.Axis(labels=False, ticks=False, grid=False)
    y = alt.Y("height:Q", title="density", axis=bare, scale=alt.Scale(domain=[0, 1.15], nice=False))
    bars = alt.Chart(alt.NamedData("bars")).mark_rect(fillOpacity=0.3, clip=True)
    laws = alt.Chart(alt.NamedData("laws")).transform_window(place="row_number()")
    said = [QUANTITY, number_line("left", "from"), number_line("right", "to"), HEIGHT]
    value = number_line("value", "value")
    return [
        worded(bars).encode(x="left:Q", x2="right:Q", y="height:Q", y2=alt.datum(0), color="quantity:N", tooltip=said),
        laws.mark_line(strokeWidth=2, clip=True).encode(
            x=x, y=y, color=style["color"], strokeDash=style["strokeDash"], order="place:Q"
        ),
        hover(worded(alt.Chart(alt.NamedData("laws"))), QUANTITY, value, HEIGHT, size=40, x="value:Q", y="height:Q"),
    ]


HEIGHT = number_line("height", "density / peak of the bars")
BARS, LAWS = ("quantity", "left", "right", "height"), ("quantity", "value", "height")


@cache
def estimates_template() -> Template:
    """Return the template of the batch mean's and the batch variance's distributions; data "bars" and "laws"."""
    x = alt.X("value:Q", title="μ_B / σ  and  σ_B² / σ²", scale=alt.Scale(domain=[-3, 4], nice=False))
    truth = alt.Chart(alt.sequence(0, 2, as_="v")).encode(x="v:Q", color=alt.value(QUIET))
    layers = [
        truth.mark_rule(strokeDash=[3, 3]),
        *histogram_layers(x, ("mean", "var")),
        truth.mark_text(baseline="top", align="left", dx=4, fontSize=12).encode(
            y=alt.value(2), text=alt.condition("datum.v == 0", alt.value("true mean"), alt.value("true variance"))
        ),
    ]
    return Template(finished(*layers, height=310), {"bars": BARS, "laws": LAWS})


LIMIT = number_line("bound", "largest possible |x̂|, √(N − 1)")


@cache
def members_template() -> Template:
    """Return the template of the distribution of x_hat; data "bars", "laws", "chosen" (bound)."""
    x = alt.X("value:Q", title="x̂ of a member of its own batch", scale=alt.Scale(domain=[-5, 5], nice=False))
    normal = (
        alt.Chart(alt.sequence(-5, 5.01, 0.1, as_="v"))
        .transform_calculate(h="exp(-datum.v * datum.v / 2)")
        .mark_line(strokeDash=[3, 3], strokeWidth=1.3, color=QUIET)
        .encode(x="v:Q", y="h:Q")
    )
    bound = alt.Chart(alt.NamedData("chosen")).transform_filter("datum.bound <= 5").encode(color=alt.value(QUIET))
    inside = "datum.bound > 2"
    words = bound.transform_calculate(words="'√(N − 1) = ' + format(datum.bound, '.4~g')").mark_text(
        align={"expr": f"{inside} ? 'right' : 'left'"}, dx={"expr": f"{inside} ? -5 : 5"}, baseline="top", fontSize=12
    )
    layers = [
        normal,
        *histogram_layers(x, ("x_hat",)),
        bound.mark_rule(strokeWidth=1.5).encode(x="bound:Q", tooltip=[LIMIT]),
        bound.transform_calculate(lower="-datum.bound").mark_rule(strokeWidth=1.5).encode(x="lower:Q", tooltip=[LIMIT]),
        words.encode(x="bound:Q", y=alt.value(3), text="words:N"),
    ]
    return Template(finished(*layers, height=270), {"bars": BARS, "laws": LAWS, "chosen": ("bound",)})


@cache
def backward_template() -> Template:
    """Return the template of the gradient's share against N.

    Data: "curves" (quantity, batch_size, value), "points" (batch_size, simulated, standard_error, exact), "chosen".
    """
    colour = STYLES["gradient"][1]
    y = alt.Y("value:Q", title="share of the gradient", scale=alt.Scale(domain=[0, 1.05], nice=False))
    curves = (
        alt.Chart(alt.NamedData("curves"))
        .transform_filter("datum.quantity == 'gradient'")
        .mark_line(strokeWidth=2, color=colour)
        .encode(x=size_axis(1, 1024), y=y)
    )
    points = with_error(alt.Chart(alt.NamedData("points"))).encode(x="batch_size:Q")
    along = alt.Chart(alt.NamedData("curves")).transform_filter("datum.quantity == 'gradient'")
    share = number_line("value", "share of the gradient, exact law")
    layers = [
        curves,
        hover(along, SIZE, share, x="batch_size:Q", y="value:Q"),
        points.mark_rule(color=colour).encode(y="low:Q", y2="high:Q"),
        points.mark_point(shape="diamond", filled=True, size=60, opacity=1, color=colour).encode(
            y="simulated:Q", tooltip=tooltips("share of the gradient")
        ),
        *chosen_size(),
    ]
    columns = ("batch_size", "simulated", "standard_error", "exact")
    data = {"curves": ("quantity", "batch_size", "value"), "points": columns, "chosen": ("batch_size", "label")}
    return Template(finished(*layers, height=270), data)
