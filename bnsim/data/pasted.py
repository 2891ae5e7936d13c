"""Reading numbers that somebody typed or pasted: separators and decimal signs as people have them."""

import re
from collections.abc import Sequence

import numpy as np

from bnsim.data.notation import LONGEST, bare, both, kind_of, read_numbers
from bnsim.data.reading import Choices, Reading
from bnsim.errors import DataError

MOST_NUMBERS = 1_000_000
LONGEST_TEXT = 30_000_000
"""Characters: a million numbers of 17 digits, sign, exponent and separator are fewer."""
MOST_REPORTED = 3
HEAD = 10_000
"""Characters that are looked at before all others: most of what cannot be read is refused at once."""

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# Two separators with nothing between them leave an empty entry, which is reported: a skipped one would move the mean.
SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")
TIGHT_COMMA = re.compile(r",(?<=[^\s,;],)(?=[^\s,;])")
LOOSE_COMMA = re.compile(r",\s|\s,")
# What separates where a comma between digits belongs to a number; blanks that keep digits together do not.
# Blanks before a sign are looked at from their first one only: from each of n they would be looked at n times.
OTHERS = re.compile(r"(?<!\s)(?:\s*;\s*|\s*,\s+|\s+,)|[ \t\r\n\f\v]+")
QUOTES = re.compile(r"""["“”„«»]""")
KEPT_TOGETHER = re.compile("[\u00a0\u2009\u202f](?<=[0-9].)(?=[0-9]{3}(?![0-9]))|['\u2019_](?<=[0-9].)(?=[0-9]{3})")
BLANK_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+[.,][0-9]+(?: [+-]?[0-9]{1,3}(?: [0-9]{3})+[.,][0-9]+)*")

STRANGE = re.compile("[^0-9.,;+eE\\s'\u2019_-]")

WAY_OUT = "Write it so that it has one reading: a decimal point, and a blank after a comma that separates."


def read_text(text: str, choices: Choices | None = None) -> Reading:
    """Return the numbers in a text, and what had to be guessed.

    Parameters
    ----------
    text : str
        Numbers separated by commas, semicolons or white space. A comma between digits is a decimal comma where
        something else separates ("1,5 2,7"); a list without blanks ("1,2,3.5") is one of its numbers.
    choices : Choices, optional
        The decimal sign, where somebody said it.

    Raises
    ------
    DataError
        If an entry is empty or no number (the first three are named by their position, counted from 1), or the text
        has two readings: both are in the sentence.
    """
    choices = choices or Choices()
    if len(text) > LONGEST_TEXT:
        raise DataError(f"values must be at most {MOST_NUMBERS} numbers; got a text of {len(text)} characters.")
    if text.count(",") + text.count(";") > MOST_NUMBERS:
        raise DataError(f"values must be at most {MOST_NUMBERS} numbers; got more.")
    text = QUOTES.sub(" ", text.replace("\N{MINUS SIGN}", "-").replace("\ufeff", "")).strip()
    text = text[:-1].rstrip() if text.endswith((",", ";")) else text
    if not text:
        return _reading([], ())
    _refuse_blank_groups(text)
    tight = TIGHT_COMMA.search(text) is not None and choices.decimal != "."
    if not tight and not KEPT_TOGETHER.search(text):
        return _list(text)
    if strange := STRANGE.search(text):
        place = len(OTHERS.findall(text, 0, strange.start()))
        raise _no_numbers([f"entry {place + 1} is {_shown(OTHERS.split(text, place + 1)[place])}"])
    cells = OTHERS.split(text, maxsplit=MOST_NUMBERS)
    if tight and choices.decimal is None:
        with_comma = [cell for cell in cells if "," in cell]
        if not all(kind_of(bare(cell)) != "bad" for cell in with_comma):
            return _list(text)
        if _may_be_a_list(text, cells, with_comma):
            raise _two_readings(with_comma[0])
    return _numbers(cells, choices)


def _may_be_a_list(text: str, cells: Sequence[str], with_comma: Sequence[str]) -> bool:
    """Say whether the commas between digits may separate as well.

    They may if nothing else separates, if commas separate elsewhere, or if each line is one pair: two columns.
    """
    if not all(NUMBER.fullmatch(piece) for cell in with_comma for piece in cell.split(",")):
        return False
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    alone = len(lines) == len(cells) == len(with_comma)
    return alone or LOOSE_COMMA.search(text) is not None


def _two_readings(cell: str) -> DataError:
    kind = kind_of(bare(cell))
    one = both(cell) if kind.endswith("group") else f"the number {_plain(cell, kind)}"
    pieces = cell.split(",")
    many = f"the {len(pieces)} numbers {', '.join(pieces)}"
    return DataError(f"values must have one reading; {_shown(cell)} can be {one}, or {many}. {WAY_OUT}")


def _plain(cell: str, kind: str) -> str:
    values, _ = read_numbers([cell], None, lambda *_: DataError(kind))
    return f"{values[0]:.15g}"


def _refuse_blank_groups(text: str) -> None:
    """Refuse "1 234,5; 2 345,6": the blanks may separate or group digits."""
    parts = [part.strip() for part in re.split(r"[;\r\n]+", text[:HEAD])]
    for part in parts:
        if BLANK_GROUPS.fullmatch(part):
            raise DataError(
                f"values must have one reading; in {_shown(part)} the blanks can group digits or separate numbers. "
                "Leave out the blanks that group digits."
            )


def _list(text: str) -> Reading:
    """Return the numbers of a text all of whose commas, semicolons and blanks separate."""
    if len(text) > HEAD:
        end = max(text.rfind(separator, 0, HEAD) for separator in " \t\r\n,;")
        _require_numbers(SEPARATOR.split(text[: max(end, 0)].rstrip(" \t\r\n,;")) if end > 0 else [text])
    # One entry more than allowed is enough to see that there are too many.
    entries = SEPARATOR.split(text, maxsplit=MOST_NUMBERS)
    if len(entries) > MOST_NUMBERS:
        raise DataError(f"values must be at most {MOST_NUMBERS} numbers; got more.")
    _require_numbers(entries)
    return _reading(list(map(float, entries)), ())


def _require_numbers(entries: Sequence[str]) -> None:
    bad: list[str] = []
    for place, entry in enumerate(entries, 1):
        if len(entry) <= LONGEST and NUMBER.fullmatch(entry):
            continue
        if len(bad) == MOST_REPORTED:
            raise _no_numbers([*bad, "and more"])
        bad.append(f"entry {place} is {_shown(entry) if entry else 'empty'}")
    if bad:
        raise _no_numbers(bad)


def _numbers(cells: Sequence[str], choices: Choices) -> Reading:
    if len(cells) > MOST_NUMBERS:
        raise DataError(f"values must be at most {MOST_NUMBERS} numbers; got more.")

    def refuse(place: int, readings: str) -> DataError:
        if readings:
            return DataError(f"values must have one reading; {_shown(cells[place])} can be {readings}. {WAY_OUT}")
        return _no_numbers([f"entry {place + 1} is {_shown(cells[place]) if cells[place] else 'empty'}"])

    values, told = read_numbers(cells, choices.decimal, refuse)
    return _reading(values, told)


def _no_numbers(bad: Sequence[str]) -> DataError:
    return DataError(f"values must be numbers; {', '.join(bad)}.")


def _shown(entry: str) -> str:
    text = repr(entry[:41])
    return text if len(text) <= 40 else text[:39] + "…"


def _reading(values: list[float], told: tuple[str, ...]) -> Reading:
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return Reading(array, told)
