"""The own numbers of all visitors together are bounded, and the same numbers are held once."""

import gc

import pytest

from bnsim.app.held import UNCOUNTED, Held
from bnsim.errors import DataError
from bnsim.scenario.values import Values

NUMBERS = 50_000
BYTES = 8 * NUMBERS


def numbers(first=0):
    return Values(range(first, first + NUMBERS))


class TestTheSameNumbers:
    def test_are_held_once_however_many_bring_them(self):
        held = Held()
        taken = [held.take(numbers(), 0) for _ in range(5)]

        assert len({id(values) for values, _ in taken}) == 1
        assert held.size == BYTES

    def test_are_those_that_were_brought(self):
        brought = numbers(3)

        assert Held().take(brought, 0)[0] == numbers(3)


class TestOtherNumbers:
    def test_add_up_with_what_they_were_read_from(self):
        held = Held()
        taken = [held.take(numbers(first), 1000) for first in (0, 1)]

        assert held.size == 2 * (BYTES + 1000)
        del taken
        gc.collect()
        assert held.size == 0

    def test_are_refused_where_there_is_no_room_and_those_who_have_theirs_keep_them(self):
        held = Held(2_000_000)
        taken = [held.take(numbers(first), BYTES) for first in (0, 1)]
        with pytest.raises(DataError) as refused:
            held.take(numbers(2), BYTES)

        assert str(refused.value) == (
            "values must fit beside those of other visitors, 2 MB in all; got 0.8 MB where 0.4 MB are free. "
            "Take fewer numbers, or come back later; on your own machine nobody else is there."
        )
        assert [values for values, _ in taken] == [numbers(0), numbers(1)]

    def test_of_visitors_who_have_left_take_no_room(self):
        held = Held(2 * BYTES)

        class Session:
            def __init__(self, first):
                self.itself, self.numbers = self, held.take(numbers(first), 0)

        for first in range(5):
            Session(first)  # a ring of objects, as a session is

        assert held.take(numbers(9), 0)[0] == numbers(9)

    def test_of_usual_size_are_always_taken(self):
        held = Held(BYTES)
        taken = [held.take(numbers(), 0), held.take(Values(range(100)), UNCOUNTED - 800)]

        assert [len(values) for values, _ in taken] == [NUMBERS, 100]
