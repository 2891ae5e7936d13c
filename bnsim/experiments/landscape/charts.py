"""The template of all pictures of the loss landscape: two networks over each other, each a line in its band."""

from typing import Any, Literal

import altair as alt

from bnsim.charts.template import AS_SVG, Template, freeze, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, SCENARIO_DASHES
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__)
COLUMNS = ("network", "x", "low", "mid", "high")
DIGITS = ".4~g"
HEIGHT = 320
"""Of a picture, on the page with its axis and its words: it fits under the answer on a projector."""

READABLE: dict[str, Any] = {"labelFontSize": 12, "titleFontSize": 13, "format": DIGITS}
"""The type of an axis: small type is lost on a projector."""

ROUND = [part * 10.0**power for power in range(-12, 13) for part in (1, 3)]
"""What a logarithmic axis is marked at; a line at every digit would be a wall."""

COUNTED = list(range(1, 21))


@once
def bands_template(key: str, *, log: bool = False, whole: bool = False) -> Template:
    """Return the template of two networks against a common x; `key` is that of the picture in the text.

    Data "bands": network (its name, the reference first), x, low, mid, high. Lines join mid, areas go from low to
    high; colour, dash and shape all tell the networks apart. With `log` all three are more than 0; `whole`: x counts
    something. Data "said": x, text: a remark at that x, or no row.
    """
    x_title, y_title = WORDS[f"figure.{key}.axis.x"], WORDS[f"figure.{key}.axis.y"]
    x_axis = alt.Axis(**({"values": COUNTED} if whole else {"tickCount": 8}), **READABLE)
    x = alt.X("x:Q", title=x_title, axis=x_axis).scale(nice=False, zero=False)
    kind = alt.Scale(type="log") if log else alt.Scale(zero=True)
    y_axis = alt.Axis(**({"values": ROUND} if log else {"tickCount": 6}), **READABLE)
    y, low = (alt.Y(f"{name}:Q", title=y_title, scale=kind, axis=y_axis) for name in ("mid", "low"))
    colour, dash, fill = told_apart()
    bands, said = (alt.Chart(alt.NamedData(name)) for name in ("bands", "said"))
    layers = [
        bands.mark_area(opacity=0.22).encode(x=x, y=low, y2="high:Q", fill=fill),
        bands.mark_line(strokeWidth=2.2).encode(x=x, y=y, color=colour, strokeDash=dash),
        measured_points(bands, fill, tooltip(x_title, y_title)).encode(x=x, y=y),
        said.mark_rule(color=QUIET, strokeDash=[4, 4]).encode(x=x),
        *above(said.transform_calculate(words="datum.text"), dy=-5, fontSize=12, color=QUIET),
        *above(named(bands), fill, dy=-21, fontSize=13, fontWeight=600),
    ]
    spec = freeze(alt.layer(*layers).properties(width="container", height=HEIGHT)) | {"usermeta": AS_SVG}
    return Template(spec, {"bands": COLUMNS, "said": ("x", "text")})


def measured_points(bands: alt.Chart, fill: alt.Fill, lines: list[alt.Tooltip]) -> alt.Chart:
    """Return a point at every measured step, of another shape for each network."""
    shape = alt.Shape("network:N", sort=None, legend=None).scale(range=["circle", "diamond"])
    points: alt.Chart = bands.mark_point(filled=True, size=34, opacity=1).encode(fill=fill, shape=shape, tooltip=lines)
    return points


def named(bands: alt.Chart) -> alt.Chart:
    """Return the names of the networks, each after a sample of its line.

    A legend would be empty in the page, which gives a picture its data only after it has drawn the legend of a domain
    that they are to tell.
    """
    listed = bands.transform_aggregate(points="count()", groupby=["network"])
    numbered: alt.Chart = listed.transform_window(place="row_number()")
    sampled: alt.Chart = numbered.transform_calculate(words="(datum.place == 1 ? '●── ' : '◆┄┄ ') + datum.network")
    return sampled


def above(said: alt.Chart, *channels: Any, **look: Any) -> list[alt.Chart]:
    """Return words above the picture, where no line can cross them: the first at its left end, the second at its right.

    The words are in the field "words".
    """
    numbered = said.transform_window(place="row_number()")
    ends: dict[int, tuple[Literal["left", "right"], alt.Value]] = {
        1: ("left", alt.value(0)),
        2: ("right", alt.value("width")),
    }
    return [
        numbered.transform_filter(f"datum.place == {place}")
        .mark_text(align=side, baseline="bottom", **look)
        .encode(*channels, x=x, y=alt.value(0), text="words:N")
        for place, (side, x) in ends.items()
    ]


def told_apart() -> tuple[alt.Color, alt.StrokeDash, alt.Fill]:
    """Return the channels that tell the networks apart: of lines, and of what is filled."""
    colours, dashes = list(SCENARIO_COLOURS[:2]), [list(dash) for dash in SCENARIO_DASHES[:2]]
    return (
        alt.Color("network:N", sort=None, legend=None).scale(range=colours),
        alt.StrokeDash("network:N", sort=None, legend=None).scale(range=dashes),
        alt.Fill("network:N", sort=None, legend=None).scale(range=colours),
    )


def tooltip(x_title: str, y_title: str) -> list[alt.Tooltip]:
    """Return what a point says: its network, where it is, and its band."""
    titles = {"x": x_title, "mid": y_title, "low": WORDS["label.tooltip.low"], "high": WORDS["label.tooltip.high"]}
    numbers = [number_line(field, title, DIGITS) for field, title in titles.items()]
    return [word_line("network", WORDS["label.tooltip.network"]), *numbers]
