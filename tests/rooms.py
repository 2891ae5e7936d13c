"""What tests of rooms share: a clock that is set by hand, a lesson of two questions, and the ways through a round."""

from dataclasses import dataclass

from sqlalchemy import Engine
from written_lessons import CHOICE, NUMBER, written

from bnsim.classroom import FIRST, SECOND, Ballot, Phase, topic_in
from bnsim.classroom.schema import SCHEMA
from bnsim.learn.lesson import Answer

LESSON = written(CHOICE, NUMBER)
TOPIC = topic_in(LESSON, "a-lesson")
RIGHT, WRONG = Answer(choice=1), Answer(choice=0)  # y is 1.2


@dataclass
class Clock:
    """Seconds, as they are set."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def first(answer: Answer, round_: int = 1) -> Ballot:
    """Return an answer to the first vote."""
    return Ballot(round_, FIRST, answer)


def second(answer: Answer, round_: int = 1) -> Ballot:
    """Return an answer to the second vote."""
    return Ballot(round_, SECOND, answer)


WAYS = {
    Phase.OPEN: (),
    Phase.CLOSED: (Phase.CLOSED,),
    Phase.DISCUSS: (Phase.CLOSED, Phase.DISCUSS),
    Phase.REOPENED: (Phase.CLOSED, Phase.DISCUSS, Phase.REOPENED),
    Phase.CLOSED_AGAIN: (Phase.CLOSED, Phase.DISCUSS, Phase.REOPENED, Phase.CLOSED_AGAIN),
    Phase.REVEALED: (Phase.CLOSED, Phase.DISCUSS, Phase.REOPENED, Phase.CLOSED_AGAIN, Phase.REVEALED),
}
"""From the opening to each phase."""


def clear(engine: Engine) -> None:
    """Delete every room."""
    with engine.begin() as connection:
        for table in SCHEMA.sorted_tables:
            connection.execute(table.delete())
