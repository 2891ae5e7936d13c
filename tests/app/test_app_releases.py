"""What a server sends after the release of a slider: what follows it, and not the page as a whole."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit.proto.BackMsg_pb2 as back
import streamlit.proto.ForwardMsg_pb2 as forward
from visitor import Visitor, serving, visiting

TESTS = Path(__file__).parents[1]

SLOW = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from slow_toy import EXPERIMENT
from bnsim.app.page import experiment_page
experiment_page(EXPERIMENT)
"""


class Listener(Visitor):
    """A visitor who keeps what was said in the last answer, and what the sliders of each set stand at."""

    def __init__(self, *given: Any) -> None:
        self.said, self.epoch, self.sliders = list[str](), 0, dict[str, dict[str, object]]()
        super().__init__(*given)

    def send(self, message: Any) -> None:
        self.said = []
        super().send(message)

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        element = answer.delta.new_element
        if element.WhichOneof("type") == "html":
            self.said.append(element.html.body)
        if element.WhichOneof("type") == "bidi_component":
            known = json.loads(element.bidi_component.json)
            if "items" in known:
                self.epoch = known["epoch"]
                key = element.bidi_component.id.split("-", 2)[2]
                self.sliders[key] = {item["name"]: item["value"] for item in known["items"]}

    def release(self, key: str, **moved: float) -> None:
        """Let go of sliders."""
        self.rerun({key: {"values": {**self.sliders[key], **moved, "epoch": self.epoch}}})

    def press(self, key: str) -> None:
        """Press a button."""
        message = back.BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id = self.fragments[key]
        message.rerun_script.widget_states.widgets.add(id=self.widgets[key], trigger_value=True)
        self.send(message)

    @property
    def kinds(self) -> set[str]:
        """What the last answer was made of."""
        return set(self.messages)

    def has_said(self, words: str) -> bool:
        """Return whether words stand in the last answer."""
        return any(words in each for each in self.said)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listener]:
    script = tmp_path_factory.mktemp("slow") / "app.py"
    script.write_text(SLOW)
    with serving(script, TESTS.parent) as server, visiting(server, "", Listener) as visitor:
        assert isinstance(visitor, Listener)
        yield visitor


def finished(visitor: Listener) -> None:
    """Look again until the work is done, as the page does."""
    for _ in range(200):
        visitor.rerun({})
        if visitor.has_said("data-card") and "progress" not in visitor.kinds:
            return
    raise AssertionError("the work never ended")


class TestSlowWork:
    def test_what_is_set_is_said_and_nothing_that_was_found_is_sent_again(self, slow):
        finished(slow)
        slow.release("toy.live", steps=9.0)

        assert slow.has_said("Shown is what was found for steps = 4. Press Run for what is set now.")
        assert "button" in slow.kinds
        assert "vega_lite_chart" not in slow.kinds
        assert not slow.has_said("data-card")
        assert "steps=9" in slow.query

    def test_what_was_found_before_is_shown_at_once(self, slow):
        finished(slow)
        slow.release("toy.live", steps=9.0)
        slow.release("toy.live", steps=4.0)

        assert not slow.has_said("Shown is what was found")

    def test_run_pressed_after_a_release_begins_what_is_set_and_draws_it(self, slow):
        finished(slow)
        slow.release("toy.live", steps=11.0)
        slow.press("toy.run")
        finished(slow)

        assert slow.has_said("Counted")
        assert "vega_lite_chart" in slow.kinds
        assert not slow.has_said("Shown is what was found")
