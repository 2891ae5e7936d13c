"""Memory that nobody needs is found in quiet moments, and given back to the system, where the C library can do it."""

import ctypes
import gc
import os
import platform
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from bnsim.work import memory
from bnsim.work.memory import (
    LONGEST,
    PAUSE,
    QUIET,
    SELDOM,
    GivingBack,
    TidyingUp,
    seldom_searches,
    steady_heaps,
    trimmer,
)

ROOT = Path(__file__).parents[2]


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


def go_through(events, clock, tidying_up):
    """Look for quiet moments at some times; events are (time, whether a visitor wants something then)."""
    for clock.now, is_wish in events:
        if is_wish:
            tidying_up.wish()
        tidying_up.if_quiet()


class TestGivingBackInPauses:
    def given_back(self, *events):
        """Return when freed memory was given back; nothing is tidied up."""
        clock, done = Clock(), []
        go_through(events, clock, TidyingUp(lambda: None, clock, lambda: done.append(clock.now)))
        return done

    def test_is_done_in_the_pause_after_a_wish(self):
        assert self.given_back((1, True), (1 + PAUSE / 2, False), (1 + PAUSE, False)) == [1 + PAUSE]

    def test_is_not_done_where_nobody_came(self):
        assert self.given_back((PAUSE, False), (LONGEST, False)) == []

    def test_is_done_now_and_then_where_a_class_leaves_no_pause(self):
        busy = [(second / 2, True) for second in range(int(5 * LONGEST))]

        assert self.given_back(*busy) == [LONGEST, 2 * LONGEST]


class TestTidyingUp:
    def tidied(self, *events):
        """Return when it was tidied up: events are (time, whether a visitor wants something then)."""
        clock, done = Clock(), []
        tidying_up = TidyingUp(lambda: done.append(clock.now), clock, lambda: None)
        go_through(events, clock, tidying_up)
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

    def test_is_done_once_more_when_something_was_let_go_though_nobody_came(self):
        clock, done = Clock(), []
        tidying_up = TidyingUp(lambda: done.append(clock.now), clock, lambda: None)
        go_through([(0, True), (QUIET, False), (99, False)], clock, tidying_up)
        tidying_up.left()
        go_through([(100, False), (101, False)], clock, tidying_up)

        assert done == [QUIET, 100]

    def test_finds_what_holds_itself(self, monkeypatch):
        given_back = []
        monkeypatch.setattr(memory, "give_back", GivingBack(lambda: given_back.append(True)))
        gone = weakref.ref(Session())
        memory.tidy()

        assert gone() is None
        assert given_back == [True]
        assert gc.isenabled()


class TestSearches:
    def test_all_objects_are_looked_through_a_twentieth_as_often_at_most(self):
        before = gc.get_threshold()
        try:
            seldom_searches()
            young, middle, old = gc.get_threshold()
        finally:
            gc.set_threshold(*before)

        # By default 700, 10 and 10: what is made and not yet let go again, until the oldest are looked through.
        assert young * middle * old >= 20 * 700 * 10 * 10


class TestHeaps:
    def asked_for(self, monkeypatch, answer):
        """Return what is asked of a C library that gives an answer, and what that makes of `steady_heaps`."""
        asked = []

        class Library:
            @staticmethod
            def mallopt(name, value):
                asked.append((name, value))
                return answer

        monkeypatch.setattr(ctypes, "CDLL", lambda name: Library)
        return steady_heaps(), asked

    def test_threads_share_two_which_keep_what_is_freed(self, monkeypatch):
        # The names are those of malloc.h: M_ARENA_MAX is -8, M_TRIM_THRESHOLD -1, M_MMAP_THRESHOLD -3.
        assert self.asked_for(monkeypatch, 1) == (True, [(-8, 2), (-1, 67_108_864), (-3, 33_554_432)])

    def test_where_the_c_library_refuses_that_is_known(self, monkeypatch):
        assert self.asked_for(monkeypatch, 0)[0] is False

    @pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are those of glibc")
    def test_work_that_is_done_again_has_no_memory_cleared_anew(self):
        script = """
import resource, numpy as np
from bnsim.work.memory import steady_heaps
steady_heaps()
def work():
    held = [np.ones(100_000) for _ in range(20)]
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
before = faults()
work()
print(faults() - before)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

        # 16 MB are 3900 pages; a few others are met for the first time.
        assert int(done.stdout) < 400

    @pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the heaps are those of glibc")
    def test_the_server_sets_it_before_most_threads_take_a_heap_of_their_own(self, tmp_path):
        script = f"""
import ctypes, threading
import streamlit_app
together = threading.Barrier(20)
def work():
    together.wait()
    bytearray(100_000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(20)]
for each in threads: each.start()
for each in threads: each.join()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(library.fopen({os.fsencode(tmp_path / "heaps.xml")!r}, b"w"))
library.malloc_info(0, file)
library.fclose(file)
"""
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)

        assert (tmp_path / "heaps.xml").read_text().count("<heap nr=") <= 2

    @pytest.mark.parametrize(("wanted", "threads"), [(None, "1"), ("4", "4")], ids=["by-default", "as-told"])
    def test_numpy_gets_one_thread_of_the_server_unless_more_are_wanted(self, wanted, threads):
        environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
        told = {} if wanted is None else {"OPENBLAS_NUM_THREADS": wanted}
        script = "import os, streamlit_app; print(os.environ['OPENBLAS_NUM_THREADS'])"
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment | told, check=True, capture_output=True, text=True
        )

        assert done.stdout.split() == [threads]

    def test_where_it_has_no_such_settings_nothing_is_changed(self, monkeypatch):
        monkeypatch.setattr(ctypes, "CDLL", lambda name: object())

        assert steady_heaps() is False
