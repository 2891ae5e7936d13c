"""Write what PyTorch computed into one file, which `tests/recorded.py` reads."""

import datetime
import json
import sys
from pathlib import Path

import numpy as np
import torch


def write_recorded(target, cases, script):
    """Write the arrays of each case, called "<case>/<quantity>", with the tool, its version, the date, the script."""
    about = {
        "tool": "PyTorch",
        "version": torch.__version__,
        "numpy": np.__version__,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "script": f"scripts/{Path(script).name}",
    }
    arrays = {f"{case}/{name}": value for case, found in cases.items() for name, value in found.items()}
    np.savez_compressed(target, about=np.array(json.dumps(about)), **arrays)
    sys.stdout.write(f"{len(cases)} cases, {Path(target).stat().st_size} bytes, {about}\n")
