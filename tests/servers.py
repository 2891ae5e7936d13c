"""A Postgres of the tests' own: started in a temporary folder on a free port, not by root, then stopped."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from ports import successive_ports

SECONDS = 30
USER = "bnsim"


def programs() -> Path | None:
    """Return the folder of Postgres' programs: those on the path, or the newest where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version)
    return next((place for place in reversed(places) if (place / "initdb").exists()), None)


@contextmanager
def postgres() -> Iterator[str]:
    """Start Postgres, and yield its address; without its programs the test is skipped."""
    place = programs()
    if place is None:
        _do_without("Postgres is not installed; on Debian: apt-get install postgresql")
    # Not below pytest's own folders, into which only their owner may look; and a socket's path has to be short.
    folder = Path(tempfile.mkdtemp(prefix="bnsim-pg-", dir="/tmp"))
    owner = _owner(folder)
    data, port = str(folder / "data"), successive_ports(1)[0]
    try:
        made = [place / "initdb", "-D", data, "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--no-instructions"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, timeout=60, **owner)
        told = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            started = [place / "postgres", "-D", data, "-p", str(port), *told]
            server = subprocess.Popen(started, stdout=log, stderr=log, cwd=folder, **owner)
        try:
            _wait(server, port, folder / "log")
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # which does not wait for clients, as SIGTERM does
            server.wait(SECONDS)
    finally:
        shutil.rmtree(folder)


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("BNSIM_REQUIRE_POSTGRES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _owner(folder: Path) -> dict[str, Any]:
    """Return as whom the server runs: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        _do_without("Postgres does not run as root, and there is no user postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        if b"ready to accept connections" in log.read_bytes():
            return
        time.sleep(0.05)
    raise RuntimeError(f"Postgres did not start on port {port}: {log.read_text()[-2000:]}")


def _version(folder: Path) -> float:
    return float(folder.parent.name) if folder.parent.name.replace(".", "", 1).isdigit() else 0.0
