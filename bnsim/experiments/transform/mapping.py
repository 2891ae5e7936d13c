"""The map itself: what comes out, against what goes in."""

from typing import Any

import altair as alt

from bnsim.charts.live import STATE_COLUMNS, live_parameters
from bnsim.charts.template import AS_SVG, SILENT_MARKS, Template, anchor, by, freeze, number_line
from bnsim.charts.theme import QUIET, STAGE_COLOURS
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure.map")


def channel(field: str, lane: int, title: str) -> dict[str, Any]:
    """Return one axis of the map: the range of that stage in the stage figure."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"tickCount": 7, "grid": True},
        "scale": {
            "domainMin": {"expr": f"C[{lane}] - H[{lane}]"},
            "domainMax": {"expr": f"C[{lane}] + H[{lane}]"},
            "nice": False,
            "zero": False,
        },
    }


def straight(y: str) -> alt.Chart:
    """Return the two ends of a straight line over the shown range; y is the expression of its height at v."""
    return (
        alt.Chart(alt.sequence(-1, 2, 2, as_="s"))
        .transform_calculate(v="C[0] + H[0] * datum.s")
        .transform_calculate(w=y)
    )


def point(v: str, w: str) -> alt.Chart:
    """Return one point, held inside the frame; beyond it, `form` is a triangle that points to where it went."""
    return alt.Chart(alt.sequence(0, 1, as_="s")).transform_calculate(
        raw=v,
        out=w,
        v=f"clamp({v}, C[0] - H[0], C[0] + H[0])",
        w=f"clamp({w}, C[2] - H[2], C[2] + H[2])",
        form=f"{w} > C[2] + H[2] ? 'triangle-up' : {w} < C[2] - H[2] ? 'triangle-down' : "
        f"{v} > C[0] + H[0] ? 'triangle-right' : {v} < C[0] - H[0] ? 'triangle-left' : 'circle'",
    )


@once
def map_template() -> Template:
    """Return the template of the map; data "state" (one row, see `bnsim.charts.live`)."""
    words = alt.Chart(alt.sequence(0, 1, as_="s")).mark_text(align="left", fontSize=12, fontWeight=600)
    layers = [
        anchor("v", "w"),
        straight("datum.v").mark_line(strokeDash=[5, 4], strokeWidth=1.5, color=QUIET, clip=True),
        straight("A[2] * datum.v + B[2]").mark_line(strokeWidth=2.5, color=STAGE_COLOURS["output"], clip=True),
        point("bm", "beta")
        .mark_point(shape="cross", size=90, filled=True, opacity=1, color=STAGE_COLOURS["raw"])
        .encode(
            tooltip=[number_line("raw", WORDS["label.mean"], ".6~g"), number_line("out", WORDS["label.shift"], ".6~g")]
        ),
        point("x", "y")
        .mark_point(
            shape=by("datum.form"),
            size=130,
            filled=True,
            opacity=1,
            stroke="white",
            strokeWidth=1.5,
            color=STAGE_COLOURS["output"],
        )
        .encode(
            tooltip=[number_line("raw", WORDS["label.tracked"], ".6~g"), number_line("out", WORDS["axis.y"], ".6~g")]
        ),
        words.encode(
            x=alt.value(8),
            y=alt.value(12),
            text=alt.value(by(f"'{WORDS['label.slope']} = ' + format(A[2], '.6~g')")),
            color=alt.value(STAGE_COLOURS["output"]),
        ),
        words.encode(x=alt.value(8), y=alt.value(30), text=alt.value(WORDS["label.key"]), color=alt.value(QUIET)),
    ]
    spec = freeze(alt.layer(*layers).properties(width="container", height=300)) | {
        "params": live_parameters(),
        "encoding": {"x": channel("v", 0, WORDS["axis.x"]), "y": channel("w", 2, WORDS["axis.y"])},
        "config": {"aria": False} | SILENT_MARKS,
        "usermeta": AS_SVG,
    }
    return Template(spec, {"state": STATE_COLUMNS})
