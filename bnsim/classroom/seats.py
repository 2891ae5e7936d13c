"""What a seat may do in the store, within a transaction that holds the lock of its room."""

import secrets
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, insert, select, update

from bnsim.classroom.bounds import MOST_SEATS
from bnsim.classroom.codes import hashed, spaced
from bnsim.classroom.phase import TAKES, Phase
from bnsim.classroom.room import Ballot, Shared, answer_text
from bnsim.classroom.rules import require_open, require_pause
from bnsim.classroom.schema import BOARD, SEATS, VOTES
from bnsim.classroom.words import say
from bnsim.errors import FullError, StrangerError


def take(connection: Connection, code: str, token: str) -> int:
    """Take a seat; its number is drawn by chance, so that it does not tell who came first.

    Raises
    ------
    FullError
        If all are taken.
    """
    taken = set(connection.scalars(select(SEATS.c.number).where(SEATS.c.code == code)))
    free = [number for number in range(1, MOST_SEATS + 1) if number not in taken]
    if not free:
        raise FullError(say("error.full", code=spaced(code), most=MOST_SEATS))
    number = secrets.choice(free)
    connection.execute(insert(SEATS).values(code=code, token_hash=hashed(token), number=number))
    return number


def find(connection: Connection, code: str, token: str) -> Row[Any]:
    """Return the seat of a token.

    Raises
    ------
    StrangerError
        If it is not one of this room.
    """
    mine = select(SEATS).where(SEATS.c.code == code, SEATS.c.token_hash == hashed(token))
    found = connection.execute(mine).one_or_none()
    if found is None:
        raise StrangerError(say("error.seat", code=spaced(code)))
    return found


def vote(connection: Connection, seat: Row[Any], ballot: Ballot, asked: tuple[int, Phase], now: float) -> None:
    """Keep an answer to what is asked, which is a round and its phase.

    Raises
    ------
    LateError
        If it is asked no more, or the seat has changed something less than a second ago.
    """
    round_, phase = asked
    require_open(phase, (round_, TAKES.get(phase)), (ballot.round, ballot.vote))
    place = {"code": seat.code, "round": ballot.round, "vote": ballot.vote, "number": seat.number}
    _keep(connection, seat, VOTES, place, {"answer": answer_text(ballot.answer)}, now)


def share(connection: Connection, seat: Row[Any], shared: Shared, now: float) -> None:
    """Keep settings on the board, one of each experiment from each seat.

    Raises
    ------
    LateError
        If the seat has changed something less than a second ago.
    """
    place = {"code": seat.code, "experiment": shared.experiment, "number": seat.number}
    _keep(connection, seat, BOARD, place, {"scenario": shared.scenario}, now)


def _keep(
    connection: Connection, seat: Row[Any], table: Table, place: dict[str, Any], value: dict[str, str], now: float
) -> None:
    here: ColumnElement[bool] = and_(*(table.c[name] == wanted for name, wanted in place.items()))
    before = connection.execute(select(*(table.c[name] for name in value)).where(here)).one_or_none()
    if before is not None and tuple(before) == tuple(value.values()):
        return
    require_pause(seat.changed, now)
    is_new = before is None
    changed = insert(table).values(**place, **value) if is_new else update(table).where(here).values(**value)
    connection.execute(changed)
    mine = and_(SEATS.c.code == seat.code, SEATS.c.token_hash == seat.token_hash)
    connection.execute(update(SEATS).where(mine).values(changed=now))
