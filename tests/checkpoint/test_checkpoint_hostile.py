"""Hostile files: nothing in them is run, none ends in a traceback, and none takes long or much memory.

All in one process of its own, `trying.py`, which notes whatever Python is about to do. In the suite that are 500 fuzzed
files; with BNSIM_HOSTILE=2000 so many, and the two slowest bombs.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hostile import SLOW

HERE = Path(__file__).parent
WHOLE = "BNSIM_HOSTILE" in os.environ
COUNT = int(os.environ.get("BNSIM_HOSTILE", "500"))
SEED = 16

SECONDS = 20
"""A million instructions of a pickle take about two microseconds each; ten times that for a slow and busy machine."""

MEGABYTES = 300
"""A million instructions that each make a small object of about 100 bytes, the file, and 120 MB to make it."""

RAN = (
    'x.pt must hold only tensors, dictionaries, lists and numbers; it names "{}", which bnsim never runs. Save the '
    "state dict alone: torch.save(model.state_dict(), FILE)."
)
USES = "x.pt must be a state dict; its pickle uses the instruction {}, which none needs."
DAMAGED = "x.pt must be a whole file of weights; {}. Save or download it again."
NONE = "There is no batch norm in this file."
UNREAD = "The file has batch norm layers, and none of them can be read."
SAID = {
    "system": RAN.format("os.system"),
    "eval": RAN.format("__builtin__.eval"),
    "exec": RAN.format("builtins.exec"),
    "putenv": RAN.format("os.putenv"),
    "inst": USES.format("INST"),
    "inst-first": USES.format("STRING"),
    "obj": RAN.format("__builtin__.exec"),
    "newobj": RAN.format("__builtin__.exec"),
    "newobj-ex": RAN.format("builtins.exec"),
    "extension": USES.format("EXT1"),
    "build": RAN.format("os.system"),
    "by-name": RAN.format("os.system"),
    "in-a-path": RAN.format("torch.os.system"),
    "torch-load": RAN.format("torch.load"),
    "escape": RAN.format("collections.Ordered\\Dict"),
    "persistent": RAN.format("os.system"),
    "pickle-that-unpacks": "x.pt must name its tensors in at most 8000000 bytes; got 50000000.",
    "storage-that-unpacks": UNREAD,
    "layers-far-inside": "The file has 2 batch norm layers; in 2 of them there is something to look at.",
    "layers-all-over-each-other": UNREAD,
    "layers": "The file has 1000 batch norm layers; in 1000 of them there is something to look at.",
    "tuple-as-key": NONE,
    "nested-tuples": NONE,
    "circle": NONE,
    "deep-lists": NONE,
    "deep-dictionaries": NONE,
    "long-keys": NONE,
    "long-number": USES.format("LONG4"),
    "long-text-as-number": USES.format("INT"),
    "too-long-a-pickle": "x.pt must name its tensors in at most 8000000 bytes; got 8400004.",
    "too-many-instructions": "x.pt must be described by at most 1000000 pickle instructions; it has more.",
    "marks": "x.pt must be a whole file of weights; its pickle is damaged.",
    "memo": NONE,
    "many-names": RAN.replace('"{}"', '"a.f0", "a.f1", "a.f2", "a.f3", "a.f4" and 99995 more'),
    "many-members": "x.pt must hold at most 10000 files; got 12000.",
    "many-tensors": "x.pt must hold at most 10000 tensors; got 12000.",
    "deep-json": DAMAGED.format("its header is no JSON"),
    "deep-json-table": DAMAGED.format("its header is no JSON"),
    "json-digits": DAMAGED.format("its header is no JSON"),
    "long-header": "x.pt must have a header of at most 4000000 bytes; it says 4611686018427387904.",
    "header-of-a-gigabyte": "x.pt must have a header of at most 4000000 bytes; it says 1000000000.",
    "many-fields": "x.pt must have at most 1000000 fields; it has more.",
    "field-without-end": DAMAGED.format("it is cut short"),
    "many-graphs": DAMAGED.format("it has no graph as an ONNX file has"),
    "locked": "x.pt must not be locked by a password. Save it without one.",
    "far-directory": "x.pt must have a directory of at most 4000000 bytes; it says 6000000.",
    "path-upwards": NONE,
    "absolute": NONE,
    "storage-upwards": UNREAD,
    "symbolic": "x.pt must be a whole file of weights; its pickle is damaged.",
    "twice": "x.pt must be a file of torch.save; it is a zip of other files.",
}
SENTENCE = re.compile(r"^[A-Zxa-z].*\.$", re.DOTALL)


@pytest.fixture(scope="module")
def tried() -> dict[str, Any]:
    command = [
        sys.executable,
        "-W",
        "error",
        str(HERE / "trying.py"),
        str(SEED),
        str(COUNT),
        *([] if WHOLE else ["quick"]),
    ]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=HERE.parents[1], timeout=3_000)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestMadeToHarm:
    def test_each_is_answered_in_the_sentence_it_deserves(self, tried):
        assert {name: found["said"] for name, found in tried["files"].items()} == {
            name: said for name, said in SAID.items() if WHOLE or name not in SLOW
        }

    def test_nothing_in_them_is_run_imported_opened_or_started(self, tried):
        assert {name: found["events"] for name, found in tried["files"].items() if found["events"]} == {}
        assert tried["canary"] is None

    def test_the_watch_would_have_seen_it(self, tried):
        """Python's own pickle, given one of the same programs, runs it."""
        assert {"pickle.find_class", "exec"} <= set(tried["unpickled"]["events"])
        assert tried["unpickled"]["canary"] == "1"

    def test_none_takes_long(self, tried):
        assert {name for name, found in tried["files"].items() if found["seconds"] > SECONDS} == set()

    def test_none_takes_much_memory(self, tried):
        assert tried["megabytes"] < MEGABYTES


class TestFuzzed:
    def test_all_are_answered(self, tried):
        assert tried["fuzzed"]["count"] == COUNT
        assert [said for said in tried["fuzzed"]["said"] if not SENTENCE.match(said) and len(said) < 200] == []

    def test_they_reach_many_different_answers(self, tried):
        assert tried["fuzzed"]["answers"] >= 25

    def test_nothing_in_them_is_run_imported_opened_or_started(self, tried):
        assert tried["fuzzed"]["events"] == []

    def test_none_takes_long(self, tried):
        assert tried["fuzzed"]["slowest"][0] < SECONDS
