"""Pictures of how smooth training is: two networks over each other, each a line in its band."""

from functools import cache

import altair as alt

from bnsim.charts.template import Template, by, freeze, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, SCENARIO_DASHES

COLUMNS = ("network", "x", "low", "mid", "high")
DIGITS = ".4~g"
ROUND = [part * 10.0**power for power in range(-12, 13) for part in (1, 3)]
"""What a logarithmic axis is marked at; a line at every digit would be a wall."""

COUNTED = list(range(1, 21))


@cache
def bands_template(
    x_title: str, y_title: str, *, log: bool = False, whole: bool = False, height: int = 280
) -> Template:
    """Return the template of two networks against a common x.

    Data "bands": network (its name, the reference first), x, low, mid, high. Lines join mid, areas go from low to
    high; colour, dash and shape all tell the networks apart. With `log` all three are more than 0; `whole`: x counts
    something. Data "said": x, text: a remark at that x, or no row.
    """
    x_axis = alt.Axis(values=COUNTED, format=DIGITS) if whole else alt.Axis(tickCount=8, format=DIGITS)
    x = alt.X("x:Q", title=x_title, axis=x_axis).scale(nice=False, zero=False)
    kind = alt.Scale(type="log") if log else alt.Scale(zero=True)
    y_axis = alt.Axis(values=ROUND, format=DIGITS) if log else alt.Axis(tickCount=6, format=DIGITS)
    y, low = (alt.Y(f"{name}:Q", title=y_title, scale=kind, axis=y_axis) for name in ("mid", "low"))
    colour, dash, fill = told_apart()
    bands = alt.Chart(alt.NamedData("bands"))
    said = alt.Chart(alt.NamedData("said"))
    # Names with the look of their line, one below the other: a legend would be empty in the page, which gives a
    # picture its data only after it has drawn the legend of a domain that they are to tell.
    names = (
        bands.transform_aggregate(points="count()", groupby=["network"])
        .transform_window(place="row_number()")
        .transform_calculate(words="(datum.place == 1 ? '●── ' : '◆┄┄ ') + datum.network")
        .mark_text(align="right", baseline="top", fontSize=12, fontWeight=600, dy=by("16 * datum.place - 14"))
        .encode(x=alt.value(alt.expr("width - 6")), y=alt.value(0), text="words:N", fill=fill)
    )
    layers = [
        bands.mark_area(opacity=0.22).encode(x=x, y=low, y2="high:Q", fill=fill),
        bands.mark_line(strokeWidth=2.2).encode(x=x, y=y, color=colour, strokeDash=dash),
        bands.mark_point(filled=True, size=34, opacity=1).encode(
            x=x, y=y, fill=fill,
            shape=alt.Shape("network:N", sort=None, legend=None).scale(range=["circle", "diamond"]),
            tooltip=[
                word_line("network", "network"), tip("x", x_title), tip("mid", y_title), tip("low", "band from"),
                tip("high", "band to"),
            ],
        ),
        said.mark_rule(color=QUIET, strokeDash=[4, 4]).encode(x=x),
        said.mark_text(align="left", dx=4, color=QUIET).encode(x=x, y=alt.value(8), text="text:N"),
        names,
    ]  # fmt: skip
    spec = freeze(alt.layer(*layers).properties(width="container", height=height))
    return Template(spec, {"bands": COLUMNS, "said": ("x", "text")})


def told_apart() -> tuple[alt.Color, alt.StrokeDash, alt.Fill]:
    """Return the channels that tell the networks apart: of lines, and of what is filled."""
    colours, dashes = list(SCENARIO_COLOURS[:2]), [list(dash) for dash in SCENARIO_DASHES[:2]]
    return (
        alt.Color("network:N", sort=None, legend=None).scale(range=colours),
        alt.StrokeDash("network:N", sort=None, legend=None).scale(range=dashes),
        alt.Fill("network:N", sort=None, legend=None).scale(range=colours),
    )


def tip(field: str, title: str) -> alt.Tooltip:
    """Return one line of a tooltip."""
    return number_line(field, title, DIGITS)
