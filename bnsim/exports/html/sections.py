"""The parts of a report, from the top, each as pieces of HTML."""

from __future__ import annotations

import platform
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from bnsim.charts.overlay import letter_of, look_of
from bnsim.compare.spoken import spoken
from bnsim.compare.summary import summary
from bnsim.compare.tables import Row, outcome_rows, setting_rows
from bnsim.errors import InputError
from bnsim.experiment import Readout
from bnsim.experiments import find
from bnsim.exports.code import code_of, has_code
from bnsim.exports.drawing import WAY_OUT
from bnsim.exports.html import markup
from bnsim.exports.html.markup import heading, own, paragraph, table, words
from bnsim.exports.pictures import TOGETHER, standing_out
from bnsim.scenario import link, set_link, toml
from bnsim.scenario.qr import qr_svg
from bnsim.scenario.scenario import ScenarioSet
from bnsim.text import words_of

if TYPE_CHECKING:
    from bnsim.exports.html.report import Report

WORDS, CODE_WORDS = words_of("bnsim.exports.html"), words_of("bnsim.exports.code")
WIDE = 5
"""So many columns beside the names of the scenarios have room on a sheet of paper."""

LONGEST_FILE = 100_000
"""Characters of a file that stand in a report: numbers of one's own may be a million."""

NOTHING = "–"
PACKAGES = ("bnsim", "numpy", "altair")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
LEGEND = '<svg viewBox="0 0 36 8" aria-hidden="true"><path d="M0,4h36" stroke="{}" stroke-width="{}" {}/></svg>'


def title_of(report: Report) -> str:
    """Return the title of the set, or what it is a set of."""
    experiment = find(report.comparison.experiment).title
    untitled = WORDS.say("label.untitled", experiment=experiment, count=counted(report))
    return report.scenarios.title.strip() or untitled


def counted(report: Report) -> str:
    """Return how many scenarios there are."""
    many = len(report.comparison.names)
    return WORDS["label.count.one"] if many == 1 else WORDS.say("label.count.many", count=str(many))


def opening(report: Report) -> Iterator[str]:
    """Yield the title, the question and what differs most."""
    yield heading(1, title_of(report))
    yield paragraph(report.scenarios.question or find(report.comparison.experiment).question, "lead")
    if report.scenarios.look_for:
        yield paragraph(f"{WORDS['label.look_for']} {report.scenarios.look_for}")
    if not report.drawn:
        yield paragraph(WORDS.say("label.no_pictures", way_out=WAY_OUT[0].upper() + WAY_OUT[1:]), "soft")
    if len(report.comparison.names) > 1:
        yield heading(2, WORDS["label.differs"])
        yield paragraph(summary(report.comparison), "answer")


def together(report: Report) -> Iterator[str]:
    """Yield the picture of all scenarios with its key, and in words for those who do not see it."""
    if TOGETHER not in report.pictures:
        return
    curves = report.comparison.overlay()
    curves = curves[curves["series"] == report.comparison.telling_series()]
    yield heading(2, WORDS["label.picture"])
    yield f"<figure>\n{report.pictures[TOGETHER]}\n<figcaption>{words(series_of(report))}</figcaption>\n</figure>\n"
    yield markup.items(key_to(report, set(curves["scenario"])), "key")
    quiet = len(report.titles) - len(standing_out(report.comparison))
    if quiet:
        yield paragraph(WORDS.say("label.quiet", count=str(quiet)), "soft")
    yield markup.items(map(words, spoken(curves, report.titles)), "said")


def key_to(report: Report, drawn: Container[str]) -> Iterator[str]:
    """Yield what the lines in colour are; nothing where their titles stand at their ends, and each has one."""
    loud = standing_out(report.comparison)
    if all(name in drawn for name in loud):
        return
    for at, (name, title) in enumerate(lettered(report).items()):
        if name in loud:
            yield f"{stroke(at)}{words(title if name in drawn else WORDS.say('label.no_curve', title=title))}"


def series_of(report: Report) -> str:
    """Return what the curves over each other are."""
    return find(report.comparison.experiment).overlay.labels[report.comparison.telling_series()]


def said_together(report: Report) -> str:
    """Return what the picture of all scenarios is called by those who do not see it."""
    return WORDS.say("label.picture_alt", series=series_of(report), count=counted(report))


def lettered(report: Report) -> dict[str, str]:
    """Return the titles of the scenarios by name, each with the letter that it has in the picture."""
    if len(report.titles) == 1:
        return report.titles
    return {name: f"{letter_of(at)} · {title}" for at, (name, title) in enumerate(report.titles.items())}


def stroke(place: int) -> str:
    """Return a piece of the line at a place."""
    colour, dash, width = look_of(place)
    dashes = "" if dash[1] == 0 else f'stroke-dasharray="{" ".join(map(str, dash))}"'
    return LEGEND.format(colour, width, dashes)


def outcomes(report: Report) -> Iterator[str]:
    """Yield what came out: a row for each scenario, in it the numbers that the set is about."""
    if len(report.comparison.names) < 2:
        return
    yield heading(2, WORDS["label.came_out"])
    yield paragraph(WORDS.say("label.measure", title=report.titles[report.comparison.baseline]), "soft")
    yield from by_scenario(report, outcome_rows(report.comparison), "")


def settings(report: Report) -> Iterator[str]:
    """Yield what went in: what is not the same in all scenarios, and what is."""
    every, differing = setting_rows(report.comparison, every=True), setting_rows(report.comparison)
    yield heading(2, WORDS["label.went_in"])
    if differing:
        yield from by_scenario(report, differing, WORDS["label.differing"])
    elif len(report.comparison.names) > 1:
        yield paragraph(WORDS["label.nothing_differs"])
    known = {(row.label, row.symbol) for row in differing}
    shared = [row for row in every if (row.label, row.symbol) not in known]
    head = [own(WORDS[f"label.{name}"]) for name in ("setting", "symbol", "value")]
    rows = [("", (words(row.label), words(row.symbol), words(row.cells[0].text or NOTHING))) for row in shared]
    if rows:
        yield table(WORDS["label.shared"] if len(report.comparison.names) > 1 else "", head, rows)


def by_scenario(report: Report, rows: Sequence[Row], title: str) -> Iterator[str]:
    """Yield quantities as columns, as many beside each other as a sheet has room for."""
    names = list(map(words, lettered(report).values()))
    if len(names) > 1:
        names[0] += small(WORDS["label.baseline"])
    for start in range(0, len(rows), WIDE):
        shown = rows[start : start + WIDE]
        head = [own(WORDS["label.scenario"]), *(f"{words(row.label)} {small(row.symbol)}" for row in shown)]
        lines = [("" if at else "base", [name, *cells_at(shown, at)]) for at, name in enumerate(names)]
        yield table(title if start == 0 else "", head, lines)


def cells_at(rows: Sequence[Row], place: int) -> list[str]:
    """Return what one scenario has of several quantities, beneath it the difference."""
    cells = [row.cells[place] for row in rows]
    return [words(cell.text) + small(cell.difference, cell.verdict) for cell in cells]


def small(text: str, kind: str = "") -> str:
    """Return what is added to a cell in small letters; nothing if there is no text."""
    return f"<small{markup.class_of(kind)}>{markup.lines(text)}</small>" if text else ""


def scenarios(report: Report) -> Iterator[str]:
    """Yield every scenario by itself: its answer, its picture, all its numbers and its link."""
    yield heading(2, WORDS["label.scenarios"])
    pictures = len([name for name in report.comparison.names if name in report.pictures])
    if 0 < pictures < len(report.comparison.names):
        yield paragraph(WORDS.say("label.few_pictures", count=str(pictures)), "soft")
    for name, title in lettered(report).items():
        yield from scenario(report, name, title)


def scenario(report: Report, name: str, title: str) -> Iterator[str]:
    """Yield one scenario."""
    result, given = report.comparison.results[name], report.scenarios.get(name)
    yield f'<section class="one">\n<div class="opening">\n{heading(3, title)}'
    yield paragraph(given.note) + paragraph(result.answer, "answer") + "</div>\n"
    yield figure(report, name)
    yield "".join(map(paragraph, result.notes))
    yield numbers(report, name, title)
    page = f"{report.base.rstrip('/')}/{report.comparison.experiment}"
    yield f'<p class="soft">{markup.link(link.url(page, result.params), WORDS["label.open"])}</p>\n</section>\n'


def figure(report: Report, name: str) -> str:
    """Return the picture of one scenario with its caption and in words; nothing if it was not drawn."""
    if name not in report.pictures:
        return ""
    shown = report.comparison.results[name].first_figure
    caption = f"<strong>{words(shown.title)}.</strong> {words(shown.caption)}"
    return f"<figure>\n{report.pictures[name]}\n<figcaption>{caption}</figcaption>\n</figure>\n"


def numbers(report: Report, name: str, title: str) -> str:
    """Return every number of one scenario with all its digits, how it differs, and how it is made."""
    comparison = report.comparison
    place = 0 if name == comparison.baseline else comparison.names.index(name)
    heads = ["quantity", "symbol", "value", *(["difference"] if place else []), "which_is"]
    rows = [("", number_cells(report, found, place)) for found in comparison.results[name].readout_list]
    caption = WORDS.say("label.numbers", title=title)
    return table(caption, [own(WORDS[f"label.{head}"]) for head in heads], rows, "numbers")


def number_cells(report: Report, found: Readout, place: int) -> list[str]:
    """Return a row of all numbers; of the baseline, which is at the first place, without a difference."""
    term = found.term
    differences = report.differences.get((term.label, term.symbol), {})
    difference = [markup.lines(differences.get(place, ""))] if place else []
    return [words(term.label), words(term.symbol), words(term.written(found.best)), *difference, words(found.statement)]


def programs(report: Report) -> Iterator[str]:
    """Yield the same in code for the baseline, closed until asked for; nothing where there is no code."""
    comparison = report.comparison
    if not has_code(find(comparison.experiment)):
        return
    name = comparison.baseline
    found = code_of(comparison.experiment, comparison.results[name].params, title=report.titles[name], base=report.base)
    yield heading(2, WORDS["label.code"])
    for framework, text in found.items():
        title = WORDS.say(
            "label.code_of", framework=CODE_WORDS[f"label.framework.{framework}"], title=report.titles[name]
        )
        yield markup.folded(title, markup.code(text))


def again(report: Report) -> Iterator[str]:
    """Yield how to take the scenarios up again: their link, its QR code, the file; and what made the report."""
    chosen = compared_set(report)
    yield heading(2, WORDS["label.again"])
    yield linked(report, chosen)
    file = toml.write(chosen)
    if len(file) <= LONGEST_FILE:
        yield markup.folded(WORDS["label.file"], paragraph(WORDS["label.file_how"]) + markup.code(file))
    yield paragraph(WORDS.say("label.made", date=report.made.isoformat(), versions=versions()), "soft")


def compared_set(report: Report) -> ScenarioSet:
    """Return the scenarios of the report with the baseline that they are held against."""
    names = set(report.comparison.names)
    chosen = tuple(each for each in report.scenarios.scenarios if each.name in names)
    return replace(report.scenarios, scenarios=chosen, baseline=report.comparison.baseline)


def linked(report: Report, chosen: ScenarioSet) -> str:
    """Return the link to the scenarios and its QR code, or why there is none."""
    try:
        address = address_of(report, chosen)
        shown = f"<p>{markup.link(address, WORDS['label.link'])}</p>\n"
        if urlsplit(address).hostname in LOCAL_HOSTS:
            shown += paragraph(WORDS["label.local"], "soft")
        code = qr_svg(address, WORDS["label.qr"])
    except InputError as error:
        return "".join(map(paragraph, error.problems))
    return f'<div class="again"><div>{shown}</div><div class="bn-qr">{code}</div></div>\n'


def address_of(report: Report, chosen: ScenarioSet) -> str:
    """Return the link to the comparison: short where the app knows the set by name, else with all that is in it."""
    if not report.name:
        return set_link.url(report.base, chosen)
    query = urlencode({"set": report.name, "baseline": report.comparison.baseline})
    return f"{report.base.rstrip('/')}/compare?{query}"


def versions() -> str:
    """Return what made the numbers and the pictures, with versions."""
    found = [f"{name} {version(name)}" for name in PACKAGES]
    return ", ".join([*found, f"Python {platform.python_version()}"])


PARTS: tuple[Callable[[Report], Iterator[str]], ...] = (
    opening, together, outcomes, settings, scenarios, programs, again,
)  # fmt: skip
"""What writes the parts, in their order."""
