"""Tidy frames of the training experiment: what figures draw and people read."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bnsim.experiments.training.model import Outcome
from bnsim.experiments.training.names import name_of, varied_of
from bnsim.experiments.training.parts import NETWORKS
from bnsim.experiments.training.seed_curves import ACCURACIES
from bnsim.experiments.training.seed_results import RECORDED, STEPS_TO, SeedResults
from bnsim.experiments.training.sweeps import NUMBERED

STEPS = (*STEPS_TO, "steps_to_level")
RUNS = {"network": str, "value": str, "number": float, "seed": float, "step": float}
SWEEP = {"network": str, "name": str, "value": str, "number": float, "seeds": float, "diverged": float}
CURVES = {"network": str, "quantity": str, "kind": str, "series": str, "step": float}
SPREAD = {"mean": float, "low": float, "high": float}
DRAWN = ("train_accuracy", "loss", "test_accuracy", "precise_accuracy")
"""What curves are drawn of, in the order in which Compare offers them."""


def frame(rows: Iterable[Sequence[Any]], columns: Mapping[str, type]) -> pd.DataFrame:
    """Return rows as a table whose columns have the same types however many rows there are."""
    by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame({name: typed(values, columns[name]) for name, values in zip(columns, by_column, strict=True)})


def typed(values: Sequence[Any], kind: type) -> Any:
    """Return a column of one type at once: pandas would look at every value, and then make it another one."""
    return pd.array(list(values), dtype="str") if kind is str else np.array(values, dtype=kind)


def known(o: Outcome) -> Iterator[tuple[str, int, SeedResults]]:
    """Yield network, place and results of every value tried of which there are any."""
    for place in range(len(o.texts)):
        for network in NETWORKS:
            results = o.results[network][place]
            if results is not None:
                yield network, place, results


def runs(o: Outcome) -> pd.DataFrame:
    """Return a row for each network, value and seed: steps to 90 %, 95 % and the level, and what was recorded last."""
    rows = []
    for network, place, results in known(o):
        columns = [results.by_seed[name] for name in (*STEPS, *RECORDED)]
        for seed, numbers in enumerate(zip(*columns, results.diverged, strict=True), start=o.params.seed):
            rows.append((network, o.texts[place], o.numbers[place], seed, results.step, *numbers))
    return frame(rows, RUNS | dict.fromkeys((*STEPS, *RECORDED), float) | {"diverged": bool})


def sweep(o: Outcome) -> pd.DataFrame:
    """Return a row for each network and value: median of steps, mean of accuracies, least and largest seed."""
    names = (*STEPS, *ACCURACIES)
    rows = []
    for network, place, results in known(o):
        head = (network, name_of(o, network), o.texts[place], o.numbers[place], o.params.seeds, results.lost)
        rows.append((*head, *(part for name in names for part in results.middles[name])))
    return frame(rows, SWEEP | {f"{name}{part}": float for name in names for part in ("", "_low", "_high")})


def curves(o: Outcome) -> pd.DataFrame:
    """Return loss and accuracies over the steps at the value drawn: mean, least and largest of the seeds."""
    bands = [
        ((network, quantity, "precise" if quantity == "precise_accuracy" else "running"), drawn.bands[quantity])
        for quantity in DRAWN
        for network, drawn in o.curves.items()
        if drawn is not None
    ]
    if not bands:
        return frame([], CURVES | SPREAD)
    lengths = [len(steps) for _, (steps, *_) in bands]
    words = [(*names, f"{names[1]}.{names[0]}") for names, _ in bands]
    columns = [pd.array(each, dtype="str").repeat(lengths) for each in zip(*words, strict=True)]
    numbers = np.concatenate([np.array(band, dtype=float) for _, band in bands], axis=1)
    return pd.DataFrame(dict(zip(CURVES | SPREAD, [*columns, *numbers], strict=True)))


def drift(o: Outcome) -> pd.DataFrame:
    """Return the drift of the inputs of activations by layer, from 1: mean, least and largest of the seeds."""
    rows = [
        (network, layer, *spread)
        for network, drift in o.drift.items()
        for layer, spread in enumerate(drift.layers, start=1)
        if math.isfinite(spread.middle)
    ]
    return frame(rows, {"network": str, "layer": float} | SPREAD)


def lost(o: Outcome) -> pd.DataFrame:
    """Return where seeds diverged: the last point of each before."""
    rows = [
        (network, quantity, *end)
        for network, drawn in o.curves.items()
        if drawn is not None
        for quantity in RECORDED
        for end in drawn.ends[quantity]
    ]
    return frame(rows, {"network": str, "quantity": str, "step": float, "y": float})


def axis(o: Outcome) -> pd.DataFrame:
    """Return every value tried in order, and beside the first what is varied."""
    heading = "" if o.params.vary == "nothing" else varied_of(o)
    return frame([(text, "" if place else heading) for place, text in enumerate(o.texts)], {"value": str, "text": str})


def settings(o: Outcome) -> pd.DataFrame:
    """Return what figures say besides: names, level, steps, whether the values tried are numbers."""
    p = o.params
    rows = [(network, name_of(o, network), p.level, p.steps, p.vary in NUMBERED) for network in NETWORKS]
    return frame(rows, {"network": str, "name": str, "level": float, "steps": float, "numbers": float})


TABLES = {
    "runs": runs,
    "sweep": sweep,
    "curves": curves,
    "drift": drift,
    "lost": lost,
    "axis": axis,
    "settings": settings,
}
