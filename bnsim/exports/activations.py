"""What was found in activations, as text for people and for programs."""

from typing import Any

import pandas as pd

from bnsim.activations import (
    Autopsy,
    Report,
    answer,
    autopsy_table,
    channels_table,
    family_table,
    norms_table,
    reading,
    remarks,
    told,
    verdict,
)
from bnsim.activations.wording import WORDS
from bnsim.charts.template import jsonable
from bnsim.exports.report import PLAIN, Style
from bnsim.text import number

MOST_ROWS = 64
"""Channels of a table for people; a program gets all."""


def activations_record(report: Report) -> dict[str, Any]:
    """Return everything that was found, for a program; what is not finite is None."""
    return {
        "file": report.name,
        "shape": list(report.shape),
        "guessed": list(report.told),
        "examples": report.profile.examples,
        "values_per_channel": report.profile.count,
        "eps": report.eps,
        "groups": report.groups,
        "answer": answer(report),
        "channels": _rows(channels_table(report)),
        "norms": _rows(norms_table(report)),
        "by_norm": _rows(family_table(report)),
    }


def activations_report(report: Report, style: Style = PLAIN) -> str:
    """Return the answer, how the file was read, every channel, what the norms make of them, and each finding."""
    said = (answer(report), reading(report.name, report.shape, report.told))
    blocks = [style.heading(report.name, 1), *map(style.paragraph, said), _table(channels_table(report), style)]
    blocks += _rest(len(report.labels), style)
    blocks += [style.heading(WORDS["label.by_norm"], 2)]
    blocks += [style.paragraph(WORDS.say("label.norms_lead", eps=report.eps, groups=report.groups))]
    blocks.append(_table(_called(norms_table(report)), style))
    for finding in told(report):
        lines = (finding.text, WORDS.say("label.why_text", why=finding.why), WORDS.say("label.do_text", do=finding.do))
        blocks += [style.heading(finding.title, 2), *map(style.paragraph, lines)]
    return "\n\n".join(blocks) + "\n"


def autopsy_record(found: Autopsy) -> dict[str, Any]:
    """Return everything that was found, for a program; what is not finite is None."""
    return {
        "file": found.name,
        "guessed": list(found.told),
        "running": found.running.source or None,
        "eps": found.running.eps,
        "momentum": found.running.momentum,
        "rests_on": found.running.rests_on,
        "origin": found.origin.value,
        "verdict": found.verdict.value,
        "answer": verdict(found),
        **{key: jsonable(value) for key, value in found.numbers.items()},
        "channels": _rows(autopsy_table(found)),
    }


def autopsy_report(found: Autopsy, style: Style = PLAIN) -> str:
    """Return the verdict, how it was reached, and every channel."""
    said = (verdict(found), *remarks(found), reading(found.name, (), found.told) if found.told else "")
    table = autopsy_table(found).sort_values("differs", ascending=False, kind="stable")
    blocks = [style.heading(found.name, 1), *(style.paragraph(text) for text in said if text), _table(table, style)]
    return "\n\n".join([*blocks, *_rest(len(found.labels), style)]) + "\n"


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): jsonable(value) for key, value in row.items()} for row in frame.to_dict("records")]


def _called(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(norm=[WORDS[f"label.norms.{kind}"] for kind in frame["norm"]])


def _table(frame: pd.DataFrame, style: Style) -> str:
    heads = [WORDS[f"label.column.{name}"] for name in frame.columns]
    return style.table(heads, [list(map(_cell, row)) for row in frame.head(MOST_ROWS).itertuples(index=False)])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return WORDS[f"label.differs.{'yes' if value else 'no'}"]
    return number(value, 4) if isinstance(value, float) else str(value)


def _rest(channels: int, style: Style) -> list[str]:
    if channels <= MOST_ROWS:
        return []
    return [style.paragraph(WORDS.say("label.rows", shown=MOST_ROWS, all=channels))]
