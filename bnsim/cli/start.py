"""Starting the app: finding its entry script, and becoming Streamlit."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from bnsim.errors import BnsimError

PACKAGE = Path(__file__).resolve().parents[1]


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


def become(command: list[str]) -> NoReturn:
    """Become another program: its output, its signals and its exit code are those of this command."""
    sys.stdout.flush()
    if os.name == "nt":  # there, exec returns to the shell at once and does not quote
        sys.exit(subprocess.call(command))  # noqa: S603 - our own interpreter and script
    os.execv(command[0], command)  # noqa: S606 - likewise
