"""A check and what it found, in words: what was measured, what it had to be, and whether it is so."""

import math

from bnsim.claims.checks import Finding
from bnsim.claims.ledger import ENGINE, Check
from bnsim.experiments import find
from bnsim.text import Term, number, words_of

WORDS = words_of("bnsim.claims")

FEW = 4
"""So many digits are meant at most of a number that is held against bounds."""


def term_of(check: Check) -> Term:
    """Return label and digits of what a check looks at."""
    terms = WORDS.terms if check.experiment == ENGINE else find(check.experiment).terms
    return terms[check.readout]


def measured(check: Check) -> str:
    """Return what was looked at, and in which run; of a ratio that says what stands over what."""
    label = term_of(check).label
    return f"{label} ({check.of})" if check.of else label


def value(finding: Finding) -> str:
    """Return the number that was measured, with the digits that mean anything."""
    digits = term_of(finding.check).digits
    return number(finding.measured, digits if finding.check.expected else min(digits, FEW))


def demand(check: Check) -> str:
    """Return what the number must be: a closed form by its name, or bounds."""
    if check.expected:
        return check.expected
    low, high = number(check.at_least), number(check.at_most)
    if math.isinf(check.at_most):
        return WORDS.say("label.at_least", low=low)
    return WORDS.say("label.at_most", high=high) if math.isinf(check.at_least) else band(low, high)


def band(low: str, high: str) -> str:
    """Return two bounds."""
    return WORDS.say("label.between", low=low, high=high)


def demand_now(finding: Finding) -> str:
    """Return what the number had to be, the closed form with its value and how near is near enough."""
    check = finding.check
    if not check.expected:
        return demand(check)
    exact = number(finding.expected)
    now = WORDS.say("label.exactly", value=exact)
    if check.tolerance > 0:
        now = WORDS.say("label.within", value=exact, tolerance=number(check.tolerance))
    return now if check.expected == exact else WORDS.say("label.is", form=check.expected, now=now)


def outcome(finding: Finding) -> str:
    """Return whether the number is what it must be, and by how much it is off if not."""
    return WORDS["label.holds"] if finding.holds else WORDS.say("label.fails", error=f"{finding.error:.1e}")
