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


@pytest.fixture(scope="session")
def postgres_engine(postgres_address):
    engine = engine_of(postgres_address)
    yield engine
    engine.dispose()


@pytest.fixture
def rooms_in_postgres(postgres_address, postgres_engine):
    """The address of a Postgres without rooms."""
    clear(postgres_engine)
    return postgres_address


@pytest.fixture
def file_engine(tmp_path):
    engine = engine_of(str(tmp_path / "rooms.db"))
    yield engine
    engine.dispose()


@pytest.fixture(params=["file", "postgres"])
def engine(request):
    found = request.getfixturevalue(f"{request.param}_engine")
    clear(found)
    return found


@pytest.fixture
def store(engine, clock):
    return Store(engine, clock)
