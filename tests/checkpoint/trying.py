"""Inspects hostile files in a process of its own, which notes whatever it would run, import, open or start.

python -W error tests/checkpoint/trying.py SEED COUNT [quick] prints as JSON what came of each program, bomb and link,
and of so many fuzzed files together; quick leaves out the slowest bombs.
"""

import io
import json
import os
import pickle
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import hostile

from bnsim.checkpoint import findings_table, inspect, layers_table, source_of, told
from bnsim.errors import CheckpointError
from bnsim.exports.checkpoint import inspection_record, inspection_report
from bnsim.exports.record import to_json

EVENTS: list[str] = []
NOTED = ("exec", "compile", "import", "open", "os.", "subprocess.", "pickle.", "socket.", "shutil.", "ctypes.", "code.")
# numpy and pandas ask for what they have already; nothing new may come.
HARMLESS = {"object.__getattr__"}


def note(event: str, _: Any) -> None:
    """Keep the name of what Python is about to do."""
    if event.startswith(NOTED) and event not in HARMLESS:
        EVENTS.append(event)


def inspected(raw: bytes) -> str:
    """Return what is said of a file, in every form that there is."""
    try:
        inspection = inspect(source_of(io.BytesIO(raw), "x.pt"))
    except CheckpointError as error:
        return str(error)
    layers_table(inspection)
    findings_table(inspection)
    to_json(inspection_record(inspection))
    for finding in inspection.findings[:10]:
        told(finding, inspection)
    return inspection_report(inspection).splitlines()[3]


def tried(raw: bytes) -> dict[str, Any]:
    """Return what is said, the seconds of processor that it took, and what Python was about to do."""
    EVENTS.clear()
    begun = time.process_time()
    said = inspected(raw)
    seconds = time.process_time() - begun
    return {"said": said, "seconds": seconds, "events": sorted(set(EVENTS))}


def most_memory() -> float:
    """Return the most memory this process ever had, in megabytes."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def all_tried(seed: int, count: int, *, quick: bool) -> dict[str, Any]:
    """Return what came of every program, bomb and link, and of fuzzed files together; quick leaves slow bombs out."""
    made: dict[str, Callable[[], bytes]] = {**hostile.BOMBS, **hostile.LINKS}
    made = {name: make for name, make in made.items() if not (quick and name in hostile.SLOW)}
    found = {name: tried(hostile.with_pickle(program)) for name, program in hostile.PROGRAMS.items()}
    found |= {name: tried(make()) for name, make in made.items()}
    return {"files": found, "fuzzed": fuzzed(seed, count)}


def fuzzed(seed: int, count: int) -> dict[str, Any]:
    """Return how many files there were, the slowest of them, and whatever was run, imported, opened or started."""
    slowest, said = (0.0, ""), set()
    events: set[str] = set()
    number = 0
    for name, raw in hostile.hostile_files(seed, count):
        EVENTS.clear()
        begun = time.process_time()
        said.add(inspected(raw)[:200])
        slowest = max(slowest, (time.process_time() - begun, name))
        events |= set(EVENTS)
        number += 1
    return {"count": number, "slowest": slowest, "events": sorted(events), "answers": len(said), "said": sorted(said)}


def unpickled() -> dict[str, Any]:
    """Return what is noted when Python itself unpickles one of the programs, which sets the canary."""
    EVENTS.clear()
    pickle.loads(hostile.PROGRAMS["eval"])
    return {"events": sorted(set(EVENTS)), "canary": os.environ.pop(hostile.CANARY)}


if __name__ == "__main__":
    # What is imported when first needed is imported here.
    inspected((hostile.CORPUS / "young.pt").read_bytes())
    inspected((hostile.CORPUS / "nan.safetensors").read_bytes())
    inspected(hostile.with_pickle(hostile.PROGRAMS["system"]))
    sys.addaudithook(note)
    before = most_memory()
    answer = all_tried(int(sys.argv[1]), int(sys.argv[2]), quick="quick" in sys.argv)
    answer |= {"megabytes": most_memory() - before, "canary": os.environ.get(hostile.CANARY)}
    print(json.dumps({**answer, "unpickled": unpickled()}))
