"""Visitors' files on the page "Check yours" are bounded together, and go when their room is needed."""

import gc

import numpy as np
import pytest

from bnsim.app.check.keeping import IDLE, MINUTE, SMALL, Kept, size_of
from bnsim.errors import DataError

MB = 1_000_000
COMMAND = "bnsim activations"
REFUSED = (
    "x.npy must fit beside the files of other visitors, 5 MB in all; got 2.0 MB where 1.0 MB are free. Try again in a "
    "minute, or use bnsim activations on your own machine."
)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(clock):
    return Kept(5 * MB, clock)


def take(kept, megabytes=2):
    return kept.take(bytes(megabytes * MB), "x.npy", COMMAND)


def read(kept, content):
    with kept.reading(content, "x.npy") as data:
        return len(data)


class TestFiles:
    def test_are_counted_as_long_as_somebody_has_them(self, kept):
        content = take(kept)
        assert (kept.size, read(kept, content), kept.size) == (2 * MB, 2 * MB, 2 * MB)

        del content
        assert kept.size == 0

    def test_that_have_been_read_make_room_the_one_read_longest_ago_first(self, kept, clock):
        first, second = take(kept), take(kept)
        for content in (second, first):
            clock.now += 1
            read(kept, content)
        third = take(kept)

        assert [each.data is None for each in (first, second, third)] == [False, True, False]
        assert kept.size == 4 * MB
        with pytest.raises(DataError) as gone, kept.reading(second, "y.npy"):
            pass
        assert str(gone.value) == (
            "y.npy must be loaded again to be read in another way: the server keeps it for some minutes only."
        )

    def test_that_wait_to_be_read_stay_and_the_next_one_is_refused(self, kept):
        waiting = take(kept), take(kept)
        with pytest.raises(DataError) as refused:
            take(kept)

        assert str(refused.value) == REFUSED
        assert [each.data is None for each in waiting] == [False, False]

    def test_that_are_being_read_stay(self, kept):
        first, second = take(kept), take(kept)
        read(kept, first), read(kept, second)
        with kept.reading(first, "a"), kept.reading(second, "b"), pytest.raises(DataError):
            take(kept)

        assert take(kept).size == 2 * MB

    def test_that_nobody_reads_wait_a_minute_at_most(self, kept, clock):
        first = take(kept)
        clock.now += 1
        second = take(kept)
        clock.now += MINUTE
        third = take(kept)

        assert [each.data is None for each in (first, second, third)] == [True, False, False]

    def test_go_some_minutes_after_they_were_last_read(self, kept, clock):
        first, second = take(kept), take(kept)
        clock.now += IDLE / 2
        read(kept, second)
        clock.now += IDLE / 2
        with kept.reading(first, "x.npy"):
            kept.let_idle_go()
            assert kept.size == 4 * MB
        first.since -= IDLE
        kept.let_idle_go()

        assert [each.data is None for each in (first, second)] == [True, False]

    def test_of_visitors_who_have_left_take_no_room(self, kept):
        class Session:
            def __init__(self):
                self.itself, self.content = self, take(kept)

        for _ in range(4):
            Session()  # a ring of objects, as a session is

        assert take(kept).size == 2 * MB

    def test_of_usual_size_are_always_taken(self, kept):
        waiting = take(kept), take(kept), take(kept, 1)

        assert kept.take(bytes(SMALL), "x.npy", COMMAND).size == SMALL
        assert len(waiting) == 3


class TestWhatIsFound:
    def test_is_counted_and_makes_files_go(self, kept):
        content = take(kept, 4)
        read(kept, content)
        found = np.zeros(MB // 4)
        summary = kept.count(found, "x.npy", COMMAND)

        assert content.data is None
        assert kept.size == summary.size == size_of(found)

    def test_is_as_large_as_its_arrays(self):
        assert size_of({"mean": np.zeros(MB), "var": [np.zeros(MB)]}) == pytest.approx(16 * MB, rel=1e-3)

    def test_is_forgotten_with_its_session(self, kept):
        summary = kept.count(np.zeros(MB // 4), "x.npy", COMMAND)
        assert kept.size > 2 * MB

        del summary
        gc.collect()
        assert kept.size == 0
