"""What the Compare page writes as markup: tables, the key of a picture, and the picture in words."""

import html
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from bnsim.charts.overlay import look_of
from bnsim.compare.tables import Cell, Row


def grid(columns: Sequence[str], rows: Iterable[Row], title: str, *, narrow: bool = False) -> str:
    """Return a table as markup as wide as its numbers, so that none is ever cut; the first column is the baseline.

    Streamlit's own table cuts a text where its column ends: of 3.4e-5 it may show 3.4. `narrow` columns have room for
    numbers in few digits.
    """
    marks = ['class="b"', *[""] * (len(columns) - 1)]
    head = "".join(
        f'<th scope="col" {mark}>{html.escape(name)}</th>' for mark, name in zip(marks, columns, strict=True)
    )
    body = "".join(f"<tr>{row_head(row)}{''.join(map(cell, marks, row.cells))}</tr>" for row in rows)
    return (
        f'<div class="bng{" s" if narrow else ""}" role="region" tabindex="0" aria-label="{html.escape(title)}">'
        f'<table style="--n:{len(columns)}"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def row_head(row: Row) -> str:
    """Return what a row is called."""
    symbol = f" <i>{html.escape(row.symbol)}</i>" if row.symbol else ""
    return f'<th scope="row">{html.escape(row.label)}{symbol}</th>'


def cell(mark: str, value: Cell) -> str:
    """Return one value, its difference from the baseline beneath it."""
    difference = f"<small>{html.escape(value.difference)}</small>" if value.difference else ""
    return f"<td {mark}>{html.escape(value.text)}{difference}</td>"


def key_of(titles: Sequence[str], label: str, *, labelled: bool) -> str:
    """Return the key of a picture; of one whose lines have their titles it shows only where those have no room."""
    items = "".join(f"<li>{stroke(at)}{html.escape(title)}</li>" for at, title in enumerate(titles))
    return f'<ul class="bnk{" w" if labelled else ""}" aria-label="{html.escape(label)}">{items}</ul>'


def stroke(place: int) -> str:
    """Return a piece of the line at a place: stripes, since drawings are taken out of what a page is given as text."""
    colour, dash, width = look_of(place)
    edges = [0, *accumulate(dash)]
    drawn = [colour if not at % 2 else "transparent" for at in range(len(dash))]
    stripes = ",".join(f"{paint} {a}px {b}px" for paint, (a, b) in zip(drawn, pairwise(edges), strict=True))
    return f'<b style="height:{width}px;background:repeating-linear-gradient(90deg,{stripes})"></b>'


def in_words(sentences: Iterable[str], head: str) -> str:
    """Return sentences that are heard and not seen."""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f'<div class="bn-sr"><p>{html.escape(head)}</p><ul>{items}</ul></div>'
