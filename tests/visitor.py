"""A visitor without a browser: speaks Streamlit's own protocol to a server that it starts on this machine."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit.proto.BackMsg_pb2 as back
import streamlit.proto.ForwardMsg_pb2 as forward
from websockets.sync.client import ClientConnection, connect

PATIENCE = 120
"""Seconds that a visitor waits for an answer: a bench shall see a slow server, not give up on it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A Streamlit server in a process of its own, whose CPU time can be read."""

    def __init__(self, script: Path, cwd: Path, **variables: str) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(self.port)]
        command += ["--server.headless", "true", "--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
        self.process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **variables}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Return how much memory the server holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def wait_until_it_listens(self) -> None:
        """Wait until the server would answer; it has run no script by then."""
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.2)
        raise TimeoutError("the server does not listen")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def cpu(server: Server) -> int:
    """Return the nanoseconds that a server has run, ended threads included; clock ticks are too coarse for a release.

    The clock of another process is that number of Linux: its id inverted, and 2 for what the scheduler has counted.
    """
    return time.clock_gettime_ns((~server.process.pid << 3) | 2)


@contextmanager
def serving(script: Path, cwd: Path, **variables: str) -> Iterator[Server]:
    """Run a server, with some variables of the environment of its own, until the end of the block."""
    server = Server(script, cwd, **variables)
    try:
        yield server
    finally:
        server.stop()


class Visitor:
    """One session: loads a page, then changes one widget again and again."""

    def __init__(self, socket: ClientConnection, page: str, query: str = "") -> None:
        self.socket, self.page, self.received, self.query = socket, page, 0, query
        self.page_hash = ""
        self.widgets: dict[str, str] = {}
        self.fragments: dict[str, str] = {}
        self.messages: dict[str, int] = {}
        self.kept: dict[str, forward.ForwardMsg] = {}
        """Large messages by their hashes: of those that come again only the hash is sent. A browser keeps those of
        fragments, such as pictures that follow a release, for two runs only; here they are not kept."""
        self.rerun({})

    def rerun(self, values: dict[str, object]) -> None:
        """Ask for a rerun with {key of a widget: value} and wait until the script has finished."""
        message = back.BackMsg()
        message.rerun_script.page_name = "" if self.page_hash else self.page
        message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.query_string = self.query
        for key, value in values.items():
            message.rerun_script.fragment_id = self.fragments[key]
            state = message.rerun_script.widget_states.widgets.add(id=self.widgets[key])
            if isinstance(value, float):
                state.double_array_value.data.append(value)
            else:
                state.json_value = json.dumps(value)
        self.send(message)

    def send(self, message: back.BackMsg) -> None:
        """Ask for a rerun and wait until the script has finished."""
        message.rerun_script.cached_message_hashes.extend(self.kept)
        self.exchange(message.SerializeToString())

    def exchange(self, sent: bytes) -> None:
        """Send the bytes of a request, and wait until the script has finished."""
        self.socket.send(sent)
        self.messages = {}
        while True:
            raw = self.socket.recv(timeout=PATIENCE)
            assert isinstance(raw, bytes)
            self.received += len(raw)
            answer = forward.ForwardMsg.FromString(raw)
            if answer.metadata.cacheable and not answer.delta.fragment_id:
                self.kept[answer.hash] = answer
            self.note(self.kept.get(answer.ref_hash, answer), len(raw))
            early = forward.ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if answer.WhichOneof("type") == "script_finished" and answer.script_finished != early:
                return

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        kind = answer.WhichOneof("type")
        if kind == "navigation":
            self.page_hash = answer.navigation.page_script_hash
        if kind == "page_info_changed":
            self.query = answer.page_info_changed.query_string
        element = answer.delta.new_element if kind == "delta" else None
        name = element.WhichOneof("type") if element is not None else kind
        self.messages[str(name)] = self.messages.get(str(name), 0) + size
        if element is not None and name is not None:
            widget = getattr(element, name)
            if getattr(widget, "id", ""):
                key = widget.id.split("-", 2)[2]
                self.widgets[key], self.fragments[key] = widget.id, answer.delta.fragment_id


@contextmanager
def visiting(server: Server, page: str = "", kind: type[Visitor] = Visitor, query: str = "") -> Iterator[Visitor]:
    """Open a session once the server answers."""
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    for attempt in range(300):
        try:
            with connect(address, max_size=None, compression=None, open_timeout=PATIENCE) as connection:
                yield kind(connection, page, query)
                return
        except ConnectionRefusedError:
            if attempt == 299:
                raise
            time.sleep(0.2)
