"""How a notebook shows a result and a set of scenarios: as a picture, as HTML, and as plain text."""

from collections.abc import Mapping, Sequence
from datetime import date
from textwrap import wrap
from typing import Any
from zlib import crc32

from bnsim.charts.template import MIME_TYPE
from bnsim.compare import compare_scenarios, told_apart
from bnsim.compare.settings import changed, name_of, settings_of
from bnsim.compare.summary import summary
from bnsim.compare.tables import outcome_rows
from bnsim.displayed import Bundle
from bnsim.experiment import Readout, Result
from bnsim.experiments import find
from bnsim.exports.drawing import can_draw, drawn
from bnsim.exports.html import Report
from bnsim.exports.html.markup import heading, paragraph, table, words
from bnsim.exports.html.sections import by_scenario
from bnsim.exports.pictures import overlay_spec, vega
from bnsim.exports.report import PLAIN, comparison_report, run_report
from bnsim.exports.svg import fitted
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.scenario.wording import duration
from bnsim.text import words_of

WORDS = words_of("bnsim.exports.html")
AT_ONCE = 5.0
"""Seconds up to which a set is run to be shown; to run a longer one is for somebody to ask."""

LINE = 100
"""Characters of a line above a picture."""


def bundle(value: Result | ScenarioSet) -> Bundle:
    """Return a result, or a set, in the forms that a notebook may show."""
    if isinstance(value, Result):
        return result_bundle(value)
    return compared_bundle(value) if seconds_of(value) <= AT_ONCE else listed_bundle(value)


def result_bundle(result: Result) -> Bundle:
    """Return the answer, the picture and the numbers of a result."""
    figure, experiment = result.first_figure, result.experiment
    rows = [
        (
            "",
            [
                words(item.term.label),
                words(item.term.symbol),
                words(item.term.written(item.best)),
                words(item.statement),
            ],
        )
        for item in result.readout_list
    ]
    head = [WORDS[f"label.{name}"] for name in ("quantity", "symbol", "value", "which_is")]
    said = "".join(map(paragraph, (result.answer, *result.notes)))
    html = said + picture(vega(figure), f"{figure.alt} {figure.description}") + table("", head, rows)
    alone = ScenarioSet(experiment.slug, experiment.title, (Scenario(experiment.slug, "result", result.params),))
    plain = run_report(alone, {"result": result}, PLAIN)
    return {MIME_TYPE: titled(vega(figure), result.answer), "text/html": html, "text/plain": plain}


def row_of(readout: Readout) -> list[str]:
    """Return one number with all its digits, and how it is made."""
    term = readout.term
    return [words(term.label), words(term.symbol), words(term.written(readout.best)), words(readout.statement)]


def compared_bundle(scenarios: ScenarioSet) -> Bundle:
    """Return what differs most in a set, the curves of all and what came out."""
    comparison = compare_scenarios(scenarios)
    report = Report(scenarios, comparison, date.min, "")
    said, spec = summary(comparison), overlay_spec(comparison)
    alt = WORDS.say("label.picture_alt", series=scenarios.title, count=many(scenarios))
    rows = outcome_rows(comparison)
    html = opening(scenarios) + paragraph(said) + picture(spec, alt) + "".join(by_scenario(report, rows, ""))
    plain = comparison_report(scenarios, comparison.changed_only())
    return {MIME_TYPE: titled(spec, said), "text/html": html, "text/plain": plain}


def listed_bundle(scenarios: ScenarioSet) -> Bundle:
    """Return what a set holds, without running it, and what running it would take."""
    params = [each.params for each in scenarios.scenarios]
    specs = params[0].controls()
    names = changed(params)
    head = [WORDS["label.scenario"], *(" ".join(name_of(specs[name])).strip() for name in names)]
    columns = [settings_of(specs[name], params) for name in names]
    titles = told_apart({each.name: each.title or each.name for each in scenarios.scenarios}).values()
    cells = [[title, *(column[at] for column in columns)] for at, title in enumerate(titles)]
    promise = WORDS.say("label.not_run", count=many(scenarios), seconds=duration(seconds_of(scenarios)))
    rows = [("", list(map(words, row))) for row in cells]
    html = opening(scenarios) + table("", list(map(words, head)), rows) + paragraph(promise)
    plain = "\n\n".join(
        part for part in (scenarios.title, scenarios.question, PLAIN.table(head, cells), promise) if part
    )
    return {"text/html": html, "text/plain": plain}


def opening(scenarios: ScenarioSet) -> str:
    """Return the title of a set and its question."""
    title = heading(4, scenarios.title) if scenarios.title else ""
    return title + paragraph(scenarios.question)


def picture(spec: Mapping[str, Any], alt: str) -> str:
    """Return a picture as HTML; nothing where nothing is installed that draws it."""
    if not can_draw():
        return ""
    ((_, svg),) = drawn({"": spec})
    # A notebook holds many pictures, each made without knowing the others: their parts must differ in name.
    name = f"p{crc32(svg.encode()):x}"
    return f'<div style="max-width:46rem">{fitted(svg, name, alt)}</div>'


def titled(spec: Mapping[str, Any], said: str) -> dict[str, Any]:
    """Return a picture with a sentence above it: where a notebook shows that form, it shows no other."""
    title = {"text": wrap(said, LINE), "anchor": "start", "fontWeight": "normal"}
    return {"title": title, **spec}


def many(scenarios: ScenarioSet) -> str:
    """Return how many scenarios there are."""
    count = len(scenarios.names)
    return WORDS["label.count.one"] if count == 1 else WORDS.say("label.count.many", count=str(count))


def seconds_of(scenarios: ScenarioSet) -> float:
    """Return about how many seconds a set takes to run on one core."""
    experiment = find(scenarios.experiment)
    different: Sequence[Any] = list(dict.fromkeys(each.params for each in scenarios.scenarios))
    work = experiment.work
    if work is None:
        return sum(map(experiment.cost, different))
    return sum(work.seconds(part) for params in different for part in work.parts(params))
