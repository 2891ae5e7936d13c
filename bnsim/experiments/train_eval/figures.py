"""The pictures: the input among companions, the running statistics, the decisions."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from bnsim.experiment import Picture, picture
from bnsim.experiments.train_eval.charts import (
    MARKS,
    SERIES,
    companions_template,
    decisions_template,
    running_template,
)
from bnsim.text import number, words_of

WORDS = words_of(__package__)
STEPS_DRAWN = 200


def figures(tables: Mapping[str, pd.DataFrame]) -> tuple[Picture, ...]:
    """Return the pictures, the input among companions first."""
    return companions(tables), running(tables, "mean"), running(tables, "var"), decisions(tables)


def running(tables: Mapping[str, pd.DataFrame], which: str) -> Picture:
    """Return the picture of one running statistic over the batches."""
    table, k = tables["steps"], int(tables["settings"]["frozen_after"][0])
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


def companions(tables: Mapping[str, pd.DataFrame]) -> Picture:
    """Return the picture of the outputs of x among many sets of companions."""
    outputs, modes = tables["outputs"], tables["modes"].set_index("mode")
    y = modes["y"].reindex(list(MARKS)).dropna()
    marks = pd.DataFrame({"what": [MARKS[mode] for mode in y.index], "y": y.to_numpy()})
    law = pd.DataFrame({"y": (outputs["left"] + outputs["right"]) / 2, "share": outputs["law"]})
    mostly = tables["settings"][["low", "high"]].dropna().assign(what=WORDS["figure.companions.label.training"])
    data = {"bars": outputs[["left", "right", "share"]], "law": law, "marks": marks, "range": mostly}
    said = "; ".join(WORDS.say("figure.companions.label.said", what=row.what, y=row.y) for row in marks.itertuples())
    if mostly.empty:
        return picture("companions", companions_template(), data, "refused", marks=said)
    mean, std = (float(modes[column]["training mode"]) for column in ("y", "spread"))
    ends = {end: float(mostly[end].iloc[0]) for end in ("low", "high")}
    return picture("companions", companions_template(), data, "drawn", mean=mean, std=std, marks=said, **ends)


def decisions(tables: Mapping[str, pd.DataFrame]) -> Picture:
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
