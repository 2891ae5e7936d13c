"""What another tool computed, from a file that `scripts/recording.py` has written."""

import json
from pathlib import Path
from typing import Any

import numpy as np


def read_recorded(file: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return the arrays of each case by their names, and what the file says of itself."""
    with np.load(file, allow_pickle=False) as archive:
        cases: dict[str, dict[str, Any]] = {}
        for key in archive.files:
            if key != "about":
                case, name = key.rsplit("/", 1)
                cases.setdefault(case, {})[name] = archive[key]
        return cases, json.loads(str(archive["about"]))
