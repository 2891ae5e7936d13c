"""Small multiples: a small picture for each scenario, all on the same axes, the baseline quiet in each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bnsim.charts.overlay import look_of
from bnsim.charts.theme import QUIET

WIDE, HIGH = 200, 110
"""Units of a picture, which is as wide as its place."""

SOLID, DASHED = (1, 0), (3, 3)

EDGE = 6
"""Units free at each side, so that no line is cut."""

MOST_POINTS = 120
"""Points of a line: a picture of 200 units shows no more."""


@dataclass(frozen=True)
class Extent:
    """The axes that all small pictures share."""

    left: float
    right: float
    low: float
    high: float

    @classmethod
    def of(cls, curves: pd.DataFrame) -> "Extent":
        """Return the axes on which all curves have room: columns x and y."""
        points = curves[["x", "y"]].replace([np.inf, -np.inf], np.nan)
        (left, low), (right, high) = points.min().fillna(0.0), points.max().fillna(0.0)
        return cls(float(left), float(right), float(low), float(high))

    def points(self, curve: pd.DataFrame) -> np.ndarray:
        """Return where the points of a curve lie in a picture, as many as can be seen; only what is finite."""
        line = curve[["x", "y"]].to_numpy(dtype=float)
        line = line[np.isfinite(line).all(axis=1)]
        line = line[thinned(line[:, 1])]
        start, end = np.array([self.left, self.low]), np.array([self.right, self.high])
        room = np.where(end > start, end - start, 1.0)
        share = np.where(end > start, (line - start) / room, 0.5)
        across = EDGE + share[:, 0] * (WIDE - 2 * EDGE)
        return np.column_stack([across, HIGH - EDGE - share[:, 1] * (HIGH - 2 * EDGE)]).round(1)


def thinned(heights: np.ndarray) -> np.ndarray:
    """Return the places of the points that are drawn: of each stretch its first, its lowest and its highest.

    A needle between two drawn points would not be there otherwise.
    """
    count = len(heights)
    if count <= MOST_POINTS:
        return np.arange(count)
    stretches = np.array_split(np.arange(count), MOST_POINTS // 3)
    kept = [at[np.array([0, heights[at].argmin(), heights[at].argmax()])] for at in stretches]
    return np.unique(np.append(np.concatenate(kept), count - 1))


def small_pictures(curves: pd.DataFrame, names: Sequence[str], looks: Mapping[str, int], baseline: str) -> list[str]:
    """Return a picture as SVG for each scenario: columns scenario, x, y; "" for one without a curve.

    Parameters
    ----------
    curves : DataFrame
        One series of all scenarios, also of some that have no picture.
    names : sequence of str
        Whose pictures are wanted.
    looks : mapping of str to int
        The place of each scenario, which says its colour.
    baseline : str
        Who is drawn thin and grey in every picture.
    """
    groups = dict(tuple(curves.groupby("scenario", sort=False)))
    extent = Extent.of(curves)
    drawn = {name: extent.points(groups[name]) for name in {*names, baseline} if name in groups}
    quiet = path(drawn[baseline], QUIET, DASHED, 1.5) if baseline in drawn else ""
    found = []
    for name in names:
        line = drawn.get(name)
        if line is None or not len(line):
            found.append("")
        else:
            # Solid: each is alone with the baseline, and dots would be faint at this size.
            found.append(svg(frame() + quiet + path(line, look_of(looks[name])[0], SOLID, 2.2)))
    return found


def svg(content: str) -> str:
    """Return a picture."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}">{content}</svg>'


def frame() -> str:
    """Return the two axes."""
    return f'<path d="M{EDGE / 2} 0V{HIGH - EDGE / 2}H{WIDE}" fill="none" stroke="{QUIET}"/>'


def path(points: np.ndarray, colour: str, dash: Sequence[int], width: float) -> str:
    """Return a line; of one point alone a dot."""
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:g}" cy="{points[0][1]:g}" r="4" fill="{colour}"/>'
    steps = "L".join(f"{across:g} {down:g}" for across, down in points)
    dashes = f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash[1] else ""
    return f'<path d="M{steps}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>'
