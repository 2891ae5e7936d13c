"""The ledger of claims with what was measured just now, as text for people and for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bnsim.charts.template import jsonable
from bnsim.claims import Claim, Finding, wording
from bnsim.exports.report import PLAIN, Style
from bnsim.text import number

HEADS = ("measured now", "value", "must be", "which is", "so it", "refuted by")

Findings = Mapping[str, Sequence[Finding]]


def findings_record(claims: Sequence[Claim], findings: Findings) -> dict[str, Any]:
    """Return every claim with its verdict, its statement and what each check measured, and whether all of it holds."""
    texts = ("id", "claim", "statement", "source", "see")
    found = [
        {
            **{key: getattr(claim, key) for key in texts},
            "verdict": claim.verdict.value,
            "unchecked": claim.unchecked or None,
            "checks": [_check_record(finding) for finding in findings[claim.id]],
        }
        for claim in claims
    ]
    return {"holds": all_hold(findings), "claims": found}


def findings_report(claims: Sequence[Claim], findings: Findings, style: Style = PLAIN) -> str:
    """Return the ledger as text: the verdict, the claim, the precise statement, and what was measured."""
    blocks: list[str] = []
    for claim in claims:
        blocks += [
            style.heading(f"{claim.verdict.value}: {claim.claim}", 2),
            style.paragraph(claim.statement),
            style.paragraph(f"Source: {claim.source}. See it: bnsim run {claim.see}"),
            _checked(claim, findings[claim.id], style),
        ]
    checks = [finding for each in findings.values() for finding in each]
    failed = sum(not finding.holds for finding in checks)
    outcome = "all hold" if not failed else f"{failed} FAILED"
    blocks.append(style.paragraph(f"{len(claims)} claims, {len(checks)} checks: {outcome}."))
    return "\n\n".join(blocks) + "\n"


def all_hold(findings: Findings) -> bool:
    """Return whether every check of every claim holds."""
    return all(finding.holds for each in findings.values() for finding in each)


def _checked(claim: Claim, findings: Sequence[Finding], style: Style) -> str:
    """Return what the checks of a claim found, or why there are none."""
    if claim.unchecked:
        return style.paragraph(wording.WORDS.say("label.unchecked", reason=claim.unchecked))
    return style.table(HEADS, [_row(finding) for finding in findings])


def _row(finding: Finding) -> Sequence[str]:
    check = finding.check
    which = number(finding.expected) if check.expected else ""
    found = wording.measured(check), wording.value(finding), wording.demand(check), which, wording.outcome(finding)
    return *found, check.refuted


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
        "refuted": check.refuted,
        "holds": finding.holds,
    }
