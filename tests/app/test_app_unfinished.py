"""A control that is moved before its page was drawn to its end."""

from types import SimpleNamespace

import pytest
from streamlit.errors import StreamlitAPIException

from bnsim.app import controls


@pytest.fixture
def asked(monkeypatch):
    """Return what is asked to be drawn anew, where only a whole page is there to be drawn."""
    scopes = []

    def rerun(fragments=None, *, scope=None):
        scopes.append(fragments or scope)
        if fragments:
            raise StreamlitAPIException("No fragment found for target 'following'.")

    monkeypatch.setattr(controls.st, "rerun", rerun)
    monkeypatch.setattr(controls.parts, "is_part", lambda: True)
    monkeypatch.setattr(controls.panels, "offers", lambda state: ())
    return scopes


class TestUnfinishedPage:
    def test_is_drawn_as_a_whole(self, asked):
        state = SimpleNamespace(watching=(), follows_itself=False, boxes={"norm": "controls.essential"}, offered=())
        controls.draw_what_follows(state, "norm")

        assert asked == [["following", "controls.essential"], "app"]
