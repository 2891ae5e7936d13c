"""What Streamlit does anew for every message or run is done seldom, and comes to the same."""

import asyncio
import copy
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit import config
from streamlit.components.v2.bidi_component import main as components
from streamlit.cursor import LockedCursor, RunningCursor
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements import html as markup
from streamlit.elements import vega_charts as charts
from streamlit.elements.lib.form_utils import FormData
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.NewSession_pb2 import Config, CustomThemeConfig
from streamlit.runtime import app_session, fragment
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.string_util import clean_text
from streamlit.testing.v1 import AppTest

from bnsim.app import lighter
from bnsim.app.hooks import module, put
from bnsim.app.lighter import (
    CLEAN,
    COPY,
    CURSORS,
    FILLED,
    HAND_OVER,
    HOLDERS,
    LOOKS,
    PARALLEL,
    PRESENT,
    STABILIZE,
    THREADS,
    VALUES,
    WIDGETS,
    WISHES,
    WRITER,
    WRITERS,
    after_all_messages,
    as_it_is,
    as_written,
    by_its_end,
    by_name,
    filled_once,
    gathered,
    in_one_line,
    lighten,
    when_needed,
    without_a_look,
)
from bnsim.experiment import Result
from bnsim.experiments import all_experiments, find

PLACES = [
    *((AppSession, name) for name in (HAND_OVER, *WISHES)),
    *((app_session, name) for name in FILLED),
    (charts, STABILIZE),
    (components, PRESENT),
    (markup, CLEAN),
    (markup, LOOKS),
    (fragment, COPY),
    (module(PARALLEL), THREADS),
    *((module(f"streamlit.elements.widgets.{kind}"), VALUES) for kind in WIDGETS),
]


def said_by(fill, kind, *given):
    """Return a message as it is filled in."""
    message = kind()
    fill(message, *given)
    return message.SerializeToString()


@pytest.fixture
def as_before(monkeypatch):
    """Put Streamlit's own functions back after the test."""
    for owner, name in PLACES:
        monkeypatch.setattr(owner, name, getattr(owner, name))


class TestHooks:
    def test_streamlit_calls_them_as_we_think(self):
        assert [callable(getattr(owner, name)) for owner, name in PLACES] == [True] * 15

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


class TestConfiguration:
    @pytest.fixture
    def asked(self):
        """Return what is filled in, and how: it notes what was asked for."""
        noted = list[tuple[str, ...]]()
        config.get_config_options()  # which reads the configuration where that was not done yet

        def fill(message: CustomThemeConfig, *given: str) -> None:
            noted.append(given)
            message.primary_color = f"asked {len(noted)}"

        def filled(*given: str) -> str:
            message = CustomThemeConfig()
            fill_in(message, *given)
            return message.primary_color

        fill_in = filled_once(fill)
        return noted, filled

    def test_is_asked_once_for_each_part(self, asked):
        noted, filled = asked
        found = [filled(), filled("theme.dark"), filled(), filled("theme.dark")]

        assert found == ["asked 1", "asked 2", "asked 1", "asked 2"]
        assert noted == [(), ("theme.dark",)]

    def test_is_asked_again_when_it_was_read_anew(self, asked, monkeypatch):
        _, filled = asked
        filled()
        monkeypatch.setattr(config, "_config_options", dict(config._config_options))

        assert filled() == "asked 2"

    def test_without_a_place_for_it_is_asked_each_time(self, asked, monkeypatch):
        _, filled = asked
        monkeypatch.delattr(lighter.config, "_config_options")

        assert [filled(), filled()] == ["asked 1", "asked 2"]

    def test_what_is_done_to_a_message_changes_no_other(self, asked):
        fill_in = filled_once(lambda message: message.font_faces.add(url="one"))
        messages = [CustomThemeConfig(), CustomThemeConfig()]
        fill_in(messages[0])
        messages[0].font_faces[0].url = "another"
        fill_in(messages[1])

        assert messages[1].font_faces[0].url == "one"

    @pytest.mark.parametrize("part", [(), ("theme.light",), ("theme.dark",), ("theme.sidebar",)])
    def test_of_the_theme_it_says_what_streamlit_says(self, part):
        fill, own = filled_once(app_session._populate_theme_msg), app_session._populate_theme_msg
        twice = [said_by(fill, CustomThemeConfig, *part), said_by(fill, CustomThemeConfig, *part)]

        assert twice == [said_by(own, CustomThemeConfig, *part)] * 2

    def test_of_the_buttons_it_says_what_streamlit_says(self):
        fill = filled_once(app_session._populate_config_msg)

        assert [said_by(fill, Config), said_by(fill, Config)] == [said_by(app_session._populate_config_msg, Config)] * 2


class TestPictures:
    @pytest.mark.parametrize(
        "spec", ['{"layer": [{"mark": "bar"}]}', '{"params": [{"name": "gamma", "value": 1}], "vconcat": []}']
    )
    def test_without_names_that_altair_counts_are_left_as_they_are_as_streamlit_leaves_them(self, spec):
        own = charts._stabilize_vega_json_spec

        assert as_written(pytest.fail)(spec) == spec == own(spec)

    @pytest.mark.parametrize("name", ["param_12", "view_79c4"])
    def test_with_such_names_are_left_to_streamlit(self, name):
        spec = f'{{"layer": [], "params": [{{"name": "{name}"}}]}}'

        assert as_written(charts._stabilize_vega_json_spec)(spec) == charts._stabilize_vega_json_spec(spec) != spec

    @pytest.mark.parametrize("slug", all_experiments())
    def test_of_ours_none_has_such_names(self, slug):
        experiment = find(slug)
        figures = Result(experiment, experiment.params()).figures
        specs = [json.dumps(each.template.spec, default=str) for each in figures]

        assert [as_written(pytest.fail)(spec) == spec for spec in specs] == [True] * len(specs)


class TestMarkup:
    @given(st.text(alphabet=st.sampled_from("<p> \t\n\r\u2028x")))
    def test_is_cleaned_as_streamlit_cleans_it(self, body):
        assert in_one_line(clean_text)(body) == clean_text(body)

    def test_in_one_line_is_left_as_it_is(self):
        assert in_one_line(pytest.fail)("<p>a \u202f% b</p>") == "<p>a \u202f% b</p>"

    @given(st.lists(st.sampled_from(["<style>", "<style a", "</style>", "</STYLE >", "<!--", "-->", "x", " ", "\n"])))
    def test_shows_nothing_where_streamlit_says_so(self, parts):
        assert by_its_end(markup._html_only_style_tags)("".join(parts)) is markup._html_only_style_tags("".join(parts))

    def test_that_ends_otherwise_than_a_style_is_not_searched_and_the_same_style_once(self):
        searched = []
        seen = by_its_end(lambda body: searched.append(body) or True)

        assert [seen(body) for body in ("<style>a</style><p>b</p>", "<style>a</style>", "<style>a</style>")] == [
            False, True, True,
        ]  # fmt: skip
        assert searched == ["<style>a</style>"]

    def test_of_another_kind_is_left_to_streamlit(self):
        assert in_one_line(clean_text)(7) == "7"


class TestThreads:
    def test_do_what_they_are_given_and_end(self):
        made = []

        def make(**named):
            made.append((named, ThreadPoolExecutor(**named)))
            return made[-1][1]

        threads = when_needed(make)(max_workers=1)
        assert made == []
        assert [threads.submit(pow, 2, each).result() for each in (3, 4)] == [8, 16]
        assert [named for named, _ in made] == [{"max_workers": 1}]
        threads.shutdown(wait=True)

        with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
            threads.submit(pow, 2, 5)

    def test_that_were_not_needed_are_never_made(self):
        when_needed(pytest.fail)(max_workers=1).shutdown(wait=False)

    def test_that_have_ended_do_nothing_more(self):
        threads = when_needed(ThreadPoolExecutor)(max_workers=1)
        threads.shutdown(wait=False)

        with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
            threads.submit(pow, 2, 3)

    def test_are_all_that_streamlit_asks_of_them(self):
        code = Path(module(PARALLEL).__file__).read_text("utf-8")

        assert set(re.findall(r"self\._executor\.(\w+)", code)) == {"submit", "shutdown"}


def test_a_components_state_is_seen_as_it_is():
    assert as_it_is(components.make_bidi_component_presenter)("events", "id", allowed_state_keys=None) is None


class TestPlaces:
    """Where a fragment stands: what writes into each part of the page, and how far it has come."""

    def stack(self) -> tuple[DeltaGenerator, ...]:
        """A block in a form on the page, two elements into it, and what stands beside it in the sidebar."""
        page = DeltaGenerator(root_container=0)
        block = DeltaGenerator(cursor=RunningCursor(0, (3, 1)), parent=page, block_type="vertical")
        block._form_data = FormData("form")
        block._cursor.lock_element()
        block._cursor.lock_element()
        block._cursor.transient_elements[4] = Element(alert=Alert(body="soon gone"))
        beside = DeltaGenerator(root_container=1, cursor=LockedCursor(1, (2,), index=5), parent=page)
        beside._creating_fragment_id = "of another"
        return page, block, beside

    def said(self, place: object) -> object:
        """Return all that there is to a place, part by part."""
        if isinstance(place, tuple | list):
            return type(place).__name__, [self.said(each) for each in place]
        if isinstance(place, dict):
            return {key: self.said(each) for key, each in place.items()}
        if type(place).__name__ in (*HOLDERS, WRITER):
            return type(place).__name__, self.said(vars(place))
        return repr(place)

    def test_are_copied_as_streamlit_copies_them(self):
        cursors = {0: RunningCursor(0), 1: RunningCursor(1, (2, 3))}
        copied = without_a_look(copy.deepcopy)

        assert self.said(copied(self.stack())) == self.said(copy.deepcopy(self.stack())) == self.said(self.stack())
        assert self.said(copied(cursors)) == self.said(copy.deepcopy(cursors)) == self.said(cursors)

    def test_have_nothing_that_deepcopy_would_have_to_look_up(self):
        left = list[object]()
        for places in (RunningCursor(0), RunningCursor(1, (2, 3)), LockedCursor(1, (2,), index=5)):
            without_a_look(left.append)(places)

        assert left == []

    def test_are_copied_as_streamlit_copies_them_while_a_page_is_drawn(self):
        def page() -> None:
            import copy

            import streamlit as st
            from streamlit.delta_generator_singletons import context_dg_stack

            from bnsim.app.lighter import without_a_look

            st.write("above")
            with st.container(), st.expander("part"):
                places = context_dg_stack.get()
                st.session_state["found"] = without_a_look(copy.deepcopy)(places), copy.deepcopy(places)

        at = AppTest.from_function(page).run()
        ours, own = at.session_state["found"]

        assert self.said(ours) == self.said(own)
        assert [each._provided_cursor is not None for each in ours] == [True] * len(own)

    def test_go_on_by_themselves(self):
        stack = self.stack()
        before = self.said(stack)
        _, block, beside = without_a_look(copy.deepcopy)(stack)
        block._cursor.lock_element()
        block._cursor.transient_elements[9] = Element()
        block._parent._creating_fragment_id = beside._block_type = "another"

        assert self.said(stack) == before

    def test_hold_objects_that_streamlit_has(self):
        assert [hasattr(module(CURSORS), name) for name in HOLDERS] == [True] * 3
        assert hasattr(module(WRITERS), WRITER)

    def test_that_streamlit_makes_otherwise_one_day_are_left_to_deepcopy(self, monkeypatch):
        class Otherwise:
            __slots__ = ("place",)

        monkeypatch.setattr(lighter, "module", lambda _: SimpleNamespace(RunningCursor=Otherwise))

        assert without_a_look(lambda value: (7, value))(place := Otherwise()) == (7, place)

    def test_of_another_kind_are_left_to_deepcopy(self):
        left = list[object]()
        kinds = [FormData("form"), Element(), [1], {2}, DeltaGenerator]

        assert [without_a_look(lambda value: left.append(value) or 7)(each) for each in kinds] == [7] * len(kinds)
        assert left == kinds


class TestValues:
    NAMES = ("a number", "nothing", "a widget", "a widget that is not drawn", "of nobody")

    def state(self) -> SafeSessionState:
        """A visitor's values: two by name, one of a widget, and one whose widget is not there any more."""
        state = SessionState()
        state["a number"], state["nothing"] = 3, None
        for name in ("a widget", "a widget that is not drawn"):
            element = f"$$ID-0-{name}"
            state._key_id_mapper[name] = element
            state._new_widget_state.set_from_value(element, 5)
        state._new_widget_state.widget_metadata["$$ID-0-a widget"] = WidgetMetadata(
            "$$ID-0-a widget", lambda value: value, lambda value: value, "int_value"
        )
        return SafeSessionState(state, lambda: None)

    def test_are_found_by_name_as_among_all_of_them(self):
        state = self.state()
        together, asked = state.filtered_state, by_name(lambda: state)().filtered_state

        assert {name: asked[name] for name in self.NAMES if name in asked} == {
            name: together[name] for name in self.NAMES if name in together
        }
        assert {"a number", "nothing", "a widget"} <= {name for name in self.NAMES if name in asked}

    def test_are_changed_as_before(self):
        state = self.state()
        by_name(lambda: state)().reset_state_value("a number", 4)

        assert state["a number"] == 4
