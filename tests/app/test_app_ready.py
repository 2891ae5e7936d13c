"""What all visitors share is there before the first of them comes."""

import asyncio
import gc
import threading
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.web.server.app_discovery import discover_asgi_app

from bnsim.app import panels, ready, shared
from bnsim.app.shared import key_of
from bnsim.claims import ledger
from bnsim.experiments import all_experiments
from bnsim.learn import reader
from bnsim.work.memory import tidying_up
from bnsim.work.store import Store

ROOT = Path(__file__).parents[2]
AT_SIGHT = {"readout_list", "answers", "warnings", "offers", "first_figure"}


@pytest.fixture(scope="class")
def made():
    """Return the store in which everything was made anew; what else there is in these tests stays as it is."""
    store, frozen, left = Store(), [], []
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(shared, "RESULTS", store)
        monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
        for once in (panels.library, reader.all_pages, ledger.read_ledger):
            once.cache_clear()
        monkeypatch.setattr(ready, "PAUSE", 0.0)
        monkeypatch.setattr(
            tidying_up,
            "left",
            lambda: left.append(all(store.find(key_of(e, e.params())) for e in all_experiments().values())),
        )
        ready.read_all()
        ready.make_pages()
    assert frozen == [True]
    assert left == [True]
    return store


SET_UP = ("take_turns", "lighten", "send_together", "join", "let_go", "seldom_searches")
"""What is set in the process before anything is made."""


class TestWhatIsMadeBeforeTheFirstVisitor:
    @pytest.mark.parametrize("slug", list(all_experiments()))
    def test_is_what_each_page_shows_at_first(self, made, slug):
        experiment = all_experiments()[slug]
        found = made.find(key_of(experiment, experiment.params()))

        assert found is not None
        assert set(vars(found)) >= AT_SIGHT

    def test_is_what_is_read_from_files(self, made, monkeypatch):
        def refuse(*given, **named):
            raise AssertionError("read by a visitor")

        monkeypatch.setattr(Path, "read_text", refuse)
        monkeypatch.setattr(Path, "read_bytes", refuse)

        assert "identity" in " ".join(panels.library().sets)
        assert reader.all_pages()
        assert ledger.read_ledger()


class TestStart:
    @pytest.fixture(autouse=True)
    def set_up(self, monkeypatch):
        """Leave this process as it is, searches and Streamlit's functions; return what was asked for."""
        asked = list[str]()
        for name in SET_UP:
            monkeypatch.setattr(ready, name, partial(asked.append, name))
        return asked

    def start(self, meanwhile=lambda: None):
        """Start a server, do something as soon as it answers, and end it."""

        async def live():
            async with ready.ready(None):
                meanwhile()

        with pd.option_context("mode.string_storage", pd.get_option("mode.string_storage")):  # it is set for good
            asyncio.run(live())

    def test_keeps_words_in_frames_as_python_does(self, monkeypatch):
        monkeypatch.setattr(ready, "read_all", lambda: None)
        monkeypatch.setattr(ready, "make_pages", lambda: None)
        seen = list[str]()
        self.start(lambda: seen.append(pd.Series(["a"]).dtype.storage))

        assert seen == ["python"]

    def test_sets_the_process_up_once_and_before_anything_is_made(self, monkeypatch, set_up):
        monkeypatch.setattr(ready, "read_all", partial(set_up.append, "read"))
        monkeypatch.setattr(ready, "make_pages", lambda: None)
        self.start()

        assert (sorted(set_up[:-1]), set_up[-1]) == (sorted(SET_UP), "read")

    def test_nobody_is_answered_before_what_all_need_is_made_nor_waits_for_single_pages(self, monkeypatch):
        events, answered, over = [], threading.Event(), threading.Event()

        def read():
            threading.Event().wait(0.05)
            events.append(("read", threading.current_thread().name))

        def make():
            assert answered.wait(10)
            events.append(("pages", threading.current_thread().name))
            over.set()

        def answer():
            events.append(("answers", ""))
            answered.set()
            assert over.wait(10)

        monkeypatch.setattr(ready, "read_all", read)
        monkeypatch.setattr(ready, "make_pages", make)
        self.start(answer)

        assert events == [("read", "bnsim-reading"), ("answers", ""), ("pages", "bnsim-pages")]

    def test_a_fault_of_one_page_is_told_and_the_others_are_served(self, monkeypatch):
        told, over = [], threading.Event()

        def fail():
            raise RuntimeError("a fault of ours")

        def tell(fault):
            told.append(str(fault.exc_value))
            if len(told) == 2:
                over.set()

        monkeypatch.setattr(ready, "read_all", fail)
        monkeypatch.setattr(ready, "make_pages", fail)
        monkeypatch.setattr(threading, "excepthook", tell)
        self.start(lambda: over.wait(10))

        assert told == ["a fault of ours", "a fault of ours"]

    def test_quiet_moments_are_looked_for_as_long_as_the_server_runs(self, monkeypatch):
        looks = []

        class Tidying:
            @staticmethod
            def if_quiet():
                looks.append(threading.current_thread().name)
                if len(looks) == 3:
                    raise asyncio.CancelledError

        monkeypatch.setattr(ready, "LOOKS", 0.0)
        monkeypatch.setattr(ready, "tidying_up", Tidying)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(ready.tidy_now_and_then())

        assert len(looks) == 3
        assert threading.main_thread().name not in looks

    def test_files_that_nobody_needs_any_more_go_as_long_as_the_server_runs(self, monkeypatch):
        looks = []

        class Files:
            @staticmethod
            def let_idle_go():
                looks.append(True)
                if len(looks) == 3:
                    raise asyncio.CancelledError

        monkeypatch.setattr(ready, "LOOKS", 0.0)
        monkeypatch.setattr(ready, "KEPT", Files)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(ready.tidy_now_and_then())

        assert len(looks) == 3

    def test_who_left_is_forgotten_by_whoever_takes_sessions_up_and_tidied_up_after(self, monkeypatch):
        events = []

        class Tidying:
            @staticmethod
            def left():
                events.append("left")

            @staticmethod
            def if_quiet():
                events.append("looked")
                if len(events) == 5:
                    raise asyncio.CancelledError

        def forget():
            events.append(threading.current_thread().name)
            return len(events) == 1

        monkeypatch.setattr(ready, "LOOKS", 0.0)
        monkeypatch.setattr(ready, "tidying_up", Tidying)
        monkeypatch.setattr(ready, "forget_who_left", forget)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(ready.tidy_now_and_then())

        here = threading.main_thread().name
        assert events == [here, "left", "looked", here, "looked"]

    @pytest.mark.parametrize("deserted", [True, False])
    def test_when_all_have_left_what_they_looked_at_is_forgotten(self, monkeypatch, deserted):
        events = []

        def look():
            raise asyncio.CancelledError

        monkeypatch.setattr(ready, "LOOKS", 0.0)
        monkeypatch.setattr(ready, "forget_who_left", lambda: True)
        monkeypatch.setattr(ready, "is_deserted", lambda: deserted)
        monkeypatch.setattr(ready, "forget_what_all_have_left", lambda: events.append("forgotten"))
        monkeypatch.setattr(ready, "tidying_up", SimpleNamespace(left=lambda: None, if_quiet=look))
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(ready.tidy_now_and_then())

        assert events == ["forgotten"] * deserted

    def test_streamlit_finds_the_app_in_the_entry_script(self):
        found = discover_asgi_app(ROOT / "streamlit_app.py")

        assert (found.is_asgi_app, found.import_string) == (True, "streamlit_app:app")

    def test_whoever_runs_the_entry_script_without_a_server_sees_the_front_page(self):
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()

        assert not app.exception
        assert any("Prepared scenarios" in each.proto.body for each in app.get("html"))

    def test_streamlit_sees_no_pages_of_its_own_beside_it(self):
        # It would draw those itself, in place of ours of the same name.
        assert not (ROOT / "pages").exists()
