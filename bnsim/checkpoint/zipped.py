"""The files in a zip as stretches of bytes; those that are not compressed can be read anywhere."""

import zipfile
from dataclasses import dataclass
from functools import partial
from typing import Any

from bnsim.checkpoint.source import Source, Stretch
from bnsim.errors import DAMAGED_ZIP, CheckpointError

MAGIC = b"PK\3\4"
LOCAL_HEADER = 30
NAME_AND_EXTRA = slice(26, 30)
LOCKED = 0x1
PIECE = 1 << 20
MOST_UNPACKED = 256_000_000
"""Bytes that are unpacked of one file, however often something in it is asked for; torch.save packs nothing."""


@dataclass
class _Window:
    """A file that never reads more than a bound at once: zipfile reads a directory as large as it says it is."""

    source: Source
    most: int
    at: int = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        bases = (0, self.at, self.source.size)
        moved = bases[whence] + offset
        if moved < 0:
            raise self.source.damaged("its directory points before its beginning")
        self.at = moved
        return self.at

    def tell(self) -> int:
        return self.at

    def seekable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        left = max(self.source.size - self.at, 0)
        count = left if count < 0 else min(count, left)
        if count > self.most:
            raise CheckpointError(
                f"{self.source.name} must have a directory of at most {self.most} bytes; it says {count}."
            )
        raw = self.source.read(self.at, count)
        self.at += count
        return raw


@dataclass(frozen=True, eq=False)
class Stored:
    """A member that lies in the zip as it is.

    Attributes
    ----------
    source : Source
        The zip.
    start, size : int
        Where in it the member begins, and how many bytes it has.
    """

    source: Source
    start: int
    size: int

    def read(self, start: int, count: int) -> bytes:
        """Return `count` bytes; a CheckpointError if there are fewer."""
        if start < 0 or start + count > self.size:
            raise self.source.damaged("a tensor ends after its numbers do")
        return self.source.read(self.start + start, count)


@dataclass(frozen=True, eq=False)
class Memory:
    """Bytes that were read already."""

    source: Source
    raw: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.raw)

    def read(self, start: int, count: int) -> bytes:
        """Return `count` bytes; a CheckpointError if there are fewer."""
        if start < 0 or start + count > len(self.raw):
            raise self.source.damaged("it is cut short")
        return self.raw[start : start + count]


@dataclass(frozen=True, eq=False)
class _Packed:
    """A member that is compressed: to get at a place in it, all before that is unpacked."""

    zipped: "Zipped"
    member: zipfile.ZipInfo

    @property
    def size(self) -> int:
        return self.member.file_size

    def read(self, start: int, count: int) -> bytes:
        if start < 0 or start + count > self.size:
            raise self.zipped.source.damaged("a tensor ends after its numbers do")
        return self.zipped.unpacked(self.member, start, count)


class Zipped:
    """A zip that is open.

    Raises
    ------
    CheckpointError
        If its directory is damaged or too large, or lists too many files.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._may_unpack = MOST_UNPACKED
        window: Any = _Window(source, source.limits.header_bytes)
        try:
            self._archive = zipfile.ZipFile(window)
        except CheckpointError:
            raise
        except DAMAGED_ZIP:
            raise source.damaged("its directory is damaged") from None
        self.members = {member.filename: member for member in self._archive.infolist()}
        if len(self._archive.infolist()) > source.limits.members:
            raise CheckpointError(
                f"{source.name} must hold at most {source.limits.members} files; got {len(self._archive.infolist())}."
            )

    def stretch(self, name: str) -> Stretch:
        """Return the bytes of a member, none of them read yet.

        Raises
        ------
        CheckpointError
            If there is no such member, or it is locked by a password.
        """
        member = self.members.get(name)
        if member is None:
            raise self.source.damaged("a tensor has no numbers in it")
        if member.flag_bits & LOCKED:
            raise CheckpointError(f"{self.source.name} must not be locked by a password. Save it without one.")
        if member.compress_type != zipfile.ZIP_STORED:
            return _Packed(self, member)
        header = self.source.read(member.header_offset, LOCAL_HEADER)
        if not header.startswith(MAGIC):
            raise self.source.damaged("its directory points at something else")
        lengths = header[NAME_AND_EXTRA]
        start = (
            member.header_offset + LOCAL_HEADER + sum(int.from_bytes(lengths[at : at + 2], "little") for at in (0, 2))
        )
        return Stored(self.source, start, member.file_size)

    def content(self, name: str, most: int) -> bytes:
        """Return a whole member of at most `most` bytes; a CheckpointError if it is larger, or damaged."""
        size = self.members[name].file_size
        if size > most:
            raise CheckpointError(f"{self.source.name} must name its tensors in at most {most} bytes; got {size}.")
        return self.stretch(name).read(0, size)

    def unpacked(self, member: zipfile.ZipInfo, start: int, count: int) -> bytes:
        """Return bytes of a member that is compressed."""
        self._may_unpack -= start + count
        if self._may_unpack < 0:
            raise CheckpointError(
                f"{self.source.name} must unpack to at most {MOST_UNPACKED} bytes; it is larger. Save it again with "
                "torch.save, which does not compress."
            )
        try:
            with self._archive.open(member) as file:
                for skipped in range(0, start, PIECE):
                    file.read(min(PIECE, start - skipped))
                raw = b"".join(iter(partial(_next, file, [count]), b""))
        except CheckpointError:
            raise
        except DAMAGED_ZIP:
            raise self.source.damaged("a part of it cannot be unpacked") from None
        if len(raw) < count:
            raise self.source.damaged("it is cut short")
        return raw


def _next(file: Any, left: list[int]) -> bytes:
    raw: bytes = file.read(min(left[0], PIECE))
    left[0] -= len(raw)
    return raw
