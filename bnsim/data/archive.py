"""The shipped .npz files: written by the scripts, verified against a checksum when read."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnsim.errors import DAMAGED_ZIP, BnsimError

# Beside a damaged zip: a file that is missing, or one without an array that it must hold.
DAMAGED = (*DAMAGED_ZIP, OSError, KeyError)

Arrays = Mapping[str, NDArray[Any]]


def checksum(arrays: Arrays) -> str:
    """Return the sha256 of the arrays' bytes, in the order of their names' declaration."""
    digest = hashlib.sha256()
    for array in arrays.values():
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def read_archive(path: Path, names: tuple[str, ...], sha256: str) -> Arrays:
    """Return the named arrays of an .npz file, read-only.

    Parameters
    ----------
    path : Path
        A file written by `write_archive`.
    names : tuple of str
        The arrays it must hold, in the order that enters the checksum.
    sha256 : str
        What `checksum` must give.

    Raises
    ------
    BnsimError
        If the file is missing or is not the one this version of bnsim shipped with.
    """
    try:
        # From memory: handed the path of a damaged file, np.load leaves it open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in names}
    except DAMAGED as error:
        raise _not_as_shipped(path) from error
    if checksum(arrays) != sha256:
        raise _not_as_shipped(path)
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def write_archive(path: Path, arrays: Arrays) -> None:
    """Write the arrays to a compressed .npz file; the same arrays give the same bytes."""
    np.savez_compressed(path, allow_pickle=False, **arrays)


def _not_as_shipped(path: Path) -> BnsimError:
    return BnsimError(f"{path.name} is missing or is not the file bnsim was shipped with; reinstall bnsim.")
