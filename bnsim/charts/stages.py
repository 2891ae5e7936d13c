"""The flagship picture: a batch on its way through batch normalization, and one sample in it."""

from functools import cache
from typing import Any

import altair as alt

from bnsim.charts.live import STATE_COLUMNS, exact, formula_strip, live_parameters
from bnsim.charts.template import Template, anchor, by, freeze, number_line, word_line
from bnsim.charts.theme import QUIET, STAGE_COLOURS, STAGES
from bnsim.terms import TERMS

POINTS, SPAN = 65, 4
"""A curve is drawn at 65 points from -4 to 4 standard deviations: a needle is as smooth as a hill."""

LANE_PIXELS, CURVE_HEIGHT = 92, 0.6
MONOSPACE = "Source Code Pro, ui-monospace, monospace"


def u_of(value: str) -> str:
    """Return the expression of a value's place in its lane: -1 is the left end of that stage's axis, 1 the right."""
    return f"({value} - C[datum.l]) / H[datum.l]"


def shared_encoding() -> dict[str, Any]:
    """Return the channels that all layers share: u from -1 to 1, lanes standing on 2, 1 and 0, one colour a stage."""
    scale = {"nice": False, "zero": False}
    colours = [STAGE_COLOURS[stage] for stage in STAGES]
    return {
        "x": {"field": "u", "type": "quantitative", "axis": None, "scale": {"domain": [-1, 1], **scale}},
        "y": {"field": "h", "type": "quantitative", "axis": None, "scale": {"domain": [-0.2, 2.82], **scale}},
        "color": {"field": "l", "type": "nominal", "legend": None, "scale": {"domain": [0, 1, 2], "range": colours}},
    }


def lanes(source: Any) -> alt.Chart:
    """Return a chart of a data source whose every row is repeated for each of the three lanes."""
    return alt.Chart(source).transform_calculate(l="[0,1,2]").transform_flatten(["l"])


def curve(mean: str, std: str, shown: str) -> alt.Chart:
    """Return a normal curve per lane, each drawn to its own peak; zero spread is a needle."""
    return (
        alt.Chart(alt.sequence(0, 3 * POINTS, as_="i"))
        .transform_filter(shown)
        .transform_calculate(
            l=f"floor(datum.i / {POINTS})", z=f"(datum.i % {POINTS}) / {(POINTS - 1) // (2 * SPAN)} - {SPAN}"
        )
        .transform_calculate(
            u=u_of(f"{mean} - {std} * datum.z"),
            b="2 - datum.l",
            h=f"2 - datum.l + {CURVE_HEIGHT} * exp(-datum.z * datum.z / 2)",
        )
    )


def density_layers() -> list[alt.Chart]:
    """Return the batch's normal curves, and the population's as dashed lines."""
    own = curve("M[datum.l]", "S[datum.l]", "state.curve")
    population = curve("A[datum.l] * mean + B[datum.l]", "A[datum.l] * std", "state.population")
    return [
        own.mark_area(opacity=0.35, line={"strokeWidth": 1.8}, clip=True).encode(y2="b"),
        population.mark_line(strokeDash=[5, 4], strokeWidth=1.5, clip=True),
    ]


NAMES = [f"{TERMS[stage].symbol}, {TERMS[stage].label.lower()}" for stage in STAGES]
STAGE_LINE = word_line("stage", "stage")


def member_layers() -> list[alt.Chart]:
    """Return the batch itself: a histogram, and a tick for each member."""
    place = "M[datum.l] + S[datum.l] * datum."
    bars = lanes(alt.NamedData("bars")).transform_calculate(
        u=u_of(place + "z_left"),
        v=u_of(place + "z_right"),
        stage=f"{NAMES}[datum.l]",
        start=place + "z_left",
        end=place + "z_right",
        b="2 - datum.l",
        h=f"2 - datum.l + {CURVE_HEIGHT} * datum.height",
    )
    ticks = (
        lanes(alt.NamedData("ticks"))
        .transform_calculate(u=u_of(place + "z"), b="2 - datum.l", h="2.11 - datum.l")
        .transform_calculate(stage=f"{NAMES}[datum.l]", member=place + "z")
    )
    within = [STAGE_LINE, number_line("start", "from"), number_line("end", "to")]
    within.append(number_line("height", "density / its peak", ".3~g"))
    member = [STAGE_LINE, number_line("member", "member of the batch", ".6~g")]
    return [
        bars.mark_rect(opacity=0.4, clip=True).encode(x2="v", y2="b", tooltip=within),
        ticks.mark_rule(opacity=0.75, clip=True).encode(y2="b", tooltip=member),
    ]


def number_lines() -> alt.LayerChart | alt.FacetChart:
    """Return each lane's own number line: base line, tick marks, and their values."""
    marks = alt.layer(
        alt.Chart().mark_rule(opacity=0.18, color=QUIET).encode(y2="t", color=alt.value(QUIET)),
        alt.Chart().mark_line(strokeWidth=1).encode(detail="l:N", color=alt.value(QUIET)),
        alt.Chart()
        .mark_text(dy=9, fontSize=10.5, align=by("datum.k ? datum.k == 6 ? 'right' : 'center' : 'left'"))
        .encode(text="text:N", color=alt.value(QUIET)),
        data=alt.sequence(0, 21, as_="i"),
    )
    return marks.transform_calculate(l="floor(datum.i / 7)", k="datum.i % 7").transform_calculate(
        u="datum.k / 3 - 1",
        h="2 - datum.l",
        t="2.78 - datum.l",
        text="format(C[datum.l] + H[datum.l] * (datum.k / 3 - 1), "
        "abs(C[datum.l]) > 100 * H[datum.l] ? '.8~g' : '.4~g')",
    )


def stage_layers() -> alt.LayerChart | alt.FacetChart:
    """Return what each stage says: its title with its moments, the tracked sample's dot and value, and its way.

    A value beyond the axis is a triangle at the edge that points to where it went.
    """
    names = [f"{TERMS[stage].symbol}  {TERMS[stage].label.lower()}" for stage in STAGES]
    title = (
        f"{names}[datum.l] + '   mean ' + format(M[datum.l], '.9~g') + ', std ' + format(abs(S[datum.l]), '.9~g')"
        " + (fits[datum.l] ? '' : '   (axis of its own)')"
    )
    way = alt.Chart().mark_line(strokeDash=[3, 3], strokeWidth=1.5).encode(color=alt.value(QUIET), order="l:Q")
    dot = alt.Chart().mark_point(
        size=130, filled=True, opacity=1, stroke="white", strokeWidth=1.5,
        shape=by("datum.e > 1 ? 'triangle-right' : datum.e < -1 ? 'triangle-left' : 'circle'"),
    ).encode(tooltip=[STAGE_LINE, number_line("tracked", "tracked sample", ".13~g")])  # fmt: skip
    value = (
        alt.Chart()
        .mark_text(
            dy=-17, fontSize=12.5, fontWeight="bold",
            align=by("datum.e > 0.4 ? 'right' : 'left'"), dx=by("datum.e > 0.4 ? -8 : 8"),
        )
        .encode(text="text:N")
    )  # fmt: skip
    label = (
        alt.Chart().mark_text(align="left", fontSize=12, fontWeight=600).encode(x=alt.value(0), y="t:Q", text="title:N")
    )
    marks = alt.layer(way, dot, value, label, data=alt.sequence(0, 3, as_="l"))
    return marks.transform_calculate(
        e=u_of("T[datum.l]"),
        h="2 - datum.l",
        t="2.7 - datum.l",
        text=f"['x', 'x̂', 'y'][datum.l] + ' = ' + {exact('T[datum.l]')}",
        title=title,
        stage=f"{NAMES}[datum.l]",
        tracked="T[datum.l]",
    ).transform_calculate(u="clamp(datum.e, -1, 1)")


@cache
def stages_template() -> Template:
    """Return the template of the stage figure.

    Data: "state" (one row, see `bnsim.charts.live`), "ticks" (z: members in standard deviations from the batch mean),
    "bars" (z_left, z_right, height: a histogram of z scaled to its own peak).
    """
    title = alt.TitleParams(
        text=by(formula_strip()), anchor="start", font=MONOSPACE, fontSize=by("clamp(width / 40, 8, 15)"),
        offset=6, lineHeight=20,
    )  # fmt: skip
    chart = alt.layer(
        anchor("u", "h"), number_lines(), *density_layers(), *member_layers(), stage_layers(), title=title
    )
    spec = freeze(chart.properties(width="container", height=3 * LANE_PIXELS)) | {
        "params": live_parameters(),
        "encoding": shared_encoding(),
        "view": {"stroke": None},
        "config": {"aria": False},
        "usermeta": {"embedOptions": {"renderer": "svg"}},
    }
    return Template(spec, {"state": STATE_COLUMNS, "ticks": ("z",), "bars": ("z_left", "z_right", "height")})
