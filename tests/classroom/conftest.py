"""Rooms for tests: a clock that is set by hand, and a store in a file and in Postgres; elsewhere it is in memory."""

import pytest
from rooms import Clock, clear
from servers import postgres

from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def postgres_address():
    """The address of a Postgres that is started for these tests, and stopped after them."""
    with postgres() as address:
        yield address


@pytest.fixture
def rooms_in_postgres(postgres_address):
    engine = engine_of(postgres_address)
    clear(engine)
    yield postgres_address
    engine.dispose()


@pytest.fixture(params=["file", "postgres"])
def engine(request, tmp_path):
    is_file = request.param == "file"
    found = engine_of(str(tmp_path / "rooms.db") if is_file else request.getfixturevalue("rooms_in_postgres"))
    yield found
    found.dispose()


@pytest.fixture
def store(engine, clock):
    return Store(engine, clock)
