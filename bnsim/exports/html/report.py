"""What a report holds, and the whole of it as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files

from bnsim.compare import Comparison, told_apart
from bnsim.compare.tables import outcome_rows
from bnsim.exports.html import sections
from bnsim.exports.html.markup import own
from bnsim.exports.pictures import TOGETHER
from bnsim.exports.svg import fitted
from bnsim.once import kept, once
from bnsim.scenario.scenario import ScenarioSet

MOST_DRAWN = 2_000_000
"""Characters of all pictures: with them a report stays below three megabytes. Fifty of the largest have 1,700,000."""

# Whatever were in the file, no browser would load or run it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, eq=False)
class Report:
    """What is reported.

    Attributes
    ----------
    scenarios : ScenarioSet
        With the texts that introduce it.
    comparison : Comparison
        What was found for them, or for those of them that have been run.
    made : date
        When.
    base : str
        Address of the app, for the links.
    drawn : mapping of str to str
        What Vega drew of `pictures.specs_of`, in SVG; empty if there was nothing to draw with.
    name : str
        Under which the app has the set; empty for one of somebody's own.
    """

    scenarios: ScenarioSet
    comparison: Comparison
    made: date
    base: str
    drawn: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    @property
    def titles(self) -> dict[str, str]:
        """What the scenarios are called, by name: no two the same."""
        return told_apart(self.comparison.titles)

    @kept
    def pictures(self) -> Mapping[str, str]:
        """The pictures as they stand in the page, by name: as many of them as a report has room for."""
        found, room = dict[str, str](), MOST_DRAWN
        for place, (name, svg) in enumerate(self.drawn.items()):
            picture = fitted(svg, f"p{place}", self.said(name))
            room -= len(picture)
            if room < 0:
                break
            found[name] = picture
        return found

    @kept
    def differences(self) -> Mapping[tuple[str, str], Mapping[int, str]]:
        """How every number differs from that of the baseline, by label and symbol, and by the place of the scenario."""
        rows = outcome_rows(self.comparison, every=True)
        return {(row.label, row.symbol): {at: cell.difference for at, cell in enumerate(row.cells)} for row in rows}

    def said(self, name: str) -> str:
        """Return what a picture is called by those who do not see it."""
        if name == TOGETHER:
            return sections.said_together(self)
        shown = self.comparison.results[name].first_figure
        return f"{shown.alt} {shown.description}"


def html_report(report: Report) -> str:
    """Return a report as one HTML file."""
    title = own(sections.title_of(report))
    parts = "".join(part for write in sections.PARTS for part in write(report))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>\n{style()}</style>\n</head>\n<body>\n<main>\n{parts}</main>\n</body>\n</html>\n"
    )


@once
def style() -> str:
    """Return the style sheet."""
    return files(__package__).joinpath("style.css").read_text("utf-8")
