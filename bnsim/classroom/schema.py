"""The tables of the store; what is no longer needed of a room is deleted from each of them."""

from sqlalchemy import Column, Double, Integer, MetaData, String, Table, Text, UniqueConstraint

PREFIX = "bnsim_1_"
"""The number is another one when the columns are: rooms live for a day, so old tables are left behind, not changed."""

SCHEMA = MetaData()

ROOMS = Table(
    f"{PREFIX}rooms",
    SCHEMA,
    Column("code", String(6), primary_key=True),
    Column("key_hash", String(64), nullable=False),
    Column("topic", Text, nullable=False),
    Column("lesson", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("ends", Double),
    Column("expires", Double, nullable=False),
    Column("version", Integer, nullable=False),
)
SEATS = Table(
    f"{PREFIX}seats",
    SCHEMA,
    Column("code", String(6), primary_key=True),
    Column("token_hash", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("changed", Double),
    UniqueConstraint("code", "number"),
)
VOTES = Table(
    f"{PREFIX}votes",
    SCHEMA,
    Column("code", String(6), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("vote", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("answer", String(64), nullable=False),
)
BOARD = Table(
    f"{PREFIX}board",
    SCHEMA,
    Column("code", String(6), primary_key=True),
    Column("experiment", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("scenario", Text, nullable=False),
)
ENDED = Table(
    f"{PREFIX}ended",
    SCHEMA,
    Column("code", String(6), primary_key=True),
    Column("until", Double, nullable=False),
)
"""Codes of rooms that have ended, and nothing else of them, for a day: so their students are told what has happened."""

OF_A_ROOM = (SEATS, VOTES, BOARD, ROOMS)
"""What is deleted with a room; the rooms last, which hold the others."""
