"""HDF5 is read in a process of its own, whatever becomes of it; hostile files end in a sentence.

The hostile files are read by `trying_hdf5.py`, in copies of one process; in the suite some dozens of them are damaged
at random, with BNSIM_HOSTILE=2000 so many.
"""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bnsim.checkpoint import hdf5, inspect, open_source, source_of
from bnsim.errors import CheckpointError

HERE = Path(__file__).parent
CORPUS = HERE / "keras_corpus"
COUNT = int(os.environ.get("BNSIM_HOSTILE", "40"))
SEED = 16

SECONDS = 15
"""Of processor: what a process of its own may take, and some for what comes after."""

MEGABYTES = 500
"""Of a copy: 200 that it begins with, 64 of a piece that is unpacked, and names of four million letters."""

ONE = "The file has one batch norm layer, and nothing is wrong with it."
NONE = "There is no batch norm in this file."
DAMAGED = "x.h5 must be a whole file of weights; the library HDF5 cannot read it. Save or download it again."
LINK = "x.h5 must hold its tensors itself; a is a link to another place, which bnsim never follows."
UNREAD = "The file has batch norm layers, and none of them can be read.\n"
KIND = f"{UNREAD}norm.moving_variance must be of float16, bfloat16, float32, float64 or whole numbers; got '{{}}'."
TAKEN = "must have from two to four tensors of one number a channel, to be taken for batch norm by its name; it has"
SAVE = "Save the whole model: model.save('model.keras')."
SAFETENSORS = (
    "Save its weights as safetensors: "
    'safetensors.numpy.save_file({w.path.replace("/", "."): w.numpy() for w in model.weights}, FILE).'
)
SAID = {
    "external-link": LINK,
    "soft-link": LINK,
    "circle": ONE,
    "virtual": KIND.format("numbers put together from other tensors"),
    "external-storage": KIND.format("numbers in another file"),
    "foreign-filter": KIND.format("numbers packed by filter 32000"),
    "huge-piece": KIND.format("numbers in pieces that are too large"),
    "many-pieces": KIND.format("more packed numbers than are unpacked"),
    "piece-of-noise": KIND.format("numbers that cannot be unpacked"),
    "piece-left-out": KIND.format("numbers that cannot be unpacked"),
    "piece-too-short": KIND.format("numbers that cannot be unpacked"),
    "piece-that-unpacks": KIND.format("numbers that cannot be unpacked"),
    "never-written": KIND.format("numbers that were never written"),
    "enormous": KIND.format("more packed numbers than are unpacked"),
    "too-large": KIND.format("more packed numbers than are unpacked"),
    "texts": KIND.format("no numbers"),
    "objects": KIND.format("no numbers"),
    "tables": KIND.format("no numbers"),
    "truths": KIND.format("no numbers"),
    "nothing": f"{UNREAD}norm must have one number a channel in each tensor; it has not.",
    "single": f"{UNREAD}norm must have one number a channel in each tensor; it has not.",
    "deep": NONE,
    "many": "x.h5 must hold at most 10000 tensors and groups; it has more.",
    "long-names": "x.h5 must name its tensors in at most 4000000 characters; it takes more.",
    "long-names-of-layers": (
        "x.h5 must describe its model and name its layers in at most 4000000 characters; it takes more."
    ),
    "long-description": (
        "x.h5 must describe its model and name its layers in at most 4000000 characters; it takes more."
    ),
    "deep-description": ONE,
    "wide-description": ONE,
    "large-description": "x.h5 must describe its model in at most 4000000 characters; it takes 4000001.",
    "description-of-a-program": ONE,
    "odd-settings": ONE,
    "no-settings": ONE,
    "other-count": f"{UNREAD}norm must have 4 tensors, as its description says; it has 3.",
    "strange": f"{UNREAD}bn2 {TAKEN} 4 others. {SAVE}\nbatch_normalization {TAKEN} 7 others. {SAVE}",
    "weights-that-unpack": (f"x.h5 must have weights that unpack to at most 25 MB; it says 60.0 MB. {SAFETENSORS}"),
    "weights-packed": ONE,
    "no-hdf5": DAMAGED,
    "no-weights": DAMAGED,
    "beginning-alone": DAMAGED,
}


def refusal(raw: bytes) -> str:
    with pytest.raises(CheckpointError) as error:
        inspect(source_of(io.BytesIO(raw), "x.h5"))
    return str(error.value)


def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Start another program in place of the one that reads."""
    (tmp_path / "child.py").write_text(program)
    monkeypatch.setattr(hdf5, "CHILD", tmp_path / "child.py")


class TestAProcessOfItsOwn:
    def test_reads_where_the_file_lies(self):
        """Weights in a zip are read within it, and what this process reads after that is what it was to read."""
        with open_source(CORPUS / "clean.keras") as source:
            source.file.seek(5)
            source.file.read(1)
            found = inspect(source)

            assert source.file.tell() > 0
            assert source.read(0, 4) == b"PK\3\4"
        assert (found.form, [layer.name for layer in found.layers], found.findings) == ("keras", ["norm"], ())

    def test_reads_what_is_in_memory(self):
        raw = (CORPUS / "tf-nan.h5").read_bytes()
        found = inspect(source_of(io.BytesIO(raw), "x.h5"))

        assert [(each.key, each.channels) for each in found.findings] == [("not-finite", (1,))]

    @pytest.mark.parametrize(
        "program",
        [
            "import os; os.abort()",
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            "raise SystemExit(1)",
            "",
            "print('no answer')",
            "import os; os.write(1, bytes([2, 0, 0, 0, 0, 0, 0, 0]) + b'{}')",
            "import os; os.write(1, bytes([99, 0, 0, 0, 0, 0, 0, 0]) + b'{\"tensors\": [[1]], \"names\": {}}')",
        ],
    )  # fmt: skip
    def test_that_crashes_or_says_nonsense_ends_in_a_sentence(self, program, monkeypatch, tmp_path):
        instead(monkeypatch, tmp_path, program)

        assert refusal((CORPUS / "tf-clean.h5").read_bytes()) == DAMAGED

    def test_that_does_not_end_is_ended(self, monkeypatch, tmp_path):
        instead(monkeypatch, tmp_path, "import time; time.sleep(60)")
        monkeypatch.setattr(hdf5, "SECONDS", 0.2)

        assert refusal((CORPUS / "tf-clean.h5").read_bytes()) == (
            f"x.h5 must be read within 0.2 seconds; it takes longer. {SAFETENSORS}"
        )

    def test_sees_nothing_of_the_secrets_of_this_one(self, monkeypatch, tmp_path):
        instead(monkeypatch, tmp_path, "import os, json; print(json.dumps(list(os.environ)))")
        monkeypatch.setenv("BNSIM_SECRET", "x")
        said = []
        monkeypatch.setattr(hdf5, "_taken_apart", lambda source, raw: said.append(raw) or ({"refused": "memory"}, None))
        refusal((CORPUS / "tf-clean.h5").read_bytes())

        assert set(json.loads(said[0])) - {"LC_CTYPE"} <= {
            *hdf5.KEPT, "HDF5_PLUGIN_PRELOAD", "HDF5_USE_FILE_LOCKING", "OPENBLAS_NUM_THREADS",
        }  # fmt: skip

    @pytest.mark.skipif(sys.platform == "win32", reason="knows no such bounds")
    def test_can_open_no_file(self):
        program = (
            "import runpy, sys; child = runpy.run_path(sys.argv[1]); child['bound'](9, 4000); child['close_in']()\n"
            "try: open('/dev/null')\nexcept OSError as error: print(error.strerror)"
        )
        command = [sys.executable, "-c", program, str(hdf5.CHILD)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)

        assert done.stdout == "Too many open files\n"

    def test_without_the_extra_is_not_started(self, monkeypatch):
        monkeypatch.setattr(hdf5, "LIBRARY", "no_such_library")
        said = (
            'x.h5 is HDF5, as Keras writes, and must be read with the extra "keras"; run: pip install "bnsim[keras]". '
            + "Or "
            + SAFETENSORS.replace("Save", "save", 1)
        )

        for name in ("clean.keras", "tf-clean.h5"):
            assert refusal((CORPUS / name).read_bytes()) == said


@pytest.fixture(scope="module")
def tried() -> dict[str, Any]:
    command = [sys.executable, "-W", "error", str(HERE / "trying_hdf5.py"), str(SEED), str(COUNT)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", cwd=HERE.parents[1], timeout=3_000, env=environment
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "stderr": done.stderr}


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be copied")
class TestMadeToHarm:
    def test_each_is_answered_in_the_sentence_it_deserves(self, tried):
        assert {name: found["said"] for name, found in tried["files"].items()} == SAID

    def test_nothing_in_them_is_run_imported_opened_or_started(self, tried):
        """A copy that would do so ends with 77, and says what."""
        assert (tried["ended"].get("77"), tried["stderr"]) == (None, "")

    def test_none_takes_long(self, tried):
        assert {name for name, found in tried["files"].items() if found["seconds"] > SECONDS} == set()

    def test_none_takes_much_memory(self, tried):
        assert tried["megabytes"] < MEGABYTES


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be copied")
class TestFuzzed:
    def test_all_are_answered_in_sentences(self, tried):
        said = tried["fuzzed"]["said"]

        assert tried["fuzzed"]["count"] == COUNT
        assert [each for each in said if not each.startswith(("The", "x.h5 must "))] == []
        assert len(said) >= 5

    def test_none_takes_long(self, tried):
        assert tried["fuzzed"]["slowest"][0] < SECONDS
