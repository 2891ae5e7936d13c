"""Which values share one mean and one variance?"""  # noqa: D400 - a question

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Literal, TypeAlias

import numpy as np
import pandas as pd
from pydantic import Field

from bnsim import tables
from bnsim.charts.norm_family import changes_template, family_template, sharing_template
from bnsim.charts.template import Figure
from bnsim.data.digits import BRIGHTEST, load_digits
from bnsim.engine.arrays import Array
from bnsim.engine.normalization.family import NormKind, normalize
from bnsim.engine.normalization.folding import conv2d
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.text import number

Norm: TypeAlias = Literal["batch", "layer", "group", "instance", "rms"]

FILTERS = {
    "mean": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "centre": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "horizontal edge": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "vertical edge": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "rising edge": [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]],
    "falling edge": [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]],
    "horizontal line": [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
    "vertical line": [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
    "rising line": [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]],
    "falling line": [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
    "spot": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "cross": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
}
"""The channels, in order: fixed 3 x 3 filters; each is divided by the sum of its sizes."""

IMAGES, SIDE = 1797, 6
MOST_VALUES = 1152
"""A larger tensor could be normalized, but not looked at."""

COMPANION_SETS = 50
FEW_CHANNELS = 6
"""So many names of channels fit side by side on a phone."""

HEAD = 0.28
"""The share of a block's height that is left for what stands above it."""

STRONG = 3.0
"""A normalized value of this size is drawn at full strength."""


class NormFamilyParams(Params):
    """A tensor of digits seen through filters, and how its values are grouped."""

    norm: Annotated[
        Norm,
        Control(
            "Shown norm", choices={"batch": "Batch", "layer": "Layer", "group": "Group", "instance": "Instance",
                                   "rms": "RMS"},
            help="Whose sets are coloured in the first picture. All five are computed and compared below it.",
        ),
    ] = "batch"  # fmt: skip
    batch_size: Annotated[
        int,
        Field(ge=1, le=8),
        Control(
            "Batch size", symbol="N", slider=(1, 8, 1),
            help="How many images. At N = 1 batch norm of a convolution is instance norm.",
        ),
    ] = 4  # fmt: skip
    channels: Annotated[
        int,
        Field(ge=1, le=len(FILTERS)),
        Control("Channels", symbol="C", slider=(1, len(FILTERS), 1), help="How many of the 12 fixed filters."),
    ] = 6
    side: Annotated[
        int,
        Field(ge=1, le=SIDE),
        Control(
            "Side", symbol="H = W", slider=(1, SIDE, 1),
            help="Height and width kept from the centre. With 1 there is one value a channel, as in a dense layer.",
        ),
    ] = 4  # fmt: skip
    groups: Annotated[
        int,
        Field(ge=1, le=len(FILTERS)),
        Control(
            "Groups", symbol="G", slider=(1, len(FILTERS), 1),
            help="Into how many groups group norm cuts the channels; it must divide them.",
        ),
    ] = 3  # fmt: skip
    first_image: Annotated[
        int,
        Field(ge=0, le=IMAGES - 1),
        Control("First image", help="This digit and those that follow it in the set of 1797, going round at the end."),
    ] = 0
    eps: Annotated[
        float,
        Field(ge=1e-15, le=1),
        Control(
            "Epsilon", symbol="ε", choices={1e-5: "1e-5 · PyTorch", 1e-3: "1e-3 · Keras", 1e-12: "1e-12"},
            help="Added to the variance under the root. Any value up to 1 may be typed.",
        ),
    ] = 1e-5  # fmt: skip
    seed: Annotated[
        int,
        Field(ge=0, le=2**32 - 1),
        Control("Seed", help="Which other companions are tried; the same seed always tries the same."),
    ] = 0

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield what shape and groups together must obey."""
        if self.channels % self.groups:
            yield (
                ("groups", "channels"),
                f"groups must divide the {self.channels} channels of x; got {self.groups}. {that_do(self.channels)}",
            )
        size = self.batch_size * self.channels * self.side**2
        if size > MOST_VALUES:
            fits = math.isqrt(MOST_VALUES // (self.batch_size * self.channels))
            yield (
                ("batch_size", "channels", "side"),
                f"batch_size times channels times side² must be at most {MOST_VALUES} values, or they could not be "
                f"told apart; got {self.batch_size} times {self.channels} times {self.side}² = {size}. "
                f"side up to {fits} will do.",
            )


def that_do(channels: int) -> str:
    """Return the sentence that names the numbers of groups that divide the channels: "1, 2, 3 and 6 do."."""
    *others, last = [str(groups) for groups in range(1, channels + 1) if channels % groups == 0]
    return f"{', '.join(others)} and {last} do." if others else f"{last} does."


@cache
def features() -> Array:
    """Return all digits seen through all filters, shape (1797, 12, 6, 6), read-only."""
    weight = np.array(list(FILTERS.values()), dtype=np.float64)[:, None]
    weight /= np.abs(weight).sum(axis=(2, 3), keepdims=True)
    found = conv2d(load_digits().images[:, None] / BRIGHTEST, weight)
    found.flags.writeable = False
    return found


def seen(p: NormFamilyParams, images: Array) -> Array:
    """Return the tensor of some images, shape (N, C, side, side): the central positions of the first C channels."""
    start = (SIDE - p.side) // 2
    inside = slice(start, start + p.side)
    found: Array = features()[images][:, : p.channels, inside, inside]
    return found


def sharing(p: NormFamilyParams, norm: str) -> Array:
    """Return which set, with one mean and one variance, each block belongs to; shape (N, C), counted from 0."""
    sample, channel = np.indices((p.batch_size, p.channels))
    of = {
        "batch": channel,
        "layer": sample,
        "group": sample * p.groups + channel // (p.channels // p.groups),
        "instance": sample * p.channels + channel,
        "rms": sample,
    }
    return np.asarray(of[norm])


@dataclass(frozen=True, eq=False)
class Outcome:
    """The tensor, and what each norm makes of it; arrays of shape (N, C, side, side)."""

    params: NormFamilyParams
    images: Array
    x: Array
    after: Mapping[str, Array]

    @cached_property
    def changes(self) -> dict[str, Array]:
        """How the first sample's outputs change with its companions, by norm; shape (sets, C, side, side)."""
        p, rng = self.params, np.random.default_rng(self.params.seed)
        found: dict[str, list[Array]] = {norm: [] for norm in self.after}
        for _ in range(COMPANION_SETS):
            others = rng.integers(0, IMAGES, p.batch_size - 1)
            replaced = np.concatenate((self.x[:1], seen(p, others)))
            for norm, y in self.after.items():
                found[norm].append(normed(replaced, norm, p)[0] - y[0])
        return {norm: np.array(each) for norm, each in found.items()}

    @cached_property
    def identities(self) -> dict[str, float]:
        """The largest differences between members of the family that are the same."""
        x, eps = self.x, self.params.eps
        layer, instance = self.after["layer"], self.after["instance"]
        alone = np.concatenate([normalize(sample[None], NormKind.BATCH, eps=eps) for sample in x])
        centred = x - x.mean(axis=(1, 2, 3), keepdims=True)
        pairs = {
            "group_layer": (normalize(x, NormKind.GROUP, groups=1, eps=eps), layer),
            "group_instance": (normalize(x, NormKind.GROUP, groups=x.shape[1], eps=eps), instance),
            "batch_instance": (alone, instance),
            "rms_layer": (normalize(centred, NormKind.RMS, eps=eps), layer),
        }
        return {name: float(np.abs(one - two).max()) for name, (one, two) in pairs.items()}


def normed(x: Array, norm: str, p: NormFamilyParams) -> Array:
    """Return x after one member of the family."""
    return normalize(x, NormKind(norm), groups=p.groups, eps=p.eps)


def run(params: NormFamilyParams) -> Outcome:
    """Send a batch of digits through fixed filters, and what comes out through each norm."""
    images = (params.first_image + np.arange(params.batch_size)) % IMAGES
    x = seen(params, images)
    return Outcome(params, images, x, {kind.value: normed(x, kind.value, params) for kind in NormKind})


def readouts(o: Outcome) -> tuple[Readout, ...]:
    """Return the sets of the shown norm, who depends on whom, and the identities of the family."""
    p, changed = o.params, {norm: float(np.abs(change).max()) for norm, change in o.changes.items()}
    sets = int(sharing(p, p.norm).max()) + 1
    shape = f"{p.batch_size} · {p.channels} · {p.side}²"
    identities = {
        "group_layer": "GN(1) against LN",
        "group_instance": f"GN({p.channels}) against IN",
        "batch_instance": "BN of each sample alone against IN",
        "rms_layer": "RMS of x − mean of its sample, against LN",
    }
    return (
        Readout("sharing_sets", sets, SETS[p.norm]),
        Readout("values_per_set", o.x.size // sets, f"{shape} values in {sets} sets"),
        change_readout("companion_change", o, p.norm, changed[p.norm]),
        *(
            Readout(key, o.identities[key], f"{words}, {o.x.size} values: {zero_statement(o.identities[key])}", 0.0)
            for key, words in identities.items()
        ),
        *(change_readout(f"change_{norm}", o, norm, change) for norm, change in changed.items()),
    )


SETS = {
    "batch": "a set is one channel, over all samples and positions",
    "layer": "a set is one sample, over all channels and positions",
    "group": "a set is one group of channels of one sample",
    "instance": "a set is one channel of one sample",
    "rms": "a set is one sample; it shares a mean square, and no mean is subtracted",
}


def zero_statement(residue: float) -> str:
    """Return the statement of a difference that algebra knows to be 0, and what float64 leaves of it.

    What is left may differ from machine to machine: sums are taken in another order.
    """
    return f"0 up to rounding; here it leaves {number(residue, 2)}"


def change_readout(key: str, o: Outcome, norm: str, largest: float) -> Readout:
    """Return how much the first sample's outputs change with its companions."""
    if o.params.batch_size == 1:
        return Readout(key, largest, "exactly 0: it has no companions", 0.0)
    if norm != "batch":
        said = f"{zero_statement(largest)}: no other sample enters its statistics; {COMPANION_SETS} sets tried"
        return Readout(key, largest, said, 0.0)
    each = rms_changes(o, norm)
    mean, error = each.mean(), each.std(ddof=1) / math.sqrt(each.size)
    return Readout(
        key, largest,
        f"largest over {COMPANION_SETS} sets of companions; root mean square {number(mean, 3)} ± {number(error, 2)} "
        f"(standard error of {COMPANION_SETS} sets)",
    )  # fmt: skip


def rms_changes(o: Outcome, norm: str) -> Array:
    """Return the root mean square change of the first sample's outputs, shape (sets,)."""
    return np.asarray(np.sqrt(np.square(o.changes[norm]).mean(axis=(1, 2, 3))))


def notes(o: Outcome) -> tuple[str, ...]:
    """Return what the tensor is, and what its shape makes special."""
    p = o.params
    digits = ", ".join(str(digit) for digit in load_digits().labels[o.images])
    of = "digits" if p.batch_size > 1 else "digit"
    places = f"central {p.side} × {p.side} positions" if p.side > 1 else "one position in the middle"
    filters = ", ".join(list(FILTERS)[: p.channels])
    found = [
        f"x has shape ({p.batch_size}, {p.channels}, {p.side}, {p.side}): handwritten {of} {digits} seen through the "
        f"fixed 3 × 3 filters {filters}; {places}."
    ]
    if p.batch_size == 1:
        found.append("N = 1: there are no companions, and batch norm is instance norm.")
    alone = [norm for norm in o.after if norm != "rms" and sharing(p, norm).max() + 1 == o.x.size]
    if alone:
        names = " and ".join(alone).capitalize()
        found.append(f"{names} norm: every set holds one value, which is its own mean, so all outputs are 0.")
    return tuple(found)


def sharing_table(o: Outcome) -> pd.DataFrame:
    """Return for each norm how many sets there are, how large, and whether one sample depends on another."""
    p, rows = o.params, []
    for norm, change in o.changes.items():
        sets = int(sharing(p, norm).max()) + 1
        rows.append((norm, sets, o.x.size // sets, float(np.abs(change).max()), SETS[norm]))
    return pd.DataFrame(rows, columns=["norm", "sets", "values_per_set", "companion_change", "meaning"])


def zeros_table(o: Outcome) -> pd.DataFrame:
    """Return which means each norm makes 0: the largest |mean| over a channel, a sample, and a channel of a sample."""
    axes = {"of_channels": (0, 2, 3), "of_samples": (1, 2, 3), "of_both": (2, 3)}
    rows = {norm: {name: np.abs(y.mean(axis=axis)).max() for name, axis in axes.items()} for norm, y in stages(o)}
    return pd.DataFrame.from_dict(rows, orient="index", dtype=float).rename_axis("norm").reset_index()


def stages(o: Outcome) -> list[tuple[str, Array]]:
    """Return the tensor as it is and after each norm, by name."""
    return [("none", o.x), *o.after.items()]


def values_table(o: Outcome) -> pd.DataFrame:
    """Return every value of the tensor, as it is and after each norm; places are counted from 1."""
    places = np.indices(o.x.shape).reshape(4, -1) + 1
    columns = dict(zip(("sample", "channel", "row", "column"), places, strict=True))
    return pd.DataFrame({**columns, "x": o.x.ravel(), **{norm: y.ravel() for norm, y in o.after.items()}})


def changes_table(o: Outcome) -> pd.DataFrame:
    """Return the root mean square change of the first sample's outputs, for each norm and each set of companions."""
    sets = np.arange(1, COMPANION_SETS + 1)
    frames = [pd.DataFrame({"norm": norm, "set": sets, "change": rms_changes(o, norm)}) for norm in o.after]
    return pd.concat(frames, ignore_index=True)


def drawn(x: Array, width: float, height: float, left: float = 0.0, top: float = 0.0) -> dict[str, Array]:
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


def cells_table(o: Outcome) -> pd.DataFrame:
    """Return the tensor as it is drawn first: each value with the set of the shown norm, counted from 1."""
    frame = pd.DataFrame(drawn(o.x, 1.0, 1.0))
    per_block = o.params.side**2
    strongest = float(np.abs(o.x).max())
    weight = np.abs(o.x.ravel()) / strongest if strongest else np.zeros(o.x.size)
    sets = np.repeat(sharing(o.params, o.params.norm).ravel() + 1, per_block)
    return frame.assign(set=sets.astype(np.int16), weight=weight.astype(np.float32))


def sets_table(o: Outcome) -> pd.DataFrame:
    """Return the number of the set above each block of the first picture."""
    sample, channel = (each.ravel() for each in np.indices((o.params.batch_size, o.params.channels)))
    sets = sharing(o.params, o.params.norm).ravel() + 1
    columns = {"x": channel.astype(np.float32), "y": (sample + HEAD).astype(np.float32)}
    return pd.DataFrame({**columns, "text": sets.astype(str), "set": sets.astype(np.int16)})


def names_table(o: Outcome) -> pd.DataFrame:
    """Return the names of samples and channels beside the first picture."""
    p, margin = o.params, max(0.75, 0.1 * o.params.channels)
    rows = [(-margin, sample + 0.75, f"n = {sample + 1}") for sample in range(p.batch_size)]
    few = p.channels <= FEW_CHANNELS
    rows += [(float(at), -0.05, f"c = {at + 1}" if few or at == 0 else f"{at + 1}") for at in range(p.channels)]
    return pd.DataFrame(rows, columns=["x", "y", "text"]).astype({"x": np.float32, "y": np.float32})


PANELS = {
    "none": "x, as it is",
    "batch": "batch",
    "layer": "layer",
    "group": "group",
    "instance": "instance",
    "rms": "RMS",
}


def panels_table(o: Outcome) -> pd.DataFrame:
    """Return the tensor as it is and after each norm as drawn: three pictures beside each other, twice."""
    n, c = o.x.shape[:2]
    frames = []
    for place, (norm, y) in enumerate(stages(o)):
        down, across = divmod(place, 3)
        strong = (float(np.abs(y).max()) or 1.0) if norm == "none" else STRONG
        shade = np.clip(y.ravel() / strong, -1, 1).astype(np.float32)
        frame = pd.DataFrame(drawn(y, 1 / c, 1 / n, left=1.06 * across, top=1.16 * down))
        frames.append(frame.assign(norm=norm, shade=shade))
    return pd.concat(frames, ignore_index=True)


def titles_table(o: Outcome) -> pd.DataFrame:
    """Return the title above each picture of the family."""
    rows = []
    for place, (norm, title) in enumerate(PANELS.items()):
        down, across = divmod(place, 3)
        rows.append((1.06 * across, 1.16 * down, f"{title}, G = {o.params.groups}" if norm == "group" else title))
    return pd.DataFrame(rows, columns=["x", "y", "text"]).astype({"x": np.float32, "y": np.float32})


TABLES = {
    "sharing": sharing_table,
    "zeros": zeros_table,
    "changes": changes_table,
    "values": values_table,
    "densities": lambda o: tables.densities(
        {"normalized": o.after[o.params.norm].ravel(), "raw": o.x.ravel()}, normal=False
    ),
    "cells": cells_table,
    "sets": sets_table,
    "names": names_table,
    "panels": panels_table,
    "titles": titles_table,
}


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: another norm's identity to look at, or other companions."""
    found: dict[str, dict[str, object]] = {
        "One group: layer norm": {"norm": "group", "groups": 1},
        "A group per channel: instance norm": {"norm": "group", "groups": o.params.channels},
        "Other companions": {"seed": (o.params.seed + 1) % 2**32},
    }
    return {label: changes for label, changes in found.items() if o.params.replace(**changes) != o.params}


def figures(found: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    """Return the tensor by its sets, the family, and who depends on companions."""
    sets, changes = found["cells"]["set"], found["changes"]
    largest = changes.groupby("norm", sort=False)["change"].max()
    spread = found["zeros"].set_index("norm")["of_channels"]
    return (
        Figure(
            "sharing", "Who shares one mean and one variance",
            "The tensor x: a row per sample, a column per channel, a block of positions each. Values with the same "
            "number above them, and the same colour, share their statistics; stronger colour is a larger |x|.",
            "A grid of samples by channels, each cell a small image, coloured and numbered by the set of values that "
            "share a mean and a variance under the shown norm.",
            f"{len(sets)} values in {int(sets.max())} sets of {len(sets) // int(sets.max())}.",
            sharing_template(), {"cells": found["cells"], "sets": found["sets"], "names": found["names"]},
        ),
        Figure(
            "family", "The same tensor after each norm",
            "Rows are samples, columns channels, in all six. Stronger colour is a larger value: |x̂| = 3 at full "
            "strength after a norm, the largest |x| before. Batch norm keeps the differences between samples, layer "
            "and RMS norm those between channels, instance norm neither.",
            "Six pictures of the tensor: as it is and after batch, layer, group, instance and RMS norm.",
            "The largest mean of a channel: "
            + ", ".join(f"{norm} {number(value, 2)}" for norm, value in spread.items()) + ".",
            family_template(), {"cells": found["panels"], "names": found["titles"]},
        ),
        Figure(
            "changes", "Who depends on its companions",
            "The first sample stays; all others are replaced by other digits, 50 times. A tick is one such set; the "
            "number is the largest change. Only batch norm looks at other samples; what the others show is rounding.",
            "A row per norm with a tick for each set of companions, at the change of the first sample's outputs.",
            "The largest change: " + ", ".join(f"{norm} {number(value, 2)}" for norm, value in largest.items()) + ".",
            changes_template(), {"changes": changes},
        ),
    )  # fmt: skip


EXPERIMENT = Experiment(
    slug="norm-family",
    title="Norm family",
    question=__doc__,
    order=40,
    params=NormFamilyParams,
    run=run,
    readouts=readouts,
    notes=notes,
    tables=TABLES,
    figures=figures,
    overlay=Overlay(
        "densities", "stage", "value", "density", y_title="density / its peak",
        x_title={"normalized": "value after the shown norm", "raw": "x, value before any norm"},
        labels={"normalized": "After the shown norm", "raw": "x, as it is"}, to_peak=True,
    ),
    shown_tables=("sharing", "zeros", "changes", "values"),
    first_set="norms-compared",
    headline=("sharing_sets", "values_per_set", "companion_change", "group_layer", "group_instance", "batch_instance"),
    look_for="Go through the norms and watch which blocks share a number. Then set G to 1 and to C, and N to 1: the "
    "family has fewer members than names. Only batch norm makes one sample depend on the others.",
    actions=actions,
)  # fmt: skip
