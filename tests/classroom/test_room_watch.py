"""One reading a second for all sessions of a process, with what this process writes seen at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from rooms import RIGHT, TOPIC, WRONG, Clock, first

from bnsim.classroom import Phase
from bnsim.classroom.bounds import LIFETIME
from bnsim.classroom.classroom import Classroom
from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store
from bnsim.classroom.watch import Watch
from bnsim.errors import NoRoomError


class Counted:
    """A store that counts how often a room is read, and can be held up while it reads."""

    def __init__(self, store):
        self.store, self.count = store, 0
        self.may_end = threading.Event()
        self.may_end.set()
        self.has_begun = threading.Event()

    def read(self, code, known=None, *, whole=False):
        self.count += 1
        found = self.store.read(code, known, whole=whole)
        self.has_begun.set()
        assert self.may_end.wait(10)
        return found


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    engine = engine_of()
    yield Store(engine, clock)
    engine.dispose()


@pytest.fixture
def counted(store):
    return Counted(store)


@pytest.fixture
def watch(counted, clock):
    return Watch(counted.read, clock)


class TestSeeing:
    def test_reads_once_a_second_whoever_asks(self, store, counted, watch, clock):
        code = store.open_room(TOPIC).code
        with ThreadPoolExecutor(20) as pool:
            for _ in range(3):
                assert {room.round for room in pool.map(lambda _: watch.see(code), range(200))} == {1}
                clock.now += 1

        assert counted.count == 3

    def test_shows_a_countdown_to_the_moment(self, store, watch, clock):
        code = store.open_room(TOPIC, seconds=5).code
        watch.see(code)
        seen = []
        for _ in range(6):
            seen.append((watch.see(code).remaining, watch.see(code).phase))
            clock.now += 0.75

        assert seen[:3] == [(5.0, Phase.OPEN), (4.25, Phase.OPEN), (3.5, Phase.OPEN)]
        clock.now = watch.see(code).ends - 0.25
        watch.see(code)
        clock.now += 0.25
        assert (watch.see(code).phase, watch.see(code).remaining) == (Phase.CLOSED, None)

    def test_waits_for_nobody_while_one_reads(self, store, counted, watch, clock):
        keys = store.open_room(TOPIC)
        watch.see(keys.code)
        store.take_seat(keys.code)
        clock.now += 1
        counted.may_end.clear()
        counted.has_begun.clear()
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(watch.see, keys.code)
            assert counted.has_begun.wait(10)
            others = [watch.see(keys.code) for _ in range(5)]
            counted.may_end.set()

            assert [len(room.seats) for room in (*others, slow.result())] == [0] * 5 + [1]

    def test_notices_the_end(self, store, watch, clock):
        code = store.open_room(TOPIC).code
        clock.now += LIFETIME - 0.5
        watch.see(code)
        clock.now += 0.5
        with pytest.raises(NoRoomError):
            watch.see(code)


class TestWriting:
    def test_a_vote_is_seen_though_a_reading_began_before_it(self, store, counted, watch, clock):
        a_class = Classroom(store, watch)
        keys = a_class.open(TOPIC)
        seat = a_class.join(keys.code)
        a_class.room(keys.code)
        clock.now += 1
        counted.may_end.clear()
        counted.has_begun.clear()
        with ThreadPoolExecutor(2) as pool:
            slow = pool.submit(watch.see, keys.code)
            assert counted.has_begun.wait(10)
            vote = pool.submit(a_class.vote, keys.code, seat.token, first(RIGHT))
            counted.may_end.set()
            vote.result()
            slow.result()

            assert a_class.room(keys.code).answers(1) == {seat.number: RIGHT}

    def test_of_another_process_is_seen_a_second_later(self, store, watch, clock):
        keys = store.open_room(TOPIC)
        seat = store.take_seat(keys.code)
        assert watch.see(keys.code).votes == {}
        store.put(keys.code, seat.token, first(WRONG))
        store.advance(keys.code, keys.key, Phase.CLOSED)
        assert watch.see(keys.code).phase is Phase.OPEN
        clock.now += 1

        assert (watch.see(keys.code).phase, watch.see(keys.code).answers(1)) == (Phase.CLOSED, {seat.number: WRONG})

    def test_a_seat_that_another_process_gave_a_moment_ago_is_known(self, store, watch):
        a_class = Classroom(store, watch)
        code = a_class.open(TOPIC).code
        assert a_class.room(code).seats == {}
        seat = store.take_seat(code)

        assert a_class.student(code, seat.token).seat == seat.number

    def test_a_move_is_seen_at_once(self, store, watch):
        a_class = Classroom(store, watch)
        keys = a_class.open(TOPIC)
        a_class.room(keys.code)
        a_class.advance(keys.code, keys.key, Phase.CLOSED)

        assert a_class.room(keys.code).phase is Phase.CLOSED
