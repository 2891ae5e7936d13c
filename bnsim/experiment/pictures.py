"""The pictures of an experiment, and which of its curves are laid over each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bnsim.columns import Given

if TYPE_CHECKING:
    from bnsim.charts.template import Template


@dataclass(frozen=True)
class Overlay:
    """Which curves of an experiment are laid over each other, scenario by scenario, one series at a time.

    Parameters
    ----------
    table, series, x, y : str
        The table, and its columns: which curve a row belongs to, and the point.
    x_title, y_title : str, or mapping of series to str
        Axis titles: one for all series, or one for each.
    labels : mapping of series to str
        Series in the order in which they are offered, the first one first shown. These and the titles stand in the
        experiment's text, under ``overlay``.
    to_peak : bool
        Draw each curve to its own peak, so that a needle and a hill can share one picture; a y of infinity is a point
        mass and goes up to 1.
    """

    table: str
    series: str
    x: str
    y: str
    x_title: str | Mapping[str, str] = ""
    y_title: str | Mapping[str, str] = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    to_peak: bool = False

    def titles(self, series: str) -> tuple[str, str]:
        """Return the axis titles of one series."""
        x, y = (each if isinstance(each, str) else each[series] for each in (self.x_title, self.y_title))
        return x, y


@dataclass(frozen=True, eq=False)
class Picture:
    """A template, the data that fill it, and the numbers of its spoken description; its words are in the text.

    Title, caption and alt stand there under ``figure.KEY``; the description, with the numbers in it, too.
    """

    key: str
    template: Template
    data: Mapping[str, Given]
    case: str = ""
    numbers: Mapping[str, object] = field(default_factory=dict)


def picture(key: str, template: Template, data: Mapping[str, Given], case: str = "", /, **numbers: object) -> Picture:
    """Return a `Picture`; the numbers of its description are given by name."""
    return Picture(key, template, data, case, numbers)
