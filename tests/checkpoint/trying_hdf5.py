"""Inspects hostile files of HDF5, each read in a copy of this process, bounded as the process of its own is.

python -W error tests/checkpoint/trying_hdf5.py SEED COUNT prints as JSON what came of each file that is made to harm,
and of so many damaged files together. A process started for each would take a quarter of a second; a copy takes
some milliseconds. What the copy would run, import, open or start ends it with a number of its own.
"""

import io
import json
import os
import resource
import sys
from typing import Any, BinaryIO

import h5py
import hostile_hdf5
import numpy as np

from bnsim.checkpoint import findings_table, hdf5, inspect, layers_table, source_of
from bnsim.checkpoint import hdf5_child as child
from bnsim.checkpoint.source import Source
from bnsim.errors import CheckpointError
from bnsim.exports.checkpoint import inspection_record, inspection_report
from bnsim.exports.record import to_json

NOTED = ("exec", "compile", "import", "open", "os.", "subprocess.", "pickle.", "socket.", "shutil.", "ctypes.", "code.")
HARMLESS = {"object.__getattr__"}
SEEN = 77
"""What a copy ends with if it would do what it must not."""

ENDED: dict[int, int] = {}
"""How the copies ended, and how often."""


def note(event: str, _: Any) -> None:
    """End the copy if Python is about to do what no reading of a file needs."""
    if event.startswith(NOTED) and event not in HARMLESS:
        os.write(2, f"{event}\n".encode())
        os._exit(SEEN)


def answered(source: Source, file: BinaryIO, asked: str) -> bytes:
    """Return what the program of the other process says, in a copy of this one."""
    reading, writing = os.pipe()
    copy = os.fork()
    if not copy:
        os.close(reading)
        in_copy(file, json.loads(asked), writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        raw = pipe.read()
    ended = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
    ENDED[ended] = ENDED.get(ended, 0) + 1
    if ended:
        raise hdf5._refusal(source, "damaged", "")
    return raw


def in_copy(file: BinaryIO, asked: dict[str, int], writing: int) -> None:
    """Answer within the bounds of the other process; what this one takes already does not count."""
    child.bound(asked["seconds"], asked["megabytes"] + 1_000)
    child.close_in()
    sys.addaudithook(note)
    raw = child.answer(h5py, asked, file.fileno())
    while raw:
        raw = raw[os.write(writing, raw) :]
    os._exit(0)


def inspected(raw: bytes) -> str:
    """Return what is said of a file, in every form that there is."""
    try:
        inspection = inspect(source_of(io.BytesIO(raw), "x.h5"))
    except CheckpointError as error:
        return str(error)
    layers_table(inspection)
    findings_table(inspection)
    to_json(inspection_record(inspection))
    return "\n".join((inspection_report(inspection).splitlines()[3], *inspection.problems))


def tried(raw: bytes) -> dict[str, Any]:
    """Return what is said of a file, and the seconds of processor that it took, here and in the copy."""
    begun = sum(os.times()[:4])
    return {"said": inspected(raw), "seconds": sum(os.times()[:4]) - begun}


def fuzzed(seed: int, count: int) -> dict[str, Any]:
    """Return how many files there were, the slowest of them, and everything that was said."""
    slowest, said, number = (0.0, ""), set(), 0
    for name, raw in hostile_hdf5.hostile_files(seed, count):
        found = tried(raw)
        said.add(found["said"][:200])
        slowest = max(slowest, (found["seconds"], name))
        number += 1
    return {"count": number, "slowest": slowest, "said": sorted(said)}


if __name__ == "__main__":
    hdf5._answered = answered
    child.read_once(h5py, np)
    made = {name: make() for name, make in hostile_hdf5.NAMED.items()}
    answer: dict[str, Any] = {"files": {name: tried(raw) for name, raw in made.items()}}
    answer["fuzzed"] = fuzzed(int(sys.argv[1]), int(sys.argv[2]))
    unit = 1e6 if sys.platform == "darwin" else 1e3
    answer["megabytes"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    print(json.dumps({**answer, "ended": ENDED}))
