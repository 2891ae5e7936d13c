"""A process of its own that takes seats in a room and votes, saying every vote that was acknowledged.

Run as: python voting.py PLACE CODE SEATS
"""

import sys

from bnsim.classroom import Ballot
from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store
from bnsim.learn.lesson import Answer


def vote(store: Store, code: str) -> int:
    """Vote from a new seat, and return its number once the vote is acknowledged."""
    seat = store.take_seat(code)
    return store.put(code, seat.token, Ballot(1, 1, Answer(choice=seat.number % 2)))


def main(place: str, code: str, many: int) -> None:
    """Vote once from each of so many seats, print their numbers, and wait to be ended."""
    store = Store(engine_of(place))
    for _ in range(many):
        print(vote(store, code), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
