"""What a room allows in a phase; the store asks this behind the lock of the room."""

from bnsim.classroom.bounds import LONGEST, PAUSE, SHORTEST
from bnsim.classroom.phase import MOVES, TAKES, Phase
from bnsim.classroom.words import say
from bnsim.errors import LateError, RoomError
from bnsim.scenario.wording import shown


def require_open(phase: Phase, asked: tuple[int, int | None], answered: tuple[int, int]) -> None:
    """Refuse an answer to what is asked no more.

    Parameters
    ----------
    phase : Phase
        The one it is now.
    asked, answered : tuple of round and vote
        What is asked now, and what the answer is to. An old message that is sent again names an old round or vote.

    Raises
    ------
    LateError
        If they differ, or no vote is open.
    """
    if answered[0] != asked[0]:
        raise LateError(say("error.question"))
    if phase not in TAKES:
        raise LateError(say(f"error.late.{phase}"))
    if answered != asked:
        raise LateError(say("error.vote"))


def require_pause(changed: float | None, now: float) -> None:
    """Refuse the second change by one seat within a second.

    Raises
    ------
    LateError
        If the last one was less than a second ago. A clock that was set back holds up nobody.
    """
    if changed is not None and 0 <= now - changed < PAUSE:
        raise LateError(say("error.quick"))


def require_move(phase: Phase, to: Phase, *, is_last: bool) -> None:
    """Refuse a phase that cannot follow.

    Raises
    ------
    RoomError
        If it is not among the moves, or would be a question after the last one.
    """
    if to not in MOVES[phase]:
        allowed = " or ".join(f"“{say(f'phase.{each}')}”" for each in MOVES[phase])
        raise RoomError(say("error.move", phase=say(f"phase.{phase}"), allowed=allowed, to=say(f"phase.{to}")))
    if begins_round(phase) and is_last:
        raise RoomError(say("error.last"))


def begins_round(phase: Phase) -> bool:
    """Return whether what follows a phase is the next question."""
    return phase is Phase.REVEALED


def ends_at(to: Phase, seconds: float | None, now: float) -> float | None:
    """Return when the countdown of a phase ends; None without one.

    Raises
    ------
    RoomError
        If it is too short or too long, or the phase takes no answers.
    """
    if seconds is None:
        return None
    if to not in TAKES:
        raise RoomError(say("error.no_countdown", phase=say(f"phase.{to}"), got=shown(seconds)))
    if not SHORTEST <= seconds <= LONGEST:
        raise RoomError(say("error.seconds", low=SHORTEST, high=LONGEST, got=shown(seconds)))
    return now + seconds
