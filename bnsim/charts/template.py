"""What a chart is here: a specification frozen once, filled with tidy frames later.

Altair is imported where a chart is made of it: who needs numbers only does not wait for it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bnsim.columns import Column, Columns, Given, frame_of, values_listed
from bnsim.once import kept

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

VEGA_LITE = "https://vega.github.io/schema/vega-lite/v6.json"
MIME_TYPE = "application/vnd.vegalite.v6+json"


@dataclass(frozen=True, eq=False)
class Template:
    """A constant Vega-Lite specification and the columns that its named data must have.

    The specification never depends on a value: a rerun changes data only, so the browser updates the picture in
    place instead of building it anew. The first of `columns` is the main data set: a picture without it shows nothing.
    """

    spec: Mapping[str, Any]
    columns: Mapping[str, tuple[str, ...]]

    @kept
    def written(self) -> str:
        """The specification as text, in which the names of data are looked for."""
        return str(self.spec)


@dataclass(frozen=True, eq=False)
class Figure:
    """One picture: what it is called, what it shows and says in words, and the data that fill its template.

    `alt` says what kind of picture it is, whatever the values; `description` says what these values look like.
    """

    key: str
    title: str
    caption: str
    alt: str
    description: str
    template: Template
    given: Mapping[str, Given]

    def __post_init__(self) -> None:
        for name, columns in self.template.columns.items():
            missing = [column for column in columns if column not in self.given[name]]
            if missing:
                raise ValueError(f"figure {self.key}: data {name!r} lacks the columns {sorted(missing)}")

    @kept
    def data(self) -> Mapping[str, pd.DataFrame]:
        """The frames that fill the template."""
        return {name: frame_of(each) for name, each in self.given.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return a complete Vega-Lite specification with the data inside, for notebooks and files.

        Bindings to the controls of the page are left out: the picture shows the values it was made with.
        """
        spec = copy.deepcopy(dict(self.template.spec))
        spec["params"] = [
            {key: part for key, part in param.items() if key != "bind"} for param in spec.get("params", [])
        ]
        spec["datasets"] = {name: records(frame) for name, frame in self.data.items()}
        return {"$schema": VEGA_LITE, "description": self.description, **spec}

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Let a notebook draw the figure."""
        return {MIME_TYPE: self.to_dict(), "text/plain": f"{self.title}: {self.description}"}


PLAIN_TYPE = 12
"""Pixels of the letters on axes where a specification says nothing else."""

GROWING = {"fontSize", "labelFontSize", "titleFontSize", "height", "strokeWidth", "size", "dx", "dy", "offset", "step"}
"""Numbers of a specification that are lengths or sizes on the screen."""


def enlarged(spec: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Return a specification whose letters, lines, marks and height are `factor` times as large, for a projector.

    Areas of marks grow with the square. A parameter whose name ends with "size" and that has a value is a size too;
    what is computed from such a one grows with it, and every other computed size is multiplied.
    """
    sizes = dict.fromkeys(("labelFontSize", "titleFontSize"), PLAIN_TYPE * factor)
    words = {"text": {"fontSize": PLAIN_TYPE * factor}}
    config = {**spec.get("config", {}), "axis": sizes, "legend": sizes, "header": sizes} | words
    grown: dict[str, Any] = _enlarged({**spec, "config": {}}, factor)
    return grown | {"config": config}


def _enlarged(part: Any, factor: float) -> Any:
    if isinstance(part, list):
        return [_enlarged(each, factor) for each in part]
    if not isinstance(part, Mapping):
        return part
    grown = {key: _enlarged(each, factor) for key, each in part.items()}
    for key in GROWING & set(part):
        times = factor**2 if key == "size" else factor
        if isinstance(part[key], int | float) and not isinstance(part[key], bool):
            grown[key] = part[key] * times
        elif isinstance(part[key], Mapping) and "size" not in part[key].get("expr", "size"):
            grown[key] = {"expr": f"{times} * ({part[key]['expr']})"}
    if str(part.get("name", "")).endswith("size") and "value" in part:
        grown["value"] = part["value"] * factor
    return grown


AS_SVG = {"embedOptions": {"renderer": "svg"}}
"""What a specification says to be drawn as elements of the page, whose style sheet keeps lines out of words."""

SILENT_MARKS = {"mark": {"aria": False}}
"""The configuration of a picture on a page: it has words of its own there, its marks have none for a screen reader."""


def freeze(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return the chart as a plain specification without schema, configuration and data.

    A mark that declares no tooltip has none: the page would make one of the names of its fields.
    """
    spec = chart.to_dict()
    frozen = {key: part for key, part in spec.items() if key not in ("$schema", "config", "datasets")}
    for mark in marks_of(frozen):
        if "tooltip" not in mark.get("encoding", {}):
            mark["mark"] = {**mark["mark"], "tooltip": None}
    return frozen


def readable(spec: Mapping[str, Any], **sizes: float) -> dict[str, Any]:
    """Return a frozen specification drawn for a page: as SVG, no type below 12 pixels, its marks silent.

    `sizes` are pixels that its expressions reckon with, by names that end with "size": they grow where all does.
    """
    axis, legend = {"labelFontSize": PLAIN_TYPE, "titleFontSize": PLAIN_TYPE}, {"labelFontSize": PLAIN_TYPE}
    config = {"aria": False, "axis": axis, "legend": legend} | SILENT_MARKS
    params = [{"name": name, "value": size} for name, size in sizes.items()]
    return {**spec, "config": config, "usermeta": AS_SVG} | ({"params": params} if params else {})


def marks_of(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every layer of a specification that draws a mark."""
    for part in spec.get("layer", ()):
        yield from marks_of(part)
    if "mark" in spec:
        yield cast("dict[str, Any]", spec)


def number_line(field: str, title: str, form: str = ".4~g") -> alt.Tooltip:
    """Return one line of a tooltip: a quantity by its name and symbol, with its unit, and the number."""
    import altair as alt

    return alt.Tooltip(f"{field}:Q", title=title, format=form)


def word_line(field: str, title: str) -> alt.Tooltip:
    """Return one line of a tooltip that is a word."""
    import altair as alt

    return alt.Tooltip(f"{field}:N", title=title)


def hover(chart: alt.Chart, *lines: alt.Tooltip, size: int = 90, **channels: Any) -> alt.Chart:
    """Return invisible points that say what a line says there; the line itself could only say its first point."""
    points: alt.Chart = chart.mark_point(opacity=0, size=size, filled=True).encode(tooltip=list(lines), **channels)
    return points


def by(expression: str) -> Any:
    """Return a mark property computed by an expression; Altair's types do not know that every property takes one."""
    return {"expr": expression}


def anchor(*fields: str) -> alt.Chart:
    """Return an invisible layer over "state", without which Vega-Lite would drop a data set that only params read.

    The fields of the shared channels are set to 0 in it: a layer without them would leave their extent infinite.
    """
    import altair as alt

    zeros = alt.Chart(alt.NamedData("state")).transform_calculate(**dict.fromkeys(fields, "0"))
    invisible: alt.Chart = zeros.mark_point(opacity=0, size=0)
    return invisible


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON values; NaN and infinity become None."""
    rows = frame.to_dict(orient="records")
    return [{str(key): jsonable(value) for key, value in row.items()} for row in rows]


def first_record(columns: Columns) -> dict[str, Any]:
    """Return the first row of columns as `records` does of a frame."""
    return {name: jsonable(column[0]) for name, column in columns.items()}


def jsonable(value: object) -> object:
    """Return a scalar as JSON knows it: numpy scalars as Python's, NaN and infinity as None."""
    item = value.item() if hasattr(value, "item") else value
    return None if isinstance(item, float) and not math.isfinite(item) else item


def short_values(column: Column) -> list[object] | str:
    """Return words and whole numbers as they are; other numbers as one text, with seven digits and blanks between them.

    What is not finite is "nan" or "inf" there, which a browser takes for NaN.
    """
    values = values_listed(column)
    if not len(values) or not isinstance(values[0], float):
        return values
    return " ".join(["%.7g"] * len(values)) % tuple(values)
