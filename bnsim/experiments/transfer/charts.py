"""A new domain: the images and how they are read, accuracy by method, and accuracy along a line."""

from typing import Any

import altair as alt

from bnsim.charts.template import AS_SVG, Template, freeze, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS, SCENARIO_DASHES
from bnsim.experiments.transfer.methods import Method
from bnsim.experiments.transfer.model import SIZES, Images
from bnsim.experiments.transfer.tables import CHANGED, DIGIT, FIRST_READ, LEFT, NEXT_READ, PIXEL
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__)
METHODS = tuple(WORDS[f"label.method.{method}"] for method in Method)
DOMAINS = [WORDS[f"label.images.{images}"] for images in Images]
ACCURACY = WORDS["label.accuracy"]
METHOD_LINE = word_line("method", WORDS["label.tip.method"])
IMAGES_LINE = word_line("domain", WORDS["label.tip.images"])

SHAPES = ["square", "triangle-up", "circle", "diamond"]
COLOURS = list(SCENARIO_COLOURS[:4])
DASHES = [list(dash) for dash in SCENARIO_DASHES[:4]]
PAPER, INK = "#f7f7f4", "#14161a"
WRONG = SCENARIO_COLOURS[1]
IMAGES_END, WORDS_END = 1.91, 3.4
"""Where the images end, and the words below them."""

IMAGES_HEIGHT = 270
NARROW = 600
"""Pixels; below this width the names of the rows stand above them, so that the images have the whole width."""

SIZES_OF_IMAGES = {"largest_size": 72, "line_size": 120, "name_size": 18}
"""Pixels of an image and its gap at most, of a unit of the words' rows at most, and of a name above its row."""

HEIGHT = 300
IMAGE_Y = "datum.y * unit + (datum.y < 1 ? 1 : 2) * name_size"
READ_Y = f"images_end + (datum.y - {FIRST_READ}) / {NEXT_READ} * row + (row + name_size) / 2"
NAME_Y = (
    f"datum.y < 1 ? name_size / 2 : datum.y < {IMAGES_END} ? {CHANGED} * unit + 1.5 * name_size"
    f" : images_end + (datum.y - {FIRST_READ}) / {NEXT_READ} * row + name_size / 2"
)
"""Where images, what is read in them, and the names of the rows stand in a narrow picture."""

X, Y = alt.X("px:Q", axis=None, scale=None), alt.Y("py:Q", axis=None, scale=None)


def number_tip(field: str, title: str) -> alt.Tooltip:
    """Return one line of a tooltip."""
    return number_line(field, title, ".4~f")


SPREAD = [number_tip(name, WORDS[f"label.tip.{name}"]) for name in ("mean", "low", "high")]


def placed(data: str, *, narrow_y: str) -> alt.Chart:
    """Return a chart of a data source whose rows have their places in pixels: px, py.

    `narrow_y` is the expression of py where names stand above their rows.
    """
    wide_y = f"min(datum.y, {IMAGES_END}) * unit + max(datum.y - {IMAGES_END}, 0) * line"
    return alt.Chart(alt.NamedData(data)).transform_calculate(
        px=f"narrow ? max(datum.x, 0) * unit : (datum.x - {LEFT}) * unit", py=f"narrow ? {narrow_y} : {wide_y}"
    )


def squares(data: str, side: float, *, over: int = 0, **look: Any) -> alt.Chart:
    """Return squares at the places of a data source, so many pixels larger to the right and below."""
    ends = {f"{axis}2": f"datum.p{axis} + {side:.4f} * unit + {over}" for axis in "xy"}
    chart = placed(data, narrow_y=IMAGE_Y).transform_calculate(**ends)
    made: alt.Chart = chart.mark_rect(**look).encode(x=X, x2="x2:Q", y=Y, y2="y2:Q")
    return made


def image_layers() -> list[alt.Chart]:
    """Return the layers of the images, their frames, what is read in them, and the names of the rows."""
    grey = alt.Color("shade:Q", legend=None).scale(domain=[0, 1], range=[PAPER, INK])
    right = alt.condition("datum.right > 0", alt.value(QUIET), alt.value(WRONG))
    words = placed("reads", narrow_y=READ_Y).encode(x=X, y=Y, text="text:N", color=right)
    names = placed("names", narrow_y=NAME_Y).mark_text(align="left", baseline="middle", fontSize=12, color=QUIET)
    return [
        # A pixel of the screen over the next one, or the page would shine through between them.
        squares("pixels", PIXEL, over=1, strokeWidth=0).encode(color=grey),
        squares("frames", DIGIT, filled=False, stroke=QUIET, strokeWidth=1),
        words.transform_filter("datum.right > 0").mark_text(fontSize=13),
        words.transform_filter("datum.right <= 0").mark_text(fontSize=13, fontWeight="bold"),
        names.encode(x=X, y=Y, text="text:N"),
    ]


@once
def images_template() -> Template:
    """Return the template of some images, clean and changed, and of what each method reads.

    Data: "pixels" (x, y, shade from 0 to 1), "frames" (x, y: of each image), "reads" (x, y, text, right: 1 or 0),
    "names" (x, y, text: of the rows). y runs downwards; an image is 8/9 wide and high, and square on every screen.
    In a narrow picture the name of a row stands above it.
    """
    expressions = {
        "narrow": f"width < {NARROW}",
        "unit": f"width < {NARROW} ? width / 10 : min(width / {10 - LEFT}, largest_size)",
        "line": f"min((height - {IMAGES_END} * unit) / {WORDS_END - IMAGES_END:.2f}, line_size)",
        "images_end": f"{IMAGES_END} * unit + 2 * name_size",
        "rest": "height - images_end",
        "row": f"rest / {len(Method)}",
    }
    sizes = [{"name": name, "value": value} for name, value in SIZES_OF_IMAGES.items()]
    spec = freeze(alt.layer(*image_layers()).properties(width="container", height=IMAGES_HEIGHT)) | {
        "params": [*sizes, *({"name": name, "expr": expression} for name, expression in expressions.items())],
        "view": {"stroke": None},
        "usermeta": AS_SVG,
    }
    columns = {
        "pixels": ("x", "y", "shade"),
        "frames": ("x", "y"),
        "reads": ("x", "y", "text", "right"),
        "names": ("x", "y", "text"),
    }
    return Template(spec, columns)


def as_wide_as_the_page(layers: list[alt.Chart]) -> dict[str, Any]:
    """Return layers as a frozen specification."""
    return freeze(alt.layer(*layers).properties(width="container", height=HEIGHT)) | {"usermeta": AS_SVG}


def of_one_pair(**channels: Any) -> alt.Chart:
    """Return a tick for each pair of networks."""
    tip = [METHOD_LINE, IMAGES_LINE, number_tip("accuracy", WORDS["label.tip.one"])]
    ticks = alt.Chart(alt.NamedData("each")).mark_tick(thickness=1.5, size=12, opacity=0.8)
    made: alt.Chart = ticks.encode(x=alt.X("accuracy:Q"), tooltip=tip, **channels)
    return made


def beside(means: alt.Chart) -> list[alt.Chart]:
    """Return the means as numbers: left of the range, or right of it where the range begins too far left."""
    words = means.transform_calculate(words="format(datum.mean, '.3f')", at="datum.low < 0.1 ? datum.high : datum.low")
    bold: dict[str, Any] = {"fontSize": 12, "fontWeight": "bold"}
    left = words.transform_filter("datum.low >= 0.1").mark_text(align="right", dx=-10, **bold)
    right = words.transform_filter("datum.low < 0.1").mark_text(align="left", dx=10, **bold)
    return [side.encode(x="at:Q", text="words:N") for side in (left, right)]


@once
def methods_template() -> Template:
    """Return the template of accuracy by method, in the new domain and on clean images.

    Data "each": method, domain, accuracy (of one pair of networks); "means": method, domain, mean, low, high.
    """
    legend = alt.Legend(title=None, orient="bottom")
    shape = alt.Shape("domain:N", legend=legend).scale(domain=DOMAINS, range=["circle", "diamond"])
    colour = alt.Color("domain:N", legend=legend).scale(domain=DOMAINS, range=[SCENARIO_COLOURS[2], QUIET])
    x = alt.X("mean:Q", title=ACCURACY).scale(domain=[0, 1], nice=False)
    y = alt.Y("method:N", title=None, axis=alt.Axis(labelLimit=200)).scale(domain=list(METHODS))
    rows: dict[str, Any] = {"y": y, "yOffset": alt.YOffset("domain:N").scale(domain=DOMAINS), "color": colour}
    means = alt.Chart(alt.NamedData("means")).encode(**rows)
    tip = [METHOD_LINE, IMAGES_LINE, *SPREAD]
    layers = [
        means.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high"),
        of_one_pair(**rows),
        means.mark_point(filled=True, size=110, opacity=1).encode(x=x, shape=shape, tooltip=tip),
        *beside(means),
    ]
    columns = {"each": ("method", "domain", "accuracy"), "means": ("method", "domain", "mean", "low", "high")}
    return Template(as_wide_as_the_page(layers), columns)


@once
def lines_template(field: str, title: str, count: int = len(METHODS), *, doublings: bool = False) -> Template:
    """Return the template of accuracy of the first `count` methods against `field`; with `doublings` on a log2 axis.

    Data "lines": method, the field, mean, low, high; "mark": the field and words, for what is set now.
    """
    scale = alt.Scale(type="log", base=2, nice=False, domain=[SIZES[0], SIZES[-1]]) if doublings else alt.Scale()
    axis = alt.Axis(values=list(SIZES)) if doublings else alt.Axis()
    legend = alt.Legend(title=None, orient="bottom", columns=4, symbolSize=160, symbolOpacity=1, labelLimit=320)
    shown = list(METHODS[:count])
    colour = alt.Color("method:N", legend=legend).scale(domain=shown, range=COLOURS[:count])
    dash = alt.StrokeDash("method:N", legend=legend).scale(domain=shown, range=DASHES[:count])
    shape = alt.Shape("method:N", legend=legend).scale(domain=shown, range=SHAPES[:count])
    x = alt.X(f"{field}:Q", title=title, scale=scale, axis=axis)
    y = alt.Y("mean:Q", title=ACCURACY).scale(domain=[0, 1], nice=False)
    lines = alt.Chart(alt.NamedData("lines")).encode(x=x, color=colour)
    mark = alt.Chart(alt.NamedData("mark")).encode(x=x)
    tip = [METHOD_LINE, number_line(field, title), *SPREAD]
    layers = [
        lines.mark_area(opacity=0.14).encode(y=alt.Y("low:Q", title=ACCURACY), y2="high"),
        mark.mark_rule(color=QUIET, strokeDash=[3, 3]),
        mark.mark_text(baseline="bottom", color=QUIET, fontSize=12).encode(y=alt.value(-5), text="words:N"),
        lines.mark_line(strokeWidth=2.2).encode(y=y, strokeDash=dash),
        lines.mark_point(filled=True, size=45, opacity=1).encode(y=y, shape=shape, tooltip=tip),
    ]
    return Template(
        as_wide_as_the_page(layers), {"lines": ("method", field, "mean", "low", "high"), "mark": (field, "words")}
    )
