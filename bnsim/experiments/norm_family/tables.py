"""Tidy frames of the norm family: what people read, and where the values of a tensor are drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnsim.columns import Columns, one_row
from bnsim.experiments.norm_family.model import Outcome
from bnsim.text import words_of

WORDS = words_of(__package__)

HEAD = 0.28
"""The share of a block's height that is left for what stands above it."""

STRONG = 3.0
"""A normalized value of this size is drawn at full strength."""

ACROSS, DOWN = 1.06, 1.16
"""How far apart the pictures of the family begin, in units of one of them."""


def sharing(o: Outcome) -> pd.DataFrame:
    """Return for each norm how many sets there are, how large, and whether one sample depends on another."""
    rows = [
        (norm, shared.count, shared.size, o.effects[norm].largest, WORDS[f"label.set.{norm}"])
        for norm, shared in o.sharing.items()
    ]
    return pd.DataFrame(rows, columns=["norm", "sets", "values_per_set", "companion_change", "meaning"])


def zeros(o: Outcome) -> pd.DataFrame:
    """Return which means each norm makes 0: the largest |mean| over a channel, a sample, and a channel of a sample."""
    return pd.DataFrame([{"norm": norm, **means} for norm, means in o.zeros.items()])


def changes(o: Outcome) -> pd.DataFrame:
    """Return the root mean square change of the first sample's outputs, for each norm and each set of companions."""
    frames = [
        pd.DataFrame({"norm": norm, "set": np.arange(1, effect.rms.size + 1), "change": effect.rms})
        for norm, effect in o.effects.items()
    ]
    return pd.concat(frames, ignore_index=True)


def values(o: Outcome) -> pd.DataFrame:
    """Return every value of the tensor, as it is and after each norm; places are counted from 1."""
    places = np.indices(o.x.shape).reshape(4, -1) + 1
    columns = dict(zip(("sample", "channel", "row", "column"), places, strict=True))
    return pd.DataFrame({**columns, "x": o.x.ravel(), **{norm: y.ravel() for norm, y in o.after.items()}})


def densities(o: Outcome) -> pd.DataFrame:
    """Return the outline of the histogram of all values after the shown norm, and before any."""
    frames = [
        pd.DataFrame({"stage": stage, "value": value, "density": density})
        for stage, (value, density) in o.densities.items()
    ]
    return pd.concat(frames, ignore_index=True)


def rectangles(
    x: NDArray[np.float64], width: float, height: float, left: float = 0.0, top: float = 0.0
) -> dict[str, NDArray[Any]]:
    """Return the rectangles of a tensor of shape (N, C, H, W): blocks of H x W, `width` and `height` apart.

    Blocks fill 0.94 of the width and the lower 0.7 of the height: names and numbers stand above them.
    """
    sample, channel, row, column = np.indices(x.shape).reshape(4, -1)
    across, down = 0.94 * width / x.shape[3], 0.7 * height / x.shape[2]
    x0, y0 = left + channel * width + column * across, top + (sample + HEAD) * height + row * down
    frame = {"x": x0, "x2": x0 + across, "y": y0, "y2": y0 + down}
    narrow = {name: values.astype(np.float32) for name, values in frame.items()}
    places = {"sample": (sample + 1).astype(np.int16), "channel": (channel + 1).astype(np.int16)}
    return narrow | places | {"value": x.ravel().astype(np.float32)}


def tensor(o: Outcome) -> Columns:
    """Return the whole numbers that all values are made of which the sliders can show, in the order of their places."""
    return {"numerator": o.numerators.ravel()}


def state(o: Outcome) -> Columns:
    """Return the one row from which the first picture knows which of them to show, and how they are shared."""
    p, shared = o.params, o.sharing[o.params.norm]
    row = {"batch_size": p.batch_size, "channels": p.channels, "side": p.side, "groups": p.groups, "norm": p.norm}
    return one_row(epoch=-1.0, **row, sets=shared.count, members=shared.size)


def panels(o: Outcome) -> pd.DataFrame:
    """Return the tensor as it is and after each norm as drawn: three pictures beside each other, twice."""
    n, c = o.x.shape[:2]
    frames = []
    for place, (norm, y) in enumerate({"none": o.x, **o.after}.items()):
        down, across = divmod(place, 3)
        strong = (float(np.abs(y).max()) or 1.0) if norm == "none" else STRONG
        shade = np.clip(y.ravel() / strong, -1, 1).astype(np.float32)
        frame = pd.DataFrame(rectangles(y, 1 / c, 1 / n, left=ACROSS * across, top=DOWN * down))
        frames.append(frame.assign(norm=norm, shade=shade))
    return pd.concat(frames, ignore_index=True)


def titles(o: Outcome) -> pd.DataFrame:
    """Return the title above each picture of the family."""
    rows = []
    for place, norm in enumerate(("none", *o.after)):
        down, across = divmod(place, 3)
        numbers = {"groups": o.params.groups} if norm == "group" else {}
        rows.append((ACROSS * across, DOWN * down, WORDS.say(f"label.panel.{norm}", **numbers)))
    return written(rows)


def written(rows: Sequence[tuple[float, float, str]]) -> pd.DataFrame:
    """Return words and where they stand."""
    return pd.DataFrame(rows, columns=["x", "y", "text"]).astype({"x": np.float32, "y": np.float32})


TABLES = {
    "sharing": sharing,
    "zeros": zeros,
    "changes": changes,
    "values": values,
    "densities": densities,
    "tensor": tensor,
    "state": state,
    "panels": panels,
    "titles": titles,
}
