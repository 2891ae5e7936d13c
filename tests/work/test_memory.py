"""Memory that nobody needs is found in quiet moments, and given back to the system, where the C library can do it."""

import ctypes
import gc
import weakref

from bnsim.work import memory
from bnsim.work.memory import QUIET, SELDOM, GivingBack, TidyingUp, few_heaps, trimmer


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

    def test_is_done_at_once_where_that_is_asked_for(self):
        clock, done = Clock(), []
        give_back = GivingBack(lambda: done.append(clock.now), clock)
        give_back.now()

        assert done == [0.0]


class Session:
    """Something that holds itself, as a session does."""

    def __init__(self):
        self.itself = self


class TestTidyingUp:
    def tidied(self, *events):
        """Return when it was tidied up: events are (time, whether a visitor wants something then)."""
        clock, done = Clock(), []
        tidying_up = TidyingUp(lambda: done.append(clock.now), clock)
        for clock.now, is_wish in events:
            if is_wish:
                tidying_up.wish()
            tidying_up.if_quiet()
        return done

    def test_is_done_once_when_the_last_wish_is_some_seconds_ago(self):
        assert self.tidied((1, True), (QUIET, False), (1 + QUIET, False), (2 + QUIET, False), (99, False)) == [
            1 + QUIET
        ]

    def test_waits_as_long_as_somebody_wants_something(self):
        assert self.tidied(*[(second, True) for second in range(99)]) == []

    def test_is_not_done_where_nobody_came(self):
        assert self.tidied((QUIET, False), (99, False)) == []

    def test_knows_how_long_nobody_has_wanted_anything(self):
        clock = Clock()
        tidying_up = TidyingUp(lambda: None, clock)
        clock.now = 3.0
        tidying_up.wish()
        clock.now = 5.0

        assert tidying_up.quiet_for() == 2.0

    def test_is_done_again_after_others_have_come(self):
        later = 50 + QUIET

        assert self.tidied((0, True), (QUIET, False), (50, True), (later, False)) == [QUIET, later]

    def test_finds_what_holds_itself(self, monkeypatch):
        given_back = []
        monkeypatch.setattr(memory, "give_back", GivingBack(lambda: given_back.append(True)))
        gone = weakref.ref(Session())
        memory.tidy()

        assert gone() is None
        assert given_back == [True]
        assert gc.isenabled()


class TestHeaps:
    def asked_for(self, monkeypatch, answer):
        """Return what is asked of a C library that gives an answer, and what that makes of `few_heaps`."""
        asked = []

        class Library:
            @staticmethod
            def mallopt(name, value):
                asked.append((name, value))
                return answer

        monkeypatch.setattr(ctypes, "CDLL", lambda name: Library)
        return few_heaps(), asked

    def test_threads_share_two(self, monkeypatch):
        # The name is that of malloc.h: M_ARENA_MAX is -8.
        assert self.asked_for(monkeypatch, 1) == (True, [(-8, 2)])

    def test_where_the_c_library_refuses_nothing_is_changed(self, monkeypatch):
        assert self.asked_for(monkeypatch, 0) == (False, [(-8, 2)])

    def test_where_it_has_no_such_settings_nothing_is_changed(self, monkeypatch):
        monkeypatch.setattr(ctypes, "CDLL", lambda name: object())

        assert few_heaps() is False
