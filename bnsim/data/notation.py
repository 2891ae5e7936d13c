"""How people write numbers: decimal point or comma, digits in groups, and what has two readings."""

import re
from collections.abc import Callable, Iterable, Set
from typing import Literal

from bnsim.errors import DataError

Kind = Literal["whole", "point", "comma", "point or group", "comma or group", "bad"]
Decimal = Literal[".", ","]

LONGEST = 400
"""Characters of the longest number."""

# Blanks that keep digits together, apostrophes of Switzerland, the underscore of programming languages.
MARKS = " \u00a0\u2009\u202f'\u2019_"
MARKED = re.compile(rf"[+-]?[0-9]{{1,3}}(?:([{MARKS}])[0-9]{{3}})(?:\1[0-9]{{3}})*(?:[.,][0-9]*)?")
EXPONENT = "(?:[eE][+-]?[0-9]+)?"


def _kinds(decimal: str, other: str) -> str:
    # Groups of three, or India's groups of two before the last three; two groups or more, or one and a decimal sign.
    groups = rf"[0-9]{{1,3}}(?:{other}[0-9]{{3}})"
    indian = rf"[0-9]{{1,2}}(?:{other}[0-9]{{2}})+{other}[0-9]{{3}}"
    plain = rf"[0-9]+{decimal}[0-9]*|{decimal}[0-9]+"
    return rf"(?:{plain}){EXPONENT}|{groups}+{decimal}[0-9]*|{groups}{{2,}}|{indian}(?:{decimal}[0-9]*)?"


# In this order: the first that fits says what a number is. "1.234" and "1,234" can be either.
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("whole", re.compile(rf"[+-]?[0-9]+{EXPONENT}")),
    ("point or group", re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")),
    ("comma or group", re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")),
    ("point", re.compile(rf"[+-]?(?:{_kinds('[.]', ',')})")),
    ("comma", re.compile(rf"[+-]?(?:{_kinds(',', '[.]')})")),
)


def bare(cell: str) -> str:
    """Return a cell without blanks around it, with a plain minus, and without marks that only group digits."""
    text = cell.strip().replace("\N{MINUS SIGN}", "-")
    if len(text) <= LONGEST and MARKED.fullmatch(text):
        return "".join(character for character in text if character not in MARKS)
    return text


def kind_of(text: str) -> Kind:
    """Return what the text of a number, as `bare` gives it, says of its decimal sign."""
    if len(text) <= LONGEST:
        for kind, pattern in KINDS:
            if pattern.fullmatch(text):
                return kind
    return "bad"


def decimal_of(kinds: Set[str], known: Decimal | None = None) -> Decimal | None:
    """Return the decimal sign of numbers of these kinds; None if they have two readings.

    Where both signs are sure, each number is read by its own, and "." stands for that.
    """
    if known is not None:
        return known
    unsure = {"point or group", "comma or group"} & kinds
    if {"point", "comma"} <= kinds:
        return None if unsure else "."
    if "comma" in kinds:
        return ","
    return None if "comma or group" in kinds and "point" not in kinds else "."


def value_of(text: str, kind: str, decimal: Decimal) -> float:
    """Return the number a text of that kind stands for."""
    own: dict[str, Decimal] = {"point": ".", "comma": ","}
    sign = own.get(kind, decimal)
    return float(text.replace("," if sign == "." else ".", "").replace(sign, "."))


def both(text: str) -> str:
    """Return the two readings of a number such as "1,234" in words."""
    text = bare(text)
    point, comma = value_of(text, "", "."), value_of(text, "", ",")
    return f"{point:.15g} with a decimal point or {comma:.15g} with a decimal comma"


def told_of(kinds: Set[str], decimal: Decimal, *, marked: bool) -> tuple[str, ...]:
    """Return in words what was guessed of numbers of these kinds; nothing where there was nothing to guess."""
    told = []
    if {"point", "comma"} <= kinds:
        told.append("decimal points and decimal commas are mixed")
    elif decimal == "," and kinds & {"comma", "comma or group"}:
        told.append("the comma is the decimal sign")
    if decimal == "," and "point or group" in kinds:
        told.append("points group digits")
    if decimal == "." and "comma or group" in kinds:
        told.append("commas group digits")
    return (*told, "blanks, apostrophes or underscores group digits") if marked else tuple(told)


def read_numbers(
    cells: Iterable[str], known: Decimal | None, refuse: Callable[[int, str], DataError]
) -> tuple[list[float], tuple[str, ...]]:
    """Return the numbers of cells that belong together, and what was guessed.

    Parameters
    ----------
    cells : iterable of str
        One number each.
    known : "." or ",", optional
        The decimal sign, if somebody said it.
    refuse : callable
        Makes the refusal from the place of a cell, from 0, and its two readings; of no readings: it is no number.

    Raises
    ------
    DataError
        If a cell is no number, or they have two readings together.
    """
    cells = list(cells)
    texts = [bare(cell) for cell in cells]
    kinds: list[Kind] = []
    for place, text in enumerate(texts):
        kinds.append(kind_of(text))
        if kinds[-1] == "bad":
            raise refuse(place, "")
    seen = set(kinds)
    decimal = decimal_of(seen, known)
    if decimal is None:
        place = next(place for place, kind in enumerate(kinds) if kind.endswith("group"))
        raise refuse(place, both(texts[place]))
    marked = any(len(text) != len(cell.strip()) for text, cell in zip(texts, cells, strict=True))
    values = [value_of(text, kind, decimal) for text, kind in zip(texts, kinds, strict=True)]
    return values, tuple(dict.fromkeys((*told_of(seen, decimal, marked=marked), *_groups(texts, kinds))))


def _groups(texts: list[str], kinds: list[Kind]) -> tuple[str, ...]:
    sure = {",": "commas", ".": "points"}
    for text, kind in zip(texts, kinds, strict=True):
        other = {"point": ",", "comma": "."}.get(kind)
        if other is not None and other in text:
            return (f"{sure[other]} group digits",)
    return ()
