"""The parts of an export, each with its file name, and writing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnsim.compare import compare_scenarios
from bnsim.errors import ScenarioError
from bnsim.experiment import Result
from bnsim.exports.pictures import png, vega
from bnsim.exports.record import record, to_json
from bnsim.exports.report import MARKDOWN, run_report
from bnsim.once import kept
from bnsim.runs import run_all
from bnsim.scenario import link, set_link, toml
from bnsim.scenario.files import make_folder, write_file
from bnsim.scenario.scenario import ScenarioSet
from bnsim.work.sharing import Progress

if TYPE_CHECKING:
    import pandas as pd


ALL = "(all)"
"""What stands before the link of a whole set; no scenario can have this name."""


@dataclass(frozen=True, eq=False)
class Export:
    """Scenarios, and their results when something needs them.

    Attributes
    ----------
    scenarios : ScenarioSet
        Those to export, in order.
    stem : str
        The beginning of file names.
    executor, progress : optional
        Who does slow work, and who hears how far it is: see `bnsim.run_many`.
    """

    scenarios: ScenarioSet
    stem: str
    executor: Any = None
    progress: Progress | None = None

    @kept
    def results(self) -> dict[str, Result]:
        """The result of every scenario, by name."""
        results = run_all(self.scenarios.scenarios, executor=self.executor, progress=self.progress)
        return dict(zip(self.scenarios.names, results, strict=True))


def csv_text(frame: pd.DataFrame, *, index: bool = True) -> str:
    """Return a frame as CSV: floats in full, an empty cell for NaN."""
    return frame.to_csv(index=index, lineterminator="\n")


def scenario_csv(asked: Export) -> str:
    """Return one row a scenario, in their own order: parameters and readouts."""
    frame = compare_scenarios(asked.scenarios, results=asked.results.values()).frame()
    kept = [column for column in frame.columns if not column.endswith(" - baseline")]
    return csv_text(frame.loc[list(asked.scenarios.names), kept])


def links(asked: Export, base: str) -> str:
    """Return a link per scenario, one a line, after its name where there are several; then that of all together.

    The last is left out where the set has no room in a link: `set_link.encode` says why.
    """
    page = f"{base.rstrip('/')}/{asked.scenarios.experiment}"
    urls = {each.name: link.url(page, each.params) for each in asked.scenarios.scenarios}
    if len(urls) == 1:
        return "".join(f"{url}\n" for url in urls.values())
    with suppress(ScenarioError):
        urls[ALL] = set_link.url(base, asked.scenarios)
    return "".join(f"{name}\t{url}\n" for name, url in urls.items())


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


def _csv_files(asked: Export) -> Iterator[tuple[str, str]]:
    yield f"{asked.stem}.csv", scenario_csv(asked)
    for name, result in asked.results.items():
        for table, frame in result.tables.items():
            yield f"{asked.stem}-{name}-{table}.csv", csv_text(frame, index=False)


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
    "md": lambda asked: run_report(asked.scenarios, asked.results, MARKDOWN),
    "toml": lambda asked: toml.write(asked.scenarios),
}
"""Exports that are one text."""

FILES: dict[str, Callable[[Export], Iterator[tuple[str, str | bytes]]]] = {
    "csv": _csv_files,
    "json": lambda asked: iter([(f"{asked.stem}.json", TEXTS["json"](asked))]),
    "md": lambda asked: iter([(f"{asked.stem}.md", TEXTS["md"](asked))]),
    "toml": lambda asked: iter([(f"{asked.stem}.toml", TEXTS["toml"](asked))]),
    "vega": _vega_files,
    "png": _png_files,
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
