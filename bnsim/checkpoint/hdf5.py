"""The tensors of an HDF5 file, told by the library HDF5 in a process of its own: it is not made for hostile files."""

import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from bnsim.checkpoint.source import AS_SAFETENSORS, Source, Stretch
from bnsim.checkpoint.tensors import MOST_AXES, Tensor, row_major
from bnsim.checkpoint.zipped import Memory, Stored
from bnsim.errors import CheckpointError
from bnsim.scenario.wording import shown_name

MAGIC = b"\x89HDF\r\n\x1a\n"
LIBRARY = "h5py"
SECONDS = 10
"""The slowest file measured within the bounds, 10,000 tensors, takes one; in some damaged ones HDF5 never ends."""

MEGABYTES = 1_000
LENGTH_BYTES = 8
CHILD = Path(__file__).with_name("hdf5_child.py")
LARGEST_ANSWER = 200_000_000
ONE_AT_A_TIME = threading.Lock()
"""However many people load such files, there is memory for one."""

KEPT = (
    "PATH", "PYTHONPATH", "PYTHONHOME", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMPDIR",
)  # fmt: skip
"""Of the environment that the other process sees; secrets of a server are none of its business."""

REFUSED = {
    "many": "{name} must hold at most {members} tensors and groups; it has more.",
    "names": "{name} must name its tensors in at most {letters} characters; it takes more.",
    "text": "{name} must describe its model and name its layers in at most {letters} characters; it takes more.",
    "link": "{name} must hold its tensors itself; {what} is a link to another place, which bnsim never follows.",
    "memory": f"{{name}} must be read within {MEGABYTES} MB of memory; it takes more.",
}


@dataclass(frozen=True, eq=False)
class Hdf5:
    """What is in an HDF5 file.

    Attributes
    ----------
    tensors : mapping
        Every tensor by its path, with slashes; none of them read yet, but those that had to be unpacked.
    names : mapping
        What Keras calls the layer whose variables are in a group, by the path of the group.
    config : str
        The text that describes a model; "" without.
    """

    tensors: Mapping[str, Tensor]
    names: Mapping[str, str]
    config: str


def read_hdf5(source: Source, where: Stretch) -> Hdf5:
    """Return what is in an HDF5 file.

    Parameters
    ----------
    source : Source
        What somebody named.
    where : Stretch
        The bytes of the HDF5 file: the source, or a file in a zip.

    Raises
    ------
    CheckpointError
        In one sentence, if the library for it is not installed, cannot read the file, or crashes or takes too long in
        doing so; or if the file is too large or links to other places.
    """
    if find_spec(LIBRARY) is None:
        raise CheckpointError(
            f'{source.name} is HDF5, as Keras writes, and must be read with the extra "keras"; run: '
            f'pip install "bnsim[keras]". {AS_SAFETENSORS.replace("Save", "Or save", 1)}'
        )
    limits = source.limits
    with _as_file(where) as (file, start):
        asked = {
            "seconds": SECONDS, "megabytes": MEGABYTES, "members": limits.members, "letters": limits.header_bytes,
            "values": limits.values, "start": start, "size": where.size,
        }  # fmt: skip
        with ONE_AT_A_TIME:
            raw = _answered(source, file, json.dumps(asked))
    said, numbers = _taken_apart(source, raw)
    if "refused" in said:
        raise _refusal(source, str(said["refused"]), str(said.get("what")))
    try:
        tensors = {str(row[0]): _tensor(source, where, numbers, row) for row in said["tensors"]}
        names = {str(path): str(name) for path, name in said["names"].items()}
        return Hdf5(tensors, names, said["config"] or "")
    except (KeyError, TypeError, ValueError, IndexError):
        raise _refusal(source, "damaged", "") from None


def _refusal(source: Source, key: str, what: str) -> CheckpointError:
    if key not in REFUSED:
        return source.damaged("the library HDF5 cannot read it")
    limits = source.limits
    words = {"name": source.name, "members": limits.members, "letters": limits.header_bytes, "what": shown_name(what)}
    return CheckpointError(REFUSED[key].format(**words))


@contextmanager
def _as_file(where: Stretch) -> Iterator[tuple[BinaryIO, int]]:
    """Give the file of the system in which the bytes are, and where in it: as they lie there, or copied."""
    base, start = (where.source, where.start) if isinstance(where, Stored) else (where, 0)
    if isinstance(base, Source) and _has_descriptor(base.file):
        descriptor = base.file.fileno()
        # The other process shares the place that is read next; Python relies on its own.
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        try:
            yield base.file, start
        finally:
            os.lseek(descriptor, at, os.SEEK_SET)
        return
    with TemporaryFile() as copied:
        copied.write(where.read(0, where.size))
        copied.flush()
        yield copied, 0


def _has_descriptor(file: BinaryIO) -> bool:
    try:
        return file.fileno() >= 0
    except OSError:  # io.UnsupportedOperation is one: bytes in memory have none
        return False


def _answered(source: Source, file: BinaryIO, asked: str) -> bytes:
    """Return what the other process says; a CheckpointError if it ended otherwise, or did not end."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"HDF5_PLUGIN_PRELOAD": "::", "HDF5_USE_FILE_LOCKING": "FALSE", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-P", str(CHILD), asked]
    with TemporaryFile() as answered:
        try:
            done = subprocess.run(  # noqa: S603 - only numbers of ours are part of the command
                command, stdin=file, stdout=answered, stderr=subprocess.DEVNULL, env=environment, timeout=SECONDS,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise CheckpointError(
                f"{source.name} must be read within {SECONDS} seconds; it takes longer. {AS_SAFETENSORS}"
            ) from None
        answered.seek(0)
        raw = answered.read(LARGEST_ANSWER + 1)
    if done.returncode != 0 or len(raw) > LARGEST_ANSWER:
        raise _refusal(source, "damaged", "")
    return raw


def _taken_apart(source: Source, raw: bytes) -> tuple[dict[str, Any], Memory]:
    """Return what was said, and the numbers after it."""
    length = int.from_bytes(raw[:LENGTH_BYTES], "little")
    try:
        said = json.loads(raw[LENGTH_BYTES : LENGTH_BYTES + length])
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _refusal(source, "damaged", "")
    return said, Memory(source, raw[LENGTH_BYTES + length :])


def _tensor(source: Source, where: Stretch, numbers: Memory, row: list[Any]) -> Tensor:
    """Return a tensor as the other process described it, which is believed no more than the file."""
    _, kind, order, shape, place, unpacked_at = row
    sizes = tuple(int(size) for size in shape)
    if len(sizes) > MOST_AXES or any(size < 0 for size in sizes) or order not in "<>" or math.prod(sizes) >= 2**63:
        raise source.damaged("a tensor has sizes that make no sense")
    if unpacked_at is not None:
        return Tensor(sizes, row_major(sizes), str(kind), numbers, int(unpacked_at), order)
    return Tensor(sizes, row_major(sizes), str(kind), where, int(place or 0), order)
