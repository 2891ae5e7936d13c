"""The files of `torch.save`: a zip of a pickle that names the tensors, and of one file of numbers for each storage."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bnsim.checkpoint.machine import Damaged, Make, Name, Opaque
from bnsim.checkpoint.pickled import read_pickle
from bnsim.checkpoint.source import AS_SAFETENSORS, FORMATS, Source, Stretch
from bnsim.checkpoint.tensors import MOST_AXES, NUMPY, Tensor
from bnsim.checkpoint.zipped import Zipped
from bnsim.errors import CheckpointError

PICKLE = "data.pkl"
STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool", "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128", "QInt8Storage": "qint8", "QUInt8Storage": "quint8", "QInt32Storage": "qint32",
}  # fmt: skip
UNTYPED = "torch.storage.UntypedStorage"
DTYPES = (*NUMPY, "complex64", "complex128", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")
LONGEST_NAME = 300
"""Characters of the path to a tensor; what lies deeper is not looked for."""

Place = Callable[[str], Stretch]
"""Where the numbers of a storage are, by its key."""


@dataclass(frozen=True, eq=False)
class Storage:
    """The numbers that one or more tensors look at."""

    kind: str
    key: str
    count: int


def read_torch_zip(zipped: Zipped) -> dict[str, Tensor]:
    """Return every tensor of a zip by its path in the dictionaries and lists, none of them read yet.

    Raises
    ------
    CheckpointError
        If it is another kind of zip, is damaged or too large, or holds what is not read.
    """
    source = zipped.source
    root = _root(zipped)
    order = ">" if _says_big(zipped, f"{root}byteorder") else "<"

    def place(key: str) -> Stretch:
        return zipped.stretch(f"{root}data/{key}")

    raw = zipped.content(f"{root}{PICKLE}", source.limits.pickle_bytes)
    value, _ = read_pickle(raw, source.name, known_names(place, order), storage, source.limits.opcodes)
    return tensors_in(value, source)


def known_names(place: Place, order: str = "<") -> Mapping[str, Make | None]:
    """Return what each name in a state dict would have made of its arguments."""

    def tensor(arguments: tuple[Any, ...]) -> Tensor:
        kind = arguments[6].text.removeprefix("torch.") if len(arguments) > 6 and isinstance(arguments[6], Name) else ""
        return _tensor(arguments, kind, place, order)

    named = [*(f"torch.{name}" for name in (*STORAGES, *DTYPES)), UNTYPED]
    return {
        **dict.fromkeys(named),
        "collections.OrderedDict": _ordered,
        "torch.Size": _first,
        "torch.device": lambda _: Opaque(),
        "torch._utils._rebuild_tensor": tensor,
        "torch._utils._rebuild_tensor_v2": tensor,
        "torch._utils._rebuild_tensor_v3": tensor,
        "torch._utils._rebuild_parameter": _first,
        "torch._utils._rebuild_parameter_with_state": _first,
    }


def storage(said: Any) -> Storage:
    """Return the storage that a pickle speaks of: ("storage", its kind, key, device, how many numbers)."""
    if not isinstance(said, tuple) or len(said) < 5 or said[0] != "storage":
        raise Damaged
    _, kind, key, _, count = said[:5]
    if not isinstance(kind, Name) or not isinstance(key, str) or not _is_size(count):
        raise Damaged
    return Storage(STORAGES.get(kind.text.removeprefix("torch."), ""), key, count)


def tensors_in(value: Any, source: Source) -> dict[str, Tensor]:
    """Return every tensor in dictionaries and lists by its path; a container that is there twice counts once."""
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    left = [("", value)]
    while left:
        path, each = left.pop()
        if isinstance(each, Tensor):
            found.setdefault(path, each)
            if len(found) > source.limits.members:
                raise CheckpointError(f"{source.name} must hold at most {source.limits.members} tensors; it has more.")
        elif isinstance(each, dict | list | tuple) and id(each) not in seen:
            seen.add(id(each))
            left += reversed(list(_inside(path, each)))
    return found


def _inside(path: str, container: Any) -> list[tuple[str, Any]]:
    pairs = container.items() if isinstance(container, dict) else enumerate(container)
    wanted = ((key, each) for key, each in pairs if isinstance(each, Tensor | dict | list | tuple))
    named = ((f"{path}.{key}" if path else f"{key}", each) for key, each in wanted if isinstance(key, str | int))
    return [(name, each) for name, each in named if len(name) <= LONGEST_NAME]


def _root(zipped: Zipped) -> str:
    """Return the folder of the zip in which the pickle is; a sentence says what else the zip is."""
    source, members = zipped.source, zipped.members
    if any(name.endswith((".weights.h5", ".weights.npz", "saved_model.pb", "keras_metadata.pb")) for name in members):
        raise CheckpointError(f"{source.name} must be {FORMATS}; it is another one of Keras. {AS_SAFETENSORS}")
    if any(name.endswith("/constants.pkl") for name in members):
        raise CheckpointError(
            f"{source.name} must be a state dict; it is a program made by TorchScript, which bnsim never runs. Save "
            "torch.jit.load(FILE).state_dict() with torch.save."
        )
    roots = [name.removesuffix(PICKLE) for name in members if name == PICKLE or name.endswith(f"/{PICKLE}")]
    if len(roots) != 1:
        raise CheckpointError(f"{source.name} must be a file of torch.save; it is a zip of other files.")
    return roots[0]


def _says_big(zipped: Zipped, name: str) -> bool:
    return name in zipped.members and zipped.content(name, 100) == b"big"


def _tensor(arguments: tuple[Any, ...], kind: str, place: Place, order: str) -> Tensor:
    if len(arguments) < 4 or not isinstance(arguments[0], Storage):
        raise Damaged
    whole, offset, shape, strides = arguments[:4]
    kind = kind or whole.kind
    if not _is_size(offset) or not _are_sizes(shape) or not _are_sizes(strides) or len(shape) != len(strides):
        raise Damaged
    # Of an untyped storage the bytes are counted.
    room = whole.count // _bytes_of(kind) if not whole.kind else whole.count
    reached = offset + 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if 0 not in shape and reached > room:
        raise Damaged
    return Tensor(tuple(shape), tuple(strides), kind, _Later(place, whole.key), offset * _bytes_of(kind), order)


@dataclass(frozen=True, eq=False)
class _Later:
    """The numbers of a storage, looked up when they are read: most never are."""

    place: Place
    key: str

    @property
    def size(self) -> int:
        return self.place(self.key).size

    def read(self, start: int, count: int) -> bytes:
        return self.place(self.key).read(start, count)


def _bytes_of(kind: str) -> int:
    return int(NUMPY[kind][1:]) if kind in NUMPY else 1


def _first(arguments: tuple[Any, ...]) -> Any:
    if not arguments:
        raise Damaged
    return arguments[0]


def _ordered(arguments: tuple[Any, ...]) -> dict[Any, Any]:
    """Return a dictionary; Python 2 gave its pairs as an argument."""
    pairs = arguments[0] if arguments else []
    if not isinstance(pairs, list):
        raise Damaged
    table: dict[Any, Any] = {}
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise Damaged
        table[pair[0]] = pair[1]
    return table


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < math.inf


def _are_sizes(values: Any) -> bool:
    return isinstance(values, tuple | list) and len(values) <= MOST_AXES and all(map(_is_size, values))
