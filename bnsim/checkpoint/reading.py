"""Which format a file has, told by its first bytes and not by its name."""

from bnsim.checkpoint.legacy import MAGIC as LEGACY
from bnsim.checkpoint.legacy import read_legacy
from bnsim.checkpoint.onnx import FIRST as ONNX
from bnsim.checkpoint.onnx import read_onnx
from bnsim.checkpoint.safetensors import is_safetensors, read_safetensors
from bnsim.checkpoint.source import Source
from bnsim.checkpoint.tensors import Tensor
from bnsim.checkpoint.torch_file import KERAS, read_torch_zip
from bnsim.checkpoint.zipped import MAGIC as ZIP
from bnsim.errors import CheckpointError

ELSE = "{name} must be a file of PyTorch (.pt, .pth), safetensors or ONNX; "
# First bytes -> what a file that begins so is, and the way out.
OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", f"it is HDF5, as Keras writes. {KERAS}"),
    (b"version https://git-lfs", "it only says where Git LFS keeps the file. Run: git lfs pull."),
    (b"\x93NUMPY", "it is one array of NumPy. Save the tensors by name."),
    (b"\x80", "it is a pickle of something else, which bnsim never runs. Save the state dict with torch.save."),
    (b"<", "it is a page of the web. Download the file itself."),
    (b"{", "it is JSON. Of a model in several files name one that ends in .safetensors."),
)


def read_tensors(source: Source) -> tuple[str, dict[str, Tensor]]:
    """Return the format of a file, and every tensor in it by its name, none of them read yet.

    Raises
    ------
    CheckpointError
        In plain sentences, if it has another format, is damaged or too large, or holds what is never read.
    """
    beginning = source.read(0, min(source.size, 64))
    if beginning.startswith(ZIP):
        return "torch", read_torch_zip(source)
    if beginning.startswith(LEGACY):
        return "torch", read_legacy(source)
    for first, is_what in OTHERS:
        if beginning.startswith(first) and not is_safetensors(source):
            raise CheckpointError(ELSE.format(name=source.name) + is_what)
    if is_safetensors(source):
        return "safetensors", read_safetensors(source)
    if beginning.startswith(ONNX):
        return "onnx", read_onnx(source)
    raise CheckpointError(ELSE.format(name=source.name) + "it begins as none of these.")
