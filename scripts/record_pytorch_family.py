"""Record what PyTorch computes for gradients of the family, folding, micro-batches and half precision.

    python scripts/record_pytorch_family.py tests/engine/reference/pytorch_family.npz

Needs torch and numpy; runs on one CPU thread. As `scripts/record_pytorch.py` the file names the tool, its version, the
date and this script, and its arrays are called "<case>/<quantity>".
"""

import sys

import numpy as np
import torch
from recording import write_recorded
from torch import nn
from torch.nn import functional

CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
TRANSPOSED = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}
ROUNDED = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def leaves(*arrays):
    """Return tensors that gather gradients."""
    return [torch.from_numpy(array.copy()).requires_grad_() for array in arrays]


def gradients(y, dy, names, inputs):
    """Send a gradient back and return what arrives, by name."""
    y.backward(torch.from_numpy(dy))
    return {f"d{name}": tensor.grad.numpy() for name, tensor in zip(names, inputs, strict=True)}


def record_family(call, dtype, wide, seed):
    """Take the gradients of one member of the family on images; `wide` gives the weight the shape of an image."""
    rng = np.random.default_rng(seed)
    x, dy = 3 + 2 * rng.standard_normal((3, 6, 4, 5)), rng.standard_normal((3, 6, 4, 5))
    weight, bias = rng.normal(1, 1, (2, *((6, 4, 5) if wide else (6,))))
    x, dy, weight, bias = (part.astype(dtype) for part in (x, dy, weight, bias))
    inputs = leaves(x, weight, bias)
    found = gradients(call(*inputs), dy, ("x", "weight", "bias"), inputs)
    return {"x": x, "dy": dy, "weight": weight} | found


def record_rms(dtype, seed):
    """Take the gradients of RMS norm on images."""
    rng = np.random.default_rng(seed)
    x, dy, weight = (part.astype(dtype) for part in rng.normal(1, 1, (3, 2, 6, 5)))
    inputs = leaves(x, weight[0])
    found = gradients(functional.rms_norm(inputs[0], (6, 5), inputs[1], 1e-5), dy, ("x", "weight"), inputs)
    return {"x": x, "dy": dy, "weight": weight[0]} | found


def record_eval(shape, seed):
    """Take the gradients of batch norm with given statistics."""
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(0.3, 2, (2, *shape))
    mean, gamma, beta = rng.standard_normal((3, shape[1]))
    var = rng.uniform(0.01, 4, shape[1])
    inputs = leaves(x, gamma, beta)
    statistics = torch.from_numpy(mean), torch.from_numpy(var)
    y = functional.batch_norm(inputs[0], *statistics, inputs[1], inputs[2], False, 0.1, 1e-3)
    return {"x": x, "dy": dy, "mean": mean, "var": var, "gamma": gamma} | gradients(
        y, dy, ("x", "gamma", "beta"), inputs
    )


def record_masked(seed):
    """Take the gradients of batch norm with the statistics of some members, written out for autograd."""
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(0.3, 2, (2, 9, 4, 3))
    mask, (gamma, beta) = rng.integers(0, 2, (9, 3)).astype(bool), rng.standard_normal((2, 4))
    inputs = leaves(x, gamma, beta)
    chosen = inputs[0].movedim(1, -1)[torch.from_numpy(mask)]
    mean, var = (part[:, None] for part in (chosen.mean(0), chosen.var(0, correction=0)))
    y = (inputs[0] - mean) / torch.sqrt(var + 1e-5) * inputs[1][:, None] + inputs[2][:, None]
    return {"x": x, "dy": dy, "mask": mask, "gamma": gamma, "beta": beta} | gradients(
        y, dy, ("x", "gamma", "beta"), inputs
    )


def record_micro_batches(sizes, seed):
    """Send unequal micro-batches through one layer, gather their gradients, and keep what its statistics become."""
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(0.3, 2, (2, sum(sizes), 3))
    gamma, beta = rng.standard_normal((2, 3))
    layer = nn.BatchNorm1d(3, dtype=torch.float64)
    layer.weight.data, layer.bias.data = torch.from_numpy(gamma.copy()), torch.from_numpy(beta.copy())
    tx = torch.from_numpy(x.copy()).requires_grad_()
    y = torch.cat([layer(part) for part in tx.split(sizes)])
    found = gradients(y, dy, ("x", "gamma", "beta"), (tx, layer.weight, layer.bias))
    running = {"running_mean": layer.running_mean.numpy(), "running_var": layer.running_var.numpy()}
    given = {"x": x, "dy": dy, "gamma": gamma, "beta": beta, "sizes": np.array(sizes)}
    return given | {"y": y.detach().numpy()} | found | running


def record_folding(axes, groups, where, seed):
    """Put batch norm in eval mode after a convolution, before one, or after a transposed one."""
    rng = np.random.default_rng(seed)
    inputs, outputs = 4, 6
    shape = (inputs, outputs // groups) if where == "transposed" else (outputs, inputs // groups)
    channels = inputs if where == "before" else outputs
    x, weight = rng.standard_normal((2, inputs, *(5, 4, 4)[:axes])), rng.standard_normal((*shape, *(3, 2, 2)[:axes]))
    bias = rng.standard_normal(outputs)
    mean, gamma, beta = rng.standard_normal((3, channels))
    var = rng.uniform(0.01, 4, channels)
    names = ("x", "weight", "bias", "mean", "var", "gamma", "beta")
    given = dict(zip(names, (x, weight, bias, mean, var, gamma, beta), strict=True))
    tx, tw, tb, tm, tv, tg, ts = (torch.from_numpy(part) for part in given.values())
    layer = (TRANSPOSED if where == "transposed" else CONVOLUTIONS)[axes]
    norm = {"training": False, "weight": tg, "bias": ts, "eps": 1e-5}
    if where == "before":
        y = layer(functional.batch_norm(tx, tm, tv, **norm), tw, tb, groups=groups)
    else:
        y = functional.batch_norm(layer(tx, tw, tb, groups=groups), tm, tv, **norm)
    return given | {"y": y.numpy()}


def record_linear(where, seed):
    """Put batch norm in eval mode after or before a linear layer."""
    rng = np.random.default_rng(seed)
    x, weight, bias = rng.standard_normal((7, 4)), rng.standard_normal((3, 4)), rng.standard_normal(3)
    channels = 4 if where == "before" else 3
    mean, gamma, beta = rng.standard_normal((3, channels))
    var = rng.uniform(0.01, 4, channels)
    names = ("x", "weight", "bias", "mean", "var", "gamma", "beta")
    given = dict(zip(names, (x, weight, bias, mean, var, gamma, beta), strict=True))
    tx, tw, tb, tm, tv, tg, ts = (torch.from_numpy(part) for part in given.values())
    norm = {"training": False, "weight": tg, "bias": ts, "eps": 1e-5}
    if where == "before":
        y = functional.linear(functional.batch_norm(tx, tm, tv, **norm), tw, tb)
    else:
        y = functional.batch_norm(functional.linear(tx, tw, tb), tm, tv, **norm)
    return given | {"y": y.numpy()}


def record_rounding(name, seed):
    """Round numbers of all sizes, halfway cases and their neighbours among them."""
    rng, dtype = np.random.default_rng(seed), ROUNDED[name]
    digits = {"float16": 11, "bfloat16": 8}[name]
    many = rng.standard_normal(400) * 2.0 ** rng.integers(-150, 128, 400)
    near = rng.standard_normal(400) * 2.0 ** rng.integers(-27, 17, 400)
    whole = np.arange(2**digits, 2 ** (digits + 1), 37)
    halfway = np.concatenate([whole + step for step in (0.0, 0.5, 1.0, 1.5)])
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 65504.0, 65519.0, 65520.0, 2.0**-24, 2.0**-25, 3.0e-8])
    values = np.concatenate([many, near, halfway, halfway * 2.0**-30, special])
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    return {"values": values, "rounded": torch.from_numpy(values).to(dtype).double().numpy()}


def record_sum(name, seed):
    """Add values one by one, in tensors of the format."""
    x = np.random.default_rng(seed).normal(1, 0.5, (700, 3))
    narrow = torch.from_numpy(x).float().to(ROUNDED[name])
    total = narrow[0].clone()
    for row in narrow[1:]:
        total = total + row
    return {"x": narrow.double().numpy(), "sum": total.double().numpy()}


def cases():
    """Return every case by its label."""
    found = {}
    members = {
        "group2": (lambda x, w, b: functional.group_norm(x, 2, w, b, 1e-5), False),
        "group3": (lambda x, w, b: functional.group_norm(x, 3, w, b, 1e-3), False),
        "instance": (lambda x, w, b: functional.instance_norm(x, weight=w, bias=b, eps=1e-5), False),
        "layer": (lambda x, w, b: functional.layer_norm(x, (6, 4, 5), w, b, 1e-5), True),
    }
    for seed, (name, (call, wide)) in enumerate(members.items()):
        for dtype in ("float64", "float32"):
            found[f"gradient {name} {dtype}"] = record_family(call, dtype, wide, seed)
    for dtype in ("float64", "float32"):
        found[f"gradient rms {dtype}"] = record_rms(dtype, 10)
    for seed, shape in enumerate([(8, 3), (4, 3, 5), (2, 3, 4, 2)]):
        found[f"eval {shape}"] = record_eval(shape, 20 + seed)
    found["masked"] = record_masked(30)
    found["micro-batches"] = record_micro_batches([5, 5, 5, 2], 31)
    for where in ("after", "before", "transposed"):
        for axes in (1, 2, 3):
            for groups in (1, 2):
                seed = 100 + 10 * axes + groups
                found[f"folding {where} {axes} {groups}"] = record_folding(axes, groups, where, seed)
    for where in ("after", "before"):
        found[f"linear {where}"] = record_linear(where, 200)
    for seed, name in enumerate(ROUNDED):
        found[f"rounding {name}"] = record_rounding(name, 300 + seed)
        found[f"sum {name}"] = record_sum(name, 310 + seed)
    return found


def main(target):
    """Record every case into one compressed file."""
    torch.set_num_threads(1)
    write_recorded(target, cases(), __file__)


if __name__ == "__main__":
    main(sys.argv[1])
