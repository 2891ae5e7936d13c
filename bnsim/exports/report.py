"""Results and comparisons as text for people, for a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from bnsim.compare import Comparison
from bnsim.compare.summary import summary
from bnsim.compare.tables import USUAL, measures_of, references_of
from bnsim.compare.view import View
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.exports.text import TableWriter, escaped, markdown_table, plain_table
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.scenario.wording import number_text
from bnsim.text import Term

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Style:
    """How headings, paragraphs and tables are written."""

    heading: Callable[[str, int], str]
    paragraph: Callable[[str], str]
    table: TableWriter


PLAIN = Style(lambda text, level: text if level > 1 else f"{text}\n{'=' * len(text)}", str, plain_table)
MARKDOWN = Style(lambda text, level: f"{'#' * level} {escaped(text)}", escaped, markdown_table)
STYLES = {"table": PLAIN, "md": MARKDOWN}
"""By what they are called on the command line."""


def run_report(scenarios: ScenarioSet, results: Mapping[str, Result], style: Style = PLAIN) -> str:
    """Return every scenario's readouts with the statements that make them, and its notes."""
    blocks = _opening(scenarios, style)
    for scenario in scenarios.scenarios:
        blocks += _scenario_blocks(scenario, results[scenario.name], style)
    return "\n\n".join(blocks) + "\n"


MEASURED = {"difference": "Less {name}", "percent": "Percent more than {name}", "ratio": "Over {name}"}
"""Headings of what is measured against a reference."""


def comparison_report(scenarios: ScenarioSet, comparison: Comparison, style: Style = PLAIN, view: View = USUAL) -> str:
    """Return what differs most in a sentence; then what went in, what came out and each measure of the differences."""
    terms = find(comparison.experiment).terms
    parts: list[tuple[str, pd.DataFrame, Callable[[str, object], str]]] = [
        ("What went in", comparison.inputs, parameter_cell),
        ("What came out", comparison.outcomes, partial(readout_cell, terms)),
    ]
    for name, measure in product(references_of(comparison, view).values(), view.columns):
        frame = measures_of(comparison, measure, name).drop(columns=name)
        written = readout_cell if measure == "ratio" else signed
        parts.append((MEASURED[measure].format(name=name), frame, partial(written, terms)))
    blocks = [*_opening(scenarios, style), style.paragraph(summary(comparison))]
    for title, frame, write in parts:
        if frame.size:
            blocks += [style.heading(title, 2), style.table(*_cells(frame, comparison.baseline, write))]
    if not comparison.inputs.size and not comparison.outcomes.size:
        blocks.append(style.paragraph("The scenarios agree in everything."))
    return "\n\n".join(blocks) + "\n"


def readout_cell(terms: Mapping[str, Term], key: str, value: object) -> str:
    """Return a readout as people read it: floats with the digits that mean something, everything else as it is."""
    return terms[key].written(value) if isinstance(value, float) else str(value)


def parameter_cell(_: str, value: object) -> str:
    """Return a parameter in a table as `exact_cell` does."""
    return exact_cell(value)


def exact_cell(value: object) -> str:
    """Return a parameter with all its digits, so that typing it gives it again."""
    return number_text(value) if isinstance(value, float) else str(value)


def signed(terms: Mapping[str, Term], key: str, value: object) -> str:
    """Return a difference with its sign."""
    text = readout_cell(terms, key, value)
    return f"+{text}" if isinstance(value, float) and value > 0 else text


def _opening(scenarios: ScenarioSet, style: Style) -> list[str]:
    blocks = [style.heading(scenarios.title, 1)] if scenarios.title else []
    blocks += [style.paragraph(scenarios.question)] if scenarios.question else []
    return blocks + ([style.paragraph(f"Look for: {scenarios.look_for}")] if scenarios.look_for else [])


def _scenario_blocks(scenario: Scenario, result: Result, style: Style) -> Iterable[str]:
    title = f"{scenario.name}: {scenario.title}" if scenario.title else scenario.name
    yield style.heading(title, 2)
    if scenario.note:
        yield style.paragraph(scenario.note)
    if result.answer:
        yield style.paragraph(result.answer)
    terms = result.experiment.terms
    rows = [
        (readout.key, terms[readout.key].symbol, readout_cell(terms, readout.key, readout.best), readout.statement)
        for readout in result.readout_list
    ]
    yield style.table(("readout", "symbol", "value", "which is"), rows)
    yield from map(style.paragraph, result.notes)


def _cells(
    frame: pd.DataFrame, baseline: str, write: Callable[[str, object], str]
) -> tuple[Sequence[str], list[Sequence[str]]]:
    head = [str(frame.index.name), *(f"{name} (baseline)" if name == baseline else name for name in frame.columns)]
    return head, [[str(key), *(write(str(key), value) for value in frame.loc[key])] for key in frame.index]


def course_page(
    scenarios: ScenarioSet, comparison: Comparison, links: Mapping[str, str], pictures: Mapping[str, str]
) -> str:
    """Return a set as Markdown for the page of a course.

    Parameters
    ----------
    scenarios : ScenarioSet
        With the texts that introduce it.
    comparison : Comparison
        What was found for them; what differs most is said first.
    links : mapping of str to str
        Where each scenario can be opened, by name.
    pictures : mapping of str to str
        Files with a picture of each, by name; empty if there are none.
    """
    blocks = _opening(scenarios, MARKDOWN)
    if len(comparison.names) > 1:
        blocks.append(escaped(summary(comparison)))
    for scenario in scenarios.scenarios:
        result = comparison.results[scenario.name]
        title, *said = _scenario_blocks(scenario, result, MARKDOWN)
        shown = pictures.get(scenario.name)
        words = escaped(result.first_figure.alt) if shown else ""
        blocks += [title, *([f"![{words}]({shown})"] if shown else []), *said]
        blocks.append(f"[Open it in the app](<{links[scenario.name]}>)")
    return "\n\n".join(blocks) + "\n"
