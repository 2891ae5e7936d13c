"""What Streamlit does anew for every message or run is done seldom, and comes to the same."""

import asyncio
from types import SimpleNamespace

import pytest
from streamlit import config
from streamlit.components.v2.bidi_component import main as components
from streamlit.runtime.app_session import AppSession

from bnsim.app import lighter
from bnsim.app.hooks import module, put
from bnsim.app.lighter import (
    HAND_OVER,
    LOOK_UP,
    PRESENT,
    WISHES,
    after_all_messages,
    as_it_is,
    gathered,
    lighten,
    looked_up_once,
)

PLACES = [*((AppSession, name) for name in (HAND_OVER, *WISHES)), (config, LOOK_UP), (components, PRESENT)]


@pytest.fixture
def as_before(monkeypatch):
    """Put Streamlit's own functions back after the test."""
    for owner, name in PLACES:
        monkeypatch.setattr(owner, name, getattr(owner, name))


class TestHooks:
    def test_streamlit_calls_them_as_we_think(self):
        assert [callable(getattr(owner, name)) for owner, name in PLACES] == [True] * 5

    def test_each_is_put_in_its_place_once(self, as_before):
        own = [getattr(owner, name) for owner, name in PLACES]
        lighten()
        ours = [getattr(owner, name) for owner, name in PLACES]
        lighten()

        assert all(one is not other for one, other in zip(own, ours, strict=True))
        assert [getattr(owner, name) for owner, name in PLACES] == ours

    def test_where_streamlit_calls_it_otherwise_nothing_is_put(self):
        place = SimpleNamespace(own=len)

        assert put(place, "of_another_name", lambda original: original) is False
        assert put(module("streamlit.of_another_name"), "own", lambda original: original) is False
        assert vars(place) == {"own": len}

    @pytest.mark.parametrize("wish", WISHES)
    def test_messages_are_not_gathered_where_a_wish_could_overtake_them(self, as_before, monkeypatch, wish):
        own = getattr(AppSession, HAND_OVER)
        monkeypatch.setattr(lighter, "WISHES", tuple("_of_another_name" if each == wish else each for each in WISHES))
        lighten()

        assert getattr(AppSession, HAND_OVER) is own


class TestMessages:
    def test_of_a_session_go_to_its_loop(self):
        async def given() -> list[int]:
            done = list[int]()
            session = SimpleNamespace(_event_loop=asyncio.get_running_loop())
            gathered(lambda: None)(session, lambda: done.append(1))
            assert done == []
            while not done:
                await asyncio.sleep(0.001)
            return done

        assert asyncio.run(given()) == [1]

    def test_that_a_loop_refuses_are_left_to_streamlit(self):
        loop, left = asyncio.new_event_loop(), list[object]()
        loop.close()
        session, message = SimpleNamespace(_event_loop=loop), lambda: None
        gathered(lambda *given: left.append(given))(session, message)

        assert left == [(session, message)]


class TestWishes:
    def test_come_after_the_messages_of_the_last_run(self):
        async def given() -> list[object]:
            done = list[object]()
            session = SimpleNamespace(_event_loop=asyncio.get_running_loop())
            gathered(lambda: None)(session, lambda: done.append("message"))
            answer = after_all_messages(lambda *wish, more: done.append((*wish, more)) or "answer")(session, 1, more=2)
            return [*done, answer]

        first, (session, *wish), answer = asyncio.run(given())
        assert (first, wish, answer) == ("message", [1, 2], "answer")
        assert isinstance(session, SimpleNamespace)


class TestTheme:
    @pytest.fixture
    def asked(self):
        """Return what is looked up, and how: it notes each section that is asked for."""
        noted = list[str]()
        config.get_config_options()  # which reads the configuration where that was not done yet

        def look_up(section: str) -> dict[str, object]:
            noted.append(section)
            return {"asked": len(noted)}

        return noted, looked_up_once(look_up)

    def test_is_looked_up_once_for_each_section(self, asked):
        noted, look = asked
        found = [look("theme"), look("theme.dark"), look("theme"), look("theme.dark")]

        assert found == [{"asked": 1}, {"asked": 2}, {"asked": 1}, {"asked": 2}]
        assert noted == ["theme", "theme.dark"]

    def test_is_looked_up_again_when_the_configuration_was_read_anew(self, asked, monkeypatch):
        _, look = asked
        look("theme")
        monkeypatch.setattr(config, "_config_options", dict(config._config_options))

        assert look("theme") == {"asked": 2}

    def test_what_is_done_to_an_answer_changes_no_other(self, asked):
        _, look = asked
        look("theme").clear()

        assert look("theme") == {"asked": 1}

    def test_every_other_section_is_looked_up_each_time(self, asked):
        noted, look = asked
        look("server")
        look("server")

        assert noted == ["server", "server"]

    def test_without_a_place_for_the_configuration_each_time_too(self, asked, monkeypatch):
        noted, look = asked
        monkeypatch.delattr(lighter.config, "_config_options")
        look("theme")
        look("theme")

        assert noted == ["theme", "theme"]

    @pytest.mark.parametrize("section", ["theme", "theme.light", "theme.dark", "theme.sidebar"])
    def test_says_what_streamlit_says(self, section):
        look = looked_up_once(config.get_options_for_section)

        assert look(section) == look(section) == config.get_options_for_section(section)


def test_a_components_state_is_seen_as_it_is():
    assert as_it_is(components.make_bidi_component_presenter)("events", "id", allowed_state_keys=None) is None
