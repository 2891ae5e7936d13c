"""What a student, a projector and a teacher see of a room.

Each view holds what its page may send and nothing else, so that a page cannot tell too much: before `Phase.REVEALED`
there is nothing of what is true in a student's view or a projector's, and it has not been worked out for them either.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bnsim.classroom.bounds import FEW
from bnsim.classroom.phase import FIRST, MOVES, SECOND, Phase
from bnsim.classroom.room import Room
from bnsim.classroom.tally import Tally, for_projector, tally
from bnsim.classroom.topic import asked_only
from bnsim.classroom.words import say
from bnsim.learn.lesson import Answer, Step, Truth, Verdict, judge

FindTruth = Callable[[Step], Truth | None]
"""Returns what is true of a step, or None as long as it is being worked out."""


@dataclass(frozen=True, eq=False)
class View:
    """What everybody may see.

    Attributes
    ----------
    code : str
        Of the room.
    round, rounds : int
        Which question it is, from 1, of how many.
    phase : Phase
        Where it is.
    step : Step
        The question. Before the answer is shown it has no verdicts, and its choices do not say when they are true.
    says : str
        What is to be done now, in words.
    remaining : float or None
        Seconds of the countdown that are left when this is made; None where none runs.
    takes : int or None
        Which vote is open, 1 or 2; None where none is.
    truth : Truth or None
        What is true; None before the answer is shown, and as long as it is being worked out.
    held_by : int or None
        The round of a later question whose answer a picture of `step.scenarios` would tell, so that it has to wait.
    """

    code: str
    round: int
    rounds: int
    phase: Phase
    step: Step
    says: str
    remaining: float | None
    takes: int | None
    truth: Truth | None
    held_by: int | None


@dataclass(frozen=True, eq=False)
class StudentView(View):
    """What one student sees: nothing of what others answer.

    Attributes
    ----------
    seat : int
        The number of the seat.
    first, second : Answer or None
        What this student answered.
    verdict : Verdict or None
        What is said to the last answer; None before the answer is shown, and to those who gave none.
    """

    seat: int
    first: Answer | None
    second: Answer | None
    verdict: Verdict | None

    @property
    def answer(self) -> Answer | None:
        """What was answered to the vote that is open, or else last."""
        if self.takes == FIRST:
            return self.first
        return self.second if self.takes == SECOND or self.second is not None else self.first


@dataclass(frozen=True, eq=False)
class ProjectorView(View):
    """What everybody sees together: how many answered, and once the answer is shown also what.

    Attributes
    ----------
    seats, count : int
        How many seats are taken, and how many of them answered the vote that is open, or was last.
    tally : Tally or None
        None before the answer is shown; without votes of fewer than five answers.
    """

    seats: int
    count: int
    tally: Tally | None


@dataclass(frozen=True, eq=False)
class TeacherView(View):
    """What the teacher sees: everything, at any time.

    Attributes
    ----------
    seats, count : int
        As the projector shows them.
    tally : Tally
        What was answered, who changed to what, and how many are right where the truth is known.
    moves : tuple of Phase
        What can follow; from `REVEALED` to `OPEN` is the next question.
    students_see : str
        What students see now, in words.
    few : bool
        Whether so few answered the counted vote that the projector shows nothing of it.
    """

    seats: int
    count: int
    tally: Tally
    moves: tuple[Phase, ...]
    students_see: str
    few: bool


def student_view(room: Room, token: str, find_truth: FindTruth) -> StudentView:
    """Return what the owner of a seat sees.

    Raises
    ------
    StrangerError
        If the seat is not one of this room.
    """
    seat = room.seat_of(token)
    shared = _shared(room, "student", find_truth)
    first, second = (room.answer_of(seat, vote) for vote in (FIRST, SECOND))
    last = first if second is None else second
    truth = shared["truth"]
    verdict = None if truth is None or last is None else judge(room.step, last, truth)
    return StudentView(**shared, seat=seat, first=first, second=second, verdict=verdict)


def projector_view(room: Room, find_truth: FindTruth) -> ProjectorView:
    """Return what a projector shows."""
    shared = _shared(room, "projector", find_truth)
    found = for_projector(_tally(room, shared["truth"])) if room.phase is Phase.REVEALED else None
    return ProjectorView(**shared, seats=len(room.seats), count=_count(room), tally=found)


def teacher_view(room: Room, key: str, find_truth: FindTruth) -> TeacherView:
    """Return what the teacher sees; `find_truth` may return None as long as the truth is not at hand.

    Raises
    ------
    StrangerError
        If the key is not the one of this room's teacher.
    """
    room.require_key(key)
    shared = _shared(room, "projector", find_truth) | {"step": room.step, "truth": find_truth(room.step)}
    is_last = room.round == room.rounds
    return TeacherView(
        **shared,
        seats=len(room.seats),
        count=_count(room),
        tally=_tally(room, shared["truth"]),
        moves=() if room.phase is Phase.REVEALED and is_last else MOVES[room.phase],
        students_see=say(f"students_see.{room.phase}", few=FEW),
        few=_count(room) < FEW,
    )


def _shared(room: Room, reader: str, find_truth: FindTruth) -> dict[str, Any]:
    is_revealed = room.phase is Phase.REVEALED
    return {
        "code": room.code,
        "round": room.round,
        "rounds": room.rounds,
        "phase": room.phase,
        "step": room.step if is_revealed else asked_only(room.step),
        "says": say(f"{reader}.{room.phase}"),
        "remaining": room.remaining,
        "takes": room.takes,
        "truth": find_truth(room.step) if is_revealed else None,
        "held_by": room.held_by,
    }


def _tally(room: Room, truth: Truth | None) -> Tally:
    return tally(room.step, room.answers(FIRST), room.answers(SECOND), truth)


def _count(room: Room) -> int:
    return sum(place[:2] == (room.round, room.counted) for place in room.votes)
