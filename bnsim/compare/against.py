"""A readout against the one number that varies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bnsim.compare.comparison import Comparison
from bnsim.compare.differences import is_number
from bnsim.compare.settings import changed
from bnsim.compare.tables import shown_readouts

if TYPE_CHECKING:
    import pandas as pd


def varied(comparison: Comparison) -> str:
    """Return the name of the one number in which the scenarios differ; "" if several vary, or what is no number."""
    params = [comparison.results[name].params for name in comparison.names]
    names = changed(params)
    if len(names) != 1:
        return ""
    values = [getattr(each, names[0]) for each in params]
    kind = params[0].controls()[names[0]].kind
    return names[0] if kind in ("number", "integer") and all(map(is_number, values)) else ""


def readouts_against(comparison: Comparison) -> list[str]:
    """Return the keys of what can be drawn, numbers in two scenarios at least: first what the set is about."""
    keys = dict.fromkeys((*comparison.about, *shown_readouts(comparison, every=True)))
    return [key for key in keys if sum(map(math.isfinite, numbers(comparison, key).values())) > 1]


def numbers(comparison: Comparison, key: str) -> dict[str, float]:
    """Return a readout by scenario; NaN where it is a word."""
    values = {name: comparison.readouts[name][key].best for name in comparison.names}
    return {name: float(value) if is_number(value) else math.nan for name, value in values.items()}


def against(
    comparison: Comparison, parameter: str, readout: str, titles: Mapping[str, str], *, label: str
) -> pd.DataFrame:
    """Return a readout against a parameter, in its order: scenario, x, y, label, base, reference.

    What is not a finite number has no row. `label` stands beside the mark of the baseline, whose y is the reference.
    """
    import pandas as pd

    y = numbers(comparison, readout)
    base = y[comparison.baseline]
    rows = [
        {
            "scenario": titles[name],
            "x": float(getattr(comparison.results[name].params, parameter)),
            "y": y[name],
            "label": label if name == comparison.baseline else "",
            "base": name == comparison.baseline,
            "reference": base if math.isfinite(base) else 0.0,
        }
        for name in comparison.names
        if math.isfinite(y[name])
    ]
    return pd.DataFrame(rows).sort_values("x", kind="stable", ignore_index=True)
