"""Which format a file has, told by its first bytes and not by its name."""

from bnsim.checkpoint.contents import Contents
from bnsim.checkpoint.hdf5 import MAGIC as HDF5
from bnsim.checkpoint.keras import is_keras, read_keras_h5, read_keras_zip
from bnsim.checkpoint.legacy import MAGIC as LEGACY
from bnsim.checkpoint.legacy import read_legacy
from bnsim.checkpoint.onnx import FIRST as ONNX
from bnsim.checkpoint.onnx import read_onnx
from bnsim.checkpoint.safetensors import is_safetensors, read_safetensors
from bnsim.checkpoint.source import FORMATS, Source
from bnsim.checkpoint.torch_file import read_torch_zip
from bnsim.checkpoint.zipped import MAGIC as ZIP
from bnsim.checkpoint.zipped import Zipped
from bnsim.errors import CheckpointError

ELSE = f"{{name}} must be {FORMATS}; "
# First bytes -> what a file that begins so is, and the way out.
OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "it only says where Git LFS keeps the file. Run: git lfs pull."),
    (b"\x93NUMPY", "it is one array of NumPy. Save the tensors by name."),
    (b"\x80", "it is a pickle of something else, which bnsim never runs. Save the state dict with torch.save."),
    (b"<", "it is a page of the web. Download the file itself."),
    (b"{", "it is JSON. Of a model in several files name one that ends in .safetensors."),
)


def read_contents(source: Source) -> Contents:
    """Return what is in a file, whatever its format.

    Raises
    ------
    CheckpointError
        In plain sentences, if it has another format, is damaged or too large, or holds what is never read.
    """
    beginning = source.read(0, min(source.size, 64))
    if beginning.startswith(ZIP):
        zipped = Zipped(source)
        return read_keras_zip(zipped) if is_keras(zipped) else Contents("torch", read_torch_zip(zipped))
    if beginning.startswith(HDF5):
        return read_keras_h5(source)
    if beginning.startswith(LEGACY):
        return Contents("torch", read_legacy(source))
    for first, is_what in OTHERS:
        if beginning.startswith(first) and not is_safetensors(source):
            raise CheckpointError(ELSE.format(name=source.name) + is_what)
    if is_safetensors(source):
        return Contents("safetensors", read_safetensors(source))
    if beginning.startswith(ONNX):
        return Contents("onnx", read_onnx(source))
    raise CheckpointError(ELSE.format(name=source.name) + "it begins as none of these.")
