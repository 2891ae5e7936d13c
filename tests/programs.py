"""Programs of bnsim run as somebody would run them, and what they print, by key."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest

from bnsim.data.digits import DIGITS_FILE, load_digits

PACKAGES = {"pytorch": ("torch",), "keras": ("keras", "jax"), "flax": ("flax", "jax")}

INTERPRETER = os.environ.get("BNSIM_FRAMEWORKS", sys.executable)
"""The python that runs programs of other frameworks, which are large and need not be installed beside bnsim."""

RUNNER = f"""
import contextlib, importlib.machinery, io, json, sys, types
import numpy as np

digits = np.load({str(DIGITS_FILE)!r})
sets = types.ModuleType("sklearn.datasets")
sets.load_digits = lambda: types.SimpleNamespace(
    images=digits["images"].astype(float), target=digits["labels"].astype(int))
sys.modules |= {{"sklearn": types.ModuleType("sklearn"), "sklearn.datasets": sets}}
for name in ("sklearn", "sklearn.datasets"):  # PyTorch asks for the specification of what is there
    sys.modules[name].__spec__ = importlib.machinery.ModuleSpec(name, None)
printed = []
for program in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(program, "program", "exec"), {{"__name__": "__main__"}})
    printed.append(output.getvalue())
json.dump(printed, sys.stdout)
"""
"""Runs programs in a process that knows no bnsim; scikit-learn, of which only the digits are used, is stood in for."""


def numbers(printed: str) -> dict[str, float]:
    """Return what a program printed: each line is a key and a number."""
    pairs = (line.split(" ") for line in printed.splitlines())
    return {key: float(value) for key, value in pairs}


def printed_by(program: str) -> dict[str, float]:
    """Run a program of NumPy here, and return what it prints."""
    digits, sets = load_digits(), ModuleType("sklearn.datasets")
    found = SimpleNamespace(images=digits.images.astype(float), target=digits.labels.astype(int))
    sets.load_digits = lambda: found  # type: ignore[attr-defined]
    stand_in = {"sklearn": ModuleType("sklearn"), "sklearn.datasets": sets}
    with patch.dict(sys.modules, stand_in), np.errstate(), contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(program, "program", "exec"), {"__name__": "__main__"})
    return numbers(output.getvalue())


def has(packages: Sequence[str]) -> bool:
    """Return whether the interpreter that runs the frameworks has all of these packages."""
    look = "import importlib.util as util, sys; sys.exit(any(util.find_spec(name) is None for name in sys.argv[1:]))"
    return subprocess.run([INTERPRETER, "-c", look, *packages], check=False).returncode == 0


def all_printed_by(framework: str, programs: Sequence[str]) -> list[dict[str, float]]:
    """Run programs of one framework in one process of their own, and return what each prints."""
    needed = PACKAGES[framework]
    if not has(needed):
        if framework == "pytorch" and os.environ.get("BNSIM_REQUIRE_TORCH") == "1":
            pytest.fail("BNSIM_REQUIRE_TORCH=1 demands PyTorch, which is not installed")
        pytest.skip(f"needs {' and '.join(needed)}, not installed here; BNSIM_FRAMEWORKS may name a python that has it")
    environment = {"KERAS_BACKEND": "jax", **os.environ}
    done = subprocess.run(
        [INTERPRETER, "-c", RUNNER],
        input=json.dumps(list(programs)),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [numbers(printed) for printed in json.loads(done.stdout)]
