"""The ledger of claims with what was measured just now, as text for people and for programs."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bnsim.charts.template import jsonable
from bnsim.claims import Check, Claim, Finding
from bnsim.experiments import find
from bnsim.exports.report import PLAIN, Style
from bnsim.text import number

FEW = 4
"""So many digits are meant at most of a number that is held against bounds."""

Findings = Mapping[str, Sequence[Finding]]


def findings_record(claims: Sequence[Claim], findings: Findings) -> dict[str, Any]:
    """Return every claim with its verdict, its statement and what each check measured, and whether all of it holds."""
    texts = ("id", "claim", "statement", "source", "see")
    found = [
        {
            **{key: getattr(claim, key) for key in texts},
            "verdict": claim.verdict.value,
            "checks": [_check_record(finding) for finding in findings[claim.id]],
        }
        for claim in claims
    ]
    return {"holds": all_hold(findings), "claims": found}


def findings_report(claims: Sequence[Claim], findings: Findings, style: Style = PLAIN) -> str:
    """Return the ledger as text: the verdict, the claim, the precise statement, and what was measured."""
    blocks: list[str] = []
    for claim in claims:
        rows = [_row(finding) for finding in findings[claim.id]]
        blocks += [
            style.heading(f"{claim.verdict.value}: {claim.claim}", 2),
            style.paragraph(claim.statement),
            style.paragraph(f"Source: {claim.source}. See it: bnsim run {claim.see}"),
            style.table(("measured now", "value", "must be", "which is", "so it"), rows),
        ]
    checks = [finding for each in findings.values() for finding in each]
    failed = sum(not finding.holds for finding in checks)
    outcome = "all hold" if not failed else f"{failed} FAILED"
    blocks.append(style.paragraph(f"{len(claims)} claims, {len(checks)} checks: {outcome}."))
    return "\n\n".join(blocks) + "\n"


def all_hold(findings: Findings) -> bool:
    """Return whether every check of every claim holds."""
    return all(finding.holds for each in findings.values() for finding in each)


def _row(finding: Finding) -> Sequence[str]:
    check = finding.check
    verdict = "holds" if finding.holds else f"FAILED: off by {finding.error:.1e}"
    which = number(finding.expected) if check.expected else ""
    term = find(check.experiment).terms[check.readout]
    digits = term.digits if check.expected else min(term.digits, FEW)
    return _measured(check), number(finding.measured, digits), _demand(check), which, verdict


def _measured(check: Check) -> str:
    """Return what was looked at, and in which run; of a ratio that says what stands over what."""
    label = find(check.experiment).terms[check.readout].label
    return f"{label} ({check.of})" if check.of else label


def _demand(check: Check) -> str:
    """Return what the number must be: a closed form, or within bounds."""
    if check.expected:
        return check.expected
    low, high = number(check.at_least), number(check.at_most)
    if math.isinf(check.at_most):
        return f"at least {low}"
    return f"at most {high}" if math.isinf(check.at_least) else f"{low} to {high}"


def _check_record(finding: Finding) -> dict[str, Any]:
    check = finding.check
    return {
        "experiment": check.experiment,
        "of": check.of,
        "params": dict(check.params),
        "readout": check.readout,
        "over": check.divisor or None,
        "over_params": dict(check.over_params),
        "measured": jsonable(finding.measured),
        "closed_form": check.expected or None,
        "expected": jsonable(finding.expected),
        "error": jsonable(finding.error),
        "tolerance": jsonable(check.tolerance),
        "at_least": jsonable(check.at_least),
        "at_most": jsonable(check.at_most),
        "reason": check.reason,
        "holds": finding.holds,
    }
