"""Training against inference: running statistics on their way, outputs among companions, decisions against N."""

from functools import cache
from typing import Any

import altair as alt

from bnsim.charts.template import Template, freeze, hover, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, SCENARIO_DASHES, STAGE_COLOURS

STEP_COLUMNS = ("step", "batch", "running", "expected", "low", "high", "population")
LINES = ("running", "expected", "population")
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
"""The batches in which decisions are put to the test."""

SERIES = ("eval mode", "random companions", "class-sorted companions")
MARKS = ("eval mode", "population", "frozen", "precise", "alone")
HEIGHT = 320


def below() -> alt.Legend:
    """Return a legend below the picture."""
    return alt.Legend(title=None, orient="bottom", columns=3, symbolType="stroke", symbolSize=160, labelLimit=320)


def told_apart(field: str, names: tuple[str, ...], colours: list[str], dashes: list[list[int]]) -> Any:
    """Return the channels that tell series apart, by colour and by dash, with one legend for both."""
    return {
        "color": alt.Color(f"{field}:N", legend=below()).scale(range=colours, domain=list(names)),
        "strokeDash": alt.StrokeDash(f"{field}:N", legend=below()).scale(range=dashes, domain=list(names)),
    }


def number_tip(field: str, title: str) -> alt.Tooltip:
    """Return one line of a tooltip."""
    return number_line(field, title, ".6~g")


STEP = number_line("step", "batches seen, t", "d")


@cache
def running_template(quantity: str) -> Template:
    """Return the template of one running statistic over the batches; `quantity` is the title of its axis.

    Data "steps": step, batch (of one batch), running, expected, low, high (the band of the theory), population.
    Data "frozen": step, label: where the statistics are frozen, NaN if they are not.
    """
    blue = STAGE_COLOURS["raw"]
    steps = alt.Chart(alt.NamedData("steps"))
    frozen = alt.Chart(alt.NamedData("frozen"))
    x = alt.X("step:Q", title="batches seen").scale(nice=False)
    y = alt.Y("low:Q", title=quantity).scale(zero=False)
    lines = told_apart("line", LINES, [blue, SCENARIO_COLOURS[1], QUIET], [[1, 0], [6, 3], [2, 2]])
    chart = alt.layer(
        steps.mark_area(opacity=0.18, color=blue).encode(x=x, y=y, y2="high"),
        steps.mark_point(size=10, opacity=0.45, color=QUIET, filled=True).encode(
            x=x, y=alt.Y("batch:Q", title=quantity), tooltip=[STEP, number_tip("batch", f"of this batch: {quantity}")]
        ),
        hover(
            steps.transform_fold(list(LINES), ["line", "value"]), word_line("line", "line"), STEP,
            number_tip("value", quantity), number_tip("low", "theory, from"), number_tip("high", "theory, to"),
            size=40, x=x, y=alt.Y("value:Q", title=quantity),
        ),
        steps.transform_fold(list(LINES), ["line", "value"])
        .mark_line(strokeWidth=2.2)
        .encode(
            x=x, y=alt.Y("value:Q", title=quantity), **lines,
        ),
        frozen.mark_rule(color=QUIET, strokeDash=[4, 4]).encode(x="step:Q"),
        frozen.mark_text(align="left", dx=4, color=QUIET).encode(x="step:Q", y=alt.value(8), text="label:N"),
    )  # fmt: skip
    spec = freeze(chart.properties(width="container", height=HEIGHT))
    return Template(spec, {"steps": STEP_COLUMNS, "frozen": ("step", "label")})


@cache
def companions_template() -> Template:
    """Return the template of the outputs of one input among many sets of companions.

    Data "bars" (left, right, share: simulated), "law" (y, share: exact), "marks" (what, y: the outputs that do not
    depend on companions), "width" (low, high, share: the first-order width, and how high to draw it).
    """
    green = STAGE_COLOURS["output"]
    share = "share of companion sets"
    output = number_tip("y", "y, the output")
    x = alt.X("left:Q", title="y, the output of the tracked x").scale(zero=False)
    colours = [SCENARIO_COLOURS[0], QUIET, SCENARIO_COLOURS[3], SCENARIO_COLOURS[1], SCENARIO_COLOURS[5]]
    dashes = [list(SCENARIO_DASHES[at]) for at in (0, 2, 1, 3, 4)]
    chart = alt.layer(
        alt.Chart(alt.NamedData("bars"))
        .mark_rect(opacity=0.4, color=green)
        .encode(
            x=x, x2="right", y=alt.Y("share:Q", title=share), y2=alt.datum(0),
            tooltip=[
                number_tip("left", "y from"), number_tip("right", "y to"), number_tip("share", f"{share}, simulated"),
            ],
        ),
        alt.Chart(alt.NamedData("law"))
        .mark_line(color=green, strokeWidth=2)
        .encode(x="y:Q", y=alt.Y("share:Q", title=share)),
        hover(
            alt.Chart(alt.NamedData("law")), output, number_tip("share", f"{share}, exact law"),
            size=40, x="y:Q", y=alt.Y("share:Q", title=share),
        ),
        alt.Chart(alt.NamedData("marks"))
        .mark_rule(strokeWidth=2.2)
        .encode(x="y:Q", tooltip=[word_line("what", "kind"), output], **told_apart("what", MARKS, colours, dashes)),
        alt.Chart(alt.NamedData("width"))
        .mark_rule(strokeWidth=3, color=green)
        .encode(
            x=alt.X("low:Q"), x2="high", y=alt.Y("share:Q", title=share),
            tooltip=[number_tip("low", "first-order width of y, from"), number_tip("high", "to")],
        ),
    )  # fmt: skip
    spec = freeze(chart.properties(width="container", height=HEIGHT))
    columns = {
        "bars": ("left", "right", "share"),
        "law": ("y", "share"),
        "marks": ("what", "y"),
        "width": ("low", "high", "share"),
    }
    return Template(spec, columns)


@cache
def decisions_template() -> Template:
    """Return the template of right decisions against the size of the batch.

    Data "shares": series (of `SERIES`), batch_size (of `SIZES`), share, low, high; "law": batch_size, share.
    """
    colours = [QUIET, SCENARIO_COLOURS[1], SCENARIO_COLOURS[3]]
    scale = alt.Scale(type="log", base=2, nice=False, domain=[SIZES[0], SIZES[-1]])
    shares = alt.Chart(alt.NamedData("shares"))
    x = alt.X("batch_size:Q", title="examples in the batch, N").scale(scale).axis(values=list(SIZES))
    y = alt.Y("share:Q", title="share of right decisions").scale(domain=[0, 1])
    series = told_apart("series", SERIES, colours, [[2, 2], [1, 0], [6, 3]])
    shape = alt.Shape("series:N", legend=below()).scale(domain=list(SERIES), range=["stroke", "circle", "diamond"])
    tip = [
        word_line("series", "how it is decided"),
        number_line("batch_size", "batch size N", "d"),
        number_tip("share", "share of right decisions"),
        number_tip("low", "two standard errors, from"),
        number_tip("high", "to"),
    ]
    chart = alt.layer(
        shares.mark_line(strokeWidth=2.2).encode(x=x, y=y, **series),
        shares.mark_rule(strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2="high", color=series["color"]),
        shares.mark_point(size=50, filled=True, opacity=1).encode(
            x=x, y=y, color=series["color"], shape=shape, tooltip=tip
        ),
        alt.Chart(alt.NamedData("law"))
        .mark_point(shape="cross", size=110, opacity=1, strokeWidth=1.5, color=SCENARIO_COLOURS[0])
        .encode(x=x, y=y, tooltip=[tip[1], number_tip("share", "share of right decisions, exact law")]),
    )
    spec = freeze(chart.properties(width="container", height=HEIGHT))
    return Template(spec, {"shares": ("series", "batch_size", "share", "low", "high"), "law": ("batch_size", "share")})
