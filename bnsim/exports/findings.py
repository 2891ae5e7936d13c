"""The ledger of claims with what was measured just now, as text for people and for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bnsim.charts.template import jsonable
from bnsim.claims import Claim, Finding
from bnsim.exports.report import PLAIN, Style
from bnsim.terms import TERMS, number

Findings = Mapping[str, Sequence[Finding]]


def findings_record(claims: Sequence[Claim], findings: Findings) -> dict[str, Any]:
    """Return every claim with its verdict, its statement and what each check measured, and whether all of it holds."""
    texts = ("id", "claim", "statement", "source")
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
            style.paragraph(f"Source: {claim.source}."),
            style.table(("measured now", "value", "closed form", "which gives", "so it"), rows),
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
    verdict = "holds" if finding.holds else f"FAILED: off by {finding.error:.1e}"
    return (
        TERMS[finding.check.readout].symbol,
        number(finding.measured),
        finding.check.expected,
        number(finding.expected),
        verdict,
    )


def _check_record(finding: Finding) -> dict[str, Any]:
    check = finding.check
    return {
        "experiment": check.experiment,
        "params": dict(check.params),
        "readout": check.readout,
        "measured": jsonable(finding.measured),
        "closed_form": check.expected,
        "expected": jsonable(finding.expected),
        "error": jsonable(finding.error),
        "tolerance": check.tolerance,
        "reason": check.reason,
        "holds": finding.holds,
    }
