"""Pictures of narrow formats: outputs as intervals, sums that stall or end, and the errors of two formulas."""

from typing import Any

import altair as alt

from bnsim.charts.template import Template, freeze, number_line, readable, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure")
LABELS = words_of(__package__).group("label")

WAYS = [LABELS[f"way.{name}"] for name in ("own", "frameworks", "centred", "difference")]
STATES = {"right": STAGE_COLOURS["output"], "wrong": STAGE_COLOURS["normalized"], "lost": SCENARIO_COLOURS[5]}
REACH = 3
"""Outputs are shown from -3 to 3; what lies beyond is said in words."""


@once
def outputs_template() -> Template:
    """Return the template of where outputs lie; data "outputs": way, low, middle, high, state, said."""
    rows = alt.Y("way:N", title=None, sort=WAYS, axis=None, scale=alt.Scale(domain=WAYS))
    axis = alt.Axis(values=list(range(-REACH, REACH + 1)), format="d")
    x = alt.X("low:Q", title=WORDS["outputs.axis.x"], axis=axis, scale=alt.Scale(domain=[-REACH, REACH], nice=False))
    colour = alt.Color("state:N", legend=None).scale(domain=list(STATES), range=list(STATES.values()))
    base = alt.Chart(alt.NamedData("outputs")).encode(y=rows, color=colour)
    tooltip = [word_line("way", LABELS["of_way"]), word_line("said", LABELS["outputs"])]
    guide = alt.Chart(alt.sequence(-1, 2, as_="at")).mark_rule(color=QUIET, strokeDash=[3, 3])
    bars = base.transform_filter("isValid(datum.low)").mark_bar(height=14, opacity=0.35, clip=True)
    means = base.transform_filter("isValid(datum.middle)").mark_tick(thickness=3, size=24, clip=True)
    words = base.mark_text(align="left", fontSize=13, dy=-21, x=4, color=QUIET).encode(
        text="way:N", color=alt.value(QUIET)
    )
    said = base.mark_text(align="right", fontSize=13, dy=-21, fontWeight="bold").encode(
        x=alt.value("width"), text="said:N"
    )
    layers = [
        guide.encode(x=alt.X("at:Q", title=WORDS["outputs.axis.x"])),
        bars.encode(x=x, x2="high:Q", tooltip=tooltip),
        means.encode(x="middle:Q", tooltip=tooltip),
        words,
        said,
    ]
    return finished("outputs", layers, ("way", "low", "middle", "high", "state", "said"), height=300)


@once
def sums_templates() -> dict[str, Template]:
    """Return the templates of how sums grow; data "sums": sum, count, total."""
    return {name: one_sum(name) for name in ("sums", "squares")}


def sums_template(name: str) -> Template:
    """Return the template of how the sum of the values grows, or that of their squares."""
    return sums_templates()[name]


def one_sum(name: str) -> Template:
    """Return the template of how one sum grows."""
    which = {"exact": QUIET, "format": STAGE_COLOURS["normalized"]}
    labels = ", ".join(f"{key}: {LABELS[f'sum.{key}']!r}" for key in which)
    legend = alt.Legend(
        title=None,
        orient="bottom",
        labelExpr=f"({{{labels}}})[datum.label]",
        symbolType="stroke",
        symbolSize=500,
        symbolStrokeWidth=2,
        symbolOpacity=1,
    )
    colour = alt.Color("sum:N", legend=legend).scale(domain=list(which), range=list(which.values()))
    dash = alt.StrokeDash("sum:N", legend=legend).scale(domain=list(which), range=[[5, 4], [1, 0]])
    base = alt.Chart(alt.NamedData("sums")).encode(
        x=alt.X("count:Q", title=WORDS[f"{name}.axis.x"], scale=alt.Scale(nice=False)),
        y=alt.Y("total:Q", title=WORDS[f"{name}.axis.y"], axis=alt.Axis(format="~s")),
        color=colour,
    )
    tooltip = [
        word_line("sum", LABELS["of_sum"]),
        number_line("count", LABELS["count"], "d"),
        number_line("total", LABELS["total"], ".6~g"),
    ]
    points = base.mark_point(filled=True, opacity=0, size=90).encode(tooltip=tooltip)
    layers = [base.mark_line(strokeWidth=2).encode(strokeDash=dash), points]
    return finished("sums", layers, ("sum", "count", "total"), height=260)


@once
def formulas_template() -> Template:
    """Return the template of both formulas' errors; data "errors": formula, ratio, shown, expected; "chosen": ratio."""
    styles = {"centred": (STAGE_COLOURS["output"], "circle"), "difference": (STAGE_COLOURS["normalized"], "square")}
    labels = ", ".join(f"{key}: {LABELS[f'formula.{key}']!r}" for key in styles)
    legend = alt.Legend(
        title=None, orient="bottom", columns=1, labelLimit=320, labelExpr=f"({{{labels}}})[datum.label]"
    )
    domain = list(styles)
    colour = alt.Color("formula:N", legend=legend).scale(domain=domain, range=[each[0] for each in styles.values()])
    shape = alt.Shape("formula:N", legend=legend).scale(domain=domain, range=[each[1] for each in styles.values()])
    x = alt.X("ratio:Q", title=WORDS["formulas.axis.x"], scale=alt.Scale(type="log", domain=[0.9, 1.1e5], nice=False))
    y_scale = alt.Scale(type="log", domain=[1e-8, 100], nice=False)
    y = alt.Y("shown:Q", title=WORDS["formulas.axis.y"], scale=y_scale, axis=alt.Axis(format="~g", tickCount=5))
    base = alt.Chart(alt.NamedData("errors")).encode(x=x)
    law = base.transform_filter("datum.formula == 'difference'").mark_line(strokeDash=[5, 4], color=QUIET, clip=True)
    tooltip = [
        word_line("formula", LABELS["of_formula"]),
        number_line("ratio", WORDS["formulas.axis.x"]),
        number_line("error", WORDS["formulas.axis.y"]),
        number_line("expected", LABELS["expected"]),
    ]
    here = alt.Chart(alt.NamedData("chosen")).mark_rule(color=QUIET, strokeWidth=1.5)
    layers = [
        law.encode(y=alt.Y("expected:Q", title=WORDS["formulas.axis.y"], scale=y_scale)),
        base.mark_point(filled=True, size=55, opacity=1).encode(y=y, color=colour, shape=shape, tooltip=tooltip),
        here.encode(x="ratio:Q", tooltip=[number_line("ratio", LABELS["here"])]),
    ]
    columns = {"errors": ("formula", "ratio", "error", "shown", "expected"), "chosen": ("ratio",)}
    spec = freeze(alt.layer(*layers).properties(width="container", height=300))
    return Template(readable(spec), columns)


def finished(data: str, layers: list[Any], columns: tuple[str, ...], *, height: int) -> Template:
    """Return the template of layers over one named data set."""
    return Template(readable(freeze(alt.layer(*layers).properties(width="container", height=height))), {data: columns})
