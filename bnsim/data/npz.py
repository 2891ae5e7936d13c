"""Reading a NumPy .npz file that may be hostile: a zip of .npy files, unpacked no further than it may grow."""

import io
import zipfile
from dataclasses import replace

from bnsim.data.npy import MAGIC, npy_columns
from bnsim.data.reading import Choices
from bnsim.data.table import Column, Table, listed, shown
from bnsim.errors import DAMAGED_ZIP, DataError

ZIP = b"PK\3\4"
MOST_ARRAYS = 100
MOST_UNPACKED = 20_000_000
"""Bytes of all arrays together: twice a million numbers and their headers."""

DAMAGED = (*DAMAGED_ZIP, OSError)


def read_npz(raw: bytes, name: str, choices: Choices | None = None) -> Table:
    """Return the columns of the arrays in a .npz file: called after their array where there are several.

    Parameters
    ----------
    raw : bytes
        The file, beginning with the magic bytes of a zip.
    name : str
        The file's name, fit to be shown.
    choices : Choices, optional
        As for one array.

    Raises
    ------
    DataError
        If the file is damaged, too large when unpacked, another kind of zip, or has no usable array.
    """
    choices = choices or Choices()
    arrays = _arrays(raw, name)
    if len(arrays) == 1:
        ((array, content),) = arrays.items()
        columns, told = npy_columns(content, name, choices)
        return Table(name, columns, (), (f'array "{shown(array)}" of an NPZ file', *told))
    found: list[Column] = []
    left_out: list[str] = []
    for array, content in arrays.items():
        try:
            columns, _ = npy_columns(content, name, choices)
        except DataError:
            left_out.append(array)
            continue
        alone = len(columns) == 1
        found += [replace(each, name=array if alone else f"{array} {each.name}") for each in columns]
    return Table(name, tuple(found[:1000]), tuple(left_out), (f"an NPZ file of the arrays {listed(list(arrays))}",))


def _arrays(raw: bytes, name: str) -> dict[str, bytes]:
    """Return the content of every array by its name."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            require_arrays(members, name, MOST_UNPACKED)
            content = {member.filename: _unpacked(archive, member, name) for member in members}
    except DAMAGED as error:
        if isinstance(error, DataError):
            raise
        raise damaged(name) from None
    return {shown(file.removesuffix(".npy")): data for file, data in content.items()}


def require_arrays(members: list[zipfile.ZipInfo], name: str, most: int | None) -> None:
    """Refuse a zip of anything but arrays, of too many, or of more than `most` bytes; None for any size.

    Raises
    ------
    DataError
        In one sentence.
    """
    if any(member.filename in ("[Content_Types].xml", "mimetype") for member in members):
        raise DataError(f"{name} must be CSV, NPY or NPZ; it is a workbook of a spreadsheet. Save its sheet as CSV.")
    if not members or not all(member.filename.endswith(".npy") for member in members):
        raise DataError(f"{name} must be an NPZ file; it is a zip of other files. Unpack it, and load one file.")
    size = sum(member.file_size for member in members)
    if len(members) > MOST_ARRAYS or (most is not None and size > most):
        unpacked = "" if most is None else f" and {most} bytes when unpacked"
        raise DataError(f"{name} must hold at most {MOST_ARRAYS} arrays{unpacked}; it holds more. Save one array.")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    with archive.open(member) as file:
        # What the directory of a zip says of a size is not believed: no more than that is unpacked.
        content = file.read(member.file_size + 1)
    if len(content) != member.file_size or not content.startswith(MAGIC):
        raise damaged(name)
    return content


def damaged(name: str) -> DataError:
    """Return the refusal of a zip that cannot be unpacked."""
    return DataError(f"{name} must be an NPZ file; it is damaged or locked.")
