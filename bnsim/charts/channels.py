"""Channels side by side: mean and standard deviation of each, of one kind or of two over each other."""

import altair as alt

from bnsim.charts.template import Template, freeze, readable, word_line
from bnsim.charts.theme import SCENARIO_COLOURS, STAGE_COLOURS
from bnsim.once import once

HEIGHT = 260
ODD = "#d93025"
"""What there is something odd about; it has another shape, too."""

PICKED = "channel"
"""The parameter that says which channel somebody has clicked."""

CHANNELS = ("place", "label", "mean", "low", "high", "std", "odd", "finding")
OUTPUTS = ("place", "label", "mean", "low", "high", "train", "train_low", "train_high", "odd", "finding")


@once
def channels_template(x_title: str, y_title: str, mean: str, std: str, finding: str) -> Template:
    """Return the template of channels that can be clicked.

    Data "channels": place (from 0), label, mean, low, high (a standard deviation to each side), std (text), odd
    (whether something is odd), finding (text).
    """
    base = alt.Chart(alt.NamedData("channels")).encode(x=_x(x_title))
    said = [word_line("label", x_title), alt.Tooltip("mean:Q", title=mean, format=".4g"), word_line("std", std),
            word_line("finding", finding)]  # fmt: skip
    rules = base.mark_rule(color=STAGE_COLOURS["raw"], strokeWidth=2, opacity=0.6).encode(
        y=_y("low", y_title), y2="high:Q"
    )
    points = base.mark_point(filled=True, opacity=1, cursor="pointer").encode(
        y=_y("mean", y_title), tooltip=said, **_odd(STAGE_COLOURS["raw"])
    )
    picked = alt.selection_point(PICKED, fields=["place"])
    return _template(alt.layer(rules, points.add_params(picked)), {"channels": CHANNELS})


@once
def outputs_template(x_title: str, y_title: str, eval_mean: str, train_mean: str, differs: str) -> Template:
    """Return the template of two outputs over each other, whose channels can be clicked.

    Data "outputs": place (from 0), label, mean, low and high in eval mode, train, train_low and train_high in training
    mode, odd (whether they differ beyond sampling error), finding (text).
    """
    base = alt.Chart(alt.NamedData("outputs")).encode(x=_x(x_title))
    said = [word_line("label", x_title), alt.Tooltip("mean:Q", title=eval_mean, format=".4g"),
            alt.Tooltip("train:Q", title=train_mean, format=".4g"), word_line("finding", differs)]  # fmt: skip
    evaluated, trained = SCENARIO_COLOURS[1], SCENARIO_COLOURS[2]
    broad = base.mark_rule(color=evaluated, strokeWidth=9, opacity=0.35).encode(y=_y("low", y_title), y2="high:Q")
    thin = base.mark_rule(color=trained, strokeWidth=2.5, strokeDash=[4, 3]).encode(
        y=_y("train_low", y_title), y2="train_high:Q"
    )
    middle = base.mark_tick(color=trained, thickness=2, width=10).encode(y=_y("train", y_title))
    points = base.mark_point(filled=True, opacity=1, cursor="pointer").encode(
        y=_y("mean", y_title), tooltip=said, **_odd(evaluated)
    )
    picked = alt.selection_point(PICKED, fields=["place"])
    return _template(alt.layer(broad, thin, middle, points.add_params(picked)), {"outputs": OUTPUTS})


def _x(title: str) -> alt.X:
    axis = alt.Axis(title=title, format="d", tickMinStep=1, labelFontSize=12, titleFontSize=13)
    return alt.X("place:Q", axis=axis, scale=alt.Scale(zero=False, nice=False, padding=14))


def _y(field: str, title: str) -> alt.Y:
    axis = alt.Axis(title=title, labelFontSize=12, titleFontSize=13)
    return alt.Y(f"{field}:Q", axis=axis, scale=alt.Scale(zero=False))


def _odd(usual: str) -> dict[str, alt.Color | alt.Shape | alt.Size]:
    """Return how what is odd stands out: by colour, by shape and by size."""
    domain = [False, True]
    return {
        "color": alt.Color("odd:N", legend=None, scale=alt.Scale(domain=domain, range=[usual, ODD])),
        "shape": alt.Shape("odd:N", legend=None, scale=alt.Scale(domain=domain, range=["circle", "triangle-up"])),
        "size": alt.Size("odd:O", legend=None, scale=alt.Scale(domain=domain, range=[45, 110])),
    }


def _template(chart: alt.LayerChart | alt.FacetChart, columns: dict[str, tuple[str, ...]]) -> Template:
    return Template(readable(freeze(chart.properties(width="container", height=HEIGHT))), columns)
