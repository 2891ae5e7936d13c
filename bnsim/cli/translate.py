"""The settings of a layer in one framework, as others want them: what is asked for, and what is printed."""

import csv
import io
from collections.abc import Mapping, Sequence

from bnsim.cli.speech import complain
from bnsim.errors import InputError
from bnsim.exports.record import to_json
from bnsim.exports.text import TableWriter, markdown_table, plain_table
from bnsim.frameworks.asked import read_asked
from bnsim.frameworks.table import Framework, framework_of
from bnsim.frameworks.translation import WORDS, Translation, translate, written
from bnsim.scenario.wording import refuse


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
    asked = read_asked(old, given)
    complain(asked.told, 0)
    refuse(InputError, asked.problems)
    return [translate(old, new, **asked.settings) for new in targets if target is not None or new is not old]


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
