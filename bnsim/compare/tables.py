"""What people read of a comparison: a row for each quantity, a cell for each scenario, the baseline first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from bnsim.compare.comparison import Comparison
from bnsim.compare.measures import HEADS, MEASURES, in_words, measured, verdict
from bnsim.compare.settings import changed, name_of, settings_of
from bnsim.compare.view import View
from bnsim.experiment import Better, Readout
from bnsim.experiments import find
from bnsim.text import words_of

if TYPE_CHECKING:
    import pandas as pd

WORDS = words_of("bnsim.compare")
USUAL = View()

FORMULA = tuple("=+-@\t\r＝＋－＠")
"""With these begins what a spreadsheet computes instead of showing it."""


@dataclass(frozen=True)
class Cell:
    """One value as it is written, and how it differs from that of the baseline: "" where nothing is to be said.

    `second` says how it differs from a second reference; `verdict` is "better" or "worse" than the baseline, which the
    words of `difference` say too.
    """

    text: str
    difference: str = ""
    verdict: str = ""
    second: str = ""


@dataclass(frozen=True)
class Row:
    """What a quantity is called, its symbol, and its cells; `key` is its name in files."""

    label: str
    symbol: str
    cells: tuple[Cell, ...]
    key: str = ""


def shown_readouts(comparison: Comparison, *, every: bool = False) -> list[str]:
    """Return the keys of what the scenarios are about, or of `every` readout; not of one that no scenario knows."""
    keys = comparison.readouts[comparison.baseline] if every else comparison.about
    return [key for key in keys if not all(is_unknown(comparison.readouts[name][key]) for name in comparison.names)]


def shown_settings(comparison: Comparison, *, every: bool = False) -> list[str]:
    """Return the names of the parameters that are not the same in all scenarios, or of `every` one."""
    params = [comparison.results[name].params for name in comparison.names]
    return list(params[0].controls()) if every else list(changed(params))


def outcome_rows(comparison: Comparison, *, every: bool = False, view: View = USUAL) -> list[Row]:
    """Return what came out: what the scenarios are about in few digits, or `every` readout with all its digits."""
    better = find(comparison.experiment).better
    rows = []
    for key in shown_readouts(comparison, every=every):
        readouts = {name: comparison.readouts[name][key] for name in comparison.names}
        term = readouts[comparison.baseline].term
        cells = tuple(outcome_cells(readouts, view, better.get(key), every=every))
        rows.append(Row(term.label, term.symbol, cells, key))
    return rows


def outcome_cells(readouts: Mapping[str, Readout], view: View, better: Better | None, *, every: bool) -> Iterator[Cell]:
    """Yield one readout of every scenario, the baseline first, with what the view says of its differences."""
    baseline = next(iter(readouts))
    base = readouts[baseline]
    for name, found in readouts.items():
        value, second = written(found, every=every), readouts.get(view.second)
        is_base, is_second = name == baseline, name == view.second
        difference, judged = ("", "") if is_base else compared(found, base, view, better, every=every)
        beside = "" if second is None or is_second else compared(found, second, view, None, every=every)[0]
        yield Cell(value, difference, judged, beside)


def compared(found: Readout, base: Readout, view: View, better: Better | None, *, every: bool) -> tuple[str, str]:
    """Return how a number differs from that of a reference, by all measures that are shown, and the verdict."""
    said = [in_words(measure, found, base, every=every) for measure in view.columns]
    if WORDS["label.same"] in said:
        return WORDS["label.same"], ""
    judged = verdict(found, base, better) if any(said) else ""
    if judged:
        said.append(WORDS[f"label.{judged}"])
    return "\n".join(filter(None, said)), judged


def written(readout: Readout, *, every: bool) -> str:
    """Return a readout in few digits, or with `every` digit that means something."""
    return readout.term.written(readout.best) if every else readout.term.short(readout.best)


def is_unknown(readout: Readout) -> bool:
    """Return whether neither a number nor a word is known."""
    return isinstance(readout.best, float) and math.isnan(readout.best)


def setting_rows(comparison: Comparison, *, every: bool = False) -> list[Row]:
    """Return what went in: what is not the same in all scenarios, or `every` parameter with all its digits."""
    params = [comparison.results[name].params for name in comparison.names]
    specs = params[0].controls()
    rows = []
    for name in shown_settings(comparison, every=every):
        label, symbol = name_of(specs[name])
        rows.append(Row(label, symbol, tuple(map(Cell, settings_of(specs[name], params, every=every))), name))
    return rows


def frame_of(
    comparison: Comparison, view: View = USUAL, *, numbers: bool = False, settings: bool = False
) -> pd.DataFrame:
    """Return what the tables show as a frame for a file: the same scenarios, quantities and measures in the same order.

    Parameters
    ----------
    comparison : Comparison
        The scenarios that are shown, in their order: see `arranged`.
    view : View
        Which measures stand beside each number, against which references.
    numbers, settings : bool
        Whether every readout and every parameter is shown, or what the set is about and what differs.

    Returns
    -------
    DataFrame
        A row a scenario: its title, parameters, readouts, and beside each of these its measures. Numbers have all
        their digits; words stand where there is no number; what would be divided by 0 is NaN.
    """
    import pandas as pd

    inputs = comparison.inputs.T.infer_objects()
    columns: dict[str, Any] = {"title": [comparison.titles[name] for name in comparison.names]}
    columns |= {name: inputs[name].tolist() for name in shown_settings(comparison, every=settings)}
    references = references_of(comparison, view)
    for key in shown_readouts(comparison, every=numbers):
        readouts = {name: comparison.readouts[name][key] for name in comparison.names}
        columns[key] = [found.best for found in readouts.values()]
        for (role, base), measure in product(references.items(), view.columns):
            head = HEADS[measure].format(key=key, base=role)
            columns[head] = [measured(measure, found, readouts[base]) for found in readouts.values()]
    return pd.DataFrame(columns, index=pd.Index(comparison.names, name="scenario"))


def references_of(comparison: Comparison, view: View) -> dict[str, str]:
    """Return the names of the references by what they are called in files: baseline and, if there is one, second."""
    second = {"second": view.second} if view.second in comparison.names[1:] else {}
    return {"baseline": comparison.baseline, **second}


def measures_of(comparison: Comparison, measure: str, reference: str) -> pd.DataFrame:
    """Return one measure of all outcomes against a reference: a row a readout, a column a scenario; NaN for none."""
    import pandas as pd

    base, by = comparison.outcomes[reference], MEASURES[measure]
    columns = {name: column.combine(base, by) for name, column in comparison.outcomes.items()}
    return pd.DataFrame(columns, index=comparison.outcomes.index)


def whole_frame(comparison: Comparison, view: View = USUAL) -> pd.DataFrame:
    """Return one row a scenario: its parameters, its readouts, then each measure against each reference.

    As a comparison is usually shown this is `Comparison.frame`.
    """
    blocks: list[pd.DataFrame | pd.Series[Any]] = [comparison.outcomes.T]
    for (role, name), measure in product(references_of(comparison, view).items(), view.columns):
        heads = {key: HEADS[measure].format(key=key, base=role) for key in comparison.outcomes.index}
        blocks.append(measures_of(comparison, measure, name).T.rename(columns=heads))
    return comparison.inputs.T.infer_objects().join(blocks).rename_axis("scenario")


def csv_of(frame: pd.DataFrame) -> str:
    """Return a frame as CSV: floats in full, an empty cell for NaN, and no text that a spreadsheet would compute."""
    texts = frame.map(lambda value: f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value)
    return texts.to_csv(lineterminator="\n")
