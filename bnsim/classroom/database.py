"""The database behind the store: memory, one SQLite file, or Postgres, and how each lets one change it at a time."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError
from sqlalchemy.pool import QueuePool

from bnsim.classroom.schema import SCHEMA
from bnsim.classroom.words import say
from bnsim.errors import MissingExtraError, RoomError
from bnsim.scenario.wording import shown

BUSY_SECONDS = 10
"""How long one who wants to write waits for another, or for a server; a vote takes a thousandth of it."""

POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")
LOCK = 0x626E73696D  # "bnsim" in ASCII
"""Of Postgres, for what concerns all rooms."""

ALONE = "bnsim_alone"
"""The execution option of a connection whose transactions have the SQLite file for themselves from the beginning."""


def engine_of(where: str = "") -> Engine:
    """Return the database at a path or a ``postgresql://`` address, its tables made; "" is memory of this process.

    Raises
    ------
    RoomError
        If there can be none. The address is not repeated where it may hold a password.
    MissingExtraError
        If Postgres is asked for, and its driver is not installed.
    """
    scheme, colon, _ = where.partition("://")
    if not colon:
        engine = _sqlite(where)
    elif scheme in POSTGRES:
        engine = _postgres(where)
    else:
        raise RoomError(say("error.place", got=shown(f"{scheme}://…")))
    try:
        with engine.execution_options(**{ALONE: True}).begin() as connection:
            lock_all(connection)
            SCHEMA.create_all(connection)
    except (DatabaseError, InterfaceError) as error:
        engine.dispose()
        raise RoomError(say("error.no_database")) from error
    return engine


def lock_all(connection: Connection) -> None:
    """Let nobody else do what concerns all rooms until the transaction ends; SQLite has only such transactions."""
    if is_postgres(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def is_postgres(connection: Connection) -> bool:
    """Return whether the database is Postgres, whose clock all its clients share."""
    return connection.dialect.name == "postgresql"


def _postgres(where: str) -> Engine:
    try:
        url = make_url(where).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):  # a port that is no number
        raise RoomError(say("error.place", got=shown("postgresql://…"))) from None
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": BUSY_SECONDS}
    try:
        # Asked before use whether the server still holds the connection: it may have been started anew.
        return create_engine(url, pool_pre_ping=True, connect_args=patience)
    except ModuleNotFoundError:
        raise MissingExtraError(say("error.extra")) from None


def _sqlite(path: str) -> Engine:
    if path and not Path(path).expanduser().absolute().parent.is_dir():
        raise RoomError(say("error.folder", got=shown(path)))
    # In memory there is one connection, which those who ask take in turn: another one would have another memory.
    connections: dict[str, Any] = {"pool_size": 5} if path else {"pool_size": 1, "max_overflow": 0}
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(
            Path(path).expanduser() if path else ":memory:",
            timeout=BUSY_SECONDS,
            check_same_thread=False,
            isolation_level=None,  # transactions begin where `_begin` says, not before the first change
        ),
        poolclass=QueuePool,
        **connections,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # What is deleted is overwritten, and a vote that was acknowledged outlasts even a loss of power.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    alone = connection.get_execution_options().get(ALONE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")
