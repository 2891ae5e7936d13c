"""From the bytes of a person's file to lines of text: encoding, comments, separator; each guess is said."""

import re
from dataclasses import dataclass

from bnsim.errors import DataError

SEPARATORS = "\t;,|"
SEPARATOR_NAMES = {"\t": "tabs separate", ";": "semicolons separate", ",": "commas separate", "|": "bars separate"}
NO_SEPARATOR = "\x1f"
"""For the reader of CSV, which wants one: no text has it."""

SAMPLE_LINES = 20
COMMENT = re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*(?:#(?!N/A|[,;|\t])|%|//)[^\r\n]*")
LEADING = re.compile(r"(?:[ \t]*(?:(?:#(?!N/A|[,;|\t])|%|//)[^\r\n]*)?(?:\r\n?|\n))*+")
ENDS = re.compile(r"\r\n?|\n")
QUOTED = re.compile(r'"[^"]*"')
SEP_LINE = re.compile(r'[ \t]*"?sep=(.)"?[ \t]*(?:\r\n?|\n|\Z)', re.IGNORECASE)


@dataclass(frozen=True)
class Lines:
    """Text in which nothing but rows is left; lines that were left out are blank, so that they still count."""

    text: str
    separator: str
    told: tuple[str, ...] = ()


def decoded(raw: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file and what was guessed of its encoding.

    Raises
    ------
    DataError
        If it is no text.
    """
    for mark, encoding in ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return _wide(raw, encoding, name)
    if b"\0" in raw[:1000]:
        odd, even = raw[1:1000:2].count(0), raw[:1000:2].count(0)
        # Of digits and separators, every second byte of UTF-16 is zero; other files have zeros in both places.
        if min(odd, even) == 0 and max(odd, even) >= len(raw[:1000]) // 2 * 0.9:
            return _wide(raw, "utf-16-le" if odd else "utf-16-be", name)
    if b"\0" in raw:
        raise _no_text(name)
    try:
        return raw.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return raw.decode("latin-1"), ("read as Latin-1, because it is not UTF-8",)


def lines_of(text: str) -> Lines:
    """Return the rows of a text: without comments and a line that only names the separator."""
    told: list[str] = []
    separator = ""
    if found := SEP_LINE.match(text):
        separator, text = found[1], text[found.end(1) :].lstrip('"')
        told.append(f'first line names the separator, "{separator}"')
    text, comments = _without_comments(text)
    if comments:
        told.append(f"{comments} comment {'line' if comments == 1 else 'lines'} left out")
    separator = separator or _separator(text)
    if separator == " " and '"' not in text:
        rows = (line.replace("\t", " ").split(" ") for line in ENDS.split(text))
        text, separator = "\n".join("\t".join(filter(None, row)) for row in rows), "\t"
        told.append("blanks separate")
    elif separator in SEPARATOR_NAMES:
        told.append(SEPARATOR_NAMES[separator])
    elif separator == " ":
        told.append("blanks separate")
    return Lines(text, separator, tuple(told))


def _wide(raw: bytes, encoding: str, name: str) -> tuple[str, tuple[str, ...]]:
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _no_text(name) from None
    if "\0" in text:
        raise _no_text(name)
    return text, (f"read as {encoding[:6].upper()}",)


def _no_text(name: str) -> DataError:
    return DataError(f"{name} must be a CSV file (UTF-8) or an NPY file; it is neither. Export it as CSV.")


def _without_comments(text: str) -> tuple[str, int]:
    """Return the text with comments blanked: those before the rows, and where nothing is quoted those among them."""
    if '"' not in text:
        return COMMENT.subn("", text)
    # A quoted cell may hold an end of line and then any sign: only what stands before all rows is surely a comment.
    before = LEADING.match(text)
    head = before[0] if before else ""
    blanked, count = COMMENT.subn("", head)
    return blanked + text[len(head) :], count


def _separator(text: str) -> str:
    """Return what stands equally often on each of the first lines, else what the first line has, else none."""
    # What is quoted becomes one sign without separators: it may even hold ends of lines.
    rows = [line for line in ENDS.split(QUOTED.sub('"', text[:20_000])) if line.strip()][:SAMPLE_LINES]
    for separator in SEPARATORS:
        counts = {row.count(separator) for row in rows}
        if len(counts) == 1 and counts != {0}:
            return separator
    if found := next((separator for separator in SEPARATORS if rows and separator in rows[0]), ""):
        return found
    widths = {len([cell for cell in row.replace("\t", " ").split(" ") if cell]) for row in rows}
    numbers = rows and re.search("[0-9]", rows[-1])
    return " " if numbers and len(widths) == 1 and widths.isdisjoint({0, 1}) else NO_SEPARATOR
