"""The settings of a layer in one framework, as others want them: what is asked for, and what is printed."""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bnsim.cli.speech import complain
from bnsim.errors import InputError
from bnsim.exports.record import to_json
from bnsim.exports.text import TableWriter, markdown_table, plain_table
from bnsim.frameworks.quoting import Quantity, read_quoted, why_not
from bnsim.frameworks.table import Framework, framework_of, quoted
from bnsim.frameworks.translation import WORDS, Translation, translate, written
from bnsim.scenario.fields import LONGEST_NUMBER, WHOLE
from bnsim.scenario.values import NUMBER
from bnsim.scenario.wording import refuse, shown

RULES: Mapping[Quantity, str] = {"momentum": "a number from 0 to 1", "eps": "a number more than 0"}
MOST_AXES = 5
LONGEST_WHOLE = 20  # characters


def translations(source: str, target: str | None, given: Mapping[str, str | None]) -> list[Translation]:
    """Return what was asked for: into one framework, or without `target` into all others.

    Parameters
    ----------
    source, target : str
        Names of frameworks.
    given : mapping
        Texts of momentum, eps, shape, var and count; None where there is none.

    Raises
    ------
    InputError
        With every problem at once.
    """
    old, targets = framework_of(source), list(Framework) if target is None else [framework_of(target)]
    problems: list[str] = []
    read: Mapping[str, Callable[[str], Any]] = {
        "momentum": lambda text: _number_of(text, "momentum", old, problems),
        "eps": lambda text: _number_of(text, "eps", old, problems),
        "shape": lambda text: _shape(text, problems),
        "var": lambda text: _plain(text, "var", "a number of at least 0", problems),
        "count": lambda text: _whole(text, problems),
    }
    typed = {name: read[name](text) for name, text in given.items() if text is not None}
    refuse(InputError, problems)
    return [translate(old, new, **typed) for new in targets if target is not None or new is not old]


def _number_of(text: str, quantity: Quantity, source: Framework, problems: list[str]) -> float | None:
    """Return a momentum or an eps as the source writes it, from a number, or from one that names its framework."""
    number = _finite(text)
    if number is not None:
        return number
    found = read_quoted(text, quantity)
    if found is not None:
        complain([f"{quantity}: {found.sentence}"], 0)
        return quoted(found.value, source) if quantity == "momentum" else found.value
    problems.append(f"{quantity} must be {RULES[quantity]}; got {shown(text)}. {why_not(text, quantity)}".rstrip())
    return None


def _plain(text: str, name: str, rule: str, problems: list[str]) -> float | None:
    number = _finite(text)
    if number is None:
        problems.append(f"{name} must be {rule}; got {shown(text)}.")
    return number


def _whole(text: str, problems: list[str]) -> int | None:
    if _is_whole(text):
        return int(text)
    problems.append(f"count must be a whole number; got {shown(text)}.")
    return None


def _shape(text: str, problems: list[str]) -> tuple[int, ...] | None:
    sides = [side.strip() for side in text.strip("()[] ").split(",", MOST_AXES)]
    if all(map(_is_whole, sides)):
        return tuple(map(int, sides))
    problems.append(f"shape must be whole numbers with commas, such as 32,28,28,64; got {shown(text)}.")
    return None


def _is_whole(text: str) -> bool:
    return len(text) <= LONGEST_WHOLE and WHOLE.fullmatch(text.strip()) is not None


def _finite(text: str) -> float | None:
    bare = text.strip().replace("\N{MINUS SIGN}", "-")
    number = float(bare) if len(bare) <= LONGEST_NUMBER and NUMBER.fullmatch(bare) else math.nan
    return number if math.isfinite(number) else None


def translation_report(found: Sequence[Translation], form: str) -> str:
    """Return translations from one framework as text: a column for each framework, below it what to know."""
    if form == "json":
        return to_json([_record(each) for each in found])
    first = found[0]
    columns = [list(each.rows()) for each in found]
    head = (WORDS["label.head.what"], first.source.title, *(each.target.title for each in found))
    rows = [(what, old, *(column[at][2] for column in columns)) for at, (what, old, _) in enumerate(columns[0])]
    if form == "csv":
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows([head, *rows])
        return table.getvalue()
    tables: Mapping[str, TableWriter] = {"table": plain_table, "md": markdown_table}
    if len(found) > 1:
        head, rows = _turned(head, rows)
    notes = dict.fromkeys(note for each in found for note in each.notes) if len(found) == 1 else ()
    return "\n\n".join([tables[form](head, rows), *(["\n".join(notes)] if notes else [])]) + "\n"


def _turned(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a table with a row for each framework instead of a column."""
    columns = list(zip(head, *rows, strict=True))
    return (WORDS["label.head.framework"], *columns[0][1:]), columns[1:]


def _record(found: Translation) -> dict[str, object]:
    """Return one translation as JSON holds it."""
    source, target = found.source.value, found.target.value
    return {
        "source": source.title,
        "target": target.title,
        "new_weight": found.new_weight,
        "momentum": list(found.momentum),
        "eps": list(found.eps),
        "unbiased": [source.unbiased, target.unbiased],
        "channels_last": [source.channels_last, target.channels_last],
        "shape": None if found.shape is None else [list(side) for side in found.shape],
        "axes": list(found.axes),
        "var": None if found.var is None else list(found.var),
        "tensors": [list(source.tensors), list(target.tensors)],
        "layer": [
            side.layer.format(momentum=written(momentum), eps=written(eps))
            for side, momentum, eps in zip((source, target), found.momentum, found.eps, strict=True)
        ],
        "notes": list(found.notes),
    }
