"""A school's server in small, as docs/deploy has it: the real nginx before two processes, and visitors with cookies."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
import streamlit.proto.ForwardMsg_pb2 as forward
from ports import is_open, successive_ports
from visitor import Visitor
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[1]
SITE = ROOT / "docs/deploy/nginx.conf"
HOST = "127.0.0.1"
PATIENCE = 60.0
"""Seconds until a test gives up; what it waits for takes a few."""

MAIN = """
{user}
daemon off;
pid nginx.pid;
worker_processes 2;
error_log error.log;
events {{ worker_connections 1024; }}
http {{
    include {types};
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}}
"""
TYPES = "types { text/html html; application/javascript js; }"


@dataclass(frozen=True)
class Ports:
    """Successive ports: of the static files, of two processes, and of the address that visitors open."""

    static: int

    @classmethod
    def free(cls) -> "Ports":
        return cls(successive_ports(4)[0])

    @property
    def processes(self) -> tuple[int, int]:
        return self.static + 1, self.static + 2

    @property
    def front(self) -> int:
        return self.static + 3


def site(ports: Ports, folder: Path) -> str:
    """Return the site as it is shipped, with two processes, other ports, and its cache in a folder."""
    lines = [line for line in SITE.read_text("utf-8").splitlines() if not re.search(r"\b850[34]\b|\[::\]", line)]
    text = re.sub(r"\b850([0-2])\b", lambda found: str(ports.static + int(found[1])), "\n".join(lines))
    moved = {"listen 80;": f"listen {HOST}:{ports.front};", "/var/cache/bnsim": str(folder / "cache")}
    for shipped, here in moved.items():
        assert text.count(shipped) == 1
        text = text.replace(shipped, here)
    return text


@contextmanager
def nginx_serving(nginx: str, ports: Ports, folder: Path) -> Iterator[None]:
    """Run nginx with the shipped site; it needs neither root nor a place outside the folder."""
    (folder / "types").write_text(TYPES)
    user = "user root;" if os.getuid() == 0 else ""  # who else could not read what is root's own
    (folder / "nginx.conf").write_text(MAIN.format(user=user, types=folder / "types"))
    (folder / "site.conf").write_text(site(ports, folder))
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command) as process:
        try:
            await_that(lambda: is_open(ports.front) or process.poll() is not None)
            assert process.poll() is None, (folder / "error.log").read_text()
            yield
        finally:
            process.terminate()


class Workers:
    """`bnsim app --workers 2`, as a school starts it."""

    def __init__(self, ports: Ports, folder: Path, **variables: str) -> None:
        self.log = folder / "workers.txt"
        command = [sys.executable, "-m", "bnsim", "app", "--workers", "2", "--port", str(ports.processes[0])]
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                command, cwd=folder, env={**os.environ, **variables}, stdout=out, stderr=subprocess.STDOUT
            )

    def said(self, pattern: str) -> list[str]:
        return re.findall(pattern, self.log.read_text("utf-8"))

    def await_ready(self, processes: int) -> None:
        await_that(lambda: len(self.said("is ready")) >= processes, self.log)

    def children(self) -> dict[int, int]:
        """Return the process at each port."""
        pid = self.process.pid
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        commands = {int(child): Path(f"/proc/{child}/cmdline").read_text().split("\0") for child in found}
        ports = {child: [part for part in command if "--server.port=" in part] for child, command in commands.items()}
        return {int(flags[0].partition("=")[2]): child for child, flags in ports.items() if flags}

    def end(self) -> int:
        """End it as systemd does; it may sleep."""
        self.process.send_signal(signal.SIGTERM)
        self.process.send_signal(signal.SIGCONT)
        return self.process.wait(timeout=PATIENCE)


class Seat(Visitor):
    """A visitor's session, which says by which name the server knows it and what its sliders show."""

    session = ""
    mean = float("nan")

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        if answer.WhichOneof("type") == "new_session":
            self.session = answer.new_session.initialize.session_id
        component = answer.delta.new_element.bidi_component if answer.WhichOneof("type") == "delta" else None
        if component is not None and (found := re.search(r'"name": ?"mean".*?"value": ?(-?[0-9.]+)', component.json)):
            self.mean = float(found[1])


class Jar:
    """A browser without a screen: opens a link and keeps its cookies."""

    channel: ClientConnection
    seat: Seat

    def __init__(self, front: int, link: str) -> None:
        self.front, self.link = front, link
        self.cookies: SimpleCookie = SimpleCookie()
        self.channels = ExitStack()

    @property
    def process(self) -> int:
        """Return the port that the cookie names."""
        return int(self.cookies["bnsim_process"].value)

    def header(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())}

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(HOST, self.front, timeout=PATIENCE)
        connection.request(method, path, body or None, {**self.header(), **headers})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.keep(answer.headers.get_all("Set-Cookie") or [])
        return answer

    def keep(self, cookies: list[str]) -> None:
        for cookie in cookies:
            self.cookies.load(cookie)

    def connect(self) -> None:
        """Ask for the page, and whether the server is well, as browsers do also when they come back; open a channel."""
        self.ask(f"/{self.link}")
        self.ask("/_stcore/health")
        address = f"ws://{HOST}:{self.front}/_stcore/stream"
        opening = connect(address, additional_headers=self.header(), max_size=None, compression=None, proxy=None)
        self.channel = self.channels.enter_context(opening)
        assert self.channel.response is not None
        self.keep(self.channel.response.headers.get_all("Set-Cookie"))

    def open(self) -> None:
        """Have the page drawn in a new session, as the link has it."""
        page, _, query = self.link.partition("?")
        self.seat = Seat(self.channel, page, query)

    def hear_the_end(self) -> None:
        """Wait until the channel is closed from the other side."""
        with suppress(ConnectionClosed):
            while True:
                self.channel.recv(timeout=PATIENCE)

    def upload(self, size: int = 3) -> int:
        """Send a file for this session: Streamlit takes it (204) only in the process that has the session."""
        line = "nobody"
        body = (
            f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="own.csv"\r\n\r\n'.encode()
            + b"1" * size
            + f"\r\n--{line}--\r\n".encode()
        )
        headers = {
            "Content-Type": f"multipart/form-data; boundary={line}",
            "X-Xsrftoken": self.cookies["_streamlit_xsrf"].value,
        }
        return self.ask(f"/_stcore/upload_file/{self.seat.session}/own", "PUT", body, **headers).status

    def leave(self) -> None:
        """Close the tab."""
        self.channels.close()


def await_that(holds: Callable[[], bool], log: Path | None = None) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, log.read_text("utf-8") if log else "it did not happen"
        time.sleep(0.05)


def nginx_or_skip() -> str:
    """Return nginx's path; without one the test is skipped, or fails where nginx is demanded."""
    path = nginx_path()
    if path is None:
        reason = "There is no nginx on the path; install it with: apt-get install nginx"
        if os.environ.get("BNSIM_REQUIRE_NGINX") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def nginx_path() -> str | None:
    """Return where nginx is; Debian keeps it where only root looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
