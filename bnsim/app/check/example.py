"""The example of the page: activations before a norm, its checkpoint, of other data, and an earlier one."""

import io
import json

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.once import once

NAME_ACTIVATIONS = "example.npy"
NAME_CHECKPOINT = "example.safetensors"
NAME_EARLIER = "before-fine-tuning.safetensors"
EXAMPLES, CHANNELS, SIDE = 64, 8, 6
DEAD, FAR_OFF = 3, 6
BRIGHTER = 0.9
"""By so many standard deviations the images are brighter than those of the training."""

BATCHES, EARLIER_BATCHES = 2_000, 1_500
MOVED, STRETCHED = {1: 0.5, 5: -0.8}, {5: 1.6}
"""Channels whose mean fine-tuning has moved by so many standard deviations, and whose variance it has divided."""


@once
def example_files() -> tuple[bytes, bytes, bytes]:
    """Return the activations as NPY, and both checkpoints as safetensors; the same in every process."""
    rng = np.random.default_rng(7)
    means, stds = rng.normal(0, 1, CHANNELS), rng.uniform(0.4, 2, CHANNELS)
    means[FAR_OFF], stds[FAR_OFF] = 14.0, 0.8
    light = rng.normal(BRIGHTER, 0.7, (EXAMPLES, 1, 1, 1))
    noise = rng.normal(0, 0.7, (EXAMPLES, CHANNELS, SIDE, SIDE))
    seen = np.where(np.arange(CHANNELS) % 2 == 0, 1.0, 0.0).reshape(-1, 1, 1)
    x = means.reshape(-1, 1, 1) + stds.reshape(-1, 1, 1) * (seen * light + noise)
    x[:, DEAD] = 0
    file = io.BytesIO()
    np.save(file, x.astype(np.float32))
    variances = stds**2 * (np.square(seen.reshape(-1)) * 0.49 + 0.49)
    earlier_variances = variances * [STRETCHED.get(each, 1.0) for each in range(CHANNELS)]
    moved = [MOVED.get(each, 0.0) for each in range(CHANNELS)]
    earlier_means = means - np.sqrt(earlier_variances) * moved
    return (
        file.getvalue(),
        checkpoint(means, variances, BATCHES),
        checkpoint(earlier_means, earlier_variances, EARLIER_BATCHES),
    )


def checkpoint(means: Array, variances: Array, batches: int) -> bytes:
    """Return a layer with these running statistics as safetensors."""
    tensors = {
        "features.1.weight": np.ones(CHANNELS),
        "features.1.bias": np.zeros(CHANNELS),
        "features.1.running_mean": means,
        "features.1.running_var": variances,
        "features.1.num_batches_tracked": np.array(batches),
    }
    return safetensors(tensors)


def safetensors(tensors: dict[str, Array]) -> bytes:
    """Return tensors in the format of that name: the length of a header of JSON, the header, the numbers."""
    header, numbers = {}, b""
    for name, values in tensors.items():
        kind, wanted = ("I64", "<i8") if values.dtype.kind == "i" else ("F32", "<f4")
        raw = values.astype(wanted).tobytes()
        offsets = [len(numbers), len(numbers) + len(raw)]
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": offsets}
        numbers += raw
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + numbers
