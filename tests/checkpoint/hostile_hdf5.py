"""Files of HDF5 and Keras that somebody made to do harm: damaged, in a circle, linked elsewhere, enormous unpacked."""

import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import hostile
import numpy as np

CORPUS = Path(__file__).parent / "keras_corpus"
FOUR = np.array([1.0, 2.0, 3.0, 4.0], "float32")


def made(fill: Callable[[h5py.File], Any]) -> bytes:
    """Return a file of HDF5 with what is put into it."""
    raw = io.BytesIO()
    with h5py.File(raw, "w") as file:
        fill(file)
    return raw.getvalue()


def of_keras(weights: bytes, description: bytes = b"{}", method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a file of Keras 3."""
    return hostile.zipped({"config.json": description, "model.weights.h5": weights}, method)


def with_var(make: Callable[[h5py.Group], Any]) -> bytes:
    """Return a layer whose variance is made in another way than Keras makes it."""

    def fill(file: h5py.File) -> None:
        group = file.create_group("norm")
        group["moving_mean"] = FOUR
        make(group)

    return made(fill)


def virtual(group: h5py.Group) -> None:
    layout = h5py.VirtualLayout((4,), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    group.create_virtual_dataset("moving_variance", layout)


def piece(raw: bytes, size: int, left_out: int = 0) -> Callable[[h5py.Group], None]:
    """Return what writes a packed tensor of so many numbers, of which the bytes are anything."""

    def make(group: h5py.Group) -> None:
        packed = group.create_dataset("moving_variance", (size,), "float32", chunks=(size,), compression="gzip")
        packed.id.write_direct_chunk((0,), raw, left_out)

    return make


def repeated(megabytes: int) -> bytes:
    """Return what unpacks to so many megabytes of zeros, and does not end as it should."""
    packing = zlib.compressobj()
    first = packing.compress(bytes(1_000_000)) + packing.flush(zlib.Z_FULL_FLUSH)
    again = packing.compress(bytes(1_000_000)) + packing.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1)


def circle(file: h5py.File) -> None:
    group = file.create_group("a")
    group["back"] = file["/"]
    group["self"] = group
    file["layers/norm/moving_mean"] = FOUR
    file["layers/norm/moving_variance"] = FOUR
    group["again"] = file["layers"]


def deep(file: h5py.File) -> None:
    group = file
    for _ in range(3_000):
        group = group.create_group("g")
    group["moving_variance"] = FOUR


def many(file: h5py.File) -> None:
    for at in range(10_001):
        file.create_dataset(f"{at}", (), "int8")


def long_names(file: h5py.File) -> None:
    for at in range(90):
        file.create_group(f"{at}" + "n" * 60_000)


def long_names_of_layers(file: h5py.File) -> None:
    for at in range(90):
        file.create_group(f"{at}/vars").attrs["name"] = "n" * 50_000


def sized(size: int, **how: Any) -> Callable[[h5py.Group], Any]:
    return lambda group: group.create_dataset("moving_variance", (size,), "float32", **how)


def other_count(file: h5py.File) -> None:
    """Write variables of which the layer has another number than its description says."""
    for number in range(3):
        file[f"layers/batch_normalization/vars/{number}"] = FOUR


def strange(file: h5py.File) -> None:
    """Write layers called like batch norm whose variables are others, and one that looks so but is not called so."""
    for number in range(7):
        file[f"layers/batch_normalization/vars/{number}"] = FOUR
        if number < 4:
            file[f"auc/vars/{number}"] = FOUR
            file[f"bn2/vars/{number}"] = np.ones((2, number + 1))


def batch_norm_config(**config: Any) -> bytes:
    inner = {"class_name": "BatchNormalization", "config": {"name": "norm", **config}}
    code = {"class_name": "Lambda", "config": {"name": "l", "function": ["import os; os.system('true')", None, None]}}
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": [code, inner]}}).encode()


NAMED: Mapping[str, Callable[[], bytes]] = {
    "external-link": lambda: made(lambda file: file.update(a=h5py.ExternalLink("/etc/passwd", "/b"))),
    "soft-link": lambda: made(lambda file: file.update(a=h5py.SoftLink("/b"))),
    "circle": lambda: made(circle),
    "virtual": lambda: with_var(virtual),
    "external-storage": lambda: with_var(
        lambda group: group.create_dataset("moving_variance", (4,), "float32", external=[("/etc/passwd", 0, 16)])
    ),
    "foreign-filter": lambda: with_var(
        lambda group: group.create_dataset("moving_variance", data=FOUR, compression="lzf")
    ),
    "huge-piece": lambda: with_var(
        lambda group: group.create_dataset("moving_variance", (4,), "float32", chunks=(2**29,), maxshape=(None,))
    ),
    "many-pieces": lambda: with_var(sized(20_000, chunks=(1,))),
    "piece-of-noise": lambda: with_var(piece(b"noise" * 9, 4)),
    "piece-left-out": lambda: with_var(piece(FOUR.tobytes(), 4, left_out=1)),
    "piece-too-short": lambda: with_var(piece(zlib.compress(b"xy"), 4)),
    "piece-that-unpacks": lambda: with_var(piece(repeated(40), 1_000)),
    "never-written": lambda: with_var(sized(4)),
    "enormous": lambda: with_var(sized(2**58, chunks=(1_000,))),
    "too-large": lambda: with_var(sized(2_000_000, chunks=(1_000,))),
    "texts": lambda: with_var(lambda group: group.create_dataset("moving_variance", data=["a", "b"])),
    "objects": lambda: with_var(
        lambda group: group.create_dataset("moving_variance", (4,), h5py.vlen_dtype(np.dtype("float32")))
    ),
    "tables": lambda: with_var(lambda group: group.create_dataset("moving_variance", data=np.zeros(4, "f4,f4"))),
    "truths": lambda: with_var(lambda group: group.create_dataset("moving_variance", data=np.ones(4, bool))),
    "nothing": lambda: with_var(lambda group: group.create_dataset("moving_variance", data=h5py.Empty("f4"))),
    "single": lambda: with_var(lambda group: group.create_dataset("moving_variance", data=np.float32(1))),
    "deep": lambda: made(deep),
    "many": lambda: made(many),
    "long-names": lambda: made(long_names),
    "long-names-of-layers": lambda: made(long_names_of_layers),
    "long-description": lambda: made(lambda file: file.attrs.update(model_config="x" * 4_000_001)),
    "deep-description": lambda: of_keras(made(circle), b'{"class_name":' * 250_000),
    "wide-description": lambda: of_keras(made(circle), b'{"' + b"k" * 900_000 + b'":[' + b"[0]," * 100_000 + b"0]}"),
    "large-description": lambda: of_keras(made(circle), b" " * 4_000_001),
    "description-of-a-program": lambda: of_keras(made(circle), batch_norm_config(epsilon=1e-3, momentum=0.99)),
    "odd-settings": lambda: of_keras(made(circle), batch_norm_config(epsilon="1e-3", momentum=[1])),
    "no-settings": lambda: of_keras(made(circle), batch_norm_config(epsilon=0, momentum=1)),
    "other-count": lambda: of_keras(made(other_count), batch_norm_config()),
    "strange": lambda: made(strange),
    "weights-that-unpack": lambda: of_keras(bytes(60_000_000), method=zipfile.ZIP_DEFLATED),
    "weights-packed": lambda: of_keras(made(circle), method=zipfile.ZIP_DEFLATED),
    "no-hdf5": lambda: of_keras(b"no HDF5"),
    "no-weights": lambda: of_keras(b""),
    "beginning-alone": lambda: b"\x89HDF\r\n\x1a\n",
}


def fuzzed(rng: random.Random) -> bytes:
    """Return one file of Keras, damaged."""
    path = rng.choice(sorted(CORPUS.glob("*.[kh]*")))
    raw = path.read_bytes()
    kind = rng.randrange(5)
    if kind == 0:
        return raw[: rng.randrange(9, len(raw))]
    if path.suffix == ".keras":
        members = hostile.members_of(raw)
        name = rng.choice(["model.weights.h5", "model.weights.h5", "config.json"])
        return hostile.zipped({**members, name: damaged(members[name], rng)}, rng.choice((0, 0, 8)))
    return damaged(raw, rng)


def damaged(raw: bytes, rng: random.Random) -> bytes:
    """Return bytes of which some are others: anywhere, or where HDF5 says what there is and not what it holds."""
    if rng.randrange(3) == 0:
        return hostile.mutated(raw, rng)
    changed = bytearray(raw)
    # Much of such a file is empty; what is not says sizes, places and kinds.
    places = [at for at in range(8, len(raw)) if raw[at]]
    for _ in range(rng.choice((1, 2, 4, 8, 32))):
        at = rng.choice(places)
        changed[at] = rng.choice((0, 1, 255, rng.randrange(256), changed[at] ^ 1 << rng.randrange(8)))
    return bytes(changed)


def hostile_files(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield so many damaged files, each with a name that says how to make it again."""
    for number in range(count):
        yield f"{seed}-{number}", fuzzed(random.Random(f"{seed}-{number}"))
