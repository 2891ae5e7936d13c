"""The pictures of the page: every channel of activations, and both outputs of an autopsy, of all and of one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bnsim.activations import Autopsy, Densities, Report, autopsy_table, channels_table, densities_table
from bnsim.activations.wording import WORDS as FOUND
from bnsim.charts.channels import channels_template, outputs_template
from bnsim.charts.spreads import EVAL, TRAIN, spreads_template
from bnsim.charts.template import Figure, Template
from bnsim.text import number, words_of

WORDS = words_of("bnsim.app.check")

MOST_DRAWN = 1_000
"""Channels in a picture and in a table: a screen has no more points side by side."""

ABOVE = 1.25
"""How far the lines of the means reach, beyond the highest bar: there stand their names."""

MARGIN = 0.3
"""Share of the width that a name takes on a narrow screen."""


def channels_figure(report: Report) -> Figure:
    """Return every channel: its mean, and one standard deviation to each side."""
    found = channels_table(report).head(MOST_DRAWN)
    mean, std = found["mean"].to_numpy(), found["std"].to_numpy()
    frame = pd.DataFrame({
        "place": np.arange(len(found), dtype=float), "label": found["channel"], "mean": mean,
        "low": mean - std, "high": mean + std, "std": [number(each, 4) for each in std],
        "odd": found["finding"] != "", "finding": [finding_of(key) for key in found["finding"]],
    })  # fmt: skip
    said = {"channels": len(found), **ends(mean, "low", "high"), **ends(std, "std_low", "std_high")}
    names = (WORDS[f"figure.channels.label.{each}"] for each in ("mean", "std", "finding"))
    template = channels_template(*axes("channels"), *names)
    return figure("channels", template, {"channels": frame[np.isfinite(frame["mean"])]}, said)


def outputs_figure(found: Autopsy) -> Figure:
    """Return what a norm gives in eval mode and in training mode."""
    table = autopsy_table(found).head(MOST_DRAWN)
    mean, std, train, train_std = (
        table[name].to_numpy() for name in ("eval_mean", "eval_std", "train_mean", "train_std")
    )
    frame = pd.DataFrame({
        "place": np.arange(len(table), dtype=float), "label": table["channel"], "mean": mean, "low": mean - std,
        "high": mean + std, "train": train, "train_low": train - train_std, "train_high": train + train_std,
        "odd": table["differs"], "finding": [yes_or_no(is_so=bool(each)) for each in table["differs"]],
    })  # fmt: skip
    said = {
        "channels": len(table), "differ": int(table["differs"].sum()), **ends(mean, "low", "high"),
        **ends(std, "std_low", "std_high"), **ends(train, "train_low", "train_high"),
        **ends(train_std, "train_std_low", "train_std_high"),
    }  # fmt: skip
    names = (WORDS[f"figure.outputs.label.{each}"] for each in ("eval", "train", "differs"))
    template = outputs_template(*axes("outputs"), *names)
    is_finite = np.isfinite(frame["mean"]) & np.isfinite(frame["train"])
    return figure("outputs", template, {"outputs": frame[is_finite]}, said)


def spreads_figure(found: Autopsy, each: Densities) -> Figure:
    """Return both outputs of one channel laid over each other, a bar for each bin."""
    names = {EVAL: WORDS["figure.spreads.label.eval"], TRAIN: WORDS["figure.spreads.label.train"]}
    bins = densities_table(each).rename(columns={"mode": "kind"})
    modes = {EVAL: each.eval_mode, TRAIN: each.train_mode}
    means = pd.DataFrame({
        "kind": list(modes), "name": list(names.values()), "mean": [mode.mean for mode in modes.values()],
        "top": ABOVE * bins["density"].max(),
        "is_left": names_left(each.eval_mode.mean, each.train_mode.mean, bins["low"].min(), bins["high"].max()),
    })  # fmt: skip
    edges, density = each.train_mode.edges, each.train_mode.density
    outline = pd.DataFrame({
        "place": np.arange(len(edges) + 1.0), "value": [edges[0], *edges], "density": [0.0, *density, 0.0],
    })  # fmt: skip
    said: dict[str, float | str] = {
        "channel": found.labels[each.channel], "count": each.count, "outside": each.outside,
        "mean": each.eval_mode.mean, "std": each.eval_mode.std, "train_mean": each.train_mode.mean,
        "train_std": each.train_mode.std, "difference": each.difference,
    }  # fmt: skip
    words = (WORDS[f"figure.spreads.label.{part}"] for part in ("mode", "low", "high", "count"))
    template = spreads_template(WORDS["figure.spreads.axis.value"], WORDS["figure.spreads.axis.density"], *words)
    frames = {"spreads": bins.assign(mode=bins["kind"].map(names)), "outline": outline, "means": means}
    return figure("spreads", template, frames, said)


def names_left(one: float, other: float, low: float, high: float) -> tuple[bool, bool]:
    """Return whether the names of two lines stand to their left: away from each other, where there is room for them."""
    first, second = ((mean - low) / (high - low) for mean in (one, other))
    return first > (MARGIN if one <= other else 1 - MARGIN), second > (1 - MARGIN if one <= other else MARGIN)


def finding_of(key: str) -> str:
    """Return a finding in words; nothing where there is none."""
    return FOUND[f"note.{key}.title"] if key else ""


def yes_or_no(*, is_so: bool) -> str:
    """Return what a table says of something that is so or not."""
    return FOUND[f"label.differs.{'yes' if is_so else 'no'}"]


def ends(values: np.ndarray, low: str, high: str) -> dict[str, float]:
    """Return the smallest and the largest of what is no NaN, by name."""
    return {low: float(np.fmin.reduce(values)), high: float(np.fmax.reduce(values))}


def axes(key: str) -> tuple[str, str]:
    """Return the titles of both axes."""
    return WORDS[f"figure.{key}.axis.channel"], WORDS[f"figure.{key}.axis.value"]


def figure(key: str, template: Template, data: Mapping[str, pd.DataFrame], said: Mapping[str, float | str]) -> Figure:
    """Return a picture with its words."""
    title, caption, alt = (WORDS[f"figure.{key}.{part}"] for part in ("title", "caption", "alt"))
    return Figure(key, title, caption, alt, WORDS.say(f"figure.{key}.description", **said), template, data)
