"""What the checkpoint doctor found, as text for people and for programs."""

from collections.abc import Iterator
from typing import Any

from bnsim.charts.template import jsonable
from bnsim.checkpoint import SEVERITIES, Finding, Inspection, answer, assumptions, findings_table, layers_table, told
from bnsim.checkpoint.wording import MOST_LAYERS, WORDS, remarks, shown_name, where
from bnsim.exports.report import PLAIN, Style
from bnsim.text import number

COLUMNS = {
    "layer": "layer", "channels": "channels", "batches": "batches", "smallest_variance": "smallest",
    "largest_variance": "largest", "largest_gain": "largest_gain", "findings": "findings",
}  # fmt: skip
"""Columns of the table for people, and where their heads stand in text.toml."""

MOST_LISTED = 1_000
"""Channels of one finding that a program is told one by one; it is always told how many there are."""


def inspection_record(inspection: Inspection) -> dict[str, Any]:
    """Return everything that was found, for a program; what is not finite is None."""
    layers = layers_table(inspection).to_dict("records")
    findings = findings_table(inspection).to_dict("records")
    for row, layer in zip(layers, inspection.layers, strict=True):
        row["eps"], row["momentum"] = inspection.assumed.eps_of(layer), inspection.assumed.momentum_of(layer)
        row["findings"] = str(row["findings"]).split()
        row["batches"] = None if row["batches"] is None or row["batches"] != row["batches"] else int(row["batches"])
    return {
        "file": inspection.name,
        "format": inspection.form,
        "against": inspection.against or None,
        "tensors": inspection.tensors,
        "answer": answer(inspection),
        "assumed": assumptions(inspection) or None,
        "layers": [{str(key): jsonable(value) for key, value in row.items()} for row in layers],
        "findings": [
            {
                **{str(key): jsonable(value) for key, value in row.items()},
                "channels": list(finding.channels[:MOST_LISTED]),
            }
            for row, finding in zip(findings, inspection.findings, strict=True)
        ],
        "remarks": list(remarks(inspection)),
        "problems": list(inspection.problems),
    }


def inspection_report(inspection: Inspection, style: Style = PLAIN) -> str:
    """Return the answer, what was assumed, a table of the layers, and each kind of finding with the layers it is in."""
    said = (answer(inspection), assumptions(inspection), *remarks(inspection), *inspection.problems)
    blocks = [style.heading(inspection.name, 1), *(style.paragraph(text) for text in said if text)]
    if inspection.layers:
        blocks.append(_layers(inspection, style))
    for key in SEVERITIES:
        findings = [finding for finding in inspection.findings if finding.key == key]
        if findings:
            blocks += _finding_blocks(findings, inspection, style)
    return "\n\n".join(blocks) + "\n"


def _layers(inspection: Inspection, style: Style) -> str:
    heads = [WORDS[f"label.{head}"] for head in COLUMNS.values()]
    rows = layers_table(inspection)[list(COLUMNS)].to_dict("records")
    return style.table(heads, [[_cell(str(name), value) for name, value in row.items()] for row in rows])


def _cell(name: str, value: Any) -> str:
    if name == "layer":
        return shown_name(value)
    if isinstance(value, float):
        return number(value, 4)
    return str(value) if isinstance(value, str | int) else WORDS["label.unknown"]


def _finding_blocks(findings: list[Finding], inspection: Inspection, style: Style) -> Iterator[str]:
    """Yield one kind of finding: its title, what was found in each layer, why it matters and what to do."""
    words = told(findings[0], inspection)
    grade = WORDS.say("label.grade", severity=words.severity, sure=words.sure)
    yield style.heading(f"{words.title} ({findings[0].key}: {grade})", 2)
    lines = []
    for finding in findings[:MOST_LAYERS]:
        places = where(finding, inspection)
        text = f"{told(finding, inspection).text} {places}".rstrip()
        lines.append(WORDS.say("label.in_layer", layer=shown_name(finding.layer), text=text))
    if len(findings) > MOST_LAYERS:
        lines.append(WORDS.say("label.also", more=len(findings) - MOST_LAYERS))
    yield "\n".join(style.paragraph(line) for line in lines)
    yield style.paragraph(WORDS.say("label.why_text", why=words.why))
    yield style.paragraph(WORDS.say("label.do_text", do=words.do))
