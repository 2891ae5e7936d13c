"""The flagship picture: a batch on its way through batch normalization, and one sample in it."""

from typing import Any

import altair as alt

from bnsim.charts.live import STATE_COLUMNS, formula_strip, live_parameters
from bnsim.charts.template import AS_SVG, SILENT_MARKS, Template, anchor, by, freeze, number_line, word_line
from bnsim.charts.theme import QUIET, STAGE_COLOURS, STAGES
from bnsim.once import once
from bnsim.text import words_of

POINTS, SPAN = 65, 4
"""A curve is drawn at 65 points from -4 to 4 standard deviations: a needle is as smooth as a hill."""

LANE_PIXELS, CURVE_HEIGHT = 92, 0.6

TITLE_AT = 10
"""Pixels from the left to the titles of the stages: the way that runs along the edge does not cross them."""

WIDE, LEAST = 0.56, 9
"""How wide a letter is on average, of its size, and the pixels below which no title of a stage is written."""

TRACKED_FORM = "tracked_form"
"""The parameter of the picture that says with how many digits the tracked sample is written beside its dots."""

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


WORDS = words_of(__package__).group("figure.stages.label")
NAMES = [WORDS[stage] for stage in STAGES]
SYMBOLS = [name.split(",")[0] for name in NAMES]
STAGE_LINE = word_line("stage", WORDS["line"])


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
    within = [STAGE_LINE, number_line("start", WORDS["from"]), number_line("end", WORDS["to"])]
    within.append(number_line("height", WORDS["height"], ".3~g"))
    member = [STAGE_LINE, number_line("member", WORDS["member"], ".6~g")]
    return [
        bars.mark_rect(opacity=0.4, clip=True).encode(x2="v", y2="b", tooltip=within),
        ticks.mark_rule(opacity=0.75, clip=True).encode(y2="b", tooltip=member),
    ]


def number_lines() -> alt.LayerChart | alt.FacetChart:
    """Return each lane's own number line: base line, tick marks, and their values.

    Far from 0 and narrow, the values are told from the mean they lie around, by their symbol: μ + 0.5. Where seven
    would touch each other, three are written, in smaller letters if need be.
    """
    words = (
        alt.Chart()
        .mark_text(
            dy=10,
            fontSize=by("datum.signs * 24 > width ? 10.5 : 12"),
            clip=True,
            dx=by("datum.k ? 0 : 5"),
            align=by("datum.k ? datum.k == 6 ? 'right' : 'center' : 'left'"),
        )
        .transform_filter("datum.k % 3 == 0 || datum.signs < width / 52")
        .encode(text="text:N", color=alt.value(QUIET))
    )
    marks = alt.layer(
        alt.Chart().mark_rule(opacity=0.18, color=QUIET).encode(y2="t", color=alt.value(QUIET)),
        alt.Chart().mark_line(strokeWidth=1).encode(detail="l:N", color=alt.value(QUIET)),
        words,
        data=alt.sequence(0, 21, as_="i"),
    )
    return (
        marks.transform_calculate(l="floor(datum.i / 7)", k="datum.i % 7")
        .transform_calculate(far="abs(C[datum.l]) > 100 * H[datum.l]", step="H[datum.l] * abs(datum.k / 3 - 1)")
        .transform_calculate(
            u="datum.k / 3 - 1",
            h="2 - datum.l",
            t="2.78 - datum.l",
            text="!datum.far ? format(C[datum.l] + H[datum.l] * (datum.k / 3 - 1), '.4~g') : ['μ', '', 'β'][datum.l]"
            " + (datum.k == 3 ? '' : (datum.k < 3 ? ' − ' : ' + ') + format(datum.step, '.3~g'))",
        )
        .transform_calculate(signs="length(datum.text)")
    )


def stage_titles() -> dict[str, str]:
    """Return the expressions of a stage's title, with its moments: whole, and brief for where there is no room."""
    names = [name.replace(",", " ", 1) for name in NAMES]
    # A picture in SVG draws several blanks as one: a sign parts the name from the numbers.
    mean, std = f"': {WORDS['mean']} ' + {moment('M[datum.l]')}", f"', {WORDS['std']} ' + {moment('abs(S[datum.l])')}"
    return {
        "whole": f"{names}[datum.l] + {mean} + {std} + (fits[datum.l] ? '' : ' ({WORDS['own_axis']})')",
        "brief": f"{SYMBOLS}[datum.l] + {mean} + {std}",
    }


def moment(name: str) -> str:
    """Return the expression that writes a moment with nine digits, without a row of zeros before them."""
    return f"format({name}, {name} != 0 && abs({name}) < 1e-4 ? '.8~e' : '.9~g')"


def tracked_value() -> alt.Chart:
    """Return the tracked sample's value above its dot: to the side from which its way does not come, if it fits."""
    fits = "datum.signs * 7 + 8"
    left = f"datum.at > {fits} && (datum.at + {fits} > width || datum.from > datum.u)"
    made: alt.Chart = (
        alt.Chart()
        .transform_calculate(signs="length(datum.text)", at="(datum.u + 1) / 2 * width")
        .transform_calculate(left=left)
        .mark_text(
            dy=-17,
            fontSize=by("width < 400 ? 11.5 : 12.5"),
            fontWeight="bold",
            clip=True,
            align=by("datum.left ? 'right' : 'left'"),
            dx=by("datum.left ? -8 : 8"),
        )
        .encode(text="text:N")
    )
    return made


def stage_layers() -> alt.LayerChart | alt.FacetChart:
    """Return what each stage says: its title with its moments, the tracked sample's dot and value, and its way.

    A value beyond the axis is a triangle at the edge that points to where it went.
    """
    way = alt.Chart().mark_line(strokeDash=[3, 3], strokeWidth=1.5).encode(color=alt.value(QUIET), order="l:Q")
    dot = (
        alt.Chart()
        .mark_point(
            size=130,
            filled=True,
            opacity=1,
            stroke="white",
            strokeWidth=1.5,
            shape=by("datum.e > 1 ? 'triangle-right' : datum.e < -1 ? 'triangle-left' : 'circle'"),
        )
        .encode(tooltip=[STAGE_LINE, number_line("tracked", WORDS["tracked"], ".13~g")])
    )
    room = f"(width - {TITLE_AT}) / ({WIDE} * length"
    label = (
        alt.Chart()
        .transform_calculate(**stage_titles())
        .transform_calculate(title=f"{room}(datum.whole)) >= {LEAST} ? datum.whole : datum.brief")
        .mark_text(
            align="left",
            fontSize=by(f"clamp({room}(datum.title)), {LEAST}, 12)"),
            fontWeight=600,
            clip=True,
        )
        .encode(x=alt.value(TITLE_AT), y="t:Q", text="title:N")
    )
    marks = alt.layer(way, dot, tracked_value(), label, data=alt.sequence(0, 3, as_="l"))
    place = f"clamp({u_of('T[datum.l]')}, -1, 1)"
    before = place.replace("datum.l", "max(datum.l - 1, 0)")
    return marks.transform_calculate(
        e=u_of("T[datum.l]"),
        h="2 - datum.l",
        t="2.7 - datum.l",
        text="['x', 'x̂', 'y'][datum.l] + ' = ' + format(T[datum.l], tracked_form)",
        u=place,
        stage=f"{NAMES}[datum.l]",
        tracked="T[datum.l]",
        **{"from": before},
    )


@once
def stages_template() -> Template:
    """Return the template of the stage figure.

    Data: "state" (one row, see `bnsim.charts.live`), "ticks" (z: members in standard deviations from the batch mean),
    "bars" (z_left, z_right, height: a histogram of z scaled to its own peak).
    """
    title = alt.TitleParams(
        text=by("strip"),
        anchor="start",
        font=MONOSPACE,
        fontSize=by("strip_size"),
        limit=0,
        offset=6,
        lineHeight=by("strip_size + 5"),
    )
    chart = alt.layer(
        anchor("u", "h"), number_lines(), *density_layers(), *member_layers(), stage_layers(), title=title
    )
    spec = freeze(chart.properties(width="container", height=3 * LANE_PIXELS)) | {
        "params": [*live_parameters(), *formula_strip(), {"name": TRACKED_FORM, "value": ".13~g"}],
        "encoding": shared_encoding(),
        "view": {"stroke": None},
        "config": {"aria": False} | SILENT_MARKS,
        "usermeta": AS_SVG,
    }
    return Template(spec, {"state": STATE_COLUMNS, "ticks": ("z",), "bars": ("z_left", "z_right", "height")})
