"""Files that somebody made to do harm: damaged, mutated, enormous once unpacked, and programs in place of weights."""

import io
import json
import pickletools
import random
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
CANARY = "bnsim_was_here"
"""What a program in a file would write into the environment, if it were run."""

PICKLE = "archive/data.pkl"


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip of the members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def members_of(raw: bytes) -> dict[str, bytes]:
    """Return what is in a zip."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_pickle(pickle: bytes) -> bytes:
    """Return a file of torch.save with another pickle in it."""
    return zipped({PICKLE: pickle, "archive/data/0": bytes(64), "archive/version": b"3\n"})


def safetensors(header: object, data: bytes = b"") -> bytes:
    """Return a file with any header: bytes as they are, anything else as JSON."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + data


def text(value: str) -> bytes:
    """Return the instruction that makes a text."""
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


PUTENV = f'os.environ["{CANARY}"] = "1"'
CODE = f"import os; {PUTENV}"
PROGRAMS: Mapping[str, bytes] = {
    "system": b"cos\nsystem\n(" + text("true") + b"tR.",
    "eval": b"c__builtin__\neval\n(" + text(f'__import__("os").environ.update({CANARY}="1")') + b"tR.",
    "exec": b"\x80\x04" + text("builtins") + text("exec") + b"\x93(" + text(CODE) + b"tR.",
    "putenv": b"cos\nputenv\n(" + text(CANARY) + text("1") + b"tR.",
    "inst": b"(" + text(CODE) + b"i__builtin__\nexec\n.",
    "inst-first": b"(S'1'\nios\nsystem\n.",
    "obj": b"(c__builtin__\nexec\n" + text(CODE) + b"o.",
    "newobj": b"\x80\x02c__builtin__\nexec\n(" + text(CODE) + b"t\x81.",
    "newobj-ex": b"\x80\x04" + text("builtins") + text("exec") + b"\x93(" + text(CODE) + b"t}\x92.",
    "extension": b"\x80\x02\x82\x01)R.",
    "build": b"\x80\x02ccollections\nOrderedDict\n)R}" + text("__class__") + b"cos\nsystem\nsb.",
    "by-name": b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(cos\nsystem\n" + text("true") + b"tR.",
    "in-a-path": b"\x80\x04" + text("torch") + text("os.system") + b"\x93(" + text("true") + b"tR.",
    "torch-load": b"\x80\x02ctorch\nload\n(" + text("x.pt") + b"tR.",
    "escape": b"ccollections\nOrdered\\Dict\n)R.",
    "persistent": b"\x80\x02cos\nsystem\n(" + text("true") + b"tRQ.",
}


def nested_tuples(depth: int) -> bytes:
    """Return a pickle whose value has 2**depth parts, if one counts them without noticing that they are the same."""
    return b"\x80\x02)q\x000" + b"".join(b"h\x00h\x00\x86q\x000" for _ in range(depth)) + b"h\x00"


def circle() -> bytes:
    """Return a list that is in itself, in a dictionary."""
    return b"\x80\x02}" + text("x") + b"]q\x00h\x00as."


def whole(value: int) -> bytes:
    """Return the instruction that makes a whole number."""
    return b"J" + struct.pack("<i", value)


def tensor(key: str, size: int = 4, start: int = 0) -> bytes:
    """Return the instructions for a tensor of float32 in a storage."""
    said = text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + whole(start + size)
    shape, stride = whole(size) + b"\x85", b"K\x01\x85"
    return b"ctorch._utils\n_rebuild_tensor_v2\n((" + said + b"tQ" + whole(start) + shape + stride + b"\x89N" + b"tR"


def many_layers(count: int, *, size: int = 1, start: int = 0, odd: bool = False) -> bytes:
    """Return a pickle of batch norm layers that all look at the same numbers, with one channel less in γ if odd."""
    parts = [b"\x80\x02}"]
    for at in range(count):
        parts += [text(f"{at}.{name}") + tensor("0", size, start) + b"s" for name in ("running_mean", "running_var")]
        parts += [text(f"{at}.weight") + tensor("0", size - 1, start) + b"s"] if odd else []
    return b"".join(parts) + b"."


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "pickle-that-unpacks": lambda: zipped({PICKLE: bytes(50_000_000)}, zipfile.ZIP_DEFLATED),
    "storage-that-unpacks": lambda: zipped(
        {PICKLE: members_of((CORPUS / "clean.pt").read_bytes())["clean/data.pkl"], "archive/data/0": bytes(20_000_000)},
        zipfile.ZIP_DEFLATED,
    ),
    "layers-far-inside": lambda: zipped(
        {PICKLE: many_layers(2_000, start=15_000_000), "archive/data/0": bytes(70_000_000)}, zipfile.ZIP_DEFLATED
    ),
    "layers-all-over-each-other": lambda: zipped(
        {PICKLE: many_layers(2_000, size=200_000, odd=True), "archive/data/0": bytes(800_000)}
    ),
    "layers": lambda: zipped({PICKLE: many_layers(1_000), "archive/data/0": bytes(800_000)}),
    "tuple-as-key": lambda: with_pickle(b"\x80\x02}" + nested_tuples(60)[2:] + b"K\x01s."),
    "nested-tuples": lambda: with_pickle(nested_tuples(60) + b"."),
    "circle": lambda: with_pickle(circle()),
    "deep-lists": lambda: with_pickle(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."),
    "deep-dictionaries": lambda: with_pickle(
        b"\x80\x02}q\x00" + b"".join(b"}" + text("k" * 100) + b"h\x00sq\x00" for _ in range(5_000)) + b"."
    ),
    "long-keys": lambda: with_pickle(
        b"\x80\x02" + text("k" * 2_000_000) + b"q\x000" + text("k" * 2_000_000) + b"q\x010}"
        + b"h\x00K\x01sh\x01K\x01s" * 30_000 + b"."
    ),
    "long-number": lambda: with_pickle(b"\x80\x02\x8b" + struct.pack("<i", 4_000_000) + b"\x7f" * 4_000_000 + b"."),
    "long-text-as-number": lambda: with_pickle(b"I" + b"9" * 4_000_000 + b"\n."),
    "too-long-a-pickle": lambda: with_pickle(b"\x80\x02" + b"N0" * 4_200_000 + b"N."),
    "too-many-instructions": lambda: with_pickle(b"\x80\x02" + b"N0" * 600_000 + b"N."),
    "marks": lambda: with_pickle(b"\x80\x02" + b"(" * 900_000 + b"."),
    "memo": lambda: with_pickle(
        b"\x80\x02N" + b"".join(b"r" + struct.pack("<I", at) for at in range(500_000)) + b"."
    ),
    "many-names": lambda: with_pickle(b"".join(b"ca\nf%d\n" % at for at in range(100_000)) + b"."),
    "many-members": lambda: zipped({f"archive/data/{at}": b"" for at in range(12_000)}),
    "many-tensors": lambda: safetensors(
        {f"t{at}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for at in range(12_000)}
    ),
    "deep-json": lambda: safetensors(b'{"a":' + b"[" * 3_000_000),
    "deep-json-table": lambda: safetensors(b'{"a":' * 500_000),
    "json-digits": lambda: safetensors(b'{"a":{"shape":[' + b"9" * 1_000_000 + b"]}}"),
    "long-header": lambda: (1 << 62).to_bytes(8, "little") + b"{}",
    "header-of-a-gigabyte": lambda: (10**9).to_bytes(8, "little") + b"{" + bytes(1_000_000),
    "many-fields": lambda: b"\x08\x01" * 1_000_001,
    "field-without-end": lambda: b"\x08\x07:" + b"\xff" * 9 + b"\x01",
    "many-graphs": lambda: b"\x08\x07" + b":\x00" * 1_000,
    "locked": lambda: _flagged(zipped({PICKLE: b"N."}), 0x1),
    "far-directory": lambda: _far_directory(),
}  # fmt: skip


def _flagged(raw: bytes, flag: int) -> bytes:
    at = raw.index(b"PK\1\2") + 8
    return raw[:at] + struct.pack("<H", flag) + raw[at + 2 :]


def _far_directory() -> bytes:
    """Return a zip that says its directory has as many bytes as the file."""
    raw = bytearray(zipped({PICKLE: b"N."}) + bytes(0))
    end = raw.rindex(b"PK\5\6")
    padded = bytes(raw[:end]) + bytes(6_000_000) + bytes(raw[end:])
    at = len(padded) - 22
    return padded[: at + 12] + struct.pack("<II", 6_000_000, 0) + padded[at + 20 :]


SLOW = ("layers-far-inside", "many-fields")
"""Bombs that take a second each, up to the bound: they are tried with the whole lot only."""

LINKS: Mapping[str, Callable[[], bytes]] = {
    "path-upwards": lambda: zipped({"../../data.pkl": b"\x80\x02}.", "/etc/data/0": b"x"}),
    "absolute": lambda: zipped({"/tmp/data.pkl": b"\x80\x02}."}),
    "storage-upwards": lambda: zipped(
        {
            PICKLE: b"\x80\x02}" + text("bn.running_var") + tensor("../../../../etc/passwd")
            + b"s" + text("bn.running_mean") + tensor("0") + b"s.",
            "archive/data/0": bytes(64),
        }
    ),
    "symbolic": lambda: _linked(),
    "twice": lambda: zipped({"a/data.pkl": b"\x80\x02}.", "b/data.pkl": b"\x80\x02}."}),
}  # fmt: skip


def _linked() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo(PICKLE)
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return made.getvalue()


def mutated(raw: bytes, rng: random.Random) -> bytes:
    """Return bytes with a few of them changed, left out or doubled."""
    changed = bytearray(raw)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(changed))
        how = rng.randrange(4)
        if how == 0:
            changed[at] = rng.randrange(256)
        elif how == 1:
            changed[at] ^= 1 << rng.randrange(8)
        elif how == 2 and len(changed) > 2:
            del changed[at : at + rng.randrange(1, 9)]
        else:
            changed[at:at] = changed[at : at + rng.randrange(1, 9)]
        changed = changed or bytearray(b"x")
    return bytes(changed)


def random_pickle(rng: random.Random) -> bytes:
    """Return a pickle of any instructions there are, each with something behind it that may be its argument."""
    parts = [b"\x80\x02"]
    for _ in range(rng.randrange(1, 60)):
        opcode = rng.choice(pickletools.opcodes)
        parts.append(opcode.code.encode("latin-1") + _argument(opcode, rng))
    return b"".join(parts) + b"."


def _argument(opcode: pickletools.OpcodeInfo, rng: random.Random) -> bytes:
    if opcode.arg is None:
        return b""
    if opcode.arg.n >= 0:
        return bytes(rng.choice((0, 1, rng.randrange(256))) for _ in range(opcode.arg.n))
    if opcode.arg.n == pickletools.UP_TO_NEWLINE:
        return rng.choice((b"os\nsystem\n", b"1\n", b"'x'\n", b"collections\nOrderedDict\n", rng.randbytes(4) + b"\n"))
    width = {pickletools.TAKEN_FROM_ARGUMENT1: 1}.get(opcode.arg.n, 8 if "8" in opcode.name else 4)
    count = rng.choice((0, 1, 3, 255))
    return count.to_bytes(width, "little") + rng.randbytes(rng.choice((count, count // 2)))


def mutated_header(rng: random.Random) -> bytes:
    """Return a .safetensors whose header says anything."""
    sizes = (0, 1, 4, 16, -1, 2**31, 2**63, 10**30, 1.5, "4", None, [], True)
    header = {
        name: {
            "dtype": rng.choice(("F32", "F16", "BF16", "I64", "F8_E4M3", "X", 3, None)),
            "shape": [rng.choice(sizes) for _ in range(rng.randrange(3))],
            "data_offsets": [rng.choice(sizes) for _ in range(rng.choice((2, 2, 2, 1, 3)))],
        }
        for name in rng.sample(("bn.running_mean", "bn.running_var", "bn.weight", "__metadata__", "\ud800", ""), 3)
    }
    return safetensors(header, bytes(rng.randrange(64)))


def fuzzed(rng: random.Random) -> bytes:
    """Return one file of a random kind."""
    path = rng.choice(sorted(CORPUS.iterdir()))
    raw = path.read_bytes()
    kind = rng.randrange(6)
    if kind == 0:
        return raw[: rng.randrange(1, len(raw))]
    if kind == 1 and path.suffix == ".pt" and zipfile.is_zipfile(path):
        members = members_of(raw)
        name = rng.choice([each for each in members if each.endswith(".pkl")])
        return zipped({**members, name: mutated(members[name], rng)}, rng.choice((0, 8)))
    if kind == 2:
        return with_pickle(random_pickle(rng))
    if kind == 3:
        return mutated_header(rng)
    return mutated(raw, rng)


def hostile_files(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield so many fuzzed files, each with a name that says how to make it again."""
    for number in range(count):
        yield f"{seed}-{number}", fuzzed(random.Random(f"{seed}-{number}"))
