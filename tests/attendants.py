"""Those who attend a class without a browser: its teacher, its projector and its students, by Streamlit's protocol."""

import html
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import streamlit.proto.BackMsg_pb2 as back
import streamlit.proto.ForwardMsg_pb2 as forward
from visitor import Server, Visitor, visiting
from websockets.sync.client import ClientConnection

from bnsim.classroom import Phase
from bnsim.classroom.words import say

KEPT = "bnsim.room.kept"
ARRIVED = "Your answer has arrived."

Storage = dict[str, str]
"""What a browser keeps of rooms: seats and keys by the code of the room and what they are."""


class Attendant(Visitor):
    """Somebody on a page of a room, with all that the server sent.

    `drawn` is the markup that came in answer to the last request, `sent` the bytes of all requests, `frames` all that
    was received, `acknowledged` the time at which the last answer was said to have arrived.
    """

    def __init__(self, socket: ClientConnection, page: str, query: str, storage: Storage) -> None:
        self.storage = storage
        self.sent: list[bytes] = []
        self.frames: list[forward.ForwardMsg] = []
        self.drawn: list[str] = []
        self.looks, self.asked, self.acknowledged = "", "", 0.0
        self.question: dict[str, Any] = {}
        self.answered = 0
        super().__init__(socket, page, query)

    def exchange(self, sent: bytes) -> None:
        """Send a request, hear what is drawn, and say what this browser keeps if it is asked."""
        self.sent.append(sent)
        self.drawn, self.asked = [], ""
        super().exchange(sent)
        if self.question.get("epoch", self.answered) != self.answered:
            self.say_what_is_kept()

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        self.frames.append(answer)
        kind = answer.WhichOneof("type")
        if kind == "auto_rerun":
            self.asked = answer.auto_rerun.fragment_id
        if kind == "script_finished" and answer.script_finished == forward.ForwardMsg.FINISHED_SUCCESSFULLY:
            self.looks = self.asked
        if kind == "delta":
            self.note_element(answer.delta.new_element)

    def note_element(self, element: Any) -> None:
        if element.WhichOneof("type") == "html":
            self.drawn.append(element.html.body)
            if ARRIVED in element.html.body:
                self.acknowledged = time.perf_counter()
        if element.bidi_component.id.endswith(KEPT):
            self.question = json.loads(element.bidi_component.json)

    def say_what_is_kept(self) -> None:
        """Do what bnsim/app/classroom/keys.js does."""
        asked = self.question
        self.answered, name = asked["epoch"], asked["name"]
        secret = self.storage.get(name, "")
        if asked["offer"] and secret in ("", asked["instead"]):
            secret = self.storage[name] = asked["offer"]
        self.say_keeps({"name": name, "epoch": asked["epoch"], "secret": secret})

    def say_keeps(self, said: object) -> None:
        """Say what the browser keeps, or something else."""
        message = self.request(KEPT)
        name = f"$$STREAMLIT_INTERNAL_KEY_{self.widgets[KEPT]}__events"
        events = json.dumps([{"event": "said", "value": said}])
        message.rerun_script.widget_states.widgets.add(id=name, json_trigger_value=events)
        self.send(message)

    def request(self, key: str = "") -> back.BackMsg:
        """Return a request for what is drawn with a widget, or for the whole page."""
        message = back.BackMsg()
        message.rerun_script.page_script_hash, message.rerun_script.query_string = self.page_hash, self.query
        message.rerun_script.fragment_id = self.fragments.get(key, "")
        return message

    def press(self, key: str, **states: dict[str, Any]) -> None:
        """Press a button, with what stands in other widgets: {key: {field of the protocol: value}}."""
        message = self.request(key)
        message.rerun_script.widget_states.widgets.add(id=self.widgets[key], trigger_value=True)
        for name, state in states.items():
            message.rerun_script.widget_states.widgets.add(id=self.widgets[name], **state)
        self.send(message)

    def set(self, **states: dict[str, Any]) -> None:
        """Say what stands in widgets, and what is pressed, whether they are drawn or not, as any program can."""
        message = self.request()
        for name, state in states.items():
            message.rerun_script.widget_states.widgets.add(id=name, **state)
        self.send(message)

    def look(self) -> None:
        """Do what the browser does every two seconds."""
        message = self.request()
        message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = self.looks, True
        self.send(message)

    @property
    def words(self) -> str:
        """What was drawn in answer to the last request, as a person reads it."""
        return words(" ".join(self.drawn))

    @property
    def problems(self) -> list[str]:
        """What is said to stand against something."""
        return [words(each) for each in re.findall(r'role="alert">(.*?)</div>', " ".join(self.drawn), re.DOTALL)]

    @property
    def tracebacks(self) -> list[str]:
        """What Streamlit says of errors that nobody caught."""
        drawn = [each.delta.new_element.exception for each in self.frames if each.WhichOneof("type") == "delta"]
        return [each.message or each.type for each in drawn if each.type or each.message]

    @property
    def bytes_received(self) -> bytes:
        """All that came, one frame after the other."""
        return b"".join(each.SerializeToString() for each in self.frames)


class Student(Attendant):
    """Somebody who answers a question of choices."""

    def answer(self, choice: str, round_: int = 1, vote: int = 1) -> None:
        """Choose a sentence, and send it."""
        place = f"room.{self.code}.{round_}.{vote}"
        self.press(f"{place}.lock", **{f"{place}.choice": {"string_value": choice}})

    @property
    def code(self) -> str:
        return self.query.partition("join=")[2].partition("&")[0]

    @property
    def token(self) -> str:
        return self.storage[f"{self.code}/seat"]


class Teacher(Attendant):
    """Somebody who opens a room, and goes on from phase to phase."""

    def open(self, lesson: str) -> str:
        """Open a room for a question of one's own, and return its code."""
        self.act({"room.lesson": {"string_value": "A question of your own"}})
        self.press("room.open", **{"room.own": {"string_value": lesson}})
        return self.code

    @property
    def code(self) -> str:
        return self.query.partition("room=")[2].partition("&")[0]

    def act(self, states: dict[str, dict[str, Any]]) -> None:
        """Change widgets."""
        message = self.request(next(iter(states)))
        for name, state in states.items():
            message.rerun_script.widget_states.widgets.add(id=self.widgets[name], **state)
        self.send(message)

    def go(self, *phases: Phase, round_: int = 1, start: Phase = Phase.OPEN) -> None:
        """Press the buttons from a phase on."""
        for to in phases:
            self.press(f"room.move.{round_}.{start}.{to}")
            start = to

    def status(self) -> str:
        """Return what is said above the buttons now: the phase, and how many answered.

        What changes while the page is drawn has it drawn again at once: the last one holds.
        """
        self.send(self.request())
        return re.findall(r'class="bn-status"[^>]*>(.*?)</p>', " ".join(self.drawn))[-1]


def words(markup: str) -> str:
    """Return markup as a person reads it."""
    return " ".join(html.unescape(re.sub("<style>.*?</style>|<[^>]*>", " ", markup, flags=re.DOTALL)).split())


def late(phase: Phase) -> str:
    """Return what is said to whoever answers too late."""
    return say(f"error.late.{phase}")


@contextmanager
def attending(server: Server, query: str, kind: type[Attendant], storage: Storage | None = None) -> Iterator[Any]:
    """Open a page of a room in a new session, with what the browser keeps."""
    kept: Storage = {} if storage is None else storage
    with visiting(server, "classroom", partial(kind, storage=kept), query) as found:  # type: ignore[arg-type]
        yield found
