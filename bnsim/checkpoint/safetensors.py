"""The format .safetensors: eight bytes that say how long the header is, a header of JSON, and the numbers.

https://github.com/huggingface/safetensors says that the tensors follow each other without holes and do not overlap,
and that no name comes twice; a file that is otherwise is refused.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bnsim.checkpoint.source import Source
from bnsim.checkpoint.tensors import MOST_AXES, NUMPY, Tensor, row_major
from bnsim.errors import CheckpointError
from bnsim.scenario.wording import shown_name

LENGTH_BYTES = 8
BEGINS = b"{"
META = "__metadata__"
KINDS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
LARGEST = 10**18


@dataclass(frozen=True)
class _Entry:
    name: str
    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int


def is_safetensors(source: Source) -> bool:
    """Return whether a file begins as this format does: a length that the file has room for, and a brace."""
    if source.size <= LENGTH_BYTES:
        return False
    beginning = source.read(0, LENGTH_BYTES + 1)
    return beginning[LENGTH_BYTES:] == BEGINS


def read_safetensors(source: Source) -> dict[str, Tensor]:
    """Return every tensor by its name, none of them read yet.

    Raises
    ------
    CheckpointError
        If the header is damaged or too large, or the tensors do not fill the file as it says.
    """
    length = int.from_bytes(source.read(0, LENGTH_BYTES), "little")
    if length > source.limits.header_bytes:
        most = source.limits.header_bytes
        raise CheckpointError(f"{source.name} must have a header of at most {most} bytes; it says {length}.")
    start = LENGTH_BYTES + length
    header = _header(source, source.read(LENGTH_BYTES, length))
    entries = [_entry(source, name, entry) for name, entry in header.items() if name != META]
    _require_whole(source, entries, source.size - start)
    return {
        each.name: Tensor(each.shape, row_major(each.shape), each.kind, source, start + each.begin) for each in entries
    }


def _header(source: Source, raw: bytes) -> Mapping[str, Any]:
    def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            raise source.damaged("a name comes twice in its header")
        return table

    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=once_each)
    except CheckpointError:
        raise
    except (ValueError, RecursionError):  # brackets a thousand deep exhaust the reader
        raise source.damaged("its header is no JSON") from None
    if not isinstance(header, dict):
        raise source.damaged("its header is no table")
    if len(header) > source.limits.members:
        raise CheckpointError(f"{source.name} must hold at most {source.limits.members} tensors; got {len(header)}.")
    return header


def _entry(source: Source, name: str, entry: object) -> _Entry:
    wrong = source.damaged(f"its header says nothing that makes sense of the tensor {shown_name(name)}")
    if not isinstance(entry, dict) or not isinstance(entry.get("dtype"), str):
        raise wrong
    shape, offsets = _sizes(entry.get("shape")), _sizes(entry.get("data_offsets"))
    if shape is None or offsets is None or len(offsets) != 2 or len(shape) > MOST_AXES:
        raise wrong
    kind = KINDS.get(entry["dtype"]) or str(entry["dtype"])
    if kind in NUMPY and math.prod(shape) * int(NUMPY[kind][1:]) != offsets[1] - offsets[0]:
        raise wrong
    return _Entry(name, kind, shape, *offsets)


def _sizes(sizes: object) -> tuple[int, ...] | None:
    """Return whole numbers of an acceptable size; None if they are anything else."""
    if not isinstance(sizes, list) or not all(type(size) is int and 0 <= size < LARGEST for size in sizes):
        return None
    return tuple(sizes)


def _require_whole(source: Source, entries: list[_Entry], room: int) -> None:
    """Refuse tensors that overlap, leave holes or end elsewhere than the file does."""
    reached = 0
    for entry in sorted(entries, key=lambda each: (each.begin, each.end)):
        if entry.begin != reached or entry.end < entry.begin:
            raise source.damaged("its tensors overlap or leave holes")
        reached = entry.end
    if reached > room:
        raise source.damaged("it is cut short")
    if reached < room:
        raise source.damaged("more follows its last tensor")
