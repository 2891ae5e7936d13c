"""Rooms of a class: a question, a vote, a talk, a second vote, and the answer; `docs/classroom.md` says how.

`shared.classroom()` is the class of this process. Nothing here loads a database before it is asked for.
"""

from bnsim.classroom.codes import code_in, spaced
from bnsim.classroom.phase import FIRST, MOVES, SECOND, Phase
from bnsim.classroom.room import Ballot, Keys, Room, Seat
from bnsim.classroom.topic import Topic, topic_in, topic_of

__all__ = [
    "FIRST",
    "MOVES",
    "SECOND",
    "Ballot",
    "Keys",
    "Phase",
    "Room",
    "Seat",
    "Topic",
    "code_in",
    "spaced",
    "topic_in",
    "topic_of",
]
