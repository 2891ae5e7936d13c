"""`bnsim app --workers`: several processes that start, share a secret, come back and end together.

Small servers stand in for the app; tests/deploy runs the app itself.
"""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from ports import is_open, successive_ports

from bnsim.cli import main, start, workers
from bnsim.errors import BnsimError, InputError

REPOSITORY = Path(__file__).parents[2]
SERVER = """
import http.server, pathlib, signal, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        pathlib.Path(sys.argv[2], sys.argv[1]).write_text(self.path)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *arguments):
        pass
if len(sys.argv) > 3:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
RUN = """
import sys
from bnsim.cli import workers
server, port, folder, *deaf = sys.argv[1:]
workers.PATIENCE = 0.3 if deaf else workers.PATIENCE
workers.run_workers(lambda on: [sys.executable, "-c", server, str(on), folder, *deaf], 2, int(port))
"""


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["app", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


@pytest.fixture
def port() -> int:
    """Return the first of two free ports."""
    return successive_ports(2)[0]


@pytest.fixture
def running(port, tmp_path, request) -> Iterator["subprocess.Popen[str]"]:
    """Run two small servers, and wait until both are ready."""
    command = [sys.executable, "-c", RUN, SERVER, str(port), str(tmp_path), *getattr(request, "param", ())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        ready = sorted(process.stdout.readline() for _ in range(2))
        assert [re.sub(r"[\d.]+ s", "0 s", line) for line in ready] == [
            f"http://127.0.0.1:{on} is ready after 0 s.\n" for on in (port, port + 1)
        ]
        yield process
        if process.poll() is None:  # by force alone, those that it has started would stay
            process.terminate()
            process.wait(30)


class TestTogether:
    def test_each_draws_a_page_before_it_is_called_ready(self, running, port, tmp_path):
        asked = [(tmp_path / str(on)).read_text() for on in (port, port + 1)]

        assert asked == ["/_stcore/script-health-check"] * 2

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_all_end_and_the_exit_code_is_0(self, running, port, number):
        running.send_signal(number)

        assert running.stdout.read() == "All processes have ended.\n"
        assert running.wait(30) == 0
        assert not is_open(port)
        assert not is_open(port + 1)

    @pytest.mark.parametrize("running", [["deaf"]], indirect=True)
    def test_who_does_not_listen_is_ended_by_force(self, running, port):
        running.send_signal(signal.SIGTERM)

        assert running.wait(30) == 0
        assert not is_open(port)

    def test_one_that_cannot_start_ends_all_and_says_so(self, port, capfd):
        commands = {port: [sys.executable, "-c", "import time; time.sleep(60)"]}
        broken = [sys.executable, "-c", "raise SystemExit('no such page')"]

        with pytest.raises(BnsimError) as error:
            workers.run_workers(lambda on: commands.get(on, broken), 2, port)

        assert str(error.value) == (
            f"The process of http://127.0.0.1:{port + 1} ended with exit code 1 before it answered; "
            "what it said stands above."
        )
        assert capfd.readouterr() == ("All processes have ended.\n", "no such page\n")


class TestADeath:
    @pytest.fixture
    def said(self, monkeypatch, capsys):
        """Return what is said of several lives, one after the other, and how long each pause was."""

        def tell(*lives: workers.Life) -> tuple[list[str], list[float]]:
            coming, pauses = iter(lives), list[float]()

            async def live(*_: object) -> workers.Life:
                try:
                    return next(coming)
                except StopIteration:
                    raise asyncio.CancelledError from None

            async def sleep(seconds: float) -> None:
                pauses.append(seconds)

            monkeypatch.setattr(workers, "_live", live)
            monkeypatch.setattr(workers.asyncio, "sleep", sleep)
            with pytest.raises(asyncio.CancelledError):
                asyncio.run(workers._keep(["app"], 8501, {}))
            return capsys.readouterr().err.splitlines(), pauses

        return tell

    def test_says_how_it_ended_and_when_it_is_started_again(self, said):
        sentences, _ = said(workers.Life(-9, 500, True), workers.Life(3, 500, True))

        assert sentences == [
            "The process of http://127.0.0.1:8501 ended by SIGKILL; it is started again in 1 s.",
            "The process of http://127.0.0.1:8501 ended with exit code 3; it is started again in 1 s.",
        ]

    def test_the_younger_one_dies_the_longer_the_next_waits(self, said):
        young, old = workers.Life(1, 5, True), workers.Life(1, 3600, True)
        _, pauses = said(*[young] * 7, old, young)

        assert pauses == [1, 2, 4, 8, 16, 30, 30, 1, 2]

    def test_one_that_has_answered_once_may_fail_to_start_later(self, said):
        _, pauses = said(workers.Life(1, 5, True), workers.Life(1, 0.1, False))

        assert pauses == [1, 2]


class TestSecret:
    def test_is_made_for_each_start_and_shared(self):
        first, second = (workers.shared_environment({})[workers.SECRET] for _ in range(2))

        assert re.fullmatch("[0-9a-f]{64}", first)
        assert first != second

    def test_of_the_environment_is_kept(self):
        assert workers.shared_environment({workers.SECRET: "ours"})[workers.SECRET] == "ours"

    def test_that_is_empty_is_none(self):
        assert len(workers.shared_environment({workers.SECRET: ""})[workers.SECRET]) == 64

    @pytest.mark.parametrize(
        ("named", "rooms"), [({}, "rooms.db"), ({"BNSIM_ROOMS": ""}, "rooms.db"), ({"BNSIM_ROOMS": "/x.db"}, "/x.db")]
    )
    def test_have_one_place_for_rooms(self, tmp_path, named, rooms):
        assert workers.with_rooms({"A": "B", **named}, tmp_path) == {"A": "B", "BNSIM_ROOMS": str(tmp_path / rooms)}

    def test_is_what_streamlit_signs_its_cookies_with(self):
        code = "from streamlit import config; print(config.get_option('server.cookieSecret'))"
        environment = workers.shared_environment({**os.environ, workers.SECRET: "ours"})
        command = [sys.executable, "-c", code]

        assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "ours\n"


class TestCommand:
    @pytest.fixture
    def started(self, monkeypatch):
        commands: list[list[str]] = []

        def run_workers(command, count, first_port):
            commands.extend(command(on) for on in range(first_port, first_port + count))

        monkeypatch.setattr(workers, "run_workers", run_workers)
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
        return commands

    def test_each_serves_the_app_on_a_port_of_its_own_to_this_machine_only(self, started):
        CliRunner().invoke(main, ["app", "--workers", "2", "--port", "8600", "--", "--logger.level=info"])

        script = str(REPOSITORY / "streamlit_app.py")
        flags = ["--server.address=127.0.0.1", "--server.fileWatcherType=none", "--logger.hideWelcomeMessage=true"]
        assert started == [
            [sys.executable, "-m", "streamlit", "run", script, f"--server.port={on}", *flags, "--logger.level=info"]
            for on in (8600, 8601)
        ]

    def test_the_first_port_is_streamlits_own(self, started):
        CliRunner().invoke(main, ["app", "--workers", "1"])

        assert "--server.port=8501" in started[0]

    def test_places_that_workers_have_are_not_asked_for_again(self):
        assert refused("--workers", "2", "--", "--server.port=9000", "--server.address", "0.0.0.0") == (
            "--server.port must be left out beside --workers; "
            "the processes listen on 127.0.0.1, from the port that --port names.\n"
            "--server.address must be left out beside --workers; "
            "the processes listen on 127.0.0.1, from the port that --port names.\n"
        )

    def test_every_process_needs_a_port(self):
        assert refused("--workers", "4", "--port", "65533") == (
            "--port must be at most 65532, so that each of 4 processes has a port; got 65533.\n"
        )

    def test_ports_that_another_program_has_are_named(self, port):
        with socket.socket() as other:
            other.bind(("127.0.0.1", port + 1))
            other.listen()

            assert refused("--workers", "2", "--port", str(port)) == (
                f"Port {port + 1} is taken by another program; end it, or name another first port. "
                "Example: --port 8600\n"
            )

    def test_needs_a_system_that_has_signals(self, monkeypatch):
        monkeypatch.setattr(start, "on_windows", lambda: True)

        with pytest.raises(InputError) as error:
            start.start_workers(2, None, [])

        assert str(error.value) == "--workers needs Linux or macOS; leave it out to start one process."
