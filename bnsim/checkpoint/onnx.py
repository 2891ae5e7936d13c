"""The tensors of an ONNX file: protocol buffers, walked from field to field without reading what they hold.

https://github.com/onnx/onnx/blob/main/onnx/onnx.proto numbers the fields. A node of the operator BatchNormalization has
five inputs, x, scale, B, mean and variance; the last four are tensors of the file, and ε is an attribute of the node.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bnsim.checkpoint.layers import OF_ONNX
from bnsim.checkpoint.source import Source
from bnsim.checkpoint.tensors import MOST_AXES, Tensor, row_major
from bnsim.errors import CheckpointError

FIRST = b"\x08"
"""The first field of a model: the version of the format."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_HEAD = 20
LONGEST_NAME = 300
GRAPH = 7
NODE, INITIALIZER = 1, 5
INPUT, OUTPUT, NODE_NAME, OPERATOR, ATTRIBUTE = 1, 2, 3, 4, 5
ATTRIBUTE_NAME, ATTRIBUTE_FLOAT = 1, 2
DIMENSION, KIND, FLOATS, TENSOR_NAME, RAW, PLACE = 1, 2, 4, 8, 9, 14
KINDS = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
    11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16",
}  # fmt: skip
ELSEWHERE = "numbers in another file"
SCATTERED = "numbers one by one"
COMPUTED = "numbers that the graph makes"
BATCH_NORM = "BatchNormalization"
PARTS = ("scale", "B", "mean", "var")
"""What the inputs of the operator after x are called here."""

EPS = "epsilon"


@dataclass(frozen=True)
class _Field:
    """One field of a message: its number, and where what it holds begins and ends; of a whole number the value."""

    number: int
    wire: int
    start: int
    end: int
    value: int = 0


@dataclass
class _Walk:
    """Goes from field to field, at most so many of them."""

    source: Source
    left: int

    def fields(self, start: int, end: int) -> Iterator[_Field]:
        """Yield the fields of a message that lies in these bytes."""
        while start < end:
            self.left -= 1
            if self.left < 0:
                raise CheckpointError(
                    f"{self.source.name} must have at most {self.source.limits.opcodes} fields; it has more."
                )
            head = self.source.read(start, min(LONGEST_HEAD, end - start))
            key, at = self.varint(head, 0)
            found = self._field(key >> 3, key & 7, head, start, at)
            if found.end > end:
                raise self.source.damaged("it is cut short")
            yield found
            start = found.end

    def text(self, each: _Field) -> str:
        """Return a text; of one that is too long the beginning."""
        raw = self.source.read(each.start, min(each.end - each.start, LONGEST_NAME))
        return raw.decode("utf-8", "replace")

    def _field(self, number: int, wire: int, head: bytes, start: int, at: int) -> _Field:
        if wire == VARINT:
            value, after = self.varint(head, at)
            return _Field(number, wire, start + at, start + after, value)
        if wire == BYTES:
            length, at = self.varint(head, at)
            return _Field(number, wire, start + at, start + at + length)
        if wire not in (FIXED32, FIXED64):
            raise self.source.damaged("a part of it makes no sense")
        return _Field(number, wire, start + at, start + at + (4 if wire == FIXED32 else 8))

    def varint(self, head: bytes, at: int) -> tuple[int, int]:
        """Return a whole number of any length, and where it ends."""
        value = 0
        for place, byte in enumerate(head[at : at + 10]):
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return value, at + place + 1
        raise self.source.damaged("a part of it makes no sense")


@dataclass
class _Node:
    """A node of the graph, as far as batch norm is concerned."""

    inputs: list[str] = field(default_factory=list)
    output: str = ""
    name: str = ""
    operator: str = ""
    eps_at: int | None = None


def read_onnx(source: Source) -> dict[str, Tensor]:
    """Return the tensors of a model by their names, those of batch norm by that of its node; none of them read yet.

    Raises
    ------
    CheckpointError
        If it is no ONNX file, is damaged, or has too many fields or tensors.
    """
    walk = _Walk(source, source.limits.opcodes)
    graphs = [each for each in walk.fields(0, source.size) if (each.number, each.wire) == (GRAPH, BYTES)]
    if len(graphs) != 1:
        raise source.damaged("it has no graph as an ONNX file has")
    tensors: dict[str, Tensor] = {}
    nodes: list[_Node] = []
    for each in walk.fields(graphs[0].start, graphs[0].end):
        if (each.number, each.wire) == (INITIALIZER, BYTES):
            name, tensor = _tensor(walk, each)
            tensors[name] = tensor
        elif (each.number, each.wire) == (NODE, BYTES):
            nodes += [node for node in [_node(walk, each)] if node.operator == BATCH_NORM]
    if len(tensors) > source.limits.members:
        raise CheckpointError(f"{source.name} must hold at most {source.limits.members} tensors; got {len(tensors)}.")
    return _by_node(source, nodes, tensors)


def _by_node(source: Source, nodes: list[_Node], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors with those of batch norm under the names of their nodes."""
    found: dict[str, Tensor] = {}
    used: set[str] = set()
    for node in nodes:
        names = dict(zip(PARTS, node.inputs[1:5], strict=False))
        prefix = node.name or node.output
        computed = Tensor((1,), (1,), COMPUTED, source, 0)
        found |= {f"{prefix}.{OF_ONNX}{part}": tensors.get(name, computed) for part, name in names.items()}
        used |= set(names.values())
        if node.eps_at is not None:
            found[f"{prefix}.{OF_ONNX}{EPS}"] = Tensor((), (), "float32", source, node.eps_at)
    return found | {name: tensor for name, tensor in tensors.items() if name not in used}


def _node(walk: _Walk, message: _Field) -> _Node:
    node = _Node()
    for each in walk.fields(message.start, message.end):
        if each.wire != BYTES:
            continue
        if each.number == INPUT:
            node.inputs.append(walk.text(each))
        elif each.number == OUTPUT:
            node.output = node.output or walk.text(each)
        elif each.number == NODE_NAME:
            node.name = walk.text(each)
        elif each.number == OPERATOR:
            node.operator = walk.text(each)
        elif each.number == ATTRIBUTE:
            node.eps_at = _place_of_eps(walk, each) or node.eps_at
    return node


def _place_of_eps(walk: _Walk, message: _Field) -> int | None:
    """Return where the number of the attribute epsilon is; None if this is another attribute."""
    fields = list(walk.fields(message.start, message.end))
    names = [walk.text(each) for each in fields if (each.number, each.wire) == (ATTRIBUTE_NAME, BYTES)]
    floats = [each.start for each in fields if (each.number, each.wire) == (ATTRIBUTE_FLOAT, FIXED32)]
    return floats[0] if names == [EPS] and floats else None


def _tensor(walk: _Walk, message: _Field) -> tuple[str, Tensor]:
    name, kind, shape, start = "", "", list[int](), None
    for each in walk.fields(message.start, message.end):
        if each.number == DIMENSION:
            shape += [each.value] if each.wire == VARINT else _packed(walk, each)
        elif (each.number, each.wire) == (KIND, VARINT):
            kind = KINDS.get(each.value, f"kind {each.value}")
        elif (each.number, each.wire) == (TENSOR_NAME, BYTES):
            name = walk.text(each)
        elif each.number in (RAW, FLOATS) and each.wire == BYTES:
            start = each.start
        elif (each.number, each.wire, each.value) == (PLACE, VARINT, 1):
            kind = ELSEWHERE
    if len(shape) > MOST_AXES:
        raise walk.source.damaged("a tensor has too many axes")
    kind = kind if start is not None or kind == ELSEWHERE else SCATTERED
    return name, Tensor(tuple(shape), row_major(tuple(shape)), kind, walk.source, start or 0)


def _packed(walk: _Walk, message: _Field) -> list[int]:
    """Return whole numbers that stand one after the other."""
    values: list[int] = []
    at = message.start
    while at < message.end and len(values) <= MOST_AXES:
        head = walk.source.read(at, min(10, message.end - at))
        value, used = walk.varint(head, 0)
        values.append(value)
        at += used
    return values
