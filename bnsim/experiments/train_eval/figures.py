"""The pictures: the input among companions, the running statistics, the decisions."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from bnsim.charts.place import Place
from bnsim.experiment import Picture, Tables, picture
from bnsim.experiments.train_eval.charts import (
    SERIES,
    carried,
    companions_template,
    decisions_template,
    running_template,
)
from bnsim.text import number, words_of

WORDS = words_of(__package__)
STEPS_DRAWN = 200


def swept(name: str, power: float = 0.5) -> str:
    """Return the expression of a number of the sweep where the thumb is."""
    return carried(f"sweep('{name}')", f"sweep('{name}_slope')", "sweep('size')", "sweep('x')", power)


LIVE = {
    "x": "x",
    "inference_size": "inference_size",
    "eval_y": "state.eval_y + state.eval_slope * moved_by",
    "population_y": "state.true_y + state.true_slope * moved_by",
    "low": f"base + {swept('lower')}",
    "high": f"base + {swept('upper')}",
    "train_y_mean": f"base + {swept('mean', 1)}",
    "train_y_std": swept("std"),
    "right_in_training": "sweep('right')",
    "right_in_eval": "state.right_in_eval",
}
"""Numbers that follow the thumb, in the parameters of the main picture and by its sweep."""


PLACES = dict.fromkeys(
    ("eval_y", "train_y_mean", "population_y", "stale_y", "precise_y", "alone_y"), Place("companions", "x")
)
"""Numbers that lie on the axis of the outputs."""


def figures(tables: Tables) -> Iterator[Picture]:
    """Yield the pictures, the input among companions first; each is made when it is asked for."""
    yield companions(tables)
    yield running(tables, "mean")
    yield running(tables, "var")
    yield decisions(tables)


def running(tables: Tables, which: str) -> Picture:
    """Return the picture of one running statistic over the batches."""
    table, k = tables["steps"], tables.columns("settings")["frozen_after"][0]
    columns = {
        f"batch_{which}": "batch",
        f"running_{which}": "running",
        f"expected_{which}": "expected",
        f"{which}_low": "low",
        f"{which}_high": "high",
        f"population_{which}": "population",
    }
    rows = np.unique(np.linspace(0, len(table) - 1, STEPS_DRAWN + 1).round().astype(int))
    shown = table.iloc[rows][["step", *columns]].rename(columns=columns).reset_index(drop=True)
    step = float(k) if k < len(table) - 1 else math.nan
    frozen = pd.DataFrame({"step": [step], "label": [WORDS[f"figure.{which}.label.frozen"]]})
    last = shown.iloc[-1]
    numbers = {name: last[name] for name in ("step", "running", "expected", "low", "high", "population")}
    return picture(which, running_template(which), {"steps": shown, "frozen": frozen}, **numbers)


def companions(tables: Tables) -> Picture:
    """Return the picture of the outputs of x among many sets of companions."""
    modes, marks = tables.columns("modes"), tables.columns("marks")
    data = {name: tables.columns(name) for name in ("outputs", "marks", "sweep", "state")}
    pairs = zip(marks["what"], marks["y"], strict=True)
    said = "; ".join(WORDS.say("figure.companions.label.said", what=what, y=y) for what, y in pairs)
    low, high = (tables.columns("settings")[end][0] for end in ("low", "high"))
    if math.isnan(low):
        return picture("companions", companions_template(), data, "refused", marks=said)
    at = modes["mode"].index("training mode")
    mean, std = modes["y"][at], modes["spread"][at]
    return picture(
        "companions", companions_template(), data, "drawn", mean=mean, std=std, marks=said, low=low, high=high
    )


def decisions(tables: Tables) -> Picture:
    """Return the picture of right decisions against the size of the batch."""
    table = tables["decisions"]
    drawn, law = table[table["series"].isin(list(SERIES))], table[~table["series"].isin(list(SERIES))]
    shares = drawn[["series", "batch_size", "share", "low", "high"]].assign(series=drawn["series"].map(SERIES))
    data = {"shares": shares, "law": law[["batch_size", "share"]]}
    said = "; ".join(
        WORDS.say("figure.decisions.label.said", series=name, shares=listed(rows))
        for name, rows in shares.groupby("series", sort=False)
    )
    return picture("decisions", decisions_template(), data, shares=said)


def listed(rows: pd.DataFrame) -> str:
    """Return shares and sizes of batches in one line."""
    pairs = zip(rows["share"], rows["batch_size"], strict=True)
    return ", ".join(WORDS.say("figure.decisions.label.at", share=number(share, 3), size=size) for share, size in pairs)
