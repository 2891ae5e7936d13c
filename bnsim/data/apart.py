"""Reading what is large in a process of its own: meanwhile this one serves everybody else.

What a text or a file of some megabytes holds can take a second to find out, and Python does one thing at a time.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, ParamSpec, TypeVar

from bnsim.data.npz import ZIP
from bnsim.errors import DataError, InputError

LARGE = 40_000
"""Characters or bytes. The slowest reading measured takes a third of a microsecond for each: 13 milliseconds."""
PATIENCE = 30.0
"""Seconds; the slowest reading of 5,000,000 bytes takes two."""
ONE_AT_A_TIME = threading.Lock()
"""However many people load large files, there is memory for one."""

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")


def is_large(content: str | bytes) -> bool:
    """Say whether to read this here would keep others waiting; a zip of a few bytes may hold millions."""
    return len(content) > LARGE or (isinstance(content, bytes) and content.startswith(ZIP))


def apart(read: Callable[Arguments, Found], *arguments: Arguments.args, **named: Arguments.kwargs) -> Found:
    """Return what a function of a module finds, run in a process of its own.

    Raises
    ------
    InputError
        What it raises; or that the process was ended, because it took too long or too much memory.
    """
    with ONE_AT_A_TIME, TemporaryFile() as asked, TemporaryFile() as answered:
        # Files, because Python feeds a pipe 512 bytes at a time.
        pickle.dump((read, arguments, named), asked)
        asked.seek(0)
        if _run(asked, answered) != 0:
            raise DataError("the file or text must be read within half a minute; it takes longer. Keep less of it.")
        answered.seek(0)
        found: Found | InputError = pickle.load(answered)  # noqa: S301 - written by ourselves, in `main`
    if isinstance(found, InputError):
        raise found
    return found


def _run(asked: Any, answered: Any) -> int:
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-P", "-c", f"from {__name__} import main; main()"]
    try:
        return subprocess.run(  # noqa: S603 - nothing that anybody sent is part of the command
            command, stdin=asked, stdout=answered, env=environment, timeout=PATIENCE, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def main() -> None:
    """Do what is asked on the standard input, and write what was found on the standard output."""
    read, arguments, named = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by ourselves, in `apart`
    try:
        found = read(*arguments, **named)
    except InputError as error:
        found = error
    pickle.dump(found, sys.stdout.buffer)
