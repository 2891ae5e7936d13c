"""What the pages for what somebody brings cost: a change on them, and the memory that visitors' files take.

Run with: pytest tests/bench/test_yours_bench.py -s
"""

import io
import time
import urllib.request
import uuid
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import streamlit.proto.BackMsg_pb2 as back
import streamlit.proto.ForwardMsg_pb2 as forward
import streamlit.proto.WidgetStates_pb2 as widgets
from test_rerun_bench import ROOT, cost
from visitor import Server, Visitor, serving, visiting

from bnsim.app.check.keeping import MOST_KEPT

WARM_UP = 10
MOST_CPU, MOST_BYTES = 25.0, 35_000
"""Milliseconds of the server's CPU beyond those of an app of one slider, and bytes sent, for one change."""

VISITORS, MEGABYTES = 5, 60
AROUND = 1.35
"""Of what files take: the room in which they arrive, and what is read of them."""

CHANGES = [
    ("check", "example=1", "check.channel", ["channel 1, differs: no", "channel 2, differs: yes"]),
    ("translate", "", "translate.momentum", ["0.9", "0.99"]),
]


class Chooser(Visitor):
    """A visitor who chooses and types, and brings files."""

    session = ""

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        if answer.WhichOneof("type") == "new_session":
            self.session = answer.new_session.initialize.session_id

    def asks(self, key: str) -> tuple[back.BackMsg, widgets.WidgetState]:
        """Return a request for the part of the page that holds a widget, and what it is to say of a widget."""
        message = back.BackMsg()
        message.rerun_script.fragment_id = self.fragments[key]
        message.rerun_script.page_script_hash, message.rerun_script.query_string = self.page_hash, self.query
        return message, message.rerun_script.widget_states.widgets.add(id=self.widgets[key])

    def say(self, key: str, words: str) -> None:
        """Choose or type something."""
        message, widget = self.asks(key)
        widget.string_value = words
        self.send(message)

    def bring(self, server: Server, key: str, content: bytes) -> None:
        """Upload a file, as a browser does, and have it read."""
        name, kept, end = "x.npy", str(uuid.uuid4()), "end-of-the-file"
        head = f'--{end}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{end}--\r\n".encode()
        address = f"http://127.0.0.1:{server.port}/_stcore/upload_file/{self.session}/{kept}"
        kind = {"Content-Type": f"multipart/form-data; boundary={end}"}
        urllib.request.urlopen(urllib.request.Request(address, body, kind, method="PUT")).close()
        message, widget = self.asks(key)
        file = widget.file_uploader_state_value.uploaded_file_info.add(file_id=kept, name=name, size=len(content))
        file.file_urls.file_id = kept
        self.send(message)


@pytest.mark.parametrize(("page", "query", "key", "words"), CHANGES, ids=lambda each: str(each)[:12])
def test_a_change_costs_little(page: str, query: str, key: str, words: list[str], empty_app: Path) -> None:
    with (
        serving(empty_app, empty_app.parent) as nothing,
        serving(ROOT / "streamlit_app.py", ROOT) as ours,
        visiting(nothing) as peer,
        visiting(ours, page, Chooser, query) as visitor,
    ):
        assert isinstance(visitor, Chooser)
        changes = (
            lambda turn: peer.rerun({"a": float(turn % 10)}),
            lambda turn: visitor.say(key, words[turn % 2]),
        )
        for turn in range(WARM_UP):
            changes[0](turn), changes[1](turn)
        base, _ = cost(nothing, peer, changes[0])
        cpu, sent = cost(ours, visitor, changes[1])
        print(visitor.messages)
        print(f"\n{page}: {cpu:.1f} ms, {cpu - base:.1f} above the empty app's {base:.1f}, {sent:.0f} bytes")
        assert cpu - base <= MOST_CPU
        assert sent <= MOST_BYTES


def test_files_of_all_visitors_take_what_is_kept_of_them() -> None:
    shape = (MEGABYTES * 250_000 // (64 * 390), 64, 390)
    with (
        serving(ROOT / "streamlit_app.py", ROOT, STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION="false") as server,
        ExitStack() as stack,
    ):
        visitors = [stack.enter_context(visiting(server, "check", Chooser)) for _ in range(VISITORS)]
        before = server.megabytes()
        for seed, visitor in enumerate(visitors):
            assert isinstance(visitor, Chooser)
            file = io.BytesIO()
            np.save(file, np.random.default_rng(seed).normal(size=shape).astype(np.float32))
            visitor.bring(server, "check.activations", file.getvalue())
        time.sleep(15)
        with_files = server.megabytes()
    print(f"\n{VISITORS} files of {MEGABYTES} MB: {before:.0f} MB before, {with_files:.0f} with them")
    assert with_files - before <= AROUND * MOST_KEPT / 2**20
