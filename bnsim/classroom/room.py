"""A room as the store holds it at one moment; who may see what of it, `views` says."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bnsim.classroom.codes import hashed, is_same, spaced
from bnsim.classroom.phase import COUNTED, FIRST, SECOND, TAKES, Phase, phase_at
from bnsim.classroom.topic import Topic
from bnsim.classroom.words import say
from bnsim.errors import StrangerError
from bnsim.learn.lesson import Answer, Lesson, Progress, Step


@dataclass(frozen=True)
class Ballot:
    """What somebody answers, and to what: which round (from 1), and the first or the second vote in it."""

    round: int
    vote: int
    answer: Answer


@dataclass(frozen=True)
class Shared:
    """What somebody puts on the board: settings of an experiment, as a scenario file."""

    experiment: str
    scenario: str


@dataclass(frozen=True)
class Seat:
    """A place in a room: the token that only its owner's browser has, and its number, drawn by chance."""

    token: str
    number: int


@dataclass(frozen=True)
class Keys:
    """What a teacher gets who opens a room: the code for everybody, the key for nobody else."""

    code: str
    key: str


@dataclass(frozen=True)
class Room:
    """A room at one moment.

    Attributes
    ----------
    code, key_hash, topic
        Its code, what is kept of the teacher's key, and what is asked.
    round, phase
        Which question, from 1, and where it is; a countdown that is over has ended its phase.
    ends, expires, now : float
        When the countdown ends (None without one), when the room ends, and when this was read, by the store's clock.
    version : int
        Another one after every change.
    seats : mapping of str to int
        The numbers of the seats by what is kept of their tokens.
    votes : mapping of (round, vote, seat) to str
        The answers as texts; of this round, or of all where `whole`.
    board : mapping of (experiment, seat) to str
        Settings as scenario files; empty unless `whole`.
    """

    code: str
    key_hash: str
    topic: Topic
    round: int
    phase: Phase
    ends: float | None
    expires: float
    now: float
    version: int
    seats: Mapping[str, int]
    votes: Mapping[tuple[int, int, int], str]
    board: Mapping[tuple[str, int], str] = field(default_factory=dict)
    whole: bool = False

    @property
    def step(self) -> Step:
        """What is asked now."""
        return self.topic.step(self.round)

    @property
    def rounds(self) -> int:
        """How many questions there are."""
        return len(self.topic.steps)

    @property
    def held_by(self) -> int | None:
        """The round of a later question whose answer a picture of this one's scenarios would tell; None for none."""
        pictured = {(scenario.experiment, scenario.params) for scenario in self.step.scenarios}
        later = list(enumerate(self.topic.steps, 1))[self.round :]
        asked = ((at, scenario) for at, step in later for scenario in step.scenarios)
        return next((at for at, each in asked if (each.experiment, each.params) in pictured), None)

    @property
    def takes(self) -> int | None:
        """Which vote is open; None where none is."""
        return TAKES.get(self.phase)

    @property
    def counted(self) -> int:
        """Whose answers are counted now: those to the first vote, or the second."""
        last = SECOND if any(vote == SECOND for round_, vote, _ in self.votes if round_ == self.round) else FIRST
        return COUNTED.get(self.phase, last)

    @property
    def remaining(self) -> float | None:
        """Seconds of the countdown that are left; None where none runs."""
        return max(self.ends - self.now, 0.0) if self.ends is not None and self.takes else None

    def aged(self, seconds: float) -> "Room":
        """Return the room as it is a moment later, if nobody changes it."""
        now = self.now + seconds
        return replace(self, now=now, phase=phase_at(self.phase, self.ends, now))

    def with_seat(self, seat: Seat) -> "Room":
        """Return the room with one more seat."""
        return replace(self, seats={**self.seats, hashed(seat.token): seat.number})

    def with_vote(self, number: int, ballot: Ballot) -> "Room":
        """Return the room with the answer of a seat."""
        key = ballot.round, ballot.vote, number
        return replace(self, votes={**self.votes, key: answer_text(ballot.answer)})

    def seat_of(self, token: str) -> int:
        """Return the number of a seat.

        Raises
        ------
        StrangerError
            If it is not one of this room.
        """
        number = self.seats.get(hashed(token))
        if number is None:
            raise StrangerError(say("error.seat", code=spaced(self.code)))
        return number

    def require_key(self, key: str) -> None:
        """Refuse a key that is not the teacher's.

        Raises
        ------
        StrangerError
            If it is another one.
        """
        require_key(self.code, self.key_hash, key)

    def answer_of(self, seat: int, vote: int) -> Answer | None:
        """Return what a seat answered to a vote of this round; None for nothing."""
        text = self.votes.get((self.round, vote, seat))
        return None if text is None else answer_in(text, self.step)

    def answers(self, vote: int) -> dict[int, Answer]:
        """Return the answers to a vote of this round, by seat."""
        asked = self.round, vote
        seats = sorted(place[2] for place in self.votes if place[:2] == asked)
        return {seat: answer_in(self.votes[(*asked, seat)], self.step) for seat in seats}


def require_key(code: str, key_hash: str, key: str) -> None:
    """Refuse a key that is not the one of which the hash was kept."""
    if not is_same(key_hash, hashed(key)):
        raise StrangerError(say("error.key", code=spaced(code)))


def answer_text(answer: Answer) -> str:
    """Return an answer as it is kept: the progress of a lesson with this one answer."""
    return Progress((answer,)).written()


def answer_in(text: str, step: Step) -> Answer:
    """Return the answer that was kept as a text."""
    progress, _ = Progress.read(text, Lesson("", "", "", "", 1, (step,)))
    return progress.answers[0]
