"""The parts of an export, each with its file name, and writing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bnsim.errors import ScenarioError
from bnsim.experiments import params_of
from bnsim.exports.asked import Export
from bnsim.exports.code import FRAMEWORKS, code_text
from bnsim.exports.drawing import can_draw, drawn
from bnsim.exports.pictures import png, specs_of, vega
from bnsim.exports.record import record, to_json
from bnsim.exports.report import course_page
from bnsim.exports.svg import fitted
from bnsim.scenario import link, set_link, toml
from bnsim.scenario.files import make_folder, write_file
from bnsim.scenario.library import Library
from bnsim.scenario.scenario import ScenarioSet

if TYPE_CHECKING:
    import pandas as pd


ALL = "(all)"
"""What stands before the link of a whole set; no scenario can have this name."""


def csv_text(frame: pd.DataFrame, *, index: bool = True) -> str:
    """Return a frame as CSV: floats in full, an empty cell for NaN."""
    return frame.to_csv(index=index, lineterminator="\n")


def scenario_csv(asked: Export) -> str:
    """Return one row a scenario, in their own order: parameters and readouts."""
    frame = asked.comparison.frame()
    kept = [column for column in frame.columns if not column.endswith(" - baseline")]
    return csv_text(frame.loc[list(asked.scenarios.names), kept])


def links(asked: Export) -> str:
    """Return a link per scenario, one a line, after its name where there are several; then that of all together.

    The last is left out where the set has no room in a link: `set_link.encode` says why.
    """
    urls = single_links(asked)
    if len(urls) == 1:
        return "".join(f"{url}\n" for url in urls.values())
    with suppress(ScenarioError):
        urls[ALL] = set_link.url(asked.base, asked.scenarios)
    return "".join(f"{name}\t{url}\n" for name, url in urls.items())


def single_links(asked: Export) -> dict[str, str]:
    """Return the link to each scenario, by name."""
    page = f"{asked.base.rstrip('/')}/{asked.scenarios.experiment}"
    return {each.name: link.url(page, each.params) for each in asked.scenarios.scenarios}


def report(asked: Export) -> str:
    """Return scenarios as one HTML file, with pictures.

    Raises
    ------
    MissingExtraError
        If the package that draws the pictures is not installed.
    """
    # Imported here: whoever exports numbers does not wait for what makes pictures.
    from bnsim.exports.html import Report, html_report

    pictures = dict(drawn(specs_of(asked.comparison)))
    name = known_as(asked.scenarios)
    return html_report(Report(asked.scenarios, asked.comparison, asked.made, asked.base, pictures, name))


def known_as(scenarios: ScenarioSet) -> str:
    """Return the name under which an app on this computer has exactly this set; empty if it has not."""
    known = Library.open(params_of).of(scenarios.experiment)
    return next((name for name, found in known.items() if found == scenarios), "")


def without_link(asked: Export) -> Iterator[str]:
    """Yield a sentence for everything that has no room in its link."""
    for each in asked.scenarios.scenarios:
        if not link.holds_everything(each.params):
            yield f"The link of {each.name} leaves out your numbers: they are too many for a link."
    if len(asked.scenarios.names) > 1:
        try:
            set_link.encode(asked.scenarios)
        except ScenarioError as error:
            yield from error.problems


def programs(asked: Export, framework: str) -> Iterator[tuple[str, str]]:
    """Yield the program of each scenario for one framework, by file name; several may stand in one file, too."""
    for each in asked.scenarios.scenarios:
        found = code_text(each.experiment, each.params, framework, title=each.title or each.name, base=asked.base)
        yield f"{asked.stem}-{each.name}-{framework}.py", found


def _program_text(framework: str, asked: Export) -> str:
    return "\n\n".join(text for _, text in programs(asked, framework))


def _programs_of(framework: str, asked: Export) -> Iterator[tuple[str, str]]:
    return programs(asked, framework)


def _code_files(asked: Export) -> Iterator[tuple[str, str]]:
    for framework in FRAMEWORKS:
        yield from programs(asked, framework)


def _csv_files(asked: Export) -> Iterator[tuple[str, str]]:
    yield f"{asked.stem}.csv", scenario_csv(asked)
    for name, result in asked.results.items():
        for table, frame in result.tables.items():
            yield f"{asked.stem}-{name}-{table}.csv", csv_text(frame, index=False)


def _markdown_files(asked: Export) -> Iterator[tuple[str, str]]:
    """Yield the page of a course, and its pictures where something can draw them."""
    figures = {name: result.first_figure for name, result in asked.results.items()} if can_draw() else {}
    files = {name: f"{asked.stem}-{name}-{figure.key}.svg" for name, figure in figures.items()}
    yield f"{asked.stem}.md", course_page(asked.scenarios, asked.comparison, single_links(asked), files)
    for name, svg in drawn({name: vega(figure) for name, figure in figures.items()}, "white"):
        yield files[name], fitted(svg, "p", figures[name].alt)


def _vega_files(asked: Export) -> Iterator[tuple[str, str]]:
    for name, result in asked.results.items():
        for figure in result.figures:
            yield f"{asked.stem}-{name}-{figure.key}.vl.json", to_json(vega(figure))


def _png_files(asked: Export) -> Iterator[tuple[str, bytes]]:
    for name, result in asked.results.items():
        for figure in result.figures:
            yield f"{asked.stem}-{name}-{figure.key}.png", png(figure)


TEXTS: dict[str, Callable[[Export], str]] = {
    "csv": scenario_csv,
    "json": lambda asked: to_json(record(asked.scenarios, asked.results)),
    "html": report,
    "md": lambda asked: course_page(asked.scenarios, asked.comparison, single_links(asked), {}),
    "toml": lambda asked: toml.write(asked.scenarios),
    **{framework: partial(_program_text, framework) for framework in FRAMEWORKS},
}
"""Exports that are one text."""

FILES: dict[str, Callable[[Export], Iterator[tuple[str, str | bytes]]]] = {
    "csv": _csv_files,
    "json": lambda asked: iter([(f"{asked.stem}.json", TEXTS["json"](asked))]),
    "html": lambda asked: iter([(f"{asked.stem}.html", TEXTS["html"](asked))]),
    "md": _markdown_files,
    "toml": lambda asked: iter([(f"{asked.stem}.toml", TEXTS["toml"](asked))]),
    "vega": _vega_files,
    "png": _png_files,
    "code": _code_files,
    **{framework: partial(_programs_of, framework) for framework in FRAMEWORKS},
}
"""Exports as files: name and content."""


def write_files(asked: Export, kind: str, folder: Path) -> Iterator[Path]:
    """Write the files of one kind and yield their paths; files of the same name are replaced.

    Raises
    ------
    InputError
        If the folder cannot be made or written to.
    """
    make_folder(folder)
    for name, content in FILES[kind](asked):
        path = folder / name
        write_file(path, content if isinstance(content, bytes) else content.encode())
        yield path
