"""Pieces of HTML; every text that goes into one is shown as that text, whatever is in it."""

import html
from collections.abc import Iterable, Sequence


def words(text: str) -> str:
    """Return text that is no markup; its direction of writing ends with it."""
    return f"<bdi>{html.escape(text)}</bdi>"


def own(text: str) -> str:
    """Return a text of the house, which brings no direction of writing with it."""
    return html.escape(text)


def lines(text: str) -> str:
    """Return text with its lines where it has them."""
    return "<br>".join(map(words, text.strip().splitlines()))


def paragraph(text: str, name: str = "") -> str:
    """Return a paragraph; nothing if there is no text."""
    inside = lines(text)
    return f"<p{class_of(name)}>{inside}</p>\n" if inside else ""


def heading(level: int, text: str, name: str = "") -> str:
    """Return a heading."""
    return f"<h{level}{class_of(name)}>{words(text)}</h{level}>\n"


def items(texts: Iterable[str], name: str = "") -> str:
    """Return a list, an item for each piece of HTML; nothing if there is none."""
    inside = "".join(f"<li>{text}</li>" for text in texts)
    return f"<ul{class_of(name)}>{inside}</ul>\n" if inside else ""


def link(address: str, text: str) -> str:
    """Return a text that leads to an address of the web; to any other it does not lead, the address stands there."""
    if not address.startswith(("http://", "https://")):
        return f"{words(text)} {words(address)}"
    return f'<a href="{html.escape(address)}" rel="noreferrer">{html.escape(text)}</a>'


def folded(title: str, inside: str) -> str:
    """Return what is seen when it is asked for."""
    return f"<details><summary>{words(title)}</summary>\n{inside}</details>\n"


def code(text: str) -> str:
    """Return lines of a program or a file as they are."""
    return f'<pre tabindex="0" dir="ltr"><code>{html.escape(text)}</code></pre>\n'


def table(title: str, head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], name: str = "") -> str:
    """Return a table of pieces of HTML: its first column names the rows; a row comes with its class.

    The head is printed again on every page.
    """
    columns = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(table_row(cells, kind) for kind, cells in rows)
    caption = f"<caption>{words(title)}</caption>" if title else ""
    return (
        f'<div class="wide" tabindex="0"><table{class_of(name)}>{caption}<thead><tr>{columns}</tr></thead>\n'
        f"<tbody>\n{body}</tbody></table></div>\n"
    )


def table_row(cells: Sequence[str], kind: str) -> str:
    """Return one row of a table."""
    first, *others = cells
    inside = "".join(f"<td>{cell}</td>" for cell in others)
    return f'<tr{class_of(kind)}><th scope="row">{first}</th>{inside}</tr>\n'


def class_of(name: str) -> str:
    """Return the attribute that names a class; nothing without a name."""
    return f' class="{name}"' if name else ""
