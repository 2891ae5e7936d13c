"""The files of `torch.save` before PyTorch 1.6: five pickles one after the other, then the numbers of each storage."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bnsim.checkpoint.pickled import read_pickle
from bnsim.checkpoint.source import Source, Stretch
from bnsim.checkpoint.tensors import NUMPY, Tensor
from bnsim.checkpoint.torch_file import Storage, known_names, storage, tensors_in
from bnsim.errors import CheckpointError

MAGIC = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
"""The first pickle: the number 0x1950a86a20f9469cfc6c."""

LENGTH_BYTES = 8


@dataclass(frozen=True, eq=False)
class _Within:
    """A part of a file."""

    source: Source
    start: int
    size: int

    def read(self, start: int, count: int) -> bytes:
        if start < 0 or start + count > self.size:
            raise self.source.damaged("a tensor ends after its numbers do")
        return self.source.read(self.start + start, count)


def read_legacy(source: Source) -> dict[str, Tensor]:
    """Return every tensor by its path, none of them read yet.

    Raises
    ------
    CheckpointError
        If the file is damaged, too large, or holds what is not read.
    """
    storages: dict[str, Storage] = {}
    places: dict[str, Stretch] = {}

    def noted(said: Any) -> Storage:
        made = storage(said)
        return storages.setdefault(made.key, made)

    def place(key: str) -> Stretch:
        if key not in places:
            raise source.damaged("a tensor has no numbers in it")
        return places[key]

    raw = source.read(0, min(source.limits.pickle_bytes, source.size))
    found: list[Any] = []
    at = 0
    # The number that every such file begins with, a version, the order of bytes, the tensors, and the storages' keys.
    for _ in range(5):
        value, length = read_pickle(raw[at:], source.name, known_names(place), noted, source.limits.opcodes)
        found.append(value)
        at += length
    _, _, system, value, keys = found
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise CheckpointError(f"{source.name} must come from a machine that puts the low byte first. Save it anew.")
    places.update(_places(source, keys, storages, at))
    return tensors_in(value, source)


def _places(source: Source, keys: object, storages: dict[str, Storage], at: int) -> Iterator[tuple[str, Stretch]]:
    """Yield where the numbers of each storage are: how many there are, and then they."""
    for key in keys if isinstance(keys, list) else []:
        known = storages.get(key) if isinstance(key, str) else None
        if known is None or known.kind not in NUMPY:
            raise source.damaged("the kind of some of its numbers is not known")
        count = int.from_bytes(source.read(at, LENGTH_BYTES), "little")
        start, size = at + LENGTH_BYTES, count * int(NUMPY[known.kind][1:])
        if start + size > source.size:
            raise source.damaged("it is cut short")
        yield key, _Within(source, start, size)
        at = start + size
