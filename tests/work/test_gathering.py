"""Handing callbacks over to an event loop: all of them, in their order, and few at a time only where few came."""

import asyncio
import threading
from functools import partial

import pytest

from bnsim.work.gathering import Gathering


async def until(true) -> None:
    """Wait until something holds."""
    while not true():
        await asyncio.sleep(0.001)


@pytest.fixture
def gathering():
    return Gathering(0.001)


class TestHandingOver:
    def test_all_that_a_thread_gives_comes_in_its_order_to_the_loops_own_thread(self, gathering):
        async def given() -> tuple[list[int], set[int]]:
            loop, done, where = asyncio.get_running_loop(), list[int](), set[int]()

            def note(number: int) -> None:
                done.append(number)
                where.add(threading.get_ident())

            giving = threading.Thread(target=lambda: [gathering.soon(loop, partial(note, k)) for k in range(500)])
            giving.start()
            await until(lambda: len(done) == 500)
            giving.join()
            return done, where

        assert asyncio.run(given()) == (list(range(500)), {threading.get_ident()})

    def test_of_those_that_come_at_once_only_the_first_wakes_the_loop(self, gathering, monkeypatch):
        async def given() -> int:
            loop, done, woken = asyncio.get_running_loop(), list[int](), list[object]()
            wake = loop.call_soon_threadsafe
            monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *given: woken.append(given) or wake(*given))
            for number in range(30):
                gathering.soon(loop, partial(done.append, number))
            assert done == []
            await until(lambda: len(done) == 30)
            return len(woken)

        assert asyncio.run(given()) == 1

    def test_what_is_given_while_others_are_handed_over_comes_after_them(self, gathering):
        async def given() -> list[str]:
            loop, done = asyncio.get_running_loop(), list[str]()

            def first() -> None:
                done.append("first")
                gathering.soon(loop, partial(done.append, "third"))

            gathering.soon(loop, first)
            gathering.soon(loop, partial(done.append, "second"))
            await until(lambda: len(done) == 3)
            return done

        assert asyncio.run(given()) == ["first", "second", "third"]

    def test_one_that_fails_keeps_the_others_from_nothing_and_the_loop_hears_of_it(self, gathering):
        async def given() -> tuple[list[int], list[str]]:
            loop, done, heard = asyncio.get_running_loop(), list[int](), list[str]()
            loop.set_exception_handler(lambda _, context: heard.append(repr(context["exception"])))
            gathering.soon(loop, partial(done.append, 1))
            gathering.soon(loop, lambda: 1 // 0)
            gathering.soon(loop, partial(done.append, 2))
            await until(lambda: len(done) == 2)
            gathering.soon(loop, partial(done.append, 3))
            await until(lambda: len(done) == 3)
            return done, heard

        assert asyncio.run(given()) == ([1, 2, 3], ["ZeroDivisionError('integer division or modulo by zero')"])


class TestAtOnce:
    def test_all_that_was_given_is_run_in_its_order_and_never_again(self, gathering):
        async def given() -> tuple[list[int], list[int]]:
            loop, done = asyncio.get_running_loop(), list[int]()
            for number in range(3):
                gathering.soon(loop, partial(done.append, number))
            gathering.at_once(loop)
            at_once = list(done)
            gathering.soon(loop, partial(done.append, 3))
            await until(lambda: len(done) > 3)
            await asyncio.sleep(0.01)
            return at_once, done

        assert asyncio.run(given()) == ([0, 1, 2], [0, 1, 2, 3])

    def test_what_fails_is_told_to_who_asked_and_the_others_come_all_the_same(self, gathering):
        def fail() -> None:
            raise RuntimeError("A fault")

        async def given() -> list[int]:
            loop, done = asyncio.get_running_loop(), list[int]()
            gathering.soon(loop, fail)
            gathering.soon(loop, partial(done.append, 1))
            with pytest.raises(RuntimeError, match=r"^A fault$"):
                gathering.at_once(loop)
            gathering.soon(loop, partial(done.append, 2))
            await until(lambda: len(done) == 2)
            return done

        assert asyncio.run(given()) == [1, 2]

    def test_in_another_thread_nothing_is_run(self, gathering):
        async def given() -> tuple[list[int], list[int]]:
            loop, done = asyncio.get_running_loop(), list[int]()
            gathering.soon(loop, partial(done.append, 1))
            other = threading.Thread(target=gathering.at_once, args=(loop,))
            other.start()
            other.join()
            at_once = list(done)
            await until(lambda: done)
            return at_once, done

        assert asyncio.run(given()) == ([], [1])

    def test_of_another_loop_nothing_is_run(self, gathering):
        async def given() -> list[int]:
            done = list[int]()
            other = asyncio.new_event_loop()
            gathering.soon(other, partial(done.append, 1))
            gathering.at_once(other)
            other.close()
            return done

        assert asyncio.run(given()) == []


class TestClosed:
    def test_a_loop_that_is_closed_is_refused_each_time(self, gathering):
        loop = asyncio.new_event_loop()
        loop.close()
        for _ in range(2):
            with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
                gathering.soon(loop, lambda: None)

    def test_another_loop_is_served_all_the_same(self, gathering):
        closed = asyncio.new_event_loop()
        closed.close()

        async def given() -> list[int]:
            done = list[int]()
            gathering.soon(asyncio.get_running_loop(), partial(done.append, 1))
            with pytest.raises(RuntimeError):
                gathering.soon(closed, lambda: None)
            await until(lambda: done)
            return done

        assert asyncio.run(given()) == [1]
