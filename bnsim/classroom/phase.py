"""The phases of a question asked twice, which of them follow which, and when a countdown ends one."""

from collections.abc import Mapping
from enum import StrEnum


class Phase(StrEnum):
    """Where a question is: asked, closed, talked over, asked again, closed again, its answer shown."""

    OPEN = "open"
    CLOSED = "closed"
    DISCUSS = "discuss"
    REOPENED = "reopened"
    CLOSED_AGAIN = "closed_again"
    REVEALED = "revealed"


FIRST, SECOND = 1, 2
"""The two votes on one question."""

# To the same phase: its countdown begins anew. From closed back to open: more time, before anybody has seen anything.
MOVES: Mapping[Phase, tuple[Phase, ...]] = {
    Phase.OPEN: (Phase.CLOSED, Phase.OPEN),
    Phase.CLOSED: (Phase.DISCUSS, Phase.REVEALED, Phase.OPEN),
    Phase.DISCUSS: (Phase.REOPENED, Phase.REVEALED),
    Phase.REOPENED: (Phase.CLOSED_AGAIN, Phase.REOPENED),
    Phase.CLOSED_AGAIN: (Phase.REVEALED, Phase.REOPENED),
    Phase.REVEALED: (Phase.OPEN,),
}
"""What a teacher may go on to; from `REVEALED` to `OPEN` is the next question."""

TAKES: Mapping[Phase, int] = {Phase.OPEN: FIRST, Phase.REOPENED: SECOND}
"""Which vote a phase takes answers to."""

COUNTED: Mapping[Phase, int] = {
    Phase.OPEN: FIRST,
    Phase.CLOSED: FIRST,
    Phase.DISCUSS: FIRST,
    Phase.REOPENED: SECOND,
    Phase.CLOSED_AGAIN: SECOND,
}
"""Whose answers a phase counts; once the answer is shown it is the last vote that was taken."""

ENDS_AS: Mapping[Phase, Phase] = {Phase.OPEN: Phase.CLOSED, Phase.REOPENED: Phase.CLOSED_AGAIN}
"""What a countdown makes of a phase."""


def phase_at(phase: Phase, ends: float | None, now: float) -> Phase:
    """Return the phase that it is now, given the one that was begun and when its countdown ends, if it has one."""
    is_over = ends is not None and ends <= now
    return ENDS_AS.get(phase, phase) if is_over else phase
