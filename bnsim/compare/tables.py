"""What people read of a comparison: a row for each quantity, a cell for each scenario, the baseline first."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bnsim.compare.comparison import Comparison
from bnsim.compare.differences import is_number
from bnsim.compare.settings import changed, name_of, settings_of
from bnsim.experiment import Readout
from bnsim.text import words_of

WORDS = words_of("bnsim.compare")


@dataclass(frozen=True)
class Cell:
    """One value as it is written, and how it differs from that of the baseline: "" where nothing is to be said."""

    text: str
    difference: str = ""


@dataclass(frozen=True)
class Row:
    """What a quantity is called, its symbol, and its cells."""

    label: str
    symbol: str
    cells: tuple[Cell, ...]


def outcome_rows(comparison: Comparison, *, every: bool = False) -> list[Row]:
    """Return what came out: what the scenarios are about in few digits, or `every` readout with all its digits.

    A readout that no scenario knows has no row.
    """
    keys = comparison.readouts[comparison.baseline] if every else comparison.about
    rows = []
    for key in keys:
        readouts = [comparison.readouts[name][key] for name in comparison.names]
        if not all(map(is_unknown, readouts)):
            term = readouts[0].term
            rows.append(Row(term.label, term.symbol, tuple(outcome_cells(readouts, every=every))))
    return rows


def outcome_cells(readouts: Sequence[Readout], *, every: bool) -> Iterator[Cell]:
    """Yield one readout of every scenario, the baseline first, the others with their signed difference from it."""
    base, *others = readouts
    yield Cell(written(base, base.best, every=every))
    for found in others:
        yield Cell(written(found, found.best, every=every), signed(found, base, every=every))


def written(readout: Readout, value: float | str, *, every: bool) -> str:
    """Return a value of a readout in few digits, or with `every` digit that means something."""
    return readout.term.written(value) if every else readout.term.short(value)


def signed(found: Readout, base: Readout, *, every: bool) -> str:
    """Return the difference of two numbers with its sign; "" where one is a word, not known, or there is none."""
    if not (is_number(found.best) and is_number(base.best)):
        return ""
    value, other = float(found.best), float(base.best)
    if value == other:
        return WORDS["label.same"]
    difference = written(found, value - other, every=every)
    return f"+{difference}" if value > other else difference


def is_unknown(readout: Readout) -> bool:
    """Return whether neither a number nor a word is known."""
    return isinstance(readout.best, float) and math.isnan(readout.best)


def setting_rows(comparison: Comparison, *, every: bool = False) -> list[Row]:
    """Return what went in: what is not the same in all scenarios, or `every` parameter with all its digits."""
    params = [comparison.results[name].params for name in comparison.names]
    specs = params[0].controls()
    rows = []
    for name in specs if every else changed(params):
        label, symbol = name_of(specs[name])
        rows.append(Row(label, symbol, tuple(map(Cell, settings_of(specs[name], params, every=every)))))
    return rows
