"""A sweep as text for people: a row for each point, what it is about beside what was varied."""

from bnsim.compare import Comparison
from bnsim.compare.summary import summary
from bnsim.experiments import find
from bnsim.exports.report import PLAIN, Style, exact_cell, readout_cell
from bnsim.scenario.points import Sweep
from bnsim.scenario.scenario import ScenarioSet


def sweep_report(sweep: Sweep, scenarios: ScenarioSet, comparison: Comparison, style: Style = PLAIN) -> str:
    """Return title, question, what differs most in a sentence, and the readouts of every point, in the sweep's order.

    Parameters
    ----------
    sweep : Sweep
        What was varied.
    scenarios : ScenarioSet
        Its points.
    comparison : Comparison
        What was found for them.
    style : Style
        Plain, or Markdown.
    """
    terms = find(scenarios.experiment).terms
    varied = [_head(each.spec.name, each.spec.control.symbol) for each in sweep.variations]
    found = [_head(key, terms[key].symbol) for key in comparison.about]
    rows = []
    for scenario in scenarios.scenarios:
        settings = [exact_cell(comparison.inputs.loc[name, scenario.name]) for name in sweep.names]
        readouts = [readout_cell(terms, key, comparison.readouts[scenario.name][key].best) for key in comparison.about]
        rows.append([*settings, *readouts, "baseline" if scenario.name == comparison.baseline else ""])
    blocks = [
        style.heading(scenarios.title, 1),
        style.paragraph(scenarios.question),
        style.paragraph(summary(comparison)),
        style.table([*varied, *found, ""], rows),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(name: str, symbol: str) -> str:
    return f"{name} {symbol}" if symbol not in ("", name) else name
