"""Values and titles as source text: whatever they hold, they stay numbers, strings and comments."""

import textwrap
import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

Literal: TypeAlias = bool | int | float | str | Sequence[float] | Sequence[int] | None

LINE = 100
LONGEST_COMMENT = 300
HIDDEN = ("C", "Zl", "Zp")
"""Categories of characters that end a line, cannot stand in a source file, or turn the direction of writing."""


def assigned(name: str, value: Literal, remark: str = "") -> str:
    """Return the line, or for a long list the lines, that give a name a value, with a remark behind it."""
    text = f"{name} = {literal(value)}"
    return f"{text}  {comment(remark)}" if remark and "\n" not in text else text


def literal(value: Literal) -> str:
    """Return the source of a value: Python reads exactly that value again."""
    if isinstance(value, str):
        return ascii(value)
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if isinstance(value, float):
        return repr(float(value))
    numbers = ", ".join(literal(each) for each in value)
    short = f"[{numbers}]"
    if len(short) <= LINE // 2:
        return short
    lines = textwrap.wrap(numbers, LINE, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(("[", *lines, "]"))


def comment(text: str, most: int = LONGEST_COMMENT) -> str:
    """Return a text as one comment: on one line whatever it holds, cut where it is long."""
    shown = "".join(" " if unicodedata.category(each).startswith(HIDDEN) else each for each in text[: most + 1])
    return f"# {shown[:most]}…" if len(shown) > most else f"# {shown}".rstrip()
