"""The store of rooms, in a file and in Postgres: what it keeps, refuses and deletes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from rooms import LESSON, RIGHT, TOPIC, WAYS, WRONG, Clock, first, second
from sqlalchemy import insert, select, update

from bnsim.classroom import MOVES, Phase
from bnsim.classroom.bounds import LIFETIME, MOST_ROOMS, MOST_SEATS
from bnsim.classroom.codes import hashed, spaced
from bnsim.classroom.database import ALONE
from bnsim.classroom.phase import TAKES
from bnsim.classroom.room import Shared
from bnsim.classroom.schema import ENDED, OF_A_ROOM, ROOMS, SCHEMA, SEATS
from bnsim.errors import FullError, LateError, NoRoomError, RoomError, StrangerError
from bnsim.learn.lesson import UNSURE, Answer


def at_phase(store, phase, clock):
    """Return the keys of a room in a phase, and a seat in it."""
    keys = store.open_room(TOPIC)
    seat = store.take_seat(keys.code)
    for to in WAYS[phase]:
        store.advance(keys.code, keys.key, to)
    clock.now += 10
    return keys, seat


def content(engine):
    """Return how many rows each table has."""
    with engine.connect() as connection:
        return {table.name: len(connection.execute(select(table)).all()) for table in SCHEMA.sorted_tables}


class TestOpening:
    def test_begins_with_the_first_question_open(self, store, clock):
        keys = store.open_room(TOPIC)
        room = store.read(keys.code)

        assert (room.round, room.phase, room.ends, room.expires) == (1, Phase.OPEN, None, clock.now + 24 * 3600)
        assert room.topic.text == LESSON
        assert room.step.name == "alone"
        assert (room.seats, room.votes, room.board) == ({}, {}, {})

    def test_keeps_of_key_and_tokens_only_hashes(self, store, engine):
        keys = store.open_room(TOPIC)
        seat = store.take_seat(keys.code)
        with engine.connect() as connection:
            kept = str([connection.execute(select(table)).all() for table in SCHEMA.sorted_tables])

        assert keys.key not in kept
        assert seat.token not in kept
        assert hashed(keys.key) in kept

    def test_ends_with_the_fiftieth_room(self, store):
        for _ in range(MOST_ROOMS):
            store.open_room(TOPIC)
        with pytest.raises(FullError) as error:
            store.open_room(TOPIC)

        assert str(error.value) == (
            "There are 50 rooms open here, which is the most. One ends 24 hours after it was opened; try again later."
        )

    @pytest.mark.parametrize("seconds", [4.9, 3601, -1, float("nan"), float("inf")])
    def test_has_a_countdown_within_bounds(self, store, seconds):
        with pytest.raises(RoomError, match=r"^the countdown must be from 5 to 3600 seconds; got .*\.$"):
            store.open_room(TOPIC, seconds)


class TestMoves:
    @pytest.mark.parametrize("phase", Phase)
    def test_go_where_the_table_says_and_nowhere_else(self, store, clock, phase):
        keys, _ = at_phase(store, phase, clock)
        for to in set(Phase) - set(MOVES[phase]):
            with pytest.raises(RoomError):
                store.advance(keys.code, keys.key, to)
            assert store.read(keys.code).phase is phase
        for to in MOVES[phase]:
            keys, _ = at_phase(store, phase, clock)
            store.advance(keys.code, keys.key, to)
            assert store.read(keys.code).phase is to

    def test_that_cannot_be_are_told_with_those_that_can(self, store, clock):
        keys, _ = at_phase(store, Phase.DISCUSS, clock)
        with pytest.raises(RoomError) as error:
            store.advance(keys.code, keys.key, Phase.OPEN)

        assert str(error.value) == (
            "From “discussion” a room can go on to “second vote” or “answer shown”; got “first vote”."
        )

    def test_go_to_the_next_question_and_not_beyond_the_last(self, store, clock):
        keys, _ = at_phase(store, Phase.REVEALED, clock)
        store.advance(keys.code, keys.key, Phase.OPEN)
        room = store.read(keys.code)
        for to in WAYS[Phase.REVEALED]:
            store.advance(keys.code, keys.key, to)
        with pytest.raises(RoomError) as error:
            store.advance(keys.code, keys.key, Phase.OPEN)

        assert (room.round, room.phase, room.step.name) == (2, Phase.OPEN, "number")
        assert str(error.value) == "That was the last question of this room. Open a new room for others."

    def test_need_the_key_of_this_very_room(self, store):
        keys, others = store.open_room(TOPIC), store.open_room(TOPIC)
        for key in (others.key, "", "x" * 10_000, hashed(keys.key), "\udcff"):
            with pytest.raises(StrangerError) as error:
                store.advance(keys.code, key, Phase.CLOSED)
            assert str(error.value) == (
                f"The key must be that of the teacher who opened the room {spaced(keys.code)}. "
                "Use the browser in which you opened it."
            )
        assert store.read(keys.code).phase is Phase.OPEN

    def test_into_a_phase_without_a_vote_have_no_countdown(self, store):
        keys = store.open_room(TOPIC)
        with pytest.raises(RoomError) as error:
            store.advance(keys.code, keys.key, Phase.CLOSED, seconds=30)

        told = "a countdown must be for a vote that is open; got 30 seconds for “first vote closed”."
        assert str(error.value) == told


class TestCountdown:
    def test_ends_the_vote_at_its_second(self, store, clock):
        keys = store.open_room(TOPIC, seconds=30)
        seat = store.take_seat(keys.code)
        clock.now += 29.999
        store.put(keys.code, seat.token, first(WRONG))
        clock.now += 0.001
        with pytest.raises(LateError) as error:
            store.put(keys.code, seat.token, first(RIGHT))

        assert str(error.value) == (
            "The vote is closed: answers are taken no more. What you answered before still counts."
        )
        assert store.read(keys.code).phase is Phase.CLOSED
        assert list(store.read(keys.code).answers(1).values()) == [WRONG]

    def test_leaves_what_a_closed_room_leaves(self, store, clock):
        keys = store.open_room(TOPIC, seconds=30)
        clock.now += 30
        store.advance(keys.code, keys.key, Phase.DISCUSS)
        store.advance(keys.code, keys.key, Phase.REOPENED, seconds=10)
        clock.now += 10

        assert store.read(keys.code).phase is Phase.CLOSED_AGAIN

    def test_begins_anew_while_the_vote_is_open_and_after(self, store, clock):
        keys = store.open_room(TOPIC, seconds=30)
        clock.now += 20
        store.advance(keys.code, keys.key, Phase.OPEN, seconds=30)
        clock.now += 29
        assert store.read(keys.code).remaining == 1.0
        clock.now += 100
        store.advance(keys.code, keys.key, Phase.OPEN)

        assert (store.read(keys.code).phase, store.read(keys.code).remaining) == (Phase.OPEN, None)

    def test_goes_on_for_who_knows_the_room(self, store, clock):
        known = store.read(store.open_room(TOPIC, seconds=30).code)
        clock.now += 12

        assert store.read(known.code, known).remaining == 18.0


class TestVoting:
    def test_keeps_one_answer_a_seat_which_can_be_changed_while_the_vote_is_open(self, store, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)
        store.put(keys.code, seat.token, first(WRONG))
        clock.now += 1
        store.put(keys.code, seat.token, first(UNSURE))
        clock.now += 1
        store.put(keys.code, seat.token, first(RIGHT))

        assert store.read(keys.code).answers(1) == {seat.number: RIGHT}

    def test_keeps_both_votes(self, store, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)
        store.put(keys.code, seat.token, first(WRONG))
        for to in WAYS[Phase.REOPENED]:
            store.advance(keys.code, keys.key, to)
        clock.now += 1
        store.put(keys.code, seat.token, second(RIGHT))
        room = store.read(keys.code)

        assert (room.answers(1), room.answers(2)) == ({seat.number: WRONG}, {seat.number: RIGHT})

    @pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in TAKES])
    @pytest.mark.parametrize("ballot", [first(RIGHT), second(RIGHT)])
    def test_is_refused_when_no_vote_is_open(self, store, clock, phase, ballot):
        keys, seat = at_phase(store, phase, clock)
        with pytest.raises(LateError) as error:
            store.put(keys.code, seat.token, ballot)

        assert str(error.value) == LATE[phase]
        assert store.read(keys.code).votes == {}

    def test_is_refused_for_the_other_vote(self, store, clock):
        keys, seat = at_phase(store, Phase.REOPENED, clock)
        with pytest.raises(LateError) as error:
            store.put(keys.code, seat.token, first(RIGHT))

        assert str(error.value) == (
            "This answer belongs to another vote than the one that is open now. "
            "Look at the question again, and answer it."
        )

    def test_is_refused_for_another_question(self, store, clock):
        keys, seat = at_phase(store, Phase.REVEALED, clock)
        store.advance(keys.code, keys.key, Phase.OPEN)
        for round_ in (0, 1, 3):
            with pytest.raises(LateError) as error:
                store.put(keys.code, seat.token, first(RIGHT, round_))
            assert str(error.value) == (
                "This answer belongs to another question than the one that is asked now. "
                "Look at the question again, and answer it."
            )

    def test_changes_once_a_second(self, store, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)
        store.put(keys.code, seat.token, first(WRONG))
        clock.now += 0.999
        with pytest.raises(LateError) as error:
            store.put(keys.code, seat.token, first(RIGHT))
        assert str(error.value) == "That is less than a second after your last change. Wait a moment, then do it again."
        clock.now += 0.001
        store.put(keys.code, seat.token, first(RIGHT))

        assert store.read(keys.code).answers(1) == {seat.number: RIGHT}

    def test_the_same_once_more_is_no_change(self, store, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)

        assert [store.put(keys.code, seat.token, first(WRONG)) for _ in range(3)] == [seat.number] * 3

    def test_goes_on_after_the_clock_was_set_back(self, store, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)
        store.put(keys.code, seat.token, first(WRONG))
        clock.now -= 3600
        store.put(keys.code, seat.token, first(RIGHT))

        assert store.read(keys.code).answers(1) == {seat.number: RIGHT}

    def test_needs_a_seat_of_this_room(self, store):
        keys, others = store.open_room(TOPIC), store.open_room(TOPIC)
        strange = store.take_seat(others.code)
        for token in (strange.token, "", hashed(strange.token), str(strange.number), "\udcff"):
            with pytest.raises(StrangerError) as error:
                store.put(keys.code, token, first(RIGHT))
            assert str(error.value) == (
                f"Your seat is not one of the room {spaced(keys.code)}. Take a new one with the code on the projector."
            )

    def test_keeps_every_digit(self, store, clock):
        keys, seat = at_phase(store, Phase.REVEALED, clock)
        store.advance(keys.code, keys.key, Phase.OPEN)
        answer = Answer(number=0.1 + 0.2)
        store.put(keys.code, seat.token, first(answer, 2))

        assert store.read(keys.code).answers(1) == {seat.number: answer}


LATE = {
    Phase.CLOSED: "The vote is closed: answers are taken no more. What you answered before still counts.",
    Phase.DISCUSS: (
        "The vote is closed: now talk to your neighbours. "
        "You can answer once more when your teacher opens the vote again."
    ),
    Phase.CLOSED_AGAIN: "The second vote is closed: answers are taken no more. What you answered before still counts.",
    Phase.REVEALED: "The answer is shown already: answers to this question are taken no more.",
}


class TestAtOnce:
    def test_what_waits_for_the_teacher_to_close_comes_too_late(self, store, engine, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)
        closed = update(ROOMS).where(ROOMS.c.code == keys.code).values(phase=Phase.CLOSED)
        with ThreadPoolExecutor(1) as pool:
            with engine.execution_options(**{ALONE: True}).begin() as connection:
                connection.execute(closed)
                vote = pool.submit(store.put, keys.code, seat.token, first(RIGHT))
                with pytest.raises(TimeoutError):
                    vote.result(0.1)
            with pytest.raises(LateError):
                vote.result(30)

        assert store.read(keys.code).votes == {}

    def test_exactly_the_acknowledged_votes_count_when_the_teacher_closes_meanwhile(self, store, clock):
        keys = store.open_room(TOPIC)
        seats = [store.take_seat(keys.code) for _ in range(60)]

        def vote(seat):
            try:
                return store.put(keys.code, seat.token, first(RIGHT))
            except LateError:
                return None

        with ThreadPoolExecutor(8) as pool:
            votes = [pool.submit(vote, seat) for seat in seats]
            votes[20].result(30)
            store.advance(keys.code, keys.key, Phase.CLOSED)
            said = {each.result(30) for each in votes} - {None}

        assert set(store.read(keys.code).answers(1)) == said


class TestSeats:
    def test_are_three_hundred_and_each_is_another(self, store, engine):
        keys = store.open_room(TOPIC)
        before = [{"code": keys.code, "token_hash": str(at), "number": at} for at in range(11, MOST_SEATS + 1)]
        with engine.begin() as connection:
            connection.execute(insert(SEATS), before)
        taken = [store.take_seat(keys.code) for _ in range(10)]
        with pytest.raises(FullError) as error:
            store.take_seat(keys.code)

        assert sorted(seat.number for seat in taken) == list(range(1, 11))
        assert len({seat.token for seat in taken}) == 10
        assert len(store.read(keys.code).seats) == 300
        assert str(error.value) == (
            f"The room {spaced(keys.code)} is full: it has 300 seats, and all are taken. "
            "Look on with a neighbour, or ask your teacher."
        )

    def test_have_numbers_that_do_not_tell_who_came_first(self, store):
        codes = [store.open_room(TOPIC).code for _ in range(8)]

        # By chance all eight have the same number once in 300 ** 7.
        assert len({store.take_seat(code).number for code in codes}) > 1


class TestCodes:
    def test_that_no_room_has_are_told(self, store):
        with pytest.raises(NoRoomError) as error:
            store.read("CDFHJK")

        assert str(error.value) == "There is no room CDF HJK. Compare the code with the one on the projector."

    def test_that_can_be_none_never_reach_the_database(self, store):
        for code in ("", "CDFHJ", "CDFHJO", "'; --", "\x00" * 6, "C" * 1000):
            with pytest.raises(RoomError, match=r"^the code of a room must be 6 of the letters"):
                store.read(code)

    def test_are_read_however_they_are_typed(self, store):
        code = store.open_room(TOPIC).code

        assert store.read(f" {code[:3].lower()}-{code[3:]} ").code == code


class TestTheEnd:
    def test_comes_after_a_day_and_leaves_nothing_but_the_code(self, store, engine, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)
        store.put(keys.code, seat.token, first(RIGHT))
        clock.now += 1
        store.put(keys.code, seat.token, Shared("transform", "schema = 1"))
        assert set(content(engine).values()) == {0, 1}
        clock.now = store.read(keys.code).expires
        for ask in (
            lambda: store.read(keys.code),
            lambda: store.put(keys.code, seat.token, first(RIGHT)),
            lambda: store.advance(keys.code, keys.key, Phase.CLOSED),
            lambda: store.take_seat(keys.code),
        ):
            with pytest.raises(NoRoomError) as error:
                ask()
            assert str(error.value) == (
                f"The room {spaced(keys.code)} has ended: everything in it was deleted 24 hours after it was opened. "
                "Ask your teacher for a new code."
            )
            assert content(engine) == {table.name: 0 for table in OF_A_ROOM} | {ENDED.name: 1}

    def test_is_noticed_when_another_room_is_opened(self, store, engine, clock):
        keys, _ = at_phase(store, Phase.OPEN, clock)
        clock.now += LIFETIME
        other = store.open_room(TOPIC)

        assert other.code != keys.code
        assert content(engine)[SEATS.name] == 0

    def test_makes_room_for_another(self, store, clock):
        for _ in range(MOST_ROOMS):
            store.open_room(TOPIC)
        clock.now += LIFETIME

        assert store.read(store.open_room(TOPIC).code).round == 1

    def test_is_forgotten_a_day_later(self, store, engine, clock):
        keys = store.open_room(TOPIC)
        clock.now += LIFETIME
        store.forget_ended()
        clock.now += LIFETIME
        with pytest.raises(NoRoomError, match=r"^There is no room"):
            store.read(keys.code)
        store.forget_ended()

        assert set(content(engine).values()) == {0}

    def test_of_one_room_leaves_the_others(self, store, clock):
        old = store.open_room(TOPIC)
        clock.now += 3600
        young = store.open_room(TOPIC)
        clock.now += LIFETIME - 3600
        with pytest.raises(NoRoomError):
            store.read(old.code)

        assert store.read(young.code).code == young.code


class TestReading:
    def test_of_a_room_that_has_not_changed_is_what_is_known(self, store):
        code = store.open_room(TOPIC).code
        known = store.read(code)

        assert store.read(code, known).seats is known.seats

    def test_of_one_that_has_is_anew(self, store, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)
        known = store.read(keys.code)
        store.put(keys.code, seat.token, first(RIGHT))

        assert store.read(keys.code, known).answers(1) == {seat.number: RIGHT}

    def test_of_the_whole_has_the_answers_of_all_rounds_and_the_board(self, store, clock):
        keys, seat = at_phase(store, Phase.OPEN, clock)
        store.put(keys.code, seat.token, first(RIGHT))
        for to in (*WAYS[Phase.REVEALED], Phase.OPEN):
            store.advance(keys.code, keys.key, to)
        clock.now += 1
        store.put(keys.code, seat.token, Shared("transform", "schema = 1"))
        part = store.read(keys.code)
        whole = store.read(keys.code, part, whole=True)

        assert (part.votes, part.board) == ({}, {})
        assert whole.votes == {(1, 1, seat.number): "1.c2"}
        assert whole.board == {("transform", seat.number): "schema = 1"}


class TestClock:
    def test_is_that_of_postgres_where_there_is_one(self, rooms_in_postgres, monkeypatch):
        from bnsim.classroom import store as module
        from bnsim.classroom.database import engine_of

        engine = engine_of(rooms_in_postgres)
        monkeypatch.setattr(module.time, "time", Clock(0.0))
        room = module.Store(engine).read(module.Store(engine).open_room(TOPIC).code)
        engine.dispose()

        assert room.now > 1_700_000_000
