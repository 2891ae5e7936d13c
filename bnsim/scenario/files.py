"""The one place that opens files and folders people name: whatever the system says of them becomes one sentence."""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from bnsim.errors import InputError
from bnsim.scenario.wording import cut, shown_name

MOST_OF_A_PATH = 300

# The reason the system gives -> the rest of a sentence that begins with the name of the file.
REASONS: Mapping[int | None, str] = {
    errno.ENAMETOOLONG: "cannot be opened: the name is longer than this system allows; give a shorter one",
    errno.ELOOP: "cannot be opened: it is a link that leads in a circle; name the file itself",
    errno.ENOTDIR: "does not exist: a part of its path is a file and no folder",
    errno.EACCES: "cannot be read: Permission denied; allow reading it, or name a copy that you may read",
    errno.EPERM: "cannot be read: Permission denied; allow reading it, or name a copy that you may read",
    errno.EAGAIN: "cannot be read: nothing is there yet; write it into a file first",
}
KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "is a pipe and no file; write what comes out of it into a file first"),
    (stat.S_ISSOCK, "is a socket and no file; name a file"),
    (stat.S_ISCHR, "is a device and no file; name a file"),
    (stat.S_ISBLK, "is a device and no file; name a file"),
)
# Never wait for what may not come (a pipe nobody writes to); the flag is not known everywhere.
AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def read_file(path: Path | str, most: int, *, what: str, error: type[InputError] = InputError) -> bytes:
    """Return the content of a plain file, or its first `most` + 1 bytes, which show that it is too large.

    Parameters
    ----------
    path : Path or str
        As the person wrote it.
    most : int
        Bytes the file may have.
    what : str
        What is wanted, for the way out: "scenario file that ends in .toml".
    error : type
        The class of the refusal.

    Raises
    ------
    InputError
        Of class `error`, in one sentence that begins with the file's name: if there is no such file, or it is a
        folder, a pipe, a device or a socket, or the system does not let it be read. Nothing is waited for.
    """
    with opened(path, what=what, error=error) as file:
        return file.read(most + 1)


@contextmanager
def opened(path: Path | str, *, what: str, error: type[InputError] = InputError) -> Iterator[BinaryIO]:
    """Open a plain file to read parts of it; what the system says of it while it is open becomes a sentence, too.

    Parameters
    ----------
    path, what, error
        As for `read_file`.

    Raises
    ------
    InputError
        As `read_file` does.
    """
    name = name_of(path)
    try:
        with _open_plain(path, name, what, error) as file:
            yield file
    except OSError as refused:
        raise error(f"{name} {_reason(refused, what)}.") from None


def _open_plain(path: Path | str, name: str, what: str, error: type[InputError]) -> BinaryIO:
    try:
        # Looked at before it is opened: opening a device may already do something.
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode) and not os.access(path, os.R_OK):
            raise error(f"{name} {REASONS[errno.EACCES]}.")
        _require_plain(mode, name, what, error)
        file = os.fdopen(os.open(path, os.O_RDONLY | AT_ONCE), "rb")
    except InputError:
        raise
    except ValueError:  # a zero byte, or half a character
        raise error(f"{name} {_reason(FileNotFoundError(errno.ENOENT, ''), what)}.") from None
    with ExitStack() as closing:
        closing.callback(file.close)
        _require_plain(os.fstat(file.fileno()).st_mode, name, what, error)
        closing.pop_all()
    return file


def write_file(path: Path, content: bytes) -> None:
    """Write a plain file, in place of one of the same name.

    Raises
    ------
    InputError
        In one sentence, if the system does not let it be written, or the name is that of a pipe, a device or a socket.
    """
    name = name_of(path)
    try:
        if exists(path):
            _require_plain(path.stat().st_mode, name, "file", InputError)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | AT_ONCE, 0o666), "wb") as file:
            file.truncate()
            file.write(content)
    except OSError as refused:
        raise InputError(f"{name} cannot be written: {_words(refused)}.") from None


def make_folder(path: Path) -> None:
    """Make a folder, with those above it, unless it is there.

    Raises
    ------
    InputError
        In one sentence, if it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise InputError(f"{shown_path(path)} must be a folder that can be written to; {_words(refused)}.") from None
    except ValueError:  # a zero byte, or half a character
        raise InputError(f"{shown_path(path)} must be a folder that can be written to; it can have no name.") from None


def exists(path: Path | str) -> bool:
    """Return whether there is something of that name; a name that cannot be is that of nothing."""
    return os.path.exists(path)  # noqa: PTH110 - unlike Path.exists, it raises for no name


def is_file(path: Path | str) -> bool:
    """Return whether there is something of that name which is no folder; a name that cannot be is that of nothing."""
    return exists(path) and not Path(path).is_dir()


def toml_files(folder: Path | str) -> tuple[list[Path], str]:
    """Return the .toml files of a folder, sorted by name, and what keeps the folder from being read, if anything."""
    try:
        return sorted(path for path in Path(folder).iterdir() if path.suffix == ".toml"), ""
    except OSError as refused:
        return [], _words(refused)
    except ValueError:
        return [], "No such file or directory"


def name_of(path: Path | str) -> str:
    """Return how a file is called in messages: the last part of its path, fit to be shown."""
    return shown_name(Path(path).name or str(path))


def shown_path(path: Path | str) -> str:
    """Return a whole path fit to be shown, bounded."""
    text = str(path)
    return cut(text if text.isprintable() else repr(text[: MOST_OF_A_PATH + 1]), MOST_OF_A_PATH)


def _require_plain(mode: int, name: str, what: str, error: type[InputError]) -> None:
    if stat.S_ISDIR(mode):
        raise error(f"{name} is a folder; name a {what.split(' that ')[0]} in it.")
    for is_kind, sentence in KINDS:
        if is_kind(mode):
            raise error(f"{name} {sentence}.")


def _reason(refused: OSError, what: str) -> str:
    if refused.errno == errno.ENOENT:
        return f"does not exist; name a {what}"
    return REASONS.get(refused.errno, f"cannot be read: {_words(refused)}")


def _words(refused: OSError) -> str:
    return refused.strerror or "the system gives no reason"
