"""Reading parts of a file of any size, within bounds: nothing is read that is not asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from bnsim.errors import CheckpointError
from bnsim.scenario.files import name_of, opened

MEGABYTE = 1_000_000
WANTED = "file of trained weights that ends in .safetensors, .pt, .pth, .onnx, .keras or .h5"
FORMATS = "a file of PyTorch (.pt, .pth), Keras (.keras, .h5), safetensors or ONNX"
AS_SAFETENSORS = (
    "Save its weights as safetensors: "
    'safetensors.numpy.save_file({w.path.replace("/", "."): w.numpy() for w in model.weights}, FILE).'
)
"""The way out for people who use Keras."""


@dataclass(frozen=True)
class Limits:
    """How much of a file is looked at.

    Attributes
    ----------
    file_bytes : int or None
        Size of the file; None for any, as only parts of it are read.
    members : int
        Tensors, or files in a zip.
    pickle_bytes, opcodes : int
        Size of the pickle that names the tensors, and of how many instructions it is made.
    header_bytes : int
        Size of what else says which tensors there are: a header of JSON, the directory of a zip, the graph of ONNX.
    values : int
        Numbers read from all batch norm layers together.
    """

    file_bytes: int | None = None
    members: int = 10_000
    pickle_bytes: int = 8 * MEGABYTE
    opcodes: int = 1_000_000
    header_bytes: int = 4 * MEGABYTE
    values: int = 4_000_000


LIMITS = Limits()
"""On the command line: files of any size."""

APP_LIMITS = Limits(file_bytes=25 * MEGABYTE, values=1_000_000)
"""In the app, whose visitors share one process."""


class Stretch(Protocol):
    """Bytes that can be read in parts: a file, or a file in a zip."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, start: int, count: int) -> bytes:
        """Return `count` bytes; a CheckpointError if there are fewer."""


@dataclass(frozen=True, eq=False)
class Source:
    """A file that is open.

    Attributes
    ----------
    file : binary file
        What `seek` and `read` are asked of.
    name : str
        How it is called in messages, fit to be shown.
    size : int
        Bytes.
    limits : Limits
        How much of it is looked at.
    """

    file: BinaryIO
    name: str
    size: int
    limits: Limits

    def read(self, start: int, count: int) -> bytes:
        """Return `count` bytes from `start`; a CheckpointError if the file ends before."""
        if start < 0 or count < 0 or start + count > self.size:
            raise self.damaged("it is cut short")
        self.file.seek(start)
        raw = self.file.read(count)
        if len(raw) < count:
            raise self.damaged("it is cut short")
        return raw

    def damaged(self, how: str) -> CheckpointError:
        """Return the refusal of a file that is not what it begins as."""
        return CheckpointError(f"{self.name} must be a whole file of weights; {how}. Save or download it again.")


@contextmanager
def open_source(path: Path | str, limits: Limits = LIMITS) -> Iterator[Source]:
    """Open a file that somebody named.

    Raises
    ------
    CheckpointError
        In one sentence, if it is not there, is no plain file, cannot be read, or is too large.
    """
    with opened(path, what=WANTED, error=CheckpointError) as file:
        yield _within(Source(file, name_of(path), os.fstat(file.fileno()).st_size, limits))


def source_of(file: BinaryIO, name: str, limits: Limits = APP_LIMITS) -> Source:
    """Return what was uploaded as a source; `name` as the browser gave it.

    Raises
    ------
    CheckpointError
        If it is too large.
    """
    return _within(Source(file, name_of(name), file.seek(0, os.SEEK_END), limits))


def _within(source: Source) -> Source:
    most = source.limits.file_bytes
    if most is not None and source.size > most:
        raise CheckpointError(
            f"{source.name} must have at most {most // MEGABYTE} MB here; it has {source.size / MEGABYTE:.1f} MB. "
            "The command bnsim inspect reads files of any size."
        )
    if not source.size:
        raise CheckpointError(f"{source.name} must hold trained weights; it is empty.")
    return source
