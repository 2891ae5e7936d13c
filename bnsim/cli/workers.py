"""Several processes of the app, each on a port of its own, for a proxy in front: a Streamlit process uses one core.

They share one secret for cookies and the rooms of classes, each has drawn a page before the first visitor comes, one
that dies is started again, and all end together.
"""

import asyncio
import http.client
import os
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from bnsim.errors import BnsimError, InputError

HOST = "127.0.0.1"
"""Only the proxy on this machine reaches the processes."""

LAST_PORT = 65535
SECRET, PAGE_CHECK = "STREAMLIT_SERVER_COOKIE_SECRET", "STREAMLIT_SERVER_SCRIPT_HEALTH_CHECK_ENABLED"
ENDED_BY = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 8.0
"""Seconds that a process gets to end by itself."""

SHORT_LIFE, PAUSE, LONGEST_PAUSE = 60.0, 1.0, 30.0
"""Seconds: what dies is started again after a pause, which doubles for who dies young again, up to the longest."""

Command = Callable[[int], Sequence[str]]
"""What starts the app on a port."""


@dataclass(frozen=True)
class Life:
    """How one process fared: its exit code, negative for a signal; how long it lived; whether it answered at all."""

    code: int
    seconds: float
    answered: bool

    @property
    def end(self) -> str:
        """Say how it ended."""
        return f"by {signal.Signals(-self.code).name}" if self.code < 0 else f"with exit code {self.code}"


def run_workers(command: Command, workers: int, first_port: int) -> None:
    """Run processes of the app on successive ports until Ctrl-C or SIGTERM ends them all.

    Parameters
    ----------
    command : callable
        Takes a port and returns the command that serves the app there.
    workers : int
        How many processes.
    first_port : int
        The port of the first; the others follow.
    """
    ports = free_ports(workers, first_port)
    with TemporaryDirectory(prefix="bnsim-rooms-", ignore_cleanup_errors=True) as folder:
        environment = with_rooms(shared_environment(os.environ), Path(folder))
        asyncio.run(_run_until_told(command, ports, environment))


def with_rooms(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment with a place for rooms of classes, in a folder unless it names one.

    Without a place each process would have rooms of its own, and who joins a room may be at any of them.
    """
    from bnsim.classroom.shared import PLACE

    return {**environment, PLACE: environment.get(PLACE) or str(folder / "rooms.db")}


def free_ports(workers: int, first_port: int) -> range:
    """Return the ports; refuse those that do not exist or that another program has."""
    ports = range(first_port, first_port + workers)
    if ports[-1] > LAST_PORT:
        highest = LAST_PORT + 1 - workers
        rule = f"must be at most {highest}, so that each of {workers} processes has a port"
        raise InputError(f"--port {rule}; got {first_port}.")
    taken = [port for port in ports if _is_taken(port)]
    if taken:
        way_out = "end it, or name another first port. Example: --port 8600"
        raise InputError(*(f"Port {port} is taken by another program; {way_out}" for port in taken))
    return ports


def shared_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of all processes: one secret, made now unless there is one, and pages for nobody allowed.

    The secret is not on the command line, where every user of the machine could read it.
    """
    return {
        **environment,
        SECRET: environment.get(SECRET) or secrets.token_hex(32),
        PAGE_CHECK: "true",
    }


async def _run_until_told(command: Command, ports: Sequence[int], environment: Mapping[str, str]) -> None:
    told = asyncio.Event()
    for number in ENDED_BY:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    keepers = [asyncio.create_task(_keep(command(port), port, environment)) for port in ports]
    ending = asyncio.create_task(told.wait())
    await asyncio.wait({ending, *keepers}, return_when=asyncio.FIRST_COMPLETED)
    for task in (ending, *keepers):
        task.cancel()
    outcomes = await asyncio.gather(*keepers, return_exceptions=True)
    click.echo("All processes have ended.")
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _keep(command: Sequence[str], port: int, environment: Mapping[str, str]) -> None:
    """Keep one process alive: start it again whenever it ends, but not if it cannot start at all."""
    name, pause, has_answered = f"http://{HOST}:{port}", PAUSE, False
    while True:
        life = await _live(command, port, environment)
        has_answered = has_answered or life.answered
        if not has_answered:
            raise BnsimError(f"The process of {name} ended {life.end} before it answered; what it said stands above.")
        if life.seconds >= SHORT_LIFE:
            pause = PAUSE
        click.echo(f"The process of {name} ended {life.end}; it is started again in {pause:g} s.", err=True)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _live(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Life:
    """Start a process, have it draw a page, and wait until it ends."""
    begun = time.monotonic()
    async with _running(command, environment) as process:
        ended = asyncio.create_task(process.wait())
        drawn = asyncio.create_task(_until_drawn(port))
        await asyncio.wait({ended, drawn}, return_when=asyncio.FIRST_COMPLETED)
        answered = drawn.done()
        drawn.cancel()
        if answered and not ended.done():
            click.echo(f"http://{HOST}:{port} is ready after {time.monotonic() - begun:.1f} s.")
        return Life(await ended, time.monotonic() - begun, answered)


@asynccontextmanager
async def _running(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process; on the way out it is ended, in the end by force."""
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=asyncio.subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), PATIENCE)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _until_drawn(port: int) -> None:
    while not await asyncio.to_thread(_draws, port):
        await asyncio.sleep(0.1)


def _draws(port: int) -> bool:
    """Let a process draw the front page for nobody, which imports and reads what all visitors need.

    Returns
    -------
    bool
        False if nothing listens there yet. Whatever else comes back, visitors are answered as well.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("GET", "/_stcore/script-health-check")
        connection.getresponse().read()
    except ConnectionRefusedError:
        return False
    except (OSError, http.client.HTTPException):
        return True
    finally:
        connection.close()
    return True


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # A port that was in use a moment ago, and is not now, is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
