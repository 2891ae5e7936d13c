"""How values, names and long lists of problems read in a message."""

import math
from collections.abc import Iterable, Iterator, Sequence

from bnsim.errors import InputError
from bnsim.errors import nearest as nearest  # it is looked for here; the readers of files need it as well

MOST_PROBLEMS = 20
MOST_SHOWN = 40  # characters of a value
MOST_OF_A_NAME = 64
MOST_NAMES = 20


def shown(value: object) -> str:
    """Return a value as a message shows it, at most 40 characters long, whatever the value is.

    Text is quoted with its invisible characters escaped; numbers are as short as they can be without losing a digit.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return cut(repr(value[: MOST_SHOWN + 1]))
    if isinstance(value, int | float):
        return cut(number_text(value))
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return f"a list of {counted(len(value), 'entry', 'entries')}"
    return "a table" if isinstance(value, dict) else cut(f"a value of type {type(value).__name__}")


def number_text(number: float) -> str:
    """Return a number without a needless ``.0`` and without losing a digit: 1000000, 0.25, 1e-05."""
    if isinstance(number, int):
        # Python refuses to print whole numbers of thousands of digits.
        return str(number) if number.bit_length() <= 128 else "a whole number of 39 digits or more"
    value = float(number)
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def shown_name(name: object) -> str:
    """Return a name bare when it is made of ordinary characters, else quoted; at most 64 characters of it."""
    if not isinstance(name, str):
        return shown(name)
    head = name[: MOST_OF_A_NAME + 1]
    bare = head.isascii() and head.replace("-", "").replace(".", "").replace("_", "").isalnum()
    return cut(head if bare else repr(head), MOST_OF_A_NAME)


def cut(text: str, most: int = MOST_SHOWN) -> str:
    """Return the text, its end replaced by "…" when it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def counted(count: int, one: str, many: str) -> str:
    """Return ``1 entry``, ``2 entries``."""
    return f"{count} {one if count == 1 else many}"


def duration(seconds: float) -> str:
    """Return a time as people say it: 0.4 s, 12 s, 3 min 20 s; "some time" for NaN."""
    if math.isnan(seconds):
        return "some time"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 99.5 else f"{round(seconds) // 60} min {round(seconds) % 60} s"


def unknown(name: object, what: str, known: Iterable[str], introduction: str) -> str:
    """Return the sentence for a name that does not exist, with the nearest one that does, or all of them.

    Examples
    --------
    >>> unknown("gama", "a parameter", ["gamma", "beta"], "Its parameters are")
    'gama is not a parameter. Did you mean gamma?'
    """
    names = list(known)
    near = nearest(name, names)
    if near:
        return f"{shown_name(name)} is not {what}. Did you mean {near}?"
    more = ", …" if len(names) > MOST_NAMES else ""
    return f"{shown_name(name)} is not {what}. {introduction} {', '.join(names[:MOST_NAMES])}{more}."


def unknowns(names: Iterable[object], what: str, known: Iterable[str], introduction: str) -> Iterator[str]:
    """Yield the sentence of `unknown` for every name; beyond those that are ever shown, without the nearest one.

    To look for what is nearest takes a millisecond: for a hundred thousand names a minute.
    """
    allowed = list(known)
    for place, name in enumerate(names):
        if place < MOST_PROBLEMS:
            yield unknown(name, what, allowed, introduction)
        else:
            yield f"{shown_name(name)} is not {what}."


def limited(problems: Sequence[str]) -> tuple[str, ...]:
    """Return at most 20 of the problems, then the number of those left out."""
    left_out = len(problems) - MOST_PROBLEMS
    if left_out <= 0:
        return tuple(problems)
    return (*problems[:MOST_PROBLEMS], f"and {counted(left_out, 'more problem', 'more problems')}.")


def refuse(error: type[InputError], problems: Sequence[str]) -> None:
    """Raise `error` with the problems, when there are any."""
    if problems:
        raise error(*limited(problems))
