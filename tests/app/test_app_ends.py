"""What a run or a visitor leaves behind is let go at its end: nobody must search for it."""

import asyncio
import gc
import threading
import weakref
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from streamlit import runtime
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.scriptrunner_utils.script_run_context_attr import SCRIPT_RUN_CONTEXT_ATTR_NAME
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from bnsim.app import ends
from bnsim.app.ends import ASKS, CONTEXT_NAME, THREAD, VALUES, forget_who_left, is_deserted, let_go, without_ring

SCRIPT = """import streamlit as st
st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1
st.write("drawn")
"""


@pytest.fixture
def as_before(monkeypatch):
    """Put Streamlit's own function back after the test."""
    monkeypatch.setattr(ScriptRunner, THREAD, getattr(ScriptRunner, THREAD))


@pytest.fixture
def nobody_searches():
    """Leave garbage that holds itself where it is."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def loop():
    """Return an event loop for what is drawn."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def runner(tmp_path, loop, as_before, monkeypatch):
    """Return what draws a page once, and the values of its visitor."""
    let_go()
    monkeypatch.setattr(runtime, "get_instance", MagicMock)
    script = tmp_path / "page.py"
    script.write_text(SCRIPT)
    state = SessionState()

    def made():
        return ScriptRunner(
            session_id="somebody",
            main_script_path=str(script),
            session_state=state,
            uploaded_file_mgr=MemoryUploadedFileManager("/files"),
            script_cache=ScriptCache(),
            initial_rerun_data=RerunData(),
            user_info={},
            fragment_storage=MemoryFragmentStorage(),
            pages_manager=PagesManager(str(script), ScriptCache()),
            event_loop=loop,
        )

    return made, state


def drawn(runner):
    """Draw all that is to be drawn, and return the thread that did it."""
    runner.start()
    thread = runner._script_thread
    thread.join(timeout=20)
    return thread


@pytest.fixture
def own_thread(monkeypatch):
    """Return what this thread holds, as if it drew; it is put back."""
    held = vars(threading.current_thread())
    monkeypatch.setitem(held, SCRIPT_RUN_CONTEXT_ATTR_NAME, "context")
    return held


class TestHooks:
    def test_streamlit_calls_them_as_we_think(self, runner):
        made, _ = runner

        assert callable(getattr(ScriptRunner, THREAD))
        assert isinstance(getattr(made(), VALUES), SafeSessionState)
        assert ASKS in SafeSessionState.__annotations__
        assert getattr(ends.module(ends.CONTEXT), CONTEXT_NAME) == SCRIPT_RUN_CONTEXT_ATTR_NAME

    def test_is_put_in_its_place_once(self, as_before):
        own = getattr(ScriptRunner, THREAD)
        let_go()
        ours = getattr(ScriptRunner, THREAD)
        let_go()

        assert getattr(ScriptRunner, THREAD) is ours
        assert ours is not own


class TestRun:
    def test_leaves_nothing_that_holds_itself(self, runner, nobody_searches):
        made, _ = runner
        drawing = made()
        left = weakref.ref(drawing), weakref.ref(drawn(drawing)), weakref.ref(getattr(drawing, VALUES))
        del drawing

        assert [each() for each in left] == [None, None, None]

    def test_draws_as_before_and_adds_no_value(self, runner):
        made, state = runner
        for _ in range(3):
            drawn(made())

        assert state.filtered_state == {"drawn": 3}

    def test_that_fails_lets_go_as_well(self, own_thread):
        def fail(runner):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            without_ring(fail)(SimpleNamespace())
        assert SCRIPT_RUN_CONTEXT_ATTR_NAME not in own_thread

    def test_where_streamlit_calls_its_parts_otherwise_is_left_as_it_is(self, own_thread, monkeypatch):
        monkeypatch.setattr(ends, "CONTEXT", "streamlit.of_another_name")
        runner = SimpleNamespace(values="of another name")
        without_ring(lambda runner: None)(runner)

        assert own_thread[SCRIPT_RUN_CONTEXT_ATTR_NAME] == "context"
        assert vars(runner) == {"values": "of another name"}


class TestWhoLeft:
    @pytest.fixture
    def clock(self, monkeypatch):
        """Return how late it is for the sessions of who has left: of two, one minute apart."""
        storage = MemorySessionStorage()
        late = SimpleNamespace(now=0.0)
        monkeypatch.setattr(storage._cache, "_timer", lambda: late.now)
        for late.now, name in ((0.0, "first"), (60.0, "second")):
            storage.save(SimpleNamespace(session=SimpleNamespace(id=name)))
        server = SimpleNamespace(_session_mgr=SimpleNamespace(_session_storage=storage))
        monkeypatch.setattr(runtime, "exists", lambda: True)
        monkeypatch.setattr(runtime, "get_instance", lambda: server)
        late.held = storage._cache._data
        return late

    @pytest.mark.parametrize(
        ("now", "is_told", "held"),
        [(119, False, ["first", "second"]), (121, True, ["second"]), (181, True, [])],
        ids=["in-time", "one-too-old", "both-too-old"],
    )
    def test_is_forgotten_when_they_cannot_come_back(self, clock, now, is_told, held):
        clock.now = now

        assert (forget_who_left(), list(clock.held)) == (is_told, held)
        assert forget_who_left() is False

    def test_is_not_asked_for_where_no_server_runs(self):
        assert not runtime.exists()
        assert forget_who_left() is False

    def test_is_left_where_streamlit_keeps_them_otherwise(self, clock, monkeypatch):
        clock.now = 200
        monkeypatch.setattr(ends, "LEFT", ("_of_another_name",))

        assert forget_who_left() is False
        assert list(clock.held) == ["first", "second"]


class TestNobody:
    @pytest.mark.parametrize(("sessions", "is_told"), [([], True), (["somebody"], False)], ids=["none", "one"])
    def test_is_here_while_no_session_is_kept(self, monkeypatch, sessions, is_told):
        server = SimpleNamespace(_session_mgr=SimpleNamespace(list_sessions=lambda: sessions))
        monkeypatch.setattr(runtime, "exists", lambda: True)
        monkeypatch.setattr(runtime, "get_instance", lambda: server)

        assert is_deserted() is is_told

    def test_is_said_to_be_away_where_streamlit_tells_it_otherwise(self, monkeypatch):
        monkeypatch.setattr(runtime, "exists", lambda: True)
        monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=SimpleNamespace()))

        assert is_deserted() is False

    def test_is_not_looked_for_where_no_server_runs(self):
        assert is_deserted() is False

    def test_is_what_streamlits_sessions_tell(self, monkeypatch):
        storage = MemorySessionStorage()
        manager = WebsocketSessionManager(storage, MagicMock(), MagicMock(), MagicMock())
        monkeypatch.setattr(ends, "sessions", lambda: manager)
        before = is_deserted()
        storage.save(SimpleNamespace(session=SimpleNamespace(id="who left just now")))

        assert (before, is_deserted()) == (True, False)
