"""What follows a control is asked for with it, so that it is drawn in the same run."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from bnsim.app import controls, joined
from bnsim.app.joined import are_drawn, beside, join, what_follows, with_those_beside, with_what_follows

PLACES = [(AppSession, joined.WISH), (ScriptRequests, joined.TAKE)]
KEYS = {"a": "controls.above", "b": "controls.below", "f": "following", "s": "standing", "w": "watch"}


def session_of(keys):
    """Return what is needed of a session with fragments of these keys."""
    return SimpleNamespace(_fragment_storage=SimpleNamespace(_target_key_by_id=keys))


class TestHooks:
    def test_streamlit_calls_them_as_we_think(self):
        storage = MemoryFragmentStorage()
        storage.register("id", lambda: None, target_key="controls.above")

        assert [callable(getattr(owner, name)) for owner, name in PLACES] == [True, True]
        assert storage._target_key_by_id == {"id": "controls.above"}

    def test_are_put_in_their_place_once(self, monkeypatch):
        own = [getattr(owner, name) for owner, name in PLACES]
        for (owner, name), each in zip(PLACES, own, strict=True):
            monkeypatch.setattr(owner, name, each)
        join()
        ours = [getattr(owner, name) for owner, name in PLACES]
        join()

        assert all(one is not other for one, other in zip(own, ours, strict=True))
        assert [getattr(owner, name) for owner, name in PLACES] == ours

    def test_without_a_place_for_the_one_the_other_stays(self, monkeypatch):
        own = AppSession.request_rerun
        monkeypatch.setattr(joined, "REQUESTS", "streamlit.of_another_name")
        join()

        assert AppSession.request_rerun is own


class TestWhatFollows:
    @pytest.mark.parametrize(
        ("fragment", "found"),
        [("a", ("s", "f")), ("b", ("s", "f")), ("f", ("s",)), ("s", ()), ("w", ()), ("gone", ()), ("", ())],
    )
    def test_a_control_are_the_numbers_and_run_where_they_are(self, fragment, found):
        assert what_follows(session_of(KEYS), fragment) == found

    def test_a_control_of_quick_work_are_the_numbers(self):
        assert what_follows(session_of({"a": "controls.above", "f": "following"}), "a") == ("f",)

    def test_nothing_where_streamlit_keeps_its_fragments_otherwise(self):
        assert what_follows(SimpleNamespace(), "a") == ()


class TestRequests:
    def taken(self, data, keys=KEYS):
        """Return what is taken of a request for a fragment by a session of these keys."""
        took = []
        take = with_those_beside(lambda requests, data: took.append(data))
        wish = with_what_follows(lambda session, request: take(None, data))
        wish(session_of(keys), SimpleNamespace(fragment_id=data.fragment_id or ""))
        return took[0]

    def test_for_a_box_are_for_what_follows_and_then_for_the_box(self):
        data = self.taken(RerunData(fragment_id="a", query_string="x=1"))

        assert (data.fragment_id, data.fragment_id_queue, data.query_string) == (None, ["s", "f", "a"], "x=1")
        assert data.is_fragment_scoped_rerun is False

    @pytest.mark.parametrize("fragment", [None, "w"])
    def test_for_something_else_are_left_as_they_are(self, fragment):
        data = RerunData(fragment_id=fragment)

        assert self.taken(data) is data

    def test_that_come_later_are_for_nothing_more(self):
        data = RerunData(fragment_id="w")
        self.taken(RerunData(fragment_id="a"))

        assert self.taken(data) is data

    def test_without_a_browsers_state_are_left_as_they_are(self):
        assert with_what_follows(lambda session, request: (session, request))("session", None) == ("session", None)

    def test_that_fail_leave_nothing_to_the_next(self):
        with pytest.raises(ZeroDivisionError), beside(("f",)):
            _ = 1 / 0

        assert joined.BESIDE.get() == ()


class TestWhetherTheyAreDrawn:
    @pytest.mark.parametrize(
        ("wanted", "now", "so"),
        [
            (["following", "controls.above"], ["s", "f", "a"], True),
            (["following"], ["f"], True),
            (["actions", "following"], ["f", "a"], False),
            (["following", "controls.below"], ["f", "a"], False),
            (["following"], None, False),
        ],
    )
    def test_by_the_fragments_of_this_run(self, monkeypatch, wanted, now, so):
        storage = SimpleNamespace(_target_key_by_id=KEYS)
        context = SimpleNamespace(fragment_ids_this_run=now, fragment_storage=storage)
        monkeypatch.setattr(joined, "get_script_run_ctx", lambda: context)

        assert are_drawn(wanted) is so

    def test_what_follows_a_slider_is_drawn_in_its_run_also_where_streamlit_keeps_no_keys(self, monkeypatch):
        context = SimpleNamespace(fragment_ids_this_run=["f"], fragment_storage=SimpleNamespace())
        monkeypatch.setattr(joined, "get_script_run_ctx", lambda: context)
        monkeypatch.setattr(controls.parts, "is_part", lambda: True)
        monkeypatch.setattr(controls.panels, "offers", lambda state: ())
        asked = []
        monkeypatch.setattr(controls.st, "rerun", asked.append)
        state = SimpleNamespace(watching=(), follows_itself=False, boxes={"eps": "controls.below"}, offered=())
        controls.draw_what_follows(state, "x")
        controls.draw_what_follows(state, "eps")

        assert asked == [["following", "controls.below"]]

    def test_not_without_a_run(self, monkeypatch):
        monkeypatch.setattr(joined, "get_script_run_ctx", lambda: None)

        assert are_drawn(["following"]) is False
