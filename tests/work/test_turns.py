"""Taking turns: one after the other, in order, and nobody waits for ever."""

import threading
import time

import pytest

from bnsim.work.turns import Turns

LONG = 30.0
"""Longer than any test."""


def waits(turns: Turns) -> int:
    """Return how many wait."""
    return len(turns._waiting)


def until(count: int, turns: Turns) -> None:
    """Wait until so many wait."""
    while waits(turns) != count:
        time.sleep(0.001)


class TestOrder:
    def test_each_begins_when_the_one_before_is_done_in_the_order_of_coming(self):
        turns, seen = Turns(LONG), list[str]()

        def come(name: str) -> None:
            with turns.taken():
                seen.append(f"{name} begins")
                seen.append(f"{name} ends")

        threads = [threading.Thread(target=come, args=(name,)) for name in "abc"]
        with turns.taken():
            for count, thread in enumerate(threads):
                thread.start()
                until(count + 1, turns)
            assert seen == []
        for thread in threads:
            thread.join()

        assert seen == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]

    def test_who_comes_to_nobody_begins_at_once(self):
        turns = Turns(LONG)
        for _ in range(3):
            with turns.taken():
                assert waits(turns) == 0

    def test_what_fails_ends_the_turn(self):
        turns = Turns(LONG)
        with pytest.raises(ZeroDivisionError), turns.taken():
            raise ZeroDivisionError
        with turns.taken():
            pass


class TestLong:
    def test_who_takes_long_is_overtaken_by_one(self):
        turns, begun, go_on = Turns(0.02), list[str](), threading.Event()

        def come(name: str) -> None:
            with turns.taken():
                begun.append(name)
                go_on.wait()

        first, second = (threading.Thread(target=come, args=(name,)) for name in "ab")
        first.start()
        while begun != ["a"]:
            time.sleep(0.001)
        second.start()
        while begun != ["a", "b"]:
            time.sleep(0.001)
        go_on.set()
        first.join()
        second.join()

    def test_two_who_wait_for_each_other_both_end(self):
        """As where one makes what the other waits for, and goes on only in a turn of its own."""
        turns, made = Turns(0.02), threading.Event()

        def waits_for_it() -> None:
            with turns.taken():
                made.wait()

        def makes_it() -> None:
            with turns.taken():
                made.set()

        threads = [threading.Thread(target=each) for each in (waits_for_it, makes_it)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=LONG)

        assert not any(thread.is_alive() for thread in threads)

    def test_one_who_was_overtaken_gives_away_no_turn_that_is_not_theirs(self):
        turns, overtaken, held = Turns(0.02), threading.Event(), threading.Event()
        ended = threading.Event()

        def slow() -> None:
            with turns.taken():
                overtaken.wait()
            ended.set()

        def holds() -> None:
            with turns.taken():
                overtaken.set()
                held.wait()

        threads = [threading.Thread(target=each) for each in (slow, holds)]
        for thread in threads:
            thread.start()
            time.sleep(0.005)
        ended.wait()
        turns.longest = LONG  # from here on nobody overtakes
        third = threading.Thread(target=lambda: turns.taken().__enter__())
        third.start()
        until(1, turns)
        assert third.is_alive()
        held.set()
        for thread in (*threads, third):
            thread.join(timeout=LONG)
        assert waits(turns) == 0


class TestMany:
    def test_no_two_are_at_it_at_once_while_all_are_quick(self):
        turns, inside, most, done = Turns(LONG), list[int](), list[int](), list[int]()

        def come() -> None:
            for _ in range(50):
                with turns.taken():
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
                    done.append(1)

        threads = [threading.Thread(target=come) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (max(most), len(done)) == (1, 400)
