"""Tidy frames of the norm family: what people read, and where the values of a tensor are drawn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnsim.experiments.norm_family.model import Outcome
from bnsim.text import words_of

WORDS = words_of(__package__)

WIDE = 0.18
"""The names of images take this share of the width of the tensor: enough on a phone."""

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


def cells(o: Outcome) -> pd.DataFrame:
    """Return the tensor as it is drawn first: each value with the set of the shown norm, counted from 1."""
    strongest = float(np.abs(o.x).max())
    weight = np.abs(o.x.ravel()) / strongest if strongest else np.zeros(o.x.size)
    numbers = np.repeat(o.sharing[o.params.norm].sets.ravel() + 1, o.params.side**2)
    frame = pd.DataFrame(rectangles(o.x, 1.0, 1.0))
    return frame.assign(set=numbers.astype(np.int16), weight=weight.astype(np.float32))


def sets(o: Outcome) -> pd.DataFrame:
    """Return the number of the set above each block of the first picture."""
    shared = o.sharing[o.params.norm].sets
    sample, channel = (places.ravel() for places in np.indices(shared.shape))
    numbers = shared.ravel() + 1
    columns = {"x": channel.astype(np.float32), "y": (sample + HEAD).astype(np.float32)}
    return pd.DataFrame({**columns, "text": numbers.astype(str), "set": numbers.astype(np.int16)})


def names(o: Outcome) -> pd.DataFrame:
    """Return the names of images and channels beside the first picture."""
    p, margin = o.params, WIDE * o.params.channels
    rows = [(-margin, at + 0.75, WORDS.say("label.sample", number=at + 1)) for at in range(p.batch_size)]
    rows.append((-margin, -0.05, WORDS["label.channel"]))
    rows += [(float(at), -0.05, f"{at + 1}") for at in range(p.channels)]
    return written(rows)


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
    "cells": cells,
    "sets": sets,
    "names": names,
    "panels": panels,
    "titles": titles,
}
