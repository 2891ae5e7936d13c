"""Against the batch size: the errors, what doubling buys, and how much of a gradient gets through."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from bnsim.charts.following import NEAREST, SWEEP_COLUMNS
from bnsim.charts.template import Template, by, hover, number_line
from bnsim.charts.theme import QUIET
from bnsim.experiments.batch_size.marks import (
    IN_WORDS,
    MEAN_NOW,
    QUANTITY,
    SIZE,
    STATE,
    STYLES,
    VAR_LAW,
    chosen_size,
    finished,
    follower,
    size_axis,
    styled,
    tooltips,
    with_error,
    worded,
)
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure")


POINT = ("quantity", "batch_size", "simulated", "standard_error", "exact")
CURVE = ("quantity", "batch_size", "value")
ERRORS = ("var", "x_hat", "mean")
"""From the highest curve to the lowest, as their names stand one below the other."""

LINE = 19.0
"""Pixels from the name of one curve to the next."""


@once
def errors_template() -> Template:
    """Return the template of the errors against N, on logarithmic axes.

    Data: "curves" (quantity, batch_size, value), "points" (quantity, batch_size, simulated, standard_error, exact),
    "sweep" (exact errors at places of the slider), "state" (N, and the errors simulated there: mean, var, x_hat).
    """
    style = {name: channel.copy() for name, channel in styled("mean", "var", "x_hat").items()}
    for channel in style.values():
        channel.legend = None
    points = worded(with_error(alt.Chart(alt.NamedData("points")))).encode(x="batch_size:Q", color="quantity:N")
    layers = [
        *exact_errors(style),
        *simulated(points, style, WORDS["errors.axis.y"], size=42),
        chosen_size(at="height - 0.6 * line_size", up_to="mean"),
        errors_at_chosen(style),
    ]
    columns = {"curves": CURVE, "points": POINT, "sweep": (*SWEEP_COLUMNS, "size", "x_hat"), "state": (*STATE, *ERRORS)}
    return Template(follower(*layers, height=320, line_size=LINE), columns)


def exact_errors(style: Mapping[str, Any]) -> list[alt.Chart]:
    """Return the curves of the errors for normal values, and what they say where one points at them."""
    scale = alt.Scale(type="log", domain=[0.02, 2.2], nice=False)
    y = alt.Y("value:Q", title=WORDS["errors.axis.y"], scale=scale, axis=alt.Axis(tickCount=6, format="~g"))
    curves = alt.Chart(alt.NamedData("curves")).mark_line(strokeWidth=2, clip=True)
    along = worded(alt.Chart(alt.NamedData("curves")))
    value = number_line("value", WORDS["errors.label.theory"])
    return [
        curves.encode(x=size_axis(1, 1024), y=y, color=style["color"], strokeDash=style["strokeDash"]),
        hover(along, QUANTITY, SIZE, value, x="batch_size:Q", y="value:Q"),
    ]


def simulated(points: alt.Chart, style: Mapping[str, Any], what: str, size: int) -> list[alt.Chart]:
    """Return simulated points, with two standard errors to either side."""
    marks = points.mark_point(filled=True, size=size, opacity=1, clip=True)
    return [
        points.mark_rule(clip=True).encode(y="low:Q", y2="high:Q"),
        marks.encode(y="simulated:Q", shape=style["shape"], tooltip=[QUANTITY, *tooltips(what)]),
    ]


def carried(error: str, size: str) -> str:
    """Return the expression that carries an error of the sweep to the thumb's size, as it falls like 1 / √N."""
    return f"{error} * sqrt({size} / batch_size)"


def errors_at_chosen(style: Mapping[str, Any]) -> alt.LayerChart | alt.FacetChart:
    """Return outlined points, the errors at the chosen N; and where no curve comes, at the top right, names.

    They are the simulated errors, and while a thumb moves the exact ones.

    Each name of a curve stands beside its sign, with the error at the chosen N: none for the variance of one value.
    """
    row, left = by(f"line_size * (indexof({[*ERRORS]}, datum.quantity) + 0.8)"), by("width - 8.3 * line_size")
    said = [QUANTITY, SIZE, number_line("simulated", WORDS["errors.label.simulated"])]
    points = alt.Chart().mark_point(size=170, strokeWidth=2.2, opacity=1).encode(x="batch_size:Q", y="simulated:Q")
    signs = alt.Chart().mark_point(filled=True, size=80, opacity=1, x=left, y=row)
    names = alt.Chart().mark_text(align="left", dx=9, fontSize=13, x=left, y=row).encode(text="said:N")
    shown = [mark.encode(shape=style["shape"], color="quantity:N") for mark in (points, signs)]
    marks = [shown[0].encode(tooltip=said), shown[1]]
    rows = alt.layer(*marks, names.encode(color="quantity:N"), data=alt.NamedData("sweep")).transform_filter(NEAREST)
    now = {
        "batch_size": "batch_size",
        "var": f"moved ? (batch_size > 1 ? {VAR_LAW} : NaN) : state.var",
        "x_hat": f"moved ? {carried('datum.x_hat', 'datum.size')} : state.x_hat",
    }
    folded = rows.transform_calculate(mean=MEAN_NOW, **now).transform_fold([*ERRORS], as_=["quantity", "simulated"])
    return folded.transform_calculate(
        words=IN_WORDS,
        said="datum.words + (isFinite(datum.simulated) ? '  ' + format(datum.simulated, '.3~g') : '')",
    )


@once
def doubling_template() -> Template:
    """Return the template of what doubling buys; data "factors": quantity, batch_size, exact, simulated, ..."""
    style = styled("mean", "var", "x_hat")
    y = alt.Y("exact:Q", title=WORDS["doubling.axis.y"], scale=alt.Scale(domain=[1, 2], nice=False, zero=False))
    factors = worded(with_error(alt.Chart(alt.NamedData("factors"))))
    # Side by side, so that no point hides another.
    points = factors.transform_calculate(
        place="datum.batch_size * pow(2, {mean: -0.09, var: 0.09, x_hat: 0}[datum.quantity])"
    ).encode(x="place:Q", color="quantity:N")
    lines = factors.mark_line(strokeWidth=2)
    layers = [
        *guides(),
        lines.encode(x=size_axis(2, 64), y=y, color=style["color"], strokeDash=style["strokeDash"]),
        *simulated(points, style, WORDS["doubling.axis.y"], size=50),
    ]
    return Template(finished(*layers, height=350), {"factors": POINT})


def guides() -> list[alt.Chart]:
    """Return what factors are held against: a quiet line at √2, and one at N = 16."""
    guide = alt.Chart(alt.sequence(0, 1, as_="i")).encode(color=alt.value(QUIET))
    text = guide.mark_text(align="left", dx=5, fontSize=12, baseline="top")
    return [
        guide.mark_rule(strokeDash=[2, 2]).encode(y=alt.datum(2**0.5)),
        guide.mark_rule(strokeWidth=1.5).encode(x=alt.datum(16)),
        text.encode(x=alt.datum(16), y=alt.value(4), text=alt.value("16")),
    ]


UNDER_THE_CURVE = "batch_size > 1 ? height - 12 : height / 2"
"""Where the curve of the gradient's share does not come, beside a chosen N."""


@once
def backward_template() -> Template:
    """Return the template of the gradient's share against N.

    Data: "curves" (batch_size, value), "points" (batch_size, simulated, standard_error, exact), "state".
    """
    colour = STYLES["gradient"][1]
    y = alt.Y("value:Q", title=WORDS["backward.axis.y"], scale=alt.Scale(domain=[0, 1.05], nice=False))
    curve = alt.Chart(alt.NamedData("curves"))
    points = with_error(alt.Chart(alt.NamedData("points"))).encode(x="batch_size:Q")
    share = number_line("value", WORDS["backward.label.theory"])
    marks = points.mark_point(shape="diamond", filled=True, size=60, opacity=1, color=colour)
    layers = [
        curve.mark_line(strokeWidth=2, color=colour).encode(x=size_axis(1, 1024), y=y),
        hover(curve, SIZE, share, x="batch_size:Q", y="value:Q"),
        points.mark_rule(color=colour).encode(y="low:Q", y2="high:Q"),
        marks.encode(y="simulated:Q", tooltip=tooltips(WORDS["backward.axis.y"])),
        chosen_size(at=UNDER_THE_CURVE),
    ]
    columns = {"curves": CURVE[1:], "points": POINT[1:], "state": (*STATE, "mean")}
    return Template(follower(*layers, height=270), columns)
