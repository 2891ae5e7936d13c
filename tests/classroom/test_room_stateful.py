"""Rooms against a simple model: whatever is done in whatever order, a vote counts exactly when it may."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from rooms import TOPIC, Clock

from bnsim.classroom import MOVES, Ballot, Phase
from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store
from bnsim.errors import LateError, RoomError
from bnsim.learn.lesson import UNSURE, Answer

ANSWERS = st.sampled_from([Answer(choice=0), Answer(choice=1), UNSURE])
WAITS = st.sampled_from([0.0, 0.5, 1.0, 7.0])


class Rooms(RuleBasedStateMachine):
    """One room, and what a teacher with pen and paper would know of it."""

    seats = Bundle("seats")

    @initialize(seconds=st.none() | st.just(5.0))
    def opened(self, seconds):
        self.clock = Clock()
        self.engine = engine_of()
        self.store = Store(self.engine, self.clock)
        self.keys = self.store.open_room(TOPIC, seconds)
        self.round, self.phase = 1, Phase.OPEN
        self.ends = None if seconds is None else self.clock.now + seconds
        self.votes, self.last = {}, {}

    @rule(seconds=WAITS)
    def wait(self, seconds):
        self.clock.now += seconds
        if self.ends is not None and self.clock.now >= self.ends:
            self.phase = {Phase.OPEN: Phase.CLOSED, Phase.REOPENED: Phase.CLOSED_AGAIN}.get(self.phase, self.phase)

    @rule(target=seats)
    def join(self):
        return self.store.take_seat(self.keys.code)

    @rule(seat=seats, round_=st.integers(1, 2), vote=st.integers(1, 2), answer=ANSWERS)
    def vote(self, seat, round_, vote, answer):
        is_asked = round_ == self.round and {1: Phase.OPEN, 2: Phase.REOPENED}[vote] is self.phase
        place = round_, vote, seat.number
        answer = Answer(number=1.0) if round_ == 2 and answer != UNSURE else answer
        is_same = self.votes.get(place) == answer
        is_quick = self.clock.now - self.last.get(seat.number, 0.0) < 1
        try:
            self.store.put(self.keys.code, seat.token, Ballot(round_, vote, answer))
        except LateError:
            assert not is_asked or (is_quick and not is_same)
            return
        assert is_asked
        assert is_same or not is_quick
        if not is_same:
            self.votes[place] = answer
            self.last[seat.number] = self.clock.now

    @rule(to=st.sampled_from(Phase), seconds=st.none() | st.just(5.0))
    def advance(self, to, seconds):
        takes = to in (Phase.OPEN, Phase.REOPENED)
        is_next = self.phase is Phase.REVEALED and to is Phase.OPEN
        can = to in MOVES[self.phase] and not (is_next and self.round == 2) and (takes or seconds is None)
        try:
            self.store.advance(self.keys.code, self.keys.key, to, seconds)
        except RoomError:
            assert not can
            return
        assert can
        self.round += is_next
        self.phase, self.ends = to, None if seconds is None else self.clock.now + seconds

    @invariant()
    def is_what_the_model_says(self):
        room = self.store.read(self.keys.code, whole=True)
        assert (room.round, room.phase) == (self.round, self.phase)
        assert len(room.votes) == len(self.votes)
        for vote in (1, 2):
            asked = self.round, vote
            assert room.answers(vote) == {place[2]: said for place, said in self.votes.items() if place[:2] == asked}

    def teardown(self):
        if hasattr(self, "engine"):
            self.engine.dispose()


TestRooms = Rooms.TestCase
TestRooms.settings = settings(max_examples=30, stateful_step_count=25)
