"""Several scenarios over each other, one stage at a time."""

from functools import cache

import altair as alt

from bnsim.charts.template import Template, freeze
from bnsim.charts.theme import SCENARIO_COLOURS, SCENARIO_DASHES

COLUMNS = ("scenario", "x", "y", "place")


@cache
def overlay_template(x_title: str, y_title: str) -> Template:
    """Return the template of overlaid curves.

    Data "curves": scenario (text), x, y, place (order of the points; a point mass has one x and goes straight up).
    Colour and dash both tell the scenarios apart.
    """
    scenario = alt.Legend(title=None, orient="bottom", columns=3, labelLimit=320, symbolSize=300)
    dashes = [list(dash) for dash in SCENARIO_DASHES]
    chart = (
        alt.Chart(alt.NamedData("curves"))
        .mark_line(strokeWidth=2.2)
        .encode(
            x=alt.X("x:Q", title=x_title).scale(zero=False),
            y=alt.Y("y:Q", title=y_title),
            color=alt.Color("scenario:N", legend=scenario, sort=None).scale(range=list(SCENARIO_COLOURS)),
            strokeDash=alt.StrokeDash("scenario:N", sort=None, legend=scenario).scale(range=dashes),
            order="place:Q",
            tooltip=["scenario:N", alt.Tooltip("x:Q", format=".6~g"), alt.Tooltip("y:Q", format=".6~g")],
        )
        .properties(width="container", height=300)
    )
    return Template(freeze(chart), {"curves": COLUMNS})
