"""Freed memory is given back to the system now and then, where the C library can do it."""

import ctypes

from bnsim.work.memory import SELDOM, GivingBack, trimmer


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class TestGivingBack:
    def test_is_done_once_in_some_seconds_however_often_it_is_asked_for(self):
        clock, done = Clock(), []
        give_back = GivingBack(lambda: done.append(clock.now), clock)
        for now in (0.0, SELDOM - 0.1, SELDOM, SELDOM + 0.1, 2 * SELDOM, 2 * SELDOM + 0.1):
            clock.now = now
            give_back()

        assert done == [SELDOM, 2 * SELDOM]

    def test_is_left_where_the_c_library_cannot_do_it(self, monkeypatch):
        monkeypatch.setattr(ctypes, "CDLL", lambda name: object())

        assert trimmer() is None
        clock = Clock()
        give_back = GivingBack(None, clock)
        clock.now = 2 * SELDOM
        assert give_back() is None

    def test_is_left_where_there_is_no_c_library_to_ask(self, monkeypatch):
        def refuse(name):
            raise TypeError

        monkeypatch.setattr(ctypes, "CDLL", refuse)

        assert trimmer() is None
