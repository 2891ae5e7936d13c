"""At the chosen batch size: how the batch mean, the batch variance and x_hat are distributed."""

import altair as alt

from bnsim.charts.following import faded
from bnsim.charts.template import Template, anchor, hover, number_line
from bnsim.charts.theme import QUIET
from bnsim.experiments.batch_size.marks import QUANTITY, STATE, follower, styled, worded
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure")
LABELS = words_of(__package__).group("label")


def histogram_layers(x: alt.X, names: tuple[str, ...]) -> list[alt.Chart]:
    """Return bars of what was simulated and lines of the laws, both over the peak of the bars.

    Both are those of the N that is set: they fade while its thumb moves.
    """
    style = styled(*names, points=False)
    bare = alt.Axis(labels=False, ticks=False, grid=False)
    y = alt.Y("height:Q", title=LABELS["density"], axis=bare, scale=alt.Scale(domain=[0, 1.15], nice=False))
    bars = alt.Chart(alt.NamedData("bars")).mark_rect(fillOpacity=faded(0.3), clip=True)
    laws = alt.Chart(alt.NamedData("laws")).transform_window(place="row_number()")
    said = [QUANTITY, number_line("left", LABELS["from"]), number_line("right", LABELS["to"]), HEIGHT]
    value = number_line("value", LABELS["value"])
    return [
        worded(bars).encode(x="left:Q", x2="right:Q", y="height:Q", y2=alt.datum(0), color="quantity:N", tooltip=said),
        laws.mark_line(strokeWidth=2, opacity=faded(1), clip=True).encode(
            x=x, y=y, color=style["color"], strokeDash=style["strokeDash"], order="place:Q"
        ),
        hover(worded(alt.Chart(alt.NamedData("laws"))), QUANTITY, value, HEIGHT, size=40, x="value:Q", y="height:Q"),
    ]


HEIGHT = number_line("height", LABELS["height"])
BARS, LAWS = ("quantity", "left", "right", "height"), ("quantity", "value", "height")


@once
def estimates_template() -> Template:
    """Return the template of the batch mean's and the batch variance's distributions; data "bars", "laws", "state"."""
    x = alt.X("value:Q", title=WORDS["estimates.axis.x"], scale=alt.Scale(domain=[-3, 4], nice=False))
    truth = alt.Chart(alt.sequence(0, 2, as_="v")).encode(x="v:Q", color=alt.value(QUIET))
    layers = [
        truth.mark_rule(strokeDash=[3, 3]),
        *histogram_layers(x, ("mean", "var")),
        truth.mark_text(baseline="top", align="left", dx=4, fontSize=12).encode(
            y=alt.value(2),
            text=alt.condition(
                "datum.v == 0", alt.value(WORDS["estimates.label.mean"]), alt.value(WORDS["estimates.label.var"])
            ),
        ),
    ]
    return Template(follower(*layers, anchor(), height=310), {"bars": BARS, "laws": LAWS, "state": STATE})


LIMIT = number_line("bound", WORDS["members.label.limit"])


@once
def members_template() -> Template:
    """Return the template of the distribution of x_hat; data "bars", "laws", "chosen" (bound), "state"."""
    x = alt.X("value:Q", title=WORDS["members.axis.x"], scale=alt.Scale(domain=[-5, 5], nice=False))
    normal = (
        alt.Chart(alt.sequence(-5, 5.01, 0.1, as_="v"))
        .transform_calculate(h="exp(-datum.v * datum.v / 2)")
        .mark_line(strokeDash=[3, 3], strokeWidth=1.3, color=QUIET)
        .encode(x="v:Q", y="h:Q")
    )
    bound = alt.Chart(alt.NamedData("chosen")).transform_filter("datum.bound <= 5").encode(color=alt.value(QUIET))
    inside = "datum.bound > 2"
    words = bound.transform_calculate(
        words=f"'{WORDS['members.label.bound']} = ' + format(datum.bound, '.4~g')"
    ).mark_text(
        align={"expr": f"{inside} ? 'right' : 'left'"}, dx={"expr": f"{inside} ? -5 : 5"}, baseline="top", fontSize=12
    )
    layers = [
        normal,
        *histogram_layers(x, ("x_hat",)),
        bound.mark_rule(strokeWidth=1.5).encode(x="bound:Q", tooltip=[LIMIT]),
        bound.transform_calculate(lower="-datum.bound").mark_rule(strokeWidth=1.5).encode(x="lower:Q", tooltip=[LIMIT]),
        words.encode(x="bound:Q", y=alt.value(3), text="words:N"),
    ]
    return Template(
        follower(*layers, anchor(), height=270), {"bars": BARS, "laws": LAWS, "chosen": ("bound",), "state": STATE}
    )
