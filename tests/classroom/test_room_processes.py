"""Several processes on one store, and one that is killed: every vote that was acknowledged is there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rooms import TOPIC
from voting import vote

from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store
from bnsim.learn.lesson import Answer

VOTING = Path(__file__).with_name("voting.py")


@pytest.fixture(params=["file", "postgres"])
def place(request, tmp_path):
    return request.getfixturevalue("rooms_in_postgres") if request.param == "postgres" else str(tmp_path / "rooms.db")


@pytest.fixture
def store(place):
    engine = engine_of(place)
    yield Store(engine)
    engine.dispose()


def voting(place, code, many):
    command = [sys.executable, VOTING, place, code, str(many)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)


def numbers_in(lines):
    """Return the seats whose votes were acknowledged; a line that was cut off by a kill says nothing."""
    return [int(line) for line in lines if line.endswith("\n")]


def test_two_vote_at_once_one_is_killed_and_no_acknowledged_vote_is_lost(store, place):
    keys = store.open_room(TOPIC)
    here = []
    with voting(place, keys.code, 200) as other:
        before = [other.stdout.readline()]
        while len(here) < 80 and len(before) < 40:
            here.append(vote(store, keys.code))
            before.append(other.stdout.readline())
        other.kill()  # which waits by now at worst, should it have had all its turns at once
        there = numbers_in([*before, *other.stdout])
        assert other.wait(30) == -signal.SIGKILL
    here += [vote(store, keys.code) for _ in range(10)]
    said = {*here, *there}
    room = store.read(keys.code)

    assert len(said) == len(here) + len(there)  # no seat was given twice
    assert len(said) <= len(room.votes) <= len(said) + 1  # at most one more was kept than could be said
    answers = room.answers(1)
    assert {seat: answers.get(seat) for seat in said} == {seat: Answer(choice=seat % 2) for seat in said}
