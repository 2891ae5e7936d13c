"""The files of Keras: a zip of a description and of weights in HDF5 (.keras), or HDF5 alone (.weights.h5, .h5).

Keras 3 numbers the variables of a layer and does not name them: those of batch norm are γ, β, mean and variance, the
first two only if the layer has them. The description says which layers are batch norm and what they have; without it
names and sizes are all there is, and what is made of them is a guess, which is said. The older .h5 names its tensors.
"""

from collections.abc import Mapping, Sequence

from bnsim.checkpoint.contents import Contents
from bnsim.checkpoint.hdf5 import Hdf5, read_hdf5
from bnsim.checkpoint.keras_config import Described, described_layers
from bnsim.checkpoint.keras_layers import VARIABLES, Gathered, named, natural, numbered
from bnsim.checkpoint.source import AS_SAFETENSORS, MEGABYTE, Source
from bnsim.checkpoint.tensors import Tensor
from bnsim.checkpoint.zipped import MOST_UNPACKED, Memory, Stored, Zipped
from bnsim.errors import CheckpointError

WEIGHTS, DESCRIPTION = "model.weights.h5", "config.json"

OPTIMIZERS = ("optimizer", "optimizer_weights")


def read_keras_h5(source: Source) -> Contents:
    """Return what is in a file of HDF5.

    Raises
    ------
    CheckpointError
        In plain sentences, if it cannot be read.
    """
    found = read_hdf5(source, source)
    return _contents("hdf5", found, described_layers(found.config))


def is_keras(zipped: Zipped) -> bool:
    """Return whether a zip is a file of Keras 3."""
    return {WEIGHTS, DESCRIPTION} <= set(zipped.members)


def read_keras_zip(zipped: Zipped) -> Contents:
    """Return what is in a file of Keras 3.

    Raises
    ------
    CheckpointError
        In plain sentences, if it cannot be read.
    """
    source = zipped.source
    size, most = zipped.members[DESCRIPTION].file_size, source.limits.header_bytes
    if size > most:
        raise CheckpointError(f"{source.name} must describe its model in at most {most} characters; it takes {size}.")
    text = zipped.stretch(DESCRIPTION).read(0, size).decode("utf-8", "replace")
    return _contents("keras", read_hdf5(source, _weights(zipped)), described_layers(text))


def _weights(zipped: Zipped) -> Stored | Memory:
    """Return the weights as they lie in the zip; Keras does not compress them, and what is so is unpacked once."""
    stretch = zipped.stretch(WEIGHTS)
    if isinstance(stretch, Stored):
        return stretch
    most = min(zipped.source.limits.file_bytes or MOST_UNPACKED, MOST_UNPACKED)
    if stretch.size > most:
        raise CheckpointError(
            f"{zipped.source.name} must have weights that unpack to at most {most // MEGABYTE} MB; it says "
            f"{stretch.size / MEGABYTE:.1f} MB. {AS_SAFETENSORS}"
        )
    return Memory(zipped.source, stretch.read(0, stretch.size))


def _contents(form: str, found: Hdf5, described: Sequence[Described]) -> Contents:
    gathered = Gathered(described)
    for group, members in _groups(found).items():
        if group.split("/")[0] in OPTIMIZERS:
            continue
        if group.rpartition("/")[2] == VARIABLES and all(name.isdecimal() for name in members):
            numbered(gathered, found, group, members)
        else:
            named(gathered, group, members)
    # In the order of the model, where it is known.
    last = len(described)
    order = sorted(gathered.tensors, key=lambda name: (gathered.places.get(name, last), natural(name)))
    tensors = {
        f"{name}.{part}" if name else part: tensor for name in order for part, tensor in gathered.tensors[name].items()
    }
    return Contents(form, tensors, gathered.stated, tuple(gathered.problems))


def _groups(found: Hdf5) -> Mapping[str, dict[str, Tensor]]:
    groups: dict[str, dict[str, Tensor]] = {}
    for path, tensor in found.tensors.items():
        group, _, name = path.rpartition("/")
        groups.setdefault(group, {})[name] = tensor
    return groups
