"""Tidy frames of the precision experiment: the ways of computing, the formats, and what the pictures show."""

from dataclasses import asdict, fields

import numpy as np
import pandas as pd

from bnsim.columns import Columns
from bnsim.experiments.precision.model import FORMATS, LITTLE, Outcome, Sums, Way
from bnsim.text import short, words_of

WORDS = words_of(__package__)

DECIMALS = 2
"""Of what is said beside a bar."""


def ways(o: Outcome) -> Columns:
    """Return what each way of computing gives."""
    numbers = {field.name: [getattr(found, field.name) for found in o.ways.values()] for field in fields(Way)}
    return {"way": list(o.ways), **numbers}


def formats(_: Outcome) -> pd.DataFrame:
    """Return what each format can hold."""
    columns = ("title", "digits", "largest", "smallest", "unit", "stalls_at")
    return pd.DataFrame([{name: getattr(form, name) for name in columns} for form in FORMATS.values()])


def formulas(o: Outcome) -> pd.DataFrame:
    """Return the errors of both formulas in the chosen format, against the mean over the spread."""
    return pd.DataFrame([asdict(each) for each in o.formulas if each.form == o.params.form])


def outputs(o: Outcome) -> Columns:
    """Return where the outputs of each way lie: from one spread below their mean to one above, and in words."""
    rows = []
    for name, found in o.ways.items():
        low, high = found.output_mean - found.output_std, found.output_mean + found.output_std
        state = state_of(found)
        rows.append((WORDS[f"label.way.{name}"], low, found.output_mean, high, state, said_of(found, state)))
    names = ("way", "low", "middle", "high", "state", "said")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    finite = {name: np.where(np.isfinite(columns[name]), columns[name], np.nan) for name in ("low", "middle", "high")}
    return columns | finite


def state_of(found: Way) -> str:
    """Return in a word what has become of the outputs."""
    if not np.isfinite(found.error):
        return "lost"
    return "right" if found.error < LITTLE else "wrong"


def said_of(found: Way, state: str) -> str:
    """Return the outputs of a way in words."""
    if state == "lost":
        return WORDS["label.lost"]
    mean, spread = (short(round(value, DECIMALS) + 0.0) for value in (found.output_mean, found.output_std))
    return WORDS.say(f"label.{state}", mean=mean, spread=spread)


def sums(o: Outcome) -> pd.DataFrame:
    """Return the partial sums of the values: in the format, and exact."""
    return pd.concat([of_sums("format", o.sums), of_sums("exact", o.sums)], ignore_index=True)


def squares(o: Outcome) -> pd.DataFrame:
    """Return the partial sums of the squares: in the format as far as it holds them, and exact."""
    return pd.concat([of_sums("format", o.squares), of_sums("exact", o.squares)], ignore_index=True)


def of_sums(which: str, found: Sums) -> pd.DataFrame:
    """Return one way of a sum, as far as it is finite."""
    total = found.total if which == "format" else found.exact
    held = np.isfinite(total)
    return pd.DataFrame({"sum": which, "count": found.count[held], "total": total[held]})


def chosen(o: Outcome) -> pd.DataFrame:
    """Return the one row of where the batch lies among the ratios; 0 where there is no spread."""
    return pd.DataFrame({"ratio": [min(max(o.ratio, 1.0), 1e5)]})


TABLES = {
    "ways": ways,
    "formats": formats,
    "formulas": formulas,
    "outputs": outputs,
    "sums": sums,
    "squares": squares,
    "chosen": chosen,
}
