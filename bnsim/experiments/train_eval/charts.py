"""The charts: running statistics on their way, outputs among companions, decisions against the size of the batch."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from bnsim.charts.following import NEAREST, SWEEP_COLUMNS, faded, following
from bnsim.charts.template import PLAIN_TYPE, Template, anchor, by, freeze, hover, number_line, readable, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.experiments.train_eval.decisions import SIZES
from bnsim.once import once
from bnsim.text import words_of

STEP_COLUMNS = ("step", "batch", "running", "expected", "low", "high", "population")
HEIGHT = 320
ROW = 17.0
"""Pixels from one row of the main picture to the next."""

ROWS_FROM, ROWS_TO, BARS_TO = by("height - 6.2 * row_size"), by("height - 0.2 * row_size"), by("height - 7 * row_size")
"""Where the rows of the main picture are, from its top, and the bars above them: a page may make it less high."""

GREEN, BLUE = STAGE_COLOURS["output"], STAGE_COLOURS["raw"]


def named(key: str) -> Mapping[str, str]:
    """Return the names of series by their value in the data, from the text."""
    return words_of(__package__).group(f"figure.{key}")


LINES, MARKS, SERIES = named("mean.label.line"), named("companions.label.mark"), named("decisions.label.series")


def below() -> alt.Legend:
    """Return a legend below the picture."""
    return alt.Legend(title=None, orient="bottom", columns=3, symbolType="stroke", symbolSize=160, labelLimit=320)


def told_apart(field: str, names: Mapping[str, str], colours: list[str], dashes: list[list[int]]) -> Any:
    """Return the channels that tell series apart, by colour and by dash, with one legend for both."""
    domain = list(names.values())
    return {
        "color": alt.Color(f"{field}:N", legend=below()).scale(range=colours, domain=domain),
        "strokeDash": alt.StrokeDash(f"{field}:N", legend=below()).scale(range=dashes, domain=domain),
    }


def finished(chart: alt.LayerChart | alt.FacetChart, **sizes: float) -> dict[str, Any]:
    """Return the frozen chart, as wide as there is room."""
    return readable(freeze(chart.properties(width="container", height=HEIGHT)), **sizes)


def number_tip(field: str, title: str) -> alt.Tooltip:
    """Return one line of a tooltip."""
    return number_line(field, title, ".6~g")


@once
def running_template(which: str) -> Template:
    """Return the template of one running statistic over the batches; `which` is "mean" or "var".

    Data "steps": step, batch (of one batch), running, expected, low, high (the band of the theory), population.
    Data "frozen": step, label: where the statistics are frozen, NaN if they are not.
    """
    words = words_of(__package__).group(f"figure.{which}")
    quantity, step = words["axis.y"], number_line("step", words["label.step"], "d")
    steps = alt.Chart(alt.NamedData("steps"))
    frozen = alt.Chart(alt.NamedData("frozen"))
    x = alt.X("step:Q", title=words["axis.x"]).scale(nice=False)
    y = alt.Y("low:Q", title=quantity).scale(zero=False)
    lines = told_apart("line", LINES, [BLUE, SCENARIO_COLOURS[1], QUIET], [[1, 0], [6, 3], [2, 2]])
    folded = steps.transform_fold(list(LINES), ["line", "value"]).transform_calculate(line=f"{dict(LINES)}[datum.line]")
    chart = alt.layer(
        steps.mark_area(opacity=0.18, color=BLUE).encode(x=x, y=y, y2="high"),
        steps.mark_point(size=10, opacity=0.45, color=QUIET, filled=True).encode(
            x=x, y=alt.Y("batch:Q", title=quantity), tooltip=[step, number_tip("batch", words["label.batch"])]
        ),
        hover(
            folded,
            word_line("line", words["label.name"]),
            step,
            number_tip("value", quantity),
            number_tip("low", words["label.low"]),
            number_tip("high", words["label.high"]),
            size=40,
            x=x,
            y=alt.Y("value:Q", title=quantity),
        ),
        folded.mark_line(strokeWidth=2.2).encode(x=x, y=alt.Y("value:Q", title=quantity), **lines),
        frozen.mark_rule(color=QUIET, strokeDash=[4, 4]).encode(x="step:Q"),
        frozen.mark_text(align="left", dx=4, color=QUIET, fontSize=PLAIN_TYPE).encode(
            x="step:Q", y=alt.value(8), text="label:N"
        ),
    )
    return Template(finished(chart), {"steps": STEP_COLUMNS, "frozen": ("step", "label")})


ENDS = {"from": "lower", "to": "upper"}

LIVE_PARAMETERS = {"moved_by": "x - state.x", "base": "state.base_y + state.base_slope * moved_by"}
"""By how much x differs from the one that is set, and the output that companions scatter about."""


def carried(number: str, slope: str, size: str, x: str, power: float = 0.5) -> str:
    """Return the expression that carries a number of the sweep from its place to the thumb.

    With the batch it falls like 1 / size^`power`, with x it grows by its slope.
    """
    return f"(pow({size} / inference_size, {power:g}) * {number} + {slope} * (x - {x}))"


@once
def companions_template() -> Template:
    """Return the template of the outputs of one input among many sets of companions, and of those without any.

    Data "outputs" (left, right, share: simulated, law: exact), "marks" (what, y: the outputs that do not depend on
    companions, slope), "sweep" (where y mostly is among companions), "state".
    """
    counted, rows = alt.layer(*histogram()), alt.layer(*modes_in_rows())
    chart = alt.layer(counted, rows, anchor()).resolve_scale(y="independent", color="independent")
    columns = {
        "outputs": ("left", "right", "share", "law"),
        "marks": ("what", "y", "slope"),
        "sweep": (
            *SWEEP_COLUMNS,
            "size",
            "x",
            *(f"{end}{part}" for end in ("lower", "upper") for part in ("", "_slope")),
        ),
        "state": ("epoch", "inference_size", "x", "base_y", "base_slope"),
    }
    spec = finished(chart, row_size=ROW)
    params = [*following("inference_size", "x"), *({"name": name, "expr": to} for name, to in LIVE_PARAMETERS.items())]
    return Template({**spec, "params": [*spec["params"], *params]}, columns)


def histogram() -> list[alt.Chart]:
    """Return the outputs among companions, counted, and their exact distribution: those of the last release."""
    words = words_of(__package__).group("figure.companions")
    x = alt.X("left:Q", title=words["axis.x"]).scale(zero=False, padding=10).axis(grid=False)
    y = alt.Y("share:Q", title=words["axis.y"]).scale(range=[BARS_TO, 0]).axis(tickCount=3, grid=False)
    outputs = alt.Chart(alt.NamedData("outputs"))
    law = outputs.transform_calculate(y="(datum.left + datum.right) / 2")
    bar = [("left", "from"), ("right", "to"), ("share", "simulated")]
    said = [number_tip(field, words[f"label.{key}"]) for field, key in bar]
    exactly = [number_tip("y", words["label.y"]), number_tip("law", words["label.exact"])]
    return [
        outputs.mark_rect(opacity=faded(0.4), color=GREEN).encode(x=x, x2="right", y=y, y2=alt.datum(0), tooltip=said),
        law.mark_line(color=GREEN, strokeWidth=2, opacity=faded(1)).encode(x="y:Q", y="law:Q"),
        hover(law, *exactly, size=40, x="y:Q", y="law:Q"),
    ]


def modes_in_rows() -> list[alt.Chart]:
    """Return a row for each mode: where y mostly is in training mode, and the one y of each of the others."""
    words = words_of(__package__).group("figure.companions")
    names, eval_mode = [words["label.training"], *MARKS.values()], MARKS["eval mode"]
    axis = alt.Axis(title=None, orient="left", domain=False, ticks=False, grid=True, labelPadding=6, labelLimit=140)
    y = alt.Y("what:N", axis=axis).scale(type="point", domain=names, range=[ROWS_FROM, ROWS_TO])
    colour = alt.Color("what:N", legend=None).scale(domain=names, range=[GREEN, BLUE, *[QUIET] * 4])
    shapes = ["circle", "diamond", "square", "triangle-up", "cross"]
    shape = alt.Shape("what:N", legend=None).scale(domain=names[1:], range=shapes)
    kind = word_line("what", words["label.kind"])
    ends = [number_tip("from", words["label.range-low"]), number_tip("to", words["label.range-high"])]
    marks = alt.Chart(alt.NamedData("marks")).transform_calculate(y="datum.y + datum.slope * moved_by")
    place = ("datum.size", "datum.x")
    mostly = (
        alt.Chart(alt.NamedData("sweep"))
        .transform_filter(f"{NEAREST} && isValid(datum.lower)")
        .transform_calculate(
            what=f"'{words['label.training']}'",
            **{key: f"base + {carried(f'datum.{end}', f'datum.{end}_slope', *place)}" for key, end in ENDS.items()},
        )
    )
    return [
        marks.mark_rule(color=BLUE, strokeDash=[4, 3], strokeWidth=1.5)
        .transform_filter(alt.FieldEqualPredicate(field="what", equal=eval_mode))
        .encode(x="y:Q", tooltip=[kind, number_tip("y", words["label.y"])]),
        mostly.mark_rule(strokeWidth=7, strokeCap="round").encode(
            x="from:Q", x2="to", y=y, color=colour, tooltip=[kind, *ends]
        ),
        marks.mark_point(filled=True, size=95, opacity=1).encode(
            x="y:Q", y=y, color=colour, shape=shape, tooltip=[kind, number_tip("y", words["label.y"])]
        ),
    ]


@once
def decisions_template() -> Template:
    """Return the template of right decisions against the size of the batch.

    Data "shares": series (a name from the text), batch_size (of `SIZES`), share, low, high; "law": batch_size, share.
    """
    words = words_of(__package__).group("figure.decisions")
    scale = alt.Scale(type="log", base=2, nice=False, domain=[SIZES[0], SIZES[-1]])
    shares = alt.Chart(alt.NamedData("shares"))
    x = alt.X("batch_size:Q", title=words["axis.x"]).scale(scale).axis(values=list(SIZES))
    y = alt.Y("share:Q", title=words["axis.y"]).scale(domain=[0, 1])
    series = told_apart("series", SERIES, [QUIET, SCENARIO_COLOURS[1], SCENARIO_COLOURS[3]], [[2, 2], [1, 0], [6, 3]])
    shape = alt.Shape("series:N", legend=below()).scale(
        domain=list(SERIES.values()), range=["stroke", "circle", "diamond"]
    )
    size = number_line("batch_size", words["label.size"], "d")
    tip = [
        word_line("series", words["label.how"]),
        size,
        *(number_tip(field, words[f"label.{field}"]) for field in ("share", "low", "high")),
    ]
    chart = alt.layer(
        shares.mark_line(strokeWidth=2.2).encode(x=x, y=y, **series),
        shares.mark_rule(strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2="high", color=series["color"]),
        shares.mark_point(size=50, filled=True, opacity=1).encode(
            x=x, y=y, color=series["color"], shape=shape, tooltip=tip
        ),
        alt.Chart(alt.NamedData("law"))
        .mark_point(shape="cross", size=110, opacity=1, strokeWidth=1.5, color=SCENARIO_COLOURS[0])
        .encode(x=x, y=y, tooltip=[size, number_tip("share", words["label.exact"])]),
    )
    columns = {"shares": ("series", "batch_size", "share", "low", "high"), "law": ("batch_size", "share")}
    return Template(finished(chart), columns)
