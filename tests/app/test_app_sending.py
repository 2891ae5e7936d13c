"""Messages that go to a browser together are the same, in the same order, as one by one."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from bnsim.app import sending
from bnsim.app.ends import SESSIONS
from bnsim.app.sending import (
    CONNECTED,
    MOST_AT_ONCE,
    NEWS,
    OURS,
    SEND,
    TAKEN,
    WAITING,
    WAKE,
    News,
    Together,
    all_of_them,
    awake,
    in_bundles,
    noting,
    send_together,
    writing_together,
)

PLACES = [
    *((AppSession, name) for name in (TAKEN, *NEWS)),
    (Runtime, SEND),
    (WebSocketsSansIOProtocol, CONNECTED),
]


@pytest.fixture(autouse=True)
def nobody_waits():
    """Begin and end without sessions that have news."""
    WAITING.clear()
    yield
    WAITING.clear()


@pytest.fixture
def server(monkeypatch):
    """Return a server of no sessions, in whose process Streamlit's own functions are put back after the test."""
    for owner, name in PLACES:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    here = SimpleNamespace()
    manager = WebsocketSessionManager(None, None, None, lambda: None)
    setattr(here, SESSIONS, manager)
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: here)
    return here


class Sessions:
    """Sessions by name; those that are not here are away."""

    def __init__(self, here=()):
        self.here = {name: SimpleNamespace(session=SimpleNamespace(id=name)) for name in here}

    def list_active_sessions(self):
        return list(self.here.values())

    def get_active_session_info(self, name):
        return self.here.get(name)

    def get_session_info(self, name):
        return self.here.get(name)


class Transport:
    """A connection that notes what it is told."""

    def __init__(self):
        self.told = []

    def write(self, data):
        self.told.append(data)

    def write_eof(self):
        self.told.append("end")

    def close(self):
        self.told.append("closed")

    def is_closing(self):
        return "closed" in self.told


class TestHooks:
    def test_streamlit_and_its_web_server_call_them_as_we_think(self, server):
        assert [callable(getattr(owner, name)) for owner, name in PLACES] == [True] * 6
        assert callable(getattr(getattr(server, SESSIONS), WAKE))
        assert {SESSIONS, "list_active_sessions", TAKEN, SEND} <= set(Runtime._loop_coroutine.__code__.co_names)
        back = WebsocketSessionManager._resume_stored_session.__code__.co_names
        assert NEWS[-1] in back
        told = (Runtime._enqueued_some_message, Runtime._get_async_objs)
        assert {OURS, "need_send_data"} <= {name for each in told for name in each.__code__.co_names}

    def test_each_is_put_in_its_place_once(self, server):
        own, manager = [getattr(owner, name) for owner, name in PLACES], getattr(server, SESSIONS)
        wake = getattr(manager, WAKE)
        send_together()
        ours, news = [getattr(owner, name) for owner, name in PLACES], getattr(server, SESSIONS)
        told = getattr(manager, WAKE)
        send_together()

        assert all(one is not other for one, other in zip(own, ours, strict=True))
        assert isinstance(news, News)
        assert told is not wake
        assert [getattr(owner, name) for owner, name in PLACES] == ours
        assert (getattr(server, SESSIONS), getattr(manager, WAKE)) == (news, told)

    def test_without_a_server_there_is_nobody_to_look_at(self, server, monkeypatch):
        monkeypatch.setattr(runtime, "exists", lambda: False)
        manager = getattr(server, SESSIONS)
        send_together()

        assert getattr(server, SESSIONS) is manager

    @pytest.mark.parametrize("name", NEWS)
    def test_all_sessions_are_looked_at_where_news_may_come_unnoted(self, server, monkeypatch, name):
        monkeypatch.setattr(sending, "NEWS", tuple("_of_another_name" if each == name else each for each in NEWS))
        manager = getattr(server, SESSIONS)
        send_together()

        assert getattr(server, SESSIONS) is manager

    def test_nothing_is_bundled_where_bundles_would_be_sent_as_messages(self, server, monkeypatch):
        monkeypatch.setattr(sending, "SEND", "_of_another_name")
        own = getattr(AppSession, TAKEN)
        send_together()

        assert getattr(AppSession, TAKEN) is own


class Loop:
    """What Streamlit's server has of its loop."""

    def __init__(self, loop):
        self._async_objs = SimpleNamespace(eventloop=loop, need_send_data=asyncio.Event())
        self.woken = 0

    def wake(self):
        self.woken += 1

    @property
    def is_told(self):
        return self._async_objs.need_send_data.is_set()


class TestWaking:
    def test_the_loop_at_work_is_told_and_not_woken(self):
        async def tell():
            here = Loop(asyncio.get_running_loop())
            awake(here.wake)()
            return here.is_told, here.woken

        assert asyncio.run(tell()) == (True, 0)

    def test_from_another_thread_it_is_woken(self):
        async def tell():
            here = Loop(asyncio.get_running_loop())
            await asyncio.to_thread(awake(here.wake))
            return here.is_told, here.woken

        assert asyncio.run(tell()) == (False, 1)

    def test_so_it_is_from_another_loop_and_before_there_is_one(self):
        async def tell(here):
            awake(here.wake)()

        other, none = Loop(asyncio.new_event_loop()), SimpleNamespace(woken=0)
        asyncio.run(tell(other))
        other._async_objs.eventloop.close()
        called = []
        awake(lambda: called.append(none))()

        assert (other.is_told, other.woken, called) == (False, 1, [none])


class TestBundles:
    @given(st.integers(0, 3 * MOST_AT_ONCE + 1))
    def test_hold_every_message_once_and_in_order(self, count):
        session, sent = SimpleNamespace(id="a"), []
        send = all_of_them(lambda server, info, message: sent.append((server, info, message)))
        steps = in_bundles(lambda _: list(range(count)))(session)
        for step in steps:
            before = len(sent)
            send("server", "info", step)
            assert 0 < len(sent) - before <= MOST_AT_ONCE

        assert sent == [("server", "info", each) for each in range(count)]
        assert len(steps) == min(count, 1) + max(count - MOST_AT_ONCE, 0)

    def test_one_that_cannot_be_sent_ends_its_bundle_as_it_would_the_session(self):
        sent = []

        def send(server, info, message):
            if message == 2:
                raise ConnectionError
            sent.append(message)

        (bundle,) = in_bundles(lambda _: [1, 2, 3])(SimpleNamespace(id="a"))
        with pytest.raises(ConnectionError):
            all_of_them(send)("server", "info", bundle)

        assert sent == [1]


class TestNews:
    def test_come_from_those_that_were_given_some_in_their_order(self):
        sessions, given = Sessions("abc"), []
        give = noting(lambda session, *news: given.append((session.id, *news)))
        for name in "cac":
            give(sessions.here[name].session, "news")
        looked = [each.session.id for each in News(sessions).list_active_sessions()]

        assert (looked, given) == (["c", "a"], [("c", "news"), ("a", "news"), ("c", "news")])

    def test_are_none_once_they_were_taken(self):
        sessions = Sessions("ab")
        give, take = noting(lambda session: None), in_bundles(lambda session: ["news"])
        for name in "ab":
            give(sessions.here[name].session)
        assert take(sessions.here["a"].session) == ["news"]

        assert [each.session.id for each in News(sessions).list_active_sessions()] == ["b"]

    def test_of_those_who_are_away_are_noted_again_when_they_are_back(self):
        away, back = Sessions(), Sessions("a")
        for name in "ab":
            noting(lambda session: None)(SimpleNamespace(id=name))
        assert News(away).list_active_sessions() == []
        assert not WAITING

        noting(lambda session: None)(back.here["a"].session)  # as Streamlit begins to watch files for it once more

        assert News(back).list_active_sessions() == [back.here["a"]]

    def test_nobody_else_sees_fewer_sessions(self):
        sessions = Sessions("ab")

        assert News(sessions).get_session_info("b") is sessions.here["b"]
        assert News(sessions).here is sessions.here

    def test_given_in_another_thread_are_told_after_they_were_noted(self):
        noted = []
        session = SimpleNamespace(id="a", **{WAKE: lambda: noted.append(list(WAITING))})
        giving = threading.Thread(target=noting(lambda session: noted.append(list(WAITING))), args=(session,))
        giving.start()
        giving.join()

        assert noted == [[], ["a"]]

    def test_given_in_the_loop_are_told_once(self):
        async def given_there():
            noted = []
            session = SimpleNamespace(id="a", **{WAKE: lambda: noted.append("woken")})
            noting(lambda session: noted.append("given"))(session)
            return noted

        assert asyncio.run(given_there()) == ["given"]


class TestWriting:
    def told(self, *acts):
        """Return what a connection is told in a step of the loop, and what until its end."""

        async def act():
            transport = Transport()
            together = Together(transport)
            for each in acts:
                each(together)
            within = list(transport.told)
            await asyncio.sleep(0)
            return within, transport.told

        return asyncio.run(act())

    def test_comes_at_once_at_the_end_of_the_step(self):
        within, told = self.told(lambda way: way.write(b"a"), lambda way: way.writelines([b"b", b"c"]))

        assert (within, told) == ([], [b"abc"])

    def test_comes_before_the_end(self):
        within, _ = self.told(lambda way: way.write(b"a"), lambda way: way.write_eof(), lambda way: way.close())

        assert within == [b"a", "end", "closed"]

    def test_of_the_next_step_comes_by_itself(self):
        async def act():
            transport = Transport()
            together = Together(transport)
            for data in (b"a", b"b"):
                together.write(data)
                await asyncio.sleep(0)
            return transport.told

        assert asyncio.run(act()) == [b"a", b"b"]

    def test_all_else_is_the_connections(self):
        transport = Transport()
        together = Together(transport)
        assert together.is_closing() is False
        together.close()

        assert together.is_closing() is True
        assert transport.told == ["closed"]

    def test_is_what_a_connection_is_made_of(self):
        made = []
        writing_together(lambda protocol, transport: made.append((protocol, transport)))("protocol", "transport")

        ((protocol, together),) = made
        assert (protocol, type(together)) == ("protocol", Together)
