"""Against the batch size: the errors, what doubling buys, and how much of a gradient gets through."""

from functools import cache

import altair as alt

from bnsim.charts.template import Template, hover, number_line
from bnsim.charts.theme import QUIET
from bnsim.experiments.batch_size.marks import (
    QUANTITY,
    SIZE,
    STYLES,
    chosen_size,
    finished,
    size_axis,
    styled,
    tooltips,
    with_error,
    worded,
)
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure")


@cache
def errors_template() -> Template:
    """Return the template of the errors against N, on logarithmic axes.

    Data: "curves" (quantity, batch_size, value), "points" (quantity, batch_size, simulated, standard_error, exact),
    "chosen" (batch_size, label, and the errors simulated there: mean, var, x_hat).
    """
    names = ("mean", "var", "x_hat", "first_order")
    style = styled(*names)
    y = alt.Y(
        "value:Q", title=WORDS["errors.axis.y"],
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
            tooltip=[QUANTITY, SIZE, number_line("simulated", WORDS["errors.label.simulated"])],
        )
    )  # fmt: skip
    now = worded(now)
    layers = [
        curves,
        hover(along, QUANTITY, SIZE, number_line("value", WORDS["errors.label.theory"]), x="batch_size:Q", y="value:Q"),
        points.mark_rule(clip=True).encode(y="low:Q", y2="high:Q"),
        points.mark_point(filled=True, size=42, opacity=1, clip=True).encode(
            y="simulated:Q", shape=style["shape"], tooltip=[QUANTITY, *tooltips(WORDS["errors.axis.y"])]
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
    y = alt.Y("exact:Q", title=WORDS["doubling.axis.y"], scale=alt.Scale(domain=[1, 2], nice=False, zero=False))
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
            y="simulated:Q", shape=style["shape"], tooltip=[QUANTITY, *tooltips(WORDS["doubling.axis.y"])]
        ),
    ]
    columns = ("quantity", "batch_size", "exact", "simulated", "standard_error")
    return Template(finished(*layers, height=350), {"factors": columns})


@cache
def backward_template() -> Template:
    """Return the template of the gradient's share against N.

    Data: "curves" (quantity, batch_size, value), "points" (batch_size, simulated, standard_error, exact), "chosen".
    """
    colour = STYLES["gradient"][1]
    y = alt.Y("value:Q", title=WORDS["backward.axis.y"], scale=alt.Scale(domain=[0, 1.05], nice=False))
    curves = (
        alt.Chart(alt.NamedData("curves"))
        .transform_filter("datum.quantity == 'gradient'")
        .mark_line(strokeWidth=2, color=colour)
        .encode(x=size_axis(1, 1024), y=y)
    )
    points = with_error(alt.Chart(alt.NamedData("points"))).encode(x="batch_size:Q")
    along = alt.Chart(alt.NamedData("curves")).transform_filter("datum.quantity == 'gradient'")
    share = number_line("value", WORDS["backward.label.theory"])
    layers = [
        curves,
        hover(along, SIZE, share, x="batch_size:Q", y="value:Q"),
        points.mark_rule(color=colour).encode(y="low:Q", y2="high:Q"),
        points.mark_point(shape="diamond", filled=True, size=60, opacity=1, color=colour).encode(
            y="simulated:Q", tooltip=tooltips(WORDS["backward.axis.y"])
        ),
        *chosen_size(),
    ]
    columns = ("batch_size", "simulated", "standard_error", "exact")
    data = {"curves": ("quantity", "batch_size", "value"), "points": columns, "chosen": ("batch_size", "label")}
    return Template(finished(*layers, height=270), data)
