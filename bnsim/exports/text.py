"""Tables of text: aligned for a terminal, or as Markdown; a cell is always shown as text, never as markup."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

Row = Sequence[str]
TableWriter = Callable[[Sequence[str], Iterable[Row]], str]

MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def plain_table(head: Row, rows: Iterable[Row]) -> str:
    """Return an aligned table, two spaces between the columns; columns of numbers are aligned to the right.

    Parameters
    ----------
    head : sequence of str
        Titles of the columns; if all are empty the head is left out.
    rows : iterable of sequences of str
        As many cells as the head has.
    """
    body = [[_one_line(cell) for cell in row] for row in rows]
    lines = [list(head), *body] if any(head) else body
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    right = [bool(body) and all(_is_number(row[at]) for row in body) for at in range(len(head))]
    return "\n".join("  ".join(map(_padded, line, widths, right)).rstrip() for line in lines)


def markdown_table(head: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table; what Markdown would read as markup is escaped."""
    cells = [[escaped(cell) for cell in line] for line in (head, *rows)]
    cells.insert(1, ["---"] * len(head))
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def escaped(text: str) -> str:
    """Return text so that Markdown shows exactly that text, on one line."""
    return MARKUP.sub(r"\\\1", _one_line(text))


def width(text: str) -> int:
    """Return the columns a text takes in a terminal: combining marks none, wide East Asian characters two."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _padded(cell: str, columns: int, right: bool) -> str:
    space = " " * (columns - width(cell))
    return space + cell if right else cell + space


def _is_number(cell: str) -> bool:
    return bool(re.match(r"[+−]?(\d|∞|not a number)", cell)) or not cell


def _one_line(cell: str) -> str:
    return " ".join(cell.split())
