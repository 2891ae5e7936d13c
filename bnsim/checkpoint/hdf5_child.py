"""Reads an HDF5 file in a process of its own, started by `hdf5`: a program that imports nothing of bnsim.

The library HDF5 is not made for hostile files. Here it may crash, hang or ask for all memory: the process has bounds of
its own, can open no file but the one it was given, and answers with JSON and numbers, never with a pickle. All of it is
one file, which is started by its path: to import bnsim would take longer than to read.
"""

import io
import json
import math
import os
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PACKED_AXES = 1
"""Numbers in pieces are read of tensors with one axis; all that belongs to batch norm has one."""

DEEPEST = 64
LONGEST_NAME = 300
LARGEST_PIECE = 64_000_000
"""Bytes of a chunk, once unpacked."""

MOST_PIECES = 10_000
DEFLATE, SHUFFLE = 1, 2
"""The filters that are undone: that of gzip, and one that puts the bytes of numbers in another order."""

CONFIG, NAME, KIND = "model_config", "name", "dtype"
VARIABLES = "vars"
ELSEWHERE = "numbers in another file"
TOGETHER = "numbers put together from other tensors"
FOREIGN = "numbers packed by filter {}"
NEVER = "numbers that were never written"
UNUSUAL = "numbers of an unusual layout"
TOO_LARGE = "numbers in pieces that are too large"
TOO_MANY = "more packed numbers than are unpacked"
PACKED = "packed numbers"
DAMAGED = "numbers that cannot be unpacked"


class RefusedError(Exception):
    """What the file must not be, as a key, and the name of what is so."""


def bound(seconds: int, megabytes: int) -> None:
    """Set what the system lets this process take; where it knows no such bounds, only the starter's clock counts."""
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {"RLIMIT_CPU": seconds, "RLIMIT_AS": megabytes * 1_000_000, "RLIMIT_CORE": 0, "RLIMIT_FSIZE": 300_000_000}
    for name, most in wanted.items():
        _lower(resource, name, most)


def close_in() -> None:
    """Let no file be opened from now on, nor a process be started."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name in ("RLIMIT_NOFILE", "RLIMIT_NPROC"):
        _lower(resource, name, 0)


def _lower(resource: Any, name: str, most: int) -> None:
    kind = getattr(resource, name, None)
    if kind is None:
        return
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(kind, (most, most))
    except (ValueError, OSError):  # macOS refuses some of them
        return


class Window(io.RawIOBase):
    """So many bytes of a file from a place on, as a file of its own."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self.descriptor, self.start, self.size, self.at = descriptor, start, size, 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that any place can be read."""
        return True

    def tell(self) -> int:
        """Return the place that is read next."""
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        self.at = max((0, self.at, self.size)[whence] + offset, 0)
        return self.at

    def readinto(self, buffer: Any) -> int:
        """Read what there is, into memory that is there."""
        view = memoryview(buffer).cast("B")
        count = max(min(len(view), self.size - self.at), 0)
        os.lseek(self.descriptor, self.start + self.at, os.SEEK_SET)
        done = 0
        while done < count:
            raw = os.read(self.descriptor, count - done)
            if not raw:
                break
            view[done : done + len(raw)] = raw
            done += len(raw)
        self.at += done
        return done


@dataclass
class Found:
    """What was found, and how much more may be.

    Attributes
    ----------
    members, letters, values : int
        How many tensors and groups, characters of their names, and packed numbers there may still be.
    tensors : list
        Of each tensor path, kind, order of bytes, shape, its place in the file or None, its place in `numbers` or None.
    names : dict
        What Keras calls the layer whose variables are in a group; "" where it does not say.
    config : str or None
        The attribute that describes a model.
    numbers : list of bytes
        What had to be unpacked, and how much it is.
    """

    members: int
    letters: int
    values: int
    tensors: list[list[Any]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    config: str | None = None
    numbers: list[bytes] = field(default_factory=list)
    taken: int = 0


def read_all(h5py: Any, file: Any, found: Found, longest: int) -> None:
    """Find every tensor; a group that is there twice, or within itself, counts once."""
    root = h5py.h5g.open(file.id, b"/")
    found.config = text_of(h5py, root, CONFIG, longest)
    left = [("", root, 0)]
    seen = {h5py.h5o.get_info(root).addr}
    while left:
        path, group, depth = left.pop()
        if path.rpartition("/")[2] == VARIABLES:
            found.names[path] = text_of(h5py, group, NAME, found.letters) or ""
            found.letters -= len(found.names[path])
        inside = []
        for inner, item in members(h5py, found, path, group):
            if isinstance(item, h5py.h5d.DatasetID):
                found.tensors.append([inner, *described(h5py, found, item)])
            elif isinstance(item, h5py.h5g.GroupID) and depth < DEEPEST and len(inner) <= LONGEST_NAME:
                place = h5py.h5o.get_info(item).addr
                if place not in seen:
                    inside.append((inner, item, depth + 1))
                    seen.add(place)
        left += reversed(inside)


def members(h5py: Any, found: Found, path: str, group: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is in a group, by its path; a link that is no hard one is refused."""
    names: list[bytes] = []

    def note(name: bytes) -> bool | None:
        names.append(name)
        found.members -= 1
        found.letters -= len(path) + len(name)
        return True if found.members < 0 or found.letters < 0 else None

    group.links.iterate(note)
    if found.members < 0 or found.letters < 0:
        raise RefusedError("many" if found.members < 0 else "names", path)
    for name in names:
        inner = f"{path}/{name.decode('utf-8', 'replace')}".lstrip("/")
        if group.links.get_info(name).type != h5py.h5l.TYPE_HARD:
            raise RefusedError("link", inner)
        yield inner, h5py.h5o.open(group, name)


def text_of(h5py: Any, group: Any, name: str, longest: int) -> str | None:
    """Return an attribute of a group that is one text; None if there is none.

    Raises
    ------
    RefusedError
        If it is too long.
    """
    if not h5py.h5a.exists(group, name.encode()):
        return None
    attribute = h5py.h5a.open(group, name.encode())
    kind = attribute.get_type()
    if attribute.shape != () or kind.get_class() != h5py.h5t.STRING:
        return None
    if not kind.is_variable_str() and kind.get_size() > longest:
        raise RefusedError("text", name)
    value = h5py.Group(group).attrs[name]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if len(text) > longest:
        raise RefusedError("text", name)
    return text.encode("utf-8", "replace").decode()


def described(h5py: Any, found: Found, item: Any) -> list[Any]:
    """Return kind, order, shape and places of a tensor; of one that is not to be read the kind says why."""
    shape = [0] if item.shape is None else [int(size) for size in item.shape]
    kind, order, size = kind_of(h5py, item)
    count = math.prod(shape)
    plan = item.get_create_plist()
    layout = plan.get_layout()
    if not size:
        return [kind, order, shape, None, None]
    if layout == h5py.h5d.VIRTUAL or plan.get_external_count():
        return [TOGETHER if layout == h5py.h5d.VIRTUAL else ELSEWHERE, order, shape, None, None]
    if layout == h5py.h5d.CONTIGUOUS:
        place = item.get_offset()
        return [NEVER if place is None and count else kind, order, shape, place, None]
    why = unread(h5py, plan, shape, size) if layout == h5py.h5d.CHUNKED else ""
    if not why and count > found.values:
        why = TOO_MANY
    raw = None if why else unpacked(h5py, item, plan, shape)
    if raw is None:
        return [why or DAMAGED, order, shape, None, None]
    found.values -= count
    found.numbers.append(raw)
    found.taken += len(raw)
    return [kind, order, shape, None, found.taken - len(raw)]


def kind_of(h5py: Any, item: Any) -> tuple[str, str, int]:
    """Return the kind of numbers, which byte of them comes first, and how many bytes each has; 0 if unknown."""
    kind = item.get_type()
    number = kind.get_class() in (h5py.h5t.FLOAT, h5py.h5t.INTEGER)
    if not number:
        is_half = kind.get_class() == h5py.h5t.OPAQUE and kind.get_size() == 2
        # Keras keeps bfloat16 as two bytes of no kind, and says in an attribute what they are.
        return ("bfloat16", "<", 2) if is_half and said_kind(h5py, item) == "bfloat16" else ("no numbers", "<", 0)
    try:
        read_as = kind.dtype
    except (TypeError, ValueError):
        return UNUSUAL, "<", 0
    if not kind.equal(h5py.h5t.py_create(read_as)):
        return UNUSUAL, "<", 0
    return read_as.name, ">" if read_as.str[0] == ">" else "<", read_as.itemsize


def said_kind(h5py: Any, item: Any) -> str | None:
    """Return what Keras says of numbers that HDF5 has no kind for."""
    if not h5py.h5a.exists(item, KIND.encode()):
        return None
    attribute = h5py.h5a.open(item, KIND.encode())
    if attribute.shape != () or attribute.get_type().get_class() != h5py.h5t.STRING:
        return None
    return str(h5py.Dataset(item).attrs[KIND])


def unread(h5py: Any, plan: Any, shape: list[int], size: int) -> str:
    """Return why numbers in pieces are not read; "" if they are."""
    foreign = [code for code in filters_of(plan) if code not in (DEFLATE, SHUFFLE)]
    if foreign:
        return FOREIGN.format(foreign[0])
    if len(shape) != PACKED_AXES:
        return PACKED
    (length,) = plan.get_chunk()
    if length * size > LARGEST_PIECE:
        return TOO_LARGE
    return TOO_MANY if shape[0] > length * MOST_PIECES else ""


def filters_of(plan: Any) -> list[int]:
    """Return by which filters pieces were packed, in the order in which they were."""
    return [plan.get_filter(at)[0] for at in range(plan.get_nfilters())]


def unpacked(h5py: Any, item: Any, plan: Any, shape: list[int]) -> bytes | None:
    """Return all numbers of a tensor as bytes; None if the file does not hold them as it says."""
    import numpy as np

    try:
        if plan.get_layout() == h5py.h5d.CHUNKED:
            return b"".join(pieces(item, plan, shape[0]))[: shape[0] * item.dtype.itemsize]
        values = np.zeros(shape, item.dtype)
        item.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
        return values.tobytes()
    except (OSError, RuntimeError, ValueError, zlib.error):
        return None


def pieces(item: Any, plan: Any, count: int) -> Iterator[bytes]:
    """Yield the numbers piece by piece, unpacked here: HDF5 takes a piece of any size for whole, and all memory for it.

    Raises
    ------
    ValueError
        If a piece is not as large as it must be.
    """
    (length,), width = plan.get_chunk(), item.dtype.itemsize
    size = length * width
    for first in range(0, count, length):
        if (item.get_chunk_info_by_coord((first,)).size or 0) > LARGEST_PIECE:
            raise ValueError
        left_out, raw = item.read_direct_chunk((first,))
        for code in reversed(filters_of(plan)):
            raw = inflated(raw, size) if code == DEFLATE else in_order(raw, width)
        if left_out or len(raw) != size:
            raise ValueError
        yield raw


def inflated(raw: bytes, size: int) -> bytes:
    """Return what deflate packed, of which so many bytes are wanted; what comes after them is not unpacked."""
    return zlib.decompressobj().decompress(raw, size + 1)


def in_order(raw: bytes, width: int) -> bytes:
    """Return numbers whose bytes were put together: all first ones, all second ones and so on."""
    import numpy as np

    return np.frombuffer(raw, np.uint8).reshape(width, -1).T.tobytes()


def read_once(h5py: Any, np: Any) -> None:
    """Read a small file with everything in it, made here: what Python loads when first needed it must load now."""
    made = io.BytesIO()
    with h5py.File(made, "w") as file:
        file.attrs[CONFIG] = b"{}"
        file.create_group(VARIABLES).attrs[NAME] = "x"
        file[VARIABLES].create_dataset("0", data=np.zeros(2), chunks=(1,), compression="gzip", shuffle=True)
        file[VARIABLES]["0"].attrs[KIND] = np.bytes_("float64")
        file[VARIABLES]["1"] = np.zeros(2, "V2")
    with h5py.File(made, "r") as file:
        read_all(h5py, file, Found(10, 100, 10), 100)


def answer(h5py: Any, asked: dict[str, int], descriptor: int) -> bytes:
    """Return what is in a file: how long the JSON is, the JSON, and the numbers that had to be unpacked."""
    found = Found(asked["members"], asked["letters"], asked["values"])
    said: dict[str, Any]
    try:
        with h5py.File(Window(descriptor, asked["start"], asked["size"]), "r") as file:
            read_all(h5py, file, found, asked["letters"])
        said = {"tensors": found.tensors, "names": found.names, "config": found.config}
    except RefusedError as error:
        said = {"refused": error.args[0], "what": error.args[1]}
    except MemoryError:
        said = {"refused": "memory", "what": ""}
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError):  # what h5py makes of HDF5's errors
        said = {"refused": "damaged", "what": ""}
    raw = json.dumps(said).encode()
    return len(raw).to_bytes(8, "little") + raw + b"".join(found.numbers)


def main() -> None:
    """Read the file on the standard input within the bounds in the first argument; answer on the standard output."""
    asked = json.loads(sys.argv[1])
    bound(asked["seconds"], asked["megabytes"])
    import h5py
    import numpy as np

    read_once(h5py, np)
    close_in()
    sys.stdout.buffer.write(answer(h5py, asked, sys.stdin.fileno()))
    sys.stdout.buffer.flush()
    # Not by the ordinary way: closing what is damaged may crash, after everything was said.
    os._exit(0)


if __name__ == "__main__":
    main()
