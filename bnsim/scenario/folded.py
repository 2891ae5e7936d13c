"""TOML made short before it is parsed: long texts, long lists of numbers and comments are taken out and put back.

Python's parser takes 50 nanoseconds for each character of a text and a microsecond for each number of a list, and
nobody else is served meanwhile. Patterns in C find where these begin and end a hundred times as fast.
"""

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

SHORT = 24
"""Characters of what is left where it stands."""
MARK = "708192637415"
"""Begins the whole number that stands for what was taken out; a text that has it stays as it is."""

CONTROLS = r"\x00-\x08\x0a-\x1f\x7f"
# Every text is matched, whole or not, so that what stands in it is never taken for something else. Each way begins with
# a plain sign: only then Python jumps from one of these signs to the next.
PART = re.compile(
    rf"""#[^{CONTROLS}]*+"""
    r"""|\"\"\"(?:[^"\\]++|\\.|"{1,2}+(?!"))*+(?:"{3,5}|\\?\Z)"""
    r"""|'''(?:[^']++|'{1,2}+(?!'))*+(?:'{3,5}|\Z)"""
    r"""|"(?:[^"\\\n]++|\\[^\n])*+"?"""
    r"""|'[^'\n]*+'?"""
    rf"""|=[ \t]*+\[[-0-9eE+._,\s]{{{SHORT},}}+\]""",
    re.DOTALL,
)
AFTER_A_KEY = re.compile(r"[ \t]*+[=.\]]")
ODD_CONTROL = re.compile(rf"[{CONTROLS}]")
ODD_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# What TOML allows in numbers and JSON does not.
NEEDLESS = re.compile(r"(?<=[0-9])_(?=[0-9])|(?<=[,\s])\+(?=[0-9])")
NO_JSON = re.compile(r",\s*\Z")
WINDOW = 1000
LONG_NUMBER = re.compile(r"(?<![0-9_])[0-9_]{4000}")
"""Python turns the digits of a number into a float by the square of their number, all at once."""
PLACE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)\Z")


@dataclass
class Folded:
    """A TOML text and what was taken out of it.

    Attributes
    ----------
    text : str
        The TOML that is left.
    kept : dict
        By the mark that stands for it: the text, or the list of numbers.
    parts : list of (start, end, length)
        Where each stood, and the length of what stands there now.
    whole : str
        The text as it was.
    """

    text: str = ""
    kept: dict[str, str | list[float]] = field(default_factory=dict)
    parts: list[tuple[int, int, int]] = field(default_factory=list)
    whole: str = ""

    def parse(self) -> dict[str, Any]:
        """Return the document; what was taken out is back in its place.

        Raises
        ------
        tomllib.TOMLDecodeError
            With the place in the text as it was.
        ValueError, RecursionError
            As tomllib does.
        """
        try:
            document = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            message = PLACE.sub(self._place, str(error)) if self.parts else str(error)
            raise tomllib.TOMLDecodeError(message) from None
        return {key: self._restored(value) for key, value in document.items()} if self.kept else document

    def _restored(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._restored(each) for key, each in value.items()}
        if isinstance(value, str) and value in self.kept:
            return self.kept[value]
        if not isinstance(value, list):
            return value
        if len(value) == 1 and type(value[0]) is int and str(value[0]) in self.kept:
            return self.kept[str(value[0])]
        return [self._restored(each) for each in value]

    def _place(self, found: re.Match[str]) -> str:
        line, column = int(found[1]), int(found[2])
        place = sum(map(len, self.text.split("\n", line - 1)[: line - 1])) + line - 1 + column - 1
        shift = 0
        for start, end, length in self.parts:
            if place < start - shift + length:
                break
            shift += end - start - length
        return f"(at {self._whole_place(place + shift)})"

    def _whole_place(self, place: int) -> str:
        before = self.whole[:place]
        return f"line {before.count(chr(10)) + 1}, column {place - before.rfind(chr(10))}"


def folded(text: str) -> Folded:
    """Return a TOML text without its long texts and lists of numbers, and with empty comments."""
    whole = text.replace("\r\n", "\n")  # as tomllib does
    if MARK in whole or "\r" in whole:  # TOML has no other carriage return
        return Folded(text)
    found = Folded(whole=whole)

    open_ended = False

    def taken(match: re.Match[str]) -> str:
        nonlocal open_ended
        open_ended = open_ended or (match[0][0] == "'" and (len(match[0]) == 1 or match[0][-1] != "'"))
        # Here tomllib stops; what it says depends on what follows.
        left = match[0] if open_ended else _left(match, found.kept)
        if left != match[0]:
            found.parts.append((match.start(), match.end(), len(left)))
        return left

    found.text = PART.sub(taken, whole)
    return found


def _left(match: re.Match[str], kept: dict[str, str | list[float]]) -> str:
    """Return what is left of a part; what is taken out of it is kept."""
    part = match[0]
    if part[0] == "#":
        return "#"
    if len(part) < SHORT or AFTER_A_KEY.match(match.string, match.end()):
        return part
    mark = f"{MARK}{len(kept):06}"
    if part[0] == "=":
        before, _, inside = part.partition("[")
        numbers = _numbers(inside[:-1])
        if numbers is None:
            return part
        kept[mark] = numbers
        return f"{before}[{mark}]"
    quote = part[:3] if part[:3] in ('"""', "'''") else part[0]
    content = _content(part, quote)
    # A sixth quotation mark would be taken for a part of what is left.
    if content is None or match.string.startswith(quote[0], match.end()):
        return part
    kept[mark] = content
    return f"{quote}{mark}{quote}"


def _content(part: str, quote: str) -> str | None:
    """Return what a text stands for; None if it is not whole, has escapes, or a sign that is not allowed."""
    if len(part) < 2 * len(quote) or not part.endswith(quote) or (quote[0] == '"' and "\\" in part):
        return None
    content = part[len(quote) : -len(quote)]
    if len(quote) == 1:
        return None if ODD_CONTROL.search(content) else content
    return None if ODD_CONTROL_IN_LINES.search(content) else content.removeprefix("\n")


def _numbers(inside: str) -> list[float] | None:
    """Return the numbers of the inside of a list; None if it is none in TOML."""
    if _has_long_number(inside):
        return None
    if "_" in inside or "+" in inside:
        inside = NEEDLESS.sub("", f",{inside}")[1:]
    try:
        numbers: list[float] = json.loads(f"[{NO_JSON.sub('', inside)}]")
    except ValueError:  # no number, or one of thousands of digits
        return None
    return numbers


def _has_long_number(inside: str) -> bool:
    """Say whether a list may hold a number of thousands of digits; looked for only if a stretch has no comma."""
    stretches = range(0, len(inside) - WINDOW, WINDOW)
    alone = any(inside.find(",", start, start + WINDOW) < 0 for start in stretches)
    return alone and LONG_NUMBER.search(inside) is not None
