"""What the pictures of the batch size experiment share: how quantities are told apart, the axis of N, the chosen N."""

from typing import Any

import altair as alt

from bnsim.charts.following import following
from bnsim.charts.template import by, freeze, number_line, readable, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.text import words_of

WORDS = words_of(__package__).group("label")

STYLES = {
    "mean": (WORDS["mean"], SCENARIO_COLOURS[3], [6, 3], "square"),
    "var": (WORDS["var"], SCENARIO_COLOURS[4], [10, 2, 2, 2], "triangle-up"),
    "x_hat": (WORDS["x_hat"], STAGE_COLOURS["normalized"], [1, 0], "circle"),
    "gradient": (WORDS["gradient"], SCENARIO_COLOURS[5], [1, 0], "diamond"),
}
"""How each quantity is told apart: its words, colour, dash and shape."""

TICKS = [2**k for k in range(11)]
"""Where the axis of batch sizes has a tick."""


def styled(*names: str, points: bool = True) -> dict[str, Any]:
    """Return the channels that tell quantities apart: colour, dash and shape, with one legend in words if several.

    It shows the shapes where there are points, and else the dashes.
    """
    words, colours, dashes, shapes = zip(*(STYLES[name] for name in names), strict=True)
    labels = ", ".join(f"{name}: {word!r}" for name, word in zip(names, words, strict=True))
    legend: Any = None
    if len(names) > 1:
        legend = alt.Legend(
            title=None,
            orient="bottom",
            columns=2,
            labelLimit=220,
            labelExpr=f"({{{labels}}})[datum.label]",
            symbolType="stroke",
            symbolSize=110 if points else 600,
            symbolStrokeWidth=2,
            symbolOpacity=1,
        )
    shapes_legend = legend if points else None
    domain = list(names)
    return {
        "color": alt.Color("quantity:N", legend=legend).scale(domain=domain, range=list(colours)),
        "strokeDash": alt.StrokeDash("quantity:N", legend=legend).scale(domain=domain, range=list(dashes)),
        "shape": alt.Shape("quantity:N", legend=shapes_legend).scale(domain=domain, range=list(shapes)),
    }


def size_axis(first: int, last: int) -> alt.X:
    """Return the axis of batch sizes, every doubling as wide as every other."""
    axis = alt.Axis(values=[size for size in TICKS if first <= size <= last], format="d")
    scale = alt.Scale(type="log", base=2, domain=[first * 0.9, last * 1.1], nice=False)
    return alt.X("batch_size:Q", title=WORDS["size"], axis=axis, scale=scale)


def with_error(chart: alt.Chart) -> alt.Chart:
    """Return the chart with low and high: two standard errors of the simulation to either side."""
    return chart.transform_calculate(
        low="max(datum.simulated - 2 * datum.standard_error, datum.simulated / 4)",
        high="datum.simulated + 2 * datum.standard_error",
    )


SIZE = number_line("batch_size", WORDS["size"], "d")
QUANTITY = word_line("words", WORDS["quantity"])


NAMES = {"name": "names", "value": {name: style[0] for name, style in STYLES.items()}}
"""The parameter of what quantities are called."""

IN_WORDS = "names[datum.quantity]"
"""The expression of what the quantity of a row is called."""


def worded(chart: alt.Chart) -> alt.Chart:
    """Return the chart with words: what the quantity of a row is called."""
    return chart.transform_calculate(words=IN_WORDS)


def tooltips(what: str) -> list[alt.Tooltip]:
    """Return what a simulated point says."""
    return [
        SIZE,
        number_line("simulated", f"{what}, {WORDS['simulated']}"),
        number_line("standard_error", WORDS["standard_error"], ".2~g"),
        number_line("exact", f"{what}, {WORDS['theory']}"),
    ]


STATE = ("epoch", "batch_size", "kurtosis")

MEAN_LAW, VAR_LAW = "1 / sqrt(batch_size)", "sqrt((state.kurtosis - (batch_size - 3) / (batch_size - 1)) / batch_size)"
"""The exact errors of the batch mean and of the batch variance where the thumb is, for values of any distribution; the
variance of one value has none."""

MEAN_NOW = f"moved ? {MEAN_LAW} : state.mean"
"""The error of the batch mean at the chosen N: as simulated, and while a thumb moves exactly."""


def chosen_size(*, at: str = "12", up_to: str = "") -> alt.LayerChart | alt.FacetChart:
    """Return the mark of the chosen N, which follows the thumb: a line with its label; data "state".

    `at`: the expression of where the label stands, in pixels from the top; `up_to`: the number up to which the line
    goes from below, if it does not cross the whole picture.
    """
    chart = alt.Chart().encode(x="size:Q", color=alt.value(QUIET))
    side = ("batch_size > 100 ? 'right' : 'left'", "batch_size > 100 ? -5 : 5")
    text = chart.mark_text(
        align=by(side[0]), dx=by(side[1]), y=by(at), text=by("'N = ' + batch_size"), fontSize=13, fontWeight="bold"
    )
    line = chart.mark_rule(strokeWidth=1.5)
    if up_to:
        line = line.encode(y=f"{up_to}:Q", y2=alt.value("height"))
    return alt.layer(line, text, data=alt.NamedData("state")).transform_calculate(size="batch_size", mean=MEAN_NOW)


def finished(*layers: alt.Chart | alt.LayerChart | alt.FacetChart, height: int, **sizes: float) -> dict[str, Any]:
    """Return the frozen layers, as wide as there is room."""
    spec = readable(freeze(alt.layer(*layers).properties(width="container", height=height)), **sizes)
    return {**spec, "params": [*spec.get("params", ()), NAMES]}


def follower(*layers: alt.Chart | alt.LayerChart | alt.FacetChart, height: int, **sizes: float) -> dict[str, Any]:
    """Return the frozen layers of a picture that knows where the thumb of N is; a layer has data "state"."""
    spec = finished(*layers, height=height, **sizes)
    return {**spec, "params": [*spec["params"], *following("batch_size")]}
