"""Pictures of a batch in parts: what each part takes for mean and spread, what comes out, and what is kept."""

from typing import Any

import altair as alt

from bnsim.charts.following import following
from bnsim.charts.template import Template, anchor, freeze, number_line, readable, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure")
LABELS = words_of(__package__).group("label")

HUES = list(SCENARIO_COLOURS)
RULES = ("each", "mean", "first", "whole")
STATE = ("epoch", "batch_size", "micro", "trend", "momentum", "way", "rule")


def part_parameters() -> list[dict[str, Any]]:
    """Return the parameters of the parts, which follow the thumbs.

    `n`, `m`: values in the batch and in a part; `parts`: how many there are; `last`: values in the last one;
    `forgotten`: how much of the old running statistics a step forgets; `reach`: the picture goes from -reach to reach.
    """
    expressions = {
        "n": "batch_size",
        "m": "min(micro, batch_size)",
        "parts": "floor((n-1)/m) + 1",
        "last": "n - (parts - 1) * m",
        "forgotten": "1 - pow(1 - momentum, state.rule == 'each' ? parts : 1)",
        "reach": "3.2 + 0.5 * abs(trend)",
    }
    controls = following("batch_size", "micro", "trend", "momentum", sweeps=False)
    return [*controls, *({"name": name, "expr": each} for name, each in expressions.items())]


@once
def parts_template() -> Template:
    """Return the template of the parts: values, mean and spread of each, and of the whole; it follows the thumbs.

    Data: "drawn" (z: normal values in order), "state" (epoch, batch_size, micro, trend, momentum, way, rule).
    """
    reach, end = (alt.ExprRef(each) for each in ("reach", "n + 0.5"))
    x = alt.X("place:Q", title=WORDS["parts.axis.x"], axis=alt.Axis(format="d", tickMinStep=1, grid=False))
    x = x.scale(domain=[0.5, end], nice=False, zero=False)
    y = alt.Y("x:Q", title=WORDS["parts.axis.y"], scale=alt.Scale(domain=[alt.ExprRef("-reach"), reach], nice=False))
    colour = alt.Color("hue:N", legend=None).scale(domain=list(range(len(HUES))), range=HUES)
    part = [number_line("number", LABELS["part"], "d"), number_line("size", LABELS["size"], "d")]
    moments = [number_line("mean", LABELS["mean"]), number_line("var", LABELS["var"])]
    base = alt.Chart().encode(color=colour)
    once_each = base.transform_filter("datum.is_first")
    layers = [
        whole_lines(),
        once_each.mark_rect(opacity=0.22).encode(
            x="left:Q", x2="right:Q", y="low:Q", y2="high:Q", tooltip=part + moments
        ),
        once_each.mark_rule(strokeWidth=3).encode(x="left:Q", x2="right:Q", y="mean:Q", tooltip=part + moments),
        base.mark_point(filled=True, size=38, opacity=1).encode(
            x=x, y=y, tooltip=[number_line("place", LABELS["place"], "d"), number_line("x", LABELS["x"]), *part]
        ),
    ]
    spec = freeze(alt.layer(anchor("place", "x"), in_parts(alt.layer(*layers, data=alt.NamedData("drawn")))))
    spec = readable(spec | {"width": "container", "height": 320})
    return Template({**spec, "params": part_parameters()}, {"drawn": ("z",), "state": STATE})


def in_parts(chart: Any) -> Any:
    """Return layers over the values that are shown, each with its part, and mean and spread that are taken for it."""
    return (
        chart.transform_window(place="row_number()")
        .transform_filter("datum.place <= n")
        .transform_calculate(
            x="datum.z + trend * ((datum.place - 0.5) / n - 0.5)",
            number="floor((datum.place - 1) / m) + 1",
            is_first="(datum.place - 1) % m == 0",
            hue=f"(datum.number - 1) % {len(HUES)}",
            left="(datum.number - 1) * m + 0.6",
            right="min(datum.number * m, n) + 0.4",
        )
        .transform_joinaggregate(whole_mean="mean(x)", whole_var="variancep(x)")
        .transform_joinaggregate(own_mean="mean(x)", own_var="variancep(x)", size="count()", groupby=["number"])
        .transform_calculate(
            mean="state.way == 'synchronized' ? datum.whole_mean : datum.own_mean",
            var="state.way == 'synchronized' ? datum.whole_var : datum.own_var",
        )
        .transform_calculate(low="datum.mean - sqrt(datum.var)", high="datum.mean + sqrt(datum.var)")
    )


def whole_lines() -> alt.Chart:
    """Return three quiet lines across: mean of the whole batch, and one spread to either side."""
    ends = (f"datum.whole_mean {sign} sqrt(datum.whole_var)" for sign in "-+")
    levels = f"[datum.whole_mean, {', '.join(ends)}]"
    chart = alt.Chart().transform_filter("datum.place == 1").transform_calculate(levels=levels)
    lines: alt.Chart = chart.transform_flatten(["levels"], as_=["level"]).mark_rule(color=QUIET, strokeDash=[5, 4])
    return lines.encode(y="level:Q")


@once
def outputs_template() -> Template:
    """Return the template of outputs in parts against those of the whole; data "outputs": place, part, whole, parts."""
    colour = alt.Color("hue:N", legend=None).scale(domain=list(range(len(HUES))), range=HUES)
    base = alt.Chart(alt.NamedData("outputs"))
    x = alt.X(
        "whole:Q", title=WORDS["outputs.axis.x"], axis=alt.Axis(tickCount=6), scale=alt.Scale(zero=False, nice=False)
    )
    y = alt.Y("parts:Q", title=WORDS["outputs.axis.y"], scale=alt.Scale(zero=False, nice=False))
    tooltip = [
        number_line("place", LABELS["place"], "d"),
        number_line("part", LABELS["part"], "d"),
        number_line("whole", WORDS["outputs.axis.x"]),
        number_line("parts", WORDS["outputs.axis.y"]),
    ]
    layers = [
        base.mark_line(color=QUIET, strokeDash=[5, 4]).encode(x=x, y=alt.Y("whole:Q", title=WORDS["outputs.axis.y"])),
        base.transform_calculate(hue=f"(datum.part - 1) % {len(HUES)}")
        .mark_point(filled=True, size=50, opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=tooltip),
    ]
    spec = freeze(alt.layer(*layers).properties(width="container", height=300))
    return Template(readable(spec), {"outputs": ("place", "part", "whole", "parts")})


@once
def rules_template() -> Template:
    """Return the template of what each rule keeps; data "rules": rule, mean_shift, var_ratio, step_weight."""
    names = [LABELS[f"rule.{rule}"] for rule in RULES]
    said = ", ".join(f"{rule}: {name!r}" for rule, name in zip(RULES, names, strict=True))
    base = alt.Chart(alt.NamedData("rules")).transform_calculate(name=f"({{{said}}})[datum.rule]")
    y = alt.Y("name:N", title=None, sort=names, axis=None, scale=alt.Scale(domain=names))
    x = alt.X(
        "var_ratio:Q", title=WORDS["rules.axis.x"], axis=alt.Axis(tickCount=6), scale=alt.Scale(domainMin=0, nice=True)
    )
    guide = alt.Chart(alt.sequence(1, 2, as_="at")).mark_rule(color=QUIET, strokeDash=[5, 4])
    tooltip = [
        word_line("name", LABELS["of_rule"]),
        number_line("var_ratio", WORDS["rules.axis.x"]),
        number_line("mean_shift", LABELS["mean_shift"]),
        number_line("step_weight", LABELS["step_weight"]),
    ]
    point = base.mark_point(filled=True, size=130, opacity=1, color=STAGE_COLOURS["normalized"])
    words = base.mark_text(align="left", fontSize=13, dy=-17, x=4, color=QUIET).encode(y=y, text="name:N")
    layers = [
        guide.encode(x=alt.X("at:Q", title=WORDS["rules.axis.x"])),
        point.encode(x=x, y=y, tooltip=tooltip),
        words,
    ]
    spec = freeze(alt.layer(*layers).properties(width="container", height=260))
    return Template(readable(spec), {"rules": ("rule", "mean_shift", "var_ratio", "step_weight")})
