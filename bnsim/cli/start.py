"""Starting the app: finding its entry script, and becoming Streamlit."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bnsim.errors import BnsimError, InputError

PACKAGE = Path(__file__).resolve().parents[1]
FIRST_PORT = 8501
OF_A_WORKER = ("--server.fileWatcherType=none", "--logger.hideWelcomeMessage=true")
"""A deployed file does not change; the addresses to open are the proxy's."""

SAID_BY_WORKERS = ("--server.port", "--server.address")


def app_script() -> Path:
    """Return the entry script of the app, which has its settings beside it, where Streamlit looks for them.

    That is `.streamlit/config.toml`, in the checkout as in the installed package, whatever the current folder is.
    """
    places = (PACKAGE / "_shipped" / "streamlit_app.py", PACKAGE.parent / "streamlit_app.py")
    for place in places:
        if place.is_file():
            return place
    raise BnsimError("The app is not part of this installation; install bnsim again.")


def app_command(script: Path, port: int | None) -> list[str]:
    """Return the command that starts Streamlit on a script."""
    flags = [] if port is None else [f"--server.port={port}"]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags]


def begin_with(path: str) -> None:
    """Let the app lead to the prepared page in a file; a ScenarioError where it is none."""
    from bnsim.cli.speech import complain
    from bnsim.learn.prepared import load
    from bnsim.scenario.prepared_file import STARTED_WITH

    load(path, lambda sentence: complain([sentence], 0))
    os.environ[STARTED_WITH] = str(Path(path).resolve())


def on_windows() -> bool:
    """Return whether this is Windows, which knows neither exec nor Unix's signals."""
    return os.name == "nt"


def become(command: list[str]) -> NoReturn:
    """Become another program: its output, its signals and its exit code are those of this command."""
    sys.stdout.flush()
    if on_windows():  # there, exec returns to the shell at once and does not quote
        sys.exit(subprocess.call(command))  # noqa: S603 - our own interpreter and script
    os.execv(command[0], command)  # noqa: S606 - likewise


def start_workers(workers: int, port: int | None, arguments: Sequence[str]) -> None:
    """Run several processes of the app until Ctrl-C or SIGTERM."""
    from bnsim.cli.workers import HOST, run_workers

    if on_windows():
        raise InputError("--workers needs Linux or macOS; leave it out to start one process.")
    refused = [name for name in SAID_BY_WORKERS if any(each.partition("=")[0] == name for each in arguments)]
    if refused:
        way_out = f"the processes listen on {HOST}, from the port that --port names"
        raise InputError(*(f"{name} must be left out beside --workers; {way_out}." for name in refused))
    script = app_script()

    def command(on: int) -> list[str]:
        return [*app_command(script, on), f"--server.address={HOST}", *OF_A_WORKER, *arguments]

    run_workers(command, workers, FIRST_PORT if port is None else port)
