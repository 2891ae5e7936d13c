"""The store of rooms: five methods, through which everything goes that is kept of a class.

Whether a vote is open is decided in the transaction that keeps the answer, by the clock of the store, behind the lock
of its room: SQLite's ``BEGIN IMMEDIATE``, a locked row in Postgres.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, text, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from bnsim.classroom import seats
from bnsim.classroom.bounds import HOURS, LIFETIME, MOST_ROOMS
from bnsim.classroom.codes import code_in, hashed, new_code, new_secret, spaced
from bnsim.classroom.database import ALONE, is_postgres, lock_all
from bnsim.classroom.phase import Phase, phase_at
from bnsim.classroom.room import Ballot, Keys, Room, Seat, Shared, require_key
from bnsim.classroom.rules import begins_round, ends_at, require_move
from bnsim.classroom.schema import BOARD, ENDED, OF_A_ROOM, ROOMS, SEATS, VOTES
from bnsim.classroom.topic import Topic
from bnsim.classroom.words import say
from bnsim.errors import FullError, NoRoomError, RoomError


class _Expired(Exception):  # noqa: N818 - never seen outside
    """The room that was asked for is over, and still there."""


class Store:
    """Rooms in a database.

    Every method refuses with a `RoomError` what cannot be: a code that is none (`NoRoomError` where there is no such
    room, or no more), somebody else's key or seat (`StrangerError`), what comes too late (`LateError`), what is full
    (`FullError`).

    Parameters
    ----------
    engine : Engine
        From `bnsim.classroom.database.engine_of`.
    clock : callable, optional
        Returns the time in seconds; by default Postgres is asked, which all its clients share, or this machine.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        one_moment = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        self._reading = engine.execution_options(**one_moment)
        self._changing = engine.execution_options(**{ALONE: True})
        # Who waits for SQLite sleeps ever longer before asking again, and others overtake; threads take turns instead.
        self._turn: AbstractContextManager[Any] = Lock() if engine.dialect.name == "sqlite" else nullcontext()

    def open_room(self, topic: Topic, seconds: float | None = None) -> Keys:
        """Open a room, its first question with it, and return its code and the teacher's key.

        Parameters
        ----------
        topic : Topic
            What is asked.
        seconds : float, optional
            After which the first vote ends by itself.
        """
        self.forget_ended()
        key = new_secret()
        with self._turn, self._begun(self._changing) as connection:
            lock_all(connection)
            now = self._now(connection)
            ends = ends_at(Phase.OPEN, seconds, now)
            if connection.execute(select(func.count()).select_from(ROOMS)).scalar_one() >= MOST_ROOMS:
                raise FullError(say("error.rooms", most=MOST_ROOMS, hours=HOURS))
            code = _free_code(connection)
            asked = {"topic": topic.text, "lesson": topic.name, "step": topic.only}
            begun = {"round": 1, "phase": Phase.OPEN, "ends": ends, "expires": now + LIFETIME, "version": 1}
            connection.execute(insert(ROOMS).values(code=code, key_hash=hashed(key), **asked, **begun))
        return Keys(code, key)

    def take_seat(self, code: str) -> Seat:
        """Return a new seat in a room."""
        token = new_secret()
        with self._locked(code) as (connection, room, _):
            number = seats.take(connection, room.code, token)
        return Seat(token, number)

    def put(self, code: str, token: str, entry: Ballot | Shared) -> int:
        """Keep what a seat answers, or puts on the board, in place of what it did before; return the seat's number.

        The same once more changes nothing, and is not refused for coming quickly.
        """
        with self._locked(code) as (connection, room, now):
            seat = seats.find(connection, room.code, token)
            if isinstance(entry, Ballot):
                phase = phase_at(Phase(room.phase), room.ends, now)
                seats.vote(connection, seat, entry, (room.round, phase), now)
            else:
                seats.share(connection, seat, entry, now)
            return int(seat.number)

    def advance(self, code: str, key: str, to: Phase, seconds: float | None = None) -> None:
        """Go on to another phase, as the teacher; from the last one to the next question.

        Parameters
        ----------
        code, key : str
            The room, and what its teacher was given.
        to : Phase
            One of `bnsim.classroom.phase.MOVES`.
        seconds : float, optional
            After which the vote ends by itself.
        """
        with self._locked(code) as (connection, room, now):
            require_key(room.code, room.key_hash, key)
            phase = phase_at(Phase(room.phase), room.ends, now)
            require_move(phase, to, is_last=room.round == len(_topic(room).steps))
            changes = {"phase": to, "ends": ends_at(to, seconds, now), "round": room.round + begins_round(phase)}
            connection.execute(update(ROOMS).where(ROOMS.c.code == room.code).values(**changes))

    def read(self, code: str, known: Room | None = None, *, whole: bool = False) -> Room:
        """Return a room at this moment.

        Parameters
        ----------
        code : str
            Which.
        known : Room, optional
            As it was read before; if it has not changed since, nothing more is read.
        whole : bool
            The answers of all rounds, and the board, too.
        """
        code = code_in(code)
        try:
            with self._begun(self._reading) as connection:
                row = connection.execute(select(ROOMS).where(ROOMS.c.code == code)).one_or_none()
                now = self._now(connection)
                found = self._living(connection, row, code, now)
                if known is not None and known.version == found.version and known.whole >= whole:
                    return replace(known, now=now, phase=phase_at(Phase(found.phase), found.ends, now))
                return _room(connection, found, now, whole)
        except _Expired:
            self.forget_ended()
            raise _ended(code) from None

    def forget_ended(self) -> None:
        """Delete everything of rooms that have ended, but for their codes, which are deleted a day later."""
        with self._turn, self._begun(self._changing) as connection:
            lock_all(connection)
            now = self._now(connection)
            codes = list(connection.scalars(select(ROOMS.c.code).where(ROOMS.c.expires <= now).with_for_update()))
            for table in OF_A_ROOM if codes else ():
                connection.execute(delete(table).where(table.c.code.in_(codes)))
            connection.execute(delete(ENDED).where(ENDED.c.until <= now))
            if codes:
                connection.execute(insert(ENDED), [{"code": code, "until": now + LIFETIME} for code in codes])

    @contextmanager
    def _locked(self, code: str) -> Iterator[tuple[Connection, Row[Any], float]]:
        """Begin a transaction that changes a room; nobody else changes it, or asks the time for it, meanwhile."""
        code = code_in(code)
        try:
            with self._turn, self._begun(self._changing) as connection:
                row = connection.execute(select(ROOMS).where(ROOMS.c.code == code).with_for_update()).one_or_none()
                now = self._now(connection)
                yield connection, self._living(connection, row, code, now), now
                connection.execute(update(ROOMS).where(ROOMS.c.code == code).values(version=ROOMS.c.version + 1))
        except _Expired:
            self.forget_ended()
            raise _ended(code) from None

    def _living(self, connection: Connection, row: Row[Any] | None, code: str, now: float) -> Row[Any]:
        if row is not None and row.expires <= now:
            raise _Expired
        if row is None:
            was_there = connection.scalar(select(ENDED.c.code).where(ENDED.c.code == code, ENDED.c.until > now))
            raise _ended(code) if was_there else NoRoomError(say("error.unknown", code=spaced(code)))
        return row

    def _now(self, connection: Connection) -> float:
        """Return the time of the store; asked anew in every transaction, and only once it has its lock."""
        if self._clock is not None:
            return self._clock()
        if is_postgres(connection):
            return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")))
        return time.time()

    @contextmanager
    def _begun(self, engine: Engine) -> Iterator[Connection]:
        """Begin a transaction; what keeps the database from answering becomes a sentence."""
        try:
            with engine.begin() as connection:
                yield connection
        except (OperationalError, InterfaceError, NoneFreeError):
            raise RoomError(say("error.unreachable")) from None


def _ended(code: str) -> NoRoomError:
    return NoRoomError(say("error.expired", code=spaced(code), hours=HOURS))


def _free_code(connection: Connection) -> str:
    """Return a code that no room has, or had until yesterday."""
    taken = {*connection.scalars(select(ROOMS.c.code)), *connection.scalars(select(ENDED.c.code))}
    while (code := new_code()) in taken:
        pass
    return code


def _topic(row: Row[Any]) -> Topic:
    return Topic(row.topic, row.lesson, row.step)


def _room(connection: Connection, row: Row[Any], now: float, whole: bool) -> Room:
    seats_found = connection.execute(select(SEATS.c.token_hash, SEATS.c.number).where(SEATS.c.code == row.code))
    votes = select(VOTES.c.round, VOTES.c.vote, VOTES.c.number, VOTES.c.answer).where(VOTES.c.code == row.code)
    board = select(BOARD.c.experiment, BOARD.c.number, BOARD.c.scenario).where(BOARD.c.code == row.code)
    votes_found = connection.execute(votes if whole else votes.where(VOTES.c.round == row.round))
    return Room(
        code=row.code,
        key_hash=row.key_hash,
        topic=_topic(row),
        round=row.round,
        phase=phase_at(Phase(row.phase), row.ends, now),
        ends=row.ends,
        expires=row.expires,
        now=now,
        version=row.version,
        seats={seat.token_hash: seat.number for seat in seats_found},
        votes={(round_, vote, number): answer for round_, vote, number, answer in votes_found},
        board={(slug, number): found for slug, number, found in connection.execute(board)} if whole else {},
        whole=whole,
    )
