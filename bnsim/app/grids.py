"""What the Compare page writes as markup: tables, the key of a picture, small pictures, and a picture in words."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from urllib.parse import quote

from bnsim.charts.overlay import look_of
from bnsim.compare.tables import Cell, Row


@dataclass(frozen=True)
class Head:
    """What a scenario is called, what it is besides ("baseline"), and the class by which it is styled apart."""

    title: str
    role: str = ""
    mark: str = ""

    def markup(self) -> str:
        """Return it as markup."""
        return html.escape(self.title) + (f" <small>{html.escape(self.role)}</small>" if self.role else "")


Lines = Sequence[Row | str]
"""Rows, and between them headings."""


def grid(heads: Sequence[Head], lines: Lines, title: str, *, narrow: bool = False) -> str:
    """Return a table as markup, a column for each scenario, as wide as its numbers, so that none is ever cut.

    Streamlit's own table cuts a text where its column ends: of 3.4e-5 it may show 3.4. `narrow` columns have room for
    numbers in few digits. The quantities and the first scenario, the baseline, stay while the others are moved.
    """
    columns = "".join(f'<th scope="col" class="{each.mark}">{each.markup()}</th>' for each in heads)
    body = "".join(
        f'<tr><th class="g" colspan="{len(heads) + 1}">{html.escape(line)}</th></tr>'
        if isinstance(line, str)
        else f"<tr>{row_head(line)}{''.join(map(cell, heads, line.cells))}</tr>"
        for line in lines
    )
    kind = "bng s" if narrow else "bng"
    return region(kind, title, len(heads), f"<tr><td></td>{columns}</tr>", body)


def tall_grid(heads: Sequence[Head], lines: Lines, title: str) -> str:
    """Return a table as markup, a row for each of many scenarios; the quantities and the baseline stay in sight."""
    rows = [line for line in lines if isinstance(line, Row)]
    columns = "".join(f'<th scope="col">{called(row)}</th>' for row in rows)
    scenarios = [
        f'<tr><th scope="row" class="{head.mark}">{head.markup()}</th>'
        f"{''.join(cell(head, row.cells[at]) for row in rows)}</tr>"
        for at, head in enumerate(heads)
    ]
    above = f"{groups(lines)}<tr><td></td>{columns}</tr>{scenarios[0]}"
    return region("bng s t", title, len(rows), above, "".join(scenarios[1:]))


def groups(lines: Lines) -> str:
    """Return the headings among rows as a line above the columns that these rows are; nothing where there are none."""
    starts = [at for at, line in enumerate(lines) if isinstance(line, str)]
    spans = [(lines[start], end - start - 1) for start, end in pairwise([*starts, len(lines)])]
    heads = "".join(
        f'<th class="g" scope="colgroup" colspan="{n}">{html.escape(str(words))}</th>' for words, n in spans
    )
    return f"<tr><td></td>{heads}</tr>" if heads else ""


def region(kind: str, title: str, count: int, head: str, body: str) -> str:
    """Return a table that can be moved by keyboard within its place."""
    return (
        f'<div class="{kind}" role="region" tabindex="0" aria-label="{html.escape(title)}">'
        f'<table style="--n:{count}"><thead>{head}</thead><tbody>{body}</tbody></table></div>'
    )


def row_head(row: Row) -> str:
    """Return what a row is called."""
    return f'<th scope="row">{called(row)}</th>'


def called(row: Row) -> str:
    """Return label and symbol of a quantity."""
    symbol = f" <i>{html.escape(row.symbol)}</i>" if row.symbol else ""
    return html.escape(row.label) + symbol


def cell(head: Head, value: Cell) -> str:
    """Return one value, its differences from the references beneath it."""
    difference = small(value.difference, value.verdict) + small(value.second, "o")
    return f'<td class="{head.mark}">{html.escape(value.text)}{difference}</td>'


def small(words: str, kind: str) -> str:
    """Return small lines beneath a value, if there are any."""
    mark = f' class="{kind}"' if kind else ""
    return f"<small{mark}>{html.escape(words).replace(chr(10), '<br>')}</small>" if words else ""


def key_of(items: Iterable[tuple[int, str]], label: str, *, labelled: bool) -> str:
    """Return the key of a picture: places and titles; of lines with titles it shows only where these have no room."""
    listed = "".join(f"<li>{stroke(place)}{html.escape(title)}</li>" for place, title in items)
    return f'<ul class="bnk{" w" if labelled else ""}" aria-label="{html.escape(label)}">{listed}</ul>'


def stroke(place: int) -> str:
    """Return a piece of the line at a place: stripes, since drawings are taken out of what a page is given as text."""
    colour, dash, width = look_of(place)
    edges = [0, *accumulate(dash)]
    drawn = [colour if not at % 2 else "transparent" for at in range(len(dash))]
    stripes = ",".join(f"{paint} {a}px {b}px" for paint, (a, b) in zip(drawn, pairwise(edges), strict=True))
    return f'<b style="height:{width}px;background:repeating-linear-gradient(90deg,{stripes})"></b>'


def panels(pictures: Iterable[tuple[Head, str, str]], label: str) -> str:
    """Return small pictures side by side, as many in a row as there is room for: head, picture as SVG, what it shows.

    Pictures are given as images, since drawings are taken out of what a page is given as text.
    """
    figures = "".join(
        f'<figure class="{head.mark}"><figcaption>{head.markup()}</figcaption>{image(picture, words)}</figure>'
        for head, picture, words in pictures
    )
    return f'<div class="bnm" role="group" aria-label="{html.escape(label)}">{figures}</div>'


def image(picture: str, words: str) -> str:
    """Return a picture as an image; without one, what is to be said instead."""
    if not picture:
        return f"<p>{html.escape(words)}</p>"
    return f'<img alt="{html.escape(words)}" src="data:image/svg+xml,{quote(picture, safe="/:=, ")}">'


def in_words(sentences: Iterable[str], head: str) -> str:
    """Return sentences that are heard and not seen."""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f'<div class="bn-sr"><p>{html.escape(head)}</p><ul>{items}</ul></div>'
